"""Rule NATIONAL_GUARANTEE: the last offer that the whole country can reach in a small subject goes only by a recorded decision.

``install`` hands the guards to the offers' room. One is asked before every cancellation and discontinuation, before a run is put
off to another study year, and before one that is taught online no longer is. The other watches every change of what an offer is
about: its subjects, the name that they are read from, what it is made one with and taken apart from.
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from sqlmodel import Session, col, select

from registry.coordination.queries.desk.permitted import standing_decision
from registry.coordination.queries.detecting.national import (
    Carrier,
    Ground,
    carried,
    carried_terms,
    current_terms,
    last_runs,
    national_reach,
)
from registry.coordination.queries.detecting.runs import load_runs, subjects_by_offer, taught_terms
from registry.coordination.queries.reports.subjects import small_subjects
from registry.core import clock
from registry.core.errors import NeedsDecision
from registry.offers.guards import install_change_guard, install_loss_guard, remove_change_guard, remove_loss_guard
from registry.offers.models import Offer, Run
from registry.offers.states import Delivery
from registry.reference.models import Subject
from registry.rules.register import rules_on


def install() -> None:
    """From now on nothing that the guarantee covers is lost without a decision."""
    install_loss_guard(may_lose)
    install_change_guard(losing_nothing)


def remove() -> None:
    """Nothing is guarded any more."""
    remove_loss_guard(may_lose)
    remove_change_guard(losing_nothing)


def may_lose(session: Session, offer: Offer, run: Run | None = None, commit_use: bool = False) -> None:
    """Raises NeedsDecision where losing the offer, or this run of it, leaves a small subject without national reach.

    With ``commit_use`` the decision that permits the loss is marked as used: one decision permits one loss.
    """
    if commit_use:
        _one_at_a_time(session, _subjects(session, offer))
    for subject in last_of(session, offer, run):
        decision = standing_decision(session, offer.pk, subject, None if run is None else run.pk)
        if decision is None:
            raise NeedsDecision(
                "«%(title)s» er det siste tilbudet som hele landet kan nå i det lille faget %(name)s. "
                "Uten et vedtak i nettverket kan det ikke avlyses, utsettes til et annet studieår, tas av nett eller legges ned.",
                title=offer.title,
                name=_name(session, subject),
                subject=subject,
                offer=offer.key,
            )
        if commit_use:
            decision.used_at = clock.now()
            session.add(decision)


def last_of(session: Session, offer: Offer, run: Run | None = None) -> list[str]:
    """The small subjects that would lose their last offer of national reach, or their last offer at all.

    With ``run`` only that run of the offer goes: then other runs to come must carry its study year, as ``last_runs`` tells.
    """
    today = clock.today()
    rules = rules_on(session, today)
    small = small_subjects(session, today)
    mine = [code for code in _subjects(session, offer) if code in small]
    if not mine or rules["NATIONAL_GUARANTEE"] < 1:
        return []
    subjects = subjects_by_offer(session, about=mine)
    runs = load_runs(session, offers=subjects)
    known = taught_terms(session)
    if run is not None:
        return last_runs(runs, subjects, mine, rules, today, current_terms(known, today)).get(run.pk, [])
    others = [row for row in runs if row.offer_id != offer.pk]
    reach = national_reach(others, subjects, today, carried_terms(known, today))
    national = any(row.delivery is Delivery.ONLINE for row in runs if row.offer_id == offer.pk and row.counts_as_taught)
    lost = []
    for subject in mine:
        left = reach.get(subject)
        if left is None or (national and not left.national):
            lost.append(subject)
    return lost


@contextmanager
def losing_nothing(session: Session, offers: Collection[int]) -> Iterator[None]:
    """Around a change of what some offers are about. Raises NeedsDecision at its end where a small subject of theirs has nobody
    left on a ground that it stood on; a decision that permits it is marked as used.
    """
    today = clock.today()
    rules = rules_on(session, today)
    own = {code for codes in subjects_by_offer(session, offers=offers).values() for code in codes}
    mine = own & small_subjects(session, today) if rules["NATIONAL_GUARANTEE"] >= 1 else set()
    if not mine:
        yield
        return
    _one_at_a_time(session, mine)
    known = taught_terms(session)
    before = _carried(session, mine, known)
    yield
    session.flush()
    after = _carried(session, mine, known)
    for subject in sorted(mine):
        lost = [carriers for ground, carriers in before.items() if ground.subject == subject and ground not in after]
        if lost:
            _use_decision(session, subject, {carrier for carriers in lost for carrier in carriers})


def _carried(session: Session, mine: Collection[str], known: Collection[str]) -> Mapping[Ground, frozenset[Carrier]]:
    subjects = subjects_by_offer(session, about=mine)
    return carried(load_runs(session, offers=subjects), subjects, mine, clock.today(), known)


def _use_decision(session: Session, subject: str, lost: Collection[Carrier]) -> None:
    """The decision that permits the loss: of one of the offers that carried the subject, or of the only run that did."""
    offers = sorted({one.offer for one in lost})
    runs = {one.run for one in lost if one.run is not None}
    run = runs.pop() if len(runs) == 1 else None
    for offer in offers:
        decision = standing_decision(session, offer, subject, run)
        if decision is not None:
            decision.used_at = clock.now()
            session.add(decision)
            return
    found = session.get_one(Offer, offers[0])
    raise NeedsDecision(
        "«%(title)s» er det siste tilbudet som hele landet kan nå i det lille faget %(name)s. "
        "Uten et vedtak i nettverket kan det ikke flyttes ut av faget, og det kan ikke tas av nett.",
        title=found.title,
        name=_name(session, subject),
        subject=subject,
        offer=found.key,
    )


def _subjects(session: Session, offer: Offer) -> list[str]:
    return subjects_by_offer(session, offers=[offer.pk]).get(offer.pk, [])


def _one_at_a_time(session: Session, subjects: Collection[str]) -> None:
    """Two institutions that each give up one of the last two offers must see each other."""
    query = select(Subject.code).where(col(Subject.code).in_(sorted(subjects))).order_by(Subject.code)
    session.exec(query.with_for_update()).all()


def _name(session: Session, subject: str) -> str:
    return session.exec(select(Subject.name_nb).where(Subject.code == subject)).one()
