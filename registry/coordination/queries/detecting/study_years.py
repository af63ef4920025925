"""What each study year saw of each subject: who taught it, and how many started where figures exist."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col, select

from registry.coordination.queries.detecting.applicants import starters
from registry.coordination.queries.detecting.runs import RunRow, known_terms, load_runs, subjects_by_offer
from registry.coordination.smallsubjects import CycleFacts, cycle_of
from registry.core import terms
from registry.core.table import columns_of
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import GONE_RUNS
from registry.reference.models import Organisation, Subject


def leaf_subjects(session: Session) -> dict[str, str]:
    """Code -> name of the subjects that have no others below them."""
    parents = set(session.exec(select(Subject.parent_code).distinct()))
    return {code: name for code, name in session.exec(select(Subject.code, Subject.name_nb)) if code not in parents}


def subject_facts(
    session: Session, today: date, runs: Iterable[RunRow] | None = None, about: Collection[str] | None = None
) -> dict[str, list[CycleFacts]]:
    """Leaf subject -> facts of each study year until the present one; a subject that nobody has taught is not there.

    ``about``: of these subjects alone, at the cost of what is taught in them.
    Starters count for a finished or running year only where at least half of the runs have figures: a part would mislead.
    """
    leaves = leaf_subjects(session)
    subjects = subjects_by_offer(session, about=about)
    rows = load_runs(session, offers=None if about is None else subjects) if runs is None else runs
    institutions = _institutions(session)
    begun = starters(session, today, None if about is None else {run.id for run in rows})
    present = cycle_of(terms.of(today))
    who: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
    taught: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for run in rows:
        cycle = cycle_of(run.term)
        if not run.counts_as_taught or cycle > present:
            continue
        for subject in subjects.get(run.offer_id, ()):
            if subject in leaves:
                who[subject, cycle].update(institutions.get(run.offer_id, ()))
                taught[subject, cycle].append(run.id)
    is_over = {cycle: terms.last_day(f"{cycle + 1}V") < today for _, cycle in who}
    found: defaultdict[str, list[CycleFacts]] = defaultdict(list)
    for (subject, cycle), names in sorted(who.items()):
        number = _number(taught[subject, cycle], begun) if is_over[cycle] else None
        found[subject].append(CycleFacts(cycle, frozenset(names), number))
    return dict(found)


def newest_study_year(session: Session, today: date) -> int:
    """The newest until the present one in which anything is taught; 0 where nothing is."""
    run, offer, present = columns_of(Run), columns_of(Offer), cycle_of(terms.of(today))
    for term in sorted(known_terms(session), key=terms.sort_key, reverse=True):
        taught = sa.select(run.id).where(
            run.term == term, run.state.not_in(GONE_RUNS), run.left_feed_on.is_(None), offer.id == run.offer_id
        )
        if cycle_of(term) <= present and session.execute(taught.where(offer.is_container.is_(False)).limit(1)).first():
            return cycle_of(term)
    return 0


def _number(runs: list[int], begun: Mapping[int, int]) -> int | None:
    known = [begun[run] for run in runs if run in begun]
    return sum(known) if known and len(known) * 2 >= len(runs) else None


def _institutions(session: Session) -> dict[int, set[str]]:
    """Names by offer; the partners of a joint offer are one institution: the leading one."""
    query = (
        select(OfferProvider.offer_id, Organisation.name_nb)
        .join(Organisation, col(Organisation.id) == col(OfferProvider.organisation_id))
        .where(col(OfferProvider.leads).is_(True))
    )
    found: defaultdict[int, set[str]] = defaultdict(set)
    for offer_id, name in session.exec(query):
        found[offer_id].add(name)
    return found
