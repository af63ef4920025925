"""States that must not be: found and reported with what to look at, never silently mended."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from registry.applications.models import Application
from registry.applications.queries.commitments import two_places
from registry.applications.states import ATTENDANCE, LIVES, RESULTS, Answer, Attendance, Standing
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.events import OutboxRow
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import GONE_RUNS, LIVE_RUNS, OfferState, RunState

_PATIENCE = timedelta(hours=1)  # so long may a change wait for the index before somebody is told
_GRACE = timedelta(days=2)  # so long may the job that lets places lapse be late
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing in an impossible state."""

    invariant: str
    thing: str

    def __str__(self) -> str:
        return f"{self.invariant}: {self.thing}"


def more_accepted_than_places(session: Session) -> list[str]:
    """A run holds more accepted places than it has."""
    query = (
        select(Run.key)
        .join(Application, col(Application.run_id) == Run.id)
        .where(
            Application.answer == Answer.ACCEPTED, Application.standing == Standing.OPEN, col(Run.places).is_not(None)
        )
        .group_by(col(Run.id), col(Run.key), col(Run.places))
        .having(func.count() > col(Run.places))
    )
    return list(session.exec(query.limit(_SHOWN)))


def open_application_to_a_lost_run(session: Session) -> list[str]:
    """Cancelling displaces every open application; postponing carries it along; so does a run that goes into another."""
    query = (
        select(Run.key)
        .join(Application, col(Application.run_id) == Run.id)
        .where(col(Run.state).in_(GONE_RUNS), Application.standing == Standing.OPEN)
        .distinct()
    )
    return list(session.exec(query.limit(_SHOWN)))


def live_run_of_an_ended_offer(session: Session) -> list[str]:
    """A discontinued or archived offer has no live runs."""
    ended = (OfferState.DISCONTINUED, OfferState.ARCHIVED)
    query = (
        select(Run.key)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .where(col(Offer.state).in_(ended), col(Run.state).in_(LIVE_RUNS - {RunState.CLOSED, RunState.RUNNING}))
    )
    return list(session.exec(query.limit(_SHOWN)))


def offer_without_a_provider(session: Session) -> list[str]:
    """Somebody teaches every offer."""
    query = select(Offer.key).where(col(Offer.id).not_in(select(OfferProvider.offer_id)))
    return list(session.exec(query.limit(_SHOWN)))


def change_that_waits_too_long(session: Session) -> list[str]:
    """The outbox worker keeps up."""
    query = select(OutboxRow.topic, OutboxRow.key).where(
        col(OutboxRow.done_at).is_(None), OutboxRow.created_at < clock.now() - _PATIENCE
    )
    return [f"{topic} {key}" for topic, key in session.exec(query.limit(_SHOWN))]


def result_before_the_start(session: Session) -> list[str]:
    """Nobody has finished a course that begins later."""
    query = (
        select(Run.key)
        .join(Application, col(Application.run_id) == Run.id)
        .where(col(Application.attendance).in_(RESULTS), col(Application.result_on) < col(Run.starts_on))
        .distinct()
    )
    return list(session.exec(query.limit(_SHOWN)))


def result_without_a_start(session: Session) -> list[str]:
    """Who has a result has begun, as the ledger tells, or had it set right by who may."""
    begun = select(AuditEntry.id).where(
        AuditEntry.thing == "application",
        col(AuditEntry.thing_id) == Application.id,
        AuditEntry.life == ATTENDANCE.name,
        (col(AuditEntry.to_state) == Attendance.STARTED) | col(AuditEntry.event).like("correct_to_%"),
    )
    query = (
        select(Run.key)
        .join(Application, col(Application.run_id) == Run.id)
        .where(col(Application.attendance).in_(RESULTS), ~begun.exists())
        .distinct()
    )
    return list(session.exec(query.limit(_SHOWN)))


def answer_long_overdue(session: Session) -> list[str]:
    """Places that nobody answered have lapsed by the day after the deadline."""
    query = (
        select(Run.key)
        .join(Application, col(Application.run_id) == Run.id)
        .where(
            Application.answer == Answer.OFFERED,
            Application.standing == Standing.OPEN,
            col(Application.answer_by) < clock.today() - _GRACE,
        )
        .distinct()
    )
    return list(session.exec(query.limit(_SHOWN)))


def two_places_under_a_one_place_rule(session: Session) -> list[str]:
    """Nobody took a second place of a term while the rule of one place bound it; an institution may have reported one."""
    return two_places(session)[:_SHOWN]


def status_unlike_the_ledger(session: Session) -> list[str]:
    """What a row says of each of its lives is what the last line of the ledger says."""
    newest = (
        select(func.max(AuditEntry.id))
        .where(AuditEntry.thing == "application", col(AuditEntry.life).in_([life.name for life in LIVES]))
        .group_by(col(AuditEntry.thing_id), col(AuditEntry.life))
    )
    told = case({life.name: getattr(Application, life.column) for life in LIVES}, value=col(AuditEntry.life))
    query = (
        select(Run.key)
        .join(Application, col(Application.run_id) == Run.id)
        .join(AuditEntry, col(AuditEntry.thing_id) == Application.id)
        .where(col(AuditEntry.id).in_(newest), told != col(AuditEntry.to_state))
        .distinct()
    )
    return list(session.exec(query.limit(_SHOWN)))


INVARIANTS: tuple[Callable[[Session], list[str]], ...] = (
    more_accepted_than_places,
    open_application_to_a_lost_run,
    result_before_the_start,
    result_without_a_start,
    answer_long_overdue,
    two_places_under_a_one_place_rule,
    status_unlike_the_ledger,
    live_run_of_an_ended_offer,
    offer_without_a_provider,
    change_that_waits_too_long,
)


def broken(session: Session) -> list[Breach]:
    """Every breach found, at most twenty of each kind."""
    return [Breach(check.__name__, thing) for check in INVARIANTS for thing in check(session)]
