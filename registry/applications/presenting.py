"""The lives of an application in words, and what happens next and by when."""

from dataclasses import dataclass
from datetime import date

from registry.applications.models import Application
from registry.applications.states import Answer, Attendance, Decision, Endorsement, RejectReason, Standing
from registry.offers.models import Run
from registry.offers.states import CancelReason, RunState
from registry.web.i18n import N_

ENDORSEMENT = {
    Endorsement.NOT_NEEDED: N_("Trengs ikke"),
    Endorsement.PENDING: N_("Venter på arbeidsgiver"),
    Endorsement.ENDORSED: N_("Støttes av arbeidsgiver"),
    Endorsement.DECLINED: N_("Støttes ikke av arbeidsgiver"),
}
DECISION = {
    Decision.RECEIVED: N_("Mottatt"),
    Decision.OFFERED: N_("Tilbudt plass"),
    Decision.WAITLISTED: N_("På venteliste"),
    Decision.REJECTED: N_("Avslag"),
}
ANSWER = {
    Answer.NONE: N_("Ikke aktuelt ennå"),
    Answer.OFFERED: N_("Venter på svar"),
    Answer.ACCEPTED: N_("Takket ja"),
    Answer.DECLINED: N_("Takket nei"),
    Answer.LAPSED: N_("Svarte ikke i tide"),
}
ATTENDANCE = {
    Attendance.NONE: N_("Ikke begynt"),
    Attendance.ACCEPTED: N_("Har plass"),
    Attendance.STARTED: N_("Har begynt"),
    Attendance.NO_SHOW: N_("Møtte ikke"),
    Attendance.COMPLETED: N_("Fullført"),
    Attendance.FAILED: N_("Ikke bestått"),
    Attendance.DROPPED_OUT: N_("Avbrutt"),
    Attendance.DEFERRED: N_("Utsatt"),
}
STANDING = {
    Standing.OPEN: N_("Åpen"),
    Standing.WITHDRAWN: N_("Trukket"),
    Standing.DISPLACED: N_("Kullet ble avlyst eller utsatt"),
}
REJECT = {
    RejectReason.NO_PLACES: N_("Ikke nok plasser"),
    RejectReason.NOT_QUALIFIED: N_("Fyller ikke opptakskravene"),
    RejectReason.NOT_IN_TARGET_GROUP: N_("Ikke i målgruppen"),
    RejectReason.INCOMPLETE: N_("Søknaden mangler dokumentasjon"),
    RejectReason.LATE: N_("Søknaden kom etter fristen"),
}
WITHDRAW = {
    "other_offer": N_("Har takket ja til et annet tilbud"),
    "not_endorsed": N_("Fikk ikke støtte fra arbeidsgiver"),
    "no_substitute": N_("Arbeidsplassen mangler vikar"),
    "workload": N_("Lar seg ikke forene med jobben"),
    "distance": N_("For lang reise til samlingene"),
    "economy": N_("Økonomiske grunner"),
    "changed_job": N_("Har byttet jobb"),
    "personal": N_("Personlige grunner"),
}
CANCEL = {
    CancelReason.FEW_APPLICANTS: N_("For få søkere"),
    CancelReason.NO_TEACHER: N_("Mangler faglærer"),
    CancelReason.MERGED: N_("Slått sammen med en annen gjennomføring"),
    CancelReason.MOVED_ONLINE: N_("Flyttet til nett"),
    CancelReason.FUNDING: N_("Manglende finansiering"),
    CancelReason.OTHER: N_("Annen årsak"),
}
RUN = {
    RunState.PLANNED: N_("Planlagt"),
    RunState.OPEN: N_("Åpent for søknader"),
    RunState.CLOSED: N_("Søknadsfristen er ute"),
    RunState.CONFIRMED: N_("Skal gjennomføres"),
    RunState.RUNNING: N_("Pågår"),
    RunState.COMPLETED: N_("Gjennomført"),
    RunState.CANCELLED: N_("Avlyst"),
    RunState.POSTPONED: N_("Utsatt"),
}


@dataclass(frozen=True, slots=True)
class Next:
    """What happens next: a sentence, the day it hangs on where there is one, and what the person can do."""

    sentence: str
    by: date | None = None
    color: str = "neutral"
    may_answer: bool = False
    may_withdraw: bool = False
    may_move: bool = False


def what_next(application: Application, run: Run, *, moved: bool = False) -> Next:
    """What an applicant should know now. ``moved`` is True where another run has been chosen already."""
    if application.standing is Standing.WITHDRAWN:
        return Next(N_("Du har trukket søknaden."))
    if application.standing is Standing.DISPLACED:
        if moved:
            return Next(N_("Du har valgt et annet kull og beholdt plassen i køen."))
        return Next(
            N_("Kullet blir ikke gjennomført nå. Velg et annet kull og behold plassen i køen, eller trekk søknaden."),
            color="warning",
            may_withdraw=True,
            may_move=True,
        )
    if application.answer is Answer.OFFERED:
        return Next(
            N_("Du har fått plass. Svar innen fristen, ellers går plassen til neste i køen."),
            application.answer_by,
            "success",
            may_answer=True,
            may_withdraw=True,
        )
    return _after_answer(application, run) or _before_answer(application, run)


def _after_answer(application: Application, run: Run) -> Next | None:
    match application.attendance:
        case Attendance.ACCEPTED:
            return Next(N_("Du har takket ja. Studiet begynner snart."), run.starts_on, "success", may_withdraw=True)
        case Attendance.STARTED:
            return Next(
                N_("Du er i gang. Institusjonen melder resultatet når kullet er ferdig."), run.ends_on, "success"
            )
        case Attendance.COMPLETED:
            return Next(N_("Du har fullført."), application.result_on, "success")
        case Attendance.NONE:
            pass
        case _:
            return Next(N_("Studiet er avsluttet for din del."), application.result_on)
    if application.answer in (Answer.DECLINED, Answer.LAPSED):
        return Next(N_("Du svarte ikke innen fristen, og plassen er ledig for andre."))
    return None


def _before_answer(application: Application, run: Run) -> Next:
    if application.decision is Decision.REJECTED:
        return Next(N_("Du fikk ikke plass."))
    if application.decision is Decision.WAITLISTED:
        return Next(
            N_("Du står på venteliste og får beskjed hvis en plass blir ledig."), run.starts_on, may_withdraw=True
        )
    if application.endorsement is Endorsement.PENDING:
        return Next(
            N_("Arbeidsgiveren din må ta stilling til søknaden."), run.application_closes_on, "info", may_withdraw=True
        )
    return Next(
        N_("Institusjonen behandler søknaden etter søknadsfristen."),
        run.application_closes_on,
        "info",
        may_withdraw=True,
    )
