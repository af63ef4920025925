"""A search as its address says it: ``q=norsk&fag=norsk&fylke=18``.

One frozen object serves the page, the downloads, the command line and saved searches. Reading is forgiving (unknown
parameters and impossible values are left out), writing is canonical: the same search always has the same address.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any
from urllib.parse import urlencode

from registry.core.errors import InvalidInput
from registry.core.text import fold

LONGEST_TEXT = 200
MOST_VALUES = 30  #: of one parameter
LAST_PAGE = 5_000
PAGE = "side"  #: name of the page's number, the last in an address
RADII = (25, 50, 100, 200)  #: kilometres
RADIUS = 100
#: Name in the address -> (numeric attribute of the index, descending); relevance is the absence of a choice.
SORTS: Mapping[str, tuple[str, bool]] = {
    "oppstart": ("soonest", False),
    "frist": ("deadline", False),
    "studiepoeng": ("credits", True),
}
NEAREST = "avstand"  #: the order that asks for a place to be near to
UPCOMING, PAST = "upcoming", "past"  #: the values of the facet ``time``
_TO_COME = (
    "time",
    (UPCOMING,),
)  #: what a search asks for where no time is chosen; chosen alone it is no choice, and in no address


@dataclass(frozen=True, slots=True)
class Parameter:
    """A filter: its name in the address, the facet it speaks of, and what its values look like."""

    name: str
    facet: str
    pattern: str = r"[\w.:+-]{1,80}"

    def clean(self, values: Iterable[str]) -> tuple[str, ...]:
        """The possible values among those given, each once, in order."""
        stripped = {value.strip() for value in values}
        return tuple(sorted(value for value in stripped if re.fullmatch(self.pattern, value)))[:MOST_VALUES]


#: In the order of the canonical address.
PARAMETERS = (
    Parameter("fag", "subject"),
    Parameter("malgruppe", "setting"),
    Parameter("rolle", "role"),
    Parameter("trinn", "school_years", r"\d{1,2}(-\d{1,2})?"),
    Parameter("steg", "step", r"[1-9]"),
    Parameter("fylke", "county", r"\d{2}"),
    Parameter("kommune", "municipality", r"\d{4}"),
    Parameter("form", "delivery"),
    Parameter("status", "applying"),
    Parameter("tid", "time"),
    Parameter("termin", "term", r"\d{4}[VH]"),
    Parameter("oppstart", "start_month", r"\d{4}-\d{2}"),
    Parameter("studiepoeng", "credits_range", r"\d{1,3}-(\d{1,3})?"),
    Parameter("niva", "level"),
    Parameter("tiltak", "measure"),
    Parameter("sprak", "language"),
    Parameter("tilbyder", "provider"),
    Parameter("smafag", "small_subject", r"1"),
)
_BY_NAME = {parameter.name: parameter for parameter in PARAMETERS}
_BY_FACET = {parameter.facet: parameter for parameter in PARAMETERS}


@dataclass(frozen=True, slots=True)
class CatalogueQuery:
    """What somebody looks for. Made by ``parse`` or ``from_filters``; then it is canonical."""

    text: str = ""
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()  #: (facet, values), in the order of ``PARAMETERS``
    near: str = ""  #: municipality, by name or number, as it was written
    km: int = RADIUS
    sort: str = ""  #: a key of ``SORTS`` or ``NEAREST``; empty is by relevance
    page: int = 1
    per_page: int = field(default=20, compare=False)

    @classmethod
    def from_filters(cls, text: str, filters: Iterable[Sequence[str]] = (), page: int = 1) -> "CatalogueQuery":
        """From the command line: ``from_filters("norsk", [("county", "18"), ("form", "online")])``; facets go by either name.

        Raises InvalidInput for a filter that is unknown or a value that cannot be one.
        """
        chosen: dict[str, list[str]] = {}
        for name, value in filters:
            parameter = _BY_NAME.get(name) or _BY_FACET.get(name)
            if parameter is None:
                raise InvalidInput(
                    "Ukjent filter «%(name)s». Velg blant: %(known)s.", name=name, known=", ".join(_BY_FACET)
                )
            if not parameter.clean([value]):
                raise InvalidInput("«%(value)s» kan ikke være en verdi for «%(name)s».", value=value, name=name)
            chosen.setdefault(parameter.facet, []).append(value)
        return cls(text=_text(text), filters=_filters(chosen), page=max(1, min(page, LAST_PAGE)))

    def values(self, facet: str) -> tuple[str, ...]:
        """The values chosen of a facet."""
        return dict(self.filters).get(facet, ())

    @property
    def in_force(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The filters to search by: those chosen and, where no time is, what is still to come. The one place that decides it."""
        return self.filters if self.values("time") else (*self.filters, _TO_COME)

    @property
    def times(self) -> tuple[str, ...]:
        """What is asked for of ``UPCOMING`` and ``PAST``, chosen or not."""
        return dict(self.in_force)["time"]

    def at(self, *times: str) -> "CatalogueQuery":
        """The same of other times."""
        return self._choosing("time", times)

    @property
    def is_narrowed(self) -> bool:
        """Is anything asked for at all?"""
        return bool(self.text or self.filters or self.near)

    def on_page(self, page: int) -> "CatalogueQuery":
        return replace(self, page=page)

    def sorted_by(self, sort: str) -> "CatalogueQuery":
        return replace(self, sort=sort, page=1)

    def saying(self, text: str) -> "CatalogueQuery":
        """The same filters with other words."""
        return replace(self, text=_text(text), page=1)

    def without_place(self) -> "CatalogueQuery":
        return replace(self, near="", km=RADIUS, sort=self.sort if self.sort != NEAREST else "", page=1)

    def within(self, km: int) -> "CatalogueQuery":
        return replace(self, km=km, page=1)

    def with_value(self, facet: str, value: str) -> "CatalogueQuery":
        return self._choosing(facet, (*self.values(facet), value))

    def without(self, facet: str, value: str | None = None) -> "CatalogueQuery":
        """Without one value of a facet, or without any."""
        kept = () if value is None else tuple(one for one in self.values(facet) if one != value)
        return self._choosing(facet, kept)

    def toggling(self, facet: str, values: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Each of these possible values with the query string of the search that has it too, or, where it is chosen, has it no more.

        What stands before and after the facet is the same in all of them, and written once.
        """
        name, chosen = _BY_FACET[facet].name, set(self.values(facet))
        pairs = self.without(facet).arguments()
        ahead = {"q", *takewhile(lambda other: other != name, _BY_NAME)}
        before = urlencode([pair for pair in pairs if pair[0] in ahead])
        after = urlencode([pair for pair in pairs if pair[0] not in ahead])
        for value in values:
            own = urlencode([(name, one) for one in sorted(chosen ^ {value})[:MOST_VALUES]])
            yield value, "&".join(filter(None, (before, own, after)))

    def _choosing(self, facet: str, values: Iterable[str]) -> "CatalogueQuery":
        chosen = {**dict(self.filters), facet: _BY_FACET[facet].clean(values)}  # the others are clean already
        return replace(self, filters=_in_order(chosen), page=1)

    def arguments(self) -> list[tuple[str, str]]:
        """The canonical address as pairs; what is as it would be anyway is left out."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [(_BY_FACET[facet].name, value) for facet, values in self.filters for value in values]
        if self.near:
            pairs.append(("fra", self.near))
            if self.km != RADIUS:
                pairs.append(("avstand", str(self.km)))
        if self.sort:
            pairs.append(("sorter", self.sort))
        if self.page > 1:
            pairs.append((PAGE, str(self.page)))
        return pairs

    def address(self) -> str:
        """The canonical query string, without a question mark; empty where nothing is asked for."""
        return urlencode(self.arguments())


def parse(arguments: Iterable[tuple[str, str]]) -> CatalogueQuery:
    """From the pairs of an address, however they are ordered. Never raises."""
    given: dict[str, list[str]] = {}
    for name, value in arguments:
        given.setdefault(name, []).append(value)

    def first(name: str) -> str:
        return given.get(name, [""])[0]

    near = _clean(first("fra"), 60)
    km = _whole(first("avstand"), RADIUS)
    orders = (*SORTS, NEAREST) if near else SORTS
    return CatalogueQuery(
        text=_text(first("q")),
        filters=_filters({_BY_NAME[name].facet: values for name, values in given.items() if name in _BY_NAME}),
        near=near,
        km=km if near and km in RADII else RADIUS,
        sort=first("sorter") if first("sorter") in orders else "",
        page=max(1, min(_whole(first(PAGE), 1), LAST_PAGE)),
    )


def passed_over(arguments: Iterable[tuple[str, str]]) -> list[str]:
    """Values of known filters that cannot be ones, as they were written (shortened): the reader is told, not left to wonder."""
    found = [
        _clean(value, 40)
        for name, value in arguments
        if name in _BY_NAME and value.strip() and not _BY_NAME[name].clean([value])
    ]
    return list(dict.fromkeys(found))[:MOST_VALUES]


def _filters(chosen: Mapping[str, Iterable[str]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return _in_order({facet: _BY_FACET[facet].clean(values) for facet, values in chosen.items() if facet in _BY_FACET})


def _in_order(chosen: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (facet, chosen[facet]) for facet in _BY_FACET if chosen.get(facet) and (facet, chosen[facet]) != _TO_COME
    )


def _text(text: str) -> str:
    return _clean(text, LONGEST_TEXT)


def _clean(text: str, longest: int) -> str:
    """Printable, single-spaced and not too long; cut first, so that cleaning twice changes nothing."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return fold(fold(printable)[:longest])


def _whole(text: Any, default: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else default
