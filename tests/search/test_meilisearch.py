"""What is the Meilisearch engine's own: tasks, swaps, settings, what it sends."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from search.meilisearch import MeilisearchEngine
from search.meilisearch.settings import server_settings
from search.protocol import SearchQuery, SearchUnavailable
from tests.search.documents import SETTINGS, run
from tests.search.loopback.server import Meilisearch, serving

AMPLE = 20  #: seconds to wait for a server that does answer: a busy machine is no fault


@pytest.fixture
def double() -> Meilisearch:
    return Meilisearch()


@pytest.fixture
def engine(double: Meilisearch) -> Iterator[MeilisearchEngine]:
    with serving(double) as url:
        made = MeilisearchEngine(url, SETTINGS, key="search", write_key="write", patience=AMPLE)
        made.wipe()
        double.requests.clear()
        yield made


def test_a_batch_is_written_when_its_task_succeeded_and_not_before(
    engine: MeilisearchEngine, double: Meilisearch
) -> None:
    engine.put([run("a", "Engelsk")])
    paths = [path for _, path, _ in double.requests]
    assert paths[-2].endswith("/documents")
    assert paths[-1].startswith("/tasks/")


def test_a_task_that_failed_is_an_error(engine: MeilisearchEngine, double: Meilisearch) -> None:
    def refuse(path: str) -> None:
        if path.startswith("/tasks/"):
            double.tasks[-1] |= {
                "status": "failed",
                "error": {"message": "no space left", "code": "x", "type": "internal", "link": ""},
            }

    double.before = refuse
    with pytest.raises(SearchUnavailable, match="no space left"):
        engine.put([run("a", "Engelsk")])


def test_one_request_carries_all_questions_and_a_second_the_runs(
    engine: MeilisearchEngine, double: Meilisearch
) -> None:
    engine.put([run("a", "Engelsk", county="46", subject="x"), run("b", "Engelsk", county="50", subject="y")])
    double.requests.clear()
    engine.search(
        SearchQuery("engelsk", filters={"county": ("46",), "subject": ("x",)}, facets=("county", "subject", "term"))
    )
    asked = [body["queries"] for _, path, body in double.requests if path == "/multi-search"]
    assert len(asked) == len(double.requests) == 2
    questions, named = asked[0][:-1], asked[0][-1:]
    filters = [tuple(sorted(one["filter"])) for one in questions]
    both = ('facets.county IN ["46"]', 'facets.subject IN ["x"]')
    assert filters == [
        both,
        both,
        both,
        (both[1],),
        (both[0],),
    ]  # hits, number, other facets, and one for each own filter
    assert [one["filter"][0].partition(" ")[0] for one in named] == ["names"], "is there anything of this very name?"


def test_facets_that_never_differ_in_a_group_are_counted_by_the_server(double: Meilisearch) -> None:
    with serving(double) as url:
        engine = MeilisearchEngine(url, replace(SETTINGS, varying=frozenset({"term"})), patience=AMPLE)
        engine.rebuild(
            [
                run("a1", "Engelsk", group="a", county="46", term="s"),
                run("a2", "Engelsk", group="a", county="46", term="f"),
                run("b1", "Engelsk", group="b", county="46", term="s"),
            ]
        )
        page = engine.search(SearchQuery(facets=("county", "term"), filters={"county": ("46",)}))
        assert page.facets == {"county": {"46": 2}, "term": {"s": 2, "f": 1}}
        assert "county" not in double.indexes["offers"].documents.popitem()[1]["pairs"]


def test_a_rebuild_is_made_beside_the_live_index_and_swapped_with_it(
    engine: MeilisearchEngine, double: Meilisearch
) -> None:
    engine.put([run("a", "Engelsk")])
    double.requests.clear()
    engine.rebuild([run("b", "Norsk"), run("c", "Norsk")])
    written = [path for method, path, _ in double.requests if method == "POST" and "/documents" in path]
    assert written == ["/indexes/offers-next/documents"]
    swaps = [body for _, path, body in double.requests if path == "/swap-indexes"]
    assert swaps == [[{"indexes": ["offers", "offers-next"]}]]
    assert set(double.indexes) == {"offers"}
    assert dict(engine.digests()) == {"b": 0, "c": 0}


def test_a_new_index_that_is_not_whole_is_not_put_in_place(engine: MeilisearchEngine, double: Meilisearch) -> None:
    engine.put([run("a", "Engelsk")])

    def lose(path: str) -> None:
        if path == "/indexes/offers-next/stats":
            double.indexes["offers-next"].documents.popitem()

    double.before = lose
    with pytest.raises(SearchUnavailable, match="holds 1 documents, not 2"):
        engine.rebuild([run("b", "Norsk"), run("c", "Norsk")])
    assert dict(engine.digests()) == {"a": 0}


def test_an_answer_is_of_one_index_though_it_is_swapped_between_two_questions(
    engine: MeilisearchEngine, double: Meilisearch
) -> None:
    engine.rebuild([run(f"old{n}", "Engelsk", term="old") for n in range(3)])
    old = double.indexes["offers"]
    engine.rebuild([run(f"new{n}", "Engelsk", term="new") for n in range(5)])
    new = double.indexes["offers"]
    asked: list[int] = []
    search = double._search

    def swapping(body: object) -> dict[str, object]:
        asked.append(1)
        double.indexes["offers"] = old if len(asked) == 1 else new
        return search(body)

    double._search = swapping
    page = engine.search(SearchQuery("engelsk", facets=("term",)))
    assert (page.total, page.facets) == (5, {"term": {"new": 5}})
    assert {hit.id[:3] for hit in page.hits} == {"new"}


def test_an_index_of_other_settings_asks_for_a_rebuild(engine: MeilisearchEngine, double: Meilisearch) -> None:
    engine.put([run("a", "Engelsk")])
    with serving(double) as url:
        other = MeilisearchEngine(url, replace(SETTINGS, facets=("subject",)), patience=AMPLE)
        with pytest.raises(SearchUnavailable, match="other settings"):
            other.search(SearchQuery("engelsk"))
        with pytest.raises(SearchUnavailable, match="other settings"):
            other.put([run("b", "Engelsk")])


def test_without_an_index_there_is_no_empty_answer(double: Meilisearch) -> None:
    with serving(double) as url, pytest.raises(SearchUnavailable, match=r"registry index rebuild"):
        MeilisearchEngine(url, SETTINGS, patience=AMPLE).search(SearchQuery())


def test_documents_unknown_to_the_settings_are_refused(engine: MeilisearchEngine) -> None:
    with pytest.raises(ValueError, match="unknown facets in document a: colour"):
        engine.put([run("a", colour="red")])
    with pytest.raises(ValueError, match="unknown numbers in document a: weight"):
        engine.put([run("a", numbers={"weight": 1.0})])


def test_settings_come_from_the_one_description() -> None:
    made = server_settings(SETTINGS)
    assert made["searchableAttributes"][:4] == [
        "text.title",
        "text.title_stems",
        "text.title_parts",
        "text.institution",
    ]
    assert made["synonyms"]["kfk"] == ["kompetans kvalit"]
    assert made["synonyms"]["kompetans kvalit"] == ["kfk"]
    assert "pa" in made["stopWords"]
    assert made == server_settings(replace(SETTINGS))


def test_a_word_that_is_known_to_nobody_costs_one_question_a_word(
    engine: MeilisearchEngine, double: Meilisearch
) -> None:
    engine.put([run("a", "Engelsk drama")])
    double.requests.clear()
    assert engine.search(SearchQuery("engelsk xyzzyq")).did_you_mean == "engelsk"
    assert sum(path.endswith("/facet-search") for _, path, _ in double.requests) == 2
