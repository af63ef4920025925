"""What a followed search finds, as ``news`` compares it, and the same in words for a letter."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any
from urllib.parse import parse_qsl

from sqlmodel import Session, col, select

from registry.catalogue.documents import facets_of
from registry.catalogue.news import BEFORE_OPENING, News, Seen, snapshot
from registry.catalogue.parameters import CatalogueQuery, parse
from registry.catalogue.plain import IGNORED, has_all
from registry.catalogue.queries import search
from registry.catalogue.rows import OfferRows, by_key, published
from registry.catalogue.vocabulary import vocabulary
from registry.catalogue.windows import shown_runs
from registry.core.text import slug
from registry.offers.models import Offer, Run
from registry.offers.states import LIVE_RUNS, LOST_RUNS, OfferState, RunState
from search.protocol import SearchEngine, SearchUnavailable


@dataclass(frozen=True, slots=True)
class Picture:
    """What a search finds now: how many offers, and what the runs of the first ``most`` look like."""

    total: int
    seen: Seen


def picture(session: Session, engine: SearchEngine, query: CatalogueQuery, most: int, today: date) -> Picture:
    """Raises SearchUnavailable: a poorer answer would look as if offers had gone."""
    result = search(engine, session, replace(query, page=1, per_page=most), every_word=True)
    if result.degraded:
        raise SearchUnavailable("followed searches wait for the engine")
    matched = {hit.key: hit.matched for hit in result.hits}
    found = [
        (rows, _matching(rows, matched[rows.offer.key], today))
        for chunk in published(session, list(matched))
        for rows in chunk
    ]
    return Picture(result.total, snapshot(found, today))


def query_of(address: str) -> CatalogueQuery:
    """The search of a saved address."""
    return parse(parse_qsl(address))


def gone(session: Session, before: Seen, now: Seen) -> tuple[dict[str, RunState], set[str]]:
    """Of what was seen and is not: runs that were cancelled or postponed, and offers that were discontinued."""
    runs = {run for offer, looks in before.items() for run in looks} - {run for looks in now.values() for run in looks}
    offers = before.keys() - now.keys()
    lost = session.exec(select(Run).where(col(Run.key).in_(runs), col(Run.state).in_(LOST_RUNS)))
    ended = session.exec(
        select(Offer.key).where(col(Offer.key).in_(offers), col(Offer.state) == OfferState.DISCONTINUED)
    )
    return {run.key: run.state for run in lost}, set(ended.all())


def awaited(session: Session, query: CatalogueQuery, before: Seen, now: Seen, today: date) -> Seen:
    """What runs look like now that were seen before they opened, and that a search for some state of application has lost.

    A search for what opens soon loses a run the day that it opens: that is the news that was waited for. What no longer fits
    for another reason is left out, as far as filters tell.
    """
    if not query.values("applying"):
        return {}
    lost = {
        run
        for offer, looks in before.items()
        for run, look in looks.items()
        if look["applying"] in BEFORE_OPENING and run not in now.get(offer, {})
    }
    words = vocabulary(session)
    asked = [(facet, wanted) for facet, wanted in query.filters if facet not in IGNORED]
    found = []
    for chunk in published(session, [offer for offer, looks in before.items() if lost & looks.keys()]):
        for rows in chunk:
            values = facets_of(rows, words, today, {})
            fit = {key for key in lost & values.keys() if has_all(values[key], asked)}
            found.append((rows, [run for run in rows.runs if run.key in fit and run.state in LIVE_RUNS]))
    return snapshot(found, today)


def in_words(session: Session, told: Sequence[News], language: str) -> list[dict[str, Any]]:
    """For the letter: each offer with its title, providers and path, and its news with municipalities by name."""
    words = vocabulary(session)
    offers = {rows.offer.key: rows for rows in by_key(session, {one.offer for one in told})}
    letter = []
    for key, some in groupby(told, key=lambda one: one.offer):
        if key not in offers:
            continue
        rows = offers[key]
        providers = [words.provider_keys[one] for one in rows.providers if one in words.provider_keys]
        letter.append(
            {
                "title": rows.offer.title,
                "provider": " / ".join(words.providers[one].name(language) for one in providers),
                "path": f"/tilbud/{key}/{slug(rows.offer.title) or '-'}",
                "news": [
                    {
                        "kind": one.kind.value,
                        "term": one.term,
                        "day": one.day.isoformat() if one.day else None,
                        "places": [
                            words.municipalities[place].name(language)
                            for place in one.places
                            if place in words.municipalities
                        ],
                    }
                    for one in some
                ],
            }
        )
    return letter


def _matching(rows: OfferRows, matched: Collection[str], today: date) -> list[Run]:
    return [run for run in shown_runs(rows.runs, today) if run.key in matched]
