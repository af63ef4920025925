"""Payloads that name people, made anew without their numbers before anything else is done with them.

Nothing but the copy is read, kept, shown or put in quarantine; the copy lies in a folder of this process alone, and goes with it.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from importers.protocol import Format, Payload, PayloadRefused
from importers.sentences import Sentence
from importers.sheets.contract import NamesPeople
from registry.access.keyring import Keyring
from registry.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Protected:
    """The payloads as they may be kept, or why one was refused; ``notices`` are of the files as they came."""

    payloads: Sequence[Payload]
    notices: Sequence[Sentence] = ()
    refusal: Sentence | None = None


@contextmanager
def protected(
    reader: Format, payloads: Sequence[Payload], keyring: Keyring | None, *, already: bool = False
) -> Iterator[Protected]:
    """Copies without anybody's number, for a format that names people; else, or where they are such copies ``already``,
    the payloads themselves.

    Raises InvalidInput where keys are needed and none are given: a fault of ours, found by the first try.
    """
    if already or not isinstance(reader, NamesPeople):
        yield Protected(payloads)
        return
    if keyring is None:
        raise InvalidInput("Leveransen inneholder personer, og nøklene til pseudonymer mangler.")
    with tempfile.TemporaryDirectory() as folder:  # mode 700
        yield _protected(reader, payloads, keyring, Path(folder))


def protect_to(
    reader: NamesPeople, payload: Payload, keyring: Keyring, target: Path, *, ours: frozenset[str] = frozenset()
) -> Protected:
    """One copy, at ``target``. ``ours`` are cells that this service wrote: pseudonyms among them stay."""
    try:
        copy, told = reader.protect(payload, target, keyring.pseudonyms, ours)
    except PayloadRefused as refused:
        target.unlink(missing_ok=True)
        return Protected((), refusal=refused.message)
    return Protected((copy,), tuple(notice.text for notice in told))


def _protected(reader: NamesPeople, payloads: Sequence[Payload], keyring: Keyring, folder: Path) -> Protected:
    copies: list[Payload] = []
    notices: list[Sentence] = []
    for number, payload in enumerate(payloads):
        one = protect_to(reader, payload, keyring, folder / str(number))
        if one.refusal is not None:
            return Protected((), refusal=one.refusal)
        copies += one.payloads
        notices += one.notices
    return Protected(copies, notices)
