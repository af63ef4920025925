"""The pre-check as people meet it: its address is the review, wrong addresses say what is wrong, and nobody sees more than they may."""

import json

import pytest

from registry.access.roles import Role
from registry.core.db import Database
from registry.offers.models import OfferTarget, RunPlace
from registry.offers.states import Delivery, OfferState
from tests.coordination.country import add_offer, add_run
from tests.site import Site

PAGE = "/nb/samordning/forhandssjekk"
ASKED = f"{PAGE}?tittel=Engelsk+1,+1.–7.+trinn&region=west&termin=2027V"


@pytest.fixture
def english(database: Database) -> None:
    """An offer in the west with seven applicants of twelve, and a draft in the north that says what its name does not."""
    with database.write() as session:
        taught = add_offer(session, "1120", "Engelsk 1, 1.–7. trinn", subject_code="engelsk")
        add_run(session, taught, "2027V", applicants=7, minimum=12, places=20)
        draft = add_offer(
            session, "1130", "Engelsk 1, 1.–7. trinn", subject_code="engelsk", school_years="1-7", step=1,
            state=OfferState.DRAFT, credits=15, credit_scheme="ECTS", level_code="LN", code="UTKAST",
        )  # fmt: skip
        session.add(OfferTarget(offer_id=draft.pk, setting="primary_1_7", role="teacher"))
        run = add_run(session, draft, "2027H", delivery=Delivery.GATHERINGS)
        session.add(RunPlace(run_id=run.pk, municipality_code="5501"))


def test_the_answer_comes_first_and_its_links_lead_on(site: Site, english: None) -> None:
    page = site.signed_in(Role.COORDINATOR).page(ASKED)
    main = page.find("main").get_text(" ", strip=True)
    order = [
        "overlapper med 1 annet tilbud innen rekkevidde",
        "Dette bygger vi på",
        "Tilbud som likner",
        "annerledes",
        "satt opp",
    ]
    assert [main.index(one) for one in order] == sorted(main.index(one) for one in order)
    assert "vi leste: «Engelsk»" in main
    assert "Søkere mot minstetallet" in main
    later = page.select_one("#endringer a[href*='termin=2027H']")
    assert later is not None
    assert "region=west" in later["href"]
    who = site.signed_in(Role.COORDINATOR)
    assert "overlapper ikke med noe" in who.page(str(later["href"])).get_text()


@pytest.mark.parametrize("language", ["nn", "en"])
def test_every_word_is_said_in_other_languages(site: Site, english: None, language: str) -> None:
    page = site.signed_in(Role.COORDINATOR).page(ASKED.replace("/nb/", f"/{language}/"))
    left = [one.get_text() for one in page.select("main [lang=nb]") if one.name == "span"]
    assert left == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("tittel=", "Fyll ut dette feltet"),
        ("tittel=Norsk&studiepoeng=mange", "Skriv studiepoeng som et tall"),
        ("tittel=Norsk&studiepoeng=0", "Skriv studiepoeng som et tall"),
        ("tittel=Norsk&region=north&kommune=0301", "Kommunen ligger i en annen region"),
        ("tittel=Norsk&antall=2", "Velg første termin"),
        ("tittel=Norsk&termin=2020V", "Velg ett av alternativene"),
        ("tittel=Norsk&trinn=7-99", "Velg ett av alternativene"),
    ],
)
def test_a_wrong_address_says_what_is_wrong(site: Site, wrong: str, said: str) -> None:
    page = site.signed_in(Role.COORDINATOR).page(f"{PAGE}?{wrong}", status=400)
    assert said in page.select_one(".ds-error-summary").get_text()


def test_an_empty_page_asks_and_complains_of_nothing(site: Site) -> None:
    page = site.signed_in(Role.COORDINATOR).page(PAGE)
    assert page.select_one(".ds-error-summary") is None
    assert page.select_one("input[name=tittel]")["value"] == ""


def test_the_review_can_be_taken_home(site: Site, english: None) -> None:
    who = site.signed_in(Role.COORDINATOR)
    told = json.loads(who.get(f"{ASKED}&fil=json").data)
    assert told["verdict"]["kind"] == "overlaps"
    [one] = told["overlaps"]
    assert (one["strength"], one["reach"], one["timing"]) == ("strong", "same_region", "same_term")
    assert one["applicants"]["terms"] == [{"term": "2027V", "applicants": 7, "minimum": 12, "cancelled": False}]
    assert {rule["id"] for rule in told["rules"]} >= {"OVL_STRONG", "PRECHECK_TERMS"}
    sheet = who.get(f"{ASKED}&fil=csv")
    assert "Engelsk 1, 1.–7. trinn;Universitetet i Bergen" in sheet.text
    assert "Begge gjelder Engelsk." in sheet.text
    assert "forhandssjekk.csv" in sheet.headers["Content-Disposition"]


def test_an_institution_plans_for_itself_and_sees_others_rounded(site: Site, english: None) -> None:
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation="1160")
    page = staff.page(ASKED)
    assert [one["value"] for one in page.select("select[name=institusjon] option")] == ["", "1160"]
    assert page.select_one("select[name=institusjon] option[selected]")["value"] == "1160"
    told = json.loads(staff.get(f"{ASKED}&fil=json").data)
    assert told["overlaps"][0]["applicants"] == {
        "exact": False,
        "terms": [{"term": "2027V", "applicants": 5, "minimum": 12, "cancelled": False}],
    }
    assert staff.get(f"{ASKED}&institusjon=1120").status_code == 400


def test_a_draft_is_checked_with_what_is_known_of_it(site: Site, english: None) -> None:
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation="1130")
    link = staff.page("/nb/mine-tilbud").find("a", string="Sjekk mot andre tilbud")
    address = staff.get(link["href"]).location
    page = staff.page(address)
    chosen = {one["name"]: one.select_one("option[selected]") for one in page.select("main select")}
    assert {name: one["value"] for name, one in chosen.items() if one is not None and one["value"]} == {
        "institusjon": "1130", "niva": "LN", "form": "gatherings", "kommune": "5501", "termin": "2027H", "antall": "1",
    }  # fmt: skip
    assert page.select_one("input[name=studiepoeng]")["value"] == "15"
    assert [one["value"] for one in page.select("input[type=checkbox][checked]")] == ["primary_1_7", "teacher"]
    assert "vi leste: «1.–7. trinn»" in page.get_text()  # what the name tells is not said once more


def test_a_draft_of_others_is_not_found(site: Site, english: None) -> None:
    other = site.signed_in(Role.PROVIDER_STAFF, organisation="1120")
    assert other.get(f"{PAGE}/tilbud/1130-utkast").status_code == 404
    assert other.get(f"{PAGE}/tilbud/finnes-ikke").status_code == 404
