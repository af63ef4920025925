"""Every published offer as detection sees it: one profile each, with its institutions, terms and places.

What is composed here is read in :mod:`registry.coordination.queries.detecting.offer_rows`: a handful of statements, however many offers there are.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlmodel import Session, col, select

from registry.coordination.queries.detecting.offer_rows import Geography, Told, load_geography, load_offers, load_told
from registry.coordination.queries.detecting.runs import known_terms
from registry.core import clock, terms
from registry.matching.audience import roles_of, settings_of
from registry.matching.profiles import Profile, make_profile
from registry.matching.reading import read_name
from registry.offers.models import Run
from registry.offers.states import GONE_RUNS, Delivery, RunState

#: Fields of an offer that a name may tell; a derived one goes in with the name's own certainty.
_DERIVABLE = ("subject_code", "school_years", "step", "credits", "targets")


@dataclass(frozen=True, slots=True)
class Taught:
    """What is known of one offer beside its profile."""

    offer_id: int
    key: str
    title: str
    providers: frozenset[int]
    lead: int
    terms: frozenset[str]  #: with a run that was or will be taught
    lost_terms: frozenset[str]  #: with cancelled or postponed runs only
    places_by_term: Mapping[str, frozenset[str]]  #: term -> regions where it is taught
    online_terms: frozenset[str]
    subjects: tuple[str, ...]
    is_demo: bool = False
    stakes: int = 0  #: a digest, the process's own, of what its runs ask for and have room for

    def with_lost_terms(self, profile: Profile) -> Profile:
        """The offer with the terms of cancelled runs too: a record keyed twice is one, whatever became of its runs."""
        return replace(profile, terms=profile.terms | self.lost_terms) if self.lost_terms else profile


@dataclass(frozen=True)
class Landscape:
    """Profiles by profile key, and what stands beside each."""

    profiles: list[Profile]
    taught: Mapping[str, Taught]

    @cached_property
    def by_key(self) -> Mapping[str, Profile]:
        return {profile.key: profile for profile in self.profiles}


def profile_key(offer_id: int) -> str:
    """Sorts as the ids do, so that a pair's order is the same here and in the table."""
    return f"{offer_id:010d}"


def offer_id_of(key: str) -> int:
    """The id behind a profile key."""
    return int(key)


def load_landscape(
    session: Session, offer_ids: Collection[int] | None = None, geography: Geography | None = None
) -> Landscape:
    """Profiles and what stands beside them; of all published offers, or of some. ``geography`` where it is known already."""
    where = geography or load_geography(session)
    offers = load_offers(session, offer_ids)
    told = load_told(session, where, None if offer_ids is None else [offer.id for offer in offers])
    nothing = Told()
    profiles, taught = [], {}
    for offer in offers:
        mine = told.get(offer.id, nothing)
        when = _when(mine)
        profile = _profile(offer, mine, when)
        profiles.append(profile)
        taught[profile.key] = Taught(
            offer_id=offer.id,
            key=offer.key,
            title=offer.title,
            providers=frozenset(mine.providers),
            lead=mine.providers[0] if mine.providers else 0,
            terms=when.terms,
            lost_terms=when.lost,
            places_by_term=when.by_term,
            online_terms=when.online_terms,
            subjects=tuple(code for code in (offer.subject_code, *mine.subjects) if code),
            is_demo=offer.is_demo,
            stakes=when.stakes,
        )
    return Landscape(profiles, taught)


def _profile(offer: Any, told: Told, when: "_When") -> Profile:
    given = {
        name: None if _is_derived(offer, name, told.derived) else getattr(offer, name, None) for name in _DERIVABLE
    }
    codes = [given["subject_code"], *told.subjects] if given["subject_code"] else []
    by_name = "targets" in told.derived
    return make_profile(
        profile_key(offer.id),
        str(told.providers[0] if told.providers else 0),
        offer.title,
        level=offer.level_code,
        code=offer.native_code,
        source=told.source,
        terms=when.terms,
        regions=when.regions,
        counties=when.counties,
        online=when.online,
        subjects=codes,
        school_years=given["school_years"],
        step=given["step"],
        credits=Decimal(given["credits"]) if given["credits"] is not None else None,
        settings=settings_of(() if by_name else told.settings),
        roles=roles_of(() if by_name else told.roles),
        outcomes=offer.learning_outcomes or "",
        reading=read_name(offer.title, level_code=offer.level_code, programme_code=offer.native_code),
    )


def _is_derived(offer: Any, name: str, told: Mapping[str, Any]) -> bool:
    """Told by the name alone: a feed that says otherwise has put its own value there."""
    if name not in told:
        return False
    value = getattr(offer, name, None)
    if name == "credits" and value is not None and told[name] is not None:
        return bool(Decimal(str(told[name])) == value)
    return name == "targets" or bool(str(told[name]) == str(value))


@dataclass(slots=True)
class _When:
    terms: frozenset[str]
    lost: frozenset[str]
    regions: frozenset[str]
    counties: frozenset[str]
    online: bool | None
    by_term: dict[str, frozenset[str]]
    online_terms: frozenset[str]
    stakes: int


def _when(told: Told) -> _When:
    """Terms and places of the runs that count. A run that names no place may be taught at any of its institution's campuses."""
    counted, lost = [], set()
    for run in told.runs:
        if run.state in GONE_RUNS:
            lost.add(run.term)
        elif run.left_feed_on is None:
            counted.append(run)
    taught_in = [place for run in counted for place in told.places.get(run.id) or told.homes] or told.homes
    by_term: dict[str, set[str]] = {}
    for run in counted:
        by_term.setdefault(run.term, set()).update(region for _, region in told.places.get(run.id) or told.homes)
    named = [run.delivery for run in counted if run.delivery is not None]
    when = frozenset(run.term for run in counted)
    return _When(
        terms=when,
        lost=frozenset(lost) - when,
        regions=frozenset(region for _, region in taught_in),
        counties=frozenset(county for county, _ in taught_in),
        online=Delivery.ONLINE in named if named else None,
        by_term={term: frozenset(regions) for term, regions in by_term.items()},
        online_terms=frozenset(run.term for run in counted if run.delivery == Delivery.ONLINE),
        stakes=hash(tuple((run.id, run.term, run.minimum, run.places) for run in counted)),
    )


def newest_term(session: Session, as_of: date | None = None) -> str | None:
    """The term that a report is about when none is asked for: the newest that has runs, at most the one that comes next.

    Later terms hold what single institutions have put off or planned early, and say nothing of the country. Nor does a
    run that only waits to take over for a postponed one make a term. Of a day that is over: the newest that had some then;
    what was told of only later (a yearly report) is asked for by its terms. None where there are no runs at all.
    """
    day = as_of or clock.today()
    known = known_terms(session)
    last = terms.sort_key(terms.shift(terms.of(day), 1))
    near = {term for term in known if terms.sort_key(term) <= last}
    if not near:
        is_over = day < clock.today()  # nothing was known then, which is what the report of that day says
        return terms.of(day) if known and is_over else min(known, key=terms.sort_key, default=None)
    if day < clock.today():
        told = set(session.exec(select(Run.term).where(Run.created_at <= clock.end_of_day(day)).distinct()))
        near = near & told or near
    return max(near - _awaited(session, near) or near, key=terms.sort_key)


def _awaited(session: Session, among: Collection[str]) -> set[str]:
    """Those of the terms whose every run is planned to take over for a postponed one."""
    postponed = select(Run.postponed_to_id).where(col(Run.postponed_to_id).is_not(None))
    successor: Any = col(Run.id).in_(postponed) & (col(Run.state) == RunState.PLANNED)
    waiting = set(session.exec(select(Run.term).where(col(Run.term).in_(among), successor).distinct()))
    if not waiting:
        return set()
    others: set[str] = set(session.exec(select(Run.term).where(col(Run.term).in_(waiting), ~successor).distinct()))
    return waiting - others
