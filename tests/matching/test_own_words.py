"""What a name says of its subject: in the subject's own words, of all of it or of a side, and which of its numbers are none."""

import pytest

from registry.matching.reading import read_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Veilederutdanning", "Pedagogisk veiledning"),
        ("Tverrprofesjonell veiledning", "Videreutdanning i tverrfaglig veiledning"),
        ("Den nasjonale rektorutdanningen", "KOMPiS Rektorutdanningen"),
        ("Naturfag og matematikk i barnehagen", "Realfag i barnehagen"),
    ],
)
def test_synonyms_of_a_subject_are_its_own_name(one: str, other: str) -> None:
    assert set(read_name(one).standard) == set(read_name(other).standard)


def test_a_side_of_a_subject_keeps_its_words() -> None:
    reading = read_name("Skolerettet veiledningspedagogikk")
    assert reading.standard == reading.content == ("skolerett", "veiledningspedagogikk")


@pytest.mark.parametrize(
    ("title", "focus"),
    [
        ("Årsstudium i Sosiologi - ungdomssosiologi", ("ungdomssosiologi",)),
        ("Organisk kjemi og biokjemi", ("organisk", "biokjemi")),
        ("Ungdomssosiologi, årsstudium", ("ungdomssosiologi",)),
        ("Flerkulturell pedagogikk - etter- og videreutdanning", ()),
        ("Engelsk for lærere 1, 1.-7. trinn - Språklæreren", ()),
        ("Andrespråkslæring med vekt på vaksne", ()),
    ],
)
def test_only_the_words_beside_the_subject_are_focus(title: str, focus: tuple[str, ...]) -> None:
    assert read_name(title).focus == focus


@pytest.mark.parametrize(
    "title",
    [
        "Kurs i grunnleggende programmering",
        "Studieforberedende kurs i fransk",
        "Utøvende musikk - 1-årig videreutdanning",
    ],
)
def test_a_preposition_and_a_length_are_no_step(title: str) -> None:
    assert read_name(title).step is None


@pytest.mark.parametrize(
    "title",
    [
        "Innføring i fransk",
        "MOOC: Innføring i fransk",
        "Grunnkurs i fransk",
        "Pedagogikk - grunnleggende enhet",
        "Pedagogikk - førstesemesterstudium",
    ],
)
def test_what_comes_first_is_a_part_and_tells_no_step(title: str) -> None:
    reading = read_name(title)
    assert reading.part is not None
    assert (reading.part.value, reading.step) == ("1", None)
