"""The rescue planner: each way out for a run at risk, with its effect on the probability of cancellation.

The effect is the forecast's own: the same model, asked about the run as it would be. What cannot be known, such as how many a
wider target group would bring, is told as what it would take.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from importers.sentences import Sentence
from registry.applications.nearest import TAKES_APPLICANTS, Proposed, nearest_alike
from registry.applications.operations import would_carry
from registry.coordination.detection.risks import as_open, reasons_of, rule_of
from registry.coordination.forecast import Model, OpenRun
from registry.coordination.models import Pair
from registry.coordination.queries.desk.proposals import leading
from registry.coordination.queries.detecting.applicants import eligible
from registry.coordination.queries.detecting.runs import RunRow, load_runs
from registry.coordination.queries.detecting.settled_runs import kind_of
from registry.coordination.queries.reports.offers import Card, offer_cards
from registry.coordination.states import WITHIN_REACH, PairKind, Strength
from registry.offers.models import Offer, Run
from registry.offers.states import Delivery, OfferState
from registry.rules.register import RuleSet

EXTENSIONS = (7, 14, 28)  # days by which a deadline is commonly moved
_MOST_NEEDED = 60  # applicants; more than this saves no run
_PARTNERS = 5


class Step(StrEnum):
    """What a way out consists of."""

    MERGE = "merge"
    ONLINE = "online"
    DEADLINE = "deadline"
    WIDEN = "widen"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class WayOut:
    """One way out. ``probability`` is that of cancellation after it, None where nothing is left to cancel or it cannot be known.

    ``moved`` are the applicants that would go along, ``needed`` how many more it takes to come below the flag, ``if_enough`` the
    probability with them.
    """

    step: Step
    probability: float | None
    partner: Card | None = None
    into: Run | None = None
    own: bool = False  #: both runs belong to the same institution, which can carry it out alone
    pair: Pair | None = None  #: how alike the offers are, and where it can be proposed to the other institution
    days: int | None = None
    moved: int | None = None
    needed: int | None = None
    if_enough: float | None = None
    why: str = ""

    @property
    def pair_id(self) -> int | None:
        return self.pair.pk if self.pair else None


@dataclass(frozen=True, slots=True)
class Rescue:
    """The run as it stands, all of it judged at one moment, and the ways out, those that help most first."""

    run: Run
    offer: Card
    applicants: int
    minimum: int
    probability: float
    reasons: Sequence[Sentence]
    rule: str  #: that it is judged by, as "RISK_FLAG v1"
    ways: Sequence[WayOut]


def plan(session: Session, run: Run, model: Model, rules: RuleSet, today: date) -> Rescue | None:
    """Ways out for a run that still can be cancelled; None where its applicants or its deadline are unknown.

    ``model`` is what past runs teach.
    """
    row = _rows(session, [run.pk]).get(run.pk)
    number = eligible(session, [run.pk]).get(run.pk)
    if row is None or number is None or row.closes_on is None:
        return None
    stands = as_open(row, number, rules, today)
    judged = model.judge(stands)
    rule = rule_of(judged, rules)
    ways = [
        *_mergers(session, run, number, model, rules, today),
        *_other_forms(row, stands, model),
        _wider(stands, model, rules["RISK_FLAG"]),
        *_elsewhere(session, run, number, model, rules, today),
    ]
    ways.sort(key=lambda way: (way.probability is None, way.probability or 0, way.step))
    return Rescue(
        run=run,
        offer=offer_cards(session, [run.offer_id])[run.offer_id],
        applicants=number,
        minimum=stands.minimum,
        probability=judged.probability,
        reasons=reasons_of(number, stands.minimum, row.minimum is None, stands.days_left, judged),
        rule=f"{rule} v{rules.versions[rule]}",
        ways=ways,
    )


def _rows(session: Session, run_ids: Collection[int]) -> dict[int, RunRow]:
    return {row.id: row for row in load_runs(session, only=run_ids)}


def _mergers(session: Session, run: Run, number: int, model: Model, rules: RuleSet, today: date) -> list[WayOut]:
    """Runs of the same term that overlap with this one, or that the same institution gives of the same offer."""
    pairs = _overlapping(session, run.offer_id)
    wanted = (*pairs, run.offer_id)
    query = (
        select(Run)
        .join(Offer, col(Offer.id) == col(Run.offer_id))
        .where(
            Run.term == run.term,
            Run.id != run.pk,
            col(Run.offer_id).in_(wanted),
            col(Run.state).in_(TAKES_APPLICANTS),
            col(Run.left_feed_on).is_(None),
            Offer.state == OfferState.PUBLISHED,
        )
        .order_by(col(Run.id))
    )
    others = session.exec(query).all()
    rows = _rows(session, [other.pk for other in others])
    known = eligible(session, [other.pk for other in others])
    cards = offer_cards(session, {other.offer_id for other in others})
    leads = leading(session, {run.offer_id, *(other.offer_id for other in others)})
    told = [other for other in others if other.pk in rows and rows[other.pk].closes_on is not None]
    own = [leads.get(other.offer_id) == leads.get(run.offer_id) for other in told]
    # Whoever stands in line goes along, wherever it is to: what is asked of one own run holds for all.
    in_line = next((would_carry(session, run, other).moved for other, mine in zip(told, own, strict=True) if mine), 0)
    together = [as_open(rows[other.pk], number + known.get(other.pk, 0), rules, today) for other in told]
    ways = [
        WayOut(
            Step.MERGE,
            found.probability,
            partner=cards[other.offer_id],
            into=other,
            own=mine,
            pair=pairs.get(other.offer_id),
            moved=in_line if mine else number,
        )
        for other, mine, found in zip(told, own, model.judge_all(together), strict=True)
    ]
    return sorted(ways, key=lambda way: (way.probability or 0, not way.own))[:_PARTNERS]


def _overlapping(session: Session, offer_id: int) -> dict[int, Pair]:
    """Other offer -> the pair, for everything within reach that is strongly alike, or possibly so in the very same subject."""
    a, b = aliased(Offer), aliased(Offer)
    query = (
        select(Pair)
        .join(a, col(a.id) == col(Pair.a_offer_id))
        .join(b, col(b.id) == col(Pair.b_offer_id))
        .where(or_(Pair.strength == Strength.STRONG, col(a.subject_code) == col(b.subject_code)))
    )
    query = query.where(
        col(Pair.gone_on).is_(None),
        or_(Pair.a_offer_id == offer_id, Pair.b_offer_id == offer_id),
        or_(Pair.kind == PairKind.DUPLICATE, col(Pair.reach).in_(WITHIN_REACH)),
    )
    return {pair.b_offer_id if pair.a_offer_id == offer_id else pair.a_offer_id: pair for pair in session.exec(query)}


def _other_forms(row: RunRow, stands: OpenRun, model: Model) -> list[WayOut]:
    """The same run online, or with a later deadline."""
    ways = []
    if row.delivery is not Delivery.ONLINE:
        online = replace(stands, group=kind_of(row.subject, Delivery.ONLINE))
        ways.append(WayOut(Step.ONLINE, model.judge(online).probability))
    tried = [(model.judge(replace(stands, days_left=stands.days_left + days)).probability, days) for days in EXTENSIONS]
    probability, days = min(tried)
    ways.append(WayOut(Step.DEADLINE, probability, days=days))
    return ways


def _wider(stands: OpenRun, model: Model, flag: float) -> WayOut:
    """How many a wider target group would have to bring."""
    tries = [replace(stands, applicants=stands.applicants + more) for more in range(1, _MOST_NEEDED + 1)]
    judged = enumerate(model.judge_all(tries), start=1)
    enough = ((more, found.probability) for more, found in judged if found.probability < flag)
    needed, after = next(enough, (None, None))
    return WayOut(Step.WIDEN, None, needed=needed, if_enough=after)


def _elsewhere(session: Session, run: Run, number: int, model: Model, rules: RuleSet, today: date) -> list[WayOut]:
    """Cancel, and offer everybody the nearest alike runs with their place in line kept."""
    proposed: Sequence[Proposed] = nearest_alike(session, run)
    targets = {one.pk: one for one in session.exec(select(Run).where(col(Run.id).in_([p.run_id for p in proposed])))}
    known, rows = eligible(session, list(targets)), _rows(session, list(targets))
    cards = offer_cards(session, {one.offer_id for one in targets.values()})
    ways = []
    for one in proposed:
        into, row = targets[one.run_id], rows.get(one.run_id)
        after = None
        if row is not None and row.closes_on is not None:
            after = model.judge(as_open(row, known.get(into.pk, 0) + number, rules, today)).probability
        ways.append(
            WayOut(Step.MOVE, after, partner=cards.get(into.offer_id), into=into, moved=number, why=one.explanation)
        )
    return ways


def later(closes_on: date, days: int) -> date:
    """The deadline moved."""
    return closes_on + timedelta(days=days)
