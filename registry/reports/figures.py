"""Figures of applications, completion and demand, as of any date, exact or rounded for the public.

Every sum is rounded by itself from the exact sum (rule SMALL_CELL), so that nothing hidden can be worked out.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlmodel import Session, col, select

from registry.applications.figures import COUNTED, RunFigures, rounding
from registry.applications.queries import run_figures
from registry.core import clock
from registry.core.errors import NotFound
from registry.offers.history import states_on
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import GONE_RUNS, OFFER, RUN, OfferState, RunState
from registry.plans.queries import needs_on
from registry.reference.models import Organisation, Subject
from registry.reports.filters import Filters
from registry.reports.terms import known_terms
from registry.rules.register import rules_on
from registry.web.i18n import N_

Rounded = Callable[[int | None], int | None]


def applications(session: Session, filters: Filters) -> dict[str, Any]:
    """{"as_of", "term", "runs": [{"run", "offer", "term", "places", figures…}]}, most applied first."""
    term = term_for(session, filters)
    figures = figures_for(session, filters, term)
    rounded = rounding_for(session, filters)
    listed = _runs(
        session, term, Run.id, Run.key, Run.term, Run.places, Offer.key, Offer.title,
        Organisation.id, Organisation.name_nb, Organisation.dbh_code, Organisation.orgnr,
    )  # fmt: skip
    rows = [
        {
            "run": key,
            "offer": {
                "key": offer,
                "title": title,
                "provider": {"name": name, "dbh_code": dbh_code, "orgnr": orgnr},
            },
            "term": when,
            "places": places,
            "source": figures[pk].source,
            **shown(sums([figures[pk]]), _exactly if provider in filters.own else rounded),
        }
        for pk, key, when, places, offer, title, provider, name, dbh_code, orgnr in listed
        if pk in figures and figures[pk].source != "none"
    ]
    rows.sort(key=lambda row: (-(row["applied"] or 0), row["run"]))
    return {"as_of": filters.as_of.isoformat(), "term": term, "runs": rows}


def completion(session: Session, filters: Filters) -> dict[str, Any]:
    """{"as_of", "term", "subjects": [{"code", "name", "runs", figures…}]}, by name."""
    term = term_for(session, filters)
    figures = figures_for(session, filters, term)
    rounded = rounding_for(session, filters)
    groups: dict[str, list[RunFigures]] = {}
    for pk, code in _runs(session, term, Run.id, Offer.subject_code):
        if pk in figures and figures[pk].source != "none":
            groups.setdefault(code or "", []).append(figures[pk])
    names = _subject_names(session)
    rows = [
        {
            "code": code or None,
            "name": names.get(code, N_("Uten fag")),
            "runs": len(group),
            **shown(sums(group), rounded),
        }
        for code, group in groups.items()
    ]
    rows.sort(key=lambda row: str(row["name"]))
    return {"as_of": filters.as_of.isoformat(), "term": term, "subjects": rows}


def demand(session: Session, filters: Filters) -> dict[str, Any]:
    """{"as_of", "term", "subjects": [{"code", "name", "needed", "applied", "places", "started"}]}, largest need first.

    Needs are those of the owners' plans for the term's year as submitted by the day; ``owner`` narrows to one owner.
    """
    term = term_for(session, filters)
    figures = figures_for(session, filters, term)
    rounded = rounding_for(session, filters)
    of_owners = rounding_for(session, replace(filters, own=frozenset()))  # needs are no institution's own
    year = int(term[:4]) if term else filters.as_of.year
    owner = _organisation(session, filters.owner) if filters.owner else None
    needed = needs_on(session, year, filters.as_of, owner)
    then = states_on(session, RUN, filters.as_of)
    groups: dict[str, list[RunFigures]] = {}
    places: dict[str, int] = {}
    for pk, state, room, subject in _runs(session, term, Run.id, Run.state, Run.places, Offer.subject_code):
        code = subject or ""
        if pk not in figures:  # not known on the day, or another provider's
            continue
        groups.setdefault(code, []).append(figures[pk])
        if then(pk, state) not in GONE_RUNS:
            places[code] = places.get(code, 0) + (room or 0)
    names = _subject_names(session)
    rows: list[dict[str, Any]] = []
    for code in sorted(needed.keys() | {c for c, group in groups.items() if c and any(f.applied for f in group)}):
        summed = sums(groups.get(code, []))
        rows.append(
            {
                "code": code,
                "name": names.get(code, code),
                "needed": of_owners(needed.get(code, 0)),
                "applied": rounded(summed["applied"]),
                "places": places.get(code, 0),
                "started": rounded(summed["started"]),
            }
        )
    rows.sort(key=lambda row: (-(row["needed"] or 0), str(row["name"])))
    return {"as_of": filters.as_of.isoformat(), "term": term, "year": year, "subjects": rows}


def national(session: Session, filters: Filters) -> dict[str, Any]:
    """{"as_of", "terms": [{"term", "offers", "runs", "cancelled", figures…}]}, newest term first."""
    figures = figures_for(session, filters, None)
    rounded = rounding_for(session, filters)
    moment = clock.end_of_day(filters.as_of)
    run_then, offer_then = states_on(session, RUN, filters.as_of), states_on(session, OFFER, filters.as_of)
    runs: dict[str, list[tuple[int, int, str | None]]] = {}
    query = (
        select(Run.id, Run.offer_id, col(Run.state), Run.term)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .where(Run.created_at <= moment)
    )
    offers = dict(session.exec(select(Offer.id, col(Offer.state))).all())
    for run_id, offer_id, state, term in session.exec(query):
        stood = run_then(run_id or 0, state)
        if stood != RunState.ABSORBED and offer_then(offer_id, offers[offer_id]) not in (None, OfferState.DRAFT):
            runs.setdefault(term, []).append((run_id or 0, offer_id, stood))
    rows = [
        {
            "term": term,
            "offers": len({offer for _, offer, _ in runs[term]}),
            "runs": len(runs[term]),
            "cancelled": sum(state == RunState.CANCELLED for _, _, state in runs[term]),
            **shown(sums([figures[run] for run, _, _ in runs[term] if run in figures]), rounded),
        }
        for term in known_terms(session)
        if term in runs and filters.term in (None, "all", term)
    ]
    return {"as_of": filters.as_of.isoformat(), "terms": rows}


def term_for(session: Session, filters: Filters) -> str | None:
    """The term asked for; the newest with runs where none is; None for all."""
    if filters.term == "all":
        return None
    return filters.term or next(iter(known_terms(session)), None)


def figures_for(session: Session, filters: Filters, term: str | None) -> Mapping[int, RunFigures]:
    """Figures by run id, as of the day."""
    provider = _organisation(session, filters.provider) if filters.provider else None
    as_of = None if filters.as_of >= clock.today() else filters.as_of
    return run_figures(session, as_of=as_of, term=term, provider=provider)


def _runs(session: Session, term: str | None, *columns: Any) -> Any:
    """These columns of every run, its offer and the institution that leads it: a term has thousands, whole rows would be slow."""
    query = (
        select(*columns)
        .select_from(Run)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .join(OfferProvider, (col(OfferProvider.offer_id) == Offer.id) & col(OfferProvider.leads).is_(True))
        .join(Organisation, col(Organisation.id) == OfferProvider.organisation_id)
    )
    return session.execute(query if term is None else query.where(Run.term == term))


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


def sums(group: Iterable[RunFigures]) -> dict[str, int | None]:
    """Sums over the known figures; a figure that nobody knows stays unknown."""
    listed = [one for one in group if one.source != "none"]
    summed: dict[str, int | None] = {}
    for name in COUNTED:
        known = [value for one in listed if (value := getattr(one, name)) is not None]
        summed[name] = sum(known) if known else None
    return summed


def shown(summed: Mapping[str, int | None], rounded: Rounded) -> dict[str, int | None]:
    """Each sum as it may be shown."""
    return {name: rounded(value) for name, value in summed.items()}


def _exactly(number: int | None) -> int | None:
    return number


def rounding_for(session: Session, filters: Filters) -> Rounded:
    """How a figure may be shown to who asks: exactly to who may see all, and where all of it is of an own institution."""
    if filters.exact or (filters.provider and filters.own and _organisation(session, filters.provider) in filters.own):
        return _exactly
    base = int(rules_on(session, clock.today())["SMALL_CELL"])  # it is published today, whatever day it speaks of
    return lambda number: rounding(number, base)


def _subject_names(session: Session) -> dict[str, str]:
    return dict(session.exec(select(Subject.code, Subject.name_nb)).all())
