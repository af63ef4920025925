"""The review room by keyboard alone: twenty pairs in one run, and the way back."""

import re
import statistics
from time import perf_counter

from playwright.sync_api import Page, expect

from tests.browser.conftest import People
from tests.browser.pages import COORDINATOR

PAIRS = 20
#: Seconds from the key to the next pair's evidence. The promise is 0.3 on a quiet machine (``bench/``); a busy one is given more.
SLOWEST_MEDIAN = 1.5


def next_pair(page: Page, key: str) -> float:
    """Press a key and wait for another pair. Returns the seconds it took."""
    before = page.url
    began = perf_counter()
    page.keyboard.press(key)
    page.wait_for_url(lambda address: address != before and "/par/" in address, wait_until="domcontentloaded")
    expect(page.get_by_role("heading", name="Side om side")).to_be_visible()
    return perf_counter() - began


def test_twenty_pairs_by_keyboard_and_back_again(people: People, site: str) -> None:
    with people.page(COORDINATOR) as page:
        page.goto(f"{site}/nb/samordning/overlapp?rekkevidde=within")
        page.get_by_role("link", name="Gå gjennom én for én").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile("/par/"))
        before = answered(page)
        first = page.url
        next_pair(page, "2")
        next_pair(page, "u")  # at the next pair, of the answer to the last one
        assert page.url == first
        assert answered(page) == before
        took = [next_pair(page, "213"[number % 3]) for number in range(PAIRS)]
        assert answered(page) == before + PAIRS
        assert statistics.median(took) < SLOWEST_MEDIAN
        at = page.url
        next_pair(page, "j")
        next_pair(page, "k")
        assert page.url == at
        next_pair(page, "k")  # what was answered last has left the queue, and is still the way back
        expect(page.locator("#svar")).to_contain_text("Angre svaret")
        page.goto(first)
        expect(page.locator("#svar")).to_contain_text("Ulike behov")
        page.keyboard.press("u")
        expect(page.get_by_role("status").first).to_contain_text("angret")
        expect(page.locator("#svar")).to_contain_text("Ingen har svart")
        assert answered(page) == before + PAIRS - 1


def answered(page: Page) -> int:
    """The first number of «12 av 48»."""
    words = page.locator(".stepper .num").inner_text()
    return int(re.sub(r"\D", "", words.split(" av ")[0]))


def test_wrong_data_asks_what_is_wrong_and_keys_can_be_switched_off(people: People, site: str) -> None:
    with people.page(COORDINATOR) as page:
        page.goto(f"{site}/nb/samordning/gjennomgang/overlapp?avgjort=venter")
        here = page.url
        page.keyboard.press("?")
        switch = page.get_by_role("checkbox", name="Bruk hurtigtaster")
        expect(switch).to_be_checked()
        switch.uncheck()
        page.locator("h1").click()
        page.keyboard.press("2")
        expect(page).to_have_url(here)
        switch.check()
        page.locator("h1").click()
        page.keyboard.press("4")
        expect(page.get_by_label("Hva som er feil")).to_be_focused()
        page.keyboard.press("2")  # typed into the field, not an answer
        expect(page).to_have_url(here)
        page.get_by_label("Hva som er feil").select_option("credits")
        page.keyboard.press("Escape")
        next_pair(page, "4")
