"""Writing: put, drop, rebuild, wipe, versions."""

from dataclasses import replace

import pytest

from search.protocol import SearchEngine, SearchQuery
from tests.search.contract.asking import ENGLISH, find, ids
from tests.search.documents import run


class TestWriting:
    def test_an_empty_engine_answers_with_nothing(self, engine: SearchEngine) -> None:
        page = engine.search(SearchQuery(facets=("subject",)))
        assert (list(page.hits), page.total, dict(page.facets)) == ([], 0, {"subject": {}})

    def test_put_says_how_many_and_they_are_found_at_once(self, engine: SearchEngine) -> None:
        assert engine.put(ENGLISH) == 4
        assert engine.count() == 4
        assert engine.search(SearchQuery()).total == 4

    def test_put_of_nothing_is_fine(self, engine: SearchEngine) -> None:
        assert engine.put([]) == 0

    def test_put_again_replaces(self, engine: SearchEngine) -> None:
        engine.put([run("a", "Engelsk")])
        engine.put([run("a", "Tysk")])
        assert engine.count() == 1
        assert find(engine, "engelsk") == []
        assert find(engine, "tysk") == ["a"]

    def test_the_same_put_twice_changes_nothing(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)
        before = engine.search(SearchQuery(facets=("subject", "county")))
        engine.put(ENGLISH)
        after = engine.search(SearchQuery(facets=("subject", "county")))
        assert (set(ids(before)), before.facets) == (set(ids(after)), after.facets)

    def test_a_lower_version_never_overwrites(self, engine: SearchEngine) -> None:
        engine.put([run("a", "Engelsk", version=5)])
        assert engine.put([run("a", "Tysk", version=4)]) == 0
        assert find(engine, "engelsk") == ["a"]

    def test_the_same_version_overwrites(self, engine: SearchEngine) -> None:
        engine.put([run("a", "Engelsk", version=5)])
        assert engine.put([run("a", "Tysk", version=5)]) == 1
        assert find(engine, "tysk") == ["a"]

    def test_within_one_batch_the_highest_version_wins(self, engine: SearchEngine) -> None:
        assert (
            engine.put([run("a", "Engelsk", version=2), run("a", "Tysk", version=3), run("a", "Fransk", version=1)])
            == 1
        )
        assert find(engine) == ["a"]
        assert find(engine, "tysk") == ["a"]

    def test_drop_says_how_many_there_were(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)
        assert engine.drop(["e1-17", "unknown", "e1-17"]) == 1
        assert engine.count() == 3
        assert "e1-17" not in find(engine, "engelsk")

    def test_drop_takes_the_document_out_of_the_counts(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)
        engine.drop(["m1-17"])
        assert engine.search(SearchQuery(facets=("subject",))).facets["subject"] == {"engelsk": 3}

    def test_dropped_can_come_back(self, engine: SearchEngine) -> None:
        engine.put([run("a", "Engelsk", version=5)])
        engine.drop(["a"])
        assert engine.put([run("a", "Engelsk", version=5)]) == 1
        assert find(engine, "engelsk") == ["a"]

    def test_wipe_leaves_nothing(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)
        engine.wipe()
        assert (engine.count(), find(engine), dict(engine.digests())) == (0, [], {})

    def test_digests_give_every_version(self, engine: SearchEngine) -> None:
        engine.put([run("a", version=3), run("b", version=7)])
        engine.put([run("a", version=4)])
        engine.drop(["b"])
        assert dict(engine.digests()) == {"a": 4}

    def test_rebuild_replaces_everything(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)
        assert engine.rebuild([run("x", "Tysk", version=1), run("y", "Fransk", version=1)]) == 2
        assert dict(engine.digests()) == {"x": 1, "y": 1}
        assert find(engine, "engelsk") == []

    def test_a_failed_rebuild_leaves_the_former(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)

        def broken() -> object:
            yield run("x")
            raise RuntimeError("the database went away")

        with pytest.raises(RuntimeError, match="went away"):
            engine.rebuild(broken())
        assert engine.count() == 4

    def test_a_failed_put_writes_nothing(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)

        def broken() -> object:
            yield run("x", "Engelsk")
            raise RuntimeError("the database went away")

        with pytest.raises(RuntimeError, match="went away"):
            engine.put(broken())
        assert engine.count() == 4
        assert engine.put([run("y", "Engelsk")]) == 1
        assert "x" not in find(engine, "engelsk")

    def test_what_is_stored_comes_back_with_the_hit(self, engine: SearchEngine) -> None:
        stored = {"title": "Pedagogikk på nordsamisk: čáhppes", "places": 30, "tags": ["a", "b"], "none": None}
        engine.put([replace(run("a", "Engelsk"), stored=stored)])
        assert engine.search(SearchQuery("engelsk")).hits[0].stored == stored
