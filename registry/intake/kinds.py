"""Sheets that are not of the feed keeper: of people and plans. Who may deliver one, and what it is called in an address."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from importers.formats import formats
from importers.protocol import Yields, yields
from registry.access.permissions import Permission

_LANDED = frozenset({Yields.APPLICATIONS, Yields.RUN_COUNTS, Yields.NEEDS})


@dataclass(frozen=True, slots=True)
class SheetKind:
    """One kind of sheet. ``permission`` over an organisation is what it takes to deliver it, or to see what was delivered."""

    word: str  #: in addresses
    format: str
    permission: Permission


KINDS: Mapping[str, SheetKind] = {
    kind.word: kind
    for kind in (
        SheetKind("soknader", "applications-sheet", Permission.APPLICATION_REPORT),
        SheetKind("tall", "counts-sheet", Permission.COUNTS_REPORT),
        SheetKind("kompetanseplan", "plan-sheet", Permission.PLAN_EDIT),
    )
}


def kind_of(format_name: str) -> SheetKind | None:
    """The kind of sheet of a format; None for formats of the feed keeper."""
    return next((kind for kind in KINDS.values() if kind.format == format_name), None)


@cache
def landed_formats() -> frozenset[str]:
    """Formats whose rows are no feed keeper's to see: they speak of people and plans."""
    return frozenset(name for name, module in formats().items() if yields(module) in _LANDED)
