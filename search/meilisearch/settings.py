"""The server's settings, made from the one description that every engine is configured from."""

import hashlib
import json
from typing import Any

from search.meilisearch.wording import PARTS, STEMS, exact_words, plain, server_synonyms
from search.protocol import IndexSettings
from search.telling import ONE_TYPO_FROM, TWO_TYPOS_FROM, lightest_field

GROUP, RUN, BUILD, WORDS, NAMES = "group", "run", "build", "words", "names"
PRIMARY_KEY = "id"
EVERYWHERE = "reach_everywhere"
MOST_HITS = 10_000  #: that can be paged through; more is not looked at by anybody
_MOST_VALUES = 200_000  #: of one facet: pairs of group and value are counted, see asking.py
_WORDING_VERSION = 6  #: raise it when texts are told in other words: old indexes then ask to be built anew

#: As the embedded engine: how many words, what is still to come, how well spelled, in which field, and only then how close together.
#: Who asks for an order gets that order: then every word is asked for, so that ``words`` tells nothing apart.
_BY_WORDS, _BY_FORM = ("words", "sort", "typo", "attribute"), ("exactness", "proximity")


def text_attribute(field: str) -> str:
    return f"text.{field}"


def facet_attribute(facet: str) -> str:
    return f"facets.{facet}"


def pair_attribute(facet: str) -> str:
    return f"pairs.{facet}"


def varying(settings: IndexSettings) -> list[str]:
    """Facets whose values may differ inside a group: they are counted pair by pair, see asking.py."""
    facets = dict.fromkeys((*settings.facets, EVERYWHERE))
    return [facet for facet in facets if settings.varying is None or facet in settings.varying or facet == EVERYWHERE]


def number_attribute(name: str) -> str:
    return f"numbers.{name}"


def ranking(settings: IndexSettings) -> list[str]:
    """What puts one document before another, the weightiest first."""
    preferred = [f"{number_attribute(settings.preferred)}:desc"] if settings.preferred else []
    return [*_BY_WORDS, *preferred, *_BY_FORM]


def server_settings(settings: IndexSettings) -> dict[str, Any]:
    """What the server is told before the first document; the same description gives the same settings."""
    facets = list(dict.fromkeys((*settings.facets, EVERYWHERE)))
    numbers = [number_attribute(name) for name in settings.numeric]
    return {
        "searchableAttributes": [
            text_attribute(field + form) for field in settings.searchable for form in ("", STEMS, PARTS)
        ]
        + [NAMES],
        "filterableAttributes": [
            *map(facet_attribute, facets),
            *map(pair_attribute, varying(settings)),
            *numbers,
            *(PRIMARY_KEY, GROUP, BUILD, WORDS, NAMES, "_geo"),
        ],
        "sortableAttributes": [*numbers, "_geo"],
        "rankingRules": ranking(settings),
        "stopWords": sorted({plain(word) for word in settings.stop_words} - {""}),
        "synonyms": server_synonyms(settings),
        "typoTolerance": {
            "enabled": True,
            "minWordSizeForTypos": {"oneTypo": ONE_TYPO_FROM, "twoTypos": TWO_TYPOS_FROM},
            "disableOnWords": sorted(exact_words()),
        },
        "faceting": {"maxValuesPerFacet": _MOST_VALUES},
        "pagination": {"maxTotalHits": MOST_HITS},
    }


def query_settings(settings: IndexSettings) -> dict[str, Any]:
    """Those of the settings that may change under a living index: no document need be sent again."""
    return {"synonyms": server_settings(settings)["synonyms"]}


def fingerprint(settings: IndexSettings) -> str:
    """Changes when documents must be sent anew. Twelve letters and digits, part of every document's build."""
    shape = [
        _WORDING_VERSION,
        list(settings.searchable),
        settings.facets,
        settings.numeric,
        sorted(settings.compound_parts),
    ]
    shape.append(varying(settings))
    shape.append(sorted(settings.stop_words))
    shape.append(lightest_field(settings))
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:12]
