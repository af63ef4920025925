"""Finding, keeping and following, as teachers do it: few steps, without signing in where that can be."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect
from sqlmodel import col, select

from registry.catalogue.models import SavedSearch
from registry.offers.models import Offer, Run
from registry.offers.states import OfferState, RunState
from tests.browser.conftest import People

SEARCH = "Fag, emne, tilbyder eller kode"


@pytest.fixture
def wanted(application: Flask) -> tuple[str, str]:
    """What a teacher has heard of and types, and the name of the offer: chosen from the database, before anything is searched."""
    with application.extensions["registry"].database.read() as session:
        open_now = select(Run.offer_id).where(Run.state == RunState.OPEN)
        titles = session.exec(
            select(Offer.title)
            .where(Offer.state == OfferState.PUBLISHED, col(Offer.id).in_(open_now))
            .order_by(col(Offer.key).desc())
        ).all()
    named = next(title for title in titles if titles.count(title) == 1 and "&" not in title)
    return named.lower(), named


def test_a_named_offer_is_found_and_kept_in_four_interactions(
    people: People, site: str, wanted: tuple[str, str]
) -> None:
    """Write, press, keep: three. The fourth opens the list it is kept in."""
    words, title = wanted
    steps = 0
    with people.page() as page:
        page.goto(f"{site}/nb/")
        page.get_by_label(SEARCH).fill(words)
        steps += 1
        page.keyboard.press("Enter")
        steps += 1
        offer = page.locator("article").first
        expect(offer.get_by_role("link", name=title, exact=True)).to_be_visible()
        offer.get_by_role("button", name="Husk").click()
        steps += 1
        expect(offer.get_by_role("button", name="Husk")).to_have_attribute("aria-pressed", "true")
        page.get_by_role("link", name="Huskeliste").click()
        steps += 1
        expect(page.get_by_role("heading", level=2, name=title, exact=True)).to_be_visible()
        assert steps <= 4


def test_the_list_outlives_the_page_and_can_be_sent_to_somebody(
    people: People, site: str, wanted: tuple[str, str]
) -> None:
    words = wanted[0]
    with people.page() as page:
        page.goto(f"{site}/nb/tilbud?q={words}")
        page.get_by_role("button", name="Husk").first.click()
        page.goto(f"{site}/nb/huskeliste")
        expect(page).to_have_url(re.compile(r"huskeliste\?id="))
        address = page.url
        page.get_by_role("link", name="Fjern").click()
        expect(page.get_by_role("heading", name="Huskelisten er tom")).to_be_visible()
        assert page.evaluate("localStorage.getItem('remembered-offers')") == "[]"
    with people.page(java_script_enabled=False) as other:
        other.goto(address)
        expect(other.locator("article h2")).to_have_count(1)
        expect(other.get_by_role("button", name="Husk")).to_have_count(0)


def test_without_script_ticked_offers_are_put_on_the_list(people: People, site: str) -> None:
    with people.page(java_script_enabled=False) as page:
        page.goto(f"{site}/nb/tilbud?q=engelsk")
        for box in page.locator("article input[type=checkbox]").all()[:2]:
            box.check()
        page.get_by_role("button", name="Legg de avkryssede i huskelisten").click()
        expect(page.locator("article h2")).to_have_count(2)


def test_the_last_searches_are_shown_and_can_be_emptied(people: People, site: str) -> None:
    with people.page() as page:
        for words in ("engelsk", "norsk"):
            page.goto(f"{site}/nb/tilbud?q={words}")
        page.goto(f"{site}/nb/")
        recent = page.locator("[data-recent]")
        expect(recent.get_by_role("link")).to_have_text(["norsk", "engelsk"])
        recent.get_by_role("button", name="Tøm").click()
        expect(recent).to_be_hidden()


def test_a_search_is_saved_changed_and_stopped_by_the_link_of_a_letter(
    people: People, site: str, application: Flask
) -> None:
    with people.page("Søker") as page:
        page.goto(f"{site}/nb/tilbud?q=engelsk&form=online")
        page.get_by_role("button", name="Lagre søket").click()
        page.get_by_text("E-post sendes til").click()
        page.get_by_label("E-postadresse").fill("ingrid@example.no")
        page.get_by_role("button", name="Lagre adressen").click()
        expect(page.get_by_text("E-post sendes til ingrid@example.no")).to_be_visible()
        page.get_by_label("Navn", exact=True).fill("Engelsk på nett")
        page.get_by_label("E-post", exact=True).select_option("daily")
        page.get_by_role("button", name="Lagre endringen").click()
        expect(page.get_by_role("link", name="Engelsk på nett")).to_be_visible()
        assert _faults(page) == []
    with application.extensions["registry"].database.read() as session:
        token = session.exec(select(SavedSearch.token)).one()
    with people.page(viewport={"width": 320, "height": 700}) as page:
        page.goto(f"{site}/nb/varsel/{token}")
        assert _faults(page) == []
        page.get_by_role("button", name="Stopp varselet").click()
        expect(page.get_by_text("Varselet er stoppet.")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    with people.page("Søker") as page:
        page.goto(f"{site}/nb/mine-lagrede-sok")
        page.get_by_role("button", name="Slett").click()
        expect(page.get_by_role("heading", name="Ingen lagrede søk")).to_be_visible()
    with application.extensions["registry"].database.write() as session:
        session.delete(session.exec(select(SavedSearch)).one())


def _faults(page: Page) -> list[str]:
    """What axe finds, in light and in dark."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += [violation["id"] for violation in Axe().run(page).response["violations"]]
    return found
