"""Records that are one offer: best pair first, at most one record per source in a set.

The limit is worth more than the matcher: without it, a chain of near-alike siblings becomes one offer.
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def best_first(
    pairs: Iterable[tuple[Key, Key]],
    source: Mapping[Key, Hashable],
    *,
    same: Iterable[tuple[Key, Key]] = (),
    different: Iterable[tuple[Key, Key]] = (),
) -> list[frozenset[Key]]:
    """Sets of two or more, from pairs in falling order of likeness. ``source`` holds every key; a key of no source is its own.

    ``same`` and ``different`` are people's decisions: they beat the order, and a decision "same" also beats the limit of
    one record per source. Raises ValueError where two decisions cannot both hold.
    """
    sets: dict[Key, set[Key]] = {}
    apart: dict[Key, set[Key]] = {}
    for a, b in different:
        apart.setdefault(a, set()).add(b)
        apart.setdefault(b, set()).add(a)

    def join(a: Key, b: Key, *, decided: bool) -> None:
        one, other = sets.setdefault(a, {a}), sets.setdefault(b, {b})
        if one is other:
            return
        if any(apart[key] & other for key in one if key in apart):
            if decided:
                raise ValueError(
                    f"Decisions contradict each other: {a!r} and {b!r} are held to be both the same and different"
                )
            return
        if not decided and {source[key] for key in one} & {source[key] for key in other}:
            return
        one |= other
        for key in other:
            sets[key] = one

    for a, b in same:
        join(a, b, decided=True)
    for a, b in pairs:
        join(a, b, decided=False)
    return [
        frozenset(members)
        for members in {id(members): members for members in sets.values()}.values()
        if len(members) > 1
    ]
