"""Flags and what people decided about them: pairs, cases, decisions, small subjects, risk."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.coordination.states import CaseState, PairKind, Reach, Strength, Verdict
from registry.core.table import Table, check, enum_type, json_type


class Detection(Table, table=True):
    """One detection: when, over what, by which versions of the rules, and what it counted."""

    at: datetime
    as_of: date
    term: str | None = Field(default=None, max_length=5)
    rules: dict[str, int] = Field(default_factory=dict, sa_type=json_type())  #: rule code -> version
    counts: dict[str, int] = Field(default_factory=dict, sa_type=json_type())
    seen_entry: int = 0  #: the newest row of the audit log that it built on
    seconds: float = 0


class Pair(Table, table=True):
    """Two offers that are perhaps the same (duplicate) or teach the same to the same people (overlap)."""

    __table_args__ = (
        UniqueConstraint("kind", "a_offer_id", "b_offer_id"),
        Index("ix_pair_b", "b_offer_id"),
        Index("ix_pair_queue", "kind", "gone_on", "weight"),
        check("a_offer_id < b_offer_id", "ordered"),
        check("score >= 0 AND score <= 1", "score_range"),
    )

    kind: PairKind = Field(sa_type=enum_type(PairKind, "kind"))
    a_offer_id: int = Field(foreign_key="offer.id")
    b_offer_id: int = Field(foreign_key="offer.id")
    score: float
    weight: float = 0  #: ranks the queue of pairs, see ``coordination.consequence``
    strength: Strength = Field(sa_type=enum_type(Strength, "strength"))
    reach: Reach = Field(sa_type=enum_type(Reach, "reach"))
    terms: list[str] = Field(default_factory=list, sa_type=json_type())
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_type=json_type())
    fingerprint: str = Field(max_length=64)  #: of the deciding fields; a change reopens a decision
    digest: str = Field(max_length=16)  #: of all that detection writes here: an equal row is left alone
    detection_id: int = Field(foreign_key="detection.id")
    first_seen_on: date
    gone_on: date | None = None


class Case(Table, table=True):
    """Offers that overlap with a core offer, in one region and term: for people to look at."""

    __tablename__ = "overlap_case"
    __table_args__ = (
        UniqueConstraint("key"),
        Index("ix_overlap_case_state", "state"),
        check("(state = 'closed') = (closed_on IS NOT NULL)", "closed_given"),
    )

    key: str = Field(max_length=120)  #: first core offer's id, region and term: the same case at every detection
    core_offer_id: int = Field(foreign_key="offer.id")
    region: str | None = Field(default=None, max_length=10)
    term: str = Field(max_length=5)
    state: CaseState = Field(default=CaseState.OPEN, sa_type=enum_type(CaseState, "state"))
    consequence: float = 0  #: ranks the queue, see ``coordination.consequence``
    opened_on: date
    closed_on: date | None = None
    detection_id: int = Field(foreign_key="detection.id")
    version: int = 1


class CaseMember(SQLModel, table=True):
    """An offer in a case."""

    __tablename__ = "overlap_case_member"

    case_id: int = Field(foreign_key="overlap_case.id", primary_key=True)
    offer_id: int = Field(foreign_key="offer.id", primary_key=True, index=True)


class Decision(Table, table=True):
    """What a person decided about a pair, on which data and by which rules. Never changed, only superseded."""

    __tablename__ = "pair_decision"
    __table_args__ = (Index("ix_pair_decision_pair", "pair_id", "at"),)

    pair_id: int = Field(foreign_key="pair.id")
    verdict: Verdict = Field(sa_type=enum_type(Verdict, "verdict"))
    note: str | None = None
    actor: str = Field(max_length=80)
    at: datetime
    fingerprint: str = Field(max_length=64)
    deciding: dict[str, dict[str, str]] = Field(
        default_factory=dict, sa_type=json_type()
    )  #: offer id -> field -> value
    changes: list[dict[str, str]] = Field(
        default_factory=list, sa_type=json_type()
    )  #: what reopened it, field by field
    rules: dict[str, int] = Field(default_factory=dict, sa_type=json_type())
    superseded_at: datetime | None = None
    superseded_reason: str | None = Field(default=None, max_length=40)  #: undone | data_changed | new_decision


class SubjectStatus(Table, table=True):
    """A period in which a subject was small or not, and why. The list's history is these rows."""

    __tablename__ = "subject_status"
    __table_args__ = (
        Index("ix_subject_status_subject", "subject_code", "since"),
        check("until IS NULL OR until >= since", "valid_period"),
    )

    subject_code: str = Field(foreign_key="subject.code", max_length=60)
    is_small: bool
    since: date
    until: date | None = None
    reason: str
    rule_code: str = Field(max_length=60)
    rule_version: int
    detection_id: int = Field(foreign_key="detection.id")


class NationalDecision(Table, table=True):
    """The network's recorded decision to let the last national offer of a small subject go."""

    __tablename__ = "national_decision"
    __table_args__ = (Index("ix_national_decision_offer", "offer_id"),)

    subject_code: str = Field(foreign_key="subject.code", max_length=60)
    offer_id: int = Field(foreign_key="offer.id")
    run_id: int | None = Field(default=None, foreign_key="run.id")
    reason: str
    actor: str = Field(max_length=80)
    decided_on: date
    used_at: datetime | None = None


class RiskAssessment(Table, table=True):
    """The probability that a run is cancelled for low application, on a date, with its reasons."""

    __tablename__ = "risk_assessment"
    __table_args__ = (
        UniqueConstraint("run_id", "assessed_on"),
        check("probability >= 0 AND probability <= 1", "probability_range"),
        check("low <= probability AND probability <= high", "interval_holds"),
    )

    run_id: int = Field(foreign_key="run.id")
    assessed_on: date
    applicants: int
    minimum: int
    minimum_is_default: bool
    probability: float
    low: float
    high: float
    expected_final: float
    reasons: list[str] = Field(default_factory=list, sa_type=json_type())
    advice: list[str] = Field(default_factory=list, sa_type=json_type())
    last_national: bool = False
    rule_code: str = Field(max_length=60)
    rule_version: int
    detection_id: int = Field(foreign_key="detection.id")
