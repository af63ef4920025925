"""What people have decided of overlaps, as far as it binds offers together in cases or keeps them apart."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from registry.coordination.models import Case, CaseMember, Decision, Pair
from registry.coordination.queries.desk.proposals import waiting_pairs
from registry.coordination.queries.detecting.landscape import offer_id_of, profile_key
from registry.coordination.states import CaseState, PairKind, Verdict
from registry.matching.clusters import tied

Edge = tuple[str, str]  #: profile keys, the lesser first


@dataclass(frozen=True, slots=True)
class Said:
    """Standing decisions that both sides hold to: what is to be coordinated stays in one case, what is kept for
    different needs pulls nobody together. A case that is decided stays as it is.
    """

    together: frozenset[Edge] = frozenset()
    apart: frozenset[Edge] = frozenset()
    settled: Mapping[tuple[str, str], list[frozenset[str]]] = field(default_factory=dict)  #: (region, term) -> offers

    def within(self, edges: Collection[Edge], region: str, term: str) -> tuple[list[Edge], list[Edge]]:
        """The decisions about the overlaps of a region and term. Where two cannot both hold, that to coordinate does."""
        together = sorted(edge for edge in self.together if edge in edges)
        settled = self.settled.get((region, term), [])
        apart = (edge for edge in self.apart if edge in edges and not any(case.issuperset(edge) for case in settled))
        home = tied({}, together)
        return together, sorted(edge for edge in apart if home.get(edge[0], edge[0]) != home.get(edge[1], edge[1]))


def said(session: Session, pairs: Collection[int] | None = None) -> Said:
    """What stands now; ``pairs``: only of these."""
    query = (
        select(Pair.id, Pair.a_offer_id, Pair.b_offer_id, Decision.verdict)
        .join(Pair, col(Pair.id) == col(Decision.pair_id))
        .where(
            Pair.kind == PairKind.OVERLAP,
            col(Decision.superseded_at).is_(None),
            col(Decision.verdict).in_((Verdict.COORDINATE, Verdict.KEEP_BOTH)),
        )
    )
    if pairs is not None:
        query = query.where(col(Decision.pair_id).in_(pairs))
    waiting = waiting_pairs(session, pairs)
    found: dict[Verdict, set[Edge]] = {Verdict.COORDINATE: set(), Verdict.KEEP_BOTH: set()}
    for pair_id, a, b, verdict in session.exec(query):
        if pair_id not in waiting:
            found[Verdict(verdict)].add((profile_key(a), profile_key(b)))
    settled = _settled(session, found[Verdict.KEEP_BOTH], everywhere=pairs is None)
    return Said(frozenset(found[Verdict.COORDINATE]), frozenset(found[Verdict.KEEP_BOTH]), settled)


def _settled(session: Session, apart: set[Edge], *, everywhere: bool) -> dict[tuple[str, str], list[frozenset[str]]]:
    """The decided cases, or those of them that hold an offer of one of the pairs; none where nothing is kept apart."""
    if not apart:
        return {}
    query = (
        select(Case.id, Case.region, Case.term, CaseMember.offer_id)
        .join(CaseMember, col(CaseMember.case_id) == col(Case.id))
        .where(Case.state == CaseState.DECIDED)
    )
    if not everywhere:
        offers = {offer_id_of(key) for edge in apart for key in edge}
        holding = select(CaseMember.case_id).where(col(CaseMember.offer_id).in_(offers))
        query = query.where(col(Case.id).in_(holding))
    members: defaultdict[tuple[int, str, str], set[str]] = defaultdict(set)
    for case_id, region, term, offer_id in session.exec(query):
        members[case_id or 0, region or "", term].add(profile_key(offer_id))
    found: defaultdict[tuple[str, str], list[frozenset[str]]] = defaultdict(list)
    for (_, region, term), offers_of in members.items():
        found[region, term].append(frozenset(offers_of))
    return found
