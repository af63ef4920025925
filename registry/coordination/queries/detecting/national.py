"""Which offers carry a subject for the whole country: taught online, where anybody can follow them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from registry.coordination.queries.detecting.runs import RunRow
from registry.coordination.smallsubjects import cycle_of
from registry.core import terms
from registry.offers.states import CANCELLABLE, Delivery


@dataclass(frozen=True, slots=True)
class Reach:
    """Published offers of a subject with a run this study year or next term (else in the newest study year that has runs)."""

    offers: tuple[int, ...]
    national: tuple[int, ...]


class Ground(NamedTuple):
    """What a small subject stands on: its runs to come in a study year, or (``cycle`` None) all that is taught of it now."""

    subject: str
    cycle: int | None
    national: bool  #: what the whole country reaches, else whatever there is


class Carrier(NamedTuple):
    """An offer, or one run of it."""

    offer: int
    run: int | None = None


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
        counted = carried_terms({run.term for run in taught}, today)
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


def last_runs(
    runs: Iterable[RunRow],
    subjects: Mapping[int, Sequence[str]],
    small: Collection[str],
    rules: Mapping[str, float],
    today: date,
    counted: Collection[str] | None = None,
) -> dict[int, list[str]]:
    """Run id -> the small subjects that would lose their last run of national reach, or their last run at all, with it.

    Rule NATIONAL_GUARANTEE, for the flag on a run and for the guard before it is cancelled: each study year is judged by its own
    runs, so that one planned for years ahead lets none of them go. What has begun carries nobody forward, since none can
    join it: only runs to come are counted. ``counted`` as for :func:`national_reach`, but of later terms too.
    """
    if rules["NATIONAL_GUARANTEE"] < 1:
        return {}
    lost: defaultdict[int, list[str]] = defaultdict(list)
    for (subject, _), several in sorted(_to_come(runs, subjects, small, today, counted).items()):
        online = [run for run in several if run.delivery is Delivery.ONLINE]
        for group in (online, several):
            if len(group) == 1 and subject not in lost[group[0].id]:
                lost[group[0].id].append(subject)
    return dict(lost)


def carried(
    runs: Sequence[RunRow],
    subjects: Mapping[int, Sequence[str]],
    about: Collection[str],
    today: date,
    known: Collection[str],
) -> dict[Ground, frozenset[Carrier]]:
    """Each ground on which some subjects stand, with all that carries it; what nothing carries is not there.

    ``known`` are the terms that somebody teaches in.
    """
    found: dict[Ground, frozenset[Carrier]] = {}
    for (subject, cycle), several in _to_come(runs, subjects, about, today, current_terms(known, today)).items():
        for national in (True, False):
            those = frozenset(
                Carrier(run.offer_id, run.id) for run in several if run.delivery is Delivery.ONLINE or not national
            )
            if those:
                found[Ground(subject, cycle, national)] = those
    for subject, reach in national_reach(runs, subjects, today, carried_terms(known, today)).items():
        for national, offers in ((True, reach.national), (False, reach.offers)):
            if offers and subject in about:
                found[Ground(subject, None, national)] = frozenset(Carrier(offer) for offer in offers)
    return found


def _to_come(
    runs: Iterable[RunRow],
    subjects: Mapping[int, Sequence[str]],
    about: Collection[str],
    today: date,
    counted: Collection[str] | None,
) -> Mapping[tuple[str, int], list[RunRow]]:
    """(subject, study year) -> the runs that can still be joined."""
    taught = [run for run in runs if run.published and run.counts_as_taught]
    if counted is None:
        counted = current_terms({run.term for run in taught}, today)
    found: defaultdict[tuple[str, int], list[RunRow]] = defaultdict(list)
    for run in taught:
        if run.state in CANCELLABLE and run.term in counted:
            for subject in subjects.get(run.offer_id, ()):
                if subject in about:
                    found[subject, cycle_of(run.term)].append(run)
    return found


def current_terms(known: Iterable[str], today: date) -> frozenset[str]:
    """This study year's terms and later ones, else those of the newest study year that is known."""
    found = sorted(set(known), key=terms.sort_key)
    if not found:
        return frozenset()
    begins = min(_autumn(terms.of(today)), _autumn(found[-1]), key=terms.sort_key)
    return frozenset(term for term in found if terms.sort_key(term) >= terms.sort_key(begins))


def carried_terms(known: Iterable[str], today: date) -> frozenset[str]:
    """As :func:`current_terms`, without what is planned or put off beyond this study year and the next term."""
    found, last = set(known), terms.sort_key(terms.shift(terms.of(today), 1))
    return current_terms({term for term in found if terms.sort_key(term) <= last} or found, today)


def _autumn(term: str) -> str:
    """The autumn term of the same study year."""
    return terms.shift(term, -1) if term.endswith("V") else term
