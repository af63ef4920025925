"""What the tables tell of published offers, of all or of some: in four statements, each made once for the process.

To make a statement takes SQLAlchemy several times as long as to run it for one offer.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from registry.core.table import columns_of
from registry.offers.models import FieldOrigin, Offer, OfferProvider, OfferSubject, OfferTarget, Origin, Run, RunPlace
from registry.offers.states import OfferState
from registry.reference.models import County, Municipality, Organisation

Place = tuple[str, str]  #: county, region

_SOME: Final[sa.BindParameter[int]] = sa.bindparam("offers", expanding=True)
#: Intake stands beside coordination, and rooms of one height do not know each other.
_RECORDS: Final = sa.table("source_record", sa.column("offer_id"), sa.column("source_id"))
_SOURCES: Final = sa.table("source", sa.column("id"), sa.column("key"))


@dataclass(slots=True)
class Told:
    """What stands beside one offer's own row."""

    providers: list[int] = field(default_factory=list)  #: organisations, the leading one first
    homes: list[Place] = field(default_factory=list)  #: campuses of the leading one, or its seat where none is known
    runs: list[Any] = field(default_factory=list)  #: id, term, state, left_feed_on, delivery, minimum and places
    places: dict[int, list[Place]] = field(default_factory=dict)  #: run -> where it is taught
    subjects: list[str] = field(default_factory=list)  #: the further ones
    settings: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    derived: dict[str, Any] = field(default_factory=dict)  #: field -> what its name tells, unless corrected
    corrected: list[str] = field(default_factory=list)  #: fields that a person has put another value in
    source: str | None = None  #: key of the feed that tells of it, the first by name where several do


@dataclass(frozen=True, slots=True)
class Geography:
    """Where every municipality lies, which no change of an offer alters."""

    counties: Mapping[str, str]  #: municipality -> county
    regions: Mapping[str, str]  #: county -> region

    def place(self, municipality: str) -> Place:
        county = self.counties[municipality]
        return county, self.regions[county]

    def homes(self, seat: str | None, campuses: Collection[str]) -> list[Place]:
        """Where an institution teaches: its campuses, else the county of its seat."""
        where = {self.counties[campus] for campus in campuses if campus in self.counties} or ({seat} if seat else set())
        return [(county, self.regions[county]) for county in sorted(where)]


def load_geography(session: Session) -> Geography:
    """Every municipality and county."""
    county, municipality = columns_of(County), columns_of(Municipality)
    regions = {code: str(region) for code, region in session.execute(sa.select(county.code, county.region))}
    counties = session.execute(sa.select(municipality.code, municipality.county_code))
    return Geography(dict(map(tuple, counties)), regions)


def load_offers(session: Session, offers: Collection[int] | None = None) -> list[Any]:
    """The own rows of published offers that are one offer (containers left out), by id."""
    return list(session.execute(_offers(offers is None), _given(offers)))


def load_told(session: Session, geography: Geography, offers: Collection[int] | None = None) -> Mapping[int, Told]:
    """What stands beside the offers, of those that anything is told of."""
    everything, given = offers is None, _given(offers)
    found: defaultdict[int, Told] = defaultdict(Told)
    for offer, organisation, seat, campuses in session.execute(_providers(everything), given):
        told = found[offer]
        if not told.providers:
            told.homes = geography.homes(seat, campuses)
        told.providers.append(organisation)
    for row in session.execute(_runs(everything), given):
        told = found[row.offer_id]
        if not told.runs or told.runs[-1].id != row.id:
            told.runs.append(row)
        if row.municipality_code is not None:
            told.places.setdefault(row.id, []).append(geography.place(row.municipality_code))
    for what, offer, one, other, value in session.execute(_facts(everything), given):
        _take(found[offer], what, one, other, value)
    for told in found.values():
        for name in told.corrected:
            told.derived.pop(name, None)
    return found


def _take(told: Told, what: str, one: str, other: str | None, value: str | None) -> None:
    match what:
        case "subject":
            told.subjects.append(one)
        case "target":
            told.settings += [one] if one else []
            told.roles += [other] if other else []
        case "source":
            told.source = min(told.source or one, one)
        case Origin.PERSON:
            told.corrected.append(one)
        case Origin.DERIVED:
            told.derived[one] = None if value is None else json.loads(value)


def _given(offers: Collection[int] | None) -> dict[str, Any]:
    return {} if offers is None else {_SOME.key: list(offers)}


def _narrowed(query: Any, column: Any, everything: bool) -> Any:
    return query if everything else query.where(column.in_(_SOME))


@cache
def _offers(everything: bool) -> Any:
    offer = columns_of(Offer)
    query = (
        sa.select(
            offer.id,
            offer.key,
            offer.title,
            offer.native_code,
            offer.level_code,
            offer.credits,
            offer.school_years,
            offer.step,
            offer.subject_code,
            offer.learning_outcomes,
            offer.is_demo,
        )
        .where(offer.state == OfferState.PUBLISHED, offer.is_container.is_(False))
        .order_by(offer.id)
    )
    return _narrowed(query, offer.id, everything)


@cache
def _providers(everything: bool) -> Any:
    provider, organisation = columns_of(OfferProvider), columns_of(Organisation)
    query = (
        sa.select(provider.offer_id, organisation.id, organisation.county_code, organisation.campuses)
        .where(organisation.id == provider.organisation_id)
        .order_by(provider.offer_id, provider.leads.desc(), provider.organisation_id)
    )
    return _narrowed(query, provider.offer_id, everything)


@cache
def _runs(everything: bool) -> Any:
    run, place = columns_of(Run), columns_of(RunPlace)
    columns = (run.offer_id, run.id, run.term, run.state, run.left_feed_on, run.delivery, run.minimum, run.places)
    query = (
        sa.select(*columns, place.municipality_code)
        .join_from(run.id.table, place.run_id.table, place.run_id == run.id, isouter=True)
        .order_by(run.id)
    )
    return _narrowed(query, run.offer_id, everything)


@cache
def _facts(everything: bool) -> Any:
    """Subjects, target groups, origins of fields, and feeds, each told in three texts."""
    subject, target, origin = columns_of(OfferSubject), columns_of(OfferTarget), columns_of(FieldOrigin)
    parts = (
        (sa.literal("subject"), subject.offer_id, subject.subject_code, None, None),
        (sa.literal("target"), target.offer_id, target.setting, target.role, None),
        (sa.literal("source"), _RECORDS.c.offer_id, _SOURCES.c.key, None, None),
        (origin.origin, origin.thing_id, origin.field, None, origin.value),
    )
    conditions = {2: (_SOURCES.c.id == _RECORDS.c.source_id,), 3: (origin.thing == "offer",)}
    halves = [
        _narrowed(
            sa.select(_text(what).label("what"), owner, *map(_text, rest)).where(*conditions.get(place, ())),
            owner,
            everything,
        )
        for place, (what, owner, *rest) in enumerate(parts)
    ]
    return sa.union_all(*halves).order_by("what", sa.literal_column("2"), sa.literal_column("3"))


def _text(value: Any) -> Any:
    return sa.cast(sa.null() if value is None else value, sa.Text)
