"""Words of coordination: kinds, strengths, verdicts and the life of a case."""

from enum import StrEnum

from registry.access.permissions import Permission as P
from registry.core.events import OFFER_CHANGED
from registry.core.transitions import Life, Transition


class PairKind(StrEnum):
    DUPLICATE = "duplicate"
    OVERLAP = "overlap"


class Strength(StrEnum):
    STRONG = "strong"
    POSSIBLE = "possible"
    RELATED = "related"


class Reach(StrEnum):
    """How near two offers are; a gate of the case, never part of the strength."""

    SAME_COUNTY = "same_county"
    SAME_REGION = "same_region"
    ONLINE = "online"
    NONE = "none"
    UNKNOWN = "unknown"


WITHIN_REACH = frozenset({Reach.SAME_COUNTY, Reach.SAME_REGION, Reach.ONLINE})


class Verdict(StrEnum):
    COORDINATE = "coordinate"
    KEEP_BOTH = "keep_both"
    CANNOT_DECIDE = "cannot_decide"
    WRONG_DATA = "wrong_data"


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
    topic=OFFER_CHANGED,
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
