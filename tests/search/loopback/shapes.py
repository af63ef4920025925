"""What requests may say: the fields of Meilisearch's own request types, unknown ones refused as the server does.

From the request structs of the routes (`SearchQueryWithIndex`, `FacetSearchQuery`, `BrowseQuery`, `Settings`, `SwapIndexesPayload`) of
version 1.50.0, which its OpenAPI description is made from.
"""

import re
from typing import Any

NUMBER, TEXT, LIST, FLAG, MAP = int, str, list, bool, dict
SEARCH: dict[str, type] = {
    "indexUid": TEXT,
    "q": TEXT,
    "offset": NUMBER,
    "limit": NUMBER,
    "page": NUMBER,
    "hitsPerPage": NUMBER,
    "attributesToRetrieve": LIST,
    "retrieveVectors": FLAG,
    "attributesToCrop": LIST,
    "cropLength": NUMBER,
    "attributesToHighlight": LIST,
    "showRankingScore": FLAG,
    "showRankingScoreDetails": FLAG,
    "showMatchesPosition": FLAG,
    "filter": LIST,
    "sort": LIST,
    "distinct": TEXT,
    "facets": LIST,
    "highlightPreTag": TEXT,
    "highlightPostTag": TEXT,
    "cropMarker": TEXT,
    "matchingStrategy": TEXT,
    "attributesToSearchOn": LIST,
    "locales": LIST,
}
MULTI_SEARCH: dict[str, type] = {"queries": LIST, "federation": MAP}
FACET_SEARCH: dict[str, type] = {
    "facetName": TEXT,
    "facetQuery": TEXT,
    "q": TEXT,
    "filter": LIST,
    "matchingStrategy": TEXT,
    "exhaustiveFacetCount": FLAG,
}
FETCH: dict[str, type] = {"fields": LIST, "offset": NUMBER, "limit": NUMBER, "filter": TEXT, "ids": LIST, "sort": LIST}
INDEX: dict[str, type] = {"uid": TEXT, "primaryKey": TEXT}
DELETE: dict[str, type] = {"filter": TEXT}
SWAP: dict[str, type] = {"indexes": LIST, "rename": FLAG}
SETTINGS: dict[str, type] = {
    "displayedAttributes": LIST,
    "searchableAttributes": LIST,
    "filterableAttributes": LIST,
    "sortableAttributes": LIST,
    "rankingRules": LIST,
    "stopWords": LIST,
    "synonyms": MAP,
    "distinctAttribute": TEXT,
    "typoTolerance": MAP,
    "faceting": MAP,
    "pagination": MAP,
    "dictionary": LIST,
    "prefixSearch": TEXT,
}
TYPO_TOLERANCE: dict[str, type] = {
    "enabled": FLAG,
    "minWordSizeForTypos": MAP,
    "disableOnWords": LIST,
    "disableOnAttributes": LIST,
    "disableOnNumbers": FLAG,
}
GEO_POINT = re.compile(r"_geoPoint\((-?[\d.]+), (-?[\d.]+)\):(asc|desc)")
RANKING_RULES = {"words", "typo", "proximity", "attribute", "attributeRank", "wordPosition", "sort", "exactness"}
STRATEGIES = {"all", "last", "frequency"}


class Refused(Exception):
    """Answered with 400 and a code, as the server does."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def checked(body: Any, shape: dict[str, type], what: str) -> dict[str, Any]:
    """The fields that are given. None is the same as not given."""
    if not isinstance(body, dict):
        raise Refused("bad_request", f"{what}: an object is expected, not {type(body).__name__}")
    for name, value in body.items():
        if name not in shape:
            raise Refused("bad_request", f"{what}: Unknown field `{name}`")
        if value is None:
            continue
        if not isinstance(value, shape[name]) or (shape[name] is NUMBER and (isinstance(value, bool) or value < 0)):
            raise Refused("bad_request", f"{what}: `{name}` is of the wrong type")
    return {name: value for name, value in body.items() if value is not None}


def checked_settings(body: Any) -> dict[str, Any]:
    given = checked(body, SETTINGS, "settings")
    own = {f"{name}:{way}" for name in given.get("sortableAttributes", ()) for way in ("asc", "desc")}
    if unknown := set(given.get("rankingRules", ())) - RANKING_RULES - own:
        raise Refused("invalid_settings_ranking_rules", f"unknown: {unknown}")
    checked(given.get("typoTolerance", {}), TYPO_TOLERANCE, "typoTolerance")
    return given


def checked_search(body: Any, settings: dict[str, Any]) -> dict[str, Any]:
    given = checked(body, SEARCH, "search")
    if given.get("matchingStrategy", "last") not in STRATEGIES:
        raise Refused("invalid_search_matching_strategy", "unknown strategy")
    filterable, sortable = settings.get("filterableAttributes", []), settings.get("sortableAttributes", [])
    for name in (*given.get("facets", ()), *([given["distinct"]] if "distinct" in given else ())):
        if name not in filterable:
            raise Refused("invalid_search_facets", f"`{name}` is not filterable")
    for rule in given.get("sort", ()):
        attribute = "_geo" if GEO_POINT.fullmatch(rule) else rule.rpartition(":")[0]
        if attribute not in sortable or rule.rpartition(":")[2] not in ("asc", "desc"):
            raise Refused("invalid_search_sort", f"`{rule}` is not sortable")
    return given
