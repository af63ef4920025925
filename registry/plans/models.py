"""Owners' competence plans and money."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Index, Numeric, UniqueConstraint
from sqlmodel import Field

from registry.core.table import Table, check, enum_type, iff
from registry.plans.states import PlanState


class MoneyKind(StrEnum):
    """The grant covers 75 % of the cost of paid leave; the rest is the owner's own share."""

    GRANT_RECEIVED = "grant_received"
    LEAVE_COST = "leave_cost"
    OWN_SHARE = "own_share"
    SCHOLARSHIP = "scholarship"
    PASSED_ON = "passed_on"  #: to private kindergartens, proportionally


class CompetencePlan(Table, table=True):
    """What an owner needs in a year, as it stands now. What was submitted is kept in its versions."""

    __tablename__ = "competence_plan"
    __table_args__ = (
        UniqueConstraint("owner_id", "year"),
        check(iff("state = 'submitted'", "submitted_on"), "submitted_given"),
    )

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


class PlanVersion(Table, table=True):
    """A plan as it was submitted. It holds until the next one is submitted, also while the owner works on that."""

    __tablename__ = "plan_version"
    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        Index("ix_plan_version_submitted", "submitted_on"),
        check("number >= 1", "number_positive"),
    )

    plan_id: int = Field(foreign_key="competence_plan.id")
    number: int  #: 1 is the first
    submitted_on: date


class PlanVersionNeed(Table, table=True):
    """One need of a submitted plan; never changed."""

    __tablename__ = "plan_version_need"
    __table_args__ = (
        Index("ix_plan_version_need_version", "version_id"),
        check("head_count > 0", "head_count_positive"),
        check("priority BETWEEN 1 AND 5", "priority_range"),
    )

    version_id: int = Field(foreign_key="plan_version.id")
    subject_code: str = Field(foreign_key="subject.code", max_length=60)
    setting: str | None = Field(default=None, foreign_key="target_setting.code", max_length=40)
    role: str | None = Field(default=None, foreign_key="target_role.code", max_length=40)
    head_count: int
    priority: int


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
