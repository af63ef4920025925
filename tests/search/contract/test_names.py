"""Who types the whole name of something gets it first, however common its words are."""

import pytest

from search.protocol import SearchDocument, SearchEngine, SearchQuery
from tests.search.contract.asking import find, ids
from tests.search.documents import run

#: Names that feeds give, and what stands beside them in a catalogue.
NAMES = (
    "Spansk II",
    "Norsk 1, 1.-7. trinn",
    "Norsk 2 (trinn 8-13)",
    "Engelsk for 5. til 10. trinn - videreutdanning for lærere",
    "Undervisning i norsk",
    "Samfunnsfag - årsstudium",
    "Norsk for lærere, del 1. Alta",
    "Kunst, kultur & kreativitet: små barn",
)


def _beside(name: str) -> list[SearchDocument]:
    """Others that have all the words of it, more often, and can be applied for."""
    return [
        run(f"more{number}", f"{name} {name}", institution=name, description=f"{name}. {name}", numbers={"open": 1.0})
        for number in range(3)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_typed_word_for_word_comes_first(engine: SearchEngine, name: str) -> None:
    engine.put([*_beside(name), run("wanted", name, names=(name,), numbers={"open": 0.0})])
    assert find(engine, name)[0] == "wanted"
    assert find(engine, name.lower())[0] == "wanted"


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Spansk II", "spansk 2"),
        ("Norsk 1, 1.-7. trinn", "Norsk 1 (trinn 1–7)"),
        ("Norsk 1 – lesing", "norsk 1: lesing"),
        ("Læring på nett", "Laering på nett"),
    ],
)
def test_signs_do_not_matter_but_the_name_as_written_is_nearest(engine: SearchEngine, name: str, typed: str) -> None:
    engine.put([*_beside(name), run("same", typed, names=(typed,)), run("wanted", name, names=(name,))])
    assert set(find(engine, typed)[:2]) == {"same", "wanted"}
    assert find(engine, name)[0] == "wanted"
    assert find(engine, typed)[0] == "same"


def test_every_name_of_an_offer_counts(engine: SearchEngine) -> None:
    names = ("Matematikk 1", "Mathematics 1")
    engine.put([*_beside("Mathematics 1"), run("wanted", ". ".join(names), names=names)])
    assert find(engine, "mathematics 1")[0] == "wanted"


def test_a_name_leaves_nothing_else_out_and_filters_hold(engine: SearchEngine) -> None:
    engine.put([*_beside("Norsk 2"), run("wanted", "Norsk 2", names=("Norsk 2",), county="46")])
    page = engine.search(SearchQuery("norsk 2"))
    assert (page.total, ids(page)[0]) == (4, "wanted")
    assert ids(engine.search(SearchQuery("norsk 2", filters={"county": ("03",)}))) == []


def test_another_order_stays_that_order(engine: SearchEngine) -> None:
    engine.put(
        [
            run("soon", "Norsk 2 og 3", numbers={"start": 1.0}),
            run("named", "Norsk 2", names=("Norsk 2",), numbers={"start": 2.0}),
        ]
    )
    assert find(engine, "norsk 2", sort=("start", False)) == ["soon", "named"]


def test_a_name_that_is_gone_is_nobodys(engine: SearchEngine) -> None:
    engine.put([run("old", "Norsk 2", names=("Norsk 2",)), run("other", "Norsk 2 og 3")])
    engine.drop(["old"])
    assert find(engine, "norsk 2") == ["other"]
