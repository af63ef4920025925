"""Detection of what has changed: an edited offer shows its new overlaps at once, at the cost of its neighbours.

Everything else that a detection finds waits for the next full one, which also confirms this: small subjects and the ranking of
pairs by new applicants. Its runs are judged in ``judging``.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from registry.access.policy import Actor
from registry.coordination import country_cache
from registry.coordination.consequence import Side
from registry.coordination.detection import cases, pairs, risks
from registry.coordination.detection.country import Country
from registry.coordination.detection.pairs import Changes
from registry.coordination.models import Case
from registry.coordination.operations.reviewing import review_cases, review_decisions
from registry.coordination.queries.desk.cases_around import Standing, cases_around
from registry.coordination.queries.detecting.applicants import known_applicants
from registry.coordination.queries.detecting.decisions import Said, said
from registry.coordination.queries.detecting.entangled import pulled_together
from registry.coordination.queries.detecting.flags_beside import (
    duplicates_beside,
    is_decided_about,
    newest_detection,
)
from registry.coordination.queries.detecting.landscape import offer_id_of, profile_key
from registry.coordination.queries.detecting.runs import known_terms, load_runs, sides
from registry.coordination.queries.detecting.touched_runs import offers_named
from registry.coordination.queries.reports.subjects import small_subjects
from registry.coordination.states import PairKind
from registry.core import clock, locks
from registry.core.db import Database
from registry.core.table import columns_of
from registry.offers.models import Offer
from registry.rules.register import RuleSet, rules_on

MANY: Final = 500  #: offers; more than this at once are a delivery, and the next full detection takes them
_WRITTEN: Final = 100  # offers in one transaction: nobody else may write for as long as it takes
_NOTHING = Changes(0, 0, 0, 0)


def detect_changed(
    database: Database, actor: Actor, keys: Collection[str], *, today: date | None = None
) -> Changes | None:
    """Bring pairs, cases and decisions in step with some changed offers, named by their own keys or a run's.

    None where nothing is done: before the first detection, where nobody knows the keys, and for very many at once.
    Doing it again, late or twice changes nothing more.
    """
    day = today or clock.today()
    with database.read() as session:
        offers = offers_named(session, keys)
        if not 0 < len(offers) <= MANY or not newest_detection(session):
            return None
        rules = rules_on(session, day)
        # Read, and made if need be, before anybody has to wait for the writing.
        with country_cache.country(session, rules, offers) as country:
            touched = country.is_touched(map(profile_key, offers)) or country_cache.unknown_before(session, offers)
            if not touched and not is_decided_about(session, offers):
                return _NOTHING
    some = sorted(offers)
    parts = [set(some[start : start + _WRITTEN]) for start in range(0, len(some), _WRITTEN)]
    return sum((_written(database, actor, part, rules, day) for part in parts), _NOTHING)


def _written(database: Database, actor: Actor, offers: set[int], rules: RuleSet, day: date) -> Changes:
    with database.write() as session:
        locks.hold(session, locks.Lock.DETECTION)
        with country_cache.country(session, rules) as country:
            changes = _Following(session, actor, country, rules, day).follow(offers)
            remember = country_cache.judged(session, offers)
    remember()
    return changes


@dataclass(slots=True)
class _Following:
    session: Session
    actor: Actor
    country: Country
    rules: RuleSet
    today: date
    newest: int = 0  #: the newest detection
    wanted: list[str] = field(default_factory=list)  #: terms for which there still is something to coordinate
    small: frozenset[str] = frozenset()
    about: dict[tuple[int, str], Side] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)  #: whose runs are known

    def follow(self, offers: set[int]) -> Changes:
        session, country = self.session, self.country
        self.newest = newest_detection(session)
        self.wanted = cases.terms_in_question(known_terms(session), self.today)
        self.small = small_subjects(session, self.today)
        keys = [profile_key(one) for one in sorted(offers)]
        near = country.overlaps_of(keys)
        unknown = country_cache.unknown_before(session, offers)
        unknown |= duplicates_beside(session, unknown)  # nobody here knows whom they were alike, but these are listed
        told = {profile_key(one) for one in unknown}
        circle, duplicates = country.duplicates_round({*keys, *told}, told)
        wanted = set(self.wanted)
        ranked = [pair for pair in (*near, *duplicates) if not wanted.isdisjoint(pair.terms)]
        about = self._sides(one for pair in ranked for one in (pair.a_offer_id, pair.b_offer_id))
        found = pairs.weigh([*near, *duplicates], country.taught, about, self.small, self.wanted)
        stood = pairs.standing_around(session, offers, {offer_id_of(key) for key in circle})
        changes = pairs.store_pairs(session, found, self.newest, self.today, among=stood)
        reopened = {
            one for two in review_decisions(session, self.actor, country.profile, sorted(offers)) for one in two
        }
        if reopened:  # a case whose decisions no longer stand is no longer kept as it is
            session.flush()
            review_cases(session, self.actor, [case.id for case in cases_around(session, reopened)])
        overlapped = (pair for pair in stood if pair.kind is PairKind.OVERLAP and pair.gone_on is None)
        before = [(pair.a, pair.b, pair.score, pair.terms) for pair in overlapped]
        now = [(pair.a_offer_id, pair.b_offer_id, pair.score, pair.terms) for pair in near]
        met = [(a, b, score, when) for a, b, score, when in (*before, *now) if not wanted.isdisjoint(when)]
        drawn = {one for a, b, score, _ in met if score > self.rules["CLU_NEUTRAL"] for one in (a, b)}
        terms = wanted.intersection(term for *_, when in met for term in when)
        again = offers | drawn | reopened
        while again and terms:
            again = self._cluster(offers, again, terms)
        return changes

    def _cluster(self, changed: set[int], around: set[int], terms: set[str]) -> set[int]:
        """Groups of the offers around, and of all whom these pull along: no group reaches further than that.

        Returns the offers whose groups must be formed again, since a case that was kept because all was decided is not.
        """
        session, taught = self.session, self.country.taught
        around = around | {one for case in cases_around(session, changed, terms) for one in case.offers}
        edges = [
            edge
            for edge in pulled_together(session, around, terms, self.rules["CLU_NEUTRAL"])
            if profile_key(edge.a) in taught and profile_key(edge.b) in taught  # else gone, and not followed yet
        ]
        decided = [edge.pair for edge in edges if edge.decided is not None]
        overlaps = (
            (a, b, edge.score, taught[a].terms & taught[b].terms)
            for edge in edges
            for a, b in [(profile_key(edge.a), profile_key(edge.b))]
        )
        numbers = pairs.matching_rules(self.rules)
        formed = cases.formed(overlaps, taught, numbers, terms, said(session, decided) if decided else Said())
        together = around | {one for edge in edges for one in (edge.a, edge.b)}
        standing = cases_around(session, together, terms, also_closed=True)
        formed, standing = _unlike(formed, standing, changed)
        about = self._sides(taught[key].offer_id for one in formed for key in one.members)
        groups = [cases.weighed(one, taught, about, self.small) for one in formed]
        self._store(groups, standing, terms)
        touched = changed | {one for group in groups for one in group.members}
        return review_cases(session, self.actor, [case.id for case in cases_around(session, touched, terms)])

    def _store(self, groups: list[cases.Group], standing: list[Standing], terms: set[str]) -> None:
        if not groups and not standing:
            return
        ids = [case.id for case in standing]
        looked_at = self.session.execute(_cases(), {"cases": ids}).scalars().all() if ids else []
        cores = {case.core_offer_id for case in looked_at}
        keys = dict(map(tuple, self.session.execute(_keys(), {"offers": list(cores)}))) if cores else {}
        cases.store_cases(
            self.session,
            self.actor,
            groups,
            keys.__getitem__,
            wanted=terms,
            looked_at=list(looked_at),
            members={case.id: case.offers for case in standing},
            detection_id=self.newest,
            today=self.today,
        )

    def _sides(self, offers: Iterable[int]) -> Mapping[tuple[int, str], Side]:
        more = set(offers) - self.asked
        if more:
            self.asked |= more
            runs = load_runs(self.session, offers=more, during=self.wanted)
            self.about |= sides(
                runs,
                known_applicants(self.session, runs, country_cache.senders(self.session)),
                self.rules[risks.LOW_RUN],
            )
        return self.about


@cache
def _cases() -> Any:
    return select(Case).where(col(Case.id).in_(sa.bindparam("cases", expanding=True))).order_by(col(Case.id))


@cache
def _keys() -> Any:
    offer = columns_of(Offer)
    return sa.select(offer.id, offer.key).where(offer.id.in_(sa.bindparam("offers", expanding=True)))


def _unlike(
    formed: list[cases.Formed], standing: list[Standing], changed: set[int]
) -> tuple[list[cases.Formed], list[Standing]]:
    """Without the groups that are cases already, and hold nobody who has changed: there is nothing to do about them."""
    open_now = {(case.region, case.term, case.offers): case.id for case in standing if not case.closed}
    kept_as_is: set[int] = set()
    new = []
    for one in formed:
        members = frozenset(map(int, one.members))
        known = open_now.get((one.region, one.term, members))
        if known is None or members & changed:
            new.append(one)
        else:
            kept_as_is.add(known)
    return new, [case for case in standing if case.id not in kept_as_is]
