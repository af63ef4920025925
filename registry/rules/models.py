"""A rule: a number with its period, exceptions, validity, owner and source."""

from datetime import date
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from registry.core.table import Table, check, json_type


class Rule(Table, table=True):
    """One version of one rule. Old dates are answered by the version that held then."""

    __table_args__ = (
        UniqueConstraint("code", "version"),
        Index("ix_rule_code_from", "code", "valid_from"),
        check("version >= 1", "version_positive"),
        check("valid_to IS NULL OR valid_to >= valid_from", "valid_period"),
    )

    code: str = Field(max_length=60)  #: "LOW_RUN", "OVL_STRONG"
    version: int = 1
    number: float
    unit: str = Field(max_length=40)
    period: str | None = Field(default=None, max_length=60)
    exceptions: list[Any] = Field(default_factory=list, sa_type=json_type())
    owner: str = Field(max_length=80)
    citation: str
    text_nb: str
    text_nn: str
    valid_from: date
    valid_to: date | None = None
