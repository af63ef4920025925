"""Boards: runs at risk and small subjects."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import request, url_for
from sqlmodel import Session, col, select
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING
from registry.coordination.labels import REGION_LABELS
from registry.coordination.presenting import risk_table, subject_table
from registry.coordination.queries import at_risk_report, low_trend_report, oversubscribed_report, small_subject_report
from registry.coordination.queries.desk import board
from registry.coordination.queries.desk.permitted import Permitted, permitted_losses
from registry.coordination.queries.detecting.learnt_forecast import learnt_at
from registry.coordination.queries.reports.subjects import last_carriers
from registry.coordination.queries.reports.trends import LOW
from registry.coordination.views.shared import LABELS, PER_PAGE, blueprint, one_of
from registry.core import clock
from registry.offers.models import Offer
from registry.reference.models import County
from registry.rules.register import rules_on
from registry.web.export import TYPES, export
from registry.web.fragments import render
from registry.web.guard import allowed, guarded, public
from registry.web.pagination import Pagination, page_number
from registry.web.parts import actor, reading

_NARROWING = ("region", "fylke", "institusjon", "fag", "frist", "siste")
_MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class RiskFilter:
    """What the list of runs at risk is narrowed to. ``days``: the deadline is so near; ``last``: only the last in the country."""

    region: str = ""
    county: str = ""
    provider: str = ""
    subject: str = ""
    days: int | None = None
    last: bool = False


def wanted_risks() -> RiskFilter:
    """The filter of this address."""
    given = request.args
    days = given.get("frist", type=int)
    return RiskFilter(
        region=one_of(given.get("region"), REGION_LABELS),
        county=given.get("fylke", ""),
        provider=given.get("institusjon", ""),
        subject=given.get("fag", ""),
        days=days if days is not None and 0 < days <= _MOST_DAYS else None,
        last=given.get("siste") == "ja",
    )


def _within(report: dict[str, Any], session: Session, wanted: RiskFilter) -> dict[str, Any]:
    """The report with the runs that are wanted; the subjects that may lose all of theirs are told whole."""
    today = clock.today()
    until = today + timedelta(days=wanted.days or 0)
    queries = [
        board.taught_in(County.code == wanted.county) if wanted.county else None,
        board.provided_by(wanted.provider) if wanted.provider else None,
        board.about(wanted.subject) if wanted.subject else None,
    ]
    keys = [
        set(session.exec(select(Offer.key).where(col(Offer.id).in_(query)))) for query in queries if query is not None
    ]
    runs = [
        run
        for run in report["runs"]
        if all(run["offer"]["key"] in known for known in keys)
        and (run["last_national"] or not wanted.last)
        and (
            wanted.days is None
            or (run["deadline"] is not None and today <= date.fromisoformat(run["deadline"]) <= until)
        )
    ]
    return {**report, "runs": runs}


@blueprint.get("/utsatte")
@guarded(Permission.RISK_READ)
def at_risk() -> Response:
    """Runs that are likely to be cancelled for low application."""
    wanted = wanted_risks()
    asked = {"region": wanted.region or None}
    narrowed: dict[str, Any] = {name: request.args[name] for name in _NARROWING if request.args.get(name)}
    with reading() as session:
        report = _within(flagged_runs(session, asked), session, wanted)
        own = own_offers(session)
        listed = low_trend_report(session, as_of=clock.today(), offers=own, **asked)["offers"]
        low = [row for row in listed if row["rule"].startswith(f"{LOW} ")]  # what is for information is in the report
        pages = Pagination(page_number(), PER_PAGE, len(report["runs"]))
        ending = request.args.get("fil", "")
        if ending in TYPES:
            return export(risk_table(report["runs"]), ending)
        rules = rules_on(session, clock.today())
        return render(
            "coordination/at_risk.html",
            runs=report["runs"][pages.offset : pages.offset + pages.limit],
            subjects=report["subjects"],
            full=oversubscribed_report(session, as_of=clock.today(), offers=own, **asked)["runs"],
            low=dated(low[:PER_PAGE]),
            low_total=len(low),
            sees_all=own is None,
            pages=pages,
            region=wanted.region,
            wanted=wanted,
            narrowed=narrowed,
            choices=board.choices(session),
            judged_at=datetime.fromisoformat(report["assessed_at"]) if report["assessed_at"] else None,
            learnt_at=learnt_at(session),
            flag=rules["RISK_FLAG"],
            high=rules["RISK_HIGH"],
            downloads=[(one, url_for("coordination.at_risk", **narrowed, fil=one)) for one in TYPES],
            **LABELS,
        )


def flagged_runs(session: Session, asked: dict[str, Any]) -> dict[str, Any]:
    """The report, narrowed to the institutions of the person asking."""
    return at_risk_report(session, as_of=clock.today(), offers=own_offers(session), **asked)


def dated(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a report with the day that they have stood as they do since."""
    return [{**row, "since_day": date.fromisoformat(row["since"])} for row in rows]


def own_offers(session: Session) -> set[int] | None:
    """Offers of the institutions of the person asking; None is every offer."""
    mine = actor().organisations(Permission.RISK_READ)
    return None if mine is None else set(session.exec(board.of_organisations(mine)))


@blueprint.get("/sma-fag")
@public
def small() -> Response:
    """Small subjects, and whether the whole country can reach them."""
    with reading() as session:
        report = small_subject_report(session, as_of=clock.today())
        ending = request.args.get("fil", "")
        if ending in TYPES:
            return export(subject_table(report["subjects"]), ending)
        return render(
            "coordination/small.html",
            small=dated(row for row in report["subjects"] if row["small"]),
            last=last_carriers(session, clock.today()) if actor().may(Permission.NATIONAL_DECIDE, EVERYTHING) else {},
            decided=_decided(session),
            others=sum(not row["small"] for row in report["subjects"]),
            downloads=[(one, url_for("coordination.small", fil=one)) for one in TYPES],
            **LABELS,
        )


def _decided(session: Session) -> dict[str, list[Permitted]]:
    """Subject -> the decisions about its last offer that have not been used; for those who work with cases."""
    found: defaultdict[str, list[Permitted]] = defaultdict(list)
    if allowed(Permission.CASE_READ):
        for one in permitted_losses(session):
            if one.stands:
                found[one.subject].append(one)
    return found
