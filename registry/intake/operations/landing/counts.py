"""Rows of the sheet of counts, through the room of applications."""

from sqlmodel import Session

from importers.sentences import Sentence
from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.applications.operations.receiving import Fault
from registry.applications.operations.receiving_counts import CountReport, receive_counts
from registry.intake.operations.landing.landed import Landed, Landing, Manifest
from registry.intake.operations.landing.naming_runs import rows_with_runs
from registry.intake.policy import scope_of_provider


def _land(session: Session, actor: Actor, manifest: Manifest) -> Landed:
    landed = Landed(manifest.columns)
    told = rows_with_runs(
        session,
        manifest,
        landed,
        what=lambda record: record.counted_on,
        same=lambda row: Sentence("Rad %(row)s gjelder det samme kullet og den samme dagen.", row=row),
        column="Telledato",
    )
    reports = [(row, CountReport(run_id, row[1].counted_on, dict(row[1].counts))) for row, run_id in told]
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
