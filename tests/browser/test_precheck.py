"""The pre-check by keyboard alone: fill in, read the answer, choose another term, correct what was read."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import People
from tests.browser.pages import COORDINATOR


def test_a_planned_offer_is_checked_and_changed_by_keyboard(people: People, site: str) -> None:
    with people.page(COORDINATOR) as page:
        page.goto(f"{site}/nb/samordning/forhandssjekk")
        page.get_by_label("Navn på tilbudet").focus()
        page.keyboard.type("Engelsk 1, 1.–7. trinn")
        page.get_by_label("Første termin").focus()
        page.keyboard.press("ArrowDown")
        page.get_by_label("Region").focus()
        page.keyboard.type("Vest")
        press(page, "button", "Sjekk")
        expect(page.locator("#svar .ds-alert h2")).to_be_visible()
        expect(page.locator("#lest")).to_contain_text("vi leste: «Engelsk»")
        assert "region=west" in page.url
        press(page, "link", "På nett")
        expect(page.locator("#endringer")).to_contain_text("På et sted")
        page.locator("summary", has_text="Endre opplysningene").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_label("Undervisningsform")).to_have_value("online")
        assert Axe().run(page).response["violations"] == []


def press(page: Page, role: str, name: str) -> None:
    """Go to it and press Enter."""
    page.locator("main").get_by_role("link" if role == "link" else "button", name=name, exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state()
