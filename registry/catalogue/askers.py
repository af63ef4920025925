"""Words of those who ask: what compounds are made of, names of places and institutions, and what people call a subject.

Facts of ``registry/reference``; the same for every database.
"""

from collections.abc import Mapping
from functools import cache

from registry.reference.load import rows as reference_rows
from search.dictionary import compound_parts


@cache
def compound_words() -> frozenset[str]:
    """Our own subject terms and the words of the dictionary: one object, which engines remember splits by."""
    return compound_parts() | {row["word"] for row in reference_rows("compound_words")}


@cache
def places() -> tuple[tuple[str, ...], ...]:
    """Names of municipalities, counties, parts of the country and institutions, each with what it lies in.

    Left out is what is also a word of the subjects: who writes *time* means an hour.
    """
    common = compound_words()
    counties = {row["code"]: row for row in reference_rows("counties")}
    named = [(name, county["name_nb"]) for county in counties.values() for name in _names_of(county)]
    for place in reference_rows("municipalities"):
        wider = counties[place["county_code"]]["name_nb"]
        named += [(name, wider) for name in _names_of(place) if name.lower() not in common]
    found = [
        *named,
        *((name,) for one in reference_rows("institutions") for name in (*_names_of(one), one["short_name"])),
    ]
    found += [(row["name"], *row["holds"].split(";")) for row in reference_rows("search_places")]
    return tuple(sorted(names for names in found if names[0]))


def _names_of(row: Mapping[str, str]) -> set[str]:
    return {row["name_nb"], row["name_nn"], row["name_se"]}


@cache
def asked_as() -> Mapping[str, tuple[str, ...]]:
    """What people call a subject when they look for it, by its code."""
    found: dict[str, list[str]] = {}
    for row in reference_rows("search_words"):
        found.setdefault(row["code"], []).append(row["word"])
    return {code: tuple(words) for code, words in found.items()}
