"""A planned offer: what somebody says of it, what its name tells beside that, and the two together as the matching sees them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from sqlmodel import Session, col, select

from registry.matching.audience import role_code, roles_of, setting_codes, settings_of
from registry.matching.profiles import Profile, make_profile, plain_number
from registry.matching.reading import Derived, Reading, read_name
from registry.offers.states import Delivery
from registry.reference.models import County, Municipality, Organisation

KEY: Final = "!planned"  # sorts before every offer, so that evidence tells of the planned one first
NONE: Final = "ingen"  #: what is chosen to say that there is none, whatever the name tells
FIELDS: Final = ("subject", "school_years", "step", "credits", "level", "setting", "role", "delivery")


@dataclass(frozen=True, slots=True)
class Planned:
    """What is said of an offer that does not exist yet; what is left out is read out of its name where that tells it.

    ``school_years`` is "5-10" and ``step`` "1", or ``NONE``. ``settings`` and ``roles`` are codes of the reference lists.
    ``terms`` are those in which it is to be taught, none is undecided. ``provider_id`` leaves the own offers out.
    """

    title: str
    provider_id: int | None = None
    terms: Sequence[str] = ()
    municipality: str | None = None
    region: str | None = None
    delivery: Delivery | None = None
    level: str | None = None
    subject: str | None = None
    school_years: str | None = None
    step: str | None = None
    credits: Decimal | None = None
    settings: Sequence[str] = ()
    roles: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One field as the comparison uses it. ``values`` are codes or plain text; none is unknown.

    ``words`` are those of the name that told it; None where somebody said it.
    """

    field: str
    values: tuple[str, ...]
    words: str | None = None

    @property
    def is_read(self) -> bool:
        return self.words is not None


@dataclass(frozen=True, slots=True)
class Understood:
    """The planned offer ready for comparison, and how each field came to be."""

    profile: Profile
    told: tuple[Told, ...]
    is_placed: bool  #: somebody has said where, or an institution's own places were taken

    def values(self, field: str) -> tuple[str, ...]:
        """What a field was understood as."""
        return next(told.values for told in self.told if told.field == field)


def understand(session: Session, planned: Planned) -> Understood:
    """The name read, and what was said put over it. Terms are left to those who weigh time."""
    reading = read_name(planned.title, level_code=planned.level)
    kept = replace(
        reading,
        school_years=None if planned.school_years == NONE else reading.school_years,
        step=None if planned.step == NONE else reading.step,
    )
    places = _places(session, planned)
    profile = make_profile(
        KEY,
        str(planned.provider_id or ""),
        planned.title,
        level=planned.level,
        counties=[county for county, _ in places if county],
        regions=[region for _, region in places],
        online=None if planned.delivery is None else planned.delivery is Delivery.ONLINE,
        subjects=[planned.subject] if planned.subject else (),
        school_years=None if planned.school_years == NONE else planned.school_years,
        step=int(planned.step) if planned.step and planned.step != NONE else None,
        credits=planned.credits,
        settings=settings_of(planned.settings),
        roles=roles_of(planned.roles),
        reading=kept,
    )
    return Understood(profile, tuple(_told(planned, profile, kept)), bool(places))


def _told(planned: Planned, profile: Profile, reading: Reading) -> Iterable[Told]:
    """Every field, in the order of ``FIELDS``."""
    years = "-".join(map(str, profile.school_years)) if profile.school_years else ""
    yield _one("subject", planned.subject, profile.subjects, reading.subjects)
    yield _one("school_years", planned.school_years, [years], [reading.school_years])
    yield _one("step", planned.step, [str(profile.step or "")], [reading.step])
    yield _one("credits", planned.credits, [plain_number(profile.credits)], [reading.credits])
    yield _one("level", planned.level, [profile.level or ""], [])
    read = reading.school_years.value if reading.school_years else None
    where = planned.settings or [code for one in sorted(profile.settings) for code in setting_codes(one, years or read)]
    yield _one("setting", planned.settings, where, reading.settings)
    who = planned.roles or [role_code(one) for one in sorted(profile.roles)]
    yield _one("role", planned.roles, who, reading.roles)
    form = planned.delivery or (reading.delivery.value if reading.delivery else "")
    yield _one("delivery", planned.delivery, [str(form)], [reading.delivery])


def _one(field: str, said: object, values: Iterable[str], found: Iterable[Derived[Any] | None]) -> Told:
    known = tuple(dict.fromkeys(value for value in values if value))
    words = None if said or not known else ", ".join(dict.fromkeys(one.evidence for one in found if one))
    return Told(field, known, words)


def _places(session: Session, planned: Planned) -> Collection[tuple[str | None, str]]:
    """(County, region) where it is to be taught: as told, else at the institution's own campuses, as for any run without a place."""
    if planned.municipality:
        return _counties(session, [planned.municipality])
    if planned.region:
        return [(None, planned.region)]
    provider = session.get(Organisation, planned.provider_id) if planned.provider_id else None
    if provider is None:
        return ()
    if found := _counties(session, provider.campuses or ()):
        return found
    seat = session.get(County, provider.county_code) if provider.county_code else None
    return [(seat.code, str(seat.region))] if seat else ()


def _counties(session: Session, municipalities: Iterable[str]) -> list[tuple[str | None, str]]:
    query = (
        select(Municipality.county_code, County.region)
        .join(County, col(County.code) == col(Municipality.county_code))
        .where(col(Municipality.code).in_(list(municipalities)))
        .distinct()
    )
    return sorted((county, str(region)) for county, region in session.exec(query))
