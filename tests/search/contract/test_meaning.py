"""Places, forms of teaching and terms in a text, what follows where little has every word, and what goes first among equals."""

from dataclasses import replace

import pytest

from search.protocol import SearchEngine
from tests.search.contract.asking import find
from tests.search.documents import SETTINGS, run

SEVERAL_WORDS = ("Nord universitet", "Møre og Romsdal", "Universitetet i Oslo")
PLACED = replace(
    SETTINGS, places=(("Bergen", "Vestland"), ("Vestland", "Vestland"), *((name,) for name in SEVERAL_WORDS))
)


@pytest.mark.parametrize("text", ["norsk bergen", "bergen norsk", "norsk i Bergen"])
def test_a_place_puts_first_and_leaves_nothing_out(engine: SearchEngine, text: str) -> None:
    engine.configure(PLACED)
    engine.put(
        [
            run("else", "Norsk", institution="Oslo"),
            run("near", "Norsk", institution="Voss. Vestland"),
            run("there", "Norsk", institution="Bergen. Vestland"),
            run("other", "Drama", institution="Bergen. Vestland"),
        ]
    )
    assert find(engine, text) == ["there", "near", "else"]


@pytest.mark.parametrize("name", SEVERAL_WORDS)
def test_a_name_of_several_words_is_a_place_too(engine: SearchEngine, name: str) -> None:
    engine.configure(PLACED)
    engine.put([run("else", "Norsk"), run("there", "Norsk", institution=name)])
    assert find(engine, f"norsk {name.lower()}") == ["there", "else"]


def test_the_longer_of_a_place_and_a_synonym_is_meant(engine: SearchEngine) -> None:
    """Else "Høgskolen i Innlandet" would be any university college: *høgskole* has synonyms of its own."""
    engine.configure(replace(PLACED, synonyms=(("universitetet", "høgskolen"),)))
    engine.put(
        [
            run("else", "Norsk", institution="Høgskolen i Molde"),
            run("there", "Norsk", institution="Universitetet i Oslo"),
        ]
    )
    assert find(engine, "norsk universitetet i oslo") == ["there", "else"]


def test_a_place_alone_is_looked_for(engine: SearchEngine) -> None:
    engine.configure(PLACED)
    engine.put([run("there", "Norsk", institution="Bergen"), run("else", "Norsk", institution="Oslo")])
    assert find(engine, "bergen") == ["there"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("norsk på nett", "Norsk, nettbasert"),
        ("norsk nettstudium", "Norsk på nett"),
        ("norsk online", "Norsk, fjernundervisning"),
        ("norsk samlinger", "Norsk, samlingsbasert"),
        ("norsk desentralisert", "Norsk, samlinger"),
        ("norsk høst 2026", "Norsk, høsten 2026"),
        ("norsk hausten 2026", "Norsk 2026H"),
    ],
)
def test_how_and_when_put_first_and_leave_nothing_out(engine: SearchEngine, text: str, title: str) -> None:
    engine.put([run("else", "Norsk, campus, våren 2025"), run("wanted", title), run("other", "Drama")])
    assert find(engine, text) == ["wanted", "else"]


def test_what_a_description_says_of_the_net_is_no_form_of_teaching(engine: SearchEngine) -> None:
    engine.put([run("talks", "Norsk", description="Om barn på nett"), run("is", "Norsk, nettbasert")])
    assert find(engine, "norsk nett")[0] == "is"


def test_where_few_have_every_word_those_follow_that_are_about_one(engine: SearchEngine) -> None:
    engine.configure(replace(SETTINGS, enough=5))
    engine.put([run("both", "Norsk og kor"), run("kor", "Kor og dans"), *(run(f"n{n}", "Norsk vår") for n in range(3))])
    assert find(engine, "norsk kor") == ["both", "kor"]
    assert find(engine, "norsk kor", every_word=True) == ["both"]


def test_another_order_finds_the_same(engine: SearchEngine) -> None:
    engine.configure(replace(SETTINGS, enough=5))
    engine.put(
        [
            run("both", "Norsk og kor", numbers={"start": 2}),
            run("kor", "Kor og dans", numbers={"start": 1}),
            *(run(f"n{n}", "Norsk vår") for n in range(3)),
        ]
    )
    assert find(engine, "norsk kor", sort=("start", False)) == ["kor", "both"]


def test_without_that_every_word_is_asked_for(engine: SearchEngine) -> None:
    engine.put([run("both", "Norsk og kor"), run("kor", "Kor og dans"), *(run(f"n{n}", "Norsk vår") for n in range(3))])
    assert find(engine, "norsk kor") == ["both"]


def test_first_among_equals(engine: SearchEngine) -> None:
    engine.put([run("old", "Norsk", numbers={"start": 0}), run("new", "Norsk", numbers={"start": 1})])
    assert find(engine, "norsk", first="start") == ["new", "old"]


def test_first_is_no_word_more(engine: SearchEngine) -> None:
    engine.configure(replace(SETTINGS, enough=5))
    engine.put(
        [run("new", "Kor og dans", numbers={"start": 1}), run("old", "Norsk og kor", numbers={"start": 0})]
        + [run(f"n{n}", "Norsk vår", numbers={"start": 1}) for n in range(3)]
    )
    assert find(engine, "norsk kor", first="start") == ["old", "new"]


def test_what_goes_first_must_be_a_number_of_the_settings(engine: SearchEngine) -> None:
    with pytest.raises(ValueError, match="price"):
        find(engine, "norsk", first="price")


@pytest.mark.parametrize("text", ["barnehagetolk", "superbarnehage"])
def test_of_an_unknown_word_the_known_part_is_asked_for(engine: SearchEngine, text: str) -> None:
    engine.put([run("wanted", "Barnehage"), run("other", "Fransk drama")])
    assert find(engine, text) == ["wanted"]
