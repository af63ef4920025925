"""What people and programs may send that nobody meant them to."""

import pytest

from search.protocol import Near, SearchEngine, SearchQuery
from tests.search.contract.asking import BERGEN, ENGLISH, find
from tests.search.documents import run


@pytest.mark.parametrize(
    "value",
    ['46" OR county = "50', "46'] OR id > '0", 'x" OR "1"="1', "\\", '"', "\x00", "46\n", "", "*", "46 OR 50", "[46]"],
)
def test_a_value_is_a_value_and_no_condition(engine: SearchEngine, value: str) -> None:
    engine.put(ENGLISH)
    page = engine.search(SearchQuery(filters={"county": (value,)}, facets=("county",)))
    assert (page.total, list(page.hits)) == (0, [])
    assert page.facets["county"] == {"46": 2, "50": 2}


def test_an_impossible_value_beside_a_possible_one(engine: SearchEngine) -> None:
    engine.put(ENGLISH)
    assert set(find(engine, filters={"county": ('"', "46")})) == {"e1-510", "m1-17"}


@pytest.mark.parametrize("key", ["a b", "a/b", "æøå", 'a"b', "a'b", "a" * 300, "x.y:z", "{}", "#1"])
def test_a_key_may_be_anything(engine: SearchEngine, key: str) -> None:
    engine.put([run(key, "Engelsk", version=3), run("other", "Norsk")])
    (hit,) = engine.search(SearchQuery("engelsk")).hits
    assert (hit.id, hit.group, hit.matched) == (key, key, (key,))
    assert engine.digests()[key] == 3
    assert engine.drop([key]) == 1
    assert engine.count() == 1


@pytest.mark.parametrize("text", ["-engelsk", '"engelsk"', "engelsk -matematikk", "+engelsk", "engelsk*", "(engelsk)"])
def test_signs_are_no_operators(engine: SearchEngine, text: str) -> None:
    engine.put([run("wanted", "Engelsk matematikk"), run("other", "Fransk drama")])
    assert find(engine, text) == ["wanted"]


def test_a_facet_without_values_is_an_empty_list(engine: SearchEngine) -> None:
    engine.put(ENGLISH)
    assert engine.search(SearchQuery(facets=("target",))).facets == {"target": {}}


@pytest.mark.parametrize("facet", ["subject", "county", "term", "target"])
def test_only_what_is_asked_for_is_counted(engine: SearchEngine, facet: str) -> None:
    engine.put(ENGLISH)
    assert set(engine.search(SearchQuery(facets=(facet,))).facets) == {facet}


def test_everything_at_once(engine: SearchEngine) -> None:
    engine.put(
        [
            run("a1", "Engelsk 1", group="a", county="46", term="s", numbers={"credits": 30.0}, position=BERGEN),
            run("a2", "Engelsk 1", group="a", county="46", term="f", numbers={"credits": 30.0}, position=BERGEN),
            run("b1", "Engelsk 1", group="b", county="46", term="s", numbers={"credits": 15.0}, position=BERGEN),
            run("c1", "Engelsk 2", group="c", county="50", term="s", numbers={"credits": 30.0}, position=BERGEN),
        ]
    )
    page = engine.search(
        SearchQuery(
            "engelks",
            filters={"county": ("46",), "term": ("s",)},
            ranges={"credits": (20.0, 40.0)},
            near=Near(*BERGEN, 10.0),
            facets=("county", "term"),
            sort=("credits", True),
        )
    )
    assert [(hit.id, hit.matched) for hit in page.hits] == [("a1", ("a1",))]
    assert page.facets == {"county": {"46": 1, "50": 1}, "term": {"f": 1, "s": 1}}
    assert page.did_you_mean == "engelsk"


def test_one_facet_of_many_groups_is_counted_whole(engine: SearchEngine) -> None:
    engine.put([run(f"r{n}", "Engelsk", county=f"{n % 150:03}", term="s") for n in range(1_200)])
    page = engine.search(SearchQuery("engelsk", facets=("county", "term")))
    assert page.total == 1_200
    assert (len(page.facets["county"]), set(page.facets["county"].values())) == (150, {8})
    assert page.facets["term"] == {"s": 1_200}


def test_pages_beyond_a_thousand(engine: SearchEngine) -> None:
    engine.put([run(f"r{n:04}", "Engelsk") for n in range(1_100)])
    assert len(find(engine, "engelsk", page=11, per_page=100)) == 100
    assert len(engine.search(SearchQuery(page=1, per_page=1_000)).hits) == 1_000
