"""Flags and what people decided about them: pairs, cases, decisions, small subjects, risk."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from registry.coordination.states import CaseState, PairKind, ProposalState, Reach, Strength, Verdict, Way
from registry.core.sentences import SentencesType, SentenceType
from registry.core.table import Table, check, enum_type, iff, json_type


class Detection(Table, table=True):
    """One detection: when, over what, by which versions of the rules, and what it counted."""

    at: datetime
    as_of: date
    term: str | None = Field(default=None, max_length=5)
    rules: dict[str, int] = Field(default_factory=dict, sa_type=json_type())  #: rule code -> version
    counts: dict[str, int] = Field(default_factory=dict, sa_type=json_type())
    seen_entry: int = 0  #: the newest row of the audit log that it built on
    seconds: float = 0
    keeps_past: bool = True  #: what it changed is kept as it was before; False of those before that was done


class Pair(Table, table=True):
    """Two offers that are perhaps the same (duplicate) or teach the same to the same people (overlap)."""

    __table_args__ = (
        UniqueConstraint("kind", "a_offer_id", "b_offer_id"),
        # What an offer overlaps with now: without all three SQLite reads every pair of the kind in place of the offer's.
        Index("ix_pair_a", "a_offer_id", "kind", "gone_on"),
        Index("ix_pair_b", "b_offer_id", "kind", "gone_on"),
        # Everything that the queue narrows and orders by: the rows themselves are wide, and are read for one page only.
        Index("ix_pair_room", "kind", "gone_on", "weight", "reach", "score", "strength", "a_offer_id", "b_offer_id"),
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
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_type=SentencesType)
    levels: list[int] | None = Field(default=None, sa_type=json_type())  #: of a duplicate, as the scorecard saw it
    fingerprint: str = Field(max_length=64)  #: of the deciding fields; a change reopens a decision
    digest: str = Field(max_length=16)  #: of all that detection found, but for the weight: an equal row is left alone
    detection_id: int = Field(foreign_key="detection.id")
    first_seen_on: date
    since: date  #: the first day at whose end the row was what it is, but for the weight
    gone_on: date | None = None


class PairVersion(SQLModel, table=True):
    """What a pair was from the end of one day until that of another (half-open), before it changed or came back."""

    __tablename__ = "pair_version"
    __table_args__ = (Index("ix_pair_version_days", "until", "since"), check("since < until", "valid_period"))

    pair_id: int = Field(foreign_key="pair.id", primary_key=True)
    since: date = Field(primary_key=True)
    until: date
    score: float
    strength: Strength = Field(sa_type=enum_type(Strength, "strength"))
    reach: Reach = Field(sa_type=enum_type(Reach, "reach"))
    terms: list[str] = Field(default_factory=list, sa_type=json_type())
    evidence: list[dict[str, Any]] = Field(default_factory=list, sa_type=SentencesType)
    detection_id: int = Field(foreign_key="detection.id")


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
    since: date  #: the first day at whose end the case had these members and this consequence
    closed_on: date | None = None
    detection_id: int = Field(foreign_key="detection.id")
    version: int = 1


class CaseMember(SQLModel, table=True):
    """An offer in a case."""

    __tablename__ = "overlap_case_member"

    case_id: int = Field(foreign_key="overlap_case.id", primary_key=True)
    offer_id: int = Field(foreign_key="offer.id", primary_key=True, index=True)


class CaseVersion(SQLModel, table=True):
    """Who was in a case, and what was at stake, from the end of one day until that of another (half-open).

    Which state it was in is told by the audit log.
    """

    __tablename__ = "overlap_case_version"
    __table_args__ = (Index("ix_overlap_case_version_days", "until", "since"), check("since < until", "valid_period"))

    case_id: int = Field(foreign_key="overlap_case.id", primary_key=True)
    since: date = Field(primary_key=True)
    until: date
    consequence: float
    offers: list[int] = Field(default_factory=list, sa_type=json_type())  #: ids, in their order


class Decision(Table, table=True):
    """What a person decided about a pair, on which data and by which rules. Never changed, only superseded."""

    __tablename__ = "pair_decision"
    __table_args__ = (Index("ix_pair_decision_pair", "pair_id", "at"),)

    pair_id: int = Field(foreign_key="pair.id")
    verdict: Verdict = Field(sa_type=enum_type(Verdict, "verdict"))
    fault: str | None = Field(default=None, max_length=20)  #: a ``Fault``: what is wrong, with "wrong data"
    note: str | None = None
    batch: str | None = Field(default=None, max_length=32)  #: decided together with others, and undone with them
    replaces_id: int | None = None  #: the decision that stood before this one
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
    superseded_reason: str | None = Field(
        default=None, max_length=40
    )  #: undone | undone_with_batch | data_changed | new_decision | declined


class Proposal(Table, table=True):
    """A proposal to coordinate, put to one institution, by the network (``sender_id`` None) or by another institution."""

    __tablename__ = "coordination_proposal"
    __table_args__ = (
        Index("ix_coordination_proposal_pair", "pair_id"),
        Index("ix_coordination_proposal_receiver", "receiver_id", "state"),
        # Who asked is told of new answers: by institution, and by the person for the network.
        Index("ix_coordination_proposal_sender", "sender_id", "answered_at"),
        Index("ix_coordination_proposal_proposer", "proposed_by", "answered_at"),
        check(iff("state <> 'waiting'", "answered_at", "answered_by"), "answer_given"),
        check("state <> 'declined' OR answer IS NOT NULL", "decline_explained"),
    )

    pair_id: int = Field(foreign_key="pair.id")
    decision_id: int | None = Field(default=None, foreign_key="pair_decision.id")
    way: Way = Field(sa_type=enum_type(Way, "way"))
    text: str | None = None
    sender_id: int | None = Field(default=None, foreign_key="organisation.id")
    receiver_id: int = Field(foreign_key="organisation.id")
    state: ProposalState = Field(default=ProposalState.WAITING, sa_type=enum_type(ProposalState, "state"))
    proposed_by: str = Field(max_length=80)
    proposed_at: datetime
    answered_by: str | None = Field(default=None, max_length=80)
    answered_at: datetime | None = None
    answer: str | None = None


class ProposalsTold(Table, table=True):
    """Up to when a person has been told of the proposals of an institution, or of the own ones."""

    __tablename__ = "proposals_told"
    __table_args__ = (UniqueConstraint("person_id", "reader"),)

    person_id: int = Field(foreign_key="person.id")
    reader: str = Field(max_length=80)  #: id of the institution, or the name by which a coordinator proposes
    until: datetime


class Comment(Table, table=True):
    """A remark on a pair. Everybody who sees the pair reads it; ``organisation_id`` None is the network."""

    __tablename__ = "pair_comment"
    __table_args__ = (Index("ix_pair_comment_pair", "pair_id"),)

    pair_id: int = Field(foreign_key="pair.id")
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    text: str
    actor: str = Field(max_length=80)
    at: datetime


class OfferMerge(Table, table=True):
    """Two records of one offer made one, with what was moved and chosen, so that it can be taken back."""

    __tablename__ = "offer_merge"
    __table_args__ = (
        Index("ix_offer_merge_kept", "kept_offer_id"),
        Index("ix_offer_merge_gone", "gone_offer_id"),
        check("kept_offer_id <> gone_offer_id", "two_offers"),
        check(iff("undone_at IS NOT NULL", "undone_at", "undone_by"), "undo_given"),
    )

    pair_id: int | None = Field(default=None, foreign_key="pair.id")
    kept_offer_id: int = Field(foreign_key="offer.id")
    gone_offer_id: int = Field(foreign_key="offer.id")
    fields: list[dict[str, Any]] = Field(default_factory=list, sa_type=json_type())  #: field, before, after, from
    moved: dict[str, list[Any]] = Field(default_factory=dict, sa_type=json_type())  #: runs with their old keys, and ids
    actor: str = Field(max_length=80)
    at: datetime
    undone_by: str | None = Field(default=None, max_length=80)
    undone_at: datetime | None = None


class Meeting(Table, table=True):
    """A meeting's papers, frozen as they were: pages and files are drawn from ``pack`` alone."""

    __tablename__ = "network_meeting"
    __table_args__ = (
        Index("ix_network_meeting_held", "held_on"),
        check("since IS NULL OR since <= held_on", "valid_period"),
        check(iff("withdrawn_at IS NOT NULL", "withdrawn_at", "withdrawn_by", "withdrawal_reason"), "withdrawal_given"),
    )

    title: str = Field(max_length=200)
    held_on: date
    region: str | None = Field(default=None, max_length=10)  #: None is the whole network
    since: date | None = None
    pack: dict[str, Any] = Field(sa_type=json_type())
    digest: str = Field(max_length=64)  #: SHA-256 of the pack's JSON with sorted keys
    frozen_by: str = Field(max_length=80)
    frozen_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = Field(default=None, max_length=80)
    withdrawal_reason: str | None = None


class MeetingDecision(Table, table=True):
    """What a meeting decided, about one of its items or in general (``item`` None). Struck out, never removed."""

    __tablename__ = "meeting_decision"
    __table_args__ = (Index("ix_meeting_decision_meeting", "meeting_id"),)

    meeting_id: int = Field(foreign_key="network_meeting.id")
    item: str | None = Field(default=None, max_length=240)  #: "case:12", "run:0238-k1-2027v", "subject:kinesisk"
    text: str
    actor: str = Field(max_length=80)
    at: datetime
    struck_at: datetime | None = None
    struck_by: str | None = Field(default=None, max_length=80)


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
    reason: str = Field(sa_type=SentenceType)
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


class LearntForecast(Table, table=True):
    """What the newest detection learnt of runs at risk: one row, written over by the next."""

    __tablename__ = "learnt_forecast"

    learnt_on: date
    detection_id: int | None = Field(default=None, foreign_key="detection.id")  #: that learnt it
    model: dict[str, Any] = Field(sa_type=json_type())  #: see ``coordination.forecast.keeping``
    accuracy: dict[str, Any] | None = Field(default=None, sa_type=json_type())  #: a ``Backtest``, made once a day


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
    assessed_at: datetime  #: when it came to be as it is; an equal judgement later the same day changes nothing
    applicants: int
    minimum: int
    minimum_is_default: bool
    probability: float
    low: float
    high: float
    expected_final: float
    reasons: list[str] = Field(default_factory=list, sa_type=SentencesType)
    advice: list[str] = Field(default_factory=list, sa_type=SentencesType)
    last_national: bool = False
    rule_code: str = Field(max_length=60)
    rule_version: int
    detection_id: int = Field(foreign_key="detection.id")


class SubjectRisk(Table, table=True):
    """The probability that every run of a subject in a term is cancelled, on a date."""

    __tablename__ = "subject_risk"
    __table_args__ = (
        UniqueConstraint("assessed_on", "subject_code", "term"),
        check("probability >= 0 AND probability <= 1", "probability_range"),
    )

    subject_code: str = Field(foreign_key="subject.code", max_length=60)
    term: str = Field(max_length=5)
    assessed_on: date
    runs: int
    probability: float
    detection_id: int = Field(foreign_key="detection.id")


class RiskWarning(Table, table=True):
    """A run reached a level of risk: told once per level, whatever happens later."""

    __tablename__ = "risk_warning"
    __table_args__ = (UniqueConstraint("run_id", "level"),)

    run_id: int = Field(foreign_key="run.id")
    level: str = Field(max_length=60)  #: code of the rule whose number was reached
    warned_on: date
    probability: float
    days_left: int
    detection_id: int = Field(foreign_key="detection.id")


class DuplicateCard(Table, table=True):
    """A scorecard of duplicates learnt from people's answers, with every pair it was learnt from. Never changed."""

    __tablename__ = "duplicate_card"
    __table_args__ = (
        UniqueConstraint("version"),
        check("version > 1", "after_the_shipped"),
        check("cites IS NULL OR cites < version", "cites_an_earlier"),
    )

    version: int
    learnt_at: datetime
    actor: str = Field(max_length=80)
    answers: int  #: people's own, beside the pairs that the first card was shipped with
    card: dict[str, Any] = Field(default_factory=dict, sa_type=json_type())
    training: str  #: CSV, one line per pair
    cites: int | None = None  #: the earlier version whose card this one takes up again
    held_out: dict[str, Any] | None = Field(
        default=None, sa_type=json_type()
    )  #: how it and the card before judged answers that neither had seen, see ``queries.lessons``


class WordWeights(Table, table=True):
    """How much each n-gram of a name says when offers are compared, as detection fitted it: the same until names have changed much."""

    __tablename__ = "word_weights"
    __table_args__ = (UniqueConstraint("kind", "is_demo"),)

    kind: PairKind = Field(sa_type=enum_type(PairKind, "kind"))
    is_demo: bool
    fitted_on: date
    detection_id: int | None = Field(default=None, foreign_key="detection.id")  #: that fitted them; two may on one day
    weights: dict[str, Any] = Field(sa_type=json_type())  #: see ``matching.vectors.TextWeights.to_json``
