"""What a query is read as before any engine is asked: laws, nynorsk endings, names of one word, places, unknown words."""

from dataclasses import replace

import pytest

from registry.catalogue.askers import places
from registry.reference.load import rows
from search.embedded import EmbeddedEngine
from search.norwegian import ALL, bokmal, index_terms, stem, tokens
from search.protocol import SearchQuery
from search.telling import Telling, nothing_said
from tests.search.documents import SETTINGS, run


@pytest.mark.parametrize("law", ["opplæringsloven", "opplæringslova", "opplæringslov"])
def test_a_law_is_not_what_it_is_about(law: str) -> None:
    assert stem(law) == "opplaringslov" != stem("opplæring")


@pytest.mark.parametrize(
    ("nynorsk", "same"),
    [
        ("munnleg", "muntlig"),
        ("språklegheit", "språklighet"),
        ("utøvande", "utøvende"),
        ("ferdigheiter", "ferdigheter"),
    ],
)
def test_endings_of_nynorsk(nynorsk: str, same: str) -> None:
    assert bokmal(nynorsk) == same


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Norsk 2, 5.-10. trinn", ["=norsk"]),
        ("Norsk for lærere", ["=norsk"]),
        ("Norsk tegnspråk", []),
        ("Språk-", []),
        ("Norsk. Norsk språk", ["=norsk"]),
    ],
)
def test_a_name_of_one_word(name: str, found: list[str]) -> None:
    besides = nothing_said(frozenset({"for", "lærer"}))
    assert [term for term in index_terms(name, frozenset(), besides=besides) if term.startswith(ALL)] == found


def test_places_are_whole_names() -> None:
    telling = Telling(replace(SETTINGS, places=(("Sør-Varanger", "Finnmark"), ("Leka", "Trøndelag"))))
    assert telling.place(tokens("norsk sør-varanger"), 1) is not None
    assert telling.place(tokens("lek"), 0) is None, "not what shares a stem with a place"
    assert telling.place(tokens("sør"), 0) is None


def test_every_place_is_found_by_its_whole_name_with_its_small_words() -> None:
    stop_words = frozenset(row["word"] for row in rows("stop_words"))
    telling = Telling(replace(SETTINGS, stop_words=stop_words, places=places()))
    for name, *_ in places():
        words = telling.words(tokens(name))
        assert (telling.place(words, 0) or (0,))[0] == len(words), name


def test_a_word_that_is_nothing_else_is_the_one_most_like_it() -> None:
    engine = EmbeddedEngine(None, SETTINGS)
    engine.put([run("wanted", "Spesialpedagogikk"), run("other", "Fransk drama")])
    page = engine.search(SearchQuery("spesjalpeddagogiken"))
    assert [hit.id for hit in page.hits] == ["wanted"]
    assert page.did_you_mean == "spesialpedagogikk"


def test_a_misspelled_synonym_means_what_the_synonym_means() -> None:
    engine = EmbeddedEngine(None, SETTINGS)
    engine.put([run("wanted", "Veiledning"), run("other", "Fransk drama")])
    assert [hit.id for hit in engine.search(SearchQuery("menttor")).hits] == ["wanted"]


def test_search_words_belong_to_subjects() -> None:
    assert {row["code"] for row in rows("search_words")} <= {row["code"] for row in rows("subjects")}


def test_search_places_lie_in_counties_and_former_names_are_of_institutions_that_are() -> None:
    counties = {row["name_nb"] for row in rows("counties")}
    institutions = {row[name] for row in rows("institutions") for name in ("name_nb", "short_name")}
    held = {
        (row["source"] == "former names of institutions", name)
        for row in rows("search_places")
        for name in row["holds"].split(";")
    }
    assert {name for former, name in held if former} <= institutions
    assert {name for former, name in held if not former} <= counties


def test_engines_of_the_same_words_share_what_splits_are_remembered_by() -> None:
    assert Telling(SETTINGS).compound_parts is Telling(replace(SETTINGS, enough=5)).compound_parts
