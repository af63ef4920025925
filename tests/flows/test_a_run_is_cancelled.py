"""A run is cancelled: its applicants are shown where to go, one moves, and keeps the place in line."""

from datetime import UTC, datetime

import time_machine
from sqlmodel import Session, select

from registry.access.models import Person
from registry.access.policy import system
from registry.access.pseudonyms import demo_applicant, short_form
from registry.access.roles import Role
from registry.applications import operations as applications
from registry.applications.models import Application
from registry.offers.models import Run
from registry.offers.states import RunState
from tests.catalogue.making import make_offer
from tests.flows.conftest import Service
from tests.site import Visitor

US = system("feed")
TEACHERS = (("primary_1_7", "teacher"),)


def _run(session: Session, key: str) -> Run:
    return session.exec(select(Run).where(Run.key == key)).one()


def test_a_run_is_cancelled(service: Service, traveller: time_machine.Traveller) -> None:
    # Bergen and Western Norway teach the same; Tromsø teaches something else.
    with service.database.write() as session:
        for key, provider, title, subject in (
            ("bergen", "1120", "Engelsk 1, 1.–7. trinn", "engelsk"),
            ("hvl", "0238", "Engelsk 1 for 1.–7. trinn", "engelsk"),
            ("tromso", "1130", "Kroppsøving 2", "kroppsoving"),
        ):
            runs = ({"key": f"{key}:2026H", "state": RunState.OPEN},)
            make_offer(session, title, key=key, provider=provider, subject_code=subject, step=1, targets=TEACHERS,
                       school_years="1-7", runs=runs)  # fmt: skip

    # Kari and Per apply in Bergen on the first of March. Ola applies at HVL some days later.
    kari = service.site.signed_in(Role.SEARCHER)
    with service.database.write() as session:
        subject = session.get_one(Person, kari.person).subject
        applications.submit(session, US, _run(session, "bergen:2026H"), demo_applicant(subject))
        applications.submit(session, US, _run(session, "bergen:2026H"), "k1:per-000001")
    traveller.move_to(datetime(2026, 3, 5, 12, tzinfo=UTC))
    with service.database.write() as session:
        applications.submit(session, US, _run(session, "hvl:2026H"), "k1:ola-000001")

    # Two are too few. Before Bergen cancels, the page says whom it hits and where they may go.
    traveller.move_to(datetime(2026, 4, 1, 12, tzinfo=UTC))
    address = "/nb/tilbud/kull/bergen:2026H/avlys"
    assert service.site.signed_in(Role.PROVIDER_STAFF, organisation="0238").get(address).status_code == 404
    bergen = service.site.signed_in(Role.PROVIDER_STAFF, organisation="1120")
    page = bergen.page(address)
    assert "Engelsk 1 for 1.–7. trinn" in page.select_one("main").get_text()
    assert "Kroppsøving" not in page.select_one("main").get_text()
    bergen.press(page, "Avlys", reason="few_applicants")
    assert "2 søkere" in bergen.page(address).get_text()

    # Kari, who has been away from her machine, signs in and sees the way on; she takes it.
    kari = _sign_in_again(service, kari.person)
    mine = kari.page("/nb/mine-soknader")
    assert "Engelsk 1 for 1.–7. trinn" in mine.get_text()
    kari.press(mine, "Flytt søknaden til «Engelsk 1 for 1.–7. trinn»")
    assert "beholdt plassen i køen" in kari.page("/nb/mine-soknader").get_text()

    # At HVL she stands before Ola, who applied four days after her. Per has not chosen, and is not there.
    hvl = service.site.signed_in(Role.ADMISSIONS_OFFICER, organisation="0238")
    line = hvl.page("/nb/opptak/kull/hvl:2026H").select_one("main").get_text(" ")
    places = [line.find(short_form(key)) for key in (demo_applicant(subject), "k1:ola-000001")]
    assert -1 < places[0] < places[1]
    assert short_form("k1:per-000001") not in line

    # And nothing was lost on the way.
    with service.database.read() as session:
        found = session.exec(select(Application)).all()
    standing = sorted((row.standing.value, row.applicant_key == demo_applicant(subject)) for row in found)
    assert standing == [("displaced", False), ("displaced", True), ("open", False), ("open", True)]
    [moved] = [row for row in found if row.moved_from_id]
    assert moved.applied_at == datetime(2026, 3, 1, 12, tzinfo=UTC)


def _sign_in_again(service: Service, person: int | None) -> Visitor:
    visitor = service.site.visitor()
    response = visitor.post("/nb/logg-inn", person=person)
    assert response.status_code == 303
    return visitor
