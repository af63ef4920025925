"""Records and runs that a delivery no longer tells of, and how they go.

Absent once: told. Absent in two complete deliveries at least FEED_ABSENT_DAYS apart: the run has left the feed and is
closed, never the offer, and never a run with open applications or one that somebody else still tells of.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, update
from sqlmodel import col, select

from registry.core import audit, events, transitions
from registry.intake.models import ImportRun, QuarantinedRow, RecordRun, SourceRecord
from registry.intake.operations.context import IMPORTER, Import, scope_of
from registry.intake.operations.writing_records import note
from registry.intake.queries.batches import batches, objects_in, rows_in
from registry.intake.queries.consequences import CLOSABLE, Missing, is_over, runs_that_leave
from registry.intake.reading.sorting import Known
from registry.intake.states import ImportOutcome, RecordEvent
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import RUN
from registry.rules.register import RuleSet


@dataclass(slots=True)
class Absence:
    """What a delivery lacks: of ``carried`` records of its providers, as the last delivery left them that was not held."""

    carried: int = 0
    missing: list[Missing] = field(default_factory=list)

    @property
    def unapproved(self) -> int:
        """How much of it no person has looked at."""
        return sum(1 for one in self.missing if not one.approved)


def absence(imported: Import, providers: set[int]) -> Absence:
    """What ``providers``, those of this delivery, told of before and do not tell of now."""
    record = SourceRecord
    mine = (
        col(record.source_id) == imported.source.pk,
        col(record.organisation_id).in_(sorted(providers)),
        col(record.gone_on).is_(None),
    )
    carried = select(func.count(col(record.id))).where(*mine)
    if (last := _last_decided(imported)) is not None:
        carried = carried.where(col(record.first_seen_id) <= last)
    found = Absence(imported.session.execute(carried).scalar_one())
    lacking: Any = select(
        col(record.id), col(record.key), col(record.absent_since), col(record.absence_approved_by)
    ).where(*mine, record.last_seen_id != imported.run.pk)
    absent = imported.session.execute(lacking.order_by(col(record.id))).all()
    unread = _unread(imported, [key for _, key, _, _ in absent])
    found.missing = [
        Missing(record_id, None, since, approved is not None)
        for record_id, key, since, approved in absent
        if key not in unread
    ]
    dropped: Any = (
        select(
            col(RecordRun.source_record_id),
            col(RecordRun.id),
            col(RecordRun.absent_since),
            col(RecordRun.absence_approved_by),
        )
        .join(record, col(record.id) == col(RecordRun.source_record_id))
        .where(*mine, record.last_seen_id == imported.run.pk)
        .where(col(RecordRun.absent_since).is_not(None), col(RecordRun.gone_on).is_(None))
        .order_by(col(RecordRun.id))
    )
    found.missing += [
        Missing(record_id, link, since, approved is not None)
        for record_id, link, since, approved in imported.session.execute(dropped)
    ]
    return found


def _last_decided(imported: Import) -> int | None:
    """The newest delivery before this one that was not held. What came since would make what is missing look small: a
    feed that gives every row a new key carries twice as many.
    """
    done = select(func.max(col(ImportRun.id))).where(
        ImportRun.source_id == imported.source.pk,
        ImportRun.outcome == ImportOutcome.DONE,
        col(ImportRun.complete),
        col(ImportRun.id) < imported.run.pk,
    )
    found: int | None = imported.session.execute(done).scalar_one()
    return found


def _unread(imported: Import, keys: Sequence[str]) -> set[str]:
    """Those of ``keys`` that a row in quarantine may be: a row that could not be read has its code among its values.

    Keys are ``provider/code/…``, and a code may hold a slash of its own.
    """
    if not keys:
        return set()
    by_code: dict[str, list[str]] = {}
    for key in keys:
        parts = key.split("/")[1:]
        for last in range(1, len(parts) + 1):
            by_code.setdefault("/".join(parts[:last]), []).append(key)
    rejected = select(QuarantinedRow.raw).where(QuarantinedRow.import_run_id == imported.run.pk)
    found: set[str] = set()
    for raw in imported.session.execute(rejected.execution_options(yield_per=500)).scalars():
        for value in raw.values():
            found.update(by_code.get((value or "").strip(), ()))
    return found


def apply_absence(imported: Import, missing: Sequence[Missing], rules: RuleSet, approved_by: str | None = None) -> None:
    """Mark what is absent for the first time; let go of what has been absent for long enough."""
    first = [one for one in missing if one.absent_since is None]
    gone = [one for one in missing if is_over(one, imported.as_of, rules)]
    _set(imported, first, absent_since=imported.as_of)
    if approved_by is not None:
        _set(imported, missing, absence_approved_by=approved_by)
    note(imported, dict.fromkeys(one.record_id for one in first), RecordEvent.VANISHED)
    if gone:
        _leave(imported, gone)


def _leave(imported: Import, gone: Sequence[Missing]) -> None:
    session = imported.session
    leaving = runs_that_leave(
        session, [one.record_id for one in gone if one.link is None], [one.link for one in gone if one.link is not None]
    )
    closing = {run_id for run_id, kept in leaving.items() if kept is None}
    runs = list(objects_in(session, select(Run).order_by(col(Run.id)).with_for_update(), Run.id, closing))
    offers = {run.offer_id for run in runs}
    keys = dict(tuple(row) for row in rows_in(session, select(Offer.id, Offer.key), Offer.id, offers))
    providers: dict[int, set[int]] = {}
    query = select(OfferProvider.offer_id, OfferProvider.organisation_id)
    for offer_id, organisation_id in rows_in(session, query, OfferProvider.offer_id, offers):
        providers.setdefault(offer_id, set()).add(organisation_id)
    for run in runs:
        key, details = keys[run.offer_id], {"import_run": imported.run.pk, "left_feed": True}
        run.left_feed_on = imported.as_of
        run.updated_at = imported.written_at
        run.version += 1
        if run.state in CLOSABLE:
            scope = scope_of(providers[run.offer_id])
            transitions.apply(session, IMPORTER, run, RUN, "close", scope=scope, key=key, details=details)
        else:
            audit.record(
                session, actor=IMPORTER.name, thing=RUN.thing, thing_id=run.pk, event="left_feed", details=details
            )
        events.publish(session, events.OFFER_CHANGED, key)
    session.flush()
    left = [one for one in gone if _all_left(imported, one, leaving)]
    _set(imported, left, gone_on=imported.as_of)
    note(imported, dict.fromkeys(one.record_id for one in left), RecordEvent.LEFT)


def _all_left(imported: Import, one: Missing, leaving: dict[int, str | None]) -> bool:
    """Whether nothing keeps any of its runs: a record that is kept by one is looked at again with the next delivery."""
    if one.link is not None:
        link = imported.session.get_one(RecordRun, one.link)
        return leaving.get(link.run_id) is None
    told = select(RecordRun.run_id).where(RecordRun.source_record_id == one.record_id)
    return all(leaving.get(run_id) is None for run_id in imported.session.exec(told))


def return_runs(imported: Import, records: Iterable[Known]) -> None:
    """Runs whose rows came again are in the feed again. A closed run stays closed: opening it is its provider's to do."""
    back = [record.id for record in records if record.gone_on is not None]
    told = select(RecordRun.run_id)
    runs = {row[0] for row in rows_in(imported.session, told, RecordRun.source_record_id, back)}
    query = select(Run.id, Offer.key).join(Offer, col(Offer.id) == col(Run.offer_id))
    keys = dict(tuple(row) for row in rows_in(imported.session, query, Run.id, runs))
    for run in objects_in(imported.session, select(Run).order_by(col(Run.id)), Run.id, runs):
        if run.left_feed_on is not None:
            run.left_feed_on = None
            run.updated_at = imported.written_at
            run.version += 1
            details = {"import_run": imported.run.pk}
            audit.record(
                imported.session,
                actor=IMPORTER.name,
                thing=RUN.thing,
                thing_id=run.pk,
                event="returned_to_feed",
                details=details,
            )
            events.publish(imported.session, events.OFFER_CHANGED, keys[run.pk])


def _set(imported: Import, missing: Sequence[Missing], **values: object) -> None:
    records = [one.record_id for one in missing if one.link is None]
    links = [one.link for one in missing if one.link is not None]
    for table, ids in ((SourceRecord, records), (RecordRun, links)):
        for batch in batches(ids):
            imported.session.execute(
                update(table)
                .where(col(table.id).in_(batch))
                .values(**values)
                .execution_options(synchronize_session=False)
            )
