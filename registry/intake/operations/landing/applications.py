"""Rows of the sheet of applications, through the room of applications."""

from sqlmodel import Session

from importers.protocol import ApplicationRecord
from importers.sentences import Sentence, counted
from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.applications.operations.receiving import Fault, Report, receive
from registry.applications.status_words import Told
from registry.intake.operations.landing.landed import Landed, Landing, Manifest
from registry.intake.operations.landing.naming_runs import rows_with_runs
from registry.intake.policy import scope_of_provider

#: Field of a report → the template's heading.
_HEADINGS = {
    "run_id": "Kull i registeret",
    "status": "Status",
    "status_on": "Statusdato",
    "applied_on": "Søkt dato",
    "owner_orgnr": "Arbeidsgiver",
    "reason": "Grunn",
    "reference": "Søknadsnummer",
}


def _land(session: Session, actor: Actor, manifest: Manifest) -> Landed:
    landed = Landed(manifest.columns)
    told = rows_with_runs(
        session,
        manifest,
        landed,
        what=lambda record: record.applicant,
        same=lambda row: Sentence("Rad %(row)s gjelder den samme søkeren og det samme kullet.", row=row),
        column="Fødselsnummer",
    )
    reports = [(row, _report(row[1], run_id)) for row, run_id in told]
    behind = 0
    answers = receive(session, actor, [report for _, report in reports], details=manifest.details)
    for (row, report), answer in zip(reports, answers, strict=True):
        if isinstance(answer, Fault):
            value = None if answer.field == "run_id" else getattr(report, answer.field, None)
            shown = None if value is None else str(value)
            landed.reject(row, answer.reason, answer.cure, _HEADINGS.get(answer.field), shown)
            continue
        behind += answer.behind
        landed.outcomes.append((row, answer.outcome))
    if behind:
        landed.notices.append(
            counted(
                "%(count)s rad forteller om noe eldre enn det registeret vet, og endret ingenting i statusen.",
                "%(count)s rader forteller om noe eldre enn det registeret vet, og endret ingenting i statusen.",
                behind,
            )
        )
    return landed


def _report(record: ApplicationRecord, run_id: int) -> Report:
    return Report(
        run_id=run_id,
        applicant_key=record.applicant,
        status=Told(record.status),
        formerly=record.formerly,
        reference=record.reference,
        applied_on=record.applied_on,
        status_on=record.status_on,
        answer_by=record.answer_by,
        reason=record.reason,
        credits=record.credits,
        priority=record.priority,
        owner_orgnr=record.owner,
    )


APPLICATIONS = Landing(Permission.APPLICATION_REPORT, scope_of_provider, _land)
