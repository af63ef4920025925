"""An owner keeps its competence plan and books its money."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, insert
from sqlmodel import Session, col, delete, select

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.core import audit, clock, transitions
from registry.core.errors import Conflict, InvalidInput, NotFound, Refused
from registry.plans.models import (
    CompetencePlan,
    MoneyKind,
    MoneyLine,
    PlanNeed,
    PlanVersion,
    PlanVersionNeed,
)
from registry.plans.policy import scope_of
from registry.plans.states import PLAN, PlanState
from registry.reference.models import Organisation, Subject, TargetRole, TargetSetting

NeedKey = tuple[str, str | None, str | None]  #: subject, setting, role

FIRST_YEAR = 2025  #: the first year of the owners' grant's planning
YEARS_AHEAD = 5
MOST_HEADS = 100_000  #: more people than any owner has in its schools and kindergartens
LARGEST_AMOUNT = 99_999_999_999  #: kroner, what the table holds
NOTE_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Need:
    """How many people need a subject. ``priority`` 1 is first, 5 last."""

    subject_code: str
    head_count: int
    priority: int = 3
    setting: str | None = None
    role: str | None = None

    @property
    def key(self) -> NeedKey:
        """What a plan holds one line of at most."""
        return self.subject_code, self.setting, self.role


def save_plan(session: Session, actor: Actor, owner_id: int, year: int, needs: Sequence[Need]) -> CompetencePlan:
    """The owner's needs of a year, in place of those before. A submitted plan becomes a draft again, and what was
    submitted holds until the new one is.

    Raises NotAllowed, NotFound for somebody who is no owner, InvalidInput for a need that cannot be.
    """
    scope = scope_of(session, owner_id)
    actor.require(Permission.PLAN_EDIT, scope)
    _examine(session, year, needs)
    plan = _held(session, owner_id, year)
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
    if plan.state is PlanState.SUBMITTED:
        with session.no_autoflush:
            transitions.apply(session, actor, plan, PLAN, "reopen", scope=scope, key=str(plan.pk))
            plan.submitted_on = None
    plan.updated_at = moment
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


def put_need(
    session: Session, actor: Actor, owner_id: int, year: int, need: Need, instead: NeedKey | None = None
) -> CompetencePlan:
    """One more need in the plan of the year, or one in place of ``instead``; the others stand.

    Raises as ``save_plan``, Conflict where the plan has a line of that subject and target group, or no longer has ``instead``.
    """
    actor.require(Permission.PLAN_EDIT, scope_of(session, owner_id))
    present = _present(session, owner_id, year)
    keys = [one.key for one in present]
    if instead is not None and instead not in keys:
        raise Conflict("Behovet er endret eller fjernet av noen andre. Se over planen og prøv igjen.")
    if need.key in keys and need.key != instead:
        raise Conflict("Planen har et behov for dette faget og denne målgruppen fra før. Endre det i stedet.")
    wanted = [need if one.key == instead else one for one in present]
    return save_plan(session, actor, owner_id, year, wanted if instead is not None else [*present, need])


def drop_need(session: Session, actor: Actor, owner_id: int, year: int, key: NeedKey) -> Need:
    """The plan of the year without one need, which is given back.

    Raises as ``save_plan``, Conflict where it is not in the plan.
    """
    actor.require(Permission.PLAN_EDIT, scope_of(session, owner_id))
    present = _present(session, owner_id, year)
    dropped = next((one for one in present if one.key == key), None)
    if dropped is None:
        raise Conflict("Behovet er endret eller fjernet av noen andre. Se over planen og prøv igjen.")
    save_plan(session, actor, owner_id, year, [one for one in present if one is not dropped])
    return dropped


def submit_plan(session: Session, actor: Actor, plan: CompetencePlan) -> PlanVersion:
    """The plan as it stands is what the country counts with, until another one is submitted.

    Raises Refused where it is empty or submitted already.
    """
    scope = scope_of(session, plan.owner_id)
    actor.require(Permission.PLAN_EDIT, scope)
    session.refresh(plan, with_for_update=True)  # somebody may be saving it anew
    if plan.state is PlanState.SUBMITTED:
        raise Refused("Planen er allerede sendt inn.")
    needs = session.exec(select(PlanNeed).where(PlanNeed.plan_id == plan.pk).order_by(col(PlanNeed.id))).all()
    if not needs:
        raise Refused("Planen har ingen behov ennå.")
    today = clock.today()
    with session.no_autoflush:
        transitions.apply(session, actor, plan, PLAN, "submit", scope=scope, key=str(plan.pk))
        plan.submitted_on, plan.updated_at = today, clock.now()
    before = session.exec(select(func.max(PlanVersion.number)).where(PlanVersion.plan_id == plan.pk)).one()
    version = PlanVersion(plan_id=plan.pk, number=(before or 0) + 1, submitted_on=today)
    session.add(version)
    session.flush()
    session.execute(
        insert(PlanVersionNeed),
        [{"version_id": version.pk, **need.model_dump(include={*Need.__dataclass_fields__})} for need in needs],
    )
    return version


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
    """One amount in kroner. Raises InvalidInput for an amount, a year or a day that cannot be."""
    actor.require(Permission.PLAN_EDIT, scope_of(session, owner_id))
    day = on or clock.today()
    _examine_year(year)
    if amount < 0:
        raise InvalidInput("Beløpet kan ikke være negativt.")
    if amount > LARGEST_AMOUNT:
        raise InvalidInput("Beløpet er større enn det noen eier kan ha.")
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


def strike_money(session: Session, actor: Actor, owner_id: int, line_id: int) -> MoneyLine:
    """Take back an amount that was booked by mistake; the log keeps all of it. Raises NotFound where it is not this owner's."""
    actor.require(Permission.PLAN_EDIT, scope_of(session, owner_id))
    line = session.get(MoneyLine, line_id, with_for_update=True)
    if line is None or line.owner_id != owner_id:
        raise NotFound("Beløpet finnes ikke. Det kan være strøket av noen andre.")
    audit.record(
        session,
        actor=actor.name,
        thing="money_line",
        thing_id=line.pk,
        event="strike",
        details={
            "year": line.year,
            "kind": str(line.kind),
            "amount": str(line.amount),
            "booked_on": line.booked_on.isoformat(),
            "note": line.note,
        },
    )
    session.delete(line)
    session.flush()
    return line


def _present(session: Session, owner_id: int, year: int) -> list[Need]:
    """What the plan holds; the plan is locked, so that two people's changes both stand."""
    plan = _held(session, owner_id, year)
    if plan is None:
        return []
    rows = session.exec(select(PlanNeed).where(PlanNeed.plan_id == plan.pk).order_by(col(PlanNeed.id)))
    return [Need(**row.model_dump(include={*Need.__dataclass_fields__})) for row in rows]


def _held(session: Session, owner_id: int, year: int) -> CompetencePlan | None:
    """The plan of the year, where there is one, locked. Its owner is held first: two people may begin a plan at once, and a
    plan that is not there yet cannot be locked. Whoever only points at the owner need not wait.
    """
    session.exec(select(Organisation.id).where(Organisation.id == owner_id).with_for_update(key_share=True)).one()
    return session.exec(
        select(CompetencePlan).where(CompetencePlan.owner_id == owner_id, CompetencePlan.year == year).with_for_update()
    ).first()


def _examine_year(year: int) -> None:
    if not FIRST_YEAR <= year <= clock.today().year + YEARS_AHEAD:
        raise InvalidInput("Året er utenfor det planen kan gjelde.", year=year)


def _examine(session: Session, year: int, needs: Sequence[Need]) -> None:
    _examine_year(year)
    subjects = set(session.exec(select(Subject.code).where(col(Subject.code).in_([n.subject_code for n in needs]))))
    settings = {None, *session.exec(select(TargetSetting.code))}
    roles = {None, *session.exec(select(TargetRole.code))}
    for need in needs:
        if need.subject_code not in subjects:
            raise InvalidInput("Faget finnes ikke.", subject=need.subject_code)
        if need.setting not in settings or need.role not in roles:
            raise InvalidInput("Målgruppen finnes ikke.", setting=need.setting, role=need.role)
        if need.head_count < 1:
            raise InvalidInput("Antall personer må være minst 1.")
        if need.head_count > MOST_HEADS:
            raise InvalidInput("Antall personer er større enn det noen eier har.")
        if not 1 <= need.priority <= 5:
            raise InvalidInput("Prioritet må være fra 1 til 5.")
