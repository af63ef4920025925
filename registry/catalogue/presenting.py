"""An answer as the search page shows it: heading, filters, chips, cards. Everything in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

from registry.catalogue import labels
from registry.catalogue.addresses import address, offer_address
from registry.catalogue.documents import COUNTRYWIDE, CREDIT_RANGES
from registry.catalogue.labels import value_label
from registry.catalogue.parameters import PARAMETERS, CatalogueQuery
from registry.catalogue.plain import IGNORED, kilometres
from registry.catalogue.queries import Found, Result, Way
from registry.catalogue.vocabulary import Vocabulary
from registry.catalogue.windows import Window
from registry.core import terms
from registry.core.text import fold, norwegian_sort_key
from registry.offers.states import RunState
from registry.web.formatting import and_list, long_date, number
from registry.web.i18n import current_language, gettext, ngettext
from search.protocol import Span

_BEFORE_MARK, _EXCERPT = 60, 180  #: letters of a description
SEARCHED_ABOVE = 15  #: a list with more values gets a field to look in it
_OPEN = frozenset({"subject", "topic", "setting", "county"})
_ORDER = (
    "subject", "topic", "setting", "role", "county", "delivery", "applying", "term", "start_month", "credits_range",
    "school_years", "level", "measure", "provider", "municipality", "language", "small_subject", "time",
)  # fmt: skip
_NAMES = {parameter.facet: parameter.name for parameter in PARAMETERS}
_BY_TIME = frozenset({"term", "start_month"})
_FIXED_ORDER = {
    "applying": tuple(labels.APPLYING),
    "credits_range": tuple(name for _, name in CREDIT_RANGES),
    "level": tuple(labels.LEVELS),
    "delivery": tuple(labels.DELIVERY),
    "time": tuple(labels.TIME),
}


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    count: int | None


@dataclass(frozen=True, slots=True)
class Facet:
    """A list of check boxes. ``name`` is the parameter; ``key`` is unique on the page."""

    key: str
    name: str
    label: str
    options: Sequence[Option]
    selected: Sequence[str]
    open: bool
    looking: str | None  #: what is looked for in the list; None where it is too short to look in


@dataclass(frozen=True, slots=True)
class Chip:
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class County:
    """A tile of the map: a link that adds the county to the search, or takes it away."""

    code: str
    name: str
    count: int
    selected: bool
    href: str


#: A piece of a text, and whether it was found. Templates escape the one and mark the other.
Piece = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Rest:
    """What a card says whatever was looked for. ``facts`` are (term, text) in the same order everywhere."""

    key: str
    title: str
    language: str | None
    facts: tuple[tuple[str, str], ...]
    state: str
    color: str
    deadline: str
    more_runs: int
    demo: bool


@dataclass(frozen=True, slots=True)
class Card:
    """An offer in a list."""

    href: str
    marked_title: Sequence[Piece]
    excerpt: Sequence[Piece]  #: of the description, where words that were found stand only there
    provider: str
    rest: Rest


def heading(result: Result) -> str:
    """The page's title is the answer: "23 tilbud for «norsk» innen 100 km fra Bodø"."""
    query = result.query
    count = ngettext("%(num)s tilbud", "%(num)s tilbud", result.total).replace(str(result.total), number(result.total))
    if not result.total:
        count = gettext("Ingen tilbud")
    said = [count]
    if query.text:
        said.append(gettext("for «%(text)s»", text=query.text))
    if result.place:
        place = result.place.name(current_language())
        said.append(gettext("innen %(km)d km fra %(place)s", km=query.km, place=place))
    return " ".join(said)


def facets(result: Result, words: Vocabulary, looking: Mapping[str, str] = MappingProxyType({})) -> list[Facet]:
    """In the page's order. A value that finds nothing is kept where it is chosen, and greyed by the template.

    ``looking``: facet -> what its names must hold to be listed; what is chosen is listed all the same.
    """
    found = []
    for key in _ORDER:
        facet = "subject" if key == "topic" else key
        selected = _selected(key, result.query, words)
        options = _options(key, facet, selected, result, words)
        if options:
            wanted = fold(looking.get(key, ""))[:60] if len(options) > SEARCHED_ABOVE else None
            found.append(
                Facet(
                    key=key,
                    name=_NAMES[facet],
                    label=gettext(labels.FACETS[key]),
                    options=_named(options, wanted or "", selected),
                    selected=selected,
                    open=key in _OPEN,
                    looking=wanted,
                )
            )
    return found


def _named(options: Sequence[Option], text: str, selected: Sequence[str]) -> Sequence[Option]:
    if not text:
        return options
    wanted = norwegian_sort_key(text)
    return [one for one in options if wanted in norwegian_sort_key(one.label) or one.value in selected]


def _selected(key: str, query: CatalogueQuery, words: Vocabulary) -> list[str]:
    if key not in ("subject", "topic"):
        return list(query.values(key))
    return [code for code in query.values("subject") if _is_topic(code, words) == (key == "topic")]


def _is_topic(code: str, words: Vocabulary) -> bool:
    """A subject inside an area, as opposed to the area or the field it lies in."""
    return len(words.ancestors(code)) > 2


def _options(key: str, facet: str, selected: Sequence[str], result: Result, words: Vocabulary) -> list[Option]:
    counts = dict(result.facets.get(facet, {}))
    if key == "subject":
        shown = {code for code in words.subjects if len(words.ancestors(code)) == 2}
    elif key == "topic":  # only the subjects of the areas that are chosen: 155 in one list help nobody
        areas = set(result.query.values("subject")) | {area for code in selected for area in words.ancestors(code)[1:2]}
        shown = {code for area in areas for code in words.descendants(area) if _is_topic(code, words)}
        shown &= counts.keys()
    elif key == "municipality":  # of the counties that are chosen, for the same reason
        chosen = result.query.values("county")
        shown = {
            code for code in counts if code in words.municipalities and words.municipalities[code].parent in chosen
        }
    elif key == "county":
        shown = {*words.counties, COUNTRYWIDE}
    elif key in ("setting", "role"):
        shown = set(getattr(words, f"{key}s"))
    elif key in ("applying", "delivery", "credits_range"):
        shown = set(_FIXED_ORDER[key])
    else:
        shown = set(counts)
    if result.degraded:
        shown = set() if key in (*IGNORED, "topic") else shown
    shown |= set(selected)
    options = [
        Option(value, value_label(facet, value, words), None if result.degraded else counts.get(value, 0))
        for value in shown
    ]
    return sorted(options, key=lambda option: _place(key, option, words))


def _place(key: str, option: Option, words: Vocabulary) -> tuple[Any, ...]:
    """Times newest first, scales as they rise, places of work and roles as life goes, the rest by number of offers."""
    if key in ("setting", "role"):
        listed = list(words.settings if key == "setting" else words.roles)
        return (listed.index(option.value) if option.value in listed else len(listed),)
    if key == "school_years":
        return tuple(int(year) for year in option.value.split("-"))
    if key in _BY_TIME:
        return (-_moment(option.value),)
    if key in _FIXED_ORDER:
        order = _FIXED_ORDER[key]
        return (order.index(option.value) if option.value in order else len(order),)
    return (-(option.count or 0), norwegian_sort_key(option.label))


def _moment(value: str) -> int:
    try:
        year, half = terms.sort_key(value)
    except ValueError:
        return int(value.replace("-", ""))
    return year * 2 + half


def chips(result: Result, words: Vocabulary) -> list[Chip]:
    """What is chosen, each with the address of the search without it."""
    query = result.query
    found = [
        Chip(value_label(facet, value, words), address(query.without(facet, value)))
        for facet, values in query.filters
        for value in values
    ]
    if query.near:
        place = result.place.name(current_language()) if result.place else query.near
        found.append(Chip(gettext("%(km)d km fra %(place)s", km=query.km, place=place), address(query.without_place())))
    return found


def search_name(result: Result, words: Vocabulary) -> str:
    """A name for the search itself, as a person would file it: "norsk, Vestland, Nettbasert"."""
    said = ([result.query.text] if result.query.text else []) + [chip.text for chip in chips(result, words)]
    return ", ".join(said) or gettext("Alle tilbud")


def counties(result: Result, words: Vocabulary) -> list[County]:
    """The map."""
    query, language = result.query, current_language()
    chosen = query.values("county")
    counts = result.facets.get("county", {})
    return [
        County(
            code=code,
            name=entry.name(language),
            count=counts.get(code, 0),
            selected=code in chosen,
            href=address(query.without("county", code) if code in chosen else query.with_value("county", code)),
        )
        for code, entry in words.counties.items()
    ]


def card(hit: Found, result: Result, words: Vocabulary, today: date) -> Card:
    """Where it stands is told from its dates as of ``today``, not from what the index thought last night."""
    stored = hit.stored
    language = current_language()
    providers = [words.providers[key].name(language) for key in stored["providers"] if key in words.providers]
    starts, closes = _day(stored.get("starts_on")), _day(stored.get("closes_on"))
    applying = _applying(stored, today)
    facts = [
        (gettext("Sted"), place_label(stored.get("places") or [], stored.get("delivery"), words)),
        (gettext("Avstand"), _distance(stored, result, words)),
        (gettext("Omfang"), labels.credits_label(stored["credits"], stored["credit_scheme"])),
        (
            gettext("Form"),
            gettext(labels.DELIVERY.get(str(stored.get("delivery")), "")) if stored.get("delivery") else "",
        ),
        (gettext("Oppstart"), long_date(starts) or (labels.term_label(stored["term"]) if stored.get("term") else "")),
        (gettext("For"), audience(stored["settings"], stored["roles"], stored["school_years"], words)),
    ]
    return Card(
        href=offer_address(hit.key, stored["title"]),
        marked_title=pieces(stored["title"], hit.marks.get("title", ())),
        excerpt=() if hit.marks.get("title") else excerpt(stored.get("about") or "", hit.marks.get("about", ())),
        provider=" / ".join(providers),
        rest=Rest(
            key=hit.key,
            title=stored["title"],
            language=stored["language"],
            facts=tuple((term, text) for term, text in facts if text),
            state=labels.standing_label(applying, stored.get("state")),
            color=labels.APPLYING_COLORS.get(applying, "neutral"),
            deadline=deadline_label(closes, applying),
            more_runs=hit.runs - 1,
            demo=bool(stored["demo"]),
        ),
    )


def pieces(text: str, marks: Sequence[Span], start: int = 0, end: int | None = None) -> list[Piece]:
    """``text`` between two places, cut where marks begin and end."""
    end = len(text) if end is None else end
    found: list[Piece] = []
    for low, high in marks:
        if start <= low and high <= end:
            found += [(text[start:low], False), (text[low:high], True)]
            start = high
    return [(piece, is_found) for piece, is_found in (*found, (text[start:end], False)) if piece]


def excerpt(text: str, marks: Sequence[Span]) -> list[Piece]:
    """The words around the first mark, whole and on one line; nothing where nothing is marked."""
    if not marks:
        return []
    start = text.rfind(" ", 0, max(0, marks[0][0] - _BEFORE_MARK)) + 1 if marks[0][0] > _BEFORE_MARK else 0
    end = len(text) if len(text) - start <= _EXCERPT else text.rfind(" ", start, start + _EXCERPT)
    found = pieces(text, marks, start, max(end, marks[0][1]))
    return [("… ", False)] * bool(start) + found + [(" …", False)] * (end < len(text))


def deadline_label(closes: date | None, applying: str) -> str:
    if closes is None:
        return ""
    if applying in ("closed", "ended"):
        return gettext("Fristen var %(date)s", date=long_date(closes))
    return gettext("Søknadsfrist %(date)s", date=long_date(closes))


def place_label(places: Sequence[str], delivery: str | None, words: Vocabulary) -> str:
    """Nordland · Bodø og Rana; what is taught online says so."""
    language = current_language()
    by_county: dict[str, list[str]] = {}
    for code in places:
        for municipality, county in [words.place(code)] if words.place(code) else []:
            by_county.setdefault(county.name(language), []).append(municipality.name(language))
    said = ["Oslo" if county == "Oslo" else f"{county} · {and_list(names)}" for county, names in by_county.items()]
    if delivery == "online":
        said.append(gettext("på nett") if said else gettext("På nett, hele landet"))
    return ", ".join(said)


def audience(settings: Sequence[str], roles: Sequence[str], years: str | None, words: Vocabulary) -> str:
    """Who it is for, in words."""
    said = [labels.value_label("setting", code, words) for code in settings if code in words.settings]
    said += [labels.value_label("role", code, words) for code in roles if code in words.roles]
    if years and not settings:
        said.insert(0, labels.years_label(years))
    return ", ".join(said)


def way_label(way: Way, words: Vocabulary) -> str:
    """What to do to find something: one sentence, the number of offers is put beside it."""
    if way.facet == "text":
        return gettext("Søk uten ordene «%(text)s»", text=way.value)
    if way.facet == "near" and way.value:
        return gettext("Utvid til %(km)s km", km=way.value)
    if way.facet == "near":
        return gettext("Søk i hele landet")
    return gettext("Fjern filteret %(name)s", name=value_label(way.facet, way.value, words))


def _distance(stored: Mapping[str, Any], result: Result, words: Vocabulary) -> str:
    """From the municipality asked about to the nearest place of the run."""
    if result.place is None or result.place.position is None:
        return ""
    spots = [words.municipalities[code].position for code in stored.get("places") or [] if code in words.municipalities]
    distances = [kilometres(result.place.position, spot) for spot in spots if spot]
    return gettext("%(km)s km", km=number(round(min(distances)))) if distances else ""


def _applying(stored: Mapping[str, Any], today: date) -> str:
    if not stored.get("term"):
        return "unknown"
    days = (_day(stored.get(name)) for name in ("starts_on", "ends_on", "opens_on", "closes_on"))
    return str(Window.made(RunState(stored["state"]), stored["term"], *days).applying(today))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
