"""Figures where subject, county, target group and term meet, as of any date.

A run counts in each county it is taught in and for each target group it is for: rows therefore do not add up to the
country, and the sum is counted by itself (``total``). Every figure and every sum is rounded by itself (rule SMALL_CELL).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from registry.applications.figures import RunFigures
from registry.applications.presenting import REJECT, WITHDRAW
from registry.core import terms
from registry.offers.models import Offer, OfferProvider, OfferTarget, Run, RunPlace
from registry.reference.models import County, Municipality, Organisation, Subject, TargetSetting
from registry.reports.figures import Rounded, figures_for, rounding_for, shown, sums, term_for
from registry.reports.filters import Filters
from registry.web.i18n import N_, gettext

Cell = tuple[str, str, str, str]  #: subject, county, target setting, term; "" is unknown


def crossing(session: Session, filters: Filters) -> dict[str, Any]:
    """{"as_of", "term", "rows": [{"subject", "county", "target", "term", "runs", figures…, "rejected_by", "withdrawn_by"}],
    "total": {"runs", figures…}}, by subject, county, target group and term. Runs of whose applications nothing is known are left out.
    """
    term = term_for(session, filters)
    rounded = rounding_for(session, filters)
    found = {run: one for run, one in figures_for(session, filters, term).items() if one.source != "none"}
    cells: defaultdict[Cell, list[RunFigures]] = defaultdict(list)
    for cell, run in _cells(session, found):
        cells[cell].append(found[run])
    subjects = dict(session.exec(select(Subject.code, Subject.name_nb)).all())
    counties = dict(session.exec(select(County.code, County.name_nb)).all())
    targets = dict(session.exec(select(TargetSetting.code, TargetSetting.name_nb)).all())
    rows: list[dict[str, Any]] = [
        {
            "subject": {"code": subject or None, "name": subjects.get(subject, N_("Uten fag"))},
            "county": {"code": county or None, "name": counties.get(county, N_("Uten sted"))},
            "target": {"code": target or None, "name": targets.get(target, N_("Uten målgruppe"))},
            "term": when,
            "runs": len(group),
            **shown(sums(group), rounded),
            **_reasons(group, rounded),
        }
        for (subject, county, target, when), group in cells.items()
    ]
    rows.sort(
        key=lambda row: (
            row["subject"]["name"],
            row["county"]["name"],
            row["target"]["name"],
            terms.sort_key(row["term"]),
        )
    )
    whole = list(found.values())
    total = {"runs": len(whole), **shown(sums(whole), rounded), **_reasons(whole, rounded)}
    return {"as_of": filters.as_of.isoformat(), "term": term, "rows": rows, "total": total}


def worded(by: Mapping[str, int | None], names: Mapping[Any, str]) -> str:
    """Reasons with their numbers, largest first, as one cell of a table; what rounds to nought is left out.

    ``names`` are msgids.
    """
    known = {str(code): label for code, label in names.items()}
    listed = sorted(((number, code) for code, number in by.items() if number), key=lambda one: (-one[0], one[1]))
    return "; ".join(f"{gettext(known.get(code, code))} {number}" for number, code in listed)


REASONS = {"rejected_by": REJECT, "withdrawn_by": WITHDRAW}


def _reasons(group: Iterable[RunFigures], rounded: Rounded) -> dict[str, dict[str, int | None]]:
    listed = list(group)
    return {
        name: {code: rounded(number) for code, number in sorted(_added(getattr(one, name) for one in listed).items())}
        for name in REASONS
    }


def _added(counters: Iterable[Counter[str]]) -> Counter[str]:
    whole: Counter[str] = Counter()
    for one in counters:
        whole += one
    return whole


def _cells(session: Session, runs: Mapping[int, RunFigures]) -> Iterable[tuple[Cell, int]]:
    counties = _counties(session)
    targets: defaultdict[int, set[str]] = defaultdict(set)
    for offer_id, setting in session.exec(select(OfferTarget.offer_id, OfferTarget.setting)):
        if setting:
            targets[offer_id].add(setting)
    listed = session.exec(select(Run.id, Run.offer_id, Run.term, Offer.subject_code).join(Offer)).all()
    for run_id, offer_id, when, subject in listed:
        if run_id in runs:
            for county in counties(run_id, offer_id):
                for target in sorted(targets.get(offer_id) or {""}):
                    yield (subject or "", county, target, when), run_id or 0


def _counties(session: Session) -> Any:
    """(run, offer) -> counties where it is taught, else where its provider lives, else none."""
    taught: defaultdict[int, set[str]] = defaultdict(set)
    placed = select(RunPlace.run_id, Municipality.county_code).join(
        Municipality, col(Municipality.code) == RunPlace.municipality_code
    )
    for run_id, county in session.exec(placed):
        taught[run_id].add(county)
    homes: defaultdict[int, set[str]] = defaultdict(set)
    lived = (
        select(OfferProvider.offer_id, Organisation.county_code)
        .join(Organisation, col(Organisation.id) == OfferProvider.organisation_id)
        .where(col(OfferProvider.leads).is_(True))
    )
    for offer_id, home in session.exec(lived):
        if home:
            homes[offer_id].add(home)

    def where(run_id: int, offer_id: int) -> Sequence[str]:
        return sorted(taught.get(run_id) or homes.get(offer_id) or {""})

    return where
