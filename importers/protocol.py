"""The contract between a format module and whoever runs it.

A format module reads one payload and yields every row exactly once, in feed order: a record where the row can be
understood, a :class:`RejectedRow` where it cannot. Feeds of offers yield :class:`OfferRecord`; a register yields units,
codes or counts, and says so in ``YIELDS``.
One bad row never raises. A payload that cannot be trusted as a whole (wrong kind of file,
cut off, empty) raises :class:`PayloadRefused` **before the first row is yielded** if that can
be known, else at the end of reading; the caller writes nothing until reading has ended.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable

from importers.sentences import NOTHING, Sentence, joined


class PayloadRefused(Exception):
    """The whole payload is refused. ``reason`` is one plain sentence; ``cure`` says what to do."""

    def __init__(self, reason: Sentence, cure: Sentence = NOTHING) -> None:
        self.message = joined((reason, cure))
        super().__init__(self.message)
        self.reason = reason
        self.cure = cure


@dataclass(frozen=True, slots=True)
class ProviderRef:
    """A provider as the feed names it: at least one of the three is given."""

    dbh_code: str | None = None  #: four characters, leading zeros kept ("0238")
    orgnr: str | None = None  #: nine digits, modulus 11
    name: str | None = None


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of an offer, as the feed tells it. Every field but ``term`` may be unknown."""

    term: str  #: "2025V" (spring) or "2025H" (autumn)
    term_assumed: bool = False  #: True where the feed gives a year but no half-year
    native_key: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    application_opens_on: date | None = None
    application_closes_on: date | None = None
    places: int | None = None
    minimum: int | None = None
    delivery: str | None = None  #: campus | gatherings | online | hybrid
    municipalities: tuple[str, ...] = ()  #: four-digit codes or names, as given
    apply_url: str | None = None
    cancelled: bool = False
    cancel_reason: str | None = None


@dataclass(frozen=True, slots=True)
class OfferRecord:
    """One row of a feed that was understood."""

    position: int  #: 1-based row number in the payload (header not counted in sheets: row as the user sees it)
    key: str  #: unique for the row within source and provider, stable between deliveries
    offer_key: str  #: the offer's own code at the provider ("KENG1-1-7")
    provider: ProviderRef
    title: str  #: cleaned: trimmed, runs of white space folded
    raw: Mapping[str, str | None]  #: the row as it came
    title_language: str | None = None  #: nb | nn | se | en where the feed says so
    other_titles: Mapping[str, str] = attribute(default_factory=dict)  #: language -> title
    partners: tuple[ProviderRef, ...] = ()
    department: str | None = None
    description: str | None = None
    learning_outcomes: str | None = None
    level_code: str | None = None  #: DBH level code (LN, HN, AR, ...), or "FS" for vocational college
    credits: Decimal | None = None
    credit_scheme: str | None = None  #: ECTS | fagskolepoeng | hp | CATS; never guessed
    nus_code: str | None = None
    subject: str | None = None  #: as given: a subject code of the registry, or its name
    target_groups: tuple[str, ...] = ()  #: as given: "setting:role" codes, or names
    school_years: str | None = None  #: "1-7"
    step: int | None = None
    measure: str | None = None
    languages: tuple[str, ...] = ()  #: ISO 639-1, Sami as "se"
    tags: tuple[str, ...] = ()
    url: str | None = None
    runs: tuple[RunRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """One organisation as a register knows it: an owner, a school, a kindergarten, a part of a public body."""

    position: int
    key: str  #: the organisation number
    raw: Mapping[str, str | None]
    name: str | None = None  #: None where the register has removed all but number and date
    form: str | None = None  #: organisation form in Enhetsregisteret: KOMM, FYLK, AS, BEDR …
    kinds: tuple[str, ...] = ()  #: kindergarten | school | owner, as the register says; empty where it does not
    ownership: str | None = None  #: public | private
    owner_orgnr: str | None = None
    owner_name: str | None = None
    parent_orgnr: str | None = None  #: the unit it is a part of, which is not always its owner
    municipality_code: str | None = None
    county_code: str | None = None
    sector_codes: tuple[str, ...] = ()  #: institutional sector: 6100 state, 6500 municipal
    is_active: bool = True
    valid_from: date | None = None
    valid_to: date | None = None  #: last day, where the unit is deleted


@dataclass(frozen=True, slots=True)
class CodeRecord:
    """One code of a classification, in one version of it."""

    position: int
    key: str  #: scheme, code and the day it holds from
    raw: Mapping[str, str | None]
    scheme: str  #: "kommune", "fylke", "nus"
    code: str
    name: str
    parent: str | None = None
    level: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None  #: last day; None where it still holds
    is_retired: bool = False  #: the name says that the code must not be used any more
    replaced_by: str | None = None


@dataclass(frozen=True, slots=True)
class CodeLinkRecord:
    """Two codes that a classification ties together: an old one and what became of it, or one code in another scheme."""

    position: int
    key: str
    raw: Mapping[str, str | None]
    scheme: str
    code: str
    other_scheme: str
    other_code: str
    name: str | None = None
    other_name: str | None = None
    changed_on: date | None = None  #: the day that ``code`` became ``other_code``; None for a correspondence


@dataclass(frozen=True, slots=True)
class CountRecord:
    """Numbers of people in one group at one provider in one term. Nobody is told of alone."""

    position: int
    key: str  #: everything that sets the row apart from the others in its table
    raw: Mapping[str, str | None]
    provider: ProviderRef
    term: str  #: "2025H", or "2025" where the table has years only
    counts: Mapping[str, int]  #: measure (see ``importers.dbh_counts``) -> number
    table: str | None = None  #: the source's own number of the table
    offer_key: str | None = None  #: None where the row speaks of the whole provider
    group: Mapping[str, str] = attribute(default_factory=dict)  #: what else the row is of: column -> value


@dataclass(frozen=True, slots=True)
class RunRef:
    """A run as an institution's sheet names it: by the registry's own key, or by the provider's codes and the term."""

    key: str | None = None  #: "1176-engelsk-1-2026H"
    offer_key: str | None = None
    term: str | None = None
    native_key: str | None = None


@dataclass(frozen=True, slots=True)
class ApplicationRecord:
    """Where one person's application to one run stands at the institution. No national identity number ever gets here."""

    position: int
    raw: Mapping[str, str | None]
    provider: ProviderRef | None  #: None where the sheet leaves it to whoever sends it
    run: RunRef
    applicant: str  #: the keyed pseudonym, "k1:…"
    status: str  #: received, waitlisted, offered, rejected, accepted, declined, lapsed, withdrawn, started, no_show …
    formerly: tuple[str, ...] = ()  #: the same person's pseudonyms under earlier keys
    reference: str | None = None  #: the institution's own number of the application
    applied_on: date | None = None
    status_on: date | None = None
    answer_by: date | None = None
    reason: str | None = None  #: a code of the registry's reasons, or the institution's own words
    credits: Decimal | None = None
    priority: int | None = None
    owner: str | None = None  #: organisation number of the employer's owner


@dataclass(frozen=True, slots=True)
class RunCountRecord:
    """Counts of one run on one day. A figure that is left out is unknown, not zero."""

    position: int
    raw: Mapping[str, str | None]
    provider: ProviderRef | None
    run: RunRef
    counted_on: date
    counts: Mapping[str, int]  #: applied, qualified, offered, accepted, waitlisted, rejected, withdrawn, …


@dataclass(frozen=True, slots=True)
class NeedRecord:
    """One need of an owner's competence plan: how many people need a subject in a year."""

    position: int
    raw: Mapping[str, str | None]
    owner: ProviderRef | None  #: organisation number or name; None where the sheet leaves it to whoever sends it
    year: int
    subject: str  #: as given: a subject code of the registry, or its name
    head_count: int
    priority: int = 3  #: 1 is first, 5 last
    target: str | None = None  #: as given: "setting:role", a code or a name


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One row that could not be understood: kept whole, with the reason and the cure in words."""

    position: int
    reason: Sentence  #: shown to the keeper of the feed, in the keeper's language
    field: str | None = None  #: column or key in the feed's own words
    value: str | None = None
    cure: Sentence = NOTHING  #: what to do about it
    raw: Mapping[str, str | None] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth telling about the payload as a whole (for example a row count that differs)."""

    text: Sentence


@dataclass(frozen=True, slots=True)
class Payload:
    """What is to be read: a file on disk (never all of it in memory) and how it came."""

    path: Path
    name: str  #: as the sender named it
    media_type: str | None = None
    max_bytes: int | None = None  #: largest that is read, where whoever runs the format says otherwise than the format
    #: What a person has put in place of what came: position -> key of the raw row -> text. Formats whose rows hang
    #: together with the rest of the file read it with them; the others ignore it, which shows in the row that comes out.
    repairs: Mapping[int, Mapping[str, str | None]] = attribute(default_factory=dict)


#: What is no offer.
RegisterRecord = UnitRecord | CodeRecord | CodeLinkRecord | CountRecord
#: What an institution or an owner tells of its own people and plans.
ReportedRecord = ApplicationRecord | RunCountRecord | NeedRecord
Row = OfferRecord | RegisterRecord | ReportedRecord | RejectedRow | Notice


class Yields(StrEnum):
    """What a format reads, beside rejected rows and notices."""

    OFFERS = "offers"
    UNITS = "units"
    CODES = "codes"  #: CodeRecord and CodeLinkRecord
    COUNTS = "counts"
    APPLICATIONS = "applications"
    RUN_COUNTS = "run_counts"
    NEEDS = "needs"


@runtime_checkable
class Format(Protocol):
    """What every module in ``importers.formats`` must offer. One that yields no offers has ``YIELDS`` too."""

    NAME: str  #: the word used on the command line: "dbh-347"
    TITLE: str  #: one line for ``registry formats`` (bokmål)

    def read(self, payload: Payload) -> Iterator[Row]: ...


def yields(format_: Format) -> Yields:
    """What the format reads: offers, unless it says otherwise."""
    found: Yields = getattr(format_, "YIELDS", Yields.OFFERS)
    return found
