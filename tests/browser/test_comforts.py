"""What a script adds to the search page: long lists of filters are looked through at once, and an answer that never came is told."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import People


def test_a_long_list_of_filters_is_looked_through_while_one_writes(people: People, site: str) -> None:
    with people.page() as page:
        page.goto(f"{site}/nb/tilbud")
        search = page.get_by_label("Søk i listen: Fylke")
        county = search.locator("xpath=ancestor::fieldset")
        nothing = county.get_by_text("Ingen i listen har dette i navnet.")
        search.press_sequentially("finn")
        expect(county.locator(".option:visible label > span:first-child")).to_have_text(["Finnmark"])
        expect(nothing).to_be_hidden()
        search.fill("finnes ikke")
        expect(county.locator(".option:visible")).to_have_count(0)
        expect(nothing).to_be_visible()
        search.fill("")
        expect(nothing).to_be_hidden()
        assert county.locator(".option:visible").count() > 1


def test_hits_that_are_old_because_no_answer_came_are_told_to_be_old(people: People, site: str) -> None:
    with people.page() as page:
        page.goto(f"{site}/nb/tilbud?q=norsk")
        told = page.get_by_role("alert").filter(has_text="Vi fikk ikke svar")
        expect(told).to_be_hidden()
        page.route("**/nb/tilbud?*", lambda asked: asked.fulfill(status=429, body="<h1>Too many</h1>"))
        page.get_by_label("Fag, emne, tilbyder eller kode").fill("engelsk")
        expect(told).to_be_visible()
        expect(page.locator("h1")).to_have_text(re.compile("norsk"))
        page.unroute("**/nb/tilbud?*")
        page.get_by_label("Fag, emne, tilbyder eller kode").fill("musikk")
        expect(page.locator("h1")).to_contain_text("musikk")
        expect(told).to_be_hidden()


def test_what_is_ticked_to_compare_keeps_its_button_in_sight(people: People, site: str) -> None:
    with people.page(viewport={"width": 390, "height": 844}) as page:
        page.goto(f"{site}/nb/tilbud")
        button = page.get_by_role("button", name="Sammenlign de avkryssede")
        expect(button).not_to_be_in_viewport()
        page.locator("article").first.get_by_role("checkbox").check()
        expect(button).to_be_in_viewport()
