"""Who has been offered a place and has not answered is reminded by mail before the deadline: once for each deadline."""

from datetime import timedelta

from sqlmodel import Session, col, select

from registry.applications import queries
from registry.applications.models import ApplicantContact, Application
from registry.applications.notifications import PATH
from registry.applications.states import Answer, Standing
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.messages.operations import Letter, send_all
from registry.offers.models import Offer, Run
from registry.rules.register import rules_on

KIND = "answer-reminder"
BATCH = 200


def remind_of_answers(database: Database, *, batch: int = BATCH) -> dict[str, int]:
    """Queues a mail to everybody with an address whose answer is due within REMIND_DAYS days. Returns {"reminded"}.

    What a stopped run left is found by the next, until the deadline is over. Who was offered the place today has just been told.
    """
    reminded, after = 0, 0
    while True:
        with database.read() as session:  # most often there is nobody: no need to keep writers waiting
            if not _unanswered(session, after, 1):
                return {"reminded": reminded}
        with database.write() as session:
            found = _unanswered(session, after, batch)
            if not found:  # answered in between
                return {"reminded": reminded}
            institutions = queries.provider_names(session, [offer.pk for *_, offer in found])
            letters = [
                _letter(application, contact, run, offer, institutions.get(offer.pk, ""))
                for application, contact, run, offer in found
            ]
            reminded += send_all(session, letters)
            after = found[-1][0].pk


def _unanswered(session: Session, after: int, limit: int) -> list[tuple[Application, ApplicantContact, Run, Offer]]:
    today = clock.today()
    last = today + timedelta(days=int(rules_on(session, today)["REMIND_DAYS"]))
    asked_today = select(AuditEntry.id).where(
        AuditEntry.thing == "application",
        col(AuditEntry.thing_id) == Application.id,
        AuditEntry.life == "answer",
        AuditEntry.to_state == Answer.OFFERED,
        AuditEntry.recorded_at >= clock.start_of_day(today),
    )
    query = (
        select(Application, ApplicantContact, Run, Offer)
        .join(ApplicantContact, col(ApplicantContact.applicant_key) == Application.applicant_key)
        .join(Run, col(Run.id) == Application.run_id)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .where(
            Application.answer == Answer.OFFERED,
            Application.standing == Standing.OPEN,
            col(Application.answer_by).between(today, last),
            ~asked_today.exists(),
            col(Application.id) > after,
        )
        .order_by(col(Application.id))
        .limit(limit)
    )
    return list(session.exec(query))


def _letter(application: Application, contact: ApplicantContact, run: Run, offer: Offer, institution: str) -> Letter:
    return Letter(
        kind=KIND,
        to=contact.email,
        language=contact.language,
        context={
            "title": offer.title,
            "title_language": offer.title_language or "nb",
            "institution": institution,
            "term": run.term,
            "answer_by": application.answer_by,
            "path": PATH,
        },
        dedupe=f"{KIND}:{application.pk}:{application.answer_by}",
    )
