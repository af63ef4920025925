"""Words of the trade: both written languages, inflection, compounds, abbreviations, levels, slips of the keyboard."""

import pytest

from search.protocol import SearchEngine, SearchQuery
from tests.search.contract.asking import find
from tests.search.documents import run


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("videreutdanning", "vidareutdanning"),
        ("høyskole", "høgskule"),
        ("høgskole", "høyskule"),
        ("barnehagelærer", "barnehagelærar"),
        ("veileder", "rettleiar"),
        ("skoleleder", "skuleleiar"),
        ("ledelse", "leiing"),
        ("fremmedspråk", "framandspråk"),
        ("håndverk", "handverk"),
        ("regning", "rekning"),
        ("voksne", "vaksne"),
        ("ungdomstrinn", "ungdomssteg"),
        ("selvregulering", "sjølvregulering"),
        ("tverrfaglig", "tverrfagleg"),
        ("videregående", "vidaregåande"),
        ("muntlig", "munnleg"),
        ("høytlesing", "høgtlesing"),
        ("problemløsning", "problemløysing"),
        ("fraværsoppfølging", "fråværsoppfølging"),
        ("nybegynner", "nybyrjar"),
        ("begrepslæring", "omgrepslæring"),
        ("kjærlighet", "kjærleik"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_bokmal_and_nynorsk_find_each_other(engine: SearchEngine, one: str, other: str, turned: bool) -> None:
    title, text = (other, one) if turned else (one, other)
    engine.put([run("wanted", title), run("other", "Fransk drama")])
    assert find(engine, text) == ["wanted"]


@pytest.mark.parametrize("text", ["elev", "eleven", "elever", "elevar", "elevene", "ELEVER"])
def test_inflections_are_one_word(engine: SearchEngine, text: str) -> None:
    engine.put([run("wanted", "Samtaler med elever"), run("other", "Fransk drama")])
    assert find(engine, text) == ["wanted"]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Læreplan", "lareplan"),
        ("Læreplan", "laereplan"),
        ("Læreplan", "läreplan"),
        ("Øving", "oving"),
        ("Øving", "oeving"),
        ("Øving", "öving"),
        ("Målstyring", "malstyring"),
        ("Målstyring", "maalstyring"),
        ("Målstyring", "målstyring"),
        ("Sámi giella", "sami"),
        ("Sámi giella", "sámi"),
        ("Oahpaheaddji Guovdageainnus", "oahpaheaddji"),
        ("Åarjelsaemien gïele", "gïele"),
        ("Åarjelsaemien gïele", "giele"),
        ("Julevsámegiella", "julevsamegiella"),
        ("Mánáidgárdi", "manaidgardi"),
        ("Lærer/student: kafé", "kafe"),
    ],
)
def test_letters_however_they_are_typed(engine: SearchEngine, title: str, text: str) -> None:
    engine.put([run("wanted", title), run("other", "Fransk drama")])
    assert find(engine, text) == ["wanted"]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Skoleledelse", "ledelse"),
        ("Ledelse i skole", "skoleledelse"),
        ("Barnehagelærer", "barnehage"),
        ("Lærer i barnehage", "barnehagelærer"),
        ("Lærer i barnehage", "barnehagelaerar"),
        ("Barnehagelaerer", "lærer"),
        ("Språkutvikling", "språk utvikling"),
        ("Matematikkundervisning", "matematikk undervisning"),
    ],
)
def test_compounds_and_their_parts(engine: SearchEngine, title: str, text: str) -> None:
    engine.put([run("wanted", title), run("other", "Fransk drama")])
    assert find(engine, text) == ["wanted"]


def test_all_parts_of_a_compound_are_asked_for_while_something_has_them(engine: SearchEngine) -> None:
    engine.put([run("both", "Ledelse i skole"), run("one", "Ledelse for alle")])
    assert find(engine, "skoleledelse") == ["both"]


def test_one_part_is_nearer_than_nothing(engine: SearchEngine) -> None:
    engine.put([run("one", "Ledelse for alle"), run("other", "Fransk drama")])
    assert find(engine, "skoleledelse") == ["one"]


def test_a_compound_that_nobody_teaches_is_what_it_says_of_the_subject(engine: SearchEngine) -> None:
    engine.put([run("wanted", "Dans"), run("general", "Undervisning i kor"), run("other", "Fransk drama")])
    assert find(engine, "danseundervisning") == ["wanted"]


def test_a_part_means_what_its_synonyms_mean(engine: SearchEngine) -> None:
    engine.put([run("wanted", "Mentor i kor"), run("other", "Fransk drama")])
    assert find(engine, "veiledningsundervisning") == ["wanted"]


def test_one_letter_off_a_known_compound_is_that_compound(engine: SearchEngine) -> None:
    engine.put([run("wanted", "Skoleledelse"), run("other", "Ledelse for alle")])
    assert find(engine, "skolledelse")[0] == "wanted"


@pytest.mark.parametrize("text", ["kurs drama", "drama undervisning", "undervisningen i drama"])
def test_a_general_word_puts_first_and_leaves_nothing_out(engine: SearchEngine, text: str) -> None:
    engine.put([run("plain", "Fransk drama"), run("said", "Fransk drama, kurs og undervisning"), run("other", "Kurs")])
    assert find(engine, text) == ["said", "plain"]


def test_general_words_alone_are_looked_for(engine: SearchEngine) -> None:
    engine.put([run("wanted", "Kurs i kor"), run("other", "Fransk drama")])
    assert find(engine, "kurs") == ["wanted"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("engelsk barneskole", "low"),
        ("engelsk barnetrinn", "low"),
        ("engelsk småtrinnet", "low"),
        ("engelsk ungdomsskole", "high"),
        ("engelsk ungdomstrinnet", "high"),
        ("engelsk ungdomssteg", "high"),
        ("engelsk primary school", "low"),
        ("engelsk lower secondary", "high"),
    ],
)
def test_stages_are_school_years(engine: SearchEngine, text: str, wanted: str) -> None:
    engine.put([run("none", "Engelsk"), run("low", "Engelsk 1-7"), run("high", "Engelsk 5-10")])
    assert find(engine, text)[0] == wanted


@pytest.mark.parametrize("text", ["engelsk vgs", "engelsk videregående", "engelsk vidaregåande skule"])
def test_upper_secondary_is_a_stage_too(engine: SearchEngine, text: str) -> None:
    engine.put([run("none", "Engelsk"), run("low", "Engelsk 1-7"), run("wanted", "Engelsk 8-13")])
    assert find(engine, text)[0] == "wanted"


def test_a_stage_alone_is_found_as_a_word_and_as_years(engine: SearchEngine) -> None:
    engine.put([run("word", "Lek i barneskolen"), run("years", "Engelsk 1-7"), run("other", "Fransk drama")])
    assert set(find(engine, "barneskole")) == {"word", "years"}


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Kompetanse for kvalitet", "KFK"),
        ("KFK", "kompetanse for kvalitet"),
        ("Spesialpedagogikk 1", "spesped"),
        ("Religion i skolen", "krle"),
        ("RLE i skolen", "religion"),
        ("Mentor", "veiledning"),
        ("Rettleiing", "mentor"),
        ("Spesialpedagogikk, norsk", "spesped norsk"),
    ],
)
def test_synonyms(engine: SearchEngine, title: str, text: str) -> None:
    engine.put([run("wanted", title), run("other", "Fransk drama")])
    assert find(engine, text) == ["wanted"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("naturfag", "natrufag"),
        ("naturfag", "naturfagg"),
        ("engelsk", "engesk"),
        ("kroppsøving", "kropsøving"),
        ("programmering", "programering"),
        ("spesialpedagogikk", "spesjalpedagogikk"),
        ("veiledning", "veildning"),
        ("begynneropplæring", "begyneropplæring"),
    ],
)
def test_misspelled_words_are_found_and_named(engine: SearchEngine, right: str, wrong: str) -> None:
    engine.put([run("wanted", right.capitalize()), run("other", "Tysk drama")])
    page = engine.search(SearchQuery(wrong))
    assert [hit.id for hit in page.hits] == ["wanted"]
    assert page.did_you_mean == right


def test_a_word_spelled_right_comes_before_one_that_is_nearly_so(engine: SearchEngine) -> None:
    engine.put([run("near", "Lesning"), run("right", "Lesing")])
    assert find(engine, "lesing")[0] == "right"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Norsk for årstrinn 5-10", "norsk 5-10"),
        ("Norsk 5.–10. trinn", "norsk trinn 5-10"),
        ("Norsk 5. til 10. årssteg", "norsk 5-10"),
        ("Norsk 5-10", "norsk 5.-10. trinn"),
        ("Norsk 5-10", "5-10 norsk"),
        ("Norsk 5-10, 30 studiepoeng", "norsk 30 sp"),
        ("Norsk 2", "norsk 2"),
        ("Norsk II", "norsk 2"),
        ("Norsk del 2", "norsk del 2"),
        ("Norsk vg1", "norsk vg1"),
    ],
)
def test_levels_put_the_right_one_first(engine: SearchEngine, title: str, text: str) -> None:
    engine.put([run("other", "Norsk 1, 1.-4. trinn, 15 studiepoeng, del 1"), run("wanted", title)])
    assert find(engine, text)[0] == "wanted"


@pytest.mark.parametrize("text", ["5-10", "trinn 5-10"])
def test_a_level_alone_is_looked_for(engine: SearchEngine, text: str) -> None:
    engine.put([run("wanted", "Norsk 5-10"), run("other", "Norsk i barnehagen")])
    assert find(engine, text)[0] == "wanted"


def test_a_beginning_after_a_level_is_found_too(engine: SearchEngine) -> None:
    engine.put([run("wanted", "Engelsk 1-7"), run("other", "Norsk 1-7")])
    assert find(engine, "1-7 eng")[0] == "wanted"
