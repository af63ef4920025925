"""The life of a competence plan: one table; nothing else may write its status."""

from enum import StrEnum

from registry.access.permissions import Permission as P
from registry.core.transitions import Life, Transition


class PlanState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"


PLAN = Life(
    thing="competence_plan",
    name="state",
    column="state",
    states=PlanState,
    start=PlanState.DRAFT,
    topic=None,
    transitions=(
        Transition("submit", frozenset({PlanState.DRAFT}), PlanState.SUBMITTED, P.PLAN_EDIT),
        Transition("reopen", frozenset({PlanState.SUBMITTED}), PlanState.DRAFT, P.PLAN_EDIT),
    ),
)
