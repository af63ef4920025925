"""An owner's plan against what its staff applied for, and its money by year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, case, func
from sqlmodel import Session, col, select

from registry.applications.models import Application
from registry.applications.states import Attendance, Endorsement, Standing
from registry.offers.models import Offer, Run
from registry.plans.models import CompetencePlan, MoneyKind, MoneyLine, PlanNeed, PlanVersion, PlanVersionNeed
from registry.reference.models import Organisation, Subject, TargetRole, TargetSetting

_ON_IT = frozenset({Attendance.ACCEPTED, Attendance.STARTED})


@dataclass(frozen=True, slots=True)
class Demand:
    """One subject in one year: heads in the plan against applications of the owner's staff, in persons."""

    subject_code: str
    name_nb: str
    name_nn: str
    needed: int
    priority: int | None  #: the most urgent one; None where the subject is not in the plan
    applied: int
    endorsed: int
    on_course: int
    completed: int


@dataclass(frozen=True, slots=True)
class Money:
    """One year's money in whole kroner, by kind."""

    year: int
    amounts: dict[MoneyKind, Decimal]

    def of(self, kind: MoneyKind) -> Decimal:
        return self.amounts.get(kind, Decimal(0))


def owners(session: Session, reach: frozenset[int] | None) -> Sequence[Organisation]:
    """Owners by id; None is none in particular, for those who see all."""
    if reach is None:
        return ()
    return session.exec(
        select(Organisation).where(col(Organisation.id).in_(reach)).order_by(col(Organisation.name_nb))
    ).all()


def years(session: Session, owner_id: int) -> list[int]:
    """Years with a plan or money, newest first."""
    planned = session.exec(select(CompetencePlan.year).where(CompetencePlan.owner_id == owner_id)).all()
    booked = session.exec(select(MoneyLine.year).where(MoneyLine.owner_id == owner_id).distinct()).all()
    return sorted({*planned, *booked}, reverse=True)


def plan_of(session: Session, owner_id: int, year: int) -> CompetencePlan | None:
    """The owner's plan of a year."""
    return session.exec(
        select(CompetencePlan).where(CompetencePlan.owner_id == owner_id, CompetencePlan.year == year)
    ).first()


def demand(session: Session, owner_id: int, year: int) -> list[Demand]:
    """Subjects in the plan or applied for in the year's two terms, the most needed first.

    An application counts once, and not where it was withdrawn or displaced.
    """
    needs: dict[str, tuple[int, int]] = {
        code: (int(heads), int(priority))
        for code, heads, priority in session.exec(
            select(PlanNeed.subject_code, func.sum(PlanNeed.head_count), func.min(PlanNeed.priority))
            .join(CompetencePlan, col(CompetencePlan.id) == PlanNeed.plan_id)
            .where(CompetencePlan.owner_id == owner_id, CompetencePlan.year == year)
            .group_by(PlanNeed.subject_code)
        )
    }
    applied = _applied(session, owner_id, year)
    codes = {*needs, *applied}
    names = {
        code: (nb, nn)
        for code, nb, nn in session.exec(
            select(Subject.code, Subject.name_nb, Subject.name_nn).where(col(Subject.code).in_(codes))
        )
    }
    found = [
        Demand(
            code,
            *names[code],
            needs.get(code, (0, 0))[0],
            needs[code][1] if code in needs else None,
            *applied.get(code, _NONE),
        )
        for code in codes
    ]
    return sorted(found, key=lambda row: (-row.needed, -row.applied, row.subject_code))


_NONE = (0, 0, 0, 0)


def _applied(session: Session, owner_id: int, year: int) -> dict[str, tuple[int, int, int, int]]:
    def number(condition: ColumnElement[bool]) -> object:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    query = (
        select(  # type: ignore[call-overload]  # select is typed for four columns at most
            Offer.subject_code,
            func.count(),
            number(col(Application.endorsement) == Endorsement.ENDORSED),
            number(col(Application.attendance).in_(_ON_IT)),
            number(col(Application.attendance) == Attendance.COMPLETED),
        )
        .join(Run, col(Run.id) == Application.run_id)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .where(
            Application.owner_id == owner_id,
            Application.standing == Standing.OPEN,
            col(Run.term).in_((f"{year}V", f"{year}H")),
            col(Offer.subject_code).is_not(None),
        )
        .group_by(Offer.subject_code)
    )
    return {code: (int(a), int(b), int(c), int(d)) for code, a, b, c, d in session.execute(query)}


def money(session: Session, owner_id: int) -> list[Money]:
    """Money by year, newest first."""
    found: dict[int, dict[MoneyKind, Decimal]] = {}
    for year, kind, amount in session.exec(
        select(MoneyLine.year, MoneyLine.kind, func.sum(MoneyLine.amount))
        .where(MoneyLine.owner_id == owner_id)
        .group_by(col(MoneyLine.year), col(MoneyLine.kind))
    ):
        found.setdefault(year, {})[MoneyKind(kind)] = Decimal(str(amount))
    return [Money(year, found[year]) for year in sorted(found, reverse=True)]


def money_lines(session: Session, owner_id: int, year: int) -> Sequence[MoneyLine]:
    """Every amount booked for a year, the newest first."""
    query = select(MoneyLine).where(MoneyLine.owner_id == owner_id, MoneyLine.year == year)
    return session.exec(query.order_by(col(MoneyLine.booked_on).desc(), col(MoneyLine.id).desc())).all()


def needs(session: Session, plan: CompetencePlan | None) -> Sequence[PlanNeed]:
    """The lines of a plan, the most urgent first."""
    if plan is None:
        return ()
    query = select(PlanNeed).where(PlanNeed.plan_id == plan.pk)
    return session.exec(query.order_by(col(PlanNeed.priority), col(PlanNeed.head_count).desc(), col(PlanNeed.id))).all()


def names(session: Session) -> tuple[Sequence[Subject], Sequence[TargetSetting], Sequence[TargetRole]]:
    """What a need may speak of: subjects, settings and roles."""
    return (
        session.exec(select(Subject)).all(),
        session.exec(select(TargetSetting)).all(),
        session.exec(select(TargetRole)).all(),
    )


def versions(session: Session, plan: CompetencePlan) -> Sequence[PlanVersion]:
    """What was submitted, the newest first."""
    query = select(PlanVersion).where(PlanVersion.plan_id == plan.pk)
    return session.exec(query.order_by(col(PlanVersion.number).desc())).all()


def needs_on(session: Session, year: int, day: date, owner_id: int | None = None) -> dict[str, int]:
    """Heads by subject in the plans for ``year`` as they stood submitted at the end of ``day``: all owners, or one.

    A plan that its owner has opened again counts as it was last submitted.
    """
    newest = (
        select(PlanVersion.plan_id, func.max(PlanVersion.number).label("number"))
        .join(CompetencePlan, col(CompetencePlan.id) == PlanVersion.plan_id)
        .where(CompetencePlan.year == year, PlanVersion.submitted_on <= day)
        .group_by(col(PlanVersion.plan_id))
    )
    if owner_id is not None:
        newest = newest.where(CompetencePlan.owner_id == owner_id)
    held = newest.subquery()
    query = (
        select(PlanVersionNeed.subject_code, func.sum(PlanVersionNeed.head_count))
        .join(PlanVersion, col(PlanVersion.id) == PlanVersionNeed.version_id)
        .join(held, (held.c.plan_id == PlanVersion.plan_id) & (held.c.number == PlanVersion.number))
        .group_by(PlanVersionNeed.subject_code)
    )
    return {code: int(heads) for code, heads in session.exec(query)}
