"""Numbers, distances, pages."""

import pytest

from search.protocol import Near, SearchDocument, SearchEngine, SearchQuery
from tests.search.contract.asking import BERGEN, OSLO, TRONDHEIM, find
from tests.search.documents import run


class TestNumbers:
    RUNS = (
        run("small", numbers={"credits": 15.0, "start": 3.0}),
        run("large", numbers={"credits": 30.0, "start": 1.0}),
        run("unknown", numbers={"credits": None}),
    )

    @pytest.mark.parametrize(
        ("bounds", "wanted"),
        [
            ((15.0, 30.0), {"small", "large"}),
            ((15.1, None), {"large"}),
            ((None, 29.9), {"small"}),
            ((None, None), {"small", "large", "unknown"}),
            ((40.0, None), set()),
        ],
    )
    def test_ranges_are_inclusive(
        self, engine: SearchEngine, bounds: tuple[float | None, float | None], wanted: set[str]
    ) -> None:
        engine.put(self.RUNS)
        assert set(find(engine, ranges={"credits": bounds})) == wanted

    @pytest.mark.parametrize(
        ("sort", "wanted"),
        [
            (("credits", False), ["small", "large", "unknown"]),
            (("credits", True), ["large", "small", "unknown"]),
            (("start", False), ["large", "small", "unknown"]),
        ],
    )
    def test_sorting_puts_the_unknown_last(
        self, engine: SearchEngine, sort: tuple[str, bool], wanted: list[str]
    ) -> None:
        engine.put(self.RUNS)
        assert find(engine, sort=sort) == wanted

    def test_a_group_is_sorted_by_its_best_run(self, engine: SearchEngine) -> None:
        engine.put(
            [
                run("a1", group="a", numbers={"start": 5.0}),
                run("a2", group="a", numbers={"start": 1.0}),
                run("b1", group="b", numbers={"start": 2.0}),
            ]
        )
        assert find(engine, sort=("start", False)) == ["a2", "b1"]
        assert find(engine, sort=("start", True)) == ["a1", "b1"]


class TestNear:
    RUNS = (
        run("bergen", "Engelsk", position=BERGEN),
        run("trondheim", "Engelsk", position=TRONDHEIM),
        run("online", "Engelsk", reach_everywhere="1"),
        run("online-far", "Engelsk", reach_everywhere="1", position=BERGEN),
        run("nowhere", "Engelsk", reach_everywhere="0"),
    )

    @pytest.mark.parametrize(
        ("km", "wanted"),
        [
            (50.0, {"trondheim", "online", "online-far"}),
            (431.0, {"bergen", "trondheim", "online", "online-far"}),  # 430.1 km as the crow flies
            (428.0, {"trondheim", "online", "online-far"}),
        ],
    )
    def test_distance(self, engine: SearchEngine, km: float, wanted: set[str]) -> None:
        engine.put(self.RUNS)
        assert set(find(engine, "engelsk", near=Near(*TRONDHEIM, km))) == wanted

    @pytest.mark.parametrize("text", ["", "engelsk"])
    def test_the_nearest_first_and_what_lies_nowhere_last(self, engine: SearchEngine, text: str) -> None:
        engine.put([run("oslo", "Engelsk", position=OSLO), *self.RUNS])
        found = find(engine, text, near=Near(*TRONDHEIM, 800.0), nearest=True)
        assert found[:2] == ["trondheim", "oslo"]
        assert set(found[2:-1]) == {"bergen", "online-far"}
        assert found[-1] == "online"

    def test_as_far_away_is_in_the_order_asked_for(self, engine: SearchEngine) -> None:
        engine.put(
            [
                run("late", position=BERGEN, numbers={"start": 9.0}),
                run("near", position=OSLO, numbers={"start": 12.0}),
                run("soon", position=BERGEN, numbers={"start": 3.0}),
                run("anywhere-late", reach_everywhere="1", numbers={"start": 2.0}),
                run("anywhere-soon", reach_everywhere="1", numbers={"start": 1.0}),
            ]
        )
        found = find(engine, near=Near(*OSLO, 500.0), nearest=True, sort=("start", False))
        assert found == ["near", "soon", "late", "anywhere-soon", "anywhere-late"]
        page = engine.search(
            SearchQuery(near=Near(*OSLO, 500.0), nearest=True, sort=("start", True), per_page=2, page=2)
        )
        assert [hit.id for hit in page.hits] == ["soon", "anywhere-late"]

    def test_a_group_is_as_near_as_its_nearest_run(self, engine: SearchEngine) -> None:
        engine.put(
            [
                run("far", group="two", position=BERGEN),
                run("close", group="two", position=OSLO),
                run("other", group="one", position=TRONDHEIM),
            ]
        )
        assert find(engine, near=Near(*OSLO, 800.0), nearest=True) == ["close", "other"]

    def test_nearest_to_nothing_is_refused(self, engine: SearchEngine) -> None:
        with pytest.raises(ValueError, match="nearest"):
            engine.search(SearchQuery(nearest=True))

    def test_facets_are_counted_within_reach(self, engine: SearchEngine) -> None:
        engine.put([run("o", position=OSLO, county="03"), run("b", position=BERGEN, county="46")])
        page = engine.search(SearchQuery(near=Near(*OSLO, 100.0), facets=("county",)))
        assert page.facets["county"] == {"03": 1}


class TestPaging:
    DOCUMENTS: tuple[SearchDocument, ...] = tuple(run(f"r{n:02}", "Engelsk", group=f"g{n // 2}") for n in range(46))

    @pytest.mark.parametrize("text", ["", "engelsk"])
    def test_pages_partition_the_groups(self, engine: SearchEngine, text: str) -> None:
        engine.put(self.DOCUMENTS)
        pages = [engine.search(SearchQuery(text, page=page, per_page=10)) for page in (1, 2, 3, 4)]
        assert [len(page.hits) for page in pages] == [10, 10, 3, 0]
        groups = [hit.group for page in pages for hit in page.hits]
        assert len(set(groups)) == len(groups) == 23
        assert {page.total for page in pages} == {23}

    def test_a_page_far_away_is_empty(self, engine: SearchEngine) -> None:
        engine.put(self.DOCUMENTS)
        assert find(engine, page=10**6) == []
