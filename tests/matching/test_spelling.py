"""Typing errors: what is mended, and what is left alone."""

import pytest

from registry.matching.reading import read_name
from registry.matching.subjects import subject_finder


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("historrie", "historie"),  # doubled
        ("dramaa", "drama"),
        ("etater", "etater"),  # another word, however near "teater"
        ("matemtaikk", "matematikk"),  # swapped
        ("naturffag", "naturfag"),
        ("lærevnasker", "lærevansker"),
        ("spesialpedagogik", "spesialpedagogikk"),  # lost
        ("undervisnin", "undervisning"),  # cut
        ("musikkdidaktikk", "musikkdidaktikk"),  # not "musikkdidaktisk"
        ("regionalt", "regionalt"),
        ("norsk", "norsk"),
        ("dansk", "dansk"),
        ("fysisk", "fysisk"),
        ("drammen", "drammen"),  # a town
        ("xyz", "xyz"),
    ],
)
def test_one_slip_is_mended_and_true_words_are_left_alone(written: str, meant: str) -> None:
    assert subject_finder().spelling.word(written) == meant


def test_a_mended_name_reads_as_the_right_one_with_less_certainty() -> None:
    wrong, right = read_name("Matematikkk 1, 5.-10. trinn"), read_name("Matematikk 1, 5.-10. trinn")
    assert wrong.content == right.content
    assert wrong.subject is not None
    assert right.subject is not None
    assert wrong.subject.value == right.subject.value == "matematikk"
    assert wrong.subject.confidence < right.subject.confidence
    assert wrong.subject.evidence == "Matematikkk"


def test_english_says_the_same_as_norwegian() -> None:
    english, norwegian = read_name("Music and health"), read_name("Musikk og helse")
    assert [found.value for found in english.subjects] == ["musikk-helse"]
    assert english.focus == ()
    assert english.content == norwegian.content
