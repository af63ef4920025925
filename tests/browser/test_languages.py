"""The search in all four languages: opened, searched by hand, and read by machines."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from registry.web.i18n import LANGUAGES
from tests.browser.conftest import People

#: The word on the search button, and a word of the result that the language has for itself.
_SAID = {
    "nb": ("Søk", re.compile(r"\d tilbud for «")),
    "nn": ("Søk", re.compile(r"\d tilbod for «")),
    "se": ("Oza", re.compile(r"\d tilbud for «")),  # not yet in Sami: the words are bokmål and say so
    "en": ("Search", re.compile(r"\d courses for “")),
}
#: Running text in the page's own language by its nearest ``lang``, without what no language owns: names, codes, figures.
_OWN = """() => [...document.querySelectorAll('main :is(h1, h2, legend, label, summary, button, dt, p)')]
  .filter(e => e.checkVisibility() && e.closest('[lang]') === document.documentElement)
  .flatMap(e => [...e.childNodes].filter(n => n.nodeType === Node.TEXT_NODE).map(n => n.textContent.trim()))
  .filter(text => text)"""
_NORWEGIAN = re.compile(r"\b(og|ikke|ikkje|eller|tilbud|tilbod|søk|søknad|fra|frå|legg|velg|vel|vis)\b", re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_search_opens_searches_and_is_readable(language: str, people: People, site: str) -> None:
    button, answer = _SAID[language]
    with people.page(viewport={"width": 320, "height": 800}) as page:
        page.goto(f"{site}/{language}/")
        page.locator("input[data-search]").fill("engelsk")
        page.get_by_role("button", name=button, exact=True).click()
        expect(page).to_have_url(re.compile(rf"/{language}/tilbud\?.*q=engelsk"))
        assert page.locator("html").get_attribute("lang") == language
        expect(page.locator("h1")).to_have_text(answer)
        expect(page.locator("article").first).to_be_visible()
        expect(page.locator(".languages [aria-current]")).to_have_attribute("lang", language)
        assert not page.evaluate("document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth")
        assert _violations(page) == []


@pytest.mark.parametrize("language", ["se", "en"])
def test_norwegian_words_on_a_page_in_another_language_say_that_they_are(
    language: str, people: People, site: str, places: dict[str, str]
) -> None:
    with people.page() as page:
        for path in ("/", "/tilbud?q=engelsk", f"/tilbud/{places['offer']}"):
            page.goto(f"{site}/{language}{path}")
            assert [text for text in page.evaluate(_OWN) if _NORWEGIAN.search(text)] == [], path


def test_changing_the_language_keeps_the_search(people: People, site: str) -> None:
    with people.page() as page:
        page.goto(f"{site}/nb/tilbud?q=engelsk")
        found = page.locator("article h2").all_inner_texts()
        page.get_by_role("link", name="English", exact=True).click()
        expect(page).to_have_url(re.compile(r"/en/tilbud\?q=engelsk"))
        assert page.locator("article h2").all_inner_texts() == found


def _violations(page: Page) -> list[str]:
    return [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in Axe().run(page).response["violations"]]
