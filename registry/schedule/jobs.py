"""The jobs: one line per job. What a job does is an operation of its room."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from registry.access.policy import system
from registry.applications import operations as applications
from registry.applications.daily_mail import tell_owners
from registry.applications.notifications import tell_applicants
from registry.applications.reminders import remind_of_answers
from registry.catalogue import jobs as catalogue
from registry.coordination import operations as coordination
from registry.coordination.daily_mail import tell_institutions
from registry.messages import operations as messages
from registry.messages.delivering import deliver
from registry.people import operations as people
from registry.schedule import outbox, recovery, retention
from registry.schedule.invariants import broken
from registry.schedule.listeners import LISTENERS
from registry.schedule.runner import Job, Workshop
from registry.web.i18n import N_

log = logging.getLogger(__name__)


def compare_index(workshop: Workshop) -> Mapping[str, Any]:
    """Compare index and database, and mend only what differs; an index that cannot be read is built.

    Synonyms whose first or last day has come are told: no change of the day itself is in the outbox.
    """
    if outbox.rebuild_where_missing(workshop.database, workshop.search):
        return {"built": workshop.search.count()}
    outbox.tell_synonyms(workshop.database, workshop.search)
    return outbox.check(workshop.database, workshop.search, repair=True).to_json()


def drain_outbox(workshop: Workshop) -> Mapping[str, Any]:
    """Bring on what the worker has not yet brought on."""
    return {"brought_on": outbox.drain(workshop.database, workshop.search, listeners=LISTENERS)}


def look_for_flags(workshop: Workshop) -> Mapping[str, Any]:
    """Duplicates, overlaps, small subjects and runs at risk, anew where data or the day has changed."""
    with workshop.database.read() as session:
        if not coordination.is_stale(session):
            return {"skipped": "nothing has changed"}
    return dict(coordination.detect(workshop.database, system("detect")).to_json())


def look_for_impossible_states(workshop: Workshop) -> Mapping[str, Any]:
    """Report what must not be; mend nothing."""
    with workshop.database.read() as session:
        found = broken(session)
    for breach in found:
        log.error("impossible state: %s", breach)
    return {"found": len(found), "first": [str(breach) for breach in found[:10]]}


def lapse_overdue_answers(workshop: Workshop) -> Mapping[str, Any]:
    """Offered places whose deadline has passed go back, and on to who waits for them."""
    done = applications.lapse_overdue(workshop.database, system("deadlines"))
    return {"lapsed": done.lapsed, "failed": list(done.failed)}


def fold_figures(workshop: Workshop) -> Mapping[str, Any]:
    """What the ledger has said of applications since the last time is kept as figures by day."""
    return {"folded": applications.fold_figures(workshop.database)}


def tell_followers(workshop: Workshop) -> Mapping[str, Any]:
    """What is new in the searches that people follow."""
    return catalogue.tell_followers(workshop.database, workshop.search)


def send_messages(workshop: Workshop) -> Mapping[str, Any]:
    """Mail that waits goes out."""
    return deliver(workshop.database, workshop.settings).to_json()


def forget_recipients(workshop: Workshop) -> Mapping[str, Any]:
    """Old mail keeps neither address nor words."""
    with workshop.database.write() as session:
        return {"forgotten": messages.forget_recipients(session, workshop.settings.mail_keep_days)}


def forget_old(workshop: Workshop) -> Mapping[str, Any]:
    """What the service noted of its own work is not kept for ever."""
    return retention.forget_old(workshop.database, workshop.settings)


def tell_applicants_the_news(workshop: Workshop) -> Mapping[str, Any]:
    """What the ledger says of their applications goes to those who have given an address."""
    return tell_applicants(workshop.database)


def remind_applicants(workshop: Workshop) -> Mapping[str, Any]:
    """Who has not answered an offered place is reminded before the deadline."""
    return remind_of_answers(workshop.database)


def tell_owners_what_waits(workshop: Workshop) -> Mapping[str, Any]:
    """Staff of owners learn how many applications wait for their word."""
    return tell_owners(workshop.database)


def tell_institutions_what_waits(workshop: Workshop) -> Mapping[str, Any]:
    """Staff of institutions learn which proposals wait for their answer, and what was answered to their own."""
    return tell_institutions(workshop.database)


def end_expired_sessions(workshop: Workshop) -> Mapping[str, Any]:
    """Sessions that nobody came back to end, and with them the link between a person and a pseudonym."""
    with workshop.database.write() as session:
        return {"ended": people.end_expired(session)}


def resume_deliveries(workshop: Workshop) -> Mapping[str, Any]:
    """Deliveries that were broken off are taken in to their end."""
    return recovery.resume_deliveries(workshop.database, workshop.settings.home)


def clear_away(workshop: Workshop) -> Mapping[str, Any]:
    """Files that nobody came back for."""
    return recovery.clear_away(workshop.settings.home)


JOBS: tuple[Job, ...] = (
    Job("drain-outbox", timedelta(minutes=1), N_("Fører endringer videre til søket."), drain_outbox),
    Job("saved-search-mail", timedelta(hours=1), N_("Varsler om nytt i lagrede søk."), tell_followers),
    Job("send-messages", timedelta(minutes=1), N_("Sender e-post som venter."), send_messages),
    Job("forget-recipients", timedelta(days=1), N_("Sletter adresser og innhold i gammel e-post."), forget_recipients),
    Job(
        "forget-old",
        timedelta(days=1),
        N_("Sletter gamle jobbkjøringer, endringer som er ført videre, avsluttede innlogginger og tomme hentinger."),
        forget_old,
    ),
    Job("resume-imports", timedelta(minutes=5), N_("Tar opp igjen leveranser som ble avbrutt."), resume_deliveries),
    Job("clear-away", timedelta(days=1), N_("Rydder bort opplastinger som ingen tok inn."), clear_away),
    Job("detect", timedelta(hours=1), N_("Leter etter overlapp, dubletter, små fag og utsatte kull."), look_for_flags),
    Job(
        "lapse-overdue",
        timedelta(hours=1),
        N_("Lar tilbudte plasser gå tilbake når svarfristen er ute."),
        lapse_overdue_answers,
    ),
    Job("fold-figures", timedelta(minutes=1), N_("Holder kullenes tall for hver dag ved like."), fold_figures),
    Job(
        "tell-applicants",
        timedelta(minutes=1),
        N_("Skriver til søkere som vil ha beskjed om søknadene sine."),
        tell_applicants_the_news,
    ),
    Job(
        "remind-applicants",
        timedelta(hours=1),
        N_("Minner søkere som ikke har svart på et tilbud om plass, om svarfristen."),
        remind_applicants,
    ),
    Job(
        "tell-owners",
        timedelta(hours=1),
        N_("Skriver til eiere når ansattes søknader venter på dem."),
        tell_owners_what_waits,
    ),
    Job(
        "tell-institutions",
        timedelta(hours=1),
        N_("Skriver til institusjoner om forslag som venter på svar, og om svar på deres egne."),
        tell_institutions_what_waits,
    ),
    Job("end-sessions", timedelta(hours=1), N_("Avslutter innlogginger som har stått ubrukt."), end_expired_sessions),
    Job(
        "invariants",
        timedelta(hours=1),
        N_("Ser etter tilstander som ikke skal kunne finnes."),
        look_for_impossible_states,
    ),
    Job(
        "compare-index",
        timedelta(days=1),
        N_("Sammenligner søkeindeksen med databasen og retter avvik."),
        compare_index,
    ),
)
