"""What every search engine must do. One test, one promise; each runs against every engine in conftest.py."""

from dataclasses import replace

import pytest

from search.protocol import Near, SearchDocument, SearchEngine, SearchPage, SearchQuery
from tests.search.documents import run

ENGLISH = (
    run("e1-17", "Engelsk 1, 1.-7. trinn", subject="engelsk", county="50"),
    run("e1-510", "Engelsk 1, 5.-10. trinn", subject="engelsk", county="46"),
    run("e2-17", "Engelsk 2 for trinn 1-7", subject="engelsk", county="50"),
    run("m1-17", "Matematikk 1, 1.-7. trinn", subject="matematikk", county="46"),
)
BERGEN, TRONDHEIM, OSLO = (60.39, 5.32), (63.43, 10.40), (59.91, 10.75)


def ids(page: SearchPage) -> list[str]:
    return [hit.id for hit in page.hits]


def find(engine: SearchEngine, text: str = "", **more: object) -> list[str]:
    return ids(engine.search(SearchQuery(text=text, **more)))  # type: ignore[arg-type]


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
            engine.rebuild(broken())  # type: ignore[arg-type]
        assert engine.count() == 4

    def test_a_failed_put_writes_nothing(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)

        def broken() -> object:
            yield run("x", "Engelsk")
            raise RuntimeError("the database went away")

        with pytest.raises(RuntimeError, match="went away"):
            engine.put(broken())  # type: ignore[arg-type]
        assert engine.count() == 4
        assert engine.put([run("y", "Engelsk")]) == 1
        assert "x" not in find(engine, "engelsk")

    def test_what_is_stored_comes_back_with_the_hit(self, engine: SearchEngine) -> None:
        stored = {"title": "Pedagogikk på nordsamisk: čáhppes", "places": 30, "tags": ["a", "b"], "none": None}
        engine.put([replace(run("a", "Engelsk"), stored=stored)])
        assert engine.search(SearchQuery("engelsk")).hits[0].stored == stored


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Engelsk for lærere", "ENGELSK"),
        ("Videreutdanning i norsk", "vidareutdanning"),
        ("Vidareutdanning i norsk", "videreutdanning"),
        ("Høgskolepedagogikk", "høyskolepedagogikk"),
        ("Høgskulepedagogikk", "høgskolepedagogikk"),
        ("For barnehagelærarar", "barnehagelærer"),
        ("For barnehagelærere", "barnehagelærarar"),
        ("Norsk for lærarane", "lærer"),
        ("Skulane i nord", "skole"),
        ("Rettleiing av nyutdanna", "veiledning"),
        ("Høyskole", "hoyskole"),
        ("Høyskole", "hoeyskole"),
        ("Lærer", "laerer"),
        ("Språk", "sprak"),
        ("Språk", "spraak"),
        ("Kroppsøving", "kroppsoving"),
        ("Kroppsøving", "kroppsöving"),
        ("Idé og skaping", "ide"),
        ("Davvisámegiella", "davvisamegiella"),
        ("Čáhcesuolu", "cahcesuolu"),
        ("Matematikkundervisning", "matematikk"),
        ("Matematikkundervisningen", "undervisning"),
        ("Undervisning i matematikk", "matematikkundervisning"),
        ("Språkutvikling i barnehagen", "utvikling"),
        ("Kompetanse for kvalitet: norsk", "kfk"),
        ("KFK norsk", "kompetanse for kvalitet"),
        ("Mentor for nyutdannede", "veiledning"),
        ("Spesialpedagogikk", "spesped"),
        ("Religion og livssyn", "rle"),
        ("Naturfag", "natur"),
        ("Engelsk", "engelks"),
        ("Matematikk", "matmatikk"),
        ("Spesialpedagogikk", "spesialpedagikk"),
        ("Begynneropplæring", "begyneropplaring"),
        ("Programming in school", "programming"),
        ("Kurs LUMAT101", "lumat101"),
        ("Mat og helse", "mat helse"),
        ("Norsk: lesing/skriving", "lesing"),
        ("Engelsk (30 studiepoeng)", "engelsk 30 sp"),
    ],
)
def test_finds(engine: SearchEngine, title: str, text: str) -> None:
    engine.put([run("wanted", title), run("other", "Tysk fordypning")])
    assert find(engine, text) == ["wanted"]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Kurs i mat", "mot"),  # three letters take no typing error
        ("Tysk", "dyyk"),  # four take one
        ("Emne LUMAT101", "lumat102"),  # numbers are never corrected
        ("Norsk", "xyzzy"),
        ("Fordypning", "ypning"),  # the end of a word is not its beginning
    ],
)
def test_does_not_find(engine: SearchEngine, title: str, text: str) -> None:
    engine.put([run("a", title)])
    page = engine.search(SearchQuery(text))
    assert (page.total, list(page.hits)) == (0, [])


class TestRanking:
    def test_school_years_of_the_query_come_first(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)
        assert set(find(engine, "engelsk 1-7")[:2]) == {"e1-17", "e2-17"}
        assert find(engine, "engelsk 5.-10. trinn")[0] == "e1-510"

    @pytest.mark.parametrize(
        "written", ["1.-7. trinn", "1-7", "trinn 1-7", "1. til 7. trinn", "trinn 1 7", "1 – 7", "1.-7. årssteg"]
    )
    def test_school_years_are_one_however_written(self, engine: SearchEngine, written: str) -> None:
        engine.put([run("no", "Engelsk 5-10"), run("yes", f"Engelsk {written}")])
        assert find(engine, "engelsk 1-7")[0] == "yes"

    def test_a_span_within_a_wider_one_beats_another_span(self, engine: SearchEngine) -> None:
        engine.put([run("other", "Norsk 8-13"), run("wider", "Norsk 1.-10. trinn")])
        assert find(engine, "norsk 5-10")[0] == "wider"

    def test_a_step_is_not_a_school_year(self, engine: SearchEngine) -> None:
        engine.put([run("years", "Engelsk for 1.-7. trinn"), run("two", "Engelsk 2"), run("one", "Engelsk 1")])
        assert find(engine, "engelsk 1")[0] == "one"

    def test_a_step_in_roman_numbers(self, engine: SearchEngine) -> None:
        engine.put([run("two", "Engelsk II"), run("one", "Engelsk I")])
        assert find(engine, "engelsk 2")[0] == "two"
        assert find(engine, "engelsk 1")[0] == "one"

    def test_all_words_before_some(self, engine: SearchEngine) -> None:
        engine.put(
            [run("some", "Vurdering vurdering"), run("all", "Norsk", description="vurdering"), run("n", "Norsk")]
        )
        assert find(engine, "norsk vurdering")[0] == "all"

    def test_when_nothing_has_all_words_those_with_most_are_found(self, engine: SearchEngine) -> None:
        engine.put([run("two", "Norsk vurdering"), run("one", "Drama")])
        assert find(engine, "norsk drama vurdering")[0] == "two"

    def test_a_title_weighs_more_than_a_description(self, engine: SearchEngine) -> None:
        engine.put([run("low", "Tysk", description="drama"), run("high", "Drama", description="tysk")])
        assert find(engine, "drama") == ["high", "low"]

    def test_a_whole_word_before_a_beginning(self, engine: SearchEngine) -> None:
        engine.put([run("longer", "Musikkpedagogikk"), run("whole", "Musikk")])
        assert find(engine, "musikk") == ["whole", "longer"]

    def test_only_the_last_word_may_be_a_beginning(self, engine: SearchEngine) -> None:
        engine.put([run("a", "Norsk drama"), run("b", "Nordnorsk")])
        assert find(engine, "nor drama") == ["a"]

    def test_scores_fall(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)
        scores = [hit.score for hit in engine.search(SearchQuery("engelsk 1-7")).hits]
        assert scores == sorted(scores, reverse=True)

    def test_stop_words_do_not_restrict(self, engine: SearchEngine) -> None:
        engine.put([run("a", "Norsk skole")])
        assert find(engine, "norsk for skole") == ["a"]

    def test_only_spaces_and_signs_match_everything(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)
        assert engine.search(SearchQuery("  -- !? ")).total == 4

    @pytest.mark.parametrize(
        "text", ['"', "a AND (", "title:x", "* OR *", "'; DROP", "\\", "x" * 3000, "drama " * 999, "\x00", "🎓", "~"]
    )
    def test_no_text_breaks_the_engine(self, engine: SearchEngine, text: str) -> None:
        engine.put(ENGLISH)
        assert engine.search(SearchQuery(text)).total in (0, 4)


class TestDidYouMean:
    def test_a_correction_is_named(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)
        assert engine.search(SearchQuery("engelks 1-7")).did_you_mean == "engelsk 1-7"

    def test_a_word_that_is_nowhere_is_dropped(self, engine: SearchEngine) -> None:
        engine.put(ENGLISH)
        page = engine.search(SearchQuery("engelsk xyzzyq"))
        assert page.total == 3
        assert page.did_you_mean == "engelsk"

    @pytest.mark.parametrize("text", ["", "engelsk", "engelsk 1-7", "xyzzyq"])
    def test_nothing_to_say(self, engine: SearchEngine, text: str) -> None:
        engine.put(ENGLISH)
        assert engine.search(SearchQuery(text)).did_you_mean is None


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

    def test_at_most_twenty_are_named(self, engine: SearchEngine) -> None:
        engine.put([run(f"r{n}", "Engelsk", group="a") for n in range(30)])
        (hit,) = engine.search(SearchQuery("engelsk")).hits
        assert len(hit.matched) == len(set(hit.matched)) == 20

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
