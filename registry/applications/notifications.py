"""Applicants who have given an address are told of every change that concerns them: read from the ledger, so nothing is told
before its commit, nothing twice, and nothing is forgotten however it came about.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from registry.applications import queries
from registry.applications.models import ApplicantContact, Application, DecisionBatch
from registry.applications.presenting.news import Item, heading, item_of, news_of
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.logs import told
from registry.messages.operations import Letter, send_all
from registry.offers.models import Offer, Run
from registry.rules.register import rules_on
from registry.web.i18n import speaking

log = logging.getLogger(__name__)
KIND = "application-news"
PATH = "/mine-soknader"
BATCH = 200


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
    unseen = select(AuditEntry.id).where(
        AuditEntry.thing == "application",
        col(AuditEntry.thing_id).in_(theirs.correlate(ApplicantContact)),
        col(AuditEntry.id) > ApplicantContact.told_until,
    )
    return session.exec(
        select(ApplicantContact.id)
        .where(unseen.correlate(ApplicantContact).exists())
        .order_by(col(ApplicantContact.id))
    ).all()


def _tell(session: Session, contacts: Sequence[ApplicantContact], done: dict[str, int]) -> None:
    lines = _lines(session, contacts)
    about = _about(session, {line.thing_id for found in lines.values() for line in found})
    notes = _notes(session, (line for found in lines.values() for line in found))
    hour = int(rules_on(session, clock.today())["DIGEST_HOUR"])
    letters: list[Letter] = []
    for contact in contacts:
        unseen = lines.get(contact.pk, [])
        found = [line for line in unseen if news_of(line) is not None]
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
        contact.told_until = unseen[-1].pk
    done["told"] += send_all(session, letters)


def _lines(session: Session, contacts: Sequence[ApplicantContact]) -> Mapping[int, list[AuditEntry]]:
    """Lines of the ledger that each has not been told of, oldest first."""
    of_key = {contact.applicant_key: contact for contact in contacts}
    applied = select(Application.id, Application.applicant_key).where(col(Application.applicant_key).in_(of_key))
    of_application = {number: of_key[key] for number, key in session.exec(applied)}
    query = (
        select(AuditEntry)
        .where(
            AuditEntry.thing == "application",
            col(AuditEntry.thing_id).in_(of_application),
            col(AuditEntry.id) > min((contact.told_until for contact in contacts), default=0),
        )
        .order_by(col(AuditEntry.id))
    )
    found: defaultdict[int, list[AuditEntry]] = defaultdict(list)
    for line in session.exec(query):
        contact = of_application[line.thing_id]
        if line.pk > contact.told_until:
            found[contact.pk].append(line)
    return found


def _due(contact: ApplicantContact, lines: Sequence[AuditEntry], hour: int) -> bool:
    if any(news_of(line) == "offered" for line in lines):
        return True
    now = clock.now().astimezone(clock.OSLO)
    return now.hour >= hour and (contact.told_at is None or contact.told_at.astimezone(clock.OSLO).date() < now.date())


def _letter(
    contact: ApplicantContact,
    lines: Sequence[AuditEntry],
    about: Mapping[int, About],
    notes: Mapping[int, str],
) -> Letter | None:
    with speaking(contact.language):
        items: list[Item] = []
        for line in lines:
            one = about[line.thing_id]
            note = notes.get((line.details or {}).get("batch", 0))
            items.append(item_of(line, one.application, one.run, one.offer, one.institution, note))
        return Letter(
            kind=KIND,
            to=contact.email,
            language=contact.language,
            context={"heading": heading(lines), "items": items, "path": PATH},
            dedupe=f"{KIND}:{contact.pk}:{lines[-1].pk}",
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
