"""Which texts find which titles."""

import pytest

from search.protocol import SearchEngine, SearchQuery
from tests.search.contract.asking import find
from tests.search.documents import run


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Engelsk for lærere", "ENGELSK"),
        ("Videreutdanning i norsk", "vidareutdanning"),
        ("Vidareutdanning i norsk", "videreutdanning"),
        ("Høgskolepedagogikk", "høyskolepedagogikk"),
        ("Høgskulepedagogikk", "høgskolepedagogikk"),
        ("For barnehagelærarar", "barnehagelærer"),
        ("For barnehagelærere", "barnehagelærarar"),
        ("Norsk for lærarane", "lærer"),
        ("Skulane i nord", "skole"),
        ("Rettleiing av nyutdanna", "veiledning"),
        ("Høyskole", "hoyskole"),
        ("Høyskole", "hoeyskole"),
        ("Lærer", "laerer"),
        ("Språk", "sprak"),
        ("Språk", "spraak"),
        ("Kroppsøving", "kroppsoving"),
        ("Kroppsøving", "kroppsöving"),
        ("Idé og skaping", "ide"),
        ("Davvisámegiella", "davvisamegiella"),
        ("Čáhcesuolu", "cahcesuolu"),
        ("Matematikkundervisning", "matematikk"),
        ("Matematikkundervisningen", "undervisning"),
        ("Undervisning i matematikk", "matematikkundervisning"),
        ("Språkutvikling i barnehagen", "utvikling"),
        ("Kompetanse for kvalitet: norsk", "kfk"),
        ("KFK norsk", "kompetanse for kvalitet"),
        ("Mentor for nyutdannede", "veiledning"),
        ("Spesialpedagogikk", "spesped"),
        ("Religion og livssyn", "rle"),
        ("Naturfag", "natur"),
        ("Engelsk", "engelks"),
        ("Matematikk", "matmatikk"),
        ("Spesialpedagogikk", "spesialpedagikk"),
        ("Begynneropplæring", "begyneropplaring"),
        ("Programming in school", "programming"),
        ("Kurs LUMAT101", "lumat101"),
        ("Mat og helse", "mat helse"),
        ("Norsk: lesing/skriving", "lesing"),
        ("Engelsk (30 studiepoeng)", "engelsk 30 sp"),
    ],
)
def test_finds(engine: SearchEngine, title: str, text: str) -> None:
    engine.put([run("wanted", title), run("other", "Tysk fordypning")])
    assert find(engine, text) == ["wanted"]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Kurs i mat", "mot"),  # three letters take no typing error
        ("Tysk", "dyyk"),  # four take one
        ("Emne LUMAT101", "lumat102"),  # numbers are never corrected
        ("Norsk", "xyzzy"),
        ("Fordypning", "ypning"),  # the end of a word is not its beginning
    ],
)
def test_does_not_find(engine: SearchEngine, title: str, text: str) -> None:
    engine.put([run("a", title)])
    page = engine.search(SearchQuery(text))
    assert (page.total, list(page.hits)) == (0, [])
