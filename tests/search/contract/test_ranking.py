"""What comes first, and what was meant."""

import pytest

from search.protocol import SearchEngine, SearchQuery
from tests.search.contract.asking import ENGLISH, find
from tests.search.documents import run


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

    def test_of_what_matches_alike_the_preferred_comes_first(self, engine: SearchEngine) -> None:
        engine.put(
            [
                run("closed", "Norsk 1", numbers={"open": 0.2}),
                run("open", "Norsk 1", numbers={"open": 1.0}),
                run("untold", "Norsk 1"),
                run("soon", "Norsk 1", numbers={"open": 0.8}),
            ]
        )
        assert find(engine, "norsk 1")[:2] == ["open", "soon"]

    def test_of_an_offer_the_preferred_run_stands_for_it(self, engine: SearchEngine) -> None:
        engine.put([run(key, "Norsk 1", group="one", numbers={"open": how}) for key, how in (("a", 0.0), ("b", 1.0))])
        assert find(engine, "norsk") == ["b"]

    def test_what_is_named_or_of_the_years_asked_for_comes_before_the_preferred(self, engine: SearchEngine) -> None:
        engine.put(
            [
                run("years", "Engelsk 1-7", numbers={"open": 0.0}),
                run("other", "Engelsk 5-10", numbers={"open": 1.0}),
                run("mentioned", "Kor", description="engelsk 1-7", numbers={"open": 1.0}),
            ]
        )
        assert find(engine, "engelsk 1-7")[0] == "years"

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
