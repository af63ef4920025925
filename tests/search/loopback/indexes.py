"""Indexes in memory: documents, settings, search."""

from collections import Counter
from math import inf
from typing import Any

from rapidfuzz.distance import OSA

from tests.search.loopback.filtering import Filter, kilometres, values
from tests.search.loopback.matching import Score, Words, score, terms
from tests.search.loopback.shapes import GEO_POINT, Refused, checked_search

Answer = dict[str, Any]


class Index:
    def __init__(self, primary_key: str) -> None:
        self.primary_key = primary_key
        self.settings: dict[str, Any] = {}
        self.documents: dict[str, dict[str, Any]] = {}
        self._words: dict[str, Words] = {}

    def configure(self, settings: dict[str, Any]) -> None:
        self.settings |= settings
        self._words.clear()

    def add(self, documents: list[dict[str, Any]]) -> None:
        for document in documents:
            key = document.get(self.primary_key)
            if not isinstance(key, str) or not key.replace("-", "").replace("_", "").isalnum() or len(key) > 511:
                raise Refused("invalid_document_id", f"{key!r} is no document id")
            self.documents[key] = document
            self._words.pop(key, None)

    def remove(self, condition: str) -> None:
        for document in self.filtered([condition]):
            del self.documents[document[self.primary_key]]

    def filtered(self, conditions: list[str]) -> list[dict[str, Any]]:
        made = [Filter(one, self.settings.get("filterableAttributes", [])) for one in conditions]
        return [one for one in self.documents.values() if all(each.passes(one) for each in made)]

    def search(self, body: Any) -> Answer:
        asked = checked_search(body, self.settings)
        found = self._ranked(asked)
        facets = found
        if "distinct" in asked:
            found = _distinct(found, asked["distinct"])
            facets = found if "page" in asked or "hitsPerPage" in asked else facets
        most = self.settings.get("pagination", {}).get("maxTotalHits", 1000)
        if "page" in asked or "hitsPerPage" in asked:
            size = asked.get("hitsPerPage", 20)
            start = max(0, asked.get("page", 1) - 1) * size
            answer: Answer = {"totalHits": min(len(found), most), "hitsPerPage": size, "page": asked.get("page", 1)}
        else:
            start, size = asked.get("offset", 0), asked.get("limit", 20)
            answer = {"estimatedTotalHits": min(len(found), most), "offset": start, "limit": size}
        answer["hits"] = [self._hit(*one, asked) for one in found[start : min(start + size, most)]]
        answer |= {"query": asked.get("q", ""), "processingTimeMs": 0}
        if "facets" in asked:
            answer["facetDistribution"] = {name: self._distribution(name, facets) for name in asked["facets"]}
        return answer

    def facet_search(self, asked: dict[str, Any]) -> Answer:
        name, near = asked["facetName"], asked.get("facetQuery", "").lower()
        if name not in self.settings.get("filterableAttributes", []):
            raise Refused("invalid_facet_search_facet_name", f"`{name}` is not filterable")
        counts = Counter(str(value) for one in self.documents.values() for value in values(one, name))
        typos = (len(near) >= 4) + (len(near) >= 8)
        hits = [
            {"value": value, "count": count}
            for value, count in sorted(counts.items())
            if value.startswith(near) or min(OSA.distance(value, near), OSA.distance(value[: len(near)], near)) <= typos
        ]
        return {"facetHits": hits, "facetQuery": near, "processingTimeMs": 0}

    def _ranked(self, asked: dict[str, Any]) -> list[tuple[dict[str, Any], Score | None]]:
        documents = self.filtered(asked.get("filter", []))
        rules = self.settings.get("rankingRules", [])
        wanted = terms(asked.get("q", ""), set(self.settings.get("stopWords", ())))
        found: list[tuple[dict[str, Any], Score | None]] = [(one, None) for one in documents]
        if wanted:
            scored = [(one, self._score(one, wanted, asked)) for one in documents]
            found = [(one, fit) for one, fit in scored if fit is not None]
            found.sort(key=lambda one: one[1].inexact)
            for rule in reversed([one for one in rules if ":" in one]):
                found = _by_number(found, rule)
            found.sort(key=lambda one: (one[1].missing, one[1].typos, one[1].attributes))
        for rule in reversed(asked.get("sort", [])):
            found = _by_distance(found, rule) if rule.startswith("_geoPoint") else _by_number(found, rule)
        if wanted and "sort" in rules and "words" in rules[: rules.index("sort")]:
            found.sort(key=lambda one: one[1].missing if one[1] else 0)
        return found

    def _score(self, document: dict[str, Any], wanted: Any, asked: dict[str, Any]) -> Score | None:
        key = document[self.primary_key]
        if key not in self._words:
            self._words[key] = Words(document, self.settings.get("searchableAttributes", []))
        return score(wanted, self._words[key], asked.get("matchingStrategy", "last"), self.settings)

    def _distribution(self, name: str, found: list[tuple[dict[str, Any], Score | None]]) -> dict[str, int]:
        counts = Counter(str(value) for one, _ in found for value in values(one, name))
        most = self.settings.get("faceting", {}).get("maxValuesPerFacet", 100)
        return dict(sorted(counts.items())[:most])

    @staticmethod
    def _hit(document: dict[str, Any], fit: Score | None, asked: dict[str, Any]) -> Answer:
        shown = asked.get("attributesToRetrieve", list(document))
        hit: Answer = {name: document[name] for name in shown if name in document}
        if asked.get("showRankingScore"):
            hit["_rankingScore"] = (
                1.0 if fit is None else 1 / (1 + fit.missing) - fit.typos / 100 - fit.attributes / 1e4
            )
        if asked.get("showRankingScoreDetails"):
            hit["_rankingScoreDetails"] = {} if fit is None else {"typo": {"order": 1, "typoCount": fit.typos}}
        return hit


def _distinct(
    found: list[tuple[dict[str, Any], Score | None]], attribute: str
) -> list[tuple[dict[str, Any], Score | None]]:
    seen: set[str] = set()
    kept = []
    for document, fit in found:
        value = str(values(document, attribute)[0])
        if value not in seen:
            seen.add(value)
            kept.append((document, fit))
    return kept


def _by_distance(
    found: list[tuple[dict[str, Any], Score | None]], rule: str
) -> list[tuple[dict[str, Any], Score | None]]:
    """The nearest to a point first, those that lie nowhere last; what is as far away keeps its place."""
    point = GEO_POINT.fullmatch(rule)
    assert point is not None
    here = float(point[1]), float(point[2])

    def away(one: tuple[dict[str, Any], Score | None]) -> float:
        geo = one[0].get("_geo")
        return inf if geo is None else kilometres(*here, geo["lat"], geo["lng"])

    return sorted(found, key=away)


def _by_number(
    found: list[tuple[dict[str, Any], Score | None]], rule: str
) -> list[tuple[dict[str, Any], Score | None]]:
    """In the order of an attribute, those without it last; what is alike keeps its place."""
    attribute, _, way = rule.rpartition(":")
    known = [one for one in found if values(one[0], attribute)]
    known.sort(key=lambda one: values(one[0], attribute)[0], reverse=way == "desc")
    return known + [one for one in found if not values(one[0], attribute)]
