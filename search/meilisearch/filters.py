"""Filters in the server's language, from values that were looked at first."""

from collections.abc import Sequence
from math import isfinite

from search.meilisearch.settings import EVERYWHERE, facet_attribute, number_attribute
from search.protocol import Near, SearchQuery


def filters(query: SearchQuery, without: str | None = None) -> list[str]:
    """What every hit must fulfil, each its own expression; ``without`` leaves out one facet's own filter.

    Names are those of the settings (``search.checks``); a value is quoted, and one that no document can carry finds nothing.
    """
    found = [
        any_of(facet_attribute(facet), values) for facet, values in query.filters.items() if values and facet != without
    ]
    for name, (low, high) in query.ranges.items():
        attribute = number_attribute(name)
        found += [
            f"{attribute} {sign} {_number(bound)}" for sign, bound in ((">=", low), ("<=", high)) if bound is not None
        ]
    if query.near is not None:
        near = query.near
        circle = f"_geoRadius({_number(near.latitude)}, {_number(near.longitude)}, {_number(near.km * 1000)})"
        found.append(f'({circle} OR {facet_attribute(EVERYWHERE)} = "1")')
    return found


def from_here(near: Near) -> str:
    """The order of distance; documents without a position come last."""
    return f"_geoPoint({_number(near.latitude)}, {_number(near.longitude)}):asc"


def any_of(attribute: str, values: Sequence[str]) -> str:
    """Carries at least one of ``values``."""
    known = [quoted(value) for value in values if _possible(value)]
    return f"{attribute} IN [{', '.join(known)}]"


def quoted(value: str) -> str:
    """In quotation marks, with those inside made harmless. The server reads ``\\"`` as one and leaves ``\\`` otherwise."""
    return '"' + value.replace('"', '\\"') + '"'


def _possible(value: str) -> bool:
    """A backslash cannot be told to the server without doubt, and no code has one; nor has it signs that do not print."""
    return "\\" not in value and value.isprintable() and bool(value)


def _number(value: float) -> str:
    """Raises ValueError for what is not a number: it would be read as a word."""
    if not isfinite(value):
        raise ValueError(f"not a number to filter by: {value}")
    return f"{value:.6f}"
