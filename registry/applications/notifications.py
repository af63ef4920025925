"""Applicants who have given an address are told of every change that concerns them, of their applications and of the runs
they have applied to: read from the ledger, so nothing is told before its commit, nothing twice, and nothing is forgotten
however it came about.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_
from sqlmodel import Session, col, select

from registry.applications import queries
from registry.applications.models import ApplicantContact, Application, DecisionBatch
from registry.applications.presenting.news import RUN_EVENTS, Item, heading, item_of, news_of
from registry.applications.states import Answer, Attendance, Decision, Standing
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.logs import told
from registry.messages.operations import Letter, send_all
from registry.offers.models import Offer, Run
from registry.offers.states import RUN
from registry.rules.register import rules_on
from registry.web.i18n import speaking

log = logging.getLogger(__name__)
KIND = "application-news"
PATH = "/mine-soknader"
BATCH = 200
_OF_RUNS = (AuditEntry.thing == RUN.thing, col(AuditEntry.event).in_(RUN_EVENTS))
#: Whom it concerns what becomes of a run: who may still be taught in it.
_CONCERNED = and_(
    col(Application.standing) == Standing.OPEN,
    col(Application.decision) != Decision.REJECTED,
    col(Application.answer).not_in((Answer.DECLINED, Answer.LAPSED)),
    col(Application.attendance).in_((Attendance.NONE, Attendance.ACCEPTED, Attendance.STARTED)),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ledger, and the application through which it concerns somebody."""

    entry: AuditEntry
    application_id: int


@dataclass(frozen=True, slots=True)
class About:
    """What a line is about."""

    application: Application
    run: Run
    offer: Offer
    institution: str


def tell_applicants(database: Database, *, batch: int = BATCH) -> dict[str, int]:
    """Queues a mail to everybody with news: one mail with all of it. Returns {"told", "failed"}.

    Who asked for one mail a day gets it in the morning (rule DIGEST_HOUR), but is told at once of an offered place. A few
    are told in each transaction, and one who cannot be told stops no other.
    """
    done = {"told": 0, "failed": 0}
    with database.read() as session:
        waiting = _waiting(session)
    for start in range(0, len(waiting), batch):
        with database.write() as session:
            some = select(ApplicantContact).where(col(ApplicantContact.id).in_(waiting[start : start + batch]))
            _tell(session, session.exec(some.order_by(col(ApplicantContact.id)).with_for_update()).all(), done)
    return done


def _waiting(session: Session) -> Sequence[int | None]:
    """Contacts with lines in the ledger that they have not been told of; asked from the contact, since the ledger is long."""
    theirs = select(Application.id).where(Application.applicant_key == ApplicantContact.applicant_key)
    runs = select(Application.run_id).where(Application.applicant_key == ApplicantContact.applicant_key, _CONCERNED)
    later = col(AuditEntry.id) > ApplicantContact.told_until
    of_applications = select(AuditEntry.id).where(
        AuditEntry.thing == "application", col(AuditEntry.thing_id).in_(theirs.correlate(ApplicantContact)), later
    )
    of_runs = select(AuditEntry.id).where(
        *_OF_RUNS, col(AuditEntry.thing_id).in_(runs.correlate(ApplicantContact)), later
    )
    unseen = (one.correlate(ApplicantContact).exists() for one in (of_applications, of_runs))
    return session.exec(select(ApplicantContact.id).where(or_(*unseen)).order_by(col(ApplicantContact.id))).all()


def _tell(session: Session, contacts: Sequence[ApplicantContact], done: dict[str, int]) -> None:
    lines = _lines(session, contacts)
    about = _about(session, {line.application_id for found in lines.values() for line in found})
    notes = _notes(session, (line.entry for found in lines.values() for line in found))
    hour = int(rules_on(session, clock.today())["DIGEST_HOUR"])
    letters: list[Letter] = []
    for contact in contacts:
        unseen = lines.get(contact.pk, [])
        found = [line for line in unseen if news_of(line.entry) is not None]
        if not unseen or (found and contact.daily and not _due(contact, found, hour)):
            continue
        try:
            letter = _letter(contact, found, about, notes) if found else None
        except Exception as fault:  # noqa: BLE001 - whatever it is, the others are told
            log.error("contact %s could not be told: %s", contact.pk, told(fault))  # noqa: TRY400 - a trace may hold what told() leaves out
            done["failed"] += 1
            continue
        if letter is not None:
            letters.append(letter)
            contact.told_at = clock.now()
        contact.told_until = unseen[-1].entry.pk
    done["told"] += send_all(session, letters)


def _lines(session: Session, contacts: Sequence[ApplicantContact]) -> Mapping[int, list[Line]]:
    """Lines of the ledger that each has not been told of, oldest first."""
    of_key = {contact.applicant_key: contact for contact in contacts}
    later = col(AuditEntry.id) > min((contact.told_until for contact in contacts), default=0)
    own = (
        select(Application.applicant_key, Application.id, AuditEntry)
        .join(AuditEntry, col(AuditEntry.thing_id) == Application.id)
        .where(col(Application.applicant_key).in_(of_key), AuditEntry.thing == "application", later)
    )
    of_runs = (
        select(Application.applicant_key, Application.id, AuditEntry)
        .join(AuditEntry, col(AuditEntry.thing_id) == Application.run_id)
        .where(col(Application.applicant_key).in_(of_key), _CONCERNED, *_OF_RUNS, later)
        .where(AuditEntry.recorded_at >= Application.applied_at)  # what was so when they applied is no news
    )
    found: defaultdict[int, list[Line]] = defaultdict(list)
    for key, application_id, entry in [*session.exec(own), *session.exec(of_runs)]:
        contact = of_key[key]
        if entry.pk > contact.told_until:
            found[contact.pk].append(Line(entry, application_id))
    for lines in found.values():
        lines.sort(key=lambda line: line.entry.pk)
    return found


def _due(contact: ApplicantContact, lines: Sequence[Line], hour: int) -> bool:
    if any(news_of(line.entry) == "offered" for line in lines):
        return True
    now = clock.now().astimezone(clock.OSLO)
    return now.hour >= hour and (contact.told_at is None or contact.told_at.astimezone(clock.OSLO).date() < now.date())


def _letter(
    contact: ApplicantContact,
    lines: Sequence[Line],
    about: Mapping[int, About],
    notes: Mapping[int, str],
) -> Letter | None:
    with speaking(contact.language):
        items: list[Item] = []
        for line in lines:
            one = about[line.application_id]
            note = notes.get((line.entry.details or {}).get("batch", 0))
            items.append(item_of(line.entry, one.application, one.run, one.offer, one.institution, note))
        return Letter(
            kind=KIND,
            to=contact.email,
            language=contact.language,
            context={"heading": heading([line.entry for line in lines]), "items": items, "path": PATH},
            dedupe=f"{KIND}:{contact.pk}:{lines[-1].entry.pk}",
        )


def _about(session: Session, application_ids: Iterable[int]) -> Mapping[int, About]:
    listed = session.exec(
        select(Application, Run, Offer)
        .join(Run, col(Run.id) == Application.run_id)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .where(col(Application.id).in_(list(application_ids)))
    ).all()
    providers = queries.provider_names(session, [offer.pk for _application, _run, offer in listed])
    return {
        application.pk: About(application, run, offer, providers.get(offer.pk, ""))
        for application, run, offer in listed
    }


def _notes(session: Session, lines: Iterable[AuditEntry]) -> Mapping[int, str]:
    """The office's own words, by batch."""
    ids = {line.details["batch"] for line in lines if line.details and "batch" in line.details}
    query = select(DecisionBatch).where(col(DecisionBatch.id).in_(ids))
    return {batch.pk: batch.note for batch in session.exec(query) if batch.note}
