"""Pieces of pages that look the same again and again are drawn once in each language: a box of a filter, what a card says of an offer
besides the words that were looked for.

A piece is drawn by a macro and known by what the macro was given, so it can never be out of date; what a macro draws from anything else
(the time, who asks) must be given to it, or it is no piece.
"""

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from flask import Flask, current_app
from markupsafe import Markup, escape

from registry.web.i18n import current_language

MOST = 20_000  #: some 500 bytes each; when there are more, all are forgotten
GAP = "\ue002"  #: stands where something else is put in; no text of ours has it, as none has the marks of ``i18n``

Macro = Callable[..., str]


class Pieces:
    """Those of one application. Threads may draw the same piece twice; it is the same piece."""

    def __init__(self) -> None:
        self._drawn: dict[Hashable, dict[Hashable, Any]] = {}
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

    def around(self, macro: Macro, inner: Macro, pairs: Iterable[tuple[Hashable, Hashable]], *same: Hashable) -> Markup:
        """For each (thing, filling) ``macro(thing, gap, *same)``, with ``inner(filling)`` in the gap that it leaves.

        Both are drawn once, however they are paired: a box of a filter stands on every page, and hardly ever with the count it had before.
        """
        language = current_language()
        frames, fillings = self._known((language, macro, same)), self._known((language, inner))
        found: list[str] = []
        for thing, filling in pairs:
            frame = frames.get(thing)
            if frame is None:
                frame = frames[thing] = _cut(macro(thing, GAP, *same), 1)
                self._count += 1
            within = fillings.get(filling)
            if within is None:
                within = fillings[filling] = str(inner(filling))
                self._count += 1
            found += (frame[0], within, frame[1])
        return Markup("".join(found))  # noqa: S704 - macros escape by themselves

    def holding(self, macro: Macro, thing: Hashable, *fillings: str) -> Markup:
        """``macro(thing, gap, …)`` with each filling in the gap of its place. The fillings are other ones on every page: they are not kept."""
        frames = self._known((current_language(), macro, len(fillings)))
        frame = frames.get(thing)
        if frame is None:
            frame = frames[thing] = _cut(macro(thing, *(GAP for _ in fillings)), len(fillings))
            self._count += 1
        found = [frame[0]]
        for filling, after in zip(fillings, frame[1:], strict=True):
            found += (escape(filling), after)
        return Markup("".join(found))  # noqa: S704 - macros escape by themselves

    def _known(self, kind: Hashable) -> dict[Hashable, Any]:
        if self._count > MOST:
            self._drawn, self._count = {}, 0
        known = self._drawn.get(kind)
        if known is None:
            known = self._drawn[kind] = {}
            self._count += 1  # a kind without pieces takes room, too, and whoever asks may name any number of them
        return known


def _cut(drawn: str, gaps: int) -> tuple[str, ...]:
    """What stands before, between and after the gaps. Raises ValueError where a macro leaves others than it was given, or in another order."""
    parts = tuple(str(drawn).split(GAP))
    if len(parts) != gaps + 1:
        raise ValueError(f"a piece has {len(parts) - 1} gaps where {gaps} were given")
    return parts


def drawn(macro: Macro, things: Iterable[Hashable], *same: Hashable) -> Markup:
    """For templates: each thing as ``macro(thing, *same)`` draws it. Everything given must be hashable and say all that is drawn."""
    return _pieces().each(macro, things, *same)


def drawn_around(macro: Macro, inner: Macro, pairs: Iterable[tuple[Hashable, Hashable]], *same: Hashable) -> Markup:
    """For templates: each (thing, filling) as ``macro(thing, gap, *same)`` draws the one around what ``inner`` draws of the other."""
    return _pieces().around(macro, inner, pairs, *same)


def drawn_holding(macro: Macro, thing: Hashable, *fillings: str) -> Markup:
    """For templates: ``thing`` as ``macro(thing, gap, …)`` draws it, holding what differs from page to page, in the macro's order."""
    return _pieces().holding(macro, thing, *fillings)


def _pieces() -> Pieces:
    found: Pieces = current_app.extensions["pieces"]
    return found


#: An option as its box says it besides the count: value, label, and "checked", "none" (nothing is found by it) or nothing.
Choice = tuple[str, str, str]


def parted(
    options: Iterable[Any], selected: Iterable[Any], shown: int
) -> tuple[list[tuple[Choice, int | None]], list[tuple[Choice, int | None]]]:
    """Choices and their counts: the first ``shown`` options and every chosen one; and the rest."""
    chosen = set(map(str, selected))
    seen: list[tuple[Choice, int | None]] = []
    rest: list[tuple[Choice, int | None]] = []
    for place, option in enumerate(options):
        value, count = str(option.value), option.count
        state = "checked" if value in chosen else "none" if count == 0 else ""
        (seen if place < shown or state == "checked" else rest).append(((value, option.label, state), count))
    return seen, rest


def init_pieces(app: Flask) -> None:
    app.extensions["pieces"] = Pieces()
    app.jinja_env.globals.update(drawn=drawn, drawn_around=drawn_around, drawn_holding=drawn_holding, parted=parted)
