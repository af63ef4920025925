"""The lives of an offer and of a run: one table each; nothing else may write these statuses."""

from enum import StrEnum

from registry.access.permissions import Permission as P
from registry.core.events import OFFER_CHANGED
from registry.core.transitions import Life, Transition


class OfferState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    DISCONTINUED = "discontinued"
    ARCHIVED = "archived"


class RunState(StrEnum):
    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"
    CONFIRMED = "confirmed"
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    POSTPONED = "postponed"
    ABSORBED = "absorbed"  #: the same run as another one, which stands for both


class CancelReason(StrEnum):
    FEW_APPLICANTS = "few_applicants"
    NO_TEACHER = "no_teacher"
    MERGED = "merged"
    MOVED_ONLINE = "moved_online"
    FUNDING = "funding"
    OTHER = "other"


class Delivery(StrEnum):
    CAMPUS = "campus"
    GATHERINGS = "gatherings"
    ONLINE = "online"
    HYBRID = "hybrid"


class CreditScheme(StrEnum):
    ECTS = "ECTS"
    FAGSKOLEPOENG = "fagskolepoeng"
    HP = "hp"
    CATS = "CATS"


#: Runs that people may still apply to, be on, or be moved to.
LIVE_RUNS = frozenset({RunState.PLANNED, RunState.OPEN, RunState.CLOSED, RunState.CONFIRMED, RunState.RUNNING})
#: Runs that ended without being taught.
LOST_RUNS = frozenset({RunState.CANCELLED, RunState.POSTPONED})
#: Runs that are not taught under their own key: to be left out where each thing that is taught is told once.
GONE_RUNS = LOST_RUNS | {RunState.ABSORBED}
#: Runs that can be the same run as another.
ABSORBABLE = LIVE_RUNS | {RunState.COMPLETED}
CANCELLABLE = frozenset({RunState.PLANNED, RunState.OPEN, RunState.CLOSED, RunState.CONFIRMED})

OFFER = Life(
    thing="offer",
    name="state",
    column="state",
    states=OfferState,
    start=OfferState.DRAFT,
    topic=OFFER_CHANGED,
    transitions=(
        Transition("publish", frozenset({OfferState.DRAFT}), OfferState.PUBLISHED, P.OFFER_PUBLISH),
        Transition(
            "discontinue",
            frozenset({OfferState.PUBLISHED}),
            OfferState.DISCONTINUED,
            P.OFFER_DISCONTINUE,
            needs_reason=True,
        ),
        Transition("reinstate", frozenset({OfferState.DISCONTINUED}), OfferState.PUBLISHED, P.OFFER_PUBLISH),
        Transition(  # into another record of the same offer
            "absorb", frozenset({OfferState.PUBLISHED}), OfferState.ARCHIVED, P.OFFER_MERGE, needs_reason=True
        ),
        Transition("release", frozenset({OfferState.ARCHIVED}), OfferState.PUBLISHED, P.OFFER_MERGE),
        Transition(
            "archive", frozenset({OfferState.DRAFT, OfferState.DISCONTINUED}), OfferState.ARCHIVED, P.OFFER_EDIT
        ),
    ),
)

RUN = Life(
    thing="run",
    name="state",
    column="state",
    states=RunState,
    start=RunState.PLANNED,
    topic=OFFER_CHANGED,
    transitions=(
        Transition("open", frozenset({RunState.PLANNED}), RunState.OPEN, P.RUN_EDIT),
        Transition("close", frozenset({RunState.PLANNED, RunState.OPEN}), RunState.CLOSED, P.RUN_EDIT),
        Transition("confirm", frozenset({RunState.CLOSED}), RunState.CONFIRMED, P.RUN_EDIT),
        Transition("start", frozenset({RunState.CONFIRMED}), RunState.RUNNING, P.RUN_EDIT),
        Transition("complete", frozenset({RunState.RUNNING}), RunState.COMPLETED, P.RUN_COMPLETE),
        Transition("cancel", CANCELLABLE, RunState.CANCELLED, P.RUN_CANCEL, needs_reason=True),
        Transition(
            "postpone",
            frozenset({RunState.PLANNED, RunState.OPEN, RunState.CLOSED}),
            RunState.POSTPONED,
            P.RUN_EDIT,
            needs_reason=True,
        ),
        Transition("absorb", ABSORBABLE, RunState.ABSORBED, P.OFFER_MERGE),  # entered twice, and one stands for both
        *(
            Transition(f"release_to_{state}", frozenset({RunState.ABSORBED}), state, P.OFFER_MERGE)
            for state in RunState
            if state in ABSORBABLE
        ),
    ),
)
