"""Everything that matters is done by plain links and forms."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import People
from tests.browser.pages import COORDINATOR, SEARCHER


def test_search_and_facets(people: People, site: str) -> None:
    with people.page(java_script_enabled=False) as page:
        page.goto(f"{site}/nb/")
        page.get_by_label("Fag, emne, tilbyder eller kode").fill("engelsk")
        page.get_by_role("button", name="Søk", exact=True).click()
        expect(page.locator("h1")).to_contain_text("«engelsk»")
        page.get_by_role("checkbox", name=re.compile("^Nettbasert, hele landet")).check()
        page.get_by_role("button", name="Bruk filtrene").click()
        assert "fylke=" in page.url
        assert page.locator("article h2 a").count() > 0


def test_a_coordinator_decides_a_pair(people: People, site: str, places: dict[str, str]) -> None:
    with people.page(COORDINATOR, java_script_enabled=False) as page:
        page.goto(f"{site}/nb/samordning/par/{places['overlap']}")
        page.get_by_text("Merknad og detaljer").click()
        page.get_by_label("Merknad").fill("Annenhvert år")
        page.get_by_role("button", name="Bør samordnes").click()
        page.goto(f"{site}/nb/samordning/par/{places['overlap']}")
        expect(page.locator("#svar")).to_contain_text("Bør samordnes")
        expect(page.locator("main")).to_contain_text("Annenhvert år")


def test_a_teacher_accepts_a_place(people: People, site: str) -> None:
    with people.page(SEARCHER, java_script_enabled=False) as page:
        page.goto(f"{site}/nb/mine-soknader")
        card = page.locator("article", has=page.get_by_role("button", name="Takk ja til plassen")).first
        title = card.get_by_role("heading").first.inner_text()
        card.get_by_role("button", name="Takk ja til plassen").click()
        accepted = page.locator("article", has=page.get_by_role("heading", name=title, exact=True)).first
        expect(accepted.get_by_role("button", name="Takk ja til plassen")).to_have_count(0)
