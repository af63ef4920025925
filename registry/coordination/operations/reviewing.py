"""Decisions and cases looked at again: what stands as long as the data stand, and what must be asked anew."""

from collections import defaultdict
from collections.abc import Iterable

from sqlmodel import Session, col, select

from registry.access.policy import EVERYTHING, Actor
from registry.coordination.models import Case, CaseMember, Decision, Pair
from registry.coordination.queries.deciding import changes_between, deciding_fields
from registry.coordination.queries.landscape import Landscape, profile_key
from registry.coordination.states import CASE, WITHIN_REACH, CaseState, PairKind
from registry.core import audit, clock, transitions
from registry.offers.models import Offer


def review_decisions(session: Session, actor: Actor, landscape: Landscape) -> int:
    """Supersede decisions made on data that have changed since, with what changed. Returns how many."""
    query = (
        select(Decision, Pair)
        .join(Pair, col(Pair.id) == col(Decision.pair_id))
        .where(
            col(Decision.superseded_at).is_(None),
            col(Pair.gone_on).is_(None),
            col(Decision.fingerprint) != col(Pair.fingerprint),
        )
        .execution_options(populate_existing=True)
    )
    found = session.exec(query).all()
    for decision, pair in found:
        now = {
            str(offer_id): deciding_fields(landscape.by_key[profile_key(offer_id)])
            for offer_id in (pair.a_offer_id, pair.b_offer_id)
            if profile_key(offer_id) in landscape.by_key
        }
        decision.superseded_at, decision.superseded_reason = clock.now(), "data_changed"
        decision.changes = changes_between(decision.deciding, now)
        audit.record(
            session,
            actor=actor.name,
            thing="pair",
            thing_id=pair.pk,
            event="reopen",
            reason_code="data_changed",
            details={"decision": decision.pk, "changes": decision.changes},
        )
    session.flush()
    return len(found)


def review_cases(session: Session, actor: Actor, case_ids: Iterable[int] | None = None) -> None:
    """A case is decided when every pair in it is; it opens again when one of them no longer is."""
    query = select(Case).where(Case.state != CaseState.CLOSED).order_by(col(Case.id))
    chosen = query if case_ids is None else query.where(col(Case.id).in_(list(case_ids)))
    cases = session.exec(chosen.with_for_update()).all()  # the decisions below are read after others' have come in
    members: defaultdict[int, set[int]] = defaultdict(set)
    for case_id, offer_id in session.exec(select(CaseMember.case_id, CaseMember.offer_id)):
        members[case_id].add(offer_id)
    decided = set(session.exec(select(Decision.pair_id).where(col(Decision.superseded_at).is_(None))))
    if not decided and all(case.state is CaseState.OPEN for case in cases):
        return
    edges = _edges(session)
    keys = dict(session.exec(select(Offer.id, Offer.key)).all())
    for case in cases:
        inside = _inside(case, members[case.pk], edges)
        done = bool(inside) and inside <= decided
        if done and case.state is not CaseState.DECIDED:
            event, reason = "decide", None
        elif not done and case.state is CaseState.DECIDED:
            event, reason = "reopen", "undecided_pair"
        else:
            continue
        transitions.apply(
            session, actor, case, CASE, event, scope=EVERYTHING, key=keys[case.core_offer_id], reason_code=reason
        )
        case.version += 1


def _edges(session: Session) -> dict[int, list[tuple[int, int, frozenset[str]]]]:
    """Offer -> (pair, other offer, terms) of the overlaps that people can choose between."""
    query = select(Pair.id, Pair.a_offer_id, Pair.b_offer_id, Pair.terms).where(
        Pair.kind == PairKind.OVERLAP, col(Pair.gone_on).is_(None), col(Pair.reach).in_(WITHIN_REACH)
    )
    found: defaultdict[int, list[tuple[int, int, frozenset[str]]]] = defaultdict(list)
    for pair_id, a, b, when in session.exec(query):
        found[a].append((pair_id or 0, b, frozenset(when)))
    return found


def _inside(case: Case, members: set[int], edges: dict[int, list[tuple[int, int, frozenset[str]]]]) -> set[int]:
    return {
        pair_id
        for offer_id in members
        for pair_id, other, when in edges.get(offer_id, ())
        if other in members and case.term in when
    }
