"""Which offers carry a subject for the whole country: taught online, where anybody can follow them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from registry.coordination.queries.landscape import Landscape, Taught
from registry.core import terms


@dataclass(frozen=True, slots=True)
class Reach:
    """Published offers of a subject with a run now or later (else in the newest term that has runs)."""

    offers: tuple[int, ...]
    national: tuple[int, ...]

    @property
    def last(self) -> frozenset[int]:
        """The offer that must not go: the only national one, or the only one at all."""
        if len(self.national) == 1:
            return frozenset(self.national)
        return frozenset(self.offers) if len(self.offers) == 1 else frozenset()


def national_reach(landscape: Landscape, today: date) -> dict[str, Reach]:
    """Subject -> who carries it. Offers without a run in the terms that count are not counted."""
    counted = frozenset(current_terms((term for one in landscape.taught.values() for term in one.terms), today))
    offers: defaultdict[str, list[int]] = defaultdict(list)
    national: defaultdict[str, list[int]] = defaultdict(list)
    for key, one in landscape.taught.items():
        when = counted & one.terms
        if not when:
            continue
        for subject in one.subjects:
            offers[subject].append(one.offer_id)
            if _is_national(one, when) or (not one.online_terms and landscape.by_key[key].online):
                national[subject].append(one.offer_id)
    return {subject: Reach(tuple(found), tuple(national[subject])) for subject, found in offers.items()}


def last_offers(reach: Mapping[str, Reach], small: Iterable[str]) -> frozenset[int]:
    """The offers that a small subject cannot lose."""
    return frozenset().union(*(reach[subject].last for subject in small if subject in reach))


def current_terms(known: Iterable[str], today: date) -> Sequence[str]:
    """This study year's terms and later ones, else the newest study year that is known."""
    found = sorted(set(known), key=terms.sort_key)
    present = terms.of(today)
    if present.endswith("V"):
        present = terms.shift(present, -1)
    ahead = [term for term in found if terms.sort_key(term) >= terms.sort_key(present)]
    if ahead or not found:
        return ahead
    newest = found[-1]
    return [term for term in found if term == newest or (newest.endswith("V") and term == terms.shift(newest, -1))]


def _is_national(one: Taught, when: frozenset[str]) -> bool:
    return bool(one.online_terms & when)
