"""No page says a Norwegian word that translators never see: all of them are read in a language made of marks.

Every text that goes through a catalogue comes out between brackets. What is left on the page, when those, what is marked as
Norwegian, and what the database holds are taken away, must not be words of our own.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import pytest
from bs4 import BeautifulSoup, NavigableString, Tag
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import JSON, String, select
from sqlmodel import AutoString, SQLModel, col
from sqlmodel import select as choose

import registry.tables  # noqa: F401 - all of them are known from here on
from registry.access.models import Membership
from registry.app import create_app
from registry.people import operations as people
from registry.people.views import SESSION_COOKIE
from registry.people.views.choosing import ROLES
from registry.web import i18n
from registry.web.catalogues import TRANSLATIONS, Marked, extracted
from tests.browser.pages import PAGES

OPEN, CLOSE = "⟦", "⟧"
_TRANSLATED = re.compile(rf"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_NO_WORD = re.compile(
    r"%\(\w+\)s|\b[0-9A-F]{4}-[0-9A-F]{4}\b"
)  #: a place in a sentence; an applicant's code, "6DA0-B5B4"
_READ_OUT = ("title", "alt", "placeholder", "aria-label", "aria-description", "content")
_PARAGRAPH = 30  #: letters; what is longer may be a part of what the database holds
_SILENT = ("script", "style", "template", "code")  #: code is written as a machine wants it
_NO_WORDS = {"null", "post"}  #: of formats and protocols, as the page about the API says them


@pytest.fixture(scope="module")
def marked(application: Flask) -> Iterator[Flask]:
    """The same service in one language more, which has an empty catalogue. What is kept by language is not mixed up."""
    given, marks = i18n.translations, Marked(OPEN, CLOSE)
    parts = application.extensions["registry"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(i18n.LANGUAGES, "xx", "xx")
        patch.setitem(i18n.LOCALES, "xx", "en_GB")
        patch.setattr(i18n._LanguageConverter, "regex", "|".join(i18n.LANGUAGES))
        patch.setattr(i18n, "translations", lambda name, *rest: marks if name == "xx" else given(name, *rest))
        yield create_app(parts.settings, parts.database, parts.search)


@pytest.fixture(scope="module")
def ours() -> frozenset[str]:
    """Norwegian words of our own: those of all msgids that the English catalogue has no use for."""
    english = " ".join(path.read_text() for path in (TRANSLATIONS / "en").rglob("*.po"))
    said = {
        word for line in re.findall(r'(?m)^(?:msgstr.*?)?"(.*)"$', _only_translations(english)) for word in _words(line)
    }
    messages = (part for _, found, _, _ in extracted() for part in ([found] if isinstance(found, str) else found))
    return frozenset(word for message in messages for word in _words(message)) - said - _NO_WORDS


@pytest.fixture(scope="module")
def held(marked: Flask) -> list[str]:
    """Every text in the database, the longest first."""
    found: set[str] = set()
    with marked.extensions["registry"].database.read() as session:
        for table in SQLModel.metadata.sorted_tables:
            columns = [one for one in table.columns if isinstance(one.type, String | AutoString | JSON)]
            if columns:
                for row in session.execute(select(*columns)):
                    found.update(line for value in row for line in _lines(value))
    return sorted(found, key=len, reverse=True)


def test_every_text_goes_through_the_catalogue(
    marked: Flask, places: dict[str, str], ours: frozenset[str], held: list[str]
) -> None:
    data, everything = frozenset(held), "\n".join(one for one in held if len(one) > _PARAGRAPH)

    @cache
    def bare(text: str) -> frozenset[str]:
        """Our words in a text that is not the database's."""
        if (
            text in data
            or (len(text) > _PARAGRAPH and text in everything)
            or not (found := frozenset(_words(text)) & ours)
        ):
            return frozenset()
        for known in held:
            if len(known) <= len(text) and known in text:
                text = text.replace(known, " ")
        return found & frozenset(_words(text))

    clients: dict[str | None, FlaskClient] = {}
    wrong: list[str] = []
    for address in PAGES:
        client = clients.setdefault(address.role, _client(marked, address.role))
        response = client.get(f"/xx{address.path.format(**places)}", follow_redirects=True)
        if response.status_code != address.status or OPEN not in response.text:
            wrong.append(f"{address}: {response.status_code}")
        wrong += [f"{address}: {sorted(words)} in {text!r}" for text in _texts(response.text) if (words := bare(text))]
    assert wrong == []


def test_the_crawl_would_see_a_bare_text(ours: frozenset[str]) -> None:
    page = f'<p>{OPEN}Søk {OPEN}her{CLOSE}{CLOSE} Søknadsfrist <span lang="nb">Matematikk</span></p><a title="Neste side">1</a>'
    assert list(_texts(page)) == ["Søknadsfrist", "Neste side", "1"]
    assert {"søknadsfrist", "neste"} <= ours
    assert _words("Søker 6DA0-B5B4 og DADE-CAFE") == ["søker", "og"]


def _client(app: Flask, role: str | None) -> FlaskClient:
    client = app.test_client()
    if role is not None:
        [name] = [name for name, label in ROLES.items() if label == role]
        with app.extensions["registry"].database.write() as session:
            person = session.exec(
                choose(Membership.person_id).where(Membership.role == name).order_by(col(Membership.id))
            ).first()
            client.set_cookie(SESSION_COOKIE, people.sign_in(session, person))
    return client


def _lines(value: Any) -> Iterator[str]:
    """Every line with a word in it, of a text or of what JSON holds."""
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for one in value:
            yield from _lines(one)
    elif isinstance(value, str):
        yield from (" ".join(line.split()) for line in value.splitlines() if _WORD.search(line))


def _texts(page: str) -> Iterator[str]:
    """What is read on a page and was said by no catalogue, nor marked as Norwegian."""
    while (shorter := _TRANSLATED.sub("", page)) != page:
        page = shorter
    soup = BeautifulSoup(page, "html.parser")
    for tag in soup(list(_SILENT)):
        tag.decompose()
    for tag in soup.select('[lang="nb"]'):
        tag.decompose()
    for one in soup.descendants:
        found: Iterable[Any] = ()
        if isinstance(one, Tag):
            found = [one.get(name) for name in _READ_OUT]
        elif type(one) is NavigableString:
            found = [one]
        yield from (text for said in found if said and (text := " ".join(str(said).split())))


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(_NO_WORD.sub(" ", text))]


def _only_translations(catalogues: str) -> str:
    return re.sub(r'(?m)^msgid(?:_plural)? .*\n(?:".*"\n)*', "", catalogues)
