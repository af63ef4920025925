"""The lists of filters beside an answer: what each value is called in the reader's language, where it stands, how many offers it has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from registry.catalogue import labels
from registry.catalogue.documents import COUNTRYWIDE, CREDIT_RANGES
from registry.catalogue.labels import value_label
from registry.catalogue.parameters import PARAMETERS, CatalogueQuery
from registry.catalogue.plain import IGNORED
from registry.catalogue.queries import Result
from registry.catalogue.vocabulary import Vocabulary
from registry.core import terms
from registry.core.text import fold, norwegian_sort_key
from registry.web.i18n import gettext, voice

SEARCHED_ABOVE = 15  #: a list with more values gets a field to look in it
_MOST_NAMES = 2_000  #: of one facet: addresses may ask for any value
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
#: Facets whose order says something by itself; the others begin with the value that most offers have.
_ORDERED = frozenset({"setting", "role", "school_years", *_BY_TIME, *_FIXED_ORDER})


class Option(NamedTuple):
    """A value of a facet. ``count`` is None where nothing is counted."""

    value: str
    label: str
    count: int | None  # type: ignore[assignment]  # templates name it so, and nobody counts what is in an option


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


class _Names(dict[str, tuple[Any, str]]):
    """Value of a facet -> where it stands among the others, and what it is called. Each is asked for once."""

    def __init__(self, words: Vocabulary, _voice: object, key: str) -> None:
        self._words, self._key, self._facet = words, key, _facet(key)

    def __missing__(self, value: str) -> tuple[Any, str]:
        if len(self) >= _MOST_NAMES:
            self.clear()
        label = value_label(self._facet, value, self._words)
        self[value] = found = _place(self._key, value, label, self._words), label
        return found


def facets(result: Result, words: Vocabulary, looking: Mapping[str, str] = MappingProxyType({})) -> list[Facet]:
    """In the page's order. A value that finds nothing is kept where it is chosen, and greyed by the template.

    ``looking``: facet -> what its names must hold to be listed; what is chosen is listed all the same.
    """
    found = []
    spoken = voice()
    for key in _ORDER:
        selected = _selected(key, result.query, words)
        names = words.once(_Names, spoken, key)
        options = _options(key, selected, result, words, names)
        if options:
            wanted = fold(looking.get(key, ""))[:60] if len(options) > SEARCHED_ABOVE else None
            found.append(
                Facet(
                    key=key,
                    name=_NAMES[_facet(key)],
                    label=gettext(labels.FACETS[key]),
                    options=_named(options, wanted or "", selected),
                    selected=selected,
                    open=key in _OPEN,
                    looking=wanted,
                )
            )
    return found


def _facet(key: str) -> str:
    """The facet that a list shows: areas and the subjects in them are two lists of one."""
    return "subject" if key == "topic" else key


def _named(options: Sequence[Option], text: str, selected: Sequence[str]) -> Sequence[Option]:
    if not text:
        return options
    wanted = norwegian_sort_key(text)
    return [one for one in options if wanted in norwegian_sort_key(one.label) or one.value in selected]


def _selected(key: str, query: CatalogueQuery, words: Vocabulary) -> list[str]:
    if key == "time":
        return list(query.times)
    if key not in ("subject", "topic"):
        return list(query.values(key))
    return [code for code in query.values("subject") if _is_topic(code, words) == (key == "topic")]


def _is_topic(code: str, words: Vocabulary) -> bool:
    """A subject inside an area, as opposed to the area or the field it lies in."""
    return len(words.ancestors(code)) > 2


def _options(key: str, selected: Sequence[str], result: Result, words: Vocabulary, names: _Names) -> list[Option]:
    counts: Mapping[str, int] = result.facets.get(_facet(key), {})
    shown = {*_shown(key, selected, counts, result.query, words), *result.known.get(key, ())}
    if result.degraded and key in (*IGNORED, "topic"):
        shown = set()
    listed = sorted((*names[value], value) for value in shown.union(selected))
    if result.degraded:
        return [Option(value, label, None) for _, label, value in listed]
    options = [Option(value, label, counts.get(value, 0)) for _, label, value in listed]
    if key not in _ORDERED:
        options.sort(key=itemgetter(2), reverse=True)  # a sort leaves what is alike as it stood
    return options


def _shown(
    key: str, selected: Sequence[str], counts: Mapping[str, int], query: CatalogueQuery, words: Vocabulary
) -> Iterable[str]:
    """The values to list, besides those that are selected."""
    if key == "subject":
        return words.once(_areas)
    if key == "topic":  # only the subjects of the areas that are chosen: 155 in one list help nobody
        areas = set(query.values("subject")) | {area for code in selected for area in words.ancestors(code)[1:2]}
        return {code for area in areas for code in words.descendants(area) if code in counts and _is_topic(code, words)}
    if key == "municipality":  # of the counties that are chosen, for the same reason
        chosen = query.values("county")
        known = words.municipalities
        return {code for code in counts if code in known and known[code].parent in chosen} if chosen else ()
    if key == "county":
        return (*words.counties, COUNTRYWIDE)
    if key in ("setting", "role"):
        return words.settings if key == "setting" else words.roles
    if key in ("applying", "delivery", "credits_range"):
        return _FIXED_ORDER[key]
    return counts


def _areas(words: Vocabulary) -> frozenset[str]:
    return frozenset(code for code in words.subjects if len(words.ancestors(code)) == 2)


def _place(key: str, value: str, label: str, words: Vocabulary) -> Any:
    """Times newest first, scales as they rise, places of work and roles as life goes, the rest by name."""
    if key in ("setting", "role"):
        return _index(value, list(words.settings if key == "setting" else words.roles))
    if key == "school_years":
        return tuple(int(year) for year in value.split("-"))
    if key in _BY_TIME:
        return -_moment(value)
    if key in _FIXED_ORDER:
        return _index(value, _FIXED_ORDER[key])
    return norwegian_sort_key(label)


def _index(value: str, order: Sequence[str]) -> int:
    """Last where it is unknown."""
    return order.index(value) if value in order else len(order)


def _moment(value: str) -> int:
    try:
        year, half = terms.sort_key(value)
    except ValueError:
        return int(value.replace("-", ""))
    return year * 2 + half
