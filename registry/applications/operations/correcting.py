"""What was recorded wrongly is set right by who may, with a reason: a new line in the ledger, never a rewritten one.

A figure as of a day before the correction is still what was known that day.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlmodel import Session

from registry.access.permissions import Permission
from registry.access.policy import Actor, Scope
from registry.applications.models import Application
from registry.applications.operations.changing import change, must_be_open
from registry.applications.operations.deciding import known_reject_reason, locked
from registry.applications.operations.places import free_places, holds_place
from registry.applications.operations.waiting import fill_places
from registry.applications.policy import on_behalf_of, scope_in
from registry.applications.states import (
    ANSWER,
    ATTENDANCE,
    DECISION,
    HOLDING,
    RESULTS,
    STANDING,
    Answer,
    Attendance,
    Decision,
    RejectReason,
    Standing,
)
from registry.core import clock
from registry.core.errors import InvalidInput, Refused
from registry.core.transitions import Life
from registry.offers.models import Run
from registry.offers.operations import known_reason
from registry.offers.states import GONE_RUNS
from registry.rules.register import rules_on

Target = Decision | Answer | Attendance | Standing


@dataclass(frozen=True, slots=True)
class Why:
    """The reason of a correction: a code of life "correction", and words where the code asks for them."""

    code: str
    text: str | None = None


def correct(
    session: Session,
    actor: Actor,
    application: Application,
    to: Target,
    why: Why,
    *,
    reject_reason: RejectReason | str | None = None,
    result_on: date | None = None,
    earned: Decimal | None = None,
) -> None:
    """Brings one life to ``to``; what no longer can be of the other lives follows. A place is only given where one is free,
    and one that comes back goes to the waitlist. An offered place gets a new deadline (rule ANSWER_DAYS).

    Raises NeedsReason or InvalidInput for the reason, IllegalTransition, NotAllowed, or Refused where no place is free.
    """
    run, application = locked(session, application)
    scope = scope_in(session, run, application)
    actor.require(Permission.APPLICATION_CORRECT, scope)
    known_reason(session, "correction", why.code, why.text)
    if to in (Answer.NONE, Attendance.NONE):
        raise InvalidInput("Rett det som kom før, i stedet: da følger dette med.")
    if isinstance(to, Standing):
        if run.state in GONE_RUNS:
            raise Refused("Kullet er avlyst, utsatt eller slått sammen med et annet.")
    else:
        must_be_open(application)
    held = holds_place(application)
    correction = _Correction(session, actor, application, scope, why)
    before = application.version
    with session.no_autoflush:
        match to:
            case Decision():
                correction.decide(to, known_reject_reason(reject_reason) if to is Decision.REJECTED else None)
            case Answer():
                correction.answer(to)
            case Attendance():
                correction.attend(to, result_on, earned)
            case Standing():
                correction.reopen(to)
    if application.version == before:
        raise InvalidInput("Dette er det samme som er registrert.")
    if holds_place(application) and not held:
        _must_fit(session, run)
    session.flush()
    if held and not holds_place(application):
        fill_places(session, run)


def _must_fit(session: Session, run: Run) -> None:
    """Asked before the flush: the database does not count this one yet."""
    with session.no_autoflush:
        free = free_places(session, run)
    if free is not None and free < 1:
        raise Refused("Det er ingen ledige plasser.")


@dataclass(frozen=True, slots=True)
class _Correction:
    """One correction in the making: each step is a line in the ledger with the same reason."""

    session: Session
    actor: Actor
    application: Application
    scope: Scope
    why: Why

    def decide(self, to: Decision, reject_reason: RejectReason | None) -> None:
        row = self.application
        DECISION.find(f"correct_to_{to}", row.decision)
        self.answer(Answer.NONE)
        self._step(DECISION, to, reason_code=reject_reason)
        row.reject_reason = reject_reason
        if to is Decision.OFFERED:
            self._ask(lambda details: self._follow(ANSWER, "ask", details))

    def answer(self, to: Answer) -> None:
        row = self.application
        if row.answer is to:
            return
        ANSWER.find(f"correct_to_{to}", row.answer)
        if to is not Answer.ACCEPTED:
            self.attend(Attendance.NONE)
        if to is Answer.OFFERED:
            self._ask(lambda details: self._step(ANSWER, to, details))
        else:
            self._step(ANSWER, to)
        if to is Answer.ACCEPTED:
            self._follow(ATTENDANCE, "enrol")

    def attend(self, to: Attendance, result_on: date | None = None, earned: Decimal | None = None) -> None:
        row = self.application
        if row.attendance is to:
            return
        if to is not Attendance.NONE and row.answer is not Answer.ACCEPTED:
            raise Refused("Søkeren har ikke takket ja til plassen.")
        if earned is not None and not 0 <= earned <= 300:
            raise InvalidInput("Studiepoeng må være mellom 0 og 300.", earned=str(earned))
        if result_on is not None and result_on > clock.today():
            raise InvalidInput("Datoen kan ikke ligge i fremtiden.")
        self._step(ATTENDANCE, to)
        row.result_on = (result_on or clock.today()) if to in RESULTS else None
        row.result_credits = earned if to in RESULTS else None

    def reopen(self, to: Standing) -> None:
        self._step(STANDING, to)
        self.application.withdraw_reason = self.application.withdrawn_at = None
        row = self.application
        if row.answer in HOLDING and row.attendance is Attendance.NONE:
            self._deadline()

    def _ask(self, step: Callable[[dict[str, str]], None]) -> None:
        step({"answer_by": self._deadline().isoformat()})

    def _deadline(self) -> date:
        days = int(rules_on(self.session, clock.today())["ANSWER_DAYS"])
        self.application.answer_by = clock.today() + timedelta(days=days)
        return self.application.answer_by

    def _step(
        self, life: Life, to: Target, details: dict[str, str] | None = None, reason_code: str | None = None
    ) -> None:
        """A rejection keeps its own reason in its place; the correction's is told beside it."""
        told = {"correction": self.why.code, **(details or {})}
        change(
            self.session,
            self.actor,
            self.application,
            life,
            f"correct_to_{to}",
            scope=self.scope,
            reason_code=reason_code or self.why.code,
            reason_text=self.why.text,
            details=told,
        )

    def _follow(self, life: Life, event: str, details: dict[str, str] | None = None) -> None:
        service = on_behalf_of(self.actor)
        told = {"correction": self.why.code, **(details or {})}
        change(self.session, service, self.application, life, event, scope=self.scope, details=told)
