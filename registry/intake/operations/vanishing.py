"""Rows that a delivery no longer carries. A broken feed closes nothing.

Absent once: told. Absent in two complete deliveries at least FEED_ABSENT_DAYS apart: the run has left the feed and is
closed, never the offer, and never a run with open applications. Where more than FEED_MASS_CHANGE_MINIMUM rows and more
than FEED_MASS_CHANGE_SHARE of them are absent at once, a person must say that it is right.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import update
from sqlmodel import col, select

from registry.applications.models import Application
from registry.applications.states import Standing
from registry.core import audit, events, transitions
from registry.intake.batches import batches, objects_in, rows_in
from registry.intake.models import SourceRecord
from registry.intake.operations.context import IMPORTER, Import, scope_of
from registry.intake.operations.writing_records import note
from registry.intake.sorting import Known, Sorted
from registry.intake.states import RecordEvent
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import RUN, RunState
from registry.rules.register import RuleSet

CLOSABLE = frozenset({RunState.PLANNED, RunState.OPEN})


@dataclass(slots=True)
class Absence:
    """What a delivery lacks: of ``carried`` records of the providers in it."""

    carried: int = 0
    absent: list[Known] = field(default_factory=list)

    @property
    def unapproved(self) -> int:
        """Absent records that no person has looked at."""
        return sum(1 for record in self.absent if record.absence_approved_by is None)

    def too_many(self, rules: RuleSet) -> bool:
        """More than both the floor and the share that may go without a person."""
        limit = max(rules["FEED_MASS_CHANGE_MINIMUM"], rules["FEED_MASS_CHANGE_SHARE"] * self.carried)
        return self.unapproved > limit


def absence(known: Mapping[str, Known], rows: Sorted) -> Absence:
    """Records of the providers in this delivery that it does not carry. A row that could not be read may be one of them:
    where its code stands among the values of such a row, the record counts as there.
    """
    found = Absence()
    for key, record in known.items():
        if record.organisation_id not in rows.providers or record.gone_on is not None:
            continue
        found.carried += 1
        if key not in rows.present and not _may_be_unread(key, rows.unread):
            found.absent.append(record)
    return found


def _may_be_unread(key: str, unread: set[str]) -> bool:
    """Keys are ``provider/code/…``, and a code may hold a slash of its own."""
    parts = key.split("/")[1:]
    return bool(unread) and any("/".join(parts[:end]) in unread for end in range(1, len(parts) + 1))


def apply_absence(imported: Import, found: Absence, rules: RuleSet, approved_by: str | None = None) -> None:
    """Mark what is absent for the first time; let go of what has been absent for long enough."""
    first = [record for record in found.absent if record.absent_since is None]
    days = rules["FEED_ABSENT_DAYS"]
    leaving = [
        record
        for record in found.absent
        if record.absent_since is not None and (imported.as_of - record.absent_since).days >= days
    ]
    _set(imported, [record.id for record in first], absent_since=imported.as_of)
    if approved_by is not None:
        _set(imported, [record.id for record in found.absent], absence_approved_by=approved_by)
    note(imported, (record.id for record in first), RecordEvent.VANISHED)
    if leaving:
        _leave(imported, leaving)


def _leave(imported: Import, leaving: list[Known]) -> None:
    session = imported.session
    runs = {record.run_id for record in leaving if record.run_id is not None}
    kept = _still_told(imported, runs, {record.id for record in leaving}) | _applied_for(imported, runs)
    gone = [record for record in leaving if record.run_id is None or record.run_id not in kept]
    closing = {record.run_id: record.offer_id for record in gone if record.run_id is not None}
    keys = dict(tuple(row) for row in rows_in(session, select(Offer.id, Offer.key), Offer.id, closing.values()))
    providers: dict[int, set[int]] = {}
    query = select(OfferProvider.offer_id, OfferProvider.organisation_id)
    for offer_id, organisation_id in rows_in(session, query, OfferProvider.offer_id, closing.values()):
        providers.setdefault(offer_id, set()).add(organisation_id)
    for run in objects_in(session, select(Run).order_by(col(Run.id)).with_for_update(), Run.id, closing):
        key, details = keys[run.offer_id], {"import_run": imported.run.pk, "left_feed": True}
        run.left_feed_on = imported.as_of
        run.updated_at = imported.now
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
    _set(imported, [record.id for record in gone], gone_on=imported.as_of)
    note(imported, (record.id for record in gone), RecordEvent.LEFT)


def _still_told(imported: Import, runs: Iterable[int], leaving: set[int]) -> set[int]:
    """Runs that another record, of this source or another, still tells of."""
    query = select(SourceRecord.run_id, SourceRecord.id).where(col(SourceRecord.gone_on).is_(None))
    found = rows_in(imported.session, query, SourceRecord.run_id, runs)
    return {run_id for run_id, record_id in found if record_id not in leaving}


def _applied_for(imported: Import, runs: Iterable[int]) -> set[int]:
    """Runs with open applications never leave by feed alone."""
    query = select(col(Application.run_id)).where(col(Application.standing) == Standing.OPEN).distinct()
    return {row[0] for row in rows_in(imported.session, query, Application.run_id, runs)}


def return_runs(imported: Import, records: Iterable[Known]) -> None:
    """Runs whose rows came again are in the feed again. A closed run stays closed: opening it is its provider's to do."""
    runs = [record.run_id for record in records if record.run_id is not None and record.gone_on is not None]
    keys = dict(
        tuple(row)
        for row in rows_in(
            imported.session, select(Run.id, Offer.key).join(Offer, col(Offer.id) == col(Run.offer_id)), Run.id, runs
        )
    )
    for run in objects_in(imported.session, select(Run).order_by(col(Run.id)), Run.id, runs):
        if run.left_feed_on is not None:
            run.left_feed_on = None
            run.updated_at = imported.now
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


def _set(imported: Import, records: list[int], **values: object) -> None:
    for batch in batches(records):
        imported.session.execute(
            update(SourceRecord)
            .where(col(SourceRecord.id).in_(batch))
            .values(**values)
            .execution_options(synchronize_session=False)
        )
