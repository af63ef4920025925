"""Sources, import runs, source records and quarantine. Nothing that arrives is lost."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from registry.core.table import Table, check, enum_type, json_type
from registry.intake.states import ImportOutcome, QuarantineState, RecordEvent


class Source(Table, table=True):
    """One feed: a format, and the provider it speaks for where it speaks for one only."""

    __table_args__ = (UniqueConstraint("key"),)

    key: str = Field(max_length=120)  #: "dbh-347", "offers-sheet:0238"
    format: str = Field(max_length=40)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    priority: int = 50  #: field by field the source with the higher number wins
    url: str | None = None
    is_demo: bool = False
    created_at: datetime


class ImportRun(Table, table=True):
    """One import with counted outcomes: seen = new + changed + unchanged + quarantined."""

    __tablename__ = "import_run"
    __table_args__ = (
        Index("ix_import_run_source", "source_id", "started_at"),
        check("outcome <> 'done' OR seen = new + changed + unchanged + quarantined", "rows_accounted_for"),
        check("outcome = 'done' OR message IS NOT NULL", "reason_given"),
    )

    source_id: int = Field(foreign_key="source.id")
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")  #: the only provider it was for
    format: str = Field(max_length=40)
    reader: str = Field(default="", max_length=64)  #: which version of the reading code understood it
    actor: str = Field(max_length=80)
    as_of: date
    started_at: datetime
    finished_at: datetime | None = None
    outcome: ImportOutcome = Field(sa_type=enum_type(ImportOutcome, "outcome"))
    message: str | None = None  #: why it was held or refused, in plain bokmål
    notices: list[str] = Field(default_factory=list, sa_type=json_type())
    payloads: list[dict[str, Any]] = Field(default_factory=list, sa_type=json_type())  #: name, sha256, bytes
    seen: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    vanished: int = 0
    held: int = 0


class SourceRecord(Table, table=True):
    """The newest payload of one row, from one source, and what it became."""

    __tablename__ = "source_record"
    __table_args__ = (
        UniqueConstraint("source_id", "key"),
        Index("ix_source_record_offer", "offer_id"),
        Index("ix_source_record_run", "run_id"),
    )

    source_id: int = Field(foreign_key="source.id")
    key: str = Field(max_length=240)
    organisation_id: int = Field(foreign_key="organisation.id")
    offer_id: int = Field(foreign_key="offer.id")
    run_id: int | None = Field(default=None, foreign_key="run.id")
    term: str | None = Field(default=None, max_length=5)  #: newest term that the row tells of
    raw: dict[str, Any] = Field(sa_type=json_type())
    #: what was understood of the row, in the registry's own words: {"offer": {field: value}, "runs": [{…}]}
    told: dict[str, Any] = Field(default_factory=dict, sa_type=json_type())
    content_hash: str = Field(max_length=64)
    first_seen_id: int = Field(foreign_key="import_run.id")
    last_seen_id: int = Field(foreign_key="import_run.id")
    seen_on: date
    absent_since: date | None = None
    absence_approved_by: str | None = Field(default=None, max_length=80)
    gone_on: date | None = None  #: absent for so long that its run has left the feed


class RecordChange(Table, table=True):
    """What one delivery did to one record. Unchanged records have no row; refused rows lie in quarantine."""

    __tablename__ = "record_change"
    __table_args__ = (
        UniqueConstraint("import_run_id", "source_record_id", "event"),
        Index("ix_record_change_record", "source_record_id"),
    )

    import_run_id: int = Field(foreign_key="import_run.id")
    source_record_id: int = Field(foreign_key="source_record.id")
    event: RecordEvent = Field(sa_type=enum_type(RecordEvent, "event"))
    fields: dict[str, Any] = Field(default_factory=dict, sa_type=json_type())  #: field -> [before, after]


class QuarantinedRow(Table, table=True):
    """A row that could not be taken: kept whole, with the reason in words and the cure."""

    __tablename__ = "quarantined_row"
    __table_args__ = (
        Index("ix_quarantined_row_import", "import_run_id"),
        Index("ix_quarantined_row_state", "state"),
        check("(state = 'waiting') = (handled_at IS NULL)", "handled_given"),
    )

    import_run_id: int = Field(foreign_key="import_run.id")
    payload_name: str
    position: int
    reason: str
    field: str | None = None
    value: str | None = None
    cure: str = ""
    raw: dict[str, Any] = Field(default_factory=dict, sa_type=json_type())
    state: QuarantineState = Field(default=QuarantineState.WAITING, sa_type=enum_type(QuarantineState, "state"))
    handled_at: datetime | None = None
    handled_by: str | None = Field(default=None, max_length=80)
    handled_note: str | None = None
