"""Offers, their runs, and where each value came from."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Numeric, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.core.table import Table, check, enum_type, iff, json_type
from registry.offers.states import CancelReason, CreditScheme, Delivery, OfferState, RunState


class Offer(Table, table=True):
    """What is taught. ``key`` is stable over re-imports: provider's code and the offer's own code."""

    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_offer_subject", "subject_code"),
        Index("ix_offer_state", "state"),
        check("credits IS NULL OR (credits > 0 AND credits <= 300)", "credits_range"),
        check("(credits IS NULL) = (credit_scheme IS NULL)", "credits_scheme"),
        check("step IS NULL OR step BETWEEN 1 AND 9", "step_range"),
        check(iff("state = 'discontinued'", "discontinued_on", "discontinue_reason"), "discontinued_given"),
        check("version >= 1", "version_positive"),
    )

    key: str = Field(max_length=200)
    native_code: str = Field(max_length=120)  #: programme or course code of the source
    title: str
    title_language: str | None = Field(default=None, max_length=3)
    other_titles: dict[str, str] = Field(default_factory=dict, sa_type=json_type())
    sort_title: str
    description: str | None = None
    learning_outcomes: str | None = None
    department: str | None = None
    level_code: str | None = Field(default=None, foreign_key="level.code", max_length=4)
    credits: Decimal | None = Field(default=None, sa_type=Numeric(5, 1))
    credit_scheme: CreditScheme | None = Field(default=None, sa_type=enum_type(CreditScheme, "credit_scheme"))
    subject_code: str | None = Field(default=None, foreign_key="subject.code", max_length=60)
    nus_code: str | None = Field(default=None, max_length=6)
    school_years: str | None = Field(default=None, max_length=10)
    step: int | None = None
    measure_code: str | None = Field(default=None, foreign_key="measure.code", max_length=40)
    languages: list[str] = Field(default_factory=list, sa_type=json_type())
    schemes: list[str] = Field(default_factory=list, sa_type=json_type())
    tags: list[str] = Field(default_factory=list, sa_type=json_type())
    url: str | None = None
    is_container: bool = False  #: a programme code that holds several courses: never one offer in comparisons
    is_demo: bool = False
    state: OfferState = Field(default=OfferState.DRAFT, sa_type=enum_type(OfferState, "state"))
    discontinued_on: date | None = None
    discontinue_reason: str | None = Field(default=None, max_length=40)
    created_at: datetime
    updated_at: datetime
    version: int = 1


class OfferProvider(SQLModel, table=True):
    """A provider of an offer; a joint offer has several and one of them leads."""

    __tablename__ = "offer_provider"
    __table_args__ = (Index("ix_offer_provider_organisation", "organisation_id"),)

    offer_id: int = Field(foreign_key="offer.id", primary_key=True)
    organisation_id: int = Field(foreign_key="organisation.id", primary_key=True)
    leads: bool = True


class OfferSubject(SQLModel, table=True):
    """A further subject of an offer, beside the main one on the offer itself."""

    __tablename__ = "offer_subject"

    offer_id: int = Field(foreign_key="offer.id", primary_key=True)
    subject_code: str = Field(foreign_key="subject.code", primary_key=True, max_length=60)


class OfferTarget(Table, table=True):
    """One target group of an offer: a setting, a role, or both."""

    __tablename__ = "offer_target"
    __table_args__ = (
        UniqueConstraint("offer_id", "setting", "role"),
        check("setting IS NOT NULL OR role IS NOT NULL", "one_axis_given"),
    )

    offer_id: int = Field(foreign_key="offer.id", index=True)
    setting: str | None = Field(default=None, foreign_key="target_setting.code", max_length=40)
    role: str | None = Field(default=None, foreign_key="target_role.code", max_length=40)


class Run(Table, table=True):
    """When and where an offer is taught."""

    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_run_offer", "offer_id"),
        Index("ix_run_term_state", "term", "state"),
        check("length(term) = 5 AND (term LIKE '____V' OR term LIKE '____H')", "term_form"),
        check("places IS NULL OR places >= 0", "places_positive"),
        check("minimum IS NULL OR minimum >= 0", "minimum_positive"),
        check("ends_on IS NULL OR starts_on IS NULL OR ends_on >= starts_on", "dates_ordered"),
        check(
            "application_closes_on IS NULL OR application_opens_on IS NULL "
            "OR application_closes_on >= application_opens_on",
            "application_dates_ordered",
        ),
        check(iff("state = 'cancelled'", "cancel_reason", "cancelled_at"), "cancelled_given"),
        check("cancel_reason IS NULL OR cancel_reason <> 'other' OR cancel_text IS NOT NULL", "other_reason_explained"),
        check(iff("state = 'postponed'", "postponed_to_id"), "postponed_given"),
        check(iff("state = 'absorbed'", "absorbed_into_id"), "absorbed_given"),
        check("version >= 1", "version_positive"),
    )

    key: str = Field(max_length=240)
    offer_id: int = Field(foreign_key="offer.id")
    term: str = Field(max_length=5)
    term_assumed: bool = False
    starts_on: date | None = None
    ends_on: date | None = None
    application_opens_on: date | None = None
    application_closes_on: date | None = None
    places: int | None = None
    minimum: int | None = None
    delivery: Delivery | None = Field(default=None, sa_type=enum_type(Delivery, "delivery"))
    apply_url: str | None = None
    state: RunState = Field(default=RunState.PLANNED, sa_type=enum_type(RunState, "state"))
    cancel_reason: CancelReason | None = Field(default=None, sa_type=enum_type(CancelReason, "cancel_reason"))
    cancel_text: str | None = None
    cancelled_at: datetime | None = None
    postponed_to_id: int | None = Field(default=None, foreign_key="run.id")
    absorbed_into_id: int | None = Field(default=None, foreign_key="run.id", index=True)  #: the same run, which stands
    left_feed_on: date | None = None  #: the feed no longer carries it; the offer lives on
    is_demo: bool = False
    created_at: datetime
    updated_at: datetime
    version: int = 1


class RunPlace(SQLModel, table=True):
    """A municipality where a run is taught."""

    __tablename__ = "run_place"

    run_id: int = Field(foreign_key="run.id", primary_key=True)
    municipality_code: str = Field(foreign_key="municipality.code", primary_key=True, max_length=4)


class Origin(StrEnum):
    """Where a value came from, weakest first: a person's correction beats a feed, a feed beats a derivation."""

    DERIVED = "derived"
    FEED = "feed"
    PERSON = "person"


class FieldOrigin(Table, table=True):
    """A value of an offer or a run together with where it came from. The strongest origin is the one shown.

    A feed's own values need no row: the source record holds them. Rows are kept for what was derived
    from the name, what a person corrected, and what a second source said.
    """

    __tablename__ = "field_origin"
    __table_args__ = (
        UniqueConstraint("thing", "thing_id", "field", "origin", "source_record_id"),
        Index("ix_field_origin_thing", "thing", "thing_id"),
        check("thing IN ('offer', 'run')", "thing_known"),
        check("confidence IS NULL OR (confidence >= 0 AND confidence <= 1)", "confidence_range"),
        check("(origin = 'derived') = (confidence IS NOT NULL)", "confidence_given"),
        check("origin <> 'person' OR actor IS NOT NULL", "corrected_by"),
    )

    thing: str = Field(max_length=10)
    thing_id: int
    field: str = Field(max_length=40)
    value: Any = Field(default=None, sa_type=json_type(), nullable=True)  #: None where a person says that there is none
    origin: Origin = Field(sa_type=enum_type(Origin, "origin"))
    confidence: float | None = None
    evidence: str | None = None  #: the words it was read from
    source_record_id: int | None = Field(default=None, foreign_key="source_record.id")
    actor: str | None = Field(default=None, max_length=80)
    at: datetime
