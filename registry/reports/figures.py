"""Figures of applications, completion and demand, as of any date, exact or rounded for the public.

Every sum is rounded by itself from the exact sum (rule SMALL_CELL), so that nothing hidden can be worked out.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlmodel import Session, col, select

from registry.applications.figures import RunFigures, rounding
from registry.applications.queries import run_figures
from registry.core import clock
from registry.core.errors import NotFound
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import OfferState, RunState
from registry.plans.queries import needs_on
from registry.reference.models import Organisation, Subject
from registry.reports.filters import Filters
from registry.reports.terms import known_terms
from registry.rules.register import rules_on

NAMES = (
    "applied",
    "qualified",
    "offered",
    "accepted",
    "waitlisted",
    "rejected",
    "withdrawn",
    "no_show",
    "started",
    "completed",
)
Rounded = Callable[[int | None], int | None]


def applications(session: Session, filters: Filters) -> dict[str, Any]:
    """{"as_of", "term", "runs": [{"run", "offer", "term", "places", figures…}]}, most applied first."""
    term = _term(session, filters)
    figures = _figures(session, filters, term)
    rounded = _rounding(session, filters)
    rows = [
        {
            "run": run.key,
            "offer": {
                "key": offer.key,
                "title": offer.title,
                "provider": {"name": provider.name_nb, "dbh_code": provider.dbh_code, "orgnr": provider.orgnr},
            },
            "term": run.term,
            "places": run.places,
            "source": figures[run.pk].source,
            **_shown(_sums([figures[run.pk]]), rounded),
        }
        for run, offer, provider in session.exec(_runs(term)).all()
        if run.pk in figures and figures[run.pk].source != "none"
    ]
    rows.sort(key=lambda row: (-(row["applied"] or 0), row["run"]))
    return {"as_of": filters.as_of.isoformat(), "term": term, "runs": rows}


def completion(session: Session, filters: Filters) -> dict[str, Any]:
    """{"as_of", "term", "subjects": [{"code", "name", "runs", figures…}]}, by name."""
    term = _term(session, filters)
    figures = _figures(session, filters, term)
    rounded = _rounding(session, filters)
    groups: dict[str, list[RunFigures]] = {}
    for run, offer, _ in session.exec(_runs(term)):
        if run.pk in figures and figures[run.pk].source != "none":
            groups.setdefault(offer.subject_code or "", []).append(figures[run.pk])
    names = _subject_names(session)
    rows = [
        {
            "code": code or None,
            "name": names.get(code, "Uten fag"),
            "runs": len(group),
            **_shown(_sums(group), rounded),
        }
        for code, group in groups.items()
    ]
    rows.sort(key=lambda row: str(row["name"]))
    return {"as_of": filters.as_of.isoformat(), "term": term, "subjects": rows}


def demand(session: Session, filters: Filters) -> dict[str, Any]:
    """{"as_of", "term", "subjects": [{"code", "name", "needed", "applied", "places", "started"}]}, largest need first.

    Needs are those of the owners' plans for the term's year as submitted by the day; ``owner`` narrows to one owner.
    """
    term = _term(session, filters)
    figures = _figures(session, filters, term)
    rounded = _rounding(session, filters)
    year = int(term[:4]) if term else filters.as_of.year
    owner = _organisation(session, filters.owner) if filters.owner else None
    needed = needs_on(session, year, filters.as_of, owner)
    moment = clock.end_of_day(filters.as_of)
    groups: dict[str, list[RunFigures]] = {}
    places: dict[str, int] = {}
    for run, offer, _ in session.exec(_runs(term)):
        code = offer.subject_code or ""
        if run.pk not in figures:  # not known on the day, or another provider's
            continue
        groups.setdefault(code, []).append(figures[run.pk])
        cancelled = run.cancelled_at is not None and run.cancelled_at <= moment
        if not cancelled and run.state is not RunState.POSTPONED:
            places[code] = places.get(code, 0) + (run.places or 0)
    names = _subject_names(session)
    rows: list[dict[str, Any]] = []
    for code in sorted(needed.keys() | {c for c, group in groups.items() if c and any(f.applied for f in group)}):
        sums = _sums(groups.get(code, []))
        rows.append(
            {
                "code": code,
                "name": names.get(code, code),
                "needed": rounded(needed.get(code, 0)),
                "applied": rounded(sums["applied"]),
                "places": places.get(code, 0),
                "started": rounded(sums["started"]),
            }
        )
    rows.sort(key=lambda row: (-(row["needed"] or 0), str(row["name"])))
    return {"as_of": filters.as_of.isoformat(), "term": term, "year": year, "subjects": rows}


def national(session: Session, filters: Filters) -> dict[str, Any]:
    """{"as_of", "terms": [{"term", "offers", "runs", "cancelled", figures…}]}, newest term first."""
    figures = _figures(session, filters, None)
    rounded = _rounding(session, filters)
    moment = clock.end_of_day(filters.as_of)
    runs: dict[str, list[tuple[int, int, bool]]] = {}
    query = (
        select(Run.id, Run.offer_id, Run.cancelled_at, Run.term)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .where(Run.created_at <= moment, Offer.state != OfferState.DRAFT)
    )
    for run_id, offer_id, cancelled_at, term in session.exec(query):
        gone = cancelled_at is not None and cancelled_at <= moment
        runs.setdefault(term, []).append((run_id or 0, offer_id, gone))
    rows = [
        {
            "term": term,
            "offers": len({offer for _, offer, _ in runs[term]}),
            "runs": len(runs[term]),
            "cancelled": sum(gone for _, _, gone in runs[term]),
            **_shown(_sums([figures[run] for run, _, _ in runs[term] if run in figures]), rounded),
        }
        for term in known_terms(session)
        if term in runs
    ]
    return {"as_of": filters.as_of.isoformat(), "terms": rows}


def _term(session: Session, filters: Filters) -> str | None:
    """The term asked for; the newest with runs where none is; None for all."""
    if filters.term == "all":
        return None
    return filters.term or next(iter(known_terms(session)), None)


def _figures(session: Session, filters: Filters, term: str | None) -> Mapping[int, RunFigures]:
    provider = _organisation(session, filters.provider) if filters.provider else None
    as_of = None if filters.as_of >= clock.today() else filters.as_of
    return run_figures(session, as_of=as_of, term=term, provider=provider)


def _runs(term: str | None) -> Any:
    query = (
        select(Run, Offer, Organisation)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .join(OfferProvider, (col(OfferProvider.offer_id) == Offer.id) & col(OfferProvider.leads).is_(True))
        .join(Organisation, col(Organisation.id) == OfferProvider.organisation_id)
    )
    return query if term is None else query.where(Run.term == term)


def _organisation(session: Session, code: str) -> int:
    """By key, DBH code or organisation number."""
    found = session.exec(
        select(Organisation.id).where(
            (col(Organisation.key) == code) | (col(Organisation.dbh_code) == code) | (col(Organisation.orgnr) == code)
        )
    ).first()
    if found is None:
        raise NotFound("Vi kjenner ingen organisasjon med koden %(code)s.", code=code)
    return found


def _sums(group: Iterable[RunFigures]) -> dict[str, int | None]:
    """Sums over the known figures; a figure that nobody knows stays unknown."""
    listed = [one for one in group if one.source != "none"]
    sums: dict[str, int | None] = {}
    for name in NAMES:
        known = [value for one in listed if (value := getattr(one, name)) is not None]
        sums[name] = sum(known) if known else None
    return sums


def _shown(sums: Mapping[str, int | None], rounded: Rounded) -> dict[str, int | None]:
    return {name: rounded(value) for name, value in sums.items()}


def _rounding(session: Session, filters: Filters) -> Rounded:
    if filters.exact:
        return lambda number: number
    base = int(rules_on(session, clock.today())["SMALL_CELL"])  # it is published today, whatever day it speaks of
    return lambda number: rounding(number, base)


def _subject_names(session: Session) -> dict[str, str]:
    return dict(session.exec(select(Subject.code, Subject.name_nb)).all())
