"""Offers with several runs; filters and facets."""

import pytest

from search.protocol import SearchEngine, SearchQuery
from tests.search.contract.asking import ENGLISH, find
from tests.search.documents import run


class TestGroups:
    RUNS = (
        run("a-s", "Engelsk", group="a", term="spring", county="46"),
        run("a-f", "Engelsk vår", group="a", term="autumn", county="46"),
        run("b-f", "Engelsk", group="b", term="autumn", county="50"),
    )

    def test_an_offer_counts_once(self, engine: SearchEngine) -> None:
        engine.put(self.RUNS)
        page = engine.search(SearchQuery("engelsk", facets=("term", "county")))
        assert page.total == 2
        assert page.facets == {"term": {"autumn": 2, "spring": 1}, "county": {"46": 1, "50": 1}}

    def test_a_hit_is_the_best_of_its_group_and_names_the_others(self, engine: SearchEngine) -> None:
        engine.put(self.RUNS)
        first = engine.search(SearchQuery("engelsk vår")).hits[0]
        assert (first.id, first.group) == ("a-f", "a")
        assert set(engine.search(SearchQuery()).hits[0].matched) == {"a-s", "a-f"}

    def test_only_matching_runs_speak_for_a_group(self, engine: SearchEngine) -> None:
        engine.put(self.RUNS)
        page = engine.search(SearchQuery(filters={"term": ("spring",)}))
        assert [hit.matched for hit in page.hits] == [("a-s",)]

    def test_twenty_are_named_where_no_other_number_is_asked_for(self, engine: SearchEngine) -> None:
        engine.put([run(f"r{n}", "Engelsk", group="a") for n in range(30)])
        (hit,) = engine.search(SearchQuery("engelsk")).hits
        assert len(hit.matched) == len(set(hit.matched)) == 20
        (hit,) = engine.search(SearchQuery("engelsk", most_matched=1000)).hits
        assert len(hit.matched) == len(set(hit.matched)) == 30, "all are, to who asks for all"

    def test_a_run_that_changes_its_offer(self, engine: SearchEngine) -> None:
        engine.put(self.RUNS)
        engine.put([run("a-f", "Engelsk", group="b", term="autumn", county="46")])
        page = engine.search(SearchQuery(facets=("county", "term")))
        assert page.total == 2
        assert page.facets == {"county": {"46": 2, "50": 1}, "term": {"autumn": 1, "spring": 1}}


class TestFilters:
    def test_any_value_of_a_facet_and_all_facets(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)
        assert set(find(engine, filters={"county": ("46", "50"), "subject": ("engelsk",)})) == {
            "e1-17",
            "e1-510",
            "e2-17",
        }
        assert find(engine, filters={"county": ("46",), "subject": ("engelsk",)}) == ["e1-510"]

    def test_a_facet_ignores_its_own_filter(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)
        page = engine.search(SearchQuery(filters={"county": ("46",)}, facets=("county", "subject")))
        assert page.total == 2
        assert page.facets == {"county": {"46": 2, "50": 2}, "subject": {"engelsk": 1, "matematikk": 1}}

    def test_two_filters_each_ignore_their_own(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)
        page = engine.search(
            SearchQuery(filters={"county": ("50",), "subject": ("matematikk",)}, facets=("county", "subject"))
        )
        assert page.total == 0
        assert page.facets == {"county": {"46": 1}, "subject": {"engelsk": 2}}

    def test_several_values_in_one_document(self, engine: SearchEngine) -> None:
        engine.put([run("a", target=("teacher", "leader", "teacher")), run("b", target="leader"), run("c")])
        assert set(find(engine, filters={"target": ("teacher", "leader")})) == {"a", "b"}
        assert engine.search(SearchQuery(facets=("target",))).facets["target"] == {"leader": 2, "teacher": 1}

    def test_a_value_that_nobody_has(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)
        assert find(engine, filters={"county": ("99",)}) == []

    def test_no_values_filter_nothing(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)
        assert engine.search(SearchQuery(filters={"county": ()})).total == 4

    def test_commonest_values_first(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)
        assert list(engine.search(SearchQuery(facets=("subject",))).facets["subject"]) == ["engelsk", "matematikk"]

    @pytest.mark.parametrize(
        "query",
        [
            SearchQuery(filters={"unknown": ("x",)}),
            SearchQuery(facets=("unknown",)),
            SearchQuery(ranges={"unknown": (1, 2)}),
            SearchQuery(sort=("unknown", True)),
            SearchQuery(page=0),
            SearchQuery(per_page=0),
        ],
    )
    def test_what_cannot_be_is_refused(self, engine: SearchEngine, query: SearchQuery) -> None:
        engine.put(ENGLISH)
        with pytest.raises(ValueError, match=r"unknown|pages"):
            engine.search(query)
