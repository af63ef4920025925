"""What happens next to an application, and by when."""

from dataclasses import dataclass
from datetime import date
from enum import Enum

from registry.applications.models import Application
from registry.applications.operations.displacing import in_line
from registry.applications.states import Answer, Attendance, Decision, Endorsement, Standing
from registry.offers.models import Run
from registry.web.i18n import N_


class Group(Enum):
    """How much an application asks of the applicant, most first; the value is a heading."""

    ANSWER = N_("Du må svare")
    WAITS = N_("Under behandling")
    PLACE = N_("Du har plass")
    OVER = N_("Avsluttet")


@dataclass(frozen=True, slots=True)
class Next:
    """What happens next: a sentence, the day it hangs on where there is one with what that day is, and what the person can do."""

    sentence: str
    group: Group
    by: date | None = None
    color: str = "neutral"
    may_answer: bool = False
    may_withdraw: bool = False
    may_move: bool = False
    day: str = ""  #: what ``by`` is


_STARTS, _CLOSES, _RESULT = N_("Studiestart:"), N_("Søknadsfrist:"), N_("Meldt:")
_ENDED = {
    Attendance.NO_SHOW: N_("Institusjonen har meldt at du ikke møtte."),
    Attendance.FAILED: N_("Institusjonen har meldt resultatet ikke bestått."),
    Attendance.DROPPED_OUT: N_("Institusjonen har meldt at du har avbrutt studiet."),
    Attendance.DEFERRED: N_("Institusjonen har meldt at du har utsatt studiet."),
}


def what_next(application: Application, run: Run, *, moved: bool = False) -> Next:
    """What an applicant should know now. ``moved`` is True where another run has been chosen already."""
    if application.standing is Standing.WITHDRAWN:
        return Next(N_("Du har trukket søknaden."), Group.OVER)
    if application.standing is Standing.ABSORBED:
        return Next(N_("Søknaden er slått sammen med den andre du hadde til samme kull."), Group.OVER)
    if application.standing is Standing.DISPLACED:
        return _displaced(application, moved=moved)
    if application.answer is Answer.OFFERED:
        return Next(
            N_("Du har fått plass. Svar innen fristen, ellers går plassen til neste i køen."),
            Group.ANSWER,
            application.answer_by,
            "success",
            may_answer=True,
            may_withdraw=True,
            day=N_("Frist:"),
        )
    return _after_answer(application, run) or _before_answer(application, run)


def _displaced(application: Application, *, moved: bool) -> Next:
    if moved:
        return Next(N_("Søknaden er flyttet til et annet kull, og du har beholdt plassen i køen."), Group.OVER)
    if not in_line(application):
        return Next(N_("Kullet ble avlyst eller utsatt."), Group.OVER)
    return Next(
        N_("Kullet blir ikke gjennomført nå. Velg et annet kull og behold plassen i køen, eller trekk søknaden."),
        Group.ANSWER,
        color="warning",
        may_withdraw=True,
        may_move=True,
    )


def _after_answer(application: Application, run: Run) -> Next | None:
    match application.attendance:
        case Attendance.ACCEPTED:
            return Next(
                N_("Du har takket ja. Studiet begynner snart."),
                Group.PLACE,
                run.starts_on,
                "success",
                may_withdraw=True,
                day=_STARTS,
            )
        case Attendance.STARTED:
            return Next(
                N_("Du er i gang. Institusjonen melder resultatet når kullet er ferdig."),
                Group.PLACE,
                run.ends_on,
                "success",
                day=N_("Siste dag:"),
            )
        case Attendance.COMPLETED:
            return Next(N_("Du har fullført."), Group.OVER, application.result_on, "success", day=_RESULT)
        case Attendance.NONE:
            pass
        case ended:
            return Next(_ENDED[ended], Group.OVER, application.result_on, day=_RESULT)
    if application.answer is Answer.DECLINED:
        return Next(N_("Du har takket nei til plassen."), Group.OVER)
    if application.answer is Answer.LAPSED:
        return Next(N_("Du svarte ikke innen fristen, og plassen er ledig for andre."), Group.OVER)
    return None


def _before_answer(application: Application, run: Run) -> Next:
    if application.decision is Decision.REJECTED:
        return Next(N_("Du fikk ikke plass."), Group.OVER)
    if application.decision is Decision.WAITLISTED:
        return Next(
            N_("Du står på venteliste og får beskjed hvis en plass blir ledig."),
            Group.WAITS,
            run.starts_on,
            may_withdraw=True,
            day=_STARTS,
        )
    if application.endorsement is Endorsement.PENDING:
        return Next(
            N_("Arbeidsgiveren din må ta stilling til søknaden."),
            Group.WAITS,
            run.application_closes_on,
            "info",
            may_withdraw=True,
            day=_CLOSES,
        )
    if application.endorsement is Endorsement.DECLINED:
        return Next(
            N_("Arbeidsgiveren din støtter ikke søknaden. Uten støtte kan du ikke få plass."),
            Group.WAITS,
            color="warning",
            may_withdraw=True,
        )
    return Next(
        N_("Institusjonen behandler søknaden etter søknadsfristen."),
        Group.WAITS,
        run.application_closes_on,
        "info",
        may_withdraw=True,
        day=_CLOSES,
    )
