"""A meeting's papers: what waits, what is at risk, what came and went since last time, as plain data that can be frozen."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from registry.coordination.detection.risks import LOW_RUN
from registry.coordination.models import Case, Decision, Meeting, MeetingDecision, Pair, Proposal
from registry.coordination.queries.desk.board import open_cases
from registry.coordination.queries.desk.permitted import permitted_losses
from registry.coordination.queries.desk.proposals import waiting_for
from registry.coordination.queries.desk.side_by_side import pooled_minimum
from registry.coordination.queries.detecting.applicants import eligible
from registry.coordination.queries.detecting.runs import subjects_of
from registry.coordination.queries.reports.lifecycle import lifecycle_report
from registry.coordination.queries.reports.offers import offer_cards, regions_by_offer
from registry.coordination.queries.reports.risk import at_risk_report
from registry.coordination.queries.reports.subjects import small_subject_report
from registry.coordination.states import WITHIN_REACH, PairKind
from registry.core import clock
from registry.offers.models import Offer, Run
from registry.offers.states import GONE_RUNS
from registry.reference.models import Organisation
from registry.rules.register import rules_on

CASES, RUNS = 20, 30  #: the most of each that a meeting can look at; the counts tell of all
_EVENTS = ("established", "discontinued", "cancelled", "no_longer_taught")
_EVENTS_SHOWN = 60

Pack = dict[str, Any]


def build_pack(session: Session, *, as_of: date, region: str | None, since: datetime | None) -> Pack:
    """Everything that the papers show, as JSON-able data. ``region`` None is the network.

    ``since`` is when the last papers were frozen: what came after that is in these, also what came before that meeting was held.
    None is from the start.
    """
    there = None if region is None else _taught_in(session, region)
    cases, waiting = open_cases(session, region, CASES)
    risks = at_risk_report(session, as_of=as_of, region=region)
    risk = risks["runs"]
    small = _small(session, as_of, there)
    events = _events(session, as_of, there, since)
    decided = _decided(session, there, since)
    proposals = _proposals(session, there)
    return {
        "as_of": as_of.isoformat(),
        "region": region,
        "since": clock.local_day(since).isoformat() if since else None,
        "figures": {
            "cases": waiting,
            "decided": len(decided),
            "proposals": len(proposals),
            "at_risk": len(risk),
            "last_national": sum(bool(run["last_national"]) for run in risk),
            "small_subjects": len(small),
            "uncovered": sum(not row["covered"] for row in small),
            **{name: sum(event["event"] == name for event in events) for name in _EVENTS},
        },
        "cases": _cases(session, cases, as_of),
        "proposals": proposals,
        "decided": decided,
        "at_risk": [_run(run) for run in risk[:RUNS]],
        "dark": risks["subjects"],
        "small_subjects": [{"item": f"subject:{row['code']}", **row} for row in _with_decisions(session, small)],
        "events": events[:_EVENTS_SHOWN],
    }


def canonical(pack: Pack) -> bytes:
    """The one way to write a pack as JSON: the bytes that the digest is of."""
    return json.dumps(pack, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest_of(pack: Pack) -> str:
    """SHA-256 of the pack's canonical JSON: the same papers have the same digest on every machine."""
    return hashlib.sha256(canonical(pack)).hexdigest()


def last_meeting(session: Session, region: str | None, before: date) -> Meeting | None:
    """The newest meeting of the same circle that was held before a day, of those whose papers stand."""
    query = _standing(region).where(Meeting.held_on < before)
    return session.exec(query.order_by(col(Meeting.held_on).desc(), col(Meeting.id).desc()).limit(1)).first()


def begun_from(session: Session, meeting: Meeting) -> Meeting | None:
    """Papers that stand and whose "since last time" begins where those of ``meeting`` end, the first of them."""
    query = _standing(meeting.region).where(
        Meeting.held_on > meeting.held_on,
        Meeting.frozen_at >= meeting.frozen_at,
        Meeting.since == clock.local_day(meeting.frozen_at),
    )
    return session.exec(query.order_by(col(Meeting.held_on), col(Meeting.id)).limit(1)).first()


def instead_of(session: Session, meeting: Meeting) -> Meeting | None:
    """The papers that stand and were frozen next in the same circle: what holds instead of withdrawn ones."""
    query = _standing(meeting.region).where(col(Meeting.id) > meeting.pk)
    return session.exec(query.order_by(col(Meeting.id)).limit(1)).first()


def has_decided(session: Session, meeting_id: int) -> bool:
    """Whether the meeting has decided something that is not struck out."""
    query = select(MeetingDecision.id).where(
        MeetingDecision.meeting_id == meeting_id, col(MeetingDecision.struck_at).is_(None)
    )
    return session.exec(query.limit(1)).first() is not None


def _standing(region: str | None) -> SelectOfScalar[Meeting]:
    query = select(Meeting).where(col(Meeting.withdrawn_at).is_(None))
    return query.where(col(Meeting.region).is_(None) if region is None else Meeting.region == region)


def items_of(pack: Pack) -> list[tuple[str, str]]:
    """(item, words) of everything in the papers that a decision may be about."""
    cases = [
        (case["item"], " / ".join(dict.fromkeys(one["title"] for one in case["offers"][:3]))) for case in pack["cases"]
    ]
    runs = [(run["item"], f"{run['title']}, {run['provider']}") for run in pack["at_risk"]]
    subjects = [(row["item"], row["name"]) for row in pack["small_subjects"]]
    return [*cases, *runs, *subjects]


def _cases(session: Session, cases: list[tuple[Case, list[int]]], as_of: date) -> list[dict[str, Any]]:
    offers = {one for _, members in cases for one in members}
    cards = offer_cards(session, offers)
    runs = session.exec(select(Run).where(col(Run.offer_id).in_(offers), col(Run.state).not_in(GONE_RUNS))).all()
    known = eligible(session, [run.pk for run in runs])
    pairs = _best_pairs(session, offers)
    default = int(rules_on(session, as_of)[LOW_RUN])
    told = []
    for case, members in cases:
        lines = []
        for one in members:
            mine = [run for run in runs if run.offer_id == one and run.term == case.term]
            counted = [known[run.pk] for run in mine if run.pk in known]
            minimum, is_default = pooled_minimum(mine, default if counted else None)
            lines.append(
                {
                    "key": cards[one]["key"],
                    "title": cards[one]["title"],
                    "provider": cards[one]["provider"]["name"],
                    "applicants": sum(counted) if counted else None,
                    "minimum": minimum,
                    "minimum_is_default": is_default,
                    "places": _sum(run.places for run in mine),
                }
            )
        best = next((pair for pair in pairs if {pair.a_offer_id, pair.b_offer_id} <= set(members)), None)
        told.append(
            {
                "item": f"case:{case.pk}",
                "region": case.region,
                "term": case.term,
                "state": str(case.state),
                "pair": best.pk if best else None,
                "offers": lines,
                "evidence": [line["sentence"] for line in best.evidence] if best else [],
            }
        )
    return told


def _best_pairs(session: Session, offers: Iterable[int]) -> list[Pair]:
    query = select(Pair).where(
        Pair.kind == PairKind.OVERLAP,
        col(Pair.gone_on).is_(None),
        col(Pair.reach).in_(WITHIN_REACH),
        col(Pair.a_offer_id).in_(offers),
        col(Pair.b_offer_id).in_(offers),
    )
    return list(session.exec(query.order_by(col(Pair.weight).desc(), col(Pair.id))).all())


def _run(run: dict[str, Any]) -> dict[str, Any]:
    kept = ("term", "applicants", "minimum", "minimum_is_default", "deadline", "probability", "last_national", "rule")
    return {
        "item": f"run:{run['run']}",
        "key": run["run"],
        "title": run["offer"]["title"],
        "provider": run["offer"]["provider"]["name"],
        "reasons": run["reasons"],
        **{name: run[name] for name in kept},
    }


def _taught_in(session: Session, region: str) -> frozenset[int]:
    """The offers of a region."""
    return frozenset(offer for offer, regions in regions_by_offer(session).items() if region in regions)


def _small(session: Session, as_of: date, there: frozenset[int] | None) -> list[dict[str, Any]]:
    """The small subjects; a region's are those that an offer of its own is about."""
    rows = [row for row in small_subject_report(session, as_of=as_of)["subjects"] if row["small"]]
    if there is None:
        return rows
    own = subjects_of(session, there)
    return [row for row in rows if row["code"] in own]


def _with_decisions(session: Session, small: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each subject with the network's decisions about its last offer, newest first."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in permitted_losses(session, [row["code"] for row in small]):
        told = {"title": one.title, "term": one.term, "reason": one.reason, "who": one.who, "state": one.state}
        found[one.subject].append({"date": one.decided_on.isoformat(), **told})
    return [{**row, "decisions": found[row["code"]]} for row in small]


def _events(
    session: Session, as_of: date, there: frozenset[int] | None, since: datetime | None
) -> list[dict[str, Any]]:
    """What came and went, the whole day of the last papers with it: events have no time of day, and none may fall between two."""
    found = lifecycle_report(session, as_of=as_of, term="all")["events"]
    first = clock.local_day(since).isoformat() if since else ""
    ids = _ids(session, {event["offer"]["key"] for event in found}) if there is not None else {}
    return [
        {
            "event": event["event"],
            "title": event["offer"]["title"],
            "provider": event["offer"]["provider"]["name"],
            "term": event["term"],
            "date": event["date"],
        }
        for event in found
        if event["event"] in _EVENTS
        and event["date"] >= first
        and (there is None or ids.get(event["offer"]["key"]) in there)
    ]


def _ids(session: Session, keys: set[str]) -> dict[str, int]:
    return {key: one or 0 for key, one in session.exec(select(Offer.key, Offer.id)) if key in keys}


def _decided(session: Session, there: frozenset[int] | None, since: datetime | None) -> list[dict[str, Any]]:
    """Answers that stand and were given since last time."""
    query = select(Decision, Pair).join(Pair, col(Pair.id) == col(Decision.pair_id))
    query = query.where(col(Decision.superseded_at).is_(None))
    if since is not None:
        query = query.where(Decision.at >= since)
    rows = session.exec(query.order_by(col(Decision.at).desc(), col(Decision.id).desc())).all()
    if there is not None:
        rows = [(decision, pair) for decision, pair in rows if {pair.a_offer_id, pair.b_offer_id} & there]
    cards = offer_cards(session, {one for _, pair in rows for one in (pair.a_offer_id, pair.b_offer_id)})
    return [
        {
            "pair": pair.pk,
            "kind": str(pair.kind),
            "titles": [cards[one]["title"] for one in (pair.a_offer_id, pair.b_offer_id)],
            "providers": [cards[one]["provider"]["name"] for one in (pair.a_offer_id, pair.b_offer_id)],
            "verdict": str(decision.verdict),
            "note": decision.note,
            "date": decision.at.date().isoformat(),
        }
        for decision, pair in rows
    ]


def _proposals(session: Session, there: frozenset[int] | None) -> list[dict[str, Any]]:
    """What waits for an institution's answer; a region's are those about an offer of its own."""
    waiting: list[Proposal] = waiting_for(session, None)
    if there is not None:
        put = session.exec(select(Pair).where(col(Pair.id).in_({one.pair_id for one in waiting})))
        near = {pair.pk for pair in put if {pair.a_offer_id, pair.b_offer_id} & there}
        waiting = [one for one in waiting if one.pair_id in near]
    names = dict(session.exec(select(Organisation.id, Organisation.name_nb)).all())
    pairs = session.exec(select(Pair).where(col(Pair.id).in_({one.pair_id for one in waiting})))
    offers = {pair.pk: (pair.a_offer_id, pair.b_offer_id) for pair in pairs}
    cards = offer_cards(session, {one for both in offers.values() for one in both})
    return [
        {
            "pair": one.pair_id,
            "titles": [cards[offer]["title"] for offer in offers[one.pair_id]],
            "way": str(one.way),
            "sender": names.get(one.sender_id) if one.sender_id else None,
            "receiver": names.get(one.receiver_id),
            "date": one.proposed_at.date().isoformat(),
        }
        for one in waiting
    ]


def _sum(values: Iterable[int | None]) -> int | None:
    told = [value for value in values if value is not None]
    return sum(told) if told else None
