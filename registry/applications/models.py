"""Applications known by pseudonym, counts from institutions that send no single applications, and figures kept by day."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Index, Numeric, UniqueConstraint, and_
from sqlmodel import Field, col

from registry.applications.states import (
    Answer,
    Attendance,
    Decision,
    Endorsement,
    LookPurpose,
    RejectReason,
    Standing,
)
from registry.core.sentences import SentenceType
from registry.core.table import Table, check, enum_type, iff, json_type


class Application(Table, table=True):
    """One person's application to one run. The person is ``key_id`` and a keyed pseudonym; nothing else is kept."""

    __table_args__ = (
        UniqueConstraint("run_id", "applicant_key"),
        UniqueConstraint("idempotency_key"),
        Index("ix_application_applicant", "applicant_key"),
        Index("ix_application_owner", "owner_id"),
        check(iff("decision = 'rejected'", "reject_reason"), "rejected_given"),
        check("decision = 'offered' OR answer = 'none'", "answered_only_if_offered"),
        check("(answer = 'accepted') = (attendance <> 'none')", "attends_only_if_accepted"),
        check(iff("standing = 'withdrawn'", "withdraw_reason", "withdrawn_at"), "withdrawn_given"),
        check(iff("standing = 'displaced'", "displaced_at"), "displaced_given"),
        check(iff("endorsement = 'declined'", "endorsement_reason"), "endorsement_declined_given"),
        check(iff("attendance IN ('completed', 'failed', 'dropped_out', 'deferred')", "result_on"), "result_dated"),
        check("answer <> 'offered' OR answer_by IS NOT NULL", "answer_deadline_given"),
        check("priority >= 1", "priority_positive"),
        check("version >= 1", "version_positive"),
    )

    run_id: int = Field(foreign_key="run.id")
    applicant_key: str = Field(max_length=80)  #: key id and HMAC, "k1:…"
    owner_id: int | None = Field(default=None, foreign_key="organisation.id")
    priority: int = 1  #: the applicant's own order
    owner_rank: int | None = None  #: the owner's order, 1 first
    applied_at: datetime  #: place in line; kept when the applicant is moved
    endorsement: Endorsement = Field(default=Endorsement.NOT_NEEDED, sa_type=enum_type(Endorsement, "endorsement"))
    endorsement_reason: str | None = None
    decision: Decision = Field(default=Decision.RECEIVED, sa_type=enum_type(Decision, "decision"))
    reject_reason: RejectReason | None = Field(default=None, sa_type=enum_type(RejectReason, "reject_reason"))
    answer: Answer = Field(default=Answer.NONE, sa_type=enum_type(Answer, "answer"))
    answer_by: date | None = None
    attendance: Attendance = Field(default=Attendance.NONE, sa_type=enum_type(Attendance, "attendance"))
    result_on: date | None = None
    result_credits: Decimal | None = Field(default=None, sa_type=Numeric(5, 1))
    standing: Standing = Field(default=Standing.OPEN, sa_type=enum_type(Standing, "standing"))
    withdraw_reason: str | None = Field(default=None, max_length=40)
    withdrawn_at: datetime | None = None
    displaced_at: datetime | None = None
    moved_from_id: int | None = Field(default=None, foreign_key="application.id")
    idempotency_key: str | None = Field(default=None, max_length=120)
    is_demo: bool = False
    version: int = 1


class Relocation(Table, table=True):
    """A run proposed to a displaced applicant; taking it keeps the place in line."""

    __table_args__ = (UniqueConstraint("application_id", "run_id"),)

    application_id: int = Field(foreign_key="application.id")
    run_id: int = Field(foreign_key="run.id")
    position: int  #: 1 is the nearest
    score: float
    explanation: str = Field(sa_type=SentenceType)
    proposed_at: datetime
    chosen_at: datetime | None = None


class ApplicantContact(Table, table=True):
    """Where an applicant wants to be told of changes. Given by the applicant alone, and taken away as easily; no name."""

    __tablename__ = "applicant_contact"
    __table_args__ = (UniqueConstraint("applicant_key"),)

    applicant_key: str = Field(max_length=80)
    email: str = Field(max_length=254)
    language: str = Field(default="nb", max_length=2)
    daily: bool = False  #: told once a day, but for an offered place
    told_until: int  #: the last line of the ledger that the person has been told of
    told_at: datetime | None = None
    updated_at: datetime


class DecisionBatch(Table, table=True):
    """Decisions of one kind prepared for many applicants to one run. Nothing is decided before its letters are sent;
    until then the whole of it can be undone. A prepared place is held.
    """

    __tablename__ = "decision_batch"
    __table_args__ = (
        check("decision <> 'received'", "decides"),
        check(iff("decision = 'rejected'", "reject_reason"), "rejected_given"),
        check("(decision = 'offered') = (answer_days IS NOT NULL)", "answer_days_given"),
        check("sent_at IS NULL OR undone_at IS NULL", "sent_or_undone"),
        check("overbooking >= 0", "overbooking_positive"),
    )

    run_id: int = Field(foreign_key="run.id", index=True)
    decision: Decision = Field(sa_type=enum_type(Decision, "batch_decision"))
    reject_reason: RejectReason | None = Field(default=None, sa_type=enum_type(RejectReason, "batch_reject_reason"))
    answer_days: int | None = None  #: days to answer, counted from the day the letters are sent
    overbooking: int = 0
    note: str | None = None  #: the office's own words in the letter, with merge fields
    actor: str = Field(max_length=80)
    prepared_at: datetime
    sent_at: datetime | None = None
    undone_at: datetime | None = None


#: Of a batch that holds its places and can still be undone.
UNSENT = and_(col(DecisionBatch.sent_at).is_(None), col(DecisionBatch.undone_at).is_(None))


class BatchItem(Table, table=True):
    """One applicant in a batch. ``outcome`` is "decided", or why nothing came of it."""

    __tablename__ = "decision_batch_item"
    __table_args__ = (UniqueConstraint("batch_id", "application_id"),)

    batch_id: int = Field(foreign_key="decision_batch.id")
    application_id: int = Field(foreign_key="application.id", index=True)
    outcome: str | None = Field(default=None, max_length=40)


class AcrossLook(Table, table=True):
    """An admissions office looked at an applicant's other applications: who, for which case, why. Kept, and shown to the applicant."""

    __tablename__ = "across_look"
    __table_args__ = (Index("ix_across_look_applicant", "applicant_key"),)

    application_id: int = Field(foreign_key="application.id", index=True)  #: the case with the office
    applicant_key: str = Field(max_length=80)
    organisation_id: int = Field(foreign_key="organisation.id")
    actor: str = Field(max_length=80)
    purpose: LookPurpose = Field(sa_type=enum_type(LookPurpose, "look_purpose"))
    looked_at: datetime
    shown: int  #: how many applications were shown


class RunCount(Table, table=True):
    """Counts of a run on a date, from an institution that sends no single applications. Empty is unknown, not zero."""

    __tablename__ = "run_count"
    __table_args__ = (
        UniqueConstraint("run_id", "counted_on"),
        check("applied IS NULL OR applied >= 0", "applied_positive"),
        check("completed IS NULL OR started IS NULL OR completed <= started", "completed_within_started"),
    )

    run_id: int = Field(foreign_key="run.id", index=True)
    counted_on: date
    recorded_at: datetime
    actor: str = Field(max_length=80)
    applied: int | None = None
    qualified: int | None = None
    offered: int | None = None
    accepted: int | None = None
    waitlisted: int | None = None
    rejected: int | None = None
    withdrawn: int | None = None
    no_show: int | None = None
    started: int | None = None
    completed: int | None = None


class RunDay(Table, table=True):
    """Figures of a run at the end of a day on which any of them changed: what the ledger says, kept so that a figure as of
    any day is one look. Nothing is true because it stands here: it can be thrown away and folded anew.
    """

    __tablename__ = "run_day"
    __table_args__ = (UniqueConstraint("run_id", "day"),)

    run_id: int = Field(foreign_key="run.id")
    day: date
    applied: int
    qualified: int
    offered: int
    accepted: int
    waitlisted: int
    rejected: int
    withdrawn: int
    no_show: int
    started: int
    completed: int
    rejected_by: dict[str, Any] | None = Field(sa_type=json_type())  #: reason → number; None where nobody was
    withdrawn_by: dict[str, Any] | None = Field(sa_type=json_type())


class FoldedUntil(Table, table=True):
    """How far the ledger has been folded into ``RunDay``; one row. Runs with later lines are read from the ledger itself."""

    __tablename__ = "folded_until"

    line: int  #: the last line of the ledger that was folded
    folded_at: datetime
