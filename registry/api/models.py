"""Keys by which institutions' own systems speak with the registry."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from registry.core.table import Table, check, json_type


class ApiScope(StrEnum):
    """What a key may be used for. A key never reaches further than its institution."""

    RUNS_READ = "runs.read"
    APPLICATIONS_WRITE = "applications.write"
    COUNTS_WRITE = "counts.write"


class ApiKey(Table, table=True):
    """One key of one institution. Only the hash of its token is kept; the token is shown once, when it is issued."""

    __tablename__ = "api_key"
    __table_args__ = (
        UniqueConstraint("prefix"),
        UniqueConstraint("token_hash"),
        check("expires_on >= issued_on", "expires_after_issue"),
    )

    organisation_id: int = Field(foreign_key="organisation.id", index=True)
    name: str = Field(max_length=80)  #: which system uses it, in the institution's own words
    prefix: str = Field(max_length=8)  #: the part of the token that may be shown and logged
    token_hash: str = Field(max_length=64)
    scopes: list[str] = Field(default_factory=list, sa_type=json_type())
    issued_on: date
    issued_by: str = Field(max_length=80)
    expires_on: date
    last_used_on: date | None = None
    revoked_at: datetime | None = None
