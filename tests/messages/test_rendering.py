"""Every kind of message, written in every language: text and HTML say the same, and lead somewhere."""

import re
from collections.abc import Iterator

import pytest
from bs4 import BeautifulSoup
from werkzeug.exceptions import HTTPException

from registry.core.db import Database
from registry.messages.kinds import FILES, example, kinds
from registry.messages.rendering import Rendered, known_language, render
from registry.setup import initialise
from registry.web.assets import templates_folder
from registry.web.i18n import LANGUAGES
from tests.site import Site, open_site

HOUSE = "https://registeret.example"
EVERY = pytest.mark.parametrize("kind", sorted(kinds()))
EMAIL = templates_folder() / "email"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("messages")
    database = Database(f"sqlite:///{home}/registry.sqlite3")
    initialise(database)
    with open_site(database, home) as opened:
        yield opened
    database.dispose()


def written(kind: str, language: str, stop_path: str | None = None) -> Rendered:
    return render(kind, language, example(kind), site=HOUSE, stop_path=stop_path)


def test_there_are_kinds() -> None:
    assert "trial" in kinds()


@EVERY
def test_a_kind_is_whole(kind: str) -> None:
    assert {path.name for path in (EMAIL / kind).iterdir()} >= set(FILES)


@EVERY
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_is_written_in_every_language(kind: str, language: str) -> None:
    words = written(kind, language, "/stopp/abc")
    assert 0 < len(words.subject) <= 100
    assert "\n" not in words.subject
    page = BeautifulSoup(words.html, "html5lib")
    assert page.html is not None
    assert page.html["lang"] == language
    assert page.h1 is not None
    assert page.h1.get_text(strip=True)
    for text in (words.text, words.html):
        assert f"{HOUSE}/{language}/stopp/abc" in text
        assert "None" not in text
    assert "<" not in words.text.replace("<http", "")


@EVERY
def test_nynorsk_is_not_bokmal(kind: str) -> None:
    assert written(kind, "nn").text != written(kind, "nb").text.replace("/nb/", "/nn/")


@EVERY
def test_text_and_html_lead_to_the_same_pages(kind: str) -> None:
    words = written(kind, "nb")
    links = {str(link["href"]) for link in BeautifulSoup(words.html, "html5lib").select("a[href]")}
    assert links
    assert links == set(re.findall(r"https?://\S+", words.text))


@EVERY
def test_every_link_into_our_house_is_a_page(kind: str, site: Site) -> None:
    for link in re.findall(rf"{HOUSE}(/[^\s?#]*)", written(kind, "nb").text):
        try:
            site.app.url_map.bind("localhost").match(link)
        except HTTPException as error:
            pytest.fail(f"{kind} leads to {link}: {error.code}")


def test_an_unknown_language_is_bokmal() -> None:
    assert [known_language(language) for language in ("nn", "fr", "")] == ["nn", "nb", "nb"]
