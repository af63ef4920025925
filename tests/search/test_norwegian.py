"""Analysis of Norwegian text: forms that must meet, forms that must not, and tokens of school years and steps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.dictionary import compound_parts
from search.levels import Kind, covering_years
from search.norwegian import bokmal, fold, index_terms, split_compound, stem, tokens

PARTS = frozenset(
    {"matematikk", "undervisning", "barnehage", "lærer", "språk", "utvikling", "skole", "ledelse", "arbeid"}
    | {"trafikk", "kontroll", "innvandrer", "elev", "lever", "lese-"}
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("lærer", "laerer"),
        ("lærer", "larer"),
        ("høyskole", "hoyskole"),
        ("høyskole", "hoeyskole"),
        ("språk", "spraak"),
        ("språk", "sprak"),
        ("idé", "ide"),
        ("Tromsø", "tromsö"),
        ("čáhcesuolu", "cahcesuolu"),
        ("ŋ", "n"),
    ],
)
def test_every_way_to_type_a_word_folds_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("nynorsk", "bokmal_form"),
    [
        ("lærarar", "lærere"),
        ("lærarane", "lærerne"),
        ("barnehagelærar", "barnehagelærer"),
        ("vidareutdanning", "videreutdanning"),
        ("høgskule", "høyskole"),
        ("høgskole", "høyskole"),
        ("rettleiing", "veiledning"),
        ("rettleiar", "veileder"),
        ("skuleleiing", "skoleledelse"),
        ("skuleleiar", "skoleleder"),
        ("elevane", "elevene"),
        ("ungdomssteget", "ungdomstrinnet"),
        ("handverk", "håndverk"),
        ("undervisninga", "undervisningen"),
        ("språklege", "språklige"),
        ("skulelegar", "skolelege"),  # a physician
        ("laerarar", "lærere"),  # typed without Norwegian letters
        ("hoegskule", "høyskole"),
        ("aarssteg", "årstrinn"),
    ],
)
def test_nynorsk_and_bokmal_share_a_stem(nynorsk: str, bokmal_form: str) -> None:
    assert stem(nynorsk) == stem(bokmal_form)


@pytest.mark.parametrize(
    ("one", "other"), [("engelsk", "norsk"), ("naturfag", "samfunnsfag"), ("barn", "barnehage"), ("skolelege", "skole")]
)
def test_different_words_keep_different_stems(one: str, other: str) -> None:
    assert stem(one) != stem(other)


@given(st.text(max_size=20) | st.text("aeoåæø", max_size=8))
def test_folding_is_stable(word: str) -> None:
    assert fold(fold(word)) == fold(word)


@given(st.sampled_from(["lærer", "undervisning", "høyskole", "engelsk", "kunst"]))
def test_bokmal_stays_as_it_is(word: str) -> None:
    assert bokmal(word) == word


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("matematikkundervisning", ("matematikk", "undervisning")),
        ("matematikkundervisningen", ("matematikk", "undervisning")),
        ("undervisningsspråk", ("undervisning", "språk")),
        ("barnehagelærarar", ("barnehage", "lærer")),
        ("barnehagelaerer", ("barnehage", "lærer")),
        ("spraakutviklingsarbeid", ("språk", "utvikling", "arbeid")),
        ("laerer", ()),
        ("skuleleiing", ("skole", "ledelse")),
        ("språkutviklingsarbeid", ("språk", "utvikling", "arbeid")),
        ("trafikkontroll", ("trafikk", "kontroll")),
        ("innvandrerelever", ("innvandrer", "elev")),
        ("lesearbeid", ("lese", "arbeid")),
        ("arbeidslese", ()),
        ("undervisningene", ()),
        ("matematikk", ()),
        ("matematikkbok", ()),
        ("", ()),
        ("lumat101", ()),
    ],
)
def test_compounds_are_split_whole_or_not_at_all(word: str, parts: tuple[str, ...]) -> None:
    assert split_compound(word, PARTS) == parts


def test_the_dictionary_is_small_and_parts_more_than_the_subject_terms() -> None:
    parts = compound_parts()
    assert 4_000 < len(parts) < 10_000
    assert all(part.removesuffix("-").isalpha() and part.islower() for part in parts)
    assert split_compound("tallforståelse", parts) == ("tall", "forståelse")
    assert split_compound("forståelse", parts) == ()


def test_work_is_no_plural_of_nynorsk() -> None:
    assert (bokmal("elevarbeid"), bokmal("elevar")) == ("elevarbeid", "elever")
    assert split_compound("elevarbeid", PARTS) == ("elev", "arbeid")


@given(
    st.lists(st.sampled_from(sorted(part for part in PARTS if "-" not in part)), min_size=2, max_size=4),
    st.sampled_from(["", "s", "e"]),
)
def test_what_is_put_together_comes_apart(words: list[str], link: str) -> None:
    assert len(split_compound(link.join(words), PARTS)) >= 2


@pytest.mark.parametrize(
    "text",
    [
        *(
            "1.-7. trinn",
            "1-7",
            "trinn 1-7",
            "1. til 7. trinn",
            "trinn 1 7",
            "1-7 trinn",
            "1-7. trinn",
            "1. - 7. trinn",
        ),
        *("1.-7.trinn", "1–7", "trinn 1. -7. trinn", "1.-7. årstrinn", "1.-7. årssteg", "1.-7. klasse", "(1-7)"),
    ],
)
def test_school_years_become_one_token(text: str) -> None:
    (token,) = tokens(text)
    assert (token.kind, token.text, token.years) == (Kind.YEARS, "trinn1-7", (1, 7))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Engelsk 1, 1.-7. trinn", ["engelsk", "steg1", "trinn1-7"]),
        ("Matematikk 1 1.-7. trinn, emne 2", ["matematikk", "steg1", "trinn1-7", "emne", "steg2"]),
        ("Norsk 2: 5.-10. trinn. (30 studiepoeng)", ["norsk", "steg2", "trinn5-10", "30sp"]),
        ("Norsk 5. til 10. trinn", ["norsk", "trinn5-10"]),
        ("Engelsk II", ["engelsk", "steg2"]),
        ("Engelsk I og drama i skolen", ["engelsk", "steg1", "og", "drama", "i", "skolen"]),
        ("engelsk i skolen", ["engelsk", "i", "skolen"]),
        ("Musikk del 2", ["musikk", "del2"]),
        ("Naturfag for 3. trinn", ["naturfag", "for", "trinn3-3"]),
        ("Programmering for trinn 5 10", ["programmering", "for", "trinn5-10"]),
        ("barn 0-6 år", ["barn", "0", "6", "år"]),
        ("familier med barn i 3-5 års alder", ["familier", "med", "barn", "i", "3", "5", "års", "alder"]),
        ("15 stp", ["15sp"]),
        ("Trinn 5-10, Del 2, 30 SP", ["trinn5-10", "del2", "30sp"]),
        ("Vg 1 og vg2", ["trinn11-11", "og", "trinn12-12"]),
        ("våren 2026", ["termin2026v"]),
        ("i 2026", ["i", "2026"]),
        ("MAT1-1-10", ["mat1", "1", "10"]),
        ("Matematikk 2MB", ["matematikk", "2mb"]),
        ("7-1", ["7", "1"]),
        ("1-14", ["1", "14"]),
    ],
)
def test_tokens(text: str, found: list[str]) -> None:
    assert [token.text for token in tokens(text)] == found


def test_wider_spans_cover_narrower_ones() -> None:
    assert "trinn1-10" in covering_years(1, 7)
    assert "trinn1-7" not in covering_years(1, 7)
    assert "trinn5-10" not in covering_years(1, 7)


def test_terms_are_marked_by_kind() -> None:
    terms = index_terms("Matematikkundervisning på høgskole 1-7", PARTS)
    assert terms.count("+matematikk") == 1
    assert {"høgskole", "^hoyskole", "~hoyskol", "trinn1-7"} <= set(terms)


@given(st.text(max_size=200))
def test_any_text_gives_terms_without_spaces(text: str) -> None:
    assert all(term and not any(sign.isspace() for sign in term) for term in index_terms(text, PARTS))


@pytest.mark.parametrize(("one", "other"), [("vikar", "Viken"), ("søm", "som"), ("a" * 200, "a")])
def test_words_that_only_look_alike_are_told_apart(one: str, other: str) -> None:
    assert not set(index_terms(one, frozenset(), silent=frozenset({"som"}))) & set(
        index_terms(other, frozenset(), silent=frozenset({"som"}))
    )


def test_a_bokmal_word_is_left_as_it_is() -> None:
    assert [bokmal(word) for word in ("yrkesvalg", "gutt", "gjennom", "vold")] == [
        "yrkesvalg",
        "gutt",
        "gjennom",
        "vold",
    ]
