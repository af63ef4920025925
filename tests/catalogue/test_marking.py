"""The words that were found, as the list of hits shows them."""

from collections.abc import Callable

import pytest
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from registry.catalogue.cards import excerpt, pieces
from registry.core.db import Database
from search.embedded import EmbeddedEngine
from search.protocol import SearchEngine
from tests.catalogue.making import make_offer

DESCRIPTION = (
    "Her møter du " + "andre som underviser, " * 12 + "og du lærer om <b>fagfornyelsen</b> & mer. " + "Slutt. " * 40
)


@pytest.fixture
def found(
    database: Database,
    engine: EmbeddedEngine,
    index: Callable[[], None],
    browse: Callable[[SearchEngine], FlaskClient],
) -> Callable[[str], Tag]:
    """The first card that a search shows."""
    with database.write() as session:
        make_offer(session, "<i>Norsk</i> & samisk", description=DESCRIPTION)
    index()
    client = browse(engine)

    def card(text: str) -> Tag:
        one = BeautifulSoup(client.get("/nb/tilbud", query_string={"q": text}).text, "html.parser").select_one(".card")
        assert one is not None
        return one

    return card


def test_the_name_is_marked_and_escaped(found: Callable[[str], Tag]) -> None:
    card = found("norsk")
    title = card.select_one(".card-title a")
    assert title is not None
    assert title.get_text() == "<i>Norsk</i> & samisk"
    assert [one.get_text() for one in title.select("mark")] == ["Norsk"]
    assert not card.select(".excerpt, i")


def test_what_stands_in_the_description_alone_is_shown_with_words_around_it(found: Callable[[str], Tag]) -> None:
    shown = found("fagfornyelsen").select_one(".excerpt")
    assert shown is not None
    assert [one.get_text() for one in shown.select("mark")] == ["fagfornyelsen"]
    assert "om <b>fagfornyelsen</b> & mer" in shown.get_text()
    assert shown.get_text().startswith("… ")
    assert len(shown.get_text()) < 200


def test_without_words_nothing_is_marked(found: Callable[[str], Tag]) -> None:
    assert not found("").select("mark, .excerpt")


def test_pieces_put_together_are_the_text() -> None:
    assert pieces("ab cd", [(0, 2), (3, 5)]) == [("ab", True), (" ", False), ("cd", True)]
    assert pieces("ab", []) == [("ab", False)]
    assert pieces("", []) == []


def test_an_excerpt_without_marks_is_nothing() -> None:
    assert excerpt("ab cd", ()) == []


def test_an_excerpt_of_one_endless_word_shows_the_mark() -> None:
    assert ("a" * 300, True) in excerpt("a" * 300, [(0, 300)])
