"""What an admissions office reads: decisions, corrections, letters, looks. Msgids, and the fields of a letter."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from registry.access.pseudonyms import short_form
from registry.applications import states
from registry.applications.models import Application
from registry.applications.operations.preparing import Wish
from registry.applications.presenting.lives import (
    ANSWER,
    ATTENDANCE,
    DECISION,
    ENDORSEMENT,
    REJECT,
    STANDING,
    UNSUPPORTED,
    WITHDRAW,
)
from registry.applications.queries.across import Where
from registry.applications.queries.history import Line
from registry.applications.states import Answer, Attendance, Decision, LookPurpose
from registry.offers.models import Offer, Run
from registry.web.formatting import long_date, term_name
from registry.web.i18n import N_, gettext

LANGUAGES = (("nb", "Bokmål"), ("nn", "Nynorsk"), ("se", "Davvisámegiella"), ("en", "English"))
#: What an office decides, as a verb.
VERBS = {
    Decision.OFFERED: N_("Tilby plass"),
    Decision.WAITLISTED: N_("Sett på venteliste"),
    Decision.REJECTED: N_("Gi avslag"),
}
PREPARED = {
    Decision.OFFERED: N_("Klargjort: tilbud om plass"),
    Decision.WAITLISTED: N_("Klargjort: venteliste"),
    Decision.REJECTED: N_("Klargjort: avslag"),
}
HINDRANCE = {
    "prepared": N_("Har allerede en klargjort avgjørelse"),
    "gone": N_("Søknaden er trukket, eller kullet tar ikke imot avgjørelser nå"),
    "decided": N_("Har allerede fått en avgjørelse"),
    "not_endorsed": N_("Arbeidsgiveren støtter ikke søknaden"),
}
FAULT = {
    "not_now": N_("Dette kan ikke meldes nå. Oppmøte kommer før resultat."),
    "gone": N_("Søkeren er ikke lenger på kullet."),
    "future": N_("Datoen kan ikke ligge i fremtiden."),
    "before_start": N_("Datoen er før kullet begynner."),
    "no_result": N_("Studiepoeng hører til et resultat."),
    "too_many": N_("Flere studiepoeng enn tilbudet gir."),
}
PURPOSE = {
    LookPurpose.PLACES: N_("Beregne hvor mange som kommer"),
    LookPurpose.WAITLIST: N_("Avklare om søkeren fortsatt venter"),
    LookPurpose.GUIDANCE: N_("Søkeren har bedt om råd"),
}
WHERE = {
    Where.APPLIED: N_("Har søkt"),
    Where.WAITLISTED: N_("På venteliste"),
    Where.OFFERED: N_("Tilbudt plass"),
    Where.ACCEPTED: N_("Takket ja"),
    Where.STARTED: N_("Har begynt"),
}
CORRECTION = {
    "typing_error": N_("Skrivefeil"),
    "wrong_source": N_("Feil i datakilden"),
    "late_report": N_("Rapportert for sent"),
    "wrong_person": N_("Ført på feil søknad"),
    "other": N_("Annen årsak"),
}
REPORT = {
    "start": N_("Møtte"),
    "miss": N_("Møtte ikke"),
    "complete": N_("Fullført"),
    "fail": N_("Ikke bestått"),
    "drop_out": N_("Avbrutt"),
    "defer": N_("Utsatt"),
}
#: The letter's first paragraph; the fields are those of ``letters.FIELDS``.
LETTER = {
    Decision.OFFERED: N_(
        "Du er tilbudt plass på «{{tilbud}}» ved {{institusjon}}, {{semester}}. Svar innen {{svarfrist}}."
    ),
    Decision.WAITLISTED: N_(
        "Du står på venteliste til «{{tilbud}}» ved {{institusjon}}, {{semester}}. Du får beskjed hvis en plass blir ledig."
    ),
    Decision.REJECTED: N_(
        "Du har ikke fått plass på «{{tilbud}}» ved {{institusjon}}, {{semester}}. Begrunnelse: {{begrunnelse}}."
    ),
}
MERGE_FIELDS = {
    "søkernummer": N_("Søkernummer"),
    "tilbud": N_("Tilbud"),
    "institusjon": N_("Institusjon"),
    "semester": N_("Semester"),
    "studiestart": N_("Studiestart"),
    "svarfrist": N_("Svarfrist"),
    "begrunnelse": N_("Begrunnelse"),
}
#: Lines of the ledger that change no status.
EVENTS = {
    "submit": N_("Søknaden ble sendt"),
    "rank": N_("Arbeidsgiveren endret rekkefølgen"),
    "prioritise": N_("Søkeren endret rekkefølgen"),
    "relocate": N_("Søkeren valgte et annet kull"),
    "look_across": N_("Opptakskontoret så på søkerens andre søknader"),
    "united": N_("Kullet var registrert to ganger, og ble slått sammen"),
    "divided": N_("Sammenslåingen av kullet ble angret"),
    "changed": N_("Institusjonen endret opplysninger i søknaden"),
    "rekey": N_("Nøkkelen som søkeren er kjent under, ble byttet"),
}
_LIVES: dict[str, tuple[str, Mapping[Any, str]]] = {
    "endorsement": (N_("Arbeidsgiver"), ENDORSEMENT),
    "decision": (N_("Avgjørelse"), DECISION),
    "answer": (N_("Svar"), ANSWER),
    "attendance": (N_("Studiet"), ATTENDANCE),
    "standing": (N_("Søknaden"), STANDING),
}
LIFE = {name: label for name, (label, _states) in _LIVES.items()}


def correction_targets(application: Application) -> list[tuple[str, str, str]]:
    """What may be set right now: (value of the choice, the life, the state to be), both msgids."""
    found = []
    for life in (states.DECISION, states.ANSWER, states.ATTENDANCE, states.STANDING):
        label = LIFE[life.name]
        for event in life.possible(getattr(application, life.column)):
            _, correcting, state = event.partition("correct_to_")
            if correcting and state not in _FOLLOWS.get(life.name, ()):
                found.append((f"{life.name}:{state}", label, state_name(life.name, state)))
    if application.standing is not states.Standing.OPEN:
        return [one for one in found if one[0].startswith("standing:")]
    return found


#: Why an application was withdrawn, where the person did not choose a reason from a list.
_BY_ITSELF = {"commitment_rule": N_("Plassen ble gitt opp for en annen i samme semester")}

#: Set right by what came before them.
_FOLLOWS = {"answer": (Answer.NONE,), "attendance": (Attendance.NONE,)}


def merge_values(
    run: Run, offer: Offer, institution: str, application: Application, wish: Wish, answer_by: date
) -> dict[str, str]:
    """The fields of one letter, in the language of the page."""
    return {
        "søkernummer": short_form(application.applicant_key),
        "tilbud": offer.title,
        "institusjon": institution,
        "semester": term_name(run.term),
        "studiestart": long_date(run.starts_on) if run.starts_on else "",
        "svarfrist": long_date(answer_by) if wish.decision is Decision.OFFERED else "",
        "begrunnelse": gettext(REJECT[states.RejectReason(wish.reject_reason)]) if wish.reject_reason else "",
    }


def state_name(life: str, state: str) -> str:
    """A state of a life in words."""
    return next((label for one, label in _LIVES[life][1].items() if str(one) == state), state)


def reason_name(line: Line) -> str | None:
    """A line's reason in words; None where it has none."""
    if line.reason is None:
        return None
    if "correction" in line.details and line.life != "decision":
        return CORRECTION.get(line.reason, line.reason)
    if line.life == "endorsement":
        return UNSUPPORTED.get(line.reason, line.reason)
    known: dict[str, str] = {str(code): label for code, label in REJECT.items()} | WITHDRAW | CORRECTION | _BY_ITSELF
    return known.get(line.reason, line.reason)
