"""Detection of what has changed: an edited offer shows its new overlaps at once, at the cost of its neighbours.

Everything else that a detection finds (small subjects, runs at risk, the ranking of pairs by new applicants) waits for the next
full one, which also confirms this.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from registry.access.policy import Actor
from registry.coordination import kept
from registry.coordination.consequence import Side
from registry.coordination.detection import cases, pairs, risks
from registry.coordination.detection.country import Country
from registry.coordination.detection.pairs import Changes, Stands
from registry.coordination.models import Case, CaseMember, Detection, Pair
from registry.coordination.operations.reviewing import review_cases, review_decisions
from registry.coordination.queries.applicants import known_applicants
from registry.coordination.queries.board import all_terms
from registry.coordination.queries.landscape import profile_key
from registry.coordination.queries.runs import load_runs, sides
from registry.coordination.queries.said import Said, said
from registry.coordination.queries.subjects import small_subjects
from registry.coordination.states import WITHIN_REACH, PairKind, Reach
from registry.core import clock, locks
from registry.core.db import Database
from registry.offers.models import Offer, Run
from registry.rules.register import RuleSet, rules_on

MANY = 100  #: offers; more than this at once are a delivery, and the next full detection takes them


@dataclass(frozen=True, slots=True)
class _Edge:
    """An overlap as the table has it."""

    a_offer_id: int
    b_offer_id: int
    score: float
    reach: Reach
    terms: list[str]
    kind: PairKind = PairKind.OVERLAP


def detect_changed(
    database: Database, actor: Actor, keys: Collection[str], *, today: date | None = None
) -> Changes | None:
    """Bring pairs, cases and decisions in step with some changed offers, named by their own keys or a run's.

    None where nothing is done: before the first detection, where nobody knows the keys, and for very many at once.
    Doing it again, late or twice changes nothing more.
    """
    day = today or clock.today()
    with database.read() as session:
        offers = _named(session, keys)
        if not 0 < len(offers) <= MANY or session.exec(select(Detection.id).limit(1)).first() is None:
            return None
        rules = rules_on(session, day)
        with kept.country(session, rules):
            pass  # made, if need be, before anybody has to wait for the writing
    with database.write() as session:
        locks.hold(session, locks.Lock.DETECTION)
        with kept.country(session, rules, offers) as country:
            return _Following(session, actor, country, rules, day).follow(offers)


def _named(session: Session, keys: Collection[str]) -> set[int]:
    wanted = list(keys)
    by_run = select(Run.offer_id).where(col(Run.key).in_(wanted))
    found = session.exec(select(Offer.id).where(col(Offer.key).in_(wanted) | col(Offer.id).in_(by_run)))
    return {one for one in found if one is not None}


@dataclass(slots=True)
class _Following:
    session: Session
    actor: Actor
    country: Country
    rules: RuleSet
    today: date

    def follow(self, offers: set[int]) -> Changes:
        session, keys = self.session, [profile_key(one) for one in sorted(offers)]
        newest = session.exec(select(Detection.id).order_by(col(Detection.id).desc()).limit(1)).one() or 0
        near = self.country.overlaps_of(keys)
        circle, duplicates = self.country.duplicates_round(keys)
        stood = _standing(session, offers, {int(key) for key in circle})
        touched = {one for pair in (*near, *duplicates) for one in (pair.a_offer_id, pair.b_offer_id)}
        wanted = cases.terms_in_question(all_terms(session), self.today)
        about = self._sides(touched)
        small = small_subjects(session, self.today)
        found = pairs.weigh([*near, *duplicates], self.country.taught, about, small, wanted)
        changes = pairs.store_pairs(session, found, newest, self.today, among=stood)
        if not (changes.new or changes.changed or changes.gone):
            return changes
        overlaps = [pair for pair in stood if pair.kind is PairKind.OVERLAP]
        around = offers | {one for pair in overlaps for one in (pair.a, pair.b)} | touched
        met: list[list[str]] = [pair.terms for pair in overlaps] + [pair.terms for pair in near]
        terms = {term for when in met for term in when}.intersection(wanted)
        self._cluster(around, terms, small, newest)
        review_decisions(session, self.actor, self.country.profile, sorted(offers))
        review_cases(session, self.actor, _cases_with(session, around))
        return changes

    def _cluster(self, around: set[int], terms: set[str], small: frozenset[str], newest: int) -> None:
        """Groups of the offers around, and of all whom these pull along: no group reaches further than that."""
        bound = said(self.session)
        together, edges = _pulled(self.session, around, terms, self.rules["CLU_NEUTRAL"], bound)
        numbers = pairs.matching_rules(self.rules)
        about = self._sides({one for edge in edges for one in (edge.a_offer_id, edge.b_offer_id)})
        groups = cases.find_groups(edges, self.country.taught, about, small, numbers, terms, bound)
        looked_at = self.session.exec(
            select(Case)
            .where(
                col(Case.term).in_(terms),
                col(Case.id).in_(select(CaseMember.case_id).where(col(CaseMember.offer_id).in_(together))),
            )
            .order_by(col(Case.id))
        ).all()
        keys = dict(self.session.exec(select(Offer.id, Offer.key).where(col(Offer.id).in_(together))).all())
        cases.store_cases(
            self.session,
            self.actor,
            groups,
            lambda one: keys.get(one) or self.session.get_one(Offer, one).key,
            wanted=terms,
            looked_at=list(looked_at),
            detection_id=newest,
            today=self.today,
        )

    def _sides(self, offers: Iterable[int]) -> Mapping[tuple[int, str], Side]:
        runs = load_runs(self.session, offers=list(offers))
        return sides(runs, known_applicants(self.session, runs), self.rules[risks.LOW_RUN])


def _standing(session: Session, offers: set[int], circle: set[int]) -> list[Stands]:
    """The overlaps of the offers and the duplicates of their circle, also those that are gone."""
    overlap, duplicate = col(Pair.kind) == PairKind.OVERLAP, col(Pair.kind) == PairKind.DUPLICATE
    return list(
        {
            row.id: row
            for column in (Pair.a_offer_id, Pair.b_offer_id)
            for row in (
                *pairs.standing(session, overlap, col(column).in_(offers)),
                *pairs.standing(session, duplicate, col(column).in_(circle)),
            )
        }.values()
    )


def _pulled(
    session: Session, around: set[int], terms: set[str], neutral: float, bound: Said
) -> tuple[set[int], list[_Edge]]:
    """Everybody that some offers are pulled together with, directly or through others, and every overlap among them.

    Offers whose overlap is at most neutral never draw each other into a group, so nobody else can matter.
    """
    tied: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in bound.together:
        tied[int(a)].add(int(b))
        tied[int(b)].add(int(a))
    reached, new = set(around), set(around)
    edges: dict[tuple[int, int], _Edge] = {}
    while new:
        for edge in _edges_of(session, new, terms):
            edges[edge.a_offer_id, edge.b_offer_id] = edge
        pulled = {one for pair, edge in edges.items() if edge.score > neutral for one in pair}
        new = (pulled | {other for one in new for other in tied.get(one, ())}) - reached
        reached |= new
    return reached, [edge for (a, b), edge in edges.items() if a in reached and b in reached]


def _edges_of(session: Session, offers: set[int], terms: set[str]) -> Iterable[_Edge]:
    columns: tuple[Any, ...] = (Pair.a_offer_id, Pair.b_offer_id, Pair.score, Pair.reach, Pair.terms)
    for column in (Pair.a_offer_id, Pair.b_offer_id):
        query = sa.select(*columns).where(
            col(column).in_(offers),
            col(Pair.kind) == PairKind.OVERLAP,
            col(Pair.gone_on).is_(None),
            col(Pair.reach).in_(WITHIN_REACH),
        )
        for row in session.execute(query):
            if terms.intersection(row.terms):
                yield _Edge(*row)


def _cases_with(session: Session, offers: set[int]) -> list[int]:
    return list(session.exec(select(CaseMember.case_id).where(col(CaseMember.offer_id).in_(offers)).distinct()))
