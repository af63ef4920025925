"""Words of coordination: kinds, strengths, verdicts and the life of a case."""

from enum import StrEnum

from registry.access.permissions import Permission as P
from registry.core.events import DOCUMENT_CHANGED
from registry.core.transitions import Life, Transition
from registry.matching.grades import Reach, Strength

__all__ = [
    "CASE",
    "PROPOSAL",
    "WITHIN_REACH",
    "CaseState",
    "Fault",
    "PairKind",
    "ProposalState",
    "Reach",
    "Strength",
    "Verdict",
    "Way",
]


class PairKind(StrEnum):
    DUPLICATE = "duplicate"
    OVERLAP = "overlap"


WITHIN_REACH = frozenset({Reach.SAME_COUNTY, Reach.SAME_REGION, Reach.ONLINE})


class Verdict(StrEnum):
    COORDINATE = "coordinate"
    KEEP_BOTH = "keep_both"
    CANNOT_DECIDE = "cannot_decide"
    WRONG_DATA = "wrong_data"


class Fault(StrEnum):
    """What is wrong where the answer is "wrong data"."""

    SUBJECT = "subject"
    SCHOOL_YEARS = "school_years"
    CREDITS = "credits"
    TARGETS = "targets"
    PLACE = "place"
    NOT_AN_OFFER = "not_an_offer"
    OTHER = "other"


class Way(StrEnum):
    """How two institutions may coordinate."""

    TALK = "talk"
    ALTERNATE_TERMS = "alternate_terms"
    MERGE = "merge"
    JOINT_OFFER = "joint_offer"
    ONE_ONLINE = "one_online"


class ProposalState(StrEnum):
    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class CaseState(StrEnum):
    OPEN = "open"
    DECIDED = "decided"
    REOPENED = "reopened"
    CLOSED = "closed"


CASE = Life(
    thing="case",
    name="state",
    column="state",
    states=CaseState,
    start=CaseState.OPEN,
    topic=DOCUMENT_CHANGED,
    transitions=(
        Transition("decide", frozenset({CaseState.OPEN, CaseState.REOPENED}), CaseState.DECIDED, P.CASE_DECIDE),
        Transition(
            "reopen",
            frozenset({CaseState.DECIDED, CaseState.CLOSED}),
            CaseState.REOPENED,
            P.CASE_DECIDE,
            needs_reason=True,
        ),
        Transition(
            "close",
            frozenset({CaseState.OPEN, CaseState.REOPENED, CaseState.DECIDED}),
            CaseState.CLOSED,
            P.CASE_DECIDE,
            needs_reason=True,
        ),
    ),
)

#: A decision that touches another institution is a proposal until that institution has answered.
PROPOSAL = Life(
    thing="proposal",
    name="state",
    column="state",
    states=ProposalState,
    start=ProposalState.WAITING,
    topic=DOCUMENT_CHANGED,
    transitions=(
        Transition("accept", frozenset({ProposalState.WAITING}), ProposalState.ACCEPTED, P.CASE_ANSWER),
        Transition(
            "decline",
            frozenset({ProposalState.WAITING}),
            ProposalState.DECLINED,
            P.CASE_ANSWER,
            needs_reason=True,
        ),
        Transition("withdraw", frozenset({ProposalState.WAITING}), ProposalState.WITHDRAWN, P.CASE_READ),
    ),
)
