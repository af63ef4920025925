"""The pre-check: a planned offer held against what there is, who applied there and what was cancelled.

Denmark and the Netherlands require such a review before a new study is approved. Nothing is written and nothing is decided
here: the review has an address, and whoever opens it later sees what then holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session

from importers.sentences import Sentence
from registry.coordination.detection.exempting import exempted
from registry.coordination.precheck.choices import Change, TermChoice, advice, changes, term_choices
from registry.coordination.precheck.gaps import Gap, find_gaps
from registry.coordination.precheck.neighbours import Lost, Neighbour, When, find_neighbours, lost_runs
from registry.coordination.precheck.planned import Planned, Understood, understand
from registry.coordination.precheck.signals import Demand, MaySee, Room, demand, rooms
from registry.coordination.precheck.timing import coming_terms, same_half_before
from registry.coordination.precheck.verdict import Verdict, is_compared, judge
from registry.coordination.queries.desk.coverage_cells import Covered, covered
from registry.coordination.queries.desk.side_by_side import SeenOffer, seen_offers
from registry.coordination.queries.reports.offers import Card, offer_cards
from registry.coordination.queries.reports.subjects import small_subjects
from registry.core import terms
from registry.rules.register import RuleSet

WITH_FIGURES: Final = 8  # overlaps that are drawn with their applicants; the others are listed
LISTED: Final = 50  # overlaps that a page names; a download has all
RELATED: Final = 10


@dataclass(frozen=True, slots=True)
class Review:
    """All that is known of a planned offer's surroundings on a day."""

    planned: Planned
    understood: Understood
    today: date
    verdict: Verdict
    overlaps: Sequence[Neighbour]  #: those that collide first
    related: Sequence[Neighbour]
    cards: Mapping[int, Card]
    lost: Mapping[int, Sequence[Lost]]
    rooms: Mapping[int, Room]
    sides: Mapping[int, SeenOffer]  #: the first overlaps, with applicants per term
    coming: Sequence[Covered]
    before: Mapping[str, Covered]  #: coming term -> the newest of the same half that has begun
    gaps: Sequence[Gap]
    choices: Sequence[TermChoice]
    advice: Sentence | None
    changes: Sequence[Change]
    demand: Demand
    small: frozenset[str]  #: those of its subjects that are small
    rules: RuleSet


def find(session: Session, planned: Planned, rules: RuleSet, today: date) -> tuple[Understood, list[Neighbour], When]:
    """The planned offer understood, and its neighbours: those that collide first."""
    understood = understand(session, planned)
    when = When(planned.terms, terms.of(today), int(rules["PRECHECK_TERMS"]), int(rules["OVL_TERM_WINDOW"]))
    own = [planned.provider_id] if planned.provider_id else []
    return understood, find_neighbours(session, understood.profile, own, when, rules), when


def review(
    session: Session,
    planned: Planned,
    rules: RuleSet,
    today: date,
    *,
    may_see: MaySee,
    exact: bool,
    whole: bool = False,
) -> Review:
    """Everything for the page and its downloads. Costs what the planned offer has of neighbours, not what the country has.

    ``may_see`` says whose exact figures the person asking may see, ``exact`` whether that is everybody's. ``whole`` tells of
    every overlap what a page tells of the first ones.
    """
    understood, neighbours, when = find(session, planned, rules, today)
    profile, subjects = understood.profile, understood.profile.subjects
    overlaps = [one for one in neighbours if one.is_overlap]
    related = [one for one in neighbours if not one.is_overlap]
    small = small_subjects(session, today).intersection(subjects)
    ids = [one.offer_id for one in overlaps]
    drawn, named = (ids, ids) if whole else (ids[:WITH_FIGURES], ids[:LISTED])
    coming = coming_terms(when.present, when.lately)
    earlier = {term: same_half_before(term, when.present) for term in coming}
    rows = covered(
        session,
        subjects,
        list(dict.fromkeys((*coming, *earlier.values()))),
        understood.values("setting"),
        understood.values("role"),
    )
    by_term = {row.term: row for row in rows}
    choices = term_choices(neighbours, profile, when, coming)
    return Review(
        planned=planned,
        understood=understood,
        today=today,
        verdict=judge(profile, neighbours, small, exempted(rules.exceptions), compared=is_compared(profile, rules)),
        overlaps=overlaps,
        related=related,
        cards=offer_cards(session, [*named, *(one.offer_id for one in related[:RELATED])]),
        lost=lost_runs(session, drawn),
        rooms=rooms(session, drawn, may_see, rules),
        sides=_sides(session, drawn, may_see, int(rules["SMALL_CELL"])),
        coming=[by_term[term] for term in coming],
        before={term: by_term[earlier[term]] for term in coming},
        gaps=find_gaps([by_term[term] for term in coming], profile.regions) if subjects else [],
        choices=choices,
        advice=advice(choices),
        changes=changes(neighbours, profile, when),
        demand=demand(session, subjects, sorted({int(term[:4]) for term in coming}), today, rules, exact=exact),
        small=small,
        rules=rules,
    )


def _sides(session: Session, offers: Sequence[int], may_see: MaySee, base: int) -> dict[int, SeenOffer]:
    return {one.id: one for one in seen_offers(session, offers, may_see, base)} if offers else {}


__all__ = ["Neighbour", "Planned", "Review", "find", "review"]
