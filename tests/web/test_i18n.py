import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime

import polib
import pytest
from bs4 import BeautifulSoup
from flask import g
from flask.testing import FlaskClient

from registry.web import formatting
from registry.web.catalogues import PLURALS, TRANSLATIONS, missing
from registry.web.i18n import END, START, foreign, gettext, mark_fallbacks, norwegian, speaks_in_page
from tests.web.demo import create_app


@contextmanager
def speaking(language: str) -> Iterator[None]:
    with create_app().test_request_context():
        g.language = language
        yield


@pytest.mark.parametrize(
    ("accept", "cookie", "expected"),
    [
        ("nn", None, "/nn/"),
        ("no", None, "/nb/"),
        ("da, en", None, "/nb/"),
        ("en-US,en;q=0.5", None, "/en/"),
        ("fr", None, "/nb/"),
        ("en", "se", "/se/"),
        ("en", "xx", "/en/"),
    ],
)
def test_the_root_chooses_a_language(client: FlaskClient, accept: str, cookie: str | None, expected: str) -> None:
    if cookie:
        client.set_cookie("language", cookie)
    answer = client.get("/", headers={"Accept-Language": accept})
    assert answer.location == expected
    assert "Accept-Language" in answer.headers["Vary"]


@pytest.mark.parametrize("language", ["nb", "nn", "se", "en"])
def test_the_page_says_its_language(client: FlaskClient, language: str) -> None:
    answer = client.get(f"/{language}/demo/")
    page = BeautifulSoup(answer.text, "html5lib")
    assert page.html is not None
    assert page.html["lang"] == language == answer.headers["Content-Language"]
    chosen = page.select(".languages a[aria-current]")
    assert [link["hreflang"] for link in chosen] == [language]


def test_an_unknown_language_is_an_unknown_address(client: FlaskClient) -> None:
    assert client.get("/xx/demo/").status_code == 404


def test_switching_keeps_page_and_query(client: FlaskClient) -> None:
    page = BeautifulSoup(client.get("/nb/demo/?fag=Norsk&fag=Samisk&q=lesing").text, "html5lib")
    addresses = {link["lang"]: link["href"] for link in page.select(".languages a")}
    assert addresses["nn"] == "/nn/demo/?fag=Norsk&fag=Samisk&q=lesing"
    alternates = {link["hreflang"] for link in page.select("link[rel=alternate][hreflang]")}
    assert alternates == {"nb", "nn", "se", "en", "x-default"}


@pytest.mark.parametrize("name", ["_anchor", "_external", "_method", "_scheme", "endpoint"])
def test_no_parameter_is_an_order_to_whoever_makes_addresses(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/nb/demo/?{name}=POST")
    assert answer.status_code == 200
    page = BeautifulSoup(answer.text, "html5lib")
    assert f"/nn/demo/?{name}=POST" in {link["href"] for link in page.select(".languages a")}


def test_a_text_without_translation_is_bokmal_and_says_so(client: FlaskClient) -> None:
    text = client.get("/se/demo/").text
    page = BeautifulSoup(text, "html5lib")
    summary = page.select_one(".menu > summary span")
    assert summary is not None
    assert (summary["lang"], summary.text) == ("nb", "Meny")
    assert not any("<span" in str(value) for tag in page.find_all(True) for value in tag.attrs.values())
    assert START not in text
    assert END not in text


def test_a_translated_text_is_not_marked(client: FlaskClient) -> None:
    assert "<summary>Menu</summary>" in client.get("/en/demo/").text


def test_marks_vanish_where_no_element_may_stand() -> None:
    page = f'<title>{START}a{END}</title><p title="{START}b{END}">{START}c{END}</p><option>{START}d{END}</option>'
    assert mark_fallbacks(page) == '<title>a</title><p title="b"><span lang="nb">c</span></p><option>d</option>'


def test_python_says_marked_words_in_views_of_pages_alone() -> None:
    """What is said in Python goes into files and mails too, which have nobody to take marks out."""
    in_page = speaks_in_page(lambda: (gettext("Meny"), norwegian("Matematikk")))
    with speaking("se"):
        assert in_page() == (f"{START}Meny{END}", f"{START}Matematikk{END}")
        assert (gettext("Meny"), norwegian("Matematikk")) == ("Meny", "Matematikk")
    with speaking("nn"):
        assert in_page() == ("Meny", "Matematikk")


@pytest.mark.parametrize(
    ("page", "text", "said"), [("en", None, "nb"), ("en", "en", None), ("nn", None, None), ("nb", "nn", "nn")]
)
def test_a_text_says_its_language_where_the_page_has_another(page: str, text: str | None, said: str | None) -> None:
    with speaking(page):
        assert foreign(text) == said


@pytest.mark.parametrize(
    ("language", "expected"),
    [("nb", "1. mars 2026"), ("nn", "1. mars 2026"), ("se", "1. njukčamánnu 2026"), ("en", "1 March 2026")],
)
def test_long_dates(language: str, expected: str) -> None:
    with speaking(language):
        assert formatting.long_date(date(2026, 3, 1)) == expected


def test_moments_are_norwegian_time_and_naive_ones_are_utc() -> None:
    with speaking("nb"):
        assert formatting.date_time(datetime(2026, 6, 30, 22, 5)) == "1. juli 2026 kl. 00.05"
        assert formatting.long_date(datetime(2026, 6, 30, 22, 5, tzinfo=UTC)) == "1. juli 2026"


@pytest.mark.parametrize(
    ("language", "number", "share"),
    [
        ("nb", "1\xa0234,5", "12\xa0%"),
        ("nn", "1\xa0234,5", "12\xa0%"),
        ("se", "1\xa0234,5", "12\xa0%"),
        ("en", "1,234.5", "12%"),
    ],
)
def test_numbers(language: str, number: str, share: str) -> None:
    with speaking(language):
        assert formatting.number(1234.5) == number
        assert formatting.percent(0.12) == share
        assert formatting.number(None) == "–"


def test_norwegian_order() -> None:
    names = ["Østfold", "Ærlig", "Ås", "Aasen", "Zoo", "Agder"]
    assert formatting.nb_sort(names) == ["Agder", "Zoo", "Ærlig", "Østfold", "Ås", "Aasen"]


@pytest.mark.parametrize("language", ["nn", "en"])
def test_every_room_is_translated(language: str) -> None:
    """Forms and self-service exist in bokmål and nynorsk at the same time (språklova § 14); English follows them."""
    lacking = [f"{file}:{line} {message}" for message, (file, line) in missing(language).items()]
    assert not lacking, "\n".join(lacking)


@pytest.mark.parametrize(
    "path", sorted(TRANSLATIONS.glob("*/LC_MESSAGES/*.po")), ids=lambda path: f"{path.parts[-3]}-{path.stem}"
)
def test_catalogues_are_sound(path: object) -> None:
    """Right plural header (Northern Sami has a dual), the same placeholders, no bokmål words left in nynorsk."""
    catalogue = polib.pofile(str(path))
    language = catalogue.metadata["Language"]
    assert catalogue.metadata["Plural-Forms"] == PLURALS[language]
    for entry in catalogue.translated_entries():
        texts = [entry.msgstr] if entry.msgstr else list(entry.msgstr_plural.values())
        for number, text in enumerate(texts):
            original = entry.msgid_plural if number else entry.msgid
            assert _placeholders(text) == _placeholders(original), entry.msgid
            if language == "nn":
                told = re.sub(r"\{\{\w+\}\}", "", text.lower())  # names of merge fields are the same in all languages
                assert not _BOKMAL_ALONE.findall(told), text


#: Words of bokmål that nynorsk writes in another way.
_BOKMAL_ALONE = re.compile(
    r"\b(?:"
    r"arbeidsgiver|arbeidsgiveren|avgjørelse|avgjørelser|ble|brukere|brukeren|dager|dagene|dere|deres|"
    r"eiere|eieren|endringer|flere|fra|gjelder|gjøre|handlinger|hentet|hun|hva|hver|hverandre|hvem|"
    r"hvert|hvilke|hvilken|hvis|hvor|hvordan|hvorfor|høyskole|høyskoler|ikke|institusjoner|"
    r"institusjonene|jeg|kilde|kilden|kilder|kjøre|kommende|kun|lagres|likner|lærere|lærerne|mer|"
    r"mye|måned|måneder|måtte|navnet|noe|noen|opplysninger|oppstarter|plasser|plassene|sammen|"
    r"sammenlign|sammenligne|selv|sendes|sier|skole|skolen|skoler|skoletrinn|slettes|sted|steder|søkere|"
    r"søkeren|søkerne|tilbud|tilbudet|tilbudene|tilbyder|tilbydere|tilbyderen|trengs|uke|uker|"
    r"utdanninger|velg|verdier|videre|videreutdanning|vises|være|åpent|åpner"
    r")\b"
)


def _placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"%\(\w+\)\w|\{\w+\}", text))
