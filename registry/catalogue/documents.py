"""What the search engine is told: the settings of the index, and one document for every run that is shown."""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from sqlmodel import Session, col, select

from registry.catalogue import askers
from registry.catalogue.parameters import PAST, UPCOMING
from registry.catalogue.rows import OfferRows, published
from registry.catalogue.texts import form_text, place_text, text_of
from registry.catalogue.vocabulary import Vocabulary, load
from registry.catalogue.windows import Applying, Window, shown_runs
from registry.core import clock
from registry.offers.models import Run
from registry.offers.states import Delivery
from registry.reference.load import rows as reference_rows
from registry.reference.models import Synonym
from search.protocol import IndexSettings, SearchDocument

SEARCHABLE = {
    "title": 10.0,
    "lead": 8.0,
    "code": 4.0,
    "subject": 6.0,
    "years": 4.0,
    "target": 3.0,
    "provider": 3.0,
    "area": 2.5,
    "place": 2.0,
    "form": 2.0,
    "subject_words": 2.0,
    "asked_as": 2.0,
    "tags": 2.0,
    "description": 1.0,
}
FACETS = (
    "subject",
    "county",
    "municipality",
    "setting",
    "role",
    "term",
    "start_month",
    "credits_range",
    "delivery",
    "level",
    "provider",
    "language",
    "measure",
    "applying",
    "small_subject",
    "reach_everywhere",
    "school_years",
    "step",
    "time",
    "demo",
)
#: Those that tell the runs of one offer apart; the others speak of the offer.
VARYING = frozenset(
    {"county", "municipality", "term", "start_month", "delivery", "applying", "time", "reach_everywhere"}
)
NUMERIC = ("soonest", "deadline", "start", "credits", "coming", "chance")

_ENOUGH = 20  #: documents: a page of the answer
COUNTRYWIDE = "00"  #: beside the counties' numbers: taught online, wherever people are
FEW = "few"  #: of "applying", beside where a run stands: fewer have applied than are needed
#: Credit ranges: the least of each, rising; the last has no upper end.
CREDIT_RANGES = ((0.5, "1-9"), (10, "10-19"), (20, "20-30"), (30.5, "31-60"), (60.5, "61-"))

MARKED = ("title", "about")  #: stored texts that are shown with the words that were found
_LONGEST_ABOUT = 600  #: of a description, as far as hits are shown with it

_DAYS = 10_000_000  #: above any ordinal of a date
_TOO_LATE = frozenset({Applying.CLOSED, Applying.CANCELLED})
#: How near one is to applying, of documents that match equally well.
_CHANCE = {
    Applying.OPEN: 1.0,
    Applying.SOON: 0.8,
    Applying.LATER: 0.6,
    Applying.UNKNOWN: 0.6,
    Applying.CLOSED: 0.2,
    Applying.CANCELLED: 0.0,
    Applying.ENDED: 0.0,
}

Facets = Mapping[str, tuple[str, ...]]  #: name of a facet -> values
#: (session, ids of offers) -> key of an offer or of a run -> facets. How rooms above tell what they know of them; what is told
#: of a run stands beside the run's own values.
Enricher = Callable[[Session, Sequence[int]], Mapping[str, Facets]]


def index_settings(session: Session, today: date | None = None) -> IndexSettings:
    """Everything an engine must know before the first document. The same tables on the same day give equal settings."""
    groups = synonym_groups(session, today or clock.today())
    return IndexSettings(
        searchable=SEARCHABLE,
        facets=FACETS,
        varying=VARYING,
        numeric=NUMERIC,
        synonyms=tuple(tuple(dict.fromkeys(group)) for group in groups.values() if len(set(group)) > 1),
        stop_words=frozenset(row["word"] for row in reference_rows("stop_words")),
        general_words=frozenset(row["word"] for row in reference_rows("general_words")),
        compound_parts=askers.compound_words(),
        places=askers.places(),
        preferred="chance",
        enough=_ENOUGH,
    )


def synonym_groups(session: Session, day: date) -> dict[str, list[str]]:
    """The terms that find each other on a day, by the name of their group."""
    groups: dict[str, list[str]] = {}
    for synonym in session.exec(select(Synonym).order_by(col(Synonym.group_name), col(Synonym.term))):
        if synonym.holds(day):
            groups.setdefault(synonym.group_name, []).append(synonym.term)
    return groups


def build_documents(
    session: Session,
    offer_keys: Collection[str] | None = None,
    enrichers: Iterable[Enricher] = (),
    today: date | None = None,
) -> Iterator[SearchDocument]:
    """One document for each run that stands for a published offer (``windows.shown_runs``), by offer.

    An offer without any run has one document under its own key. With ``offer_keys`` only those offers. Streams:
    some thousand offers are in memory at a time.
    """
    enrichers = tuple(enrichers)
    day = today or clock.today()
    words = load(session)
    for chunk in published(session, offer_keys):
        extra = _enriched(session, enrichers, [rows.offer.pk for rows in chunk])
        for rows in chunk:
            yield from documents_of(rows, words, day, extra)


def document_versions(session: Session, today: date | None = None) -> Iterator[tuple[str, str, int]]:
    """(id, group, version) of every document that ``build_documents`` would make now."""
    day = today or clock.today()
    for chunk in published(session):
        for rows in chunk:
            for run in shown_runs(rows.runs, day):
                yield run.key, rows.offer.key, version(rows, run, day)
            if not rows.runs:
                yield rows.offer.key, rows.offer.key, rows.offer.version * _DAYS


def documents_of(
    rows: OfferRows, words: Vocabulary, today: date, extra: Mapping[str, Facets]
) -> Iterator[SearchDocument]:
    """The documents of one offer, with what ``extra`` says of it and of its runs, by key."""
    text = text_of(rows, words)
    facets = facets_of(rows, words, today, extra)
    # Engines keep this order between runs that match equally well: the first is the one a list shows.
    for run in sorted(shown_runs(rows.runs, today), key=lambda one: _soonest(Window.of(one), today)):
        places = rows.places[run.pk]
        taught = taught_in(rows, run, places, words)
        yield SearchDocument(
            id=run.key,
            group=rows.offer.key,
            text=text | {"place": place_text(taught, words), "form": form_text(run)},
            facets=facets[run.key],
            numbers=_numbers(rows, run, today),
            position=_position(taught, words),
            stored=_stored(rows, run, places, words),
            names=_names(rows),
            version=version(rows, run, today),
        )
    if not rows.runs:
        yield SearchDocument(
            id=rows.offer.key,
            group=rows.offer.key,
            text=text,
            facets=facets[rows.offer.key],
            numbers={"credits": _credits(rows), "coming": 1.0, "chance": _CHANCE[Applying.UNKNOWN]},
            stored=_stored(rows, None, [], words),
            names=_names(rows),
            version=rows.offer.version * _DAYS,
        )


def facets_of(
    rows: OfferRows, words: Vocabulary, today: date, extra: Mapping[str, Facets]
) -> dict[str, dict[str, tuple[str, ...]]]:
    """Key of each run that stands for an offer -> its values; an offer without any run has them under its own key."""
    own = _beside(_offer_facets(rows, words), extra.get(rows.offer.key, {}))
    if not rows.runs:
        return {rows.offer.key: own | {"time": (UPCOMING,), "applying": (str(Applying.UNKNOWN),)}}
    return {
        run.key: own | _beside(_run_facets(rows, run, rows.places[run.pk], words, today), extra.get(run.key, {}))
        for run in shown_runs(rows.runs, today)
    }


def version(rows: OfferRows, run: Run, today: date) -> int:
    """Rises with every change of the offer or the run, and on the days when the dates of a run change what it means.

    So the index can be compared with the database by versions alone, also the day after a deadline.
    """
    return (rows.offer.version + run.version) * _DAYS + Window.of(run).unchanged_since(today).toordinal()


def credit_range(points: float | None) -> str | None:
    """The name of the range that so many credits fall in: 7.5 -> "1-9"."""
    found = None
    for least, name in CREDIT_RANGES:
        if points is not None and points >= least:
            found = name
    return found


def _enriched(session: Session, enrichers: Sequence[Enricher], ids: Sequence[int]) -> dict[str, Facets]:
    found: dict[str, Facets] = {}
    for enrich in enrichers:
        for key, facets in enrich(session, ids).items():
            found[key] = _beside(found.get(key, {}), facets)
    return found


def _beside(own: Facets, told: Facets) -> dict[str, tuple[str, ...]]:
    return {**own, **{name: (*own.get(name, ()), *values) for name, values in told.items()}}


def _offer_facets(rows: OfferRows, words: Vocabulary) -> dict[str, tuple[str, ...]]:
    offer = rows.offer
    return {
        "subject": tuple(dict.fromkeys(code for subject in rows.subjects for code in words.ancestors(subject))),
        "setting": _distinct(setting for setting, _ in rows.targets),
        "role": _distinct(role for _, role in rows.targets),
        "credits_range": _distinct([credit_range(_credits(rows))]),
        "level": _distinct([words.nqf(offer.level_code)]),
        "provider": _distinct(words.provider_keys.get(one) for one in rows.providers),
        "language": tuple(offer.languages),
        "measure": _distinct([offer.measure_code]),
        "school_years": _distinct([offer.school_years]),
        "step": _distinct([str(offer.step) if offer.step else None]),
        "demo": ("1",) if offer.is_demo else (),
    }


def _run_facets(
    rows: OfferRows, run: Run, places: Sequence[str], words: Vocabulary, today: date
) -> dict[str, tuple[str, ...]]:
    window = Window.of(run)
    online = run.delivery is Delivery.ONLINE
    here = taught_in(rows, run, places, words)
    counties = [entry.parent for code in here for entry in words.place(code)[:1]]
    return {
        "county": _distinct([*counties, COUNTRYWIDE if online else None]),
        "municipality": tuple(places),
        "term": (run.term,),
        "start_month": _distinct([f"{run.starts_on:%Y-%m}" if run.starts_on else None]),
        "delivery": _distinct([str(run.delivery) if run.delivery else None]),
        "applying": (str(window.applying(today)),),
        "time": (PAST if window.is_past(today) else UPCOMING,),
        "reach_everywhere": ("1",) if online else (),
    }


def taught_in(rows: OfferRows, run: Run, places: Sequence[str], words: Vocabulary) -> Sequence[str]:
    """Municipalities: where the run is; where it says nothing of that and is not online, where its providers have their seat."""
    return places or ([] if run.delivery is Delivery.ONLINE else _seats(rows, words))


def _seats(rows: OfferRows, words: Vocabulary) -> list[str]:
    """Where a run is looked for that names no place: where its providers have their seat."""
    keys = [words.provider_keys[one] for one in rows.providers if one in words.provider_keys]
    return [seat for key in keys for seat in words.provider_places.get(key, ())[:1]]


def _position(taught: Sequence[str], words: Vocabulary) -> tuple[float, float] | None:
    """Of the first municipality; what is only online lies nowhere, so that it is not nearer to some than to others."""
    return next((words.municipalities[code].position for code in taught if code in words.municipalities), None)


def _numbers(rows: OfferRows, run: Run, today: date) -> dict[str, float | None]:
    """Days are ordinals. ``deadline``: deadlines to come first, then the newest of those that have passed."""
    window = Window.of(run)
    closes = run.application_closes_on
    deadline = None
    if closes is not None:
        deadline = closes.toordinal() if closes >= today else _DAYS - closes.toordinal()
    return {
        "soonest": _soonest(window, today),
        "deadline": deadline,
        "start": window.first_day.toordinal() if run.starts_on else None,
        "credits": _credits(rows),
        "coming": float(not window.is_past(today)),
        "chance": _CHANCE[window.applying(today)],
    }


def _soonest(window: Window, today: date) -> int:
    """What can be applied for first, by when it starts; then what is closed, then earlier years, each from the newest."""
    start = window.first_day.toordinal()
    if window.is_past(today):
        return 3 * _DAYS - start
    return 2 * _DAYS - start if window.applying(today) in _TOO_LATE else start


def _credits(rows: OfferRows) -> float | None:
    return float(rows.offer.credits) if rows.offer.credits is not None else None


def _names(rows: OfferRows) -> tuple[str, ...]:
    return (rows.offer.title, *rows.offer.other_titles.values())


def _stored(rows: OfferRows, run: Run | None, places: Sequence[str], words: Vocabulary) -> dict[str, object]:
    """What a card of the result list shows, in codes: names are put in the reader's language when it is shown."""
    offer = rows.offer
    found: dict[str, object] = {
        "title": unicodedata.normalize("NFC", offer.title),
        "about": unicodedata.normalize("NFC", offer.description or "")[:_LONGEST_ABOUT],
        "language": offer.title_language,
        "providers": [words.provider_keys[one] for one in rows.providers if one in words.provider_keys],
        "subject": offer.subject_code,
        "credits": _credits(rows),
        "credit_scheme": str(offer.credit_scheme) if offer.credit_scheme else None,
        "school_years": offer.school_years,
        "settings": list(_distinct(setting for setting, _ in rows.targets)),
        "roles": list(_distinct(role for _, role in rows.targets)),
        "demo": offer.is_demo,
    }
    if run is not None:
        found |= {
            "term": run.term,
            "state": str(run.state),
            "delivery": str(run.delivery) if run.delivery else None,
            "places": list(places),
            "starts_on": _iso(run.starts_on),
            "ends_on": _iso(run.ends_on),
            "opens_on": _iso(run.application_opens_on),
            "closes_on": _iso(run.application_closes_on),
        }
    return found


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _distinct(values: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
