"""Runs at risk, as of any date: the newest assessment of each run that was still open then."""

import math
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from registry.coordination.models import RiskAssessment
from registry.coordination.queries.detecting.detections import compared_on, content_before
from registry.coordination.queries.detecting.past import is_past, regions_on
from registry.coordination.queries.detecting.runs import moment
from registry.coordination.queries.detecting.told_values import Values, values_at
from registry.coordination.queries.reports.darkness import dark_subjects
from registry.coordination.queries.reports.offers import offer_cards, offers_of, organisation_of
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.offers.models import Run
from registry.offers.states import RunState
from registry.rules.register import rules_on

_SETTLED = (RunState.CONFIRMED, RunState.RUNNING, RunState.COMPLETED, RunState.CANCELLED, RunState.POSTPONED)


def at_risk_report(
    session: Session,
    *,
    as_of: date,
    term: str | None = None,
    region: str | None = None,
    provider: str | None = None,
    offers: Collection[int] | None = None,
) -> dict[str, Any]:
    """Runs more likely to be cancelled than rule RISK_FLAG allows, the likeliest first, and ``subjects`` that may lose all of theirs.

    Deadlines and places are those of the day, by the log; names are those of now, as in every report.

    ``term`` None is every term. ``offers``: only what these have and teach.
    """
    own: Collection[int] | None = (
        offers if provider is None else offers_of(session, [organisation_of(session, provider)])
    )
    flag = rules_on(session, as_of).numbers.get("RISK_FLAG", math.inf)  # before the rule nothing was flagged
    assessed = assessed_on(session, as_of, own)
    found = [(risk, run) for risk, run in assessed if risk.probability >= flag]
    if term not in (None, "all"):
        found = [(risk, run) for risk, run in found if run.term == term]
    if region is not None:
        where = regions_on(session, as_of)
        found = [(risk, run) for risk, run in found if region in where.get(run.offer_id, ())]
        own = {offer for offer, regions in where.items() if region in regions and (own is None or offer in own)}
    cards = offer_cards(session, {run.offer_id for _, run in found})
    then = _asked_for(session, [run for _, run in found], as_of)
    compared = compared_on(session, as_of)
    return {
        "as_of": as_of.isoformat(),
        "compared": compared,
        "assessed_at": max((moment(risk.assessed_at).isoformat() for risk, _ in assessed), default=None),
        "note": content_before(compared),
        "subjects": dark_subjects(session, as_of, term, own),
        "runs": [
            {
                "run": run.key,
                "offer": {**cards[run.offer_id], "term": run.term},
                "term": run.term,
                "applicants": risk.applicants,
                "minimum": risk.minimum,
                "minimum_is_default": risk.minimum_is_default,
                "capacity": then[run.pk, "places"],
                "deadline": then[run.pk, "application_closes_on"],
                "probability": risk.probability,
                "interval": [risk.low, risk.high],
                "reasons": risk.reasons,
                "last_national": risk.last_national,
                "rule": f"{risk.rule_code} v{risk.rule_version}",
                "advice": risk.advice,
                "assessed_on": risk.assessed_on.isoformat(),
                "assessed_at": moment(risk.assessed_at).isoformat(),
            }
            for risk, run in found
        ],
    }


def _asked_for(session: Session, runs: Collection[Run], day: date) -> Values:
    """The deadline (ISO) and the places of some runs, as they were told at the end of the day."""
    now: dict[tuple[int, str], Any] = {}
    for run in runs:
        closes = run.application_closes_on
        now |= {
            (run.pk, "places"): run.places,
            (run.pk, "application_closes_on"): closes.isoformat() if closes else None,
        }
    if not is_past(day):
        return now
    fields = ("places", "application_closes_on")
    return {**now, **values_at(session, "run", fields, clock.end_of_day(day), [run.pk for run in runs])}


def assessed_on(
    session: Session, as_of: date, offers: Collection[int] | None = None
) -> list[tuple[RiskAssessment, Run]]:
    """The newest assessment of each run that was neither settled nor gone from its feed, likeliest first."""
    newest = (
        select(RiskAssessment.run_id, func.max(RiskAssessment.assessed_on).label("day"))
        .where(RiskAssessment.assessed_on <= as_of)
        .group_by(col(RiskAssessment.run_id))
        .subquery()
    )
    query = (
        select(RiskAssessment, Run)
        .join(
            newest, (newest.c.run_id == col(RiskAssessment.run_id)) & (newest.c.day == col(RiskAssessment.assessed_on))
        )
        .join(Run, col(Run.id) == col(RiskAssessment.run_id))
    )
    if offers is not None:
        query = query.where(col(Run.offer_id).in_(list(offers)))
    settled = _settled(session, as_of)
    found = [
        (risk, run)
        for risk, run in session.exec(query)
        if run.pk not in settled and (run.left_feed_on is None or run.left_feed_on > as_of)
    ]
    return sorted(found, key=lambda one: (-one[0].probability, one[0].applicants, one[0].run_id))


def standing_last(session: Session, run_ids: Collection[int]) -> set[int]:
    """Those of some runs that were last judged to be what a small subject cannot lose."""
    of_run = aliased(RiskAssessment)
    newest = select(func.max(of_run.assessed_on)).where(of_run.run_id == RiskAssessment.run_id).scalar_subquery()
    query = select(RiskAssessment.run_id).where(
        col(RiskAssessment.run_id).in_(run_ids),
        col(RiskAssessment.last_national),
        RiskAssessment.assessed_on == newest,
    )
    return set(session.exec(query))


def _settled(session: Session, as_of: date) -> set[int]:
    """Runs that were confirmed, cancelled or postponed by then: there is no way back from any of these."""
    query = select(AuditEntry.thing_id).where(
        AuditEntry.thing == "run",
        AuditEntry.life == "state",
        col(AuditEntry.to_state).in_([str(state) for state in _SETTLED]),
        AuditEntry.at <= clock.end_of_day(as_of),
    )
    return set(session.exec(query))
