"""Names of real programmes, and of some in English, and what they tell; and what must not change, or must, when a name is written otherwise."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.matching.reading import Derived, Reading, read_name
from registry.matching.subjects import subject_tree
from registry.matching.text import stem
from registry.matching.vocabulary import Role, Setting

with (Path(__file__).parent / "readings.csv").open(encoding="utf-8", newline="") as stream:
    READINGS = list(csv.DictReader(stream))

SUBJECTS = st.sampled_from(
    ["Engelsk", "Norsk", "Matematikk", "Naturfag", "Kroppsøving", "Kunst og håndverk", "Mat og helse"]
)
YEARS = st.sampled_from([(1, 4), (1, 7), (5, 10), (8, 10), (8, 13), (1, 10), (1, 13), (11, 13)])
YEAR_FORMS = (
    "{0}.-{1}. trinn",
    "{0}-{1}",
    "trinn {0} {1}",
    "{0} -{1} trinn",
    "{0}. til {1}. trinn",
    "{0}. - {1}. trinn",
    "trinn {0}-{1}",
    "{0}.–{1}. trinn",
)
STEPS = st.integers(1, 3)


def told(value: Derived[object] | None) -> str:
    return "" if value is None else str(value.value)


def all_told(values: tuple[Derived[object], ...]) -> str:
    return " ".join(str(value.value) for value in values)


def as_row(reading: Reading) -> dict[str, str]:
    return {
        "school_years": told(reading.school_years),
        "step": told(reading.step),
        "part": told(reading.part),
        "credits": told(reading.credits),
        "kind": told(reading.kind),
        "delivery": told(reading.delivery),
        "language": told(reading.language),
        "schemes": all_told(reading.schemes),
        "subjects": all_told(reading.subjects),
        "settings": all_told(reading.settings),
        "roles": all_told(reading.roles),
        "container": told(reading.container),
    }


def content(reading: Reading) -> tuple[object, ...]:
    """What decides an overlap."""
    return (
        told(reading.school_years),
        told(reading.step),
        told(reading.part),
        all_told(reading.subjects),
        frozenset(reading.focus),
    )


def everything_derived(reading: Reading) -> list[Derived[object]]:
    single = [
        reading.language,
        reading.kind,
        reading.school_years,
        reading.step,
        reading.part,
        reading.credits,
        reading.delivery,
        reading.container,
    ]
    many = [*reading.schemes, *reading.subjects, *reading.settings, *reading.roles]
    return [value for value in (*single, *many) if value is not None]


@pytest.mark.parametrize("row", READINGS, ids=lambda row: row["title"])
def test_a_real_name_is_read(row: dict[str, str]) -> None:
    expected = {field: value for field, value in row.items() if field not in {"title", "level"}}
    assert as_row(read_name(row["title"], level_code=row["level"])) == expected


@pytest.mark.parametrize("row", READINGS, ids=lambda row: row["title"])
def test_everything_read_points_at_the_words_that_told(row: dict[str, str]) -> None:
    reading = read_name(row["title"], level_code=row["level"])
    for value in everything_derived(reading):
        assert 0 < value.confidence <= 1
        assert value.evidence
        if value.span is not None:
            start, end = value.span
            assert reading.title[start:end].strip(" (),") in value.evidence or value.evidence in reading.title


@pytest.mark.parametrize(
    ("english", "norwegian"),
    [
        ("English 1 for teachers in years 5 to 10", "Engelsk 1 for lærere, 5.-10. trinn"),
        ("Maths 2, lower secondary school", "Matematikk 2, ungdomsskolen"),
        ("Math for grades 1-7", "Matematikk, 1.-7. trinn"),
        ("Norwegian for primary school teachers", "Norsk for lærere i barneskolen"),
        ("Science for upper secondary school", "Naturfag, videregående skole"),
        ("English 5th through 7th grade, part 2", "Engelsk 5. til 7. trin, del 2"),
    ],
)
def test_a_name_in_english_tells_what_it_tells_in_norwegian(english: str, norwegian: str) -> None:
    assert content(read_name(english)) == content(read_name(norwegian))
    assert all_told(read_name(english).settings) == all_told(read_name(norwegian).settings)


@given(st.text(max_size=200), st.sampled_from(["LN", "AR", "XX", None]))
def test_no_name_is_too_strange_to_read(title: str, level: str | None) -> None:
    reading = read_name(title, level_code=level, programme_code=title[:10])
    for value in everything_derived(reading):
        if value.span is not None:
            assert 0 <= value.span[0] <= value.span[1] <= len(reading.title)


@given(SUBJECTS, STEPS, YEARS)
def test_every_way_to_write_school_years_is_the_same(subject: str, step: int, years: tuple[int, int]) -> None:
    first, last = years
    for form in YEAR_FORMS:
        reading = read_name(f"{subject} {step}, {form.format(first, last)}")
        assert told(reading.school_years) == f"{first}-{last}", form
        assert told(reading.step) == str(step), form


@given(
    SUBJECTS,
    STEPS,
    YEARS,
    st.sampled_from(
        [
            "KOMPiS {}",
            "Kompetanse for kvalitet - {}",
            "{}. Kompetanse for kvalitet",
            "{} (Kfk)",
            "{} (30 studiepoeng)",
            "{} 30 sp",
            "{}, nettbasert",
            "{} – videreutdanning for lærere",
            "  {}   ",
        ]
    ),
)
def test_scheme_credits_form_and_spacing_change_nothing(
    subject: str, step: int, years: tuple[int, int], around: str
) -> None:
    title = f"{subject} {step}, {years[0]}.-{years[1]}. trinn"
    assert content(read_name(around.format(title))) == content(read_name(title))


@pytest.mark.parametrize(
    ("nynorsk", "bokmal"),
    [
        ("Nasjonal leiarutdanning for styrarar i barnehagar", "Nasjonal lederutdanning for styrere i barnehager"),
        ("Norsk som andrespråk i vaksenopplæringa", "Norsk som andrespråk i voksenopplæringen"),
        ("Kunst og handverk 1, 1.-10. trinn", "Kunst og håndverk 1, 1.-10. trinn"),
        ("Rekning som grunnleggjande ferdigheit 1-7", "Regning som grunnleggende ferdighet 1-7"),
        ("Utdanningsleiing", "Utdanningsledelse"),
        ("Rettleiing for praksislærarar i barnehagen", "Veiledning for praksislærere i barnehagen"),
        ("Norsk teiknspråk 1", "Norsk tegnspråk 1"),
        ("Grunnleggjande lese-, skrive- og matematikkopplæring", "Grunnleggende lese-, skrive- og matematikkopplæring"),
        ("Fleirkulturell pedagogikk 2", "Flerkulturell pedagogikk 2"),
        ("Rektorutdanninga", "Rektorutdanningen"),
    ],
)
def test_nynorsk_and_bokmal_tell_the_same(nynorsk: str, bokmal: str) -> None:
    left, right = read_name(nynorsk), read_name(bokmal)
    assert content(left) == content(right)
    assert left.subjects


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("GLSM", "Grunnleggende lese-, skrive- og matematikkopplæring"),
        ("KRLE 1, 1.-7. trinn", "Kristendom, religion, livssyn og etikk 1, 1.-7. trinn"),
        ("PFDK 1", "Profesjonsfaglig digital kompetanse 1"),
    ],
)
def test_an_abbreviation_is_its_long_name(short: str, long: str) -> None:
    assert content(read_name(short)) == content(read_name(long))


@given(SUBJECTS, YEARS, YEARS, STEPS, STEPS)
def test_other_school_years_or_step_is_another_reading(
    subject: str, years: tuple[int, int], other_years: tuple[int, int], step: int, other_step: int
) -> None:
    one = read_name(f"{subject} {step}, {years[0]}.-{years[1]}. trinn")
    other = read_name(f"{subject} {other_step}, {other_years[0]}.-{other_years[1]}. trinn")
    assert (content(one) == content(other)) == (years == other_years and step == other_step)


@pytest.mark.parametrize(
    "title",
    [
        "Psykososialt arbeid med barn i alderen 0-4 år",
        "Ungdom og psykisk helse 13 - 18 år",
        "Kurs 2021-2022",
        "Kinesisk språk",
        "Litteratur etter 1900",
        "10 studiepoeng",
    ],
)
def test_numbers_that_are_not_school_years(title: str) -> None:
    assert read_name(title).school_years is None


def test_a_word_for_school_years_is_less_sure_than_a_number() -> None:
    words, numbers = (
        read_name("Norsk 2 for ungdomstrinnet").school_years,
        read_name("Norsk 2, 8.-10. trinn").school_years,
    )
    assert words is not None
    assert numbers is not None
    assert words.value == numbers.value == "8-10"
    assert words.confidence < numbers.confidence


@pytest.mark.parametrize(
    "title",
    [
        "Enkeltemner ved Fakultet for lærerutdanninger",
        "Etter- og videreutdanning FLKI",
        "Videreutdanning for lærere",
        "HF - Etter- og videreutdanning - Kategori 1 - Lavere grad - Finansiering 100 % student",
        "Lærerspesialist",
    ],
)
def test_a_collection_of_registrations_is_no_offer(title: str) -> None:
    assert read_name(title).is_container


def test_andre_enn_is_not_the_group_it_names() -> None:
    reading = read_name("Barnehagepedagogikk for andre enn barnehagelærere")
    assert [setting.value for setting in reading.settings] == [Setting.KINDERGARTEN]
    assert [role.value for role in reading.roles] == [Role.HIGHER_EDUCATION_STAFF]


def test_level_ar_means_sixty_credits_and_says_so() -> None:
    read = read_name("Engelsk", level_code="AR").credits
    assert read is not None
    assert (read.value, read.evidence, read.span) == (Decimal(60), "nivåkode AR", None)


def test_the_programme_code_tells_the_scheme() -> None:
    assert [scheme.value for scheme in read_name("Matematikk 1, 1.-7. trinn", programme_code="KFK-MAB1").schemes] == [
        "kfk"
    ]


def test_a_name_is_read_once_however_many_programmes_carry_it() -> None:
    one, other = (read_name("Engelsk 1, 1.-7. trinn", programme_code=code) for code in ("ENG61", "ENG-X2"))
    assert one is other


@pytest.mark.parametrize("one", ["skolelege", "skulelegen", "skoleleger", "skulelegar"])
def test_a_physician_is_no_nynorsk_adjective(one: str) -> None:
    assert stem(one) == "skoleleg"
    assert stem("språklege") == stem("språklig") != "språkleg"


def test_every_subject_read_is_in_the_tree() -> None:
    for row in READINGS:
        assert set(row["subjects"].split()) <= set(subject_tree())


@pytest.mark.parametrize(
    ("title", "step"), [("LEDELSE I SKOLEN", None), ("ENGELSK I, 1-7", 1), ("Engelsk I for lærere", 1)]
)
def test_in_capitals_alone_a_preposition_is_no_step(title: str, step: int | None) -> None:
    found = read_name(title).step
    assert (found.value if found else None) == step
