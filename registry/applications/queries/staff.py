"""What waits for an owner: its own staff's applications, by run, as their institutions will read them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func
from sqlmodel import Session, col, select

from registry.applications.models import Application
from registry.applications.queries.lists import provider_names
from registry.applications.states import UNSETTLED, Endorsement, Standing
from registry.core.paging import Page, paged
from registry.offers.models import Offer, Run
from registry.offers.states import RunState
from registry.reference.models import Organisation

_OPEN_RUNS = (RunState.PLANNED, RunState.OPEN, RunState.CLOSED, RunState.CONFIRMED)


@dataclass(frozen=True, slots=True)
class StaffRun:
    """One owner's applicants to one run, in the owner's order."""

    run: Run
    offer: Offer
    provider: str
    owner: Organisation
    applications: tuple[Application, ...]

    @property
    def pending(self) -> int:
        """How many the owner has not said anything of."""
        return sum(one.endorsement is Endorsement.PENDING for one in self.applications)


def staff_runs(session: Session, owners: frozenset[int], number: int = 1, size: int = 10) -> Page[StaffRun]:
    """Runs with applications that the owners may still speak of: what waits first, then by deadline."""
    waiting = func.sum(case((col(Application.endorsement) == Endorsement.PENDING, 1), else_=0))
    grouped = (
        select(Application.run_id, Application.owner_id, (waiting > 0).label("waits"))
        .join(Run, col(Run.id) == Application.run_id)
        .where(*_of(owners))
        .group_by(col(Application.run_id), col(Application.owner_id))
        .subquery()
    )
    query = (
        select(Run, Offer, Organisation)
        .join(grouped, grouped.c.run_id == Run.id)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .join(Organisation, col(Organisation.id) == grouped.c.owner_id)
        .order_by(
            grouped.c.waits.desc(),
            col(Run.application_closes_on).is_(None),
            col(Run.application_closes_on),
            col(Offer.sort_title),
            col(Run.id),
            col(Organisation.id),
        )
    )
    found = paged(session, query, number, size)
    providers = provider_names(session, [offer.pk for _run, offer, _owner in found.items])
    theirs = _by_run(session, owners, [run.pk for run, _offer, _owner in found.items])
    rows = [
        StaffRun(run, offer, providers.get(offer.pk, ""), owner, tuple(theirs[run.pk, owner.pk]))
        for run, offer, owner in found.items
    ]
    return Page(rows, found.number, found.size, found.total)


def _by_run(
    session: Session, owners: frozenset[int], run_ids: Sequence[int]
) -> dict[tuple[int, int | None], list[Application]]:
    query = (
        select(Application)
        .join(Run, col(Run.id) == Application.run_id)
        .where(*_of(owners), col(Application.run_id).in_(run_ids))
        .order_by(
            col(Application.owner_rank).is_(None),
            col(Application.owner_rank),
            col(Application.applied_at),
            col(Application.id),
        )
    )
    found: dict[tuple[int, int | None], list[Application]] = {}
    for one in session.exec(query):
        found.setdefault((one.run_id, one.owner_id), []).append(one)
    return found


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for one owner. ``newest`` is its staff's last application, whatever became of it."""

    owner: Organisation
    number: int
    newest: int


def waiting_for_owners(session: Session) -> list[Waiting]:
    """Owners with applications that nobody has said anything of."""
    newest = (
        select(Application.owner_id, func.max(Application.id).label("id"))
        .where(Application.endorsement != Endorsement.NOT_NEEDED)
        .group_by(col(Application.owner_id))
        .subquery()
    )
    query = (
        select(Organisation, func.count(), newest.c.id)
        .join(Application, col(Application.owner_id) == Organisation.id)
        .join(Run, col(Run.id) == Application.run_id)
        .join(newest, newest.c.owner_id == Organisation.id)
        .where(*_of(None), Application.endorsement == Endorsement.PENDING)
        .group_by(col(Organisation.id), newest.c.id)
        .order_by(col(Organisation.id))
    )
    return [Waiting(owner, number, last) for owner, number, last in session.exec(query)]


def _of(owners: frozenset[int] | None) -> tuple[ColumnElement[bool] | bool, ...]:
    mine = col(Application.owner_id).is_not(None) if owners is None else col(Application.owner_id).in_(owners)
    return (
        mine,
        Application.endorsement != Endorsement.NOT_NEEDED,
        Application.standing == Standing.OPEN,
        col(Application.decision).in_(UNSETTLED),
        col(Run.state).in_(_OPEN_RUNS),
    )
