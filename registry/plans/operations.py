"""An owner keeps its competence plan and books its money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlmodel import Session, col, delete, select

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.core import audit, clock
from registry.core.errors import InvalidInput, Refused
from registry.plans.models import CompetencePlan, MoneyKind, MoneyLine, PlanNeed, PlanState
from registry.plans.policy import scope_of
from registry.reference.models import Subject

_FIRST_YEAR = 2025  #: the first year of the owners' grant's planning


@dataclass(frozen=True, slots=True)
class Need:
    """How many people need a subject. ``priority`` 1 is first, 5 last."""

    subject_code: str
    head_count: int
    priority: int = 3
    setting: str | None = None
    role: str | None = None


def save_plan(session: Session, actor: Actor, owner_id: int, year: int, needs: Sequence[Need]) -> CompetencePlan:
    """The owner's needs of a year, in place of those before. Raises InvalidInput for a need that cannot be."""
    actor.require(Permission.PLAN_EDIT, scope_of(session, owner_id))
    _examine(session, year, needs)
    plan = session.exec(
        select(CompetencePlan).where(CompetencePlan.owner_id == owner_id, CompetencePlan.year == year).with_for_update()
    ).first()
    moment = clock.now()
    if plan is None:
        plan = CompetencePlan(owner_id=owner_id, year=year, updated_at=moment)
        session.add(plan)
        session.flush()
    session.exec(delete(PlanNeed).where(col(PlanNeed.plan_id) == plan.pk))
    session.add_all(
        PlanNeed(
            plan_id=plan.pk,
            subject_code=need.subject_code,
            setting=need.setting,
            role=need.role,
            head_count=need.head_count,
            priority=need.priority,
        )
        for need in needs
    )
    plan.updated_at, plan.state, plan.submitted_on = moment, PlanState.DRAFT, None
    audit.record(
        session,
        actor=actor.name,
        thing="competence_plan",
        thing_id=plan.pk,
        event="save",
        details={"year": year, "needs": len(needs), "heads": sum(need.head_count for need in needs)},
    )
    session.flush()
    return plan


def submit_plan(session: Session, actor: Actor, plan: CompetencePlan) -> None:
    """The plan is final until it is changed. Raises Refused where it is empty or submitted already."""
    actor.require(Permission.PLAN_EDIT, scope_of(session, plan.owner_id))
    session.refresh(plan, with_for_update=True)  # somebody may be saving it anew
    if plan.state is PlanState.SUBMITTED:
        raise Refused("Planen er allerede sendt inn.")
    if session.exec(select(PlanNeed.id).where(PlanNeed.plan_id == plan.pk).limit(1)).first() is None:
        raise Refused("Planen har ingen behov ennå.")
    plan.state, plan.submitted_on, plan.updated_at = PlanState.SUBMITTED, clock.today(), clock.now()
    audit.record(session, actor=actor.name, thing="competence_plan", thing_id=plan.pk, event="submit")


def book_money(
    session: Session,
    actor: Actor,
    owner_id: int,
    year: int,
    kind: MoneyKind,
    amount: Decimal,
    *,
    on: date | None = None,
    note: str | None = None,
) -> MoneyLine:
    """One amount in kroner. Raises InvalidInput for a negative amount or a day to come."""
    actor.require(Permission.PLAN_EDIT, scope_of(session, owner_id))
    day = on or clock.today()
    if amount < 0:
        raise InvalidInput("Beløpet kan ikke være negativt.")
    if day > clock.today():
        raise InvalidInput("Datoen kan ikke ligge i fremtiden.")
    line = MoneyLine(owner_id=owner_id, year=year, kind=kind, amount=amount, booked_on=day, note=note)
    session.add(line)
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        thing="money_line",
        thing_id=line.pk,
        event="book",
        details={"year": year, "kind": str(kind), "amount": str(amount)},
    )
    return line


def _examine(session: Session, year: int, needs: Sequence[Need]) -> None:
    if not _FIRST_YEAR <= year <= clock.today().year + 5:
        raise InvalidInput("Året er utenfor det planen kan gjelde.", year=year)
    known = set(session.exec(select(Subject.code).where(col(Subject.code).in_([n.subject_code for n in needs]))))
    for need in needs:
        if need.subject_code not in known:
            raise InvalidInput("Faget finnes ikke.", subject=need.subject_code)
        if need.head_count < 1:
            raise InvalidInput("Antall personer må være minst 1.")
        if not 1 <= need.priority <= 5:
            raise InvalidInput("Prioritet må være fra 1 til 5.")
