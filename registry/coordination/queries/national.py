"""Which offers carry a subject for the whole country: taught online, where anybody can follow them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from registry.coordination.queries.runs import RunRow
from registry.core import terms
from registry.offers.states import Delivery


@dataclass(frozen=True, slots=True)
class Reach:
    """Published offers of a subject with a run this study year or later (else in the newest study year that has runs)."""

    offers: tuple[int, ...]
    national: tuple[int, ...]

    @property
    def last(self) -> frozenset[int]:
        """The offer that must not go: the only national one, or the only one at all."""
        if len(self.national) == 1:
            return frozenset(self.national)
        return frozenset(self.offers) if len(self.offers) == 1 else frozenset()


def national_reach(
    runs: Iterable[RunRow],
    subjects: Mapping[int, Sequence[str]],
    today: date,
    counted: Collection[str] | None = None,
) -> dict[str, Reach]:
    """Subject -> who carries it. ``subjects`` are all the subjects of each offer.

    ``counted`` are the terms that count, where ``runs`` are not the whole country's.
    """
    taught = [run for run in runs if run.published and run.counts_as_taught]
    if counted is None:
        counted = current_terms({run.term for run in taught}, today)
    offers: defaultdict[str, set[int]] = defaultdict(set)
    national: defaultdict[str, set[int]] = defaultdict(set)
    for run in taught:
        if run.term in counted:
            for subject in subjects.get(run.offer_id, ()):
                offers[subject].add(run.offer_id)
                if run.delivery is Delivery.ONLINE:
                    national[subject].add(run.offer_id)
    return {
        subject: Reach(tuple(sorted(found)), tuple(sorted(national.get(subject, ()))))
        for subject, found in offers.items()
    }


def last_offers(reach: Mapping[str, Reach], small: Iterable[str]) -> frozenset[int]:
    """The offers that a small subject cannot lose."""
    return frozenset().union(*(reach[subject].last for subject in small if subject in reach))


def current_terms(known: Iterable[str], today: date) -> frozenset[str]:
    """This study year's terms and later ones, else those of the newest study year that is known."""
    found = sorted(set(known), key=terms.sort_key)
    if not found:
        return frozenset()
    begins = min(_autumn(terms.of(today)), _autumn(found[-1]), key=terms.sort_key)
    return frozenset(term for term in found if terms.sort_key(term) >= terms.sort_key(begins))


def _autumn(term: str) -> str:
    """The autumn term of the same study year."""
    return terms.shift(term, -1) if term.endswith("V") else term
