"""An answer as the search page shows it: heading, chips, map, and the words that cards and other pages share. In the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from registry.catalogue import labels
from registry.catalogue.addresses import address, toggling
from registry.catalogue.documents import COUNTRYWIDE
from registry.catalogue.labels import value_label
from registry.catalogue.parameters import NEAREST, CatalogueQuery
from registry.catalogue.queries import Result
from registry.catalogue.vocabulary import Vocabulary
from registry.catalogue.ways import EARLIER, ONLINE, Way
from registry.web.formatting import and_list, long_date, number
from registry.web.i18n import current_language, gettext, ngettext

_MOST_NAMED = 4  #: filters in a heading


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


def heading(result: Result, words: Vocabulary) -> str:
    """The page's title is the answer: "23 tilbud for «norsk» innen 100 km fra Bodø"; without words, "7 tilbud: Musikk, Finnmark"."""
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
    named = [] if query.text else _filters(query, words)
    if len(named) > _MOST_NAMED:
        rest = len(named) - _MOST_NAMED
        named = [*named[:_MOST_NAMED], ngettext("%(num)d filter til", "%(num)d filtre til", rest)]
    return f"{' '.join(said)}: {', '.join(named)}" if named else " ".join(said)


def sorting(result: Result) -> str:
    """What the hits are sorted by, in words. From a place that nobody knows nothing is near."""
    query = result.query
    order = "" if query.sort == NEAREST and result.place is None else query.sort
    return gettext(labels.SORTS[order]) if order or query.text else gettext("Nærmest i tid")


def _filters(query: CatalogueQuery, words: Vocabulary) -> list[str]:
    return [value_label(facet, value, words) for facet, values in query.filters for value in values]


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


def online_too(result: Result) -> tuple[int, str] | None:
    """How many offers can be taken online by people in the counties that are chosen, and the address that has them too."""
    chosen = result.query.values("county")
    count = result.facets.get("county", {}).get(COUNTRYWIDE, 0)
    if not chosen or COUNTRYWIDE in chosen or not count:
        return None
    return count, address(result.query.with_value("county", COUNTRYWIDE))


def search_name(query: CatalogueQuery, chosen: Sequence[Chip]) -> str:
    """A name for the search itself, as a person would file it: "norsk, Vestland, Nettbasert"."""
    return ", ".join([query.text] * bool(query.text) + [chip.text for chip in chosen]) or gettext("Alle tilbud")


def counties(result: Result, words: Vocabulary) -> list[County]:
    """The map."""
    language = current_language()
    chosen = result.query.values("county")
    counts = result.facets.get("county", {})
    return [
        County(code, words.counties[code].name(language), counts.get(code, 0), code in chosen, href)
        for code, href in toggling(result.query, "county", words.counties)
    ]


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
    if way.instead:
        return _elsewhere(way)
    if len(way.dropped) > 1:
        return gettext("Dropp %(things)s", things=and_list([_asked(*one, words) for one in way.dropped]))
    ((facet, value),) = way.dropped
    if facet == "text":
        return gettext("Søk uten «%(text)s»", text=value)
    if facet == "near" and value:
        return gettext("Utvid til %(km)s km", km=value)
    if facet == "near":
        return gettext("Søk i hele landet")
    return gettext("Fjern filteret %(name)s", name=value_label(facet, value, words))


def _elsewhere(way: Way) -> str:
    if way.instead == ONLINE:
        return gettext("Se tilbud på nett, som kan tas fra hele landet")
    if way.instead == EARLIER:
        return gettext("Se tilbud fra tidligere år")
    if way.query.text:
        return gettext("Nullstill filtrene, og søk bare etter «%(text)s»", text=way.query.text)
    return gettext("Nullstill filtrene")


def _asked(facet: str, value: str, words: Vocabulary) -> str:
    """One thing that is asked for: the value, the words, or what the filter is called."""
    if facet == "text":
        return f"«{value}»"
    if facet == "near":
        return gettext("avstanden")
    return value_label(facet, value, words) if value else gettext(labels.FACETS[facet])
