"""Warnings of runs at risk: once per run and level, to the institution and the region's coordinators."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from registry.access.models import Membership, Person
from registry.access.policy import Actor
from registry.access.roles import Role
from registry.coordination.detection.risks import Risk
from registry.coordination.models import RiskWarning
from registry.coordination.queries.reports.offers import regions_by_offer
from registry.core import audit
from registry.messages.operations import Letter, send_all
from registry.offers.models import Offer, OfferProvider, Run
from registry.reference.models import Organisation
from registry.rules.register import RuleSet

LEVELS = ("RISK_FLAG", "RISK_HIGH")  #: rules whose numbers are the levels, the lower first
_KIND = "risk-warning"
_SHOWN = 20  # runs in one mail; the rest are counted
_CHUNK = 5_000


def store_warnings(
    session: Session, actor: Actor, risks: Iterable[Risk], rules: RuleSet, detection_id: int, today: date
) -> list[RiskWarning]:
    """Write and log what is reached for the first time. A run that jumps to the higher level is told of at that one alone."""
    levels = [(level, rules[level]) for level in LEVELS if level in rules]
    reached = {risk.run_id: risk for risk in risks if levels and risk.probability >= levels[0][1]}
    told: defaultdict[int, set[str]] = defaultdict(set)
    closes: dict[int, date | None] = {}
    ids = sorted(reached)
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        for run_id, level in session.exec(
            select(RiskWarning.run_id, RiskWarning.level).where(col(RiskWarning.run_id).in_(some))
        ):
            told[run_id].add(level)
        closes |= {run.pk: run.application_closes_on for run in session.exec(select(Run).where(col(Run.id).in_(some)))}
    new = []
    for run_id, risk in reached.items():
        level = max((one for one in levels if risk.probability >= one[1]), key=lambda one: one[1])[0]
        if any(LEVELS.index(one) >= LEVELS.index(level) for one in told[run_id]):
            continue
        deadline = closes.get(run_id)
        left = max(0, (deadline - today).days) if deadline else 0
        warning = RiskWarning(
            run_id=run_id,
            level=level,
            warned_on=today,
            probability=risk.probability,
            days_left=left,
            detection_id=detection_id,
        )
        new.append(warning)
    session.add_all(new)
    session.flush()
    for warning in new:
        audit.record(
            session,
            actor=actor.name,
            thing="risk_warning",
            thing_id=warning.pk,
            event="warn",
            details={"run": warning.run_id, "level": warning.level, "probability": warning.probability},
        )
    return new


def tell(session: Session, warnings: list[RiskWarning], risks: Iterable[Risk]) -> int:
    """One mail to each person with all that is new to them. Returns how many were queued."""
    if not warnings:
        return 0
    found = {risk.run_id: risk for risk in risks}
    lines = _lines(session, warnings, found)
    letters = []
    for person, runs in _readers(session, warnings):
        mine = sorted((lines[run] for run in runs), key=lambda line: (-line["percent"], line["title"]))
        letters.append(
            Letter(
                kind=_KIND,
                to=person.email,
                language=person.language,
                context={"runs": mine[:_SHOWN], "more": max(0, len(mine) - _SHOWN)},
                dedupe=f"{_KIND}:from-{warnings[0].pk}:{person.pk}",  # every warning is told of in one mail, and no other
            )
        )
    return send_all(session, letters)


def _lines(session: Session, warnings: list[RiskWarning], risks: Mapping[int, Risk]) -> dict[int, dict[str, Any]]:
    query = (
        select(Run, Offer.title, Organisation.name_nb)
        .join(Offer, col(Offer.id) == col(Run.offer_id))
        .join(OfferProvider, (col(OfferProvider.offer_id) == col(Offer.id)) & col(OfferProvider.leads).is_(True))
        .join(Organisation, col(Organisation.id) == col(OfferProvider.organisation_id))
        .where(col(Run.id).in_([warning.run_id for warning in warnings]))
    )
    left = {warning.run_id: warning.days_left for warning in warnings}
    return {
        run.pk: {
            "title": title,
            "institution": institution,
            "term": run.term,
            "applicants": risks[run.pk].applicants,
            "minimum": risks[run.pk].minimum,
            "percent": round(100 * risks[run.pk].probability),
            "days": left[run.pk],
            "path": f"/samordning/utsatte/{run.key}",
        }
        for run, title, institution in session.exec(query)
    }


def _readers(session: Session, warnings: list[RiskWarning]) -> list[tuple[Person, list[int]]]:
    """Staff of the institution, and the coordinators of the regions where the run is taught (or of the whole network)."""
    days = {warning.warned_on for warning in warnings}
    runs = [warning.run_id for warning in warnings]
    offer_of = {run.pk: run.offer_id for run in session.exec(select(Run).where(col(Run.id).in_(runs)))}
    homes: defaultdict[int, set[int]] = defaultdict(set)
    query = select(OfferProvider.offer_id, OfferProvider.organisation_id)
    for offer, organisation in session.exec(query.where(col(OfferProvider.offer_id).in_(set(offer_of.values())))):
        homes[offer].add(organisation)
    told_of = set(offer_of.values())
    where = regions_by_offer(session, told_of if len(told_of) <= _CHUNK else None)
    people = (
        select(Person, Membership)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(
            col(Membership.role).in_([Role.PROVIDER_STAFF, Role.COORDINATOR]),
            col(Membership.valid_from) <= max(days),
            col(Membership.valid_to).is_(None) | (col(Membership.valid_to) >= max(days)),
            col(Person.deactivated_at).is_(None),
            col(Person.email).is_not(None),
        )
        .order_by(col(Person.id))
    )
    readers: dict[int, tuple[Person, set[int]]] = {}
    for person, membership in session.exec(people):
        mine = readers.setdefault(person.pk, (person, set()))[1]
        for run_id, offer_id in offer_of.items():
            staff = membership.role is Role.PROVIDER_STAFF and membership.organisation_id in homes[offer_id]
            region = membership.role is Role.COORDINATOR and membership.region in (None, *where.get(offer_id, ()))
            if staff or region:
                mine.add(run_id)
    return [(person, sorted(found)) for person, found in readers.values() if found]
