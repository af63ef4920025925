"""The applicant answers an offered place, or leaves. A place that comes back goes to the waitlist in the same transaction."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.applications.commitment import RuleKind
from registry.applications.models import Application
from registry.applications.operations.changing import change, must_be_open
from registry.applications.operations.deciding import locked
from registry.applications.operations.places import holds_place
from registry.applications.operations.waiting import fill_places
from registry.applications.policy import on_behalf_of, scope_in
from registry.applications.queries.commitments import bond, held_places
from registry.applications.states import ANSWER, ATTENDANCE, HOLDING, STANDING, Attendance, Standing
from registry.core import clock
from registry.core.errors import InvalidInput, Refused
from registry.offers.models import Offer, Run
from registry.offers.operations import known_reason, lock_run

N_ = str  # marks a msgid for extraction
_MAY_LEAVE = frozenset({Attendance.NONE, Attendance.ACCEPTED})


class Committed(Refused):
    """A rule of commitment stands between the applicant and the place, until they give up another."""


def accept(
    session: Session, actor: Actor, application: Application, *, giving_up: Collection[int] = ()
) -> list[Application]:
    """Takes the place. ``giving_up`` names the person's other applications in the term that they let go for it; they are
    returned, withdrawn.

    Raises Refused after the deadline, Committed where a rule of commitment allows no further place in the term beside those
    that the person keeps, InvalidInput for an application that cannot be given up.
    """
    own = Application.applicant_key == application.applicant_key  # nobody holds up runs that are none of theirs
    known = select(Application.run_id).where(own, col(Application.id).in_({application.pk, *giving_up}))
    for run_id in sorted(session.exec(known)):
        lock_run(session, run_id)  # in one order, so that two who accept crosswise do not wait for each other
    run = session.get_one(Run, application.run_id)
    theirs = _theirs(session, application, run.term, giving_up)
    application = theirs.pop(application.pk)
    scope = scope_in(session, run, application)
    actor.require(Permission.APPLICATION_ANSWER, scope)
    must_be_open(application)
    ANSWER.find("accept", application.answer)
    _in_time(application)
    if not set(giving_up) <= set(theirs):
        raise InvalidInput("Du kan bare gi fra deg egne plasser i samme semester.")
    _unhindered(session, application, run, giving_up)
    with session.no_autoflush:
        change(session, actor, application, ANSWER, "accept", scope=scope)
        change(session, actor, application, ATTENDANCE, "enrol", scope=scope)
    session.flush()
    let_go = [theirs[one] for one in sorted(set(giving_up))]
    for other in let_go:
        withdraw(session, on_behalf_of(actor), other, "commitment_rule")
    return let_go


def decline(session: Session, actor: Actor, application: Application, reason_code: str | None = None) -> None:
    """Says no to the place, which goes to who is next. A reason is welcome, not required."""
    run, application = locked(session, application)
    scope = scope_in(session, run, application)
    must_be_open(application)
    if reason_code:
        known_reason(session, "decline", reason_code, reason_code)
    change(session, actor, application, ANSWER, "decline", scope=scope, reason_code=reason_code)
    session.flush()
    fill_places(session, run)


def lapse(session: Session, actor: Actor, application: Application) -> None:
    """The deadline passed without an answer; the place goes to who is next. Raises Refused before it has."""
    run, application = locked(session, application)
    scope = scope_in(session, run, application)
    must_be_open(application)
    ANSWER.find("lapse", application.answer)
    if application.answer_by is not None and application.answer_by >= clock.today():
        raise Refused("Svarfristen er ikke ute.")
    change(session, actor, application, ANSWER, "lapse", scope=scope)
    session.flush()
    fill_places(session, run)


def withdraw(
    session: Session, actor: Actor, application: Application, reason_code: str, reason_text: str | None = None
) -> None:
    """The applicant leaves, before the course has begun. Raises NeedsReason, InvalidInput, Refused."""
    run, application = locked(session, application)
    scope = scope_in(session, run, application)
    STANDING.find("withdraw", application.standing)
    if application.attendance not in _MAY_LEAVE:
        raise Refused("Studiet har begynt. Be institusjonen om å registrere at du slutter.")
    known_reason(session, "withdraw", reason_code, reason_text)
    frees = holds_place(application)
    moment = clock.now()
    with session.no_autoflush:
        change(
            session,
            actor,
            application,
            STANDING,
            "withdraw",
            scope=scope,
            at=moment,
            reason_code=reason_code,
            reason_text=reason_text,
        )
        application.withdraw_reason, application.withdrawn_at, application.displaced_at = reason_code, moment, None
    session.flush()
    if frees:
        fill_places(session, run)


def _theirs(
    session: Session, application: Application, term: str, giving_up: Collection[int]
) -> dict[int, Application]:
    """The person's open applications in the term that hold a place or are to be given up, and this one, locked: two of
    their answers at the same time see each other.
    """
    ours = col(Application.id).in_({application.pk, *giving_up})
    query = (
        select(Application)
        .join(Run, col(Run.id) == Application.run_id)
        .where(
            Application.applicant_key == application.applicant_key,
            Run.term == term,
            (col(Application.id) == application.pk) | (Application.standing == Standing.OPEN),
            col(Application.answer).in_(HOLDING) | ours,
        )
        .order_by(col(Application.id))
        .with_for_update(of=Application)
        .execution_options(populate_existing=True)
    )
    return {one.pk: one for one in session.exec(query)}


def _unhindered(session: Session, application: Application, run: Run, giving_up: Collection[int]) -> None:
    bound = bond(session, run.term)
    if bound.free:
        return
    held = held_places(session, application.applicant_key, run.term)
    kept = [one for one in held if one.application_id not in giving_up]
    more = session.get_one(Offer, run.offer_id).credits
    match bound.hinders(kept, more):
        case RuleKind.ONE_PLACE:
            raise Committed(
                N_("Du har takket ja til «%(title)s» og kan ha én plass per semester. Velg hvilken du vil ha."),
                title=kept[0].title,
            )
        case RuleKind.MOST_CREDITS:
            raise Committed(
                N_("Du kan ta høyst %(limit)s studiepoeng per semester. Med denne plassen blir det %(sum)s."),
                limit=_written(bound.most_credits or 0),
                sum=_written(sum(one.credits for one in kept) + float(more or 0)),
            )
        case _:
            return


def _written(number: float) -> str:
    return f"{number:g}".replace(".", ",")


def _in_time(application: Application) -> None:
    if application.answer_by is not None and application.answer_by < clock.today():
        raise Refused("Svarfristen er ute.")
