"""One search as the server's questions, and the server's answers as one page.

The server knows no disjunctive facets and counts documents, not groups. So one request carries several questions: the page of
hits, the number of groups, the facets, and each facet that is filtered by once more without its own filter. A
facet that is the same in all documents of a group is counted over one document of each (``distinct``). One that may differ
is counted over pairs of group and value, which each document carries: a pair is one however many documents hold it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from search.meilisearch.filters import any_of, filters, from_here
from search.meilisearch.settings import (
    BUILD,
    GROUP,
    MOST_HITS,
    NAMES,
    RUN,
    facet_attribute,
    number_attribute,
    pair_attribute,
    varying,
)
from search.meilisearch.wording import Wording
from search.naming import name_keys
from search.protocol import Hit, IndexSettings, SearchPage, SearchQuery

Question = dict[str, Any]
Ask = Callable[[Sequence[Question]], list[dict[str, Any]]]
_ASKED_OF = 200  #: groups, whose documents one question asks for: the server names so many documents and no more


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said to one search."""

    hits: Sequence[Mapping[str, Any]]
    total: int
    facets: Mapping[str, Mapping[str, int]]
    builds: frozenset[str]  #: of the index that answered; more than one means that it was replaced meanwhile
    misspelled: bool  #: the best hit is one by another spelling
    names: tuple[str, ...] = ()  #: keys of the whole text that something is called by


class Questions:
    """The questions of one search."""

    def __init__(self, query: SearchQuery, wording: Wording, settings: IndexSettings) -> None:
        self._query = query
        self._wording = wording
        self._varying = frozenset(varying(settings))

    def ask(self, ask: Ask, required: Sequence[str] | None = None) -> Answer:
        """With other required words than the query's where some are given."""
        own = [facet for facet in self._query.facets if self._query.filters.get(facet)]
        shared = [facet for facet in self._query.facets if facet not in own]
        questions = [self._hits(required), self._counting(required, shared, self._one_each, None)]
        if differing := [facet for facet in shared if facet in self._varying]:
            questions.append(self._counting(required, differing, self._all, None))
        for facet in own:
            way = self._all if facet in self._varying else self._one_each
            questions.append(self._counting(required, [facet], way, facet))
        keys = () if self._wording.empty or self._sorted else name_keys(self._query.text)
        asked = {"q": "", "filter": [any_of(NAMES, keys)], "limit": 0, "facets": [NAMES]}
        hits, total, *counted = ask([*questions, asked] if keys else questions)
        called = counted.pop() if keys else {}
        builds = {str(hit[BUILD]) for hit in hits["hits"]}
        facets: dict[str, dict[str, int]] = {facet: {} for facet in self._query.facets}
        for answer in (total, *counted):
            found = answer.get("facetDistribution") or {}
            builds.update(found.get(BUILD, {}))
            for facet in self._query.facets:
                if facet in self._varying and pair_attribute(facet) in found:
                    facets[facet] = _by_value(found[pair_attribute(facet)])
                elif facet not in self._varying and facet_attribute(facet) in found:
                    facets[facet] = {value: int(count) for value, count in found[facet_attribute(facet)].items()}
        number = sum((total.get("facetDistribution") or {}).get(BUILD, {}).values())
        return Answer(
            hits=hits["hits"][: max(0, number - (self._query.page - 1) * self._query.per_page)],
            total=number,
            facets={facet: _commonest_first(counts) for facet, counts in facets.items()},
            builds=frozenset(builds),
            misspelled=bool(hits["hits"]) and _typos(hits["hits"][0]) > 0,
            names=tuple(key for key in keys if key in (called.get("facetDistribution") or {}).get(NAMES, {})),
        )

    def members(self, ask: Ask, groups: Sequence[str], required: Sequence[str] | None = None) -> dict[str, list[str]]:
        """For each group the runs that match, best first."""
        if not groups:
            return {}
        questions = [
            {
                **self._restricted(required, None),
                "filter": [*filters(self._query), any_of(GROUP, groups[start : start + _ASKED_OF])],
                "limit": MOST_HITS,
                "attributesToRetrieve": [GROUP, RUN],
                **self._order(),
            }
            for start in range(0, len(groups), _ASKED_OF)
        ]
        found: dict[str, list[str]] = {}
        for hit in (hit for answer in ask(questions) for hit in answer["hits"]):
            found.setdefault(hit[GROUP], []).append(hit[RUN])
        return found

    def count(self, ask: Ask, choices: Sequence[Sequence[str]]) -> list[int]:
        """How many groups each choice of required words would find."""
        asked = [self._counting(choice, [], self._one_each, None) for choice in choices]
        return [sum((answer.get("facetDistribution") or {}).get(BUILD, {}).values()) for answer in ask(asked)]

    def _hits(self, required: Sequence[str] | None) -> Question:
        query = self._query
        asked = {
            **self._restricted(required, None),
            "offset": min((query.page - 1) * query.per_page, MOST_HITS),
            "limit": min(query.per_page, MOST_HITS),
            "distinct": GROUP,
            "attributesToRetrieve": [RUN, GROUP, BUILD, "offer", "stored"],
            "showRankingScore": True,
            "showRankingScoreDetails": True,
            **self._order(),
        }
        if not self._sorted and not self._wording.empty:
            # What does not hold the required words comes last here, and is cut off by their number.
            asked |= {"q": self._wording.ordering(required), "matchingStrategy": "last"}
        return asked

    @property
    def _sorted(self) -> bool:
        return self._query.sort is not None or self._query.nearest

    def _restricted(self, required: Sequence[str] | None, without: str | None) -> Question:
        text = "" if self._wording.empty else self._wording.restricting(required)
        return {"q": text, "matchingStrategy": "all", "filter": filters(self._query, without)}

    def _counting(
        self, required: Sequence[str] | None, facets: Iterable[str], way: Callable[[], Question], without: str | None
    ) -> Question:
        pairs = way == self._all
        counted = [
            pair_attribute(facet) if pairs else facet_attribute(facet)
            for facet in facets
            if pairs == (facet in self._varying)
        ]
        return {**self._restricted(required, without), **way(), "facets": [*counted, BUILD]}

    @staticmethod
    def _one_each() -> Question:
        """One document of each group; the number of pages makes the server look at all of them."""
        return {"distinct": GROUP, "page": 1, "hitsPerPage": 0}

    @staticmethod
    def _all() -> Question:
        return {"limit": 0}

    def _order(self) -> Question:
        query = self._query
        by = [from_here(query.near)] if query.nearest and query.near is not None else []
        if query.sort is not None or (query.first and not by):
            name, descending = query.sort or (query.first, True)
            by.append(f"{number_attribute(name)}:{'desc' if descending else 'asc'}")
        return {"sort": by} if by else {}


def page(
    answer: Answer, members: Mapping[str, Sequence[str]], did_you_mean: str | None, most_matched: int
) -> SearchPage:
    """What the contract asks for."""
    return SearchPage(
        hits=[
            Hit(
                id=hit[RUN],
                group=hit["offer"],
                score=float(hit.get("_rankingScore", 0.0)),
                stored=hit["stored"],
                matched=tuple(dict.fromkeys((hit[RUN], *members.get(hit[GROUP], ()))))[:most_matched],
            )
            for hit in answer.hits
        ],
        total=answer.total,
        facets=answer.facets,
        did_you_mean=did_you_mean,
    )


def _by_value(pairs: Mapping[str, int]) -> dict[str, int]:
    return dict(Counter(pair.partition("|")[2] for pair in pairs))


def _commonest_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(
        sorted(((value, count) for value, count in counts.items() if count), key=lambda pair: (-pair[1], pair[0]))
    )


def _typos(hit: Mapping[str, Any]) -> int:
    return int(hit.get("_rankingScoreDetails", {}).get("typo", {}).get("typoCount", 0))
