"""Every published offer as detection sees it: one profile each, with its institutions, terms and places.

A handful of queries however many offers there are; nothing is asked for in a loop.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from registry.coordination.queries.runs import known_terms
from registry.coordination.queries.sources import sources_of
from registry.core import terms
from registry.matching.audience import roles_of, settings_of
from registry.matching.profiles import Profile, make_profile
from registry.matching.reading import read_name
from registry.offers.models import (
    FieldOrigin,
    Offer,
    OfferProvider,
    OfferSubject,
    OfferTarget,
    Origin,
    Run,
    RunPlace,
)
from registry.offers.states import LOST_RUNS, Delivery, OfferState
from registry.reference.models import County, Municipality, Organisation

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


def load_profiles(session: Session, offer_ids: Collection[int] | None = None) -> list[Profile]:
    """A profile for every published offer that is one offer (containers left out), by id."""
    return load_landscape(session, offer_ids).profiles


def load_landscape(session: Session, offer_ids: Collection[int] | None = None) -> Landscape:
    """Profiles and what stands beside them; of all published offers, or of some."""
    offers = _offers(session, offer_ids)
    ids = None if offer_ids is None else [offer.id for offer in offers]
    providers = _providers(session, ids)
    homes = _homes(session, None if ids is None else {one for mine in providers.values() for one in mine})
    places = _places(session, ids)
    runs = _runs(session, ids)
    derived = _derived(session, ids)
    subjects = _grouped(
        _narrow(select(OfferSubject.offer_id, OfferSubject.subject_code), OfferSubject.offer_id, ids), session
    )
    targets = _grouped_targets(session, ids)
    sources = sources_of(session, ids)
    profiles, taught = [], {}
    for offer in offers:
        mine = providers.get(offer.id, [])
        lead = mine[0] if mine else 0
        when = _when(runs.get(offer.id, ()), places, homes.get(lead, []))
        told = derived.get(offer.id, {})
        given = {name: None if _is_derived(offer, name, told) else getattr(offer, name, None) for name in _DERIVABLE}
        codes = [given["subject_code"], *subjects.get(offer.id, ())] if given["subject_code"] else []
        setting_codes, role_codes = ((), ()) if "targets" in told else targets.get(offer.id, ((), ()))
        key = profile_key(offer.id)
        profile = make_profile(
            key,
            str(lead),
            offer.title,
            level=offer.level_code,
            code=offer.native_code,
            source=sources.get(offer.id),
            terms=when.terms,
            regions=when.regions,
            counties=when.counties,
            online=when.online,
            subjects=[code for code in codes if code],
            school_years=given["school_years"],
            step=given["step"],
            credits=Decimal(given["credits"]) if given["credits"] is not None else None,
            settings=settings_of(setting_codes),
            roles=roles_of(role_codes),
            outcomes=offer.learning_outcomes or "",
            reading=read_name(offer.title, level_code=offer.level_code, programme_code=offer.native_code),
        )
        profiles.append(profile)
        taught[key] = Taught(
            offer_id=offer.id,
            key=offer.key,
            title=offer.title,
            providers=frozenset(mine),
            lead=lead,
            terms=when.terms,
            lost_terms=when.lost,
            places_by_term=when.by_term,
            online_terms=when.online_terms,
            subjects=tuple(code for code in (offer.subject_code, *subjects.get(offer.id, ())) if code),
            is_demo=offer.is_demo,
        )
    return Landscape(profiles, taught)


def _narrow(query: Any, column: Any, ids: Collection[int] | None) -> Any:
    return query if ids is None else query.where(col(column).in_(list(ids)))


def _offers(session: Session, offer_ids: Collection[int] | None) -> list[Any]:
    columns: tuple[Any, ...] = (
        Offer.id,
        Offer.key,
        Offer.title,
        Offer.native_code,
        Offer.level_code,
        Offer.credits,
        Offer.school_years,
        Offer.step,
        Offer.subject_code,
        Offer.learning_outcomes,
        Offer.is_demo,
    )
    query = (
        sa.select(*columns)
        .where(col(Offer.state) == OfferState.PUBLISHED, col(Offer.is_container).is_(False))
        .order_by(col(Offer.id))
    )
    return list(session.execute(_narrow(query, Offer.id, offer_ids)).all())


def _providers(session: Session, ids: Collection[int] | None) -> dict[int, list[int]]:
    """Organisation ids by offer, the leading one first."""
    query = select(OfferProvider.offer_id, OfferProvider.organisation_id).order_by(
        col(OfferProvider.leads).desc(), col(OfferProvider.organisation_id)
    )
    return _grouped(_narrow(query, OfferProvider.offer_id, ids), session)


def _homes(session: Session, only: Collection[int] | None) -> dict[int, list[tuple[str, str]]]:
    """(county, region) of every campus of every organisation, or of some; of its seat where no campus is known."""
    regions = {code: str(region) for code, region in session.exec(select(County.code, County.region))}
    query = select(Organisation.id, Organisation.county_code, Organisation.campuses)
    organisations = session.exec(_narrow(query, Organisation.id, only)).all()
    known = None if only is None else {campus for _, _, campuses in organisations for campus in campuses}
    municipalities = _narrow(select(Municipality.code, Municipality.county_code), Municipality.code, known)
    counties = dict(session.exec(municipalities).all())
    found: dict[int, list[tuple[str, str]]] = {}
    for one, seat, campuses in organisations:
        where = {counties[campus] for campus in campuses if campus in counties} or ({seat} if seat else set())
        found[one or 0] = [(county, regions[county]) for county in sorted(where)]
    return found


def _places(session: Session, ids: Collection[int] | None) -> dict[int, list[tuple[str, str]]]:
    """(county, region) of every place where a run is taught."""
    query = (
        select(RunPlace.run_id, Municipality.county_code, County.region)
        .join(Municipality, col(Municipality.code) == col(RunPlace.municipality_code))
        .join(County, col(County.code) == col(Municipality.county_code))
    )
    if ids is not None:
        query = query.join(Run, col(Run.id) == col(RunPlace.run_id)).where(col(Run.offer_id).in_(list(ids)))
    found: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for run_id, county, region in session.exec(query):
        found[run_id].append((county, str(region)))
    return found


def _runs(session: Session, ids: Collection[int] | None) -> dict[int, list[Any]]:
    columns: tuple[Any, ...] = (Run.offer_id, Run.id, Run.term, Run.state, Run.left_feed_on, Run.delivery)
    query = sa.select(*columns)
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in session.execute(_narrow(query, Run.offer_id, ids)):
        found[row.offer_id].append(row)
    return found


def _derived(session: Session, ids: Collection[int] | None) -> dict[int, dict[str, Any]]:
    """Offer -> field -> derived value, where no person has put another in its place."""
    query = select(FieldOrigin.thing_id, FieldOrigin.field, FieldOrigin.origin, FieldOrigin.value).where(
        FieldOrigin.thing == "offer"
    )
    found: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    corrected: set[tuple[int, str]] = set()
    for offer_id, name, origin, value in session.exec(_narrow(query, FieldOrigin.thing_id, ids)):
        if origin == Origin.PERSON:
            corrected.add((offer_id, name))
        elif origin == Origin.DERIVED:
            found[offer_id][name] = value
    for offer_id, name in corrected:
        found[offer_id].pop(name, None)
    return found


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


def _when(
    runs: Iterable[Any], places: Mapping[int, list[tuple[str, str]]], home_places: list[tuple[str, str]]
) -> _When:
    """Terms and places of the runs that count. A run that names no place may be taught at any of its institution's campuses."""
    counted, lost = [], set()
    for run in runs:
        if run.state in LOST_RUNS:
            lost.add(run.term)
        elif run.left_feed_on is None:
            counted.append(run)
    taught_in = [place for run in counted for place in places.get(run.id) or home_places] or home_places
    by_term: dict[str, set[str]] = {}
    for run in counted:
        by_term.setdefault(run.term, set()).update(region for _, region in places.get(run.id) or home_places)
    told = [run.delivery for run in counted if run.delivery is not None]
    when = frozenset(run.term for run in counted)
    return _When(
        terms=when,
        lost=frozenset(lost) - when,
        regions=frozenset(region for _, region in taught_in),
        counties=frozenset(county for county, _ in taught_in),
        online=Delivery.ONLINE in told if told else None,
        by_term={term: frozenset(regions) for term, regions in by_term.items()},
        online_terms=frozenset(run.term for run in counted if run.delivery == Delivery.ONLINE),
    )


def _grouped(query: Any, session: Session) -> dict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for owner, value in session.exec(query):
        found[owner].append(value)
    return found


def _grouped_targets(session: Session, ids: Collection[int] | None) -> dict[int, tuple[list[str], list[str]]]:
    found: defaultdict[int, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    query = select(OfferTarget.offer_id, OfferTarget.setting, OfferTarget.role).order_by(col(OfferTarget.id))
    for offer_id, setting, role in session.exec(_narrow(query, OfferTarget.offer_id, ids)):
        if setting:
            found[offer_id][0].append(setting)
        if role:
            found[offer_id][1].append(role)
    return found


def newest_term(session: Session) -> str | None:
    """The newest term that has runs."""
    return max(known_terms(session), key=terms.sort_key, default=None)
