"""What must hold on every page: axe finds nothing, nothing scrolls sideways, nothing is asked of others."""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page

from tests.browser.conftest import People
from tests.browser.pages import NOT_PAGES, PAGES, Address

_SIDEWAYS = "document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth"
#: Not ``form.action``: a button or field of that name would stand there instead.
_SENT_TO = """() => [...document.querySelectorAll('form[method=post]')]
  .map(one => new URL(one.getAttribute('action') ?? '', location.href).href)"""
_NARROW = {"width": 320, "height": 800}
#: WCAG 1.4.12: nothing may be lost when readers space their text like this.
_SPACE_OUT = """() => { const sheet = new CSSStyleSheet();
  sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }');
  document.adoptedStyleSheets = [sheet] }"""
_CUT = """() => [...document.querySelectorAll('main :is(button, a.ds-button, .ds-tag, label, h1, h2, h3, th, td)')]
  .filter(e => e.clientWidth && ['hidden', 'clip'].includes(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1
    && !e.matches('.ds-sr-only')).map(e => e.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("address", PAGES, ids=str)
def test_page(address: Address, people: People, site: str, places: dict[str, str], application: Flask) -> None:
    with people.page(address.role) as page:
        answer = page.goto(f"{site}/nb{address.path.format(**places)}")
        assert answer is not None
        assert answer.status == address.status
        assert page.locator("h1").count() == 1
        assert page.locator("html").get_attribute("lang") == "nb"
        _forms_lead_somewhere(page, application)
        _no_violations(page)
        if not address.twin:
            page.emulate_media(color_scheme="dark")
            page.set_viewport_size({"width": 390, "height": 844})
            _no_violations(page)
        page.set_viewport_size(_NARROW)
        assert not page.evaluate(_SIDEWAYS), "scrolls sideways at 320 px"
        page.evaluate(_SPACE_OUT)
        assert not page.evaluate(_SIDEWAYS), "scrolls sideways with wide text spacing"
        assert page.evaluate(_CUT) == []


def _forms_lead_somewhere(page: Page, application: Flask) -> None:
    """What a form is sent to takes it; without an action that is the page's own address."""
    sent = page.evaluate(_SENT_TO)
    addresses = application.url_map.bind("localhost")
    assert [one for one in sent if not addresses.test(urlsplit(one).path, method="POST")] == []


def _no_violations(page: Page) -> None:
    result = Axe().run(page)
    found = [
        f"{v['id']}: {node['target']} {node['html'][:160]}"
        for v in result.response["violations"]
        for node in v["nodes"]
    ]
    assert found == []


@pytest.mark.parametrize("language", ["nn", "se", "en"])
@pytest.mark.parametrize("path", ["/", "/tilbud?q=norsk", "/tilbud/{offer}"])
def test_page_in_another_language(language: str, path: str, people: People, site: str, places: dict[str, str]) -> None:
    with people.page() as page:
        page.goto(f"{site}/{language}{path.format(**places)}")
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("h1").count() == 1
        page.set_viewport_size(_NARROW)
        assert not page.evaluate(_SIDEWAYS)


def test_every_page_of_the_application_is_among_them(application: Flask, places: dict[str, str]) -> None:
    adapter = application.url_map.bind("localhost")
    opened = {adapter.match(urlsplit(f"/nb{one.path.format(**places)}").path)[0] for one in PAGES if one.status != 404}
    pages = {
        str(rule.endpoint)
        for rule in application.url_map.iter_rules()
        if "language" in rule.arguments and "GET" in (rule.methods or ())
    }
    assert pages - NOT_PAGES - opened == set()
