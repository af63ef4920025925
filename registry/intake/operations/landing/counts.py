"""Rows of the sheet of counts, through the room of applications."""

from sqlmodel import Session

from importers.protocol import RunCountRecord
from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.applications.operations.receiving import Fault
from registry.applications.operations.receiving_counts import CountReport, receive_counts
from registry.intake.operations.landing.landed import Landed, Landing, Manifest, Row
from registry.intake.operations.landing.naming_runs import NoRun, load_runs
from registry.intake.policy import scope_of_provider


def _land(session: Session, actor: Actor, manifest: Manifest) -> Landed:
    landed = Landed(manifest.columns)
    records = [record for _, record in manifest.rows]
    runs = load_runs(session, manifest.facts, manifest.only, {(record.run, record.provider) for record in records})
    reports: list[tuple[Row, CountReport]] = []
    first: dict[tuple[int, object], int] = {}
    for row in manifest.rows:
        record: RunCountRecord = row[1]
        try:
            run_id = runs.find(record.run, record.provider)
        except NoRun as unknown:
            landed.reject(row, unknown.reason, unknown.cure, unknown.column, unknown.value)
            continue
        earlier = first.setdefault((run_id, record.counted_on), record.position)
        if earlier != record.position:
            text = f"Rad {earlier} gjelder det samme kullet og den samme dagen."
            landed.reject(row, text, "Behold den raden som er riktig, og slett den andre.", "Telledato")
            continue
        reports.append((row, CountReport(run_id, record.counted_on, dict(record.counts))))
    answers = receive_counts(session, actor, [report for _, report in reports], details=manifest.details)
    for (row, report), answer in zip(reports, answers, strict=True):
        if isinstance(answer, Fault):
            column = "Telledato" if answer.field == "counted_on" else "Kull i registeret"
            shown = report.counted_on.isoformat() if answer.field == "counted_on" else None
            landed.reject(row, answer.reason, answer.cure, column, shown)
        else:
            landed.outcomes.append((row, answer))
    return landed


COUNTS = Landing(Permission.COUNTS_REPORT, scope_of_provider, _land)
