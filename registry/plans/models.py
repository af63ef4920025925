"""Owners' competence plans and money."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Index, Numeric, UniqueConstraint
from sqlmodel import Field

from registry.core.table import Table, check, enum_type


class PlanState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"


class MoneyKind(StrEnum):
    """The grant covers 75 % of the cost of paid leave; the rest is the owner's own share."""

    GRANT_RECEIVED = "grant_received"
    LEAVE_COST = "leave_cost"
    OWN_SHARE = "own_share"
    SCHOLARSHIP = "scholarship"
    PASSED_ON = "passed_on"  #: to private kindergartens, proportionally


class CompetencePlan(Table, table=True):
    """What an owner needs in a year."""

    __tablename__ = "competence_plan"
    __table_args__ = (UniqueConstraint("owner_id", "year"),)

    owner_id: int = Field(foreign_key="organisation.id")
    year: int
    state: PlanState = Field(default=PlanState.DRAFT, sa_type=enum_type(PlanState, "state"))
    submitted_on: date | None = None
    is_demo: bool = False
    updated_at: datetime


class PlanNeed(Table, table=True):
    """A number of people who need a subject, by target group and priority (1 first)."""

    __tablename__ = "plan_need"
    __table_args__ = (
        Index("ix_plan_need_plan", "plan_id"),
        Index("ix_plan_need_subject", "subject_code"),
        check("head_count > 0", "head_count_positive"),
        check("priority BETWEEN 1 AND 5", "priority_range"),
    )

    plan_id: int = Field(foreign_key="competence_plan.id")
    subject_code: str = Field(foreign_key="subject.code", max_length=60)
    setting: str | None = Field(default=None, foreign_key="target_setting.code", max_length=40)
    role: str | None = Field(default=None, foreign_key="target_role.code", max_length=40)
    head_count: int
    priority: int = 3


class MoneyLine(Table, table=True):
    """One amount in whole kroner, by owner and year. Grants are paid by 1 March and used within three years."""

    __tablename__ = "money_line"
    __table_args__ = (Index("ix_money_line_owner_year", "owner_id", "year"), check("amount >= 0", "amount_positive"))

    owner_id: int = Field(foreign_key="organisation.id")
    year: int
    kind: MoneyKind = Field(sa_type=enum_type(MoneyKind, "kind"))
    amount: Decimal = Field(sa_type=Numeric(14, 2))
    booked_on: date
    note: str | None = None
    is_demo: bool = False
