"""Counts of many runs on many days, from an institution that sends no single applications."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from importers.sentences import Sentence
from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.applications.figures import COUNTED
from registry.applications.models import RunCount
from registry.applications.operations.receiving import Fault
from registry.applications.status_words import Outcome
from registry.core import audit, clock, events
from registry.offers.models import Offer, Run
from registry.offers.policy import scopes_of

_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class CountReport:
    """Figures of one run on one day. A figure that is left out is unknown."""

    run_id: int
    counted_on: date
    counts: Mapping[str, int]


def receive_counts(
    session: Session, actor: Actor, reports: Sequence[CountReport], *, details: dict[str, Any] | None = None
) -> list[Outcome | Fault]:
    """Take every report that can be, in order: what became of each, or why it was not taken.

    A second report for the same run and day replaces the first. Raises ValueError for a figure that there is not.
    """
    if unknown := {name for report in reports for name in report.counts} - set(COUNTED):
        raise ValueError(f"unknown figures: {sorted(unknown)}")
    ids = sorted({report.run_id for report in reports})
    runs: dict[int, Run] = {}
    known: dict[tuple[int, date], RunCount] = {}
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        held = select(Run).where(col(Run.id).in_(some)).order_by(col(Run.id)).with_for_update()
        runs |= {run.pk: run for run in session.exec(held)}
        for count in session.exec(select(RunCount).where(col(RunCount.run_id).in_(some))):
            known[count.run_id, count.counted_on] = count
    scopes = scopes_of(session, {run.offer_id for run in runs.values()})
    offers = _offer_keys(session, {run.offer_id for run in runs.values()})
    today, moment = clock.today(), clock.now()
    answers: list[Outcome | Fault] = []
    told: list[tuple[RunCount, Run, dict[str, Any] | None]] = []
    for report in reports:
        run = runs.get(report.run_id)
        if run is None or not actor.may(Permission.COUNTS_REPORT, scopes[run.offer_id]):
            cure = Sentence("Kontroller koden, eller la den andre institusjonen sende raden.")
            answers.append(Fault(Sentence("Kullet finnes ikke hos dere."), cure, "run_id"))
            continue
        if report.counted_on > today:
            answers.append(
                Fault(Sentence("Datoen kan ikke ligge i fremtiden."), Sentence("Rett datoen."), "counted_on")
            )
            continue
        row = known.get((report.run_id, report.counted_on))
        before = None if row is None else {name: getattr(row, name) for name in COUNTED}
        after = {name: report.counts.get(name) for name in COUNTED}
        if before == after:
            answers.append("unchanged")
            continue
        if row is None:
            row = RunCount(run_id=run.pk, counted_on=report.counted_on, recorded_at=moment, actor=actor.name)
            known[report.run_id, report.counted_on] = row
        for name, number in after.items():
            setattr(row, name, number)
        row.recorded_at, row.actor = moment, actor.name
        session.add(row)
        told.append((row, run, before))
        answers.append("new" if before is None else "changed")
    session.flush()
    for row, run, before in told:
        audit.record(
            session,
            actor=actor.name,
            thing="run_count",
            thing_id=row.pk,
            event="count",
            at=clock.end_of_day(row.counted_on) if row.counted_on < today else moment,
            details={
                **(details or {}),
                "run": run.key,
                "counts": {name: getattr(row, name) for name in COUNTED},
                "before": before,
            },
        )
        events.publish(session, events.DOCUMENT_CHANGED, offers[run.offer_id])
        events.publish(session, events.COUNTS_CHANGED, run.key)
    return answers


def _offer_keys(session: Session, ids: set[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), _BATCH):
        query = select(Offer.id, Offer.key).where(col(Offer.id).in_(wanted[start : start + _BATCH]))
        found |= {pk or 0: key for pk, key in session.exec(query)}
    return found
