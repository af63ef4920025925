"""Counts of a run that cannot stand together, whichever way they came."""

from collections.abc import Mapping
from itertools import pairwise

#: Each of these cannot be larger than the one before it. Somebody may start without having accepted: let in on the first day.
_WITHIN = (
    ("applied", "offered", "accepted", "no_show"),
    ("started", "completed"),
    ("applied", "qualified"),
    ("applied", "rejected"),
    ("applied", "withdrawn"),
)


def at_odds(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """(part, whole) where the part is more than the whole, each part once; figures that are unknown say nothing."""
    found: dict[str, str] = {}
    for chain in _WITHIN:
        for whole, part in pairwise([name for name in chain if name in counts]):
            if counts[part] > counts[whole]:
                found.setdefault(part, whole)
    return list(found.items())
