"""Sources, fetches, import runs, source records and quarantine. Nothing that arrives is lost."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Enum, Index, UniqueConstraint, text
from sqlmodel import Field

from registry.core.sentences import SentencesType, SentenceType
from registry.core.table import Table, check, enum_type, json_type
from registry.intake.states import (
    FetchOutcome,
    ImportOutcome,
    QuarantineState,
    RecordEvent,
    SourceAuth,
    Walk,
)


def _words(enum: type[StrEnum]) -> Any:
    """The member's value as text; the constraint stands beside it, since SQLite adds none with a column."""
    return Enum(
        enum, native_enum=False, create_constraint=False, length=20, values_callable=lambda all_: [*map(str, all_)]
    )


def _one_of(column: str, enum: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(str(member)) for member in enum)})"


class Source(Table, table=True):
    """One feed: a format, and the provider it speaks for where it speaks for one only."""

    __table_args__ = (
        UniqueConstraint("key"),
        check(_one_of("walk", Walk), "walk"),
        check(_one_of("auth", SourceAuth), "auth"),
        check("(auth = 'none') = (secret_name IS NULL)", "secret_named"),
        check("every_minutes IS NULL OR every_minutes >= 5", "not_too_often"),
        check("every_minutes IS NULL OR url IS NOT NULL", "address_given"),
        check("redirects BETWEEN 0 AND 5", "redirects_few"),
        check("redirects = 0 OR walk <> 'sitemap'", "pages_stay"),
    )

    key: str = Field(max_length=120)  #: "dbh-347", "offers-sheet:0238"
    name: str | None = Field(default=None, max_length=120)  #: what people call it, where the format says too little
    format: str = Field(max_length=40)
    organisation_id: int | None = Field(default=None, foreign_key="organisation.id")
    priority: int = 50  #: field by field the source with the higher number wins
    url: str | None = None
    walk: Walk = Field(default=Walk.SINGLE, sa_type=_words(Walk), sa_column_kwargs={"server_default": "single"})
    every_minutes: int | None = None  #: how often it is fetched, in slots counted from midnight UTC; None is never
    paused_at: datetime | None = None
    wanted_at: datetime | None = None  #: somebody asked for it to be fetched as soon as may be
    auth: SourceAuth = Field(
        default=SourceAuth.NONE, sa_type=_words(SourceAuth), sa_column_kwargs={"server_default": "none"}
    )
    secret_name: str | None = Field(default=None, max_length=80)  #: the environment variable that holds the secret
    #: how many redirects are followed, one after the other: the address of each is looked at as the source's own
    redirects: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    etag: str | None = Field(default=None, max_length=300)  #: of the newest delivery that was taken in
    last_modified: str | None = Field(default=None, max_length=60)
    body_sha256: str | None = Field(default=None, max_length=64)
    is_demo: bool = False
    created_at: datetime
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})

    @property
    def is_scheduled(self) -> bool:
        return self.every_minutes is not None and self.paused_at is None


class Fetch(Table, table=True):
    """One time that a source was asked for its data. UNIQUE(source, slot) is what makes a slot run once."""

    __table_args__ = (
        UniqueConstraint("source_id", "scheduled_for"),
        check("(outcome = 'running') = (finished_at IS NULL)", "finished_given"),
        check("outcome NOT IN ('failed', 'refused') OR message IS NOT NULL", "reason_given"),
    )

    source_id: int = Field(foreign_key="source.id")
    scheduled_for: datetime
    started_at: datetime
    finished_at: datetime | None = None
    outcome: FetchOutcome = Field(default=FetchOutcome.RUNNING, sa_type=enum_type(FetchOutcome, "outcome"))
    message: str | None = Field(default=None, sa_type=SentenceType)  #: why nothing came or it could not be trusted
    requests: int = 0
    bytes: int = 0
    import_run_id: int | None = Field(default=None, foreign_key="import_run.id")


class ImportRun(Table, table=True):
    """One import with counted outcomes: seen = new + changed + unchanged + quarantined."""

    __tablename__ = "import_run"
    __table_args__ = (
        Index("ix_import_run_source", "source_id", "started_at"),
        check("outcome <> 'done' OR seen = new + changed + unchanged + quarantined", "rows_accounted_for"),
        check("outcome IN ('done', 'running') OR message IS NOT NULL", "reason_given"),
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
    message: str | None = Field(default=None, sa_type=SentenceType)  #: why it was held or refused
    notices: list[str] = Field(default_factory=list, sa_type=SentencesType)
    payloads: list[dict[str, Any]] = Field(default_factory=list, sa_type=json_type())  #: name, sha256, bytes
    complete: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})  #: absence means something
    rows: int | None = None  #: how many rows the delivery holds; ``seen`` of them are taken in so far
    touched_at: datetime | None = None  #: when the newest batch was taken in
    progress: dict[str, Any] = Field(
        default_factory=dict, sa_type=json_type(), sa_column_kwargs={"server_default": "{}"}
    )  #: what the end of a delivery must know of its batches; empty again when it is over
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


class RecordRun(Table, table=True):
    """A run that a source record tells of: a course of a catalogue has one for each time that it is held."""

    __tablename__ = "record_run"
    __table_args__ = (UniqueConstraint("source_record_id", "run_id"), Index("ix_record_run_run", "run_id"))

    source_record_id: int = Field(foreign_key="source_record.id")
    run_id: int = Field(foreign_key="run.id")
    absent_since: date | None = None  #: the record still comes, and no longer tells of this run
    absence_approved_by: str | None = Field(default=None, max_length=80)
    gone_on: date | None = None


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
        Index("ix_quarantined_row_content", "content_hash"),
        check("(state = 'waiting') = (handled_at IS NULL)", "handled_given"),
    )

    import_run_id: int = Field(foreign_key="import_run.id")
    payload_name: str
    position: int
    reason: str = Field(sa_type=SentenceType)
    field: str | None = Field(default=None, sa_type=SentenceType)
    value: str | None = None
    cure: str = Field(default="", sa_type=SentenceType)
    raw: dict[str, Any] = Field(default_factory=dict, sa_type=json_type())
    content_hash: str = Field(default="", max_length=64, sa_column_kwargs={"server_default": ""})
    state: QuarantineState = Field(default=QuarantineState.WAITING, sa_type=enum_type(QuarantineState, "state"))
    handled_at: datetime | None = None
    handled_by: str | None = Field(default=None, max_length=80)
    handled_note: str | None = Field(default=None, sa_type=SentenceType)
