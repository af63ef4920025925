"""Each way out for a run at risk is told with its effect, and only what can be known is told."""

import re
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from registry.access.policy import system
from registry.access.roles import Role
from registry.applications import operations as applications
from registry.coordination.models import Pair
from registry.coordination.operations import detect
from registry.coordination.queries.detecting.learnt_forecast import learnt_model
from registry.coordination.rescue import Rescue, Step, plan
from registry.coordination.states import Strength
from registry.core.db import Database
from registry.offers.models import Offer, Run
from registry.offers.operations import get_run
from registry.offers.states import Delivery, RunState
from registry.rules.register import rules_on
from tests.coordination.country import TODAY, add_offer, add_run, newest_assessment
from tests.site import Site


@pytest.fixture
def lone(database: Database) -> str:
    """A run with three of ten, one alike elsewhere with six, one of its own with nine, and a past to learn from."""
    with database.write() as session:
        for number in range(60):
            past = add_offer(session, "1110", f"Fortid {number}", subject_code="engelsk")
            state = RunState.CANCELLED if number % 2 else RunState.COMPLETED
            add_run(
                session,
                past,
                "2026V",
                applicants=4 if number % 2 else 20,
                state=state,
                minimum=10,
                application_closes_on=TODAY - timedelta(days=200),
            )
        mine = add_offer(session, "0238", "Engelsk 1, 1.–7. trinn", subject_code="engelsk")
        other = add_offer(session, "1160", "Engelsk 1, trinn 1-7", subject_code="engelsk")
        run = add_run(session, mine, "2027V", applicants=3, minimum=10)
        add_run(session, mine, "2027V", applicants=9, minimum=10)
        add_run(session, other, "2027V", applicants=6, minimum=10, delivery=Delivery.ONLINE)
        key = run.key
    detect(database, system("detect"), today=TODAY)
    return key


def planned(session: Session, key: str) -> Rescue | None:
    run = session.exec(select(Run).where(Run.key == key)).one()
    model = learnt_model(session)
    assert model is not None
    return plan(session, run, model, rules_on(session, TODAY), TODAY)


def test_every_way_out_has_its_effect(database: Database, lone: str) -> None:
    with database.read() as session:
        found = planned(session, lone)
        assert found is not None
        assert (found.applicants, found.minimum) == (3, 10)
        judged = newest_assessment(session, found.run.pk)
        assert judged is not None
        assert found.probability == pytest.approx(
            judged.probability, abs=1e-4
        )  # the warning and the planner say the same
        steps = {way.step for way in found.ways}
        assert {Step.MERGE, Step.ONLINE, Step.DEADLINE, Step.WIDEN} <= steps
        own = next(way for way in found.ways if way.step is Step.MERGE and way.own)
        assert own.moved == 3
        assert own.probability is not None
        assert own.probability < found.probability
        elsewhere = next(way for way in found.ways if way.step is Step.MERGE and not way.own)
        assert elsewhere.pair_id is not None
        later = next(way for way in found.ways if way.step is Step.DEADLINE)
        assert later.probability is not None
        assert later.probability <= found.probability
        wider = next(way for way in found.ways if way.step is Step.WIDEN)
        assert wider.probability is None
        assert wider.needed is None or wider.needed >= 1
        known = [way.probability for way in found.ways if way.probability is not None]
        assert known == sorted(known)


def test_unknown_applicants_are_not_judged(database: Database, lone: str) -> None:
    with database.write() as session:
        silent = add_run(session, session.exec(select(Offer).where(Offer.key == "0238-k61")).one(), "2027V").key
        session.exec(select(Run).where(Run.key == silent)).one().application_closes_on = None
        session.flush()
        assert planned(session, silent) is None


def test_a_run_that_nobody_has_applied_to_has_ways_out(database: Database, lone: str) -> None:
    """Its institution sends single applications in the term, so none is none."""
    with database.write() as session:
        offer = session.exec(select(Offer).where(Offer.key == "0238-k61")).one()
        empty = add_run(session, offer, "2027V", minimum=10).key
        session.flush()
        found = planned(session, empty)
    assert found is not None
    assert found.applicants == 0


def test_reasons_and_advice_are_taken_home_in_the_readers_language(site: Site, lone: str) -> None:
    coordinator = site.signed_in(Role.COORDINATOR)
    bokmal, nynorsk = (coordinator.get(f"/{language}/samordning/utsatte?fil=csv").text for language in ("nb", "nn"))
    assert "Flytt søknadsfristen, og si fra til eierne" in bokmal
    assert "Flytt søknadsfristen, og sei frå til eigarane" in nynorsk


def test_before_the_first_detection_the_page_says_when(site: Site) -> None:
    with site.database.write() as session:
        key = add_run(session, add_offer(session, "0238", "Engelsk 1"), "2027V", applicants=3).key
    text = site.signed_in(Role.COORDINATOR).page(f"/nb/samordning/utsatte/{key}").get_text()
    assert "Veiene ut regnes ut når tilbudene sammenlignes." in text


def test_the_page_opens_doors_that_the_person_may_go_through(site: Site, lone: str) -> None:
    address = f"/nb/samordning/utsatte/{lone}"
    coordinator = site.signed_in(Role.COORDINATOR).page(address)
    assert "Foreslå det for institusjonen" in coordinator.get_text()
    assert "Se hva som skjer, og slå sammen" not in coordinator.get_text()
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation="0238").page(address)
    assert "Se hva som skjer, og slå sammen" in staff.get_text()
    assert site.signed_in(Role.PROVIDER_STAFF, organisation="1110").get(address).status_code == 404
    assert site.signed_in(Role.COORDINATOR).get("/nb/samordning/utsatte/finnes-ikke").status_code == 404


@pytest.mark.parametrize("strength", ["strong", "possible"])
def test_another_subject_is_no_way_out_unless_the_offers_are_strongly_alike(
    site: Site, lone: str, strength: str
) -> None:
    """In the very same subject the possible ones are ways out too."""
    address = f"/nb/samordning/utsatte/{lone}"
    coordinator = site.signed_in(Role.COORDINATOR)
    with site.database.write() as session:
        for pair in session.exec(select(Pair)):
            pair.strength = Strength(strength)
    same = coordinator.page(address).select_one("main table").get_text()
    assert {"strong": "Sterk", "possible": "Mulig"}[strength] in same
    with site.database.write() as session:
        for offer in session.exec(select(Offer).where(Offer.title == "Engelsk 1, trinn 1-7")):
            offer.subject_code = "norsk"
    told = coordinator.page(address).select_one("main table").get_text()
    assert ("Foreslå det for institusjonen" in told) == (strength == "strong")


@pytest.fixture
def own(database: Database, lone: str) -> str:
    """The key of the institution's other run of the same offer and term."""
    with database.read() as session:
        run = session.exec(select(Run).where(Run.key == lone)).one()
        others = select(Run.key).where(Run.offer_id == run.offer_id, Run.key != lone)
        return session.exec(others).one()


@pytest.mark.parametrize("what", ["merge", "postpone", "cancel"])
def test_a_run_that_is_over_has_no_ways_out_but_says_what_became_of_it(
    site: Site, lone: str, own: str, what: str
) -> None:
    with site.database.write() as session:
        run, other = get_run(session, lone), get_run(session, own)
        done = {
            "merge": lambda: applications.merge(session, system("t"), run, other),
            "postpone": lambda: applications.postpone(session, system("t"), run, "2027H", "few_applicants"),
            "cancel": lambda: applications.cancel(session, system("t"), run, "few_applicants"),
        }
        done[what]()
    page = site.signed_in(Role.PROVIDER_STAFF, organisation="0238").page(f"/nb/samordning/utsatte/{lone}")
    text = " ".join(page.get_text().split())
    assert {"merge": "slått sammen", "postpone": "Utsatt", "cancel": "for få søkere"}[what] in text
    assert "sannsynlighet" not in text
    assert not page.select("a[href*='/avlys'], a[href*='/flytt']")
    onward = [link["href"] for link in page.select("main a[href*='/samordning/utsatte/']")]
    assert len(onward) == (what != "cancel")
    assert {"merge": own, "postpone": "2027h", "cancel": ""}[what] in "".join(onward)


def test_the_run_chosen_for_the_applicants_is_marked_where_the_run_is_cancelled(site: Site, lone: str) -> None:
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation="0238")
    door = staff.page(f"/nb/samordning/utsatte/{lone}").select_one("a[href*='/avlys?kull=']")
    assert door is not None
    marked = [line.get_text() for line in staff.page(door["href"]).select("ol li") if "det du valgte" in line.text]
    assert len(marked) == 1
    assert "Engelsk 1" in marked[0]


def test_a_probability_is_never_said_as_certain(site: Site, lone: str) -> None:
    page = site.signed_in(Role.COORDINATOR).page(f"/nb/samordning/utsatte/{lone}")
    text = " ".join(page.get_text().split())
    assert "over 99 % sannsynlighet for avlysning" in text
    assert "100 %" not in page.select_one("main table").get_text()
    assert "3 søkere, 10 trengs" in text
    assert re.search(r"hvis det kommer \d+ søkere? til|Flere søkere er ikke nok", text)


def test_one_applicant_is_one_and_nobody_is_moved_where_nobody_waits(site: Site, lone: str) -> None:
    with site.database.write() as session:
        offer = session.exec(select(Offer).where(Offer.key == "0238-k61")).one()
        keys = [add_run(session, offer, "2027V", applicants=number, minimum=10).key for number in (0, 1)]
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation="0238")
    none, one = (" ".join(staff.page(f"/nb/samordning/utsatte/{key}").get_text().split()) for key in keys)
    assert "1 søker, 10 trengs" in one
    assert "0 søkere, 10 trengs" in none
    assert "Ingen står i kø, så ingen må flyttes." in none
    assert "0 søkere følger med" not in none
