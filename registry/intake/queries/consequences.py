"""What would become of runs that a feed no longer tells of: asked before it is done, and when it is done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.applications.models import Application
from registry.applications.states import Standing
from registry.intake.models import ImportRun, RecordChange, RecordRun, SourceRecord
from registry.intake.queries.batches import rows_in
from registry.intake.states import RecordEvent
from registry.offers.models import Offer, Run
from registry.offers.states import RunState
from registry.rules.register import RuleSet, rules_on

CLOSABLE = frozenset({RunState.PLANNED, RunState.OPEN})

TOLD_ELSEWHERE, APPLIED_FOR = "told_elsewhere", "applied_for"  #: why a run stays


@dataclass(slots=True)
class Missing:
    """A record that did not come, or a run that its record, which came, no longer tells of (``link`` is given)."""

    record_id: int
    link: int | None
    absent_since: date | None
    approved: bool


@dataclass(frozen=True, slots=True)
class Consequence:
    """What approving a held delivery would do to one run.

    ``does``: close or cancel it, let it leave the feed where it is over already (leave), keep it, or close or let go of it
    with the next delivery that lacks it too (close_next, leave_next).
    """

    run_id: int
    run_key: str
    offer_key: str
    title: str
    term: str
    state: RunState
    does: str
    kept_by: str | None = None  #: told_elsewhere or applied_for, where it is kept
    applications: int = 0  #: open ones


def runs_that_leave(session: Session, records: Iterable[int], links: Iterable[int]) -> dict[int, str | None]:
    """Run id -> why it stays, or None: the runs that these records, and these single links of others, tell of."""
    records, links = set(records), set(links)
    told = select(RecordRun.id, RecordRun.run_id)
    gone = {row[0]: row[1] for row in rows_in(session, told, RecordRun.source_record_id, records)}
    gone |= {row[0]: row[1] for row in rows_in(session, told, RecordRun.id, links)}
    runs = set(gone.values())
    others: Any = (
        select(RecordRun.run_id, RecordRun.id)
        .join(SourceRecord, col(SourceRecord.id) == col(RecordRun.source_record_id))
        .where(col(SourceRecord.gone_on).is_(None), col(RecordRun.gone_on).is_(None))
    )
    told_elsewhere = {run_id for run_id, link in rows_in(session, others, RecordRun.run_id, runs) if link not in gone}
    applied = set(open_applications(session, runs))
    return {
        run_id: TOLD_ELSEWHERE if run_id in told_elsewhere else APPLIED_FOR if run_id in applied else None
        for run_id in runs
    }


def open_applications(session: Session, runs: Iterable[int]) -> dict[int, int]:
    """Run id -> how many open applications it has, where it has any. Such runs never leave by feed alone."""
    query: Any = (
        select(col(Application.run_id), func.count())
        .where(col(Application.standing) == Standing.OPEN)
        .group_by(col(Application.run_id))
    )
    return dict(tuple(row) for row in rows_in(session, query, Application.run_id, runs))


def described(session: Session, does: dict[int, tuple[str, str | None]]) -> list[Consequence]:
    """The consequences in words' parts, run id -> (does, kept by), in the order of titles and terms."""
    applications = open_applications(session, does)
    query: Any = select(Run, Offer).join(Offer, col(Offer.id) == col(Run.offer_id))
    found = [
        (offer.sort_title, _described(run, offer, *does[run.pk], applications.get(run.pk, 0)))
        for run, offer in rows_in(session, query, Run.id, does)
    ]
    return [one for _, one in sorted(found, key=lambda pair: (pair[0], pair[1].run_key))]


def _described(run: Run, offer: Offer, does: str, kept_by: str | None, applications: int) -> Consequence:
    return Consequence(run.pk, run.key, offer.key, offer.title, run.term, run.state, does, kept_by, applications)


def preview(session: Session, run: ImportRun) -> list[Consequence]:
    """Exactly what approving the held delivery would do now: what ``approve`` does is decided by the same functions."""
    rules = rules_on(session, run.as_of)
    does: dict[int, tuple[str, str | None]] = {}
    missing = held_missing(session, run)
    over = [one for one in missing if is_over(one, run.as_of, rules)]
    first = [one for one in missing if one.absent_since is None]
    for found, closes, leaves in ((first, "close_next", "leave_next"), (over, "close", "leave")):
        kept = runs_that_leave(
            session,
            [one.record_id for one in found if one.link is None],
            [one.link for one in found if one.link is not None],
        )
        states = dict(tuple(row) for row in rows_in(session, select(Run.id, Run.state), Run.id, kept))
        for run_id, why in kept.items():
            does[run_id] = ("keep", why) if why else (closes if states[run_id] in CLOSABLE else leaves, None)
    does |= {run_id: (ending["does"] or "close", None) for run_id, ending in pending_endings(session, run.pk).items()}
    return described(session, does)


def is_over(missing: Missing, day: date, rules: RuleSet) -> bool:
    """Absent for so long that it has left the feed."""
    return missing.absent_since is not None and (day - missing.absent_since).days >= rules["FEED_ABSENT_DAYS"]


def held_missing(session: Session, run: ImportRun) -> list[Missing]:
    """The records and single runs that a held delivery lacked, as they stand now."""
    held = select(RecordChange.source_record_id).where(
        RecordChange.import_run_id == run.pk, RecordChange.event == RecordEvent.HELD
    )
    absent: Any = (
        select(col(SourceRecord.id), col(SourceRecord.absent_since), col(SourceRecord.absence_approved_by))
        .where(col(SourceRecord.id).in_(held), SourceRecord.last_seen_id != run.pk, col(SourceRecord.gone_on).is_(None))
        .order_by(col(SourceRecord.id))
    )
    dropped: Any = (
        select(
            col(RecordRun.source_record_id),
            col(RecordRun.id),
            col(RecordRun.absent_since),
            col(RecordRun.absence_approved_by),
        )
        .join(SourceRecord, col(SourceRecord.id) == col(RecordRun.source_record_id))
        .where(col(RecordRun.source_record_id).in_(held), SourceRecord.last_seen_id == run.pk)
        .where(col(RecordRun.absent_since).is_not(None), col(RecordRun.gone_on).is_(None))
        .order_by(col(RecordRun.id))
    )
    return [
        *(Missing(record, None, since, by is not None) for record, since, by in session.execute(absent)),
        *(Missing(record, link, since, by is not None) for record, link, since, by in session.execute(dropped)),
    ]


def pending_endings(session: Session, run_id: int) -> dict[int, dict[str, str | None]]:
    """Run id -> what rows of the delivery would do to it, kept until the delivery's end."""
    query = select(RecordChange.fields).where(
        RecordChange.import_run_id == run_id, RecordChange.event == RecordEvent.HELD
    )
    return {
        int(run): ending
        for fields in session.exec(query.order_by(col(RecordChange.id)))
        for run, ending in fields.get("endings", {}).items()
    }
