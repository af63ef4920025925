"""Applications that an institution took in a system of its own: made here where they are new, and brought on to where they stand.

It is the institution that decided and the applicant that answered; here it is reported, in the name of who reports it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from importers.sentences import Sentence
from registry.access.permissions import Permission
from registry.access.policy import Actor, Scope
from registry.applications.models import Application
from registry.applications.operations.changing import change
from registry.applications.operations.deciding import offering
from registry.applications.operations.recognising import recognise
from registry.applications.policy import on_behalf_of
from registry.applications.states import RESULTS, Endorsement, RejectReason, Standing
from registry.applications.status_words import Outcome, Told, standing_of, way
from registry.core import audit, clock, events
from registry.core.errors import IllegalTransition
from registry.core.text import fold
from registry.core.transitions import Life
from registry.offers.models import Run
from registry.offers.policy import scopes_of
from registry.offers.states import LOST_RUNS
from registry.reference.models import OWNER_KINDS, Organisation, Reason

_BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Report:
    """Where one application stands, as its institution tells."""

    run_id: int
    applicant_key: str
    status: Told
    formerly: tuple[str, ...] = ()  #: the person's pseudonyms under earlier keys
    reference: str | None = None  #: the institution's own number; the same one is the same application
    applied_on: date | None = None
    status_on: date | None = None
    answer_by: date | None = None
    reason: str | None = None  #: a code or a name of a reason, or other words
    credits: Decimal | None = None
    priority: int | None = None
    owner_orgnr: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why one report was not taken, what to do, and the field of ``Report``."""

    reason: Sentence
    cure: Sentence
    field: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one report. ``behind`` where we know of later steps."""

    outcome: Outcome
    application_id: int
    behind: bool = False


@dataclass(slots=True)
class _Desk:
    """What has been read once for all reports."""

    session: Session
    actor: Actor
    details: dict[str, Any] | None
    runs: Mapping[int, Run]
    scopes: Mapping[int, Scope]
    known: dict[tuple[int, str], Application]
    owners: Mapping[str, int]
    reasons: Mapping[tuple[str, str], str]
    referenced: Mapping[str, Application]
    made: dict[int, tuple[Application, Report]] = field(default_factory=dict)


def receive(
    session: Session, actor: Actor, reports: Sequence[Report], *, details: dict[str, Any] | None = None
) -> list[Taken | Fault]:
    """Take every report that can be, in order; one that cannot stops no other. ``details`` go to the ledger.

    An application is known by run and person. What is told of it twice changes nothing; a step back is never taken.
    """
    formerly = {old: report.applicant_key for report in reports for old in report.formerly}
    recognise(session, actor, formerly)
    desk = _open(session, actor, reports, details)
    answers: list[Taken | Fault | None] = []
    for place, report in enumerate(reports):
        fault = _fault(desk, report)
        answers.append(fault)
        if fault is None and (report.run_id, report.applicant_key) not in desk.known:
            desk.made[place] = (_make(desk, report), report)
    _record(desk)
    with session.no_autoflush:  # a status and what belongs to it reach the database together
        for place, report in enumerate(reports):
            if answers[place] is None:
                answers[place] = _bring_on(desk, report, new=place in desk.made)
    session.flush()
    return [answer for answer in answers if answer is not None]


def _open(session: Session, actor: Actor, reports: Sequence[Report], details: dict[str, Any] | None) -> _Desk:
    """Runs first, then applications, each in the order of their ids: so that two writers cannot wait for each other."""
    runs = {
        run.pk: run
        for run in session.exec(
            select(Run)
            .where(col(Run.id).in_({report.run_id for report in reports}))
            .order_by(col(Run.id))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    keys = sorted({report.applicant_key for report in reports})
    known: dict[tuple[int, str], Application] = {}
    for start in range(0, len(keys), _BATCH):
        query = select(Application).where(
            col(Application.run_id).in_(runs), col(Application.applicant_key).in_(keys[start : start + _BATCH])
        )
        for application in session.exec(
            query.order_by(col(Application.id)).with_for_update().execution_options(populate_existing=True)
        ):
            known[application.run_id, application.applicant_key] = application
    numbers = {report.owner_orgnr for report in reports if report.owner_orgnr}
    owners = select(Organisation.orgnr, Organisation.id).where(
        col(Organisation.orgnr).in_(numbers), col(Organisation.kind).in_(OWNER_KINDS)
    )
    scopes = scopes_of(session, {run.offer_id for run in runs.values()})
    desk = _Desk(
        session,
        actor,
        details,
        runs,
        {run.pk: scopes[run.offer_id] for run in runs.values()},
        known,
        {number: pk for number, pk in session.exec(owners) if number and pk},
        _reasons(session),
        {},
    )
    references = sorted({_reference(desk, report) for report in reports if report.reference and report.run_id in runs})
    referenced: dict[str, Application] = {}
    for start in range(0, len(references), _BATCH):
        some = references[start : start + _BATCH]
        for application in session.exec(select(Application).where(col(Application.idempotency_key).in_(some))):
            referenced[application.idempotency_key or ""] = application
    desk.referenced = referenced
    return desk


def _reasons(session: Session) -> dict[tuple[str, str], str]:
    """(life, code or name in any language) → code."""
    found: dict[tuple[str, str], str] = {}
    query = select(Reason).where(col(Reason.life).in_(("reject", "withdraw"))).order_by(col(Reason.id))
    for reason in session.exec(query):
        for name in (reason.code, reason.name_nb, reason.name_nn, reason.name_en):
            if name:
                found.setdefault((reason.life, fold(name).casefold()), reason.code)
    return found


def _reference(desk: _Desk, report: Report) -> str:
    """An institution's own number is its own: the same number at another institution is another application."""
    owners = desk.scopes[report.run_id].organisations
    return f"{min(owners, default=0)}:{report.reference}"


def _fault(desk: _Desk, report: Report) -> Fault | None:
    run = desk.runs.get(report.run_id)
    if run is None or not desk.actor.may(Permission.APPLICATION_REPORT, desk.scopes[report.run_id]):
        return Fault(
            Sentence("Kullet finnes ikke hos dere."),
            Sentence("Kontroller koden, eller la den andre institusjonen sende raden."),
            "run_id",
        )
    today = clock.today()
    for name, day in (("status_on", report.status_on), ("applied_on", report.applied_on)):
        if day is not None and day > today:
            return Fault(Sentence("Datoen kan ikke ligge i fremtiden."), Sentence("Rett datoen."), name)
    if report.owner_orgnr and report.owner_orgnr not in desk.owners:
        return Fault(
            Sentence("Arbeidsgiveren er ikke registrert som eier."),
            Sentence(
                "Skriv organisasjonsnummeret til kommunen, fylkeskommunen eller den private eieren, eller la feltet stå tomt."
            ),
            "owner_orgnr",
        )
    if report.status in (Told.REJECTED, Told.WITHDRAWN) and not report.reason:
        return Fault(Sentence("Grunnen mangler."), Sentence("Skriv hvorfor."), "reason")
    if report.status is Told.REJECTED and ("reject", fold(report.reason or "").casefold()) not in desk.reasons:
        return Fault(
            Sentence("Grunnen til avslaget er ikke kjent."), Sentence("Bruk en av grunnene i malen."), "reason"
        )
    application = desk.known.get((report.run_id, report.applicant_key))
    named = desk.referenced.get(_reference(desk, report)) if report.reference else None
    if named is not None and named is not application:
        return Fault(
            Sentence("Søknadsnummeret er brukt for en annen søknad."),
            Sentence("Kontroller nummeret, kullet og søkeren."),
            "reference",
        )
    if application is None:
        if run.state in LOST_RUNS:
            return Fault(
                Sentence("Kullet er avlyst eller utsatt, og tar ikke imot nye søknader."),
                Sentence("Kontroller kullet."),
                "run_id",
            )
        return None
    try:
        way(application, report.status)
    except IllegalTransition:
        return Fault(
            Sentence(
                "Søknaden står som «%(now)s» i registeret og kan ikke bli «%(then)s».",
                now=_WORDS[standing_of(application)],
                then=_WORDS[report.status],
            ),
            Sentence("Rett raden, eller rett søknaden i registeret."),
            "status",
        )
    return None


_WORDS = {
    Told.RECEIVED: Sentence("søkt"),
    Told.WAITLISTED: Sentence("venteliste"),
    Told.OFFERED: Sentence("tilbudt plass"),
    Told.REJECTED: Sentence("avslag"),
    Told.ACCEPTED: Sentence("takket ja"),
    Told.DECLINED: Sentence("takket nei"),
    Told.LAPSED: Sentence("svarte ikke"),
    Told.WITHDRAWN: Sentence("trukket"),
    Told.STARTED: Sentence("møtt"),
    Told.NO_SHOW: Sentence("ikke møtt"),
    Told.COMPLETED: Sentence("fullført"),
    Told.FAILED: Sentence("ikke bestått"),
    Told.DROPPED_OUT: Sentence("avbrutt"),
    Told.DEFERRED: Sentence("utsatt"),
}


def _make(desk: _Desk, report: Report) -> Application:
    owner = desk.owners.get(report.owner_orgnr or "")
    run = desk.runs[report.run_id]
    made = Application(
        run_id=run.pk,
        applicant_key=report.applicant_key,
        owner_id=owner,
        priority=report.priority or 1,
        applied_at=_moment(report.applied_on) or clock.now(),
        endorsement=Endorsement.NOT_NEEDED if owner is None else Endorsement.PENDING,
        idempotency_key=_reference(desk, report) if report.reference else None,
        is_demo=run.is_demo,
    )
    desk.known[run.pk, report.applicant_key] = made
    desk.session.add(made)
    return made


def _record(desk: _Desk) -> None:
    """The first line of each new application's story."""
    desk.session.flush()
    for application, _ in desk.made.values():
        audit.record(
            desk.session,
            actor=desk.actor.name,
            thing="application",
            thing_id=application.pk,
            life="standing",
            event="submit",
            at=application.applied_at,
            to_state=str(Standing.OPEN),
            details=desk.details,
        )
        events.publish(desk.session, events.APPLICATION_CHANGED, str(application.pk))


def _bring_on(desk: _Desk, report: Report, *, new: bool) -> Taken | Fault:
    application = desk.known[report.run_id, report.applicant_key]
    try:
        steps = way(application, report.status)
    except IllegalTransition:  # an earlier row of the same delivery has moved it
        return Fault(
            Sentence("En tidligere rad sier noe annet om den samme søknaden."),
            Sentence("Behold den raden som er riktig."),
            "status",
        )
    for life, event in steps:
        _step(desk, application, report, life, event)
    altered = _alter(desk, application, report) or bool(steps)
    outcome: Outcome = "new" if new else "changed" if altered else "unchanged"
    return Taken(outcome, application.pk, behind=not new and standing_of(application) is not report.status)


def _step(desk: _Desk, application: Application, report: Report, life: Life, event: str) -> None:
    """One step, by the service's rights and in the name of who reports: the applicant answered in another system."""
    day = report.status_on or clock.today()
    code, text = _why(desk, report, event)
    if event == "ask":
        application.answer_by = report.answer_by or offering(desk.session).answer_by
    change(
        desk.session,
        on_behalf_of(desk.actor),
        application,
        life,
        event,
        scope=desk.scopes[application.run_id],
        at=_moment(report.status_on),
        reason_code=code,
        reason_text=text,
        details=desk.details,
    )
    if event == "reject":
        application.reject_reason = RejectReason(code or "")
    elif event == "withdraw":
        moment = _moment(report.status_on) or clock.now()
        application.withdraw_reason, application.withdrawn_at, application.displaced_at = code, moment, None
    elif application.attendance in RESULTS:
        application.result_on, application.result_credits = day, report.credits


def _why(desk: _Desk, report: Report, event: str) -> tuple[str | None, str | None]:
    """The code of a reason, and the words where they are no reason that we know."""
    words = fold(report.reason or "")
    if event == "reject":
        return desk.reasons["reject", words.casefold()], None
    if event == "withdraw":
        code = desk.reasons.get(("withdraw", words.casefold()))
        return (code, None) if code else ("other", words)
    return ("late_report", None) if event.startswith("correct_to_") else (None, None)


def _alter(desk: _Desk, application: Application, report: Report) -> bool:
    """What is told beside the status: the applicant's order, the employer, the deadline. What is left out is left alone."""
    wanted: dict[str, Any] = {"priority": report.priority, "owner_id": desk.owners.get(report.owner_orgnr or "")}
    if report.status is Told.OFFERED and standing_of(application) is Told.OFFERED:
        wanted["answer_by"] = report.answer_by
    if application.attendance in RESULTS and str(report.status) == str(application.attendance):
        wanted["result_credits"] = report.credits
    changed = {
        name: [_plain(getattr(application, name)), _plain(value)]
        for name, value in wanted.items()
        if value is not None and getattr(application, name) != value
    }
    if not changed:
        return False
    for name in changed:
        setattr(application, name, wanted[name])
    application.version += 1
    audit.record(
        desk.session,
        actor=desk.actor.name,
        thing="application",
        thing_id=application.pk,
        event="changed",
        details={**(desk.details or {}), "fields": changed},
    )
    events.publish(desk.session, events.APPLICATION_CHANGED, str(application.pk))
    return True


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else str(value)


def _moment(day: date | None) -> datetime | None:
    """The end of a past day; None for today, which is now."""
    return None if day is None or day >= clock.today() else clock.end_of_day(day)
