"""An answer as the search page shows it: heading, chips, map, and the words that cards and other pages share. In the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from registry.catalogue import labels
from registry.catalogue.addresses import address, toggling
from registry.catalogue.documents import COUNTRYWIDE
from registry.catalogue.labels import value_label
from registry.catalogue.parameters import NEAREST, PAST, UPCOMING, CatalogueQuery
from registry.catalogue.queries import Result
from registry.catalogue.vocabulary import Vocabulary
from registry.catalogue.ways import EARLIER, ONLINE, Way
from registry.matching.audience import codes_of_years
from registry.web.formatting import and_list, long_date, number
from registry.web.i18n import current_language, gettext, ngettext
from search.norwegian import tokens

_MOST_NAMED = 3  #: filters in a heading; more are only counted


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
    """The page's title is the answer, with all that was asked: "23 tilbud for «norsk» innen 100 km fra Bodø: Musikk, Finnmark".

    Where nothing is to come: "Ingen kommende tilbud for «norsk». 3 tidligere"
    """
    query = result.query
    said = [_counted(result)]
    if query.text:
        said.append(gettext("for «%(text)s»", text=query.text))
    if result.place:
        place = result.place.name(current_language())
        said.append(gettext("innen %(km)d km fra %(place)s", km=query.km, place=place))
    named = _filters(query, words)
    if len(named) > _MOST_NAMED:
        said.append(ngettext("med %(num)d filter", "med %(num)d filtre", len(named)))
        named = []
    whole = f"{' '.join(said)}: {', '.join(named)}" if named else " ".join(said)
    if not result.earlier:
        return whole
    former = ngettext("%(num)s tidligere", "%(num)s tidligere", result.total)
    return f"{whole}. {_spaced(former, result.total)}"


def _counted(result: Result) -> str:
    """How many there are, of which time. What is to come is what people look for, and is not said of what there is."""
    total, times = result.total, () if result.degraded else result.query.times
    if result.earlier:
        return gettext("Ingen kommende tilbud")
    if not total:
        return gettext("Ingen tidligere tilbud") if times == (PAST,) else gettext("Ingen tilbud")
    if times == (PAST,):
        return _of_time(PAST, total)
    if len(times) > 1:
        both = ngettext("%(num)s kommende og tidligere tilbud", "%(num)s kommende og tidligere tilbud", total)
        return _spaced(both, total)
    return _spaced(ngettext("%(num)s tilbud", "%(num)s tilbud", total), total)


def _of_time(time: str, total: int) -> str:
    if time == PAST:
        return _spaced(ngettext("%(num)s tidligere tilbud", "%(num)s tidligere tilbud", total), total)
    return _spaced(ngettext("%(num)s kommende tilbud", "%(num)s kommende tilbud", total), total)


def _spaced(said: str, total: int) -> str:
    """With the number as people write it: 4 775."""
    return said.replace(str(total), number(total), 1)


def narrower(result: Result, words: Vocabulary) -> Chip | None:
    """School years among the words put those offers first; this leaves the others out. None where nothing is left or left out."""
    query = result.query
    years = next((token.years for token in tokens(query.text) if token.years), None)
    if years is None or query.values("setting"):
        return None
    counts = result.facets.get("setting", {})
    codes = [code for code in codes_of_years(*years) if 0 < counts.get(code, 0) < result.total]
    if not codes:
        return None
    for code in codes:
        query = query.with_value("setting", code)
    names = and_list([value_label("setting", code, words) for code in codes])
    return Chip(gettext("Vis bare %(names)s", names=names), address(query))


def namesakes(result: Result, words: Vocabulary) -> list[Chip]:
    """Where the place asked about is none, but several are called so: each, with the search from there."""
    near = "" if result.place else result.query.near
    found = words.namesakes(near) if near else []
    language = current_language()
    return [Chip(one.name(language), address(replace(result.query, near=one.nb, page=1))) for one in found]


def page_title(said: str, page: int) -> str:
    """What the window and the list of bookmarks say: the heading, and which of its pages this is."""
    return gettext("%(heading)s, side %(page)s", heading=said, page=number(page)) if page > 1 else said


def other_time(result: Result) -> Chip | None:
    """A way to what the answer leaves out by its time: "757 tidligere tilbud", and back. None where it leaves out nothing."""
    query = result.query
    if len(query.times) > 1 or result.earlier:
        return None
    other = PAST if query.times == (UPCOMING,) else UPCOMING
    total = result.facets.get("time", {}).get(other, 0)
    return Chip(_of_time(other, total), address(query.at(other))) if total else None


def sorting(result: Result) -> str:
    """What the hits are sorted by, in words. From a place that nobody knows nothing is near."""
    query = result.query
    order = "" if query.sort == NEAREST and result.place is None else query.sort
    return gettext(labels.SORTS[order]) if order or query.text else gettext("Nærmest i tid")


def _filters(query: CatalogueQuery, words: Vocabulary) -> list[str]:
    """But the time, which the number says."""
    return [value_label(facet, value, words) for facet, values in query.filters if facet != "time" for value in values]


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
