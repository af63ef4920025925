"""Cases on pages: every one can be reached, and everybody sees of it what the pairs in it let them see."""

from urllib.parse import urlsplit

import pytest
from sqlmodel import col, select

from registry.access.policy import system
from registry.access.roles import Role
from registry.coordination.models import Case, Pair
from registry.coordination.operations import decide, detect
from registry.coordination.queries.desk.cases import EVERY, CaseFilter, case_list
from registry.core import clock
from registry.core.db import Database
from registry.intake.models import ImportRun, Source, SourceRecord
from registry.intake.states import ImportOutcome
from registry.offers.models import Offer
from registry.offers.states import CreditScheme, Delivery
from tests.coordination.country import TODAY, add_offer, add_run, add_taught, organisation
from tests.site import Site

TITLES = (("0238", "Engelsk 1, 1.–7. trinn"), ("1160", "Engelsk 1, trinn 1-7"), ("0256", "Engelsk 1, trinn 1–7"))


@pytest.fixture
def case(database: Database) -> int:
    """Three institutions' offers in one case, which waits."""
    with database.write() as session:
        for provider, title in TITLES:
            told = {"credits": 10 if provider == "0256" else 15, "credit_scheme": CreditScheme.ECTS}
            offer = add_offer(session, provider, title, subject_code="engelsk", **told)
            add_run(session, offer, "2027V", applicants=7, minimum=10, delivery=Delivery.ONLINE)
        add_taught(session, "1110", "Kinesisk", subject_code="kinesisk", terms_=("2026H",))
    detect(database, system("detect"), today=TODAY)
    with database.read() as session:
        return max(session.exec(select(Case)), key=lambda one: one.consequence).pk


def test_the_first_page_leads_to_every_case_that_waits(site: Site, case: int) -> None:
    who = site.signed_in(Role.COORDINATOR)
    start = who.page("/nb/samordning/")
    links = {link["href"] for link in start.find("main").find_all("a")}
    assert {"/nb/samordning/saker", f"/nb/samordning/sak/{case}"} <= links
    listed = who.page("/nb/samordning/saker").find("main")
    with site.database.read() as session:
        every = set(session.exec(select(Case.id)))
    assert {f"/nb/samordning/sak/{one}" for one in every} <= {link["href"] for link in listed.find_all("a")}


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        ({}, True),
        ({"subject": "engelsk"}, True),
        ({"subject": "kinesisk"}, False),
        ({"provider": "0238"}, True),
        ({"provider": "1110"}, False),
        ({"county": "46"}, True),
        ({"county": "18"}, False),
        ({"state": "open"}, True),
        ({"state": "closed"}, False),
        ({"state": EVERY}, True),
        ({"organisations": frozenset()}, False),
    ],
)
def test_the_list_is_narrowed(database: Database, case: int, narrowed: dict[str, str], found: bool) -> None:
    with database.read() as session:
        rows, total = case_list(session, CaseFilter(**narrowed), 0, 100)
        assert (case in [row.case.pk for row in rows]) is found
        assert total == len(rows)
        assert [row.case.consequence for row in rows] == sorted((row.case.consequence for row in rows), reverse=True)


def test_a_list_without_cases_says_so(site: Site, case: int) -> None:
    who = site.signed_in(Role.COORDINATOR)
    assert "Ingen saker passer" in who.page("/nb/samordning/saker?fag=kinesisk").get_text()
    assert "Ingen saker passer" not in who.page("/nb/samordning/saker?tilstand=tull&region=tull").get_text()


def test_a_case_shows_its_offers_pairs_applicants_and_log(site: Site, case: int) -> None:
    main = site.signed_in(Role.COORDINATOR).page(f"/nb/samordning/sak/{case}").find("main")
    assert len(main.select(".compare thead th")) == 2 + len(TITLES)
    [credits_] = [row for row in main.select(".compare tr.differs") if "Studiepoeng" in row.get_text()]
    assert "≠" in credits_.get_text()
    assert "Ulikt" in credits_.get_text()
    with site.database.read() as session:
        pairs = session.exec(select(Pair.id).order_by(col(Pair.id))).all()
    linked = [link["href"] for link in main.select("#par tbody th a")]
    assert linked
    assert set(linked) <= {f"/nb/samordning/par/{one}?sak={case}" for one in pairs}
    figures = main.select_one("#sokere").get_text(" ", strip=True)
    assert figures.count("7 av 10") == len(TITLES)
    assert "under minstetallet" in figures
    assert "Saken ble opprettet." in main.select_one("#logg").get_text()


def test_a_pair_names_its_case(site: Site, case: int) -> None:
    who = site.signed_in(Role.COORDINATOR)
    first = who.page(f"/nb/samordning/sak/{case}").select_one("#par tbody th a")["href"]
    assert f"/nb/samordning/sak/{case}" in [link["href"] for link in who.page(first).find("main").find_all("a")]


def test_an_institution_sees_its_own_pairs_and_figures_and_others_nothing(site: Site, case: int) -> None:
    address = f"/nb/samordning/sak/{case}"
    everything = len(site.signed_in(Role.COORDINATOR).page(address).select("#par tbody tr"))
    own = site.signed_in(Role.PROVIDER_STAFF, organisation="0238")
    main = own.page(address).find("main")
    shown = [link["href"] for link in main.select("#par tbody th a")]
    assert 0 < len(shown) < everything
    assert all(own.get(one).status_code == 200 for one in shown)
    assert "er mellom andre institusjoner" in main.select_one("#par").get_text()
    figures = main.select_one("#sokere").get_text(" ", strip=True)
    assert (figures.count("7 av 10"), figures.count("5 av 10")) == (1, 2)
    stranger = site.signed_in(Role.PROVIDER_STAFF, organisation="1110")
    assert stranger.get(address).status_code == 404
    assert "Ingen saker passer" in stranger.page("/nb/samordning/saker").get_text()
    assert own.get("/nb/samordning/sak/99999").status_code == 404
    assert site.visitor().get(address).status_code == 302


def test_what_is_said_of_others_pairs_stays_with_them(site: Site, case: int) -> None:
    address = f"/nb/samordning/sak/{case}"
    coordinator = site.signed_in(Role.COORDINATOR)
    mine = {
        link["href"]
        for link in site.signed_in(Role.PROVIDER_STAFF, organisation="0238").page(address).select("#par tbody th a")
    }
    [others, *_] = [
        link["href"] for link in coordinator.page(address).select("#par tbody th a") if link["href"] not in mine
    ]
    with site.database.write() as session:
        decide(session, system("test"), int(urlsplit(others).path.rpartition("/")[2]), "keep_both", "Ulike fylker")
    assert "Ulike fylker" in coordinator.page(address).select_one("#logg").get_text()
    assert "Ulike fylker" not in site.signed_in(Role.PROVIDER_STAFF, organisation="0238").page(address).get_text()


def test_sources_are_opened_by_those_who_may(site: Site, case: int) -> None:
    with site.database.write() as session:
        offer = session.exec(select(Offer).where(Offer.native_code == "K1")).one()
        own = organisation(session, "0238").pk
        feed = Source(key="sheet", format="offers-sheet", organisation_id=own, created_at=clock.now())
        session.add(feed)
        session.flush()
        run = ImportRun(
            source_id=feed.pk,
            started_at=clock.now(),
            format="offers-sheet",
            actor="test",
            as_of=TODAY,
            outcome=ImportOutcome.RUNNING,
        )
        session.add(run)
        session.flush()
        seen = {"first_seen_id": run.pk, "last_seen_id": run.pk, "seen_on": TODAY, "content_hash": "0" * 64, "raw": {}}
        session.add(SourceRecord(source_id=feed.pk, key="K1", organisation_id=own, offer_id=offer.pk, **seen))
    for role, where, links in (
        (Role.COORDINATOR, {}, 1),
        (Role.PROVIDER_STAFF, {"organisation": "0238"}, 1),
        (Role.PROVIDER_STAFF, {"organisation": "1160"}, 0),
    ):
        who = site.signed_in(role, **where)
        main = who.page(f"/nb/samordning/sak/{case}").find("main")
        found = [link["href"] for link in main.select(".compare td a")]
        assert len(found) == links, (role, where)
        assert "sheet" in main.select_one(".compare").get_text()
        assert all(who.get(one).status_code == 200 for one in found)
