"""The search page as it is used: by teachers with a mouse, by others with a keyboard, and on paper."""

import re

from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.conftest import People

#: Elements that could be tabbed to and show no outline, shadow or changed border when they have focus.
_FOCUS = """() => { const e = document.activeElement; if (!e || e === document.body) return null;
  const shown = n => { const s = getComputedStyle(n); return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none' };
  return { tag: e.outerHTML.slice(0, 120), seen: e.matches('.ds-skip-link') ? e.getBoundingClientRect().width > 24 : shown(e) || (e.parentElement && shown(e.parentElement)) } }"""
#: WCAG 2.5.8: at least 24 by 24 px; a checkbox is hit by its label too.
_SMALL = """() => [...document.querySelectorAll('main :is(button, input:not([type=hidden]), select, summary)')]
  .filter(e => e.checkVisibility()).map(e => [(e.type === 'checkbox' ? e.parentElement : e).getBoundingClientRect(), e])
  .filter(([r]) => r.width && (r.width < 24 || r.height < 24)).map(([r, e]) => `${r.width}x${r.height} ${e.outerHTML.slice(0, 100)}`)"""


def test_a_teacher_finds_filters_opens_and_compares(people: People, site: str) -> None:
    with people.page() as page:
        page.goto(f"{site}/nb/")
        page.get_by_label("Fag, emne, tilbyder eller kode").fill("engelsk 1-7")
        page.get_by_role("button", name="Søk", exact=True).click()
        online = page.get_by_role("checkbox", name=re.compile("^Nettbasert, hele landet"))
        online.check()
        expect(page).to_have_url(re.compile("fylke="))
        expect(page.locator("#status")).to_have_text(re.compile(r"\d"))
        first = page.locator("article h2 a").first
        title = first.inner_text()
        first.click()
        expect(page.locator("h1")).to_have_text(title)
        page.go_back()
        expect(page.get_by_role("checkbox", name=re.compile("^Nettbasert, hele landet"))).to_be_checked()
        for card in page.locator("article").all()[:2]:
            card.get_by_role("checkbox").check()
        page.get_by_role("button", name=re.compile("^Sammenlign")).first.click()
        expect(page.get_by_role("columnheader").locator("a.ds-link", has_text=title).first).to_be_visible()


def test_the_keyboard_reaches_everything_and_shows_where_it_is(people: People, site: str) -> None:
    with people.page() as page:
        page.goto(f"{site}/nb/tilbud?q=engelsk")
        page.keyboard.press("Tab")
        expect(page.locator(":focus")).to_have_class(re.compile("ds-skip-link"))
        stops = [stop for _ in range(60) if (stop := _next(page))]
        assert len(stops) > 40
        assert [stop["tag"] for stop in stops if not stop["seen"]] == []


def _next(page: Page) -> dict[str, object] | None:
    page.keyboard.press("Tab")
    found: dict[str, object] | None = page.evaluate(_FOCUS)
    return found


def test_what_points_at_an_answer_follows_an_instant_search(people: People, site: str) -> None:
    """The four languages, the canonical address, the feed and the files; back again too, where htmx draws the page anew."""
    with people.page() as page:
        page.goto(f"{site}/nb/tilbud")
        page.locator("#in-q").press_sequentially("engelsk")
        expect(page).to_have_url(f"{site}/nb/tilbud?q=engelsk")
        expect(page.locator("link[rel=canonical]")).to_have_attribute("href", f"{site}/nb/tilbud?q=engelsk")
        pointing = page.locator("link[rel=alternate], .languages a").all()
        assert len(pointing) > 8
        for link in pointing:
            expect(link).to_have_attribute("href", re.compile(r"\?q=engelsk$"))
        feed = page.locator("link[type='application/atom+xml']")
        expect(feed).to_have_attribute("title", page.locator("h1").inner_text())
        page.go_back()
        expect(page).to_have_url(f"{site}/nb/tilbud")
        expect(page.locator("link[rel=canonical]")).to_have_attribute("href", f"{site}/nb/tilbud")
        page.locator("#in-q").press_sequentially("engelsk")
        expect(page).to_have_url(re.compile("q=engelsk"))
        page.locator(".languages").get_by_role("link", name=re.compile("nynorsk", re.IGNORECASE)).click()
        expect(page).to_have_url(f"{site}/nn/tilbud?q=engelsk")
        expect(page.locator("#in-q")).to_have_value("engelsk")


def test_slash_goes_to_the_search_field_and_escape_empties_it(people: People, site: str) -> None:
    with people.page() as page:
        page.goto(f"{site}/nb/tilbud?q=engelsk")
        page.locator("h1").click()
        page.keyboard.press("/")
        field = page.locator("input[data-search]")
        expect(field).to_be_focused()
        page.keyboard.press("Escape")
        expect(field).to_have_value("")


def test_targets_are_large_enough(people: People, site: str) -> None:
    with people.page(viewport={"width": 390, "height": 844}) as page:
        page.goto(f"{site}/nb/tilbud?q=engelsk")
        assert page.evaluate(_SMALL) == []


def test_paper_has_the_offer_and_not_the_site_around_it(people: People, site: str, places: dict[str, str]) -> None:
    with people.page() as page:
        page.goto(f"{site}/nb/tilbud/{places['offer']}")
        page.emulate_media(media="print")
        expect(page.locator("h1")).to_be_visible()
        expect(page.locator(".site-header nav").first).to_be_hidden()
        expect(page.locator(".demo-banner")).to_be_visible()
        page.goto(f"{site}/nb/tilbud?q=engelsk")
        expect(page.locator(".filters")).to_be_hidden()


def test_the_key_that_goes_to_the_search_field_can_be_turned_off(people: People, site: str) -> None:
    """WCAG 2.1.4: remembered by the browser, also on the next page."""
    with people.page() as page:
        page.goto(f"{site}/nb/tilbud?q=engelsk")
        page.get_by_role("checkbox", name="Bruk hurtigtaster").uncheck()
        page.reload()
        expect(page.get_by_role("checkbox", name="Bruk hurtigtaster")).not_to_be_checked()
        page.locator("h1").click()
        page.keyboard.press("/")
        expect(page.locator("#in-q")).not_to_be_focused()
        page.get_by_role("checkbox", name="Bruk hurtigtaster").check()
        page.locator("h1").click()
        page.keyboard.press("/")
        expect(page.locator("#in-q")).to_be_focused()


def test_what_browsers_ask_for_unseen_is_there(application: Flask) -> None:
    with application.test_client().get("/favicon.ico", follow_redirects=True) as answer:
        assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
