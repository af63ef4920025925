"""Rule NATIONAL_GUARANTEE: the last offer that the whole country can reach in a small subject goes only by a recorded decision.

``install`` hands the guard to the offers' room, which asks it before every cancellation and discontinuation, before a run is put
off to another study year, and before one that is taught online no longer is.
"""

from sqlmodel import Session, col, select

from registry.coordination.queries.desk.permitted import standing_decision
from registry.coordination.queries.detecting.national import carried_terms, current_terms, last_runs, national_reach
from registry.coordination.queries.detecting.runs import load_runs, subjects_by_offer, taught_terms
from registry.coordination.queries.reports.subjects import small_subjects
from registry.core import clock
from registry.core.errors import NeedsDecision
from registry.offers.guards import install_loss_guard
from registry.offers.models import Offer, Run
from registry.offers.states import Delivery
from registry.reference.models import Subject
from registry.rules.register import rules_on


def install() -> None:
    """From now on nothing that the guarantee covers is lost without a decision."""
    install_loss_guard(may_lose)


def may_lose(session: Session, offer: Offer, run: Run | None = None, commit_use: bool = False) -> None:
    """Raises NeedsDecision where losing the offer, or this run of it, leaves a small subject without national reach.

    With ``commit_use`` the decision that permits the loss is marked as used: one decision permits one loss.
    """
    if commit_use:
        _one_at_a_time(session, offer)
    for subject in last_of(session, offer, run):
        decision = standing_decision(session, offer.pk, subject, None if run is None else run.pk)
        if decision is None:
            name = session.exec(select(Subject.name_nb).where(Subject.code == subject)).one()
            raise NeedsDecision(
                "«%(title)s» er det siste tilbudet som hele landet kan nå i det lille faget %(name)s. "
                "Uten et vedtak i nettverket kan det ikke avlyses, utsettes til et annet studieår, tas av nett eller legges ned.",
                title=offer.title,
                name=name,
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


def _subjects(session: Session, offer: Offer) -> list[str]:
    return subjects_by_offer(session, offers=[offer.pk]).get(offer.pk, [])


def _one_at_a_time(session: Session, offer: Offer) -> None:
    """Two institutions that each give up one of the last two offers must see each other."""
    mine = sorted(_subjects(session, offer))
    session.exec(select(Subject.code).where(col(Subject.code).in_(mine)).order_by(Subject.code).with_for_update()).all()
