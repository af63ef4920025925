"""News to an applicant in sentences: which lines of the ledger are news, and how each reads."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from registry.applications.letters import paragraphs
from registry.applications.models import Application
from registry.applications.operations.preparing import Wish
from registry.applications.presenting.lives import REJECT
from registry.applications.presenting.office import LETTER, merge_values
from registry.applications.states import Decision, RejectReason
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.offers.models import Offer, Run
from registry.offers.states import RUN
from registry.web.formatting import long_date
from registry.web.i18n import N_, gettext, ngettext

#: (life, event) of the ledger -> news. What follows from another line is no news of its own.
_NEWS = {
    ("standing", "submit"): "received",
    ("standing", "withdraw"): "withdrawn",
    ("standing", "displace"): "displaced",
    ("endorsement", "endorse"): "endorsed",
    ("endorsement", "decline_endorsement"): "not_endorsed",
    ("decision", "offer"): "offered",
    ("decision", "waitlist"): "waitlisted",
    ("decision", "reject"): "rejected",
    ("answer", "accept"): "accepted",
    ("answer", "decline"): "declined",
    ("answer", "lapse"): "lapsed",
    ("attendance", "start"): "started",
    ("attendance", "miss"): "no_show",
    ("attendance", "complete"): "completed",
    ("attendance", "fail"): "failed",
    ("attendance", "drop_out"): "dropped_out",
    ("attendance", "defer"): "deferred",
    (None, "look_across"): "looked",
}
SENTENCES = {
    "received": N_("Søknaden er mottatt."),
    "moved": N_("Søknaden er flyttet hit, og du har beholdt plassen i køen."),
    "place_moved": N_("Plassen du hadde, er også din her."),
    "waits_here": N_("Du står på venteliste her. Du får beskjed hvis en plass blir ledig."),
    "deadline": N_("Institusjonen har endret svarfristen. Se på siden din hvilken dag som gjelder nå."),
    "changed": N_("Institusjonen har endret opplysninger i søknaden. Se på siden din hva som gjelder nå."),
    "withdrawn": N_("Søknaden er trukket."),
    "displaced": N_("Kullet blir ikke gjennomført som planlagt. Se på siden din hva du kan velge."),
    "endorsed": N_("Arbeidsgiveren støtter søknaden."),
    "not_endorsed": N_("Arbeidsgiveren støtter ikke søknaden. Uten støtte kan du ikke få plass."),
    "accepted": N_("Du har takket ja til plassen."),
    "declined": N_("Du har takket nei til plassen."),
    "lapsed": N_("Svarfristen gikk ut, og plassen er gått videre til neste i køen."),
    "started": N_("Institusjonen har meldt at du har begynt."),
    "no_show": N_("Institusjonen har meldt at du ikke møtte."),
    "completed": N_("Du har fullført."),
    "failed": N_("Institusjonen har meldt resultatet ikke bestått."),
    "dropped_out": N_("Institusjonen har meldt at du har avbrutt studiet."),
    "deferred": N_("Institusjonen har meldt at du har utsatt studiet."),
    "corrected": N_("Institusjonen har rettet noe i søknaden. Se på siden din hva som gjelder nå."),
    "goes_ahead": N_("Kullet blir gjennomført."),
    "teaching_changed": N_(
        "Tilbyderen har endret når eller hvordan det undervises. Se på tilbudets side hva som gjelder nå."
    ),
    "looked": N_(
        "Opptakskontoret har sett hvilke andre søknader du har i samme tidsrom. På siden din står det hvorfor."
    ),
}
#: What may be news of a run to whom has applied to it.
RUN_EVENTS = ("confirm", "changed", "corrected", "correction_undone")
_OF_TEACHING = frozenset({"starts_on", "ends_on", "delivery", "municipalities"})
_DECIDED = {"offered": Decision.OFFERED, "waitlisted": Decision.WAITLISTED, "rejected": Decision.REJECTED}
_HEADINGS = {
    "offered": N_("Du har fått tilbud om plass"),
    "waitlisted": N_("Du står på venteliste"),
    "rejected": N_("Svar på søknaden din"),
    "displaced": N_("Kullet du har søkt på, blir ikke gjennomført som planlagt"),
    "received": N_("Søknaden er mottatt"),
    "lapsed": N_("Svarfristen gikk ut"),
}


class Item(TypedDict):
    """One piece of news, already in the reader's language. Everything is JSON."""

    title: str
    title_language: str
    institution: str
    term: str
    paragraphs: list[str]


def news_of(line: AuditEntry) -> str | None:
    """Which news a line is; None for what is none, or follows from another line."""
    details = line.details or {}
    if line.thing == RUN.thing:
        return _of_run(line.event, details)
    if line.event.startswith("correct_to_"):
        return None if line.to_state == "none" else "corrected"
    if "correction" in details:
        return None
    if "carried_from" in details:
        return {"offer": "place_moved", "waitlist": "waits_here"}.get(line.event)
    if line.event == "changed":
        return "deadline" if "answer_by" in details.get("fields", ()) else "changed"
    if line.event == "submit" and "moved_from" in details:
        return "moved"
    return _NEWS.get((line.life, line.event))


def _of_run(event: str, details: Mapping[str, Any]) -> str | None:
    if event == "confirm":
        return "goes_ahead"
    fields = {*details.get("fields", ()), details.get("field")}
    return "teaching_changed" if event in RUN_EVENTS and fields & _OF_TEACHING else None


def item_of(
    line: AuditEntry, application: Application, run: Run, offer: Offer, institution: str, note: str | None
) -> Item:
    """A line in words, as it reads now: a deadline is the application's own."""
    news = news_of(line) or "corrected"
    if news in _DECIDED:
        paragraphs = _decision(_DECIDED[news], line, application, run, offer, institution, note)
    else:
        paragraphs = [gettext(SENTENCES[news])]
    if news == "teaching_changed" and run.starts_on is not None:
        paragraphs.append(gettext("Undervisningen begynner %(day)s.", day=long_date(run.starts_on)))
    return Item(
        title=offer.title,
        title_language=offer.title_language or "nb",
        institution=institution,
        term=run.term,
        paragraphs=paragraphs,
    )


def _decision(
    decision: Decision,
    line: AuditEntry,
    application: Application,
    run: Run,
    offer: Offer,
    institution: str,
    note: str | None,
) -> list[str]:
    reason = RejectReason(line.reason_code) if line.reason_code in {str(one) for one in REJECT} else None
    wish = Wish(decision, reason)
    values: dict[str, Any] = merge_values(
        run, offer, institution, application, wish, application.answer_by or clock.today()
    )
    return paragraphs(gettext(LETTER[decision]), note, values)


def heading(lines: Sequence[AuditEntry]) -> str:
    """The subject: what asks most of the reader, or how much there is."""
    found = [news_of(line) for line in lines]
    for news in ("offered", "displaced"):
        if news in found:
            return gettext(_HEADINGS[news])
    if len(lines) == 1 and found[0] in _HEADINGS:
        return gettext(_HEADINGS[found[0]])
    return ngettext("Nytt om søknaden din", "%(num)s nyheter om søknadene dine", len(lines))
