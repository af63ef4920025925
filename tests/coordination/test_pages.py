"""The pages: who sees what, and that a coordinator can work through them."""

import re

import pytest
from sqlmodel import select

from registry.access.policy import system
from registry.access.roles import Role
from registry.coordination.models import Pair
from registry.coordination.operations import detect
from registry.core.db import Database
from registry.offers.models import Offer
from tests.coordination.country import TODAY, add_offer, add_run, add_taught
from tests.site import Site

LISTS = ("", "overlapp", "dubletter", "utsatte", "sma-fag", "forhandssjekk")


@pytest.fixture
def pair(database: Database) -> Pair:
    with database.write() as session:
        add_taught(session, "0238", "Engelsk 1, 1.–7. trinn", subject_code="engelsk")
        add_taught(session, "1160", "Engelsk 1, trinn 1-7", subject_code="engelsk")
        offer = add_offer(session, "1110", "Kinesisk", subject_code="kinesisk")
        add_run(session, offer, "2026H", applicants=1, minimum=15, application_closes_on=TODAY)
    detect(database, system("detect"), today=TODAY)
    with database.read() as session:
        return session.exec(select(Pair)).one()


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("language", ["nb", "nn"])
def test_a_coordinator_opens_every_list(site: Site, pair: Pair, name: str, language: str) -> None:
    document = site.signed_in(Role.COORDINATOR).page(f"/{language}/samordning/{name}")
    assert len(document.find_all("h1")) == 1
    assert document.find("main")


@pytest.mark.parametrize("name", [name for name in LISTS if name != "sma-fag"])
def test_strangers_are_sent_to_sign_in(site: Site, name: str) -> None:
    answer = site.visitor().get(f"/nb/samordning/{name}")
    assert answer.status_code == 302
    assert "next=" in answer.location


def test_small_subjects_are_public(site: Site, pair: Pair) -> None:
    assert "Kinesisk" in site.visitor().page("/nb/samordning/sma-fag").get_text()


@pytest.mark.parametrize("name", ["sma-fag", "dekning", "regler"])
def test_nobody_is_shown_the_way_into_a_room_that_is_closed_to_them(site: Site, name: str) -> None:
    """The pages are public, the room is not; the papers of meetings are for those who see every institution's cases."""
    rooms = {
        "stranger": site.visitor(),
        "owner": site.signed_in(Role.OWNER, organisation="kommune-4601"),
        "staff": site.signed_in(Role.PROVIDER_STAFF, organisation="0238"),
        "coordinator": site.signed_in(Role.COORDINATOR),
    }
    shown = {}
    for who, visitor in rooms.items():
        page = visitor.page(f"/nb/samordning/{name}")
        links = {link["href"] for link in page.select("main a, nav.ds-breadcrumbs a, nav[aria-label=Samordning] a")}
        shown[who] = links & {"/nb/samordning/", "/nb/samordning/moter"}
        assert all(visitor.get(link).status_code == 200 for link in shown[who])
    assert shown["stranger"] == shown["owner"] == set()
    assert shown["staff"] == {"/nb/samordning/"}
    assert shown["coordinator"] == {"/nb/samordning/", "/nb/samordning/moter"}


def test_the_evidence_comes_before_the_score(site: Site, pair: Pair) -> None:
    main = site.signed_in(Role.COORDINATOR).page(f"/nb/samordning/par/{pair.id}").find("main")
    text = main.get_text()
    assert text.index("Side om side") < text.index("Begge gjelder Engelsk") < text.index("Poengsum ")
    assert "Poengsum " in main.find("details", class_="ds-details").get_text()  # folded until somebody asks


def test_own_staff_read_without_buttons_and_others_find_nothing(site: Site, pair: Pair) -> None:
    own = site.signed_in(Role.PROVIDER_STAFF, organisation="0238")
    assert not own.page(f"/nb/samordning/par/{pair.id}").find_all("button", {"name": "verdict"})
    other = site.signed_in(Role.PROVIDER_STAFF, organisation="1110")
    assert other.get(f"/nb/samordning/par/{pair.id}").status_code == 404
    assert other.get("/nb/samordning/par/99999").status_code == 404
    assert "Ingen par passer" in other.get("/nb/samordning/overlapp").text


def test_four_answers_a_note_and_undo(site: Site, pair: Pair) -> None:
    who = site.signed_in(Role.COORDINATOR)
    address = f"/nb/samordning/par/{pair.id}"
    page = who.page(address)
    assert len(page.find_all("button", {"name": "verdict"})) == 4
    assert who.post(f"{address}/avgjor", verdict="keep_both").status_code == 400, "nobody has seen what was answered"
    assert who.press(who.page(address), "Ulike behov", note="Ulike fylker").status_code == 303
    shown = who.get(address).text
    assert "Ulike fylker" in shown
    undo = re.findall(r"/nb/samordning/avgjorelse/\d+/angre", shown)
    assert who.post(undo[0]).status_code == 303
    assert "Ingen har svart ennå" in who.get(address).text
    assert who.post(f"{address}/avgjor", verdict="wrong_data").status_code == 400
    assert who.post(f"{address}/avgjor", verdict="").status_code == 400


def test_staff_cannot_post_an_answer(site: Site, pair: Pair) -> None:
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation="0238")
    assert staff.post(f"/nb/samordning/par/{pair.id}/avgjor", verdict="keep_both").status_code == 403


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
def test_the_list_can_be_taken_home(site: Site, pair: Pair, ending: str) -> None:
    answer = site.signed_in(Role.COORDINATOR).get(f"/nb/samordning/par.{ending}?styrke=strong")
    assert answer.status_code == 200
    assert "overlapp" in answer.headers["Content-Disposition"]


def test_filters_narrow_and_nonsense_is_ignored(site: Site, pair: Pair) -> None:
    who = site.signed_in(Role.COORDINATOR)
    assert "Ingen par passer" in who.get("/nb/samordning/overlapp?fag=kinesisk").text
    assert "Ingen par passer" in who.get("/nb/samordning/overlapp?avgjort=avgjort").text
    assert "Engelsk 1, trinn 1-7" in who.get("/nb/samordning/overlapp?region=west&institusjon=0238&styrke=tull").text


def test_the_precheck_tells_what_there_is(site: Site, pair: Pair) -> None:
    who = site.signed_in(Role.COORDINATOR)
    found = who.page("/nb/samordning/forhandssjekk?tittel=Engelsk+1,+1.-7.+trinn&form=online").get_text()
    assert "overlapper med 2 andre tilbud innen rekkevidde" in found
    assert who.get("/nb/samordning/forhandssjekk?tittel=Obo").status_code == 200


def test_the_network_records_its_decision(site: Site, pair: Pair) -> None:
    who = site.signed_in(Role.COORDINATOR)
    with site.database.read() as session:
        key = session.exec(select(Offer.key).where(Offer.subject_code == "kinesisk")).one()
    address = f"/nb/samordning/vedtak/{key}/kinesisk"
    assert who.post(address, reason="").status_code == 400
    assert who.post(address, reason="Ingen søkere").status_code == 303
    assert who.get(f"/nb/samordning/vedtak/{key}/engelsk").status_code == 404


def test_the_offers_page_says_that_the_subject_is_small(site: Site, pair: Pair) -> None:
    with site.database.read() as session:
        key = session.exec(select(Offer.key).where(Offer.subject_code == "kinesisk")).one()
    text = site.visitor().page(f"/nb/tilbud/{key}/kinesisk").get_text()
    assert "Lite fag" in text
    assert "Få søkere så langt" in text
