"""One run that was entered twice becomes one: its applications are gathered at the run that stays, as they are.

Nothing is lost and nobody is moved to another course, so this is not ``carrying``, which displaces everybody from a run that
will not be taught, makes new applications and tells the applicants. Here the same application goes over with its place in line,
its decision, its answer and its story; and all of it can be taken apart again.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.applications.models import UNSENT, Application, DecisionBatch, Relocation, RunCount
from registry.applications.operations.changing import change, hold
from registry.applications.operations.folding import fold_runs
from registry.applications.operations.places import holds_place
from registry.applications.policy import on_behalf_of
from registry.applications.states import STANDING, Answer, Attendance, Decision, Endorsement, Standing
from registry.core import audit, events
from registry.core.errors import Conflict, Refused
from registry.offers.models import Run
from registry.offers.policy import scope_of as scope_of_offer
from registry.offers.states import LOST_RUNS

_DECIDED = (Decision.REJECTED, Decision.RECEIVED, Decision.WAITLISTED, Decision.OFFERED)
_ANSWERED = (Answer.LAPSED, Answer.DECLINED, Answer.NONE, Answer.OFFERED, Answer.ACCEPTED)
_SAID = (Endorsement.NOT_NEEDED, Endorsement.PENDING)


@dataclass(frozen=True, slots=True)
class Gathering:
    """What uniting two runs would do with their applicants."""

    moved: int  #: applications that go over
    both: int  #: of them, of people who have applied to both: one application stands
    in_place: int  #: people who would hold a place
    too_many: int  #: of them, more than the run has places for
    hindered: bool  #: answers are prepared and not sent


@dataclass(frozen=True, slots=True)
class Both:
    """A person who had applied to both. ``stands`` is the application at the run that stays, ``rests`` the other."""

    stands: int
    rests: int
    swapped: bool  #: ``stands`` came from the run that went
    applied_at: tuple[str, str]  #: of ``stands``, before and after
    absorbed: bool  #: ``rests`` was open


@dataclass(slots=True)
class Gathered:
    """What was moved, so that it can be moved back: ids. ``moved`` has the version of each application when it was done."""

    moved: dict[int, int] = field(default_factory=dict)
    both: list[Both] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    relocations: list[int] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """To be kept with the merge."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Self:
        """As it was kept: JSON knows no numbers as keys, and no tuples."""
        both = [Both(**{**one, "applied_at": tuple(one["applied_at"])}) for one in kept["both"]]
        moved = {int(number): version for number, version in kept["moved"].items()}
        return cls(moved, both, kept["counts"], kept["batches"], kept["relocations"])


def would_gather(session: Session, gone: Run, kept: Run) -> Gathering:
    """Shown before anybody confirms. Changes nothing."""
    going, there = _of(session, gone), _of(session, kept)
    standing: dict[str, Application] = {one.applicant_key: one for one in there}
    for one in going:
        standing[one.applicant_key] = max(one, standing.get(one.applicant_key, one), key=_claim)
    in_place = sum(map(holds_place, standing.values()))
    return Gathering(
        moved=len(going),
        both=len(going) + len(there) - len(standing),
        in_place=in_place,
        too_many=max(0, in_place - kept.places) if kept.places is not None else 0,
        hindered=_is_prepared(session, (gone.pk, kept.pk)),
    )


def gather(session: Session, actor: Actor, gone: Run, kept: Run, moment: datetime) -> Gathered:
    """Every application of ``gone`` goes to ``kept``, with all that was said of it; so do counts, batches of letters and
    proposals to others. The caller holds both runs. Nobody gets a place and nobody loses one.

    Of a person who applied to both the application stands that has come further (``_claim``), with the earlier of the two
    times of application; the other one rests at the run that went.

    Raises NotAllowed for who may not move the runs' applicants, where there are any, and Refused while answers are prepared.
    """
    both = hold(session, _live((gone, kept)))
    there = {one.applicant_key: one for one in both if one.run_id == kept.pk}
    going = [one for one in both if one.run_id == gone.pk]
    if going:
        for run in (gone, kept):
            actor.require(Permission.RUN_CANCEL, scope_of_offer(session, run))
    if _is_prepared(session, (gone.pk, kept.pk)):
        raise Refused("Kullet har svar til søkere som er forberedt og ikke sendt. Send eller angre dem først.")
    done = Gathered()
    pairs = [(there[one.applicant_key], one) for one in going if one.applicant_key in there]
    swapped = [(mine, other) for mine, other in pairs if _claim(other) > _claim(mine)]
    alone = [one for one in going if one.applicant_key not in there]
    _swap(session, swapped)
    _put(alone, kept)
    with session.no_autoflush:
        for mine, other in pairs:
            stands, rests = (other, mine) if (mine, other) in swapped else (mine, other)
            done.both.append(_join(session, actor, stands, rests, moment, swapped=stands is other))
    session.flush()
    for one in (*alone, *(stands for _, stands in swapped)):
        _tell(session, actor, one, "united", moment, {"from": gone.key, "to": kept.key})
        done.moved[one.pk] = one.version
    done.counts = _rows_over(session, RunCount, col(RunCount.counted_on), gone, kept)
    done.relocations = _rows_over(session, Relocation, col(Relocation.application_id), gone, kept)
    done.batches = _rows_over(session, DecisionBatch, col(DecisionBatch.id), gone, kept)
    fold_runs(session, sorted((gone.pk, kept.pk)))
    return done


def scatter(session: Session, actor: Actor, gone: Run, kept: Run, done: Gathered, moment: datetime) -> int:
    """Every application goes back to the run it came from, as it is now: what has happened to it meanwhile stays. Returns of
    how many that is so. Who has applied to ``kept`` since stays there.

    The caller holds both runs. Raises NotAllowed, and Conflict where ``kept`` has been cancelled or postponed since, or one of
    the applications has gone further.
    """
    if kept.state in LOST_RUNS:
        raise Conflict("Kullet er avlyst eller utsatt siden, og søkerne har fått beskjed. Da kan ikke dette angres.")
    if done.moved or done.both:
        for run in (gone, kept):
            actor.require(Permission.RUN_CANCEL, scope_of_offer(session, run))
    ids = {*done.moved, *(number for one in done.both for number in (one.stands, one.rests))}
    held = {one.pk: one for one in hold(session, col(Application.id).in_(ids))}
    if any(held[number].run_id != kept.pk for number in done.moved):
        raise Conflict("Kullet er slått sammen med enda et siden. Angre den sammenslåingen først.")
    changed = sum(held[number].version != version for number, version in done.moved.items())
    _swap(session, [(held[one.stands], held[one.rests]) for one in done.both if one.swapped])
    swapped = {one.stands for one in done.both if one.swapped}
    _put([held[number] for number in done.moved if number not in swapped], gone)
    with session.no_autoflush:
        for one in done.both:
            _part(session, actor, held[one.stands], held[one.rests], one, moment)
    session.flush()
    for number in done.moved:
        _tell(session, actor, held[number], "divided", moment, {"from": kept.key, "to": gone.key})
    for model, moved in ((RunCount, done.counts), (Relocation, done.relocations), (DecisionBatch, done.batches)):
        session.execute(update(model).where(col(model.id).in_(moved)).values(run_id=gone.pk))
    fold_runs(session, sorted((gone.pk, kept.pk)))
    return changed


def _claim(application: Application) -> tuple[bool, int, bool, int, bool, float, int]:
    """Sorts what has come further last: open, on the course, a place taken or offered, decided, spoken for by the owner, first in line."""
    return (
        application.standing is Standing.OPEN,
        _ANSWERED.index(application.answer),
        application.attendance not in (Attendance.NONE, Attendance.ACCEPTED),
        _DECIDED.index(application.decision),
        application.endorsement not in _SAID,
        -application.applied_at.timestamp(),
        -application.pk,
    )


def _of(session: Session, run: Run) -> Sequence[Application]:
    query = select(Application).where(_live((run,))).order_by(col(Application.id))
    return session.exec(query).all()


def _live(runs: Sequence[Run]) -> ColumnElement[bool]:
    """Every application to the runs but those that another one stands for."""
    return col(Application.run_id).in_([run.pk for run in runs]) & (col(Application.standing) != Standing.ABSORBED)


def _is_prepared(session: Session, run_ids: Collection[int]) -> bool:
    query = select(DecisionBatch.id).where(col(DecisionBatch.run_id).in_(run_ids), UNSENT).limit(1)
    return session.exec(query).first() is not None


def _put(applications: Iterable[Application], run: Run) -> None:
    for one in applications:
        one.run_id = run.pk
        one.version += 1


def _swap(session: Session, pairs: Sequence[tuple[Application, Application]]) -> None:
    """Two applications of each person change runs. A run has one application of a person: one stands aside meanwhile."""
    keys = [(one, one.applicant_key) for one, _ in pairs]
    for one, key in keys:
        one.applicant_key = f"~{key[1:]}"
    session.flush()
    for one, other in pairs:
        one.run_id, other.run_id = other.run_id, one.run_id
        one.version, other.version = one.version + 1, other.version + 1
    session.flush()
    for one, key in keys:
        one.applicant_key = key
    session.flush()


def _join(
    session: Session, actor: Actor, stands: Application, rests: Application, moment: datetime, *, swapped: bool
) -> Both:
    first = min(stands.applied_at, rests.applied_at)
    told = Both(
        stands.pk,
        rests.pk,
        swapped,
        (stands.applied_at.isoformat(), first.isoformat()),
        rests.standing is Standing.OPEN,
    )
    stands.applied_at = first
    if told.absorbed:
        _step(session, actor, rests, "absorb", moment, {"into": stands.pk})
    return told


def _part(
    session: Session, actor: Actor, stands: Application, rests: Application, told: Both, moment: datetime
) -> None:
    """The place in line of each as it was. Who has withdrawn since has withdrawn both."""
    before, after = map(datetime.fromisoformat, told.applied_at)
    if stands.applied_at == after:
        stands.applied_at = before
    if not told.absorbed:
        return
    _step(session, actor, rests, "release", moment, {"from": stands.pk})
    if stands.standing is Standing.WITHDRAWN:
        rests.withdraw_reason, rests.withdrawn_at = stands.withdraw_reason, stands.withdrawn_at
        _step(session, actor, rests, "withdraw", moment, {"with": stands.pk}, stands.withdraw_reason)


def _step(
    session: Session,
    actor: Actor,
    application: Application,
    event: str,
    moment: datetime,
    details: dict[str, Any],
    reason: str | None = None,
) -> None:
    run = session.get_one(Run, application.run_id)
    change(
        session,
        on_behalf_of(actor),
        application,
        STANDING,
        event,
        scope=scope_of_offer(session, run),
        at=moment,
        reason_code=reason,
        details=details,
    )


def _tell(
    session: Session, actor: Actor, application: Application, event: str, moment: datetime, details: dict[str, Any]
) -> None:
    """A line in the application's story, and none in anybody's mail: nothing has changed for the applicant."""
    audit.record(
        session,
        actor=actor.name,
        thing="application",
        thing_id=application.pk,
        event=event,
        at=moment,
        details=details,
    )
    events.publish(session, events.APPLICATION_CHANGED, str(application.pk))


def _rows_over(session: Session, model: Any, alike: Any, gone: Run, kept: Run) -> list[int]:
    """Rows of ``gone`` that ``kept`` has nothing like: ids."""
    taken = select(alike).where(model.run_id == kept.pk)
    query = select(model.id).where(model.run_id == gone.pk, alike.not_in(taken)).order_by(col(model.id))
    moved = list(session.exec(query).all())
    session.execute(update(model).where(col(model.id).in_(moved)).values(run_id=kept.pk))
    return moved
