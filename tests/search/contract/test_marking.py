"""The words that were found are told as places in the stored texts, the same by every engine."""

from itertools import pairwise

import pytest

from search.protocol import SearchEngine, SearchQuery
from tests.search.documents import run


def said(engine: SearchEngine, title: str, text: str) -> list[str]:
    """The pieces of the title that are marked in the first hit."""
    engine.put([run("wanted", title), run("other", "Fransk drama")])
    hit = engine.search(SearchQuery(text, mark=("title",))).hits[0]
    assert hit.id == "wanted"
    return [title[start:end] for start, end in hit.marks.get("title", ())]


@pytest.mark.parametrize(
    ("title", "text", "marked"),
    [
        ("Engelsk for alle", "engelsk", ["Engelsk"]),
        ("Vidareutdanning i kor", "videreutdanning", ["Vidareutdanning"]),
        ("Samtaler med elevar", "elevene", ["elevar"]),
        ("Øving i språk", "oving", ["Øving"]),
        ("Sámi giella", "sami", ["Sámi"]),
        ("Matematikkundervisning i kor", "matematikk", ["Matematikk"]),
        ("Undervisning og språkutvikling", "språk", ["språk"]),
        ("Ledelse i skole", "skoleledelse", ["Ledelse", "skole"]),
        ("Skuleleiing", "ledelse", ["Skuleleiing"]),
        ("Dans i kor", "danseundervisning", ["Dans"]),
        ("Mentor i kor", "veiledning", ["Mentor"]),
        ("Kompetanse for kvalitet: kor", "KFK", ["Kompetanse for kvalitet"]),
        ("Programmering i kor", "programering", ["Programmering"]),
        ("Spesialpedagogikk", "spesialp", ["Spesialpedagogikk"]),
        ("Engelsk 1, 1.–7. trinn", "engelsk 1-4", ["Engelsk", "1.–7. trinn"]),
        ("Engelsk 2", "engelsk 2", ["Engelsk", "2"]),
        ("Norsk og samisk i kor", "norsk og samisk", ["Norsk", "samisk"]),
        ("Kurs i kor", "kurs kor", ["Kurs", "kor"]),
        ("<b>Engelsk</b> & «norsk»", "engelsk norsk", ["Engelsk", "norsk"]),
    ],
)
def test_words_that_were_found_are_marked(engine: SearchEngine, title: str, text: str, marked: list[str]) -> None:
    assert said(engine, title, text) == marked


def test_levels_for_other_years_are_not_marked(engine: SearchEngine) -> None:
    assert said(engine, "Engelsk 5-10", "engelsk 1-7") == ["Engelsk"]


def test_nothing_is_marked_unless_it_is_asked_for(engine: SearchEngine) -> None:
    engine.put([run("wanted", "Engelsk")])
    assert [hit.marks for hit in engine.search(SearchQuery("engelsk")).hits] == [{}]
    assert [hit.marks for hit in engine.search(SearchQuery("", mark=("title",))).hits] == [{}]


def test_a_text_that_is_not_stored_is_not_marked(engine: SearchEngine) -> None:
    engine.put([run("wanted", "Engelsk")])
    assert [hit.marks for hit in engine.search(SearchQuery("engelsk", mark=("about",))).hits] == [{}]


def test_marks_are_rising_and_apart(engine: SearchEngine) -> None:
    engine.put([run("wanted", "Engelsk, engelsk og matematikkundervisning i undervisning")])
    (hit,) = engine.search(SearchQuery("engelsk matematikk undervisning matematikkundervisning", mark=("title",))).hits
    spans = hit.marks["title"]
    assert all(start < end for start, end in spans)
    assert all(one[1] < next_[0] for one, next_ in pairwise(spans))
