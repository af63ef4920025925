"""Owners' competence plans and money in the demonstration year."""

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from registry.core import clock
from registry.demo.contents import STEPPED
from registry.plans.models import CompetencePlan, MoneyLine, PlanNeed, PlanVersion, PlanVersionNeed
from registry.reference.models import Organisation, OrganisationKind

_SUBJECTS = (
    *sorted(STEPPED),
    *("spesialpedagogikk", "pfdk", "ki", "veiledningspedagogikk", "mentor", "rektor", "skoleledelse", "laringsmiljo"),
)
_KINDERGARTEN = (
    "barnehagepedagogikk",
    "smabarn",
    "barnehage-sprak",
    "barnehage-spesped",
    "styrer",
    "barnehage-assistent",
)
_GRANT_SHARE = Decimal("0.75")  # of the cost of paid leave


def add_plans(session: Session, seed: int, today: date) -> dict[str, int]:
    """Plans for last year, this year and the next, and the money of the two that have begun."""
    owners = session.exec(
        select(Organisation.id, Organisation.kind, Organisation.key)
        .where(col(Organisation.kind).in_((OrganisationKind.MUNICIPALITY, OrganisationKind.COUNTY_AUTHORITY)))
        .order_by(col(Organisation.key))
    ).all()
    years = (today.year - 1, today.year, today.year + 1)
    plans: list[dict[str, Any]] = []
    for owner, _kind, key in owners:
        for year in years:
            late = year > today.year and Random(f"{seed}:plan:{key}").random() < 0.4
            submitted = None if late else date(year - 1, 10, 15)
            if submitted is not None and submitted >= today:
                submitted = None
            plans.append(
                {
                    "owner_id": owner,
                    "year": year,
                    "state": "submitted" if submitted else "draft",
                    "submitted_on": submitted,
                    "is_demo": True,
                    "updated_at": clock.start_of_day(submitted or date(year - 1, 10, 1)),
                }
            )
    session.execute(insert(CompetencePlan.__table__), plans)  # type: ignore[attr-defined]  # SQLModel does not tell of its tables
    ids = {
        (owner, year): pk
        for pk, owner, year in session.exec(select(CompetencePlan.id, CompetencePlan.owner_id, CompetencePlan.year))
    }
    needs: list[dict[str, Any]] = []
    money: list[dict[str, Any]] = []
    for owner, kind, key in owners:
        rng = Random(f"{seed}:needs:{key}")
        size = 4.0 if kind == OrganisationKind.COUNTY_AUTHORITY else max(0.4, rng.lognormvariate(0, 0.7))
        for year in years:
            needs += _needs(ids[owner or 0, year], kind, size, rng)
            if year <= today.year:
                money += _money(owner or 0, year, size, today, rng)
    session.execute(insert(PlanNeed.__table__), needs)  # type: ignore[attr-defined]  # SQLModel does not tell of its tables
    session.execute(insert(MoneyLine.__table__), money)  # type: ignore[attr-defined]  # SQLModel does not tell of its tables
    _submit(session)
    return {"plans": len(plans), "needs": len(needs), "money_lines": len(money)}


def _submit(session: Session) -> None:
    """What was submitted is kept as a version of its own."""
    sent = session.exec(select(CompetencePlan).where(col(CompetencePlan.submitted_on).is_not(None)))
    versions = [{"plan_id": plan.pk, "number": 1, "submitted_on": plan.submitted_on} for plan in sent]
    session.execute(insert(PlanVersion.__table__), versions)  # type: ignore[attr-defined]  # SQLModel does not tell of its tables
    kept = select(  # type: ignore[call-overload]  # select is typed for four columns at most
        PlanVersion.id,
        PlanNeed.subject_code,
        PlanNeed.setting,
        PlanNeed.role,
        PlanNeed.head_count,
        PlanNeed.priority,
    ).join(PlanVersion, col(PlanVersion.plan_id) == PlanNeed.plan_id)
    names = ("version_id", "subject_code", "setting", "role", "head_count", "priority")
    session.execute(insert(PlanVersionNeed.__table__).from_select(names, kept))  # type: ignore[attr-defined]  # SQLModel does not tell of its tables


def _needs(plan: int | None, kind: str, size: float, rng: Random) -> list[dict[str, Any]]:
    chosen = rng.sample(_SUBJECTS, min(len(_SUBJECTS), max(2, round(4 * size))))
    if kind == OrganisationKind.MUNICIPALITY:
        chosen += rng.sample(_KINDERGARTEN, 2)
    return [
        {
            "plan_id": plan,
            "subject_code": subject,
            "setting": "kindergarten" if subject in _KINDERGARTEN else None,
            "role": "assistant" if subject == "barnehage-assistent" else None,
            "head_count": max(1, round(rng.expovariate(1 / (2.5 * size)))),
            "priority": rng.randint(1, 5),
        }
        for subject in chosen
    ]


def _money(owner: int, year: int, size: float, today: date, rng: Random) -> list[dict[str, Any]]:
    """Leave cost, 75 % of it as a grant by 1 March, the rest as own share."""
    cost = Decimal(round(size * rng.uniform(350_000, 900_000), -3))
    lines = (
        ("grant_received", (cost * _GRANT_SHARE).quantize(Decimal(1)), date(year, 2, 27)),
        ("leave_cost", cost, date(year, 9, 30)),
        ("own_share", (cost * (1 - _GRANT_SHARE)).quantize(Decimal(1)), date(year, 9, 30)),
        ("passed_on", (cost * Decimal("0.08")).quantize(Decimal(1)), date(year, 4, 15)),
    )
    return [
        {"owner_id": owner, "year": year, "kind": kind, "amount": amount, "booked_on": on, "is_demo": True}
        for kind, amount, on in lines
        if on < today
    ]
