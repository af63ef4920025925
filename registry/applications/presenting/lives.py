"""The lives of an application and of its run in words: msgids."""

from registry.applications.states import Answer, Attendance, Decision, Endorsement, RejectReason, Standing
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
    Standing.ABSORBED: N_("Slått sammen med samme søknad"),
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
#: Why an owner does not stand behind an application.
UNSUPPORTED = {
    "not_in_plan": N_("Ikke i kompetanseplanen"),
    "no_budget": N_("Ikke midler"),
    "no_substitute": N_("Mangler vikar"),
    "other_priority": N_("Andre søkere er prioritert"),
    "not_employed": N_("Søkeren er ikke ansatt hos oss"),
    "other": N_("Annen årsak"),
}
CANCEL = {
    CancelReason.FEW_APPLICANTS: N_("For få søkere"),
    CancelReason.NO_TEACHER: N_("Mangler faglærer"),
    CancelReason.MERGED: N_("Slått sammen med en annen gjennomføring"),
    CancelReason.MOVED_ONLINE: N_("Flyttet til nett"),
    CancelReason.FUNDING: N_("Manglende finansiering"),
    CancelReason.OTHER: N_("Annen årsak"),
}
POSTPONE = {
    "few_applicants": N_("For få søkere"),
    "no_teacher": N_("Mangler faglærer"),
    "funding": N_("Manglende finansiering"),
    "alternates": N_("Går annethvert år etter avtale"),
    "other": N_("Annen årsak"),
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
    RunState.ABSORBED: N_("Slått sammen med samme kull"),
}
