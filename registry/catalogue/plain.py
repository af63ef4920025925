"""Searching without a search engine: the same filters in SQL, words as they stand in titles, codes, subjects and providers.

Slower and plainer, and used only while the engine is away. What SQL cannot tell is named in ``IGNORED``: a page says so, while
files and feeds, which nobody looks at before using them, are answered from what the engine would be told (``matching``).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from math import asin, cos, radians, sin, sqrt
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, or_
from sqlmodel import Session, col, select

from registry.catalogue.documents import (
    COUNTRYWIDE,
    CREDIT_RANGES,
    Enricher,
    Facets,
    documents_of,
    facets_of,
    taught_in,
)
from registry.catalogue.parameters import CatalogueQuery
from registry.catalogue.plainwords import Said, order, said
from registry.catalogue.rows import OfferRows, published
from registry.catalogue.vocabulary import Entry, Vocabulary
from registry.core import clock
from registry.core.text import norwegian_sort_key
from registry.offers.models import Offer, OfferProvider, OfferSubject, OfferTarget, Run, RunPlace
from registry.offers.states import Delivery, OfferState

#: Facets that depend on the day or on what other rooms know; SQL cannot filter by them.
IGNORED = ("applying", "time", "small_subject")
#: Orders that hang on runs and the day.
UNSORTED = ("oppstart", "frist", "avstand")
Condition = ColumnElement[bool]


def search(
    session: Session, query: CatalogueQuery, words: Vocabulary, place: Entry | None
) -> tuple[list[tuple[str, Mapping[str, Any]]], int]:
    """One page of (offer's key, what a card shows), by title, and the number of all."""
    conditions = _conditions(query, words, place)
    total = session.exec(select(func.count()).select_from(Offer).where(*conditions)).one()
    page = list(
        session.exec(
            select(Offer.key)
            .where(*conditions)
            .order_by(*_order(query, words))
            .offset((query.page - 1) * query.per_page)
            .limit(query.per_page)
        )
    )
    today = clock.today()
    stored: dict[str, Mapping[str, Any]] = {}
    for chunk in published(session, page):
        for rows in chunk:
            stored[rows.offer.key] = next(documents_of(rows, words, today, {})).stored
    return [(key, stored[key]) for key in page if key in stored], total


def matching(
    session: Session, query: CatalogueQuery, words: Vocabulary, place: Entry | None, marks: Enricher, most: int
) -> dict[str, frozenset[str]]:
    """Key of each offer found, by title, at most ``most`` -> its runs that have all that is asked for, each by itself.

    SQL tells which offers might, and what the index would be told of their runs decides: every filter counts, also those
    of ``IGNORED``. An offer without any run is found by its own key.
    """
    conditions = _conditions(query, words, place)
    might = session.exec(select(Offer.key).where(*conditions).order_by(Offer.sort_title, Offer.key)).all()
    near = _near(place, query.km, words)
    today = clock.today()
    found: dict[str, frozenset[str]] = {}
    for chunk in published(session, might):
        told = marks(session, [rows.offer.pk for rows in chunk])
        for rows in chunk:
            values = facets_of(rows, words, today, told)
            found[rows.offer.key] = frozenset(
                key
                for key, own in values.items()
                if has_all(own, query.in_force)
                and (near is None or own.get("reach_everywhere") or near & _where(rows, key, words))
            )
    return dict([(key, found[key]) for key in might if found.get(key)][:most])


def has_all(values: Facets, filters: Iterable[tuple[str, Collection[str]]]) -> bool:
    """Whether what is told of a run has, of each facet filtered by, one of the values wanted."""
    return all(not set(wanted).isdisjoint(values.get(facet, ())) for facet, wanted in filters)


def _where(rows: OfferRows, key: str, words: Vocabulary) -> frozenset[str]:
    """Municipalities of a run."""
    return frozenset(
        code for run in rows.runs if run.key == key for code in taught_in(rows, run, rows.places[run.pk], words)
    )


def _near(place: Entry | None, km: int, words: Vocabulary) -> frozenset[str] | None:
    """Municipalities within the distance; None where no place is asked for."""
    if place is None or place.position is None:
        return None
    here = place.position
    return frozenset(
        code
        for code, entry in words.municipalities.items()
        if entry.position and kilometres(here, entry.position) <= km
    )


def _conditions(query: CatalogueQuery, words: Vocabulary, place: Entry | None) -> list[Any]:
    found: list[Any] = [Offer.state == OfferState.PUBLISHED, col(Offer.is_container).is_(False)]
    found += _said(query.text, words).must
    for facet, values in query.filters:
        if facet not in IGNORED:
            found.append(or_(*(RULES[facet](value, words) for value in values)))
    near = _near(place, query.km, words)
    if near is not None:
        found.append(or_(_taught_in(near, words), _run(col(Run.delivery) == Delivery.ONLINE)))
    return found


def _said(text: str, words: Vocabulary) -> Said:
    return said(text, words, lambda folded: _of_subject(folded, words), lambda folded: _of_provider(folded, words))


def _of_subject(folded: str, words: Vocabulary) -> Condition:
    """Offers of the subjects that have a word, folded, in one of their names, and of those below them."""
    subjects = [code for code, names in words.once(_subject_names).items() if folded in names]
    return _subject([below for code in subjects for below in words.descendants(code)])


def _of_provider(folded: str, words: Vocabulary) -> Condition:
    return _provider([number for number, names in words.once(_provider_names).items() if folded in names])


def _subject_names(words: Vocabulary) -> dict[str, str]:
    """Code -> names in all languages and words for it, folded. An area in bokmål only: its other names hold those of subjects."""
    return {
        code: _folded(
            entry.nb, *((entry.nn, entry.se, entry.en, *words.subject_words.get(code, ())) * bool(entry.parent))
        )
        for code, entry in words.subjects.items()
    }


def _provider_names(words: Vocabulary) -> dict[int, str]:
    """Id -> names, folded. Not the English ones: half of them say "Norwegian", which is a subject."""
    known = {number: words.providers[key] for number, key in words.provider_keys.items()}
    return {number: _folded(one.nb, one.nn, one.se, one.short) for number, one in known.items()}


def _folded(*names: str) -> str:
    """Between signs that nobody types, so that no word reaches from one name into the next."""
    return "\n".join(map(norwegian_sort_key, filter(None, names)))


def _order(query: CatalogueQuery, words: Vocabulary) -> list[Any]:
    """By what was chosen, where SQL can tell it; else what has the school years first; then by title."""
    chosen = [func.coalesce(Offer.credits, 0).desc()] if query.sort == "studiepoeng" else []
    return [*(chosen or order(_said(query.text, words).first)), Offer.sort_title, Offer.key]


def _county(value: str, words: Vocabulary) -> Condition:
    if value == COUNTRYWIDE:
        return _run(col(Run.delivery) == Delivery.ONLINE)
    return _taught_in([code for code, entry in words.municipalities.items() if entry.parent == value], words)


def _subject(codes: Collection[str]) -> Condition:
    further = exists().where(col(OfferSubject.offer_id) == Offer.id, col(OfferSubject.subject_code).in_(codes))
    return or_(col(Offer.subject_code).in_(codes), further)


def _target(condition: Condition) -> Condition:
    return exists().where(col(OfferTarget.offer_id) == Offer.id, condition)


def _provider(ids: Collection[int]) -> Condition:
    return exists().where(col(OfferProvider.offer_id) == Offer.id, col(OfferProvider.organisation_id).in_(ids))


def _run(condition: Condition) -> Condition:
    return exists().where(col(Run.offer_id) == Offer.id, condition)


def _placed(municipalities: Collection[str]) -> Condition:
    return exists().where(col(RunPlace.run_id) == Run.id, col(RunPlace.municipality_code).in_(municipalities))


def _taught_in(municipalities: Collection[str], words: Vocabulary) -> Condition:
    """A run there, or a run without a place from a provider who has its seat there."""
    seated = {key for key, places in words.provider_places.items() if set(places[:1]) & set(municipalities)}
    providers = [number for number, key in words.provider_keys.items() if key in seated]
    nowhere = and_(
        ~exists().where(col(RunPlace.run_id) == Run.id),
        func.coalesce(cast(Run.delivery, String), "") != Delivery.ONLINE,
    )
    return or_(_run(_placed(municipalities)), and_(_provider(providers), _run(nowhere)))


def _credits(value: str) -> Condition:
    """A range of ``documents.CREDIT_RANGES``; no offer where the name is none of them."""
    names = [name for _, name in CREDIT_RANGES]
    if value not in names:
        return col(Offer.credits) < 0
    place = names.index(value)
    above = col(Offer.credits) >= CREDIT_RANGES[place][0]
    return above if place + 1 == len(names) else and_(above, col(Offer.credits) < CREDIT_RANGES[place + 1][0])


def _in_month(value: str) -> Condition:
    """``2026-08``; no run where there is no such month."""
    try:
        first = date.fromisoformat(f"{value}-01")
    except ValueError:
        return col(Run.id) < 0
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return and_(col(Run.starts_on) >= first, col(Run.starts_on) < after)


def kilometres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance between two points in degrees, by the haversine formula (mean radius of the earth, IUGG)."""
    low, high = radians(a[0]), radians(b[0])
    half = sin((high - low) / 2) ** 2 + cos(low) * cos(high) * sin(radians(b[1] - a[1]) / 2) ** 2
    return 2 * 6371.0088 * asin(min(1.0, sqrt(half)))


#: What one value of a facet asks of an offer.
RULES: Mapping[str, Callable[[str, Vocabulary], Condition]] = {
    "subject": lambda value, words: _subject(words.descendants(value)),
    "setting": lambda value, _: _target(col(OfferTarget.setting) == value),
    "role": lambda value, _: _target(col(OfferTarget.role) == value),
    "school_years": lambda value, _: col(Offer.school_years) == value,
    "step": lambda value, _: col(Offer.step) == int(value),
    "measure": lambda value, _: col(Offer.measure_code) == value,
    "credits_range": lambda value, _: _credits(value),
    "level": lambda value, words: col(Offer.level_code).in_(
        [code for code in words.levels if words.nqf(code) == value]
    ),
    "language": lambda value, _: cast(Offer.languages, String).contains(f'"{value}"', autoescape=True),
    "provider": lambda value, words: _provider([one for one, key in words.provider_keys.items() if key == value]),
    "delivery": lambda value, _: _run(cast(Run.delivery, String) == value),
    "term": lambda value, _: _run(col(Run.term) == value),
    "start_month": lambda value, _: _run(_in_month(value)),
    "county": _county,
    "municipality": lambda value, _: _run(_placed([value])),
}
