"""Offers that are held against each other, with all that a person needs to judge them: fields, applicants over terms, places, sources."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from registry.applications.figures import rounding
from registry.coordination.detection.risks import LOW_RUN
from registry.coordination.queries.desk.deciding_fields import deciding_fields
from registry.coordination.queries.detecting.applicants import eligible
from registry.coordination.queries.detecting.landscape import load_landscape, offer_id_of
from registry.coordination.queries.detecting.sources import SourceSeen, records_of
from registry.coordination.queries.reports.offers import Card, offer_cards
from registry.core import clock, terms
from registry.offers.models import Offer, OfferProvider, Run, RunPlace
from registry.offers.states import GONE_RUNS, RunState
from registry.rules.register import rules_on


@dataclass(frozen=True, slots=True)
class TermFigures:
    """An offer's runs of one term pooled. None is unknown, which is not zero."""

    term: str
    applicants: int | None
    minimum: int | None
    places: int | None
    is_lost: bool  #: every run was cancelled or postponed
    unsure: int = 0  #: how many more they may be than ``applicants`` says, where that is rounded
    minimum_is_default: bool = False  #: a run tells none: rule LOW_RUN's counts for it

    @property
    def is_short(self) -> bool:
        """Fewer than the minimum, for certain: a rounded number is not said to be below what the real one may reach."""
        return self.applicants is not None and self.minimum is not None and self.applicants + self.unsure < self.minimum


@dataclass(frozen=True, slots=True)
class SeenOffer:
    """One offer of a pair or a case, oldest term first. Applicants are rounded to the nearest 5 where ``is_exact`` is False."""

    id: int
    card: Card
    fields: dict[str, str]
    figures: Sequence[TermFigures]
    runs: Sequence[Run]
    counties: frozenset[str]
    online: bool | None
    sources: Sequence[SourceSeen]
    is_exact: bool
    description: str = ""
    outcomes: str = ""
    latest: Sequence[Run] = ()  #: the runs of its last term, those that were called off aside
    places: Sequence[str] = ()  #: codes of the municipalities where those are taught


def seen_offers(
    session: Session, ids: Sequence[int], may_see: Callable[[frozenset[int]], bool], base: int
) -> list[SeenOffer]:
    """Offers side by side, in the order asked for, also those that have been discontinued since.

    ``may_see`` says for some institutions whether the person asking may see their exact figures; all others are rounded
    to the nearest ``base`` (rule SMALL_CELL).
    """
    cards = offer_cards(session, ids)
    profiles = {offer_id_of(profile.key): profile for profile in load_landscape(session, ids).profiles}
    runs = session.exec(select(Run).where(col(Run.offer_id).in_(ids))).all()
    known = eligible(session, [run.pk for run in runs])
    records = records_of(session, ids)
    providers = _providers(session, ids)
    texts = {
        one: (description, outcomes)
        for one, description, outcomes in session.exec(
            select(Offer.id, Offer.description, Offer.learning_outcomes).where(col(Offer.id).in_(ids))
        )
    }
    places = _places(session, ids)
    default = int(rules_on(session, clock.today())[LOW_RUN])
    sides = []
    for one in ids:
        mine = sorted((run for run in runs if run.offer_id == one), key=lambda run: (terms.sort_key(run.term), run.pk))
        profile = profiles.get(one)
        exact = may_see(providers[one])
        standing = [run for run in mine if run.state not in GONE_RUNS]
        latest = [run for run in standing if run.term == standing[-1].term]
        description, outcomes = texts.get(one, (None, None))
        sides.append(
            SeenOffer(
                id=one,
                card=cards[one],
                fields=deciding_fields(profile) if profile else {},
                figures=_figures(mine, known, None if exact else base, default),
                runs=mine,
                counties=frozenset(profile.counties) if profile else frozenset(),
                online=profile.online if profile else None,
                sources=records.get(one, ()),
                is_exact=exact,
                description=description or "",
                outcomes=outcomes or "",
                latest=latest,
                places=sorted({place for run in latest for place in places.get(run.pk, ())}),
            )
        )
    return sides


def _figures(runs: Sequence[Run], known: dict[int, int], base: int | None, default: int) -> list[TermFigures]:
    by_term: defaultdict[str, list[Run]] = defaultdict(list)
    for run in runs:
        if run.state is not RunState.ABSORBED:  # the run that stands for both tells of it
            by_term[run.term].append(run)
    found = []
    for term, several in by_term.items():
        counted = [known[run.pk] for run in several if run.pk in known]
        number = sum(counted) if counted else None
        minimum, is_default = pooled_minimum(several, None if number is None else default)
        found.append(
            TermFigures(
                term=term,
                applicants=number if base is None else rounding(number, base),
                minimum=minimum,
                places=_sum(run.places for run in several),
                is_lost=all(run.state in GONE_RUNS for run in several),
                unsure=0 if base is None else base // 2,
                minimum_is_default=is_default,
            )
        )
    return found


def pooled_minimum(runs: Sequence[Run], default: int | None) -> tuple[int | None, bool]:
    """The fewest applicants that some runs need together, and whether rule LOW_RUN's number stands in for one that tells none.

    ``default`` None is where no applicants are known: there is nothing to hold it against then.
    """
    told = [default if run.minimum is None else run.minimum for run in runs]
    return _sum(told), default is not None and any(run.minimum is None for run in runs)


def _sum(values: Iterable[int | None]) -> int | None:
    told = [value for value in values if value is not None]
    return sum(told) if told else None


def _places(session: Session, offer_ids: Sequence[int]) -> dict[int, list[str]]:
    """Run id -> codes of the municipalities where it is taught."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    query = select(RunPlace.run_id, RunPlace.municipality_code).join(Run, col(Run.id) == col(RunPlace.run_id))
    for run, place in session.exec(query.where(col(Run.offer_id).in_(offer_ids))):
        if place:
            found[run].append(place)
    return found


def _providers(session: Session, offer_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {one: set() for one in offer_ids}
    query = select(OfferProvider.offer_id, OfferProvider.organisation_id)
    for offer_id, organisation in session.exec(query.where(col(OfferProvider.offer_id).in_(offer_ids))):
        found[offer_id].add(organisation)
    return {one: frozenset(mine) for one, mine in found.items()}


__all__ = ["SeenOffer", "TermFigures", "pooled_minimum", "seen_offers"]
