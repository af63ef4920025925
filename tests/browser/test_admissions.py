"""The officer's batch and the applicant's answer, by keyboard alone and without script; axe on what only a form opens."""

import re

from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Page, expect

from tests.browser.admission import queue_of, two_offers
from tests.browser.conftest import People
from tests.browser.pages import OFFICE, SEARCHER, STAFF


def clean(page: Page) -> None:
    found = [f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in Axe().run(page).response["violations"]]
    assert found == []


def press(page: Page, name: str) -> None:
    """Tab to a link or button by its name, and press Enter."""
    for _ in range(400):
        page.keyboard.press("Tab")
        here = page.evaluate("document.activeElement.innerText || document.activeElement.value || ''")
        if re.fullmatch(name, " ".join(here.split())):
            page.keyboard.press("Enter")
            page.wait_for_load_state()
            return
    raise AssertionError(f"{name} is not reached by Tab")


def run_key(application: Flask) -> str:
    with application.extensions["registry"].database.read() as session:
        return queue_of(session)[0].key


def test_an_officer_decides_for_many_by_keyboard(people: People, site: str, application: Flask) -> None:
    with people.page(OFFICE) as page:
        page.goto(f"{site}/nb/opptak/kull/{run_key(application)}?velg=plass")
        chosen = page.locator("input[name=application]:checked").count()
        assert chosen > 1
        press(page, "Se hva som skjer")
        expect(page.locator("h1")).to_have_text("Se over før du klargjør")
        clean(page)
        press(page, "Klargjør avgjørelsene")
        expect(page.locator("main")).to_contain_text("Klargjort: tilbud om plass")
        clean(page)
        press(page, "Angre")  # of the first batch, which the demonstration prepared
        expect(page.locator("body")).to_contain_text("Ingen har fått beskjed")
        press(page, r"Send \d+ brev|Send brevet")
        expect(page.locator("body")).to_contain_text("har fått avgjørelsen")
        expect(page.locator("tbody")).to_contain_text("Venter på svar")


def test_an_officer_decides_without_script(people: People, site: str, application: Flask) -> None:
    with people.page(OFFICE, java_script_enabled=False) as page:
        page.goto(f"{site}/nb/opptak/kull/{run_key(application)}?vis=ubehandlet")
        page.locator("input[name=application]").first.check()
        page.get_by_label("Avgjørelse").select_option("rejected")
        page.get_by_label("Årsak").select_option("not_qualified")
        page.get_by_role("button", name="Se hva som skjer").click()
        expect(page.locator("blockquote")).to_contain_text("Fyller ikke opptakskravene")
        page.get_by_role("button", name="Klargjør avgjørelsene").click()
        page.get_by_role("button", name="Send brevet").first.click()
        expect(page.locator("body")).to_contain_text("har fått avgjørelsen")


def test_an_applicant_moves_answers_and_orders_by_keyboard(people: People, site: str) -> None:
    with people.page(SEARCHER) as page:
        page.goto(f"{site}/nb/mine-soknader")
        clean(page)
        press(page, "Flytt søknaden til «.*»")
        expect(page.locator("body")).to_contain_text("beholdt plassen i køen")
        page.locator("details", has_text="Hvor søknaden står").first.wait_for()
        for summary in page.locator("article summary").all():
            summary.press("Enter")
        press(page, "Sett «.*» (høyere|lavere)")
        expect(page.locator("body")).to_contain_text("Rekkefølgen er endret")


def test_an_applicant_chooses_between_two_places_by_keyboard(people: People, site: str, application: Flask) -> None:
    with application.extensions["registry"].database.write() as session:
        first, second = two_offers(session)
    with people.page(SEARCHER) as page:
        page.goto(f"{site}/nb/mine-soknader#soknad-{first}")
        card = page.locator(f"#soknad-{first}")
        expect(card).to_contain_text("Du kan ha én plass per semester. Sier du ja her,")
        card.get_by_role("button", name="Takk ja").press("Enter")
        expect(page.locator("body")).to_contain_text("Du har takket ja til plassen.")
        clean(page)
        press(page, "Velg mellom plassene.*")
        expect(page.locator("h1")).to_have_text("Velg mellom plassene")
        clean(page)
        page.get_by_role("main").get_by_role("checkbox").press(" ")
        press(page, "Takk ja, og gi fra deg det du har valgt")
        expect(page.locator("body")).to_contain_text("gitt fra deg den andre")
        expect(page.locator(f"#soknad-{first}")).to_contain_text("Du har trukket søknaden.")
        expect(page.locator(f"#soknad-{second}")).to_contain_text("Du har takket ja.")


def test_a_table_of_results_says_what_is_wrong_beside_the_row(
    people: People, site: str, places: dict[str, str]
) -> None:
    with people.page(STAFF) as page:
        page.goto(f"{site}/nb/tilbud/kull/{places['taught']}/resultater")
        row = page.locator("tbody tr", has=page.locator("select")).first
        row.locator("select").select_option(index=1)
        row.locator("input[type=date]").fill("2099-01-01")
        page.get_by_role("button", name="Lagre").click()
        expect(page.locator("tbody .ds-validation-message").first).to_have_text("Datoen kan ikke ligge i fremtiden.")
        clean(page)
