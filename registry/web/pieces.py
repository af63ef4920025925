"""Pieces of pages that look the same again and again are drawn once in each language: a box of a filter with its count, what a card
says of an offer besides the words that were looked for.

A piece is drawn by a macro and known by what the macro was given, so it can never be out of date; what a macro draws from anything else
(the time, who asks) must be given to it, or it is no piece.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup

from registry.web.i18n import current_language

MOST = 20_000  #: some 500 bytes each; when there are more, all are forgotten

Macro = Callable[..., str]


class Pieces:
    """Those of one application. Threads may draw the same piece twice; it is the same piece."""

    def __init__(self) -> None:
        self._drawn: dict[Hashable, dict[Hashable, str]] = {}
        self._count = 0

    def each(self, macro: Macro, things: Iterable[Hashable], *same: Hashable) -> Markup:
        """``macro(thing, *same)`` for each thing, one behind the other."""
        known = self._known((current_language(), macro, same))
        found = []
        for thing in things:
            piece = known.get(thing)
            if piece is None:
                piece = known[thing] = str(macro(thing, *same))
                self._count += 1
            found.append(piece)
        return Markup("".join(found))  # noqa: S704 - macros escape by themselves

    def _known(self, kind: Hashable) -> dict[Hashable, str]:
        if self._count > MOST:
            self._drawn, self._count = {}, 0
        known = self._drawn.get(kind)
        if known is None:
            known = self._drawn[kind] = {}
            self._count += 1  # a kind without pieces takes room, too, and whoever asks may name any number of them
        return known


def drawn(macro: Macro, things: Iterable[Hashable], *same: Hashable) -> Markup:
    """For templates: each thing as ``macro(thing, *same)`` draws it. Everything given must be hashable and say all that is drawn."""
    pieces: Pieces = current_app.extensions["pieces"]
    return pieces.each(macro, things, *same)


def parted(options: Iterable[Any], selected: Iterable[Any], shown: int) -> tuple[tuple[str, ...], list[Any], list[Any]]:
    """What is chosen, as text; the first ``shown`` options and every chosen one; and the rest."""
    chosen = tuple(map(str, selected))
    seen: list[Any] = []
    rest: list[Any] = []
    for place, option in enumerate(options):
        (seen if place < shown or str(option.value) in chosen else rest).append(option)
    return chosen, seen, rest


def init_pieces(app: Flask) -> None:
    app.extensions["pieces"] = Pieces()
    functions: dict[str, Any] = {"drawn": drawn, "parted": parted}
    app.jinja_env.globals.update(functions)
