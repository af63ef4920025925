"""Pages of the applicant and the admissions office, and cancelling: own things are found, others' are not there."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from registry.access.models import Person
from registry.access.pseudonyms import demo_applicant, pseudonym, short_form
from registry.access.roles import Role
from registry.applications.models import Application, Relocation
from registry.applications.presenting import what_next
from registry.applications.states import Answer, Attendance, Decision, Standing
from registry.core import clock
from registry.core.db import Database
from registry.offers.models import Run
from registry.offers.states import RunState
from tests.applications import making
from tests.site import Site, Visitor, open_site


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        yield opened


def own_key(site: Site, visitor: Visitor) -> str:
    with site.database.read() as session:
        return demo_applicant(session.get_one(Person, visitor.person).subject)


def made(site: Site, key: str = "k1:other", run_given: dict[str, Any] | None = None, **given: Any) -> tuple[int, str]:
    """An application and its run's key."""
    with site.database.write() as session:
        run = making.run(session, **(run_given or {}))
        return making.application(session, run, applicant_key=key, **given).pk, run.key


def read(site: Site, pk: int) -> Application:
    with site.database.read() as session:
        return session.get_one(Application, pk)


OFFERED = {"decision": "offered", "answer": "offered", "answer_by": clock.today()}


def test_own_applications_with_what_happens_next(site: Site) -> None:
    me = site.signed_in(Role.SEARCHER)
    assert "Du har ingen søknader" in me.page("/nb/mine-soknader").text
    made(site, own_key(site, me), **OFFERED)
    made(site)
    page = me.page("/nb/mine-soknader")
    assert len(page.select("article")) == 1
    assert "Svar innen fristen" in page.text
    assert [button.text.strip() for button in page.select("article .cluster button")] == [
        "Takk ja til plassen",
        "Takk nei til plassen",
    ]


def test_answering_from_the_page(site: Site) -> None:
    me = site.signed_in(Role.SEARCHER)
    key = own_key(site, me)
    yes, no, leave = (made(site, key, **OFFERED)[0] for _ in range(3))
    for pk, fields in (
        (yes, {"action": "accept"}),
        (no, {"action": "decline"}),
        (leave, {"action": "withdraw", "reason": "workload"}),
    ):
        assert me.post(f"/nb/mine-soknader/{pk}", **fields).status_code == 303
    assert read(site, yes).attendance is Attendance.ACCEPTED
    assert read(site, no).answer is Answer.DECLINED
    assert read(site, leave).standing is Standing.WITHDRAWN
    for action in ("accept", "dance"):
        assert me.post(f"/nb/mine-soknader/{no}", action=action).status_code == 303
    assert read(site, no).answer is Answer.DECLINED


def test_somebody_elses_application_is_not_there(site: Site) -> None:
    pk, _key = made(site, **OFFERED)
    for visitor in (
        site.signed_in(Role.SEARCHER),
        site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION),
    ):
        assert visitor.post(f"/nb/mine-soknader/{pk}", action="accept").status_code == 404
    assert read(site, pk).answer is Answer.OFFERED


def test_moving_to_a_proposed_run(site: Site) -> None:
    me = site.signed_in(Role.SEARCHER)
    key = own_key(site, me)
    with site.database.write() as session:
        gone, target = making.run(session), making.run(session)
        mine = making.application(session, gone, applicant_key=key, standing="displaced", displaced_at=clock.now())
        proposal = Relocation(
            application_id=mine.pk, run_id=target.pk, position=1, score=0.9, explanation="Nær", proposed_at=clock.now()
        )
        session.add(proposal)
        session.flush()
        pk, proposed, target_id = mine.pk, proposal.pk, target.pk
    assert "Kull som ligner" in me.page("/nb/mine-soknader").text
    assert me.post(f"/nb/mine-soknader/{pk}", action="move", relocation=proposed + 1).status_code == 404
    assert me.post(f"/nb/mine-soknader/{pk}", action="move", relocation=proposed).status_code == 303
    with site.database.read() as session:
        assert session.exec(select(Application.moved_from_id).where(Application.run_id == target_id)).all() == [pk]
    assert "beholdt plassen i køen" in me.page("/nb/mine-soknader").text


def test_the_office_sees_its_own_runs_by_deadline(site: Site) -> None:
    office = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
    assert "Ingen kull" in office.page("/nb/opptak").text
    _pk, key = made(site)
    with site.database.write() as session:
        other = making.run(session, making.offer(session, making.OTHER_INSTITUTION)).key
    rows = office.page("/nb/opptak?semester=2027V").select("tbody tr")
    assert [row.select_one("a")["href"] for row in rows] == [f"/nb/opptak/kull/{key}"]
    assert office.get(f"/nb/opptak/kull/{other}").status_code == 404
    assert office.get("/nb/opptak/kull/nothing").status_code == 404
    assert site.signed_in(Role.OWNER, organisation=making.OWNER).get("/nb/opptak").status_code == 403


def test_deciding_on_one(site: Site) -> None:
    office = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
    with site.database.write() as session:
        run = making.run(session, places=5, state="closed")
        pks = [making.application(session, run).pk for _ in range(3)]
        key = run.key
    with site.database.write() as session:
        foreign = making.application(
            session, making.run(session, making.offer(session, making.OTHER_INSTITUTION), state="closed")
        ).pk
    assert len(office.page(f"/nb/opptak/kull/{key}").select("tbody tr")) == 3
    for pk, fields in zip(
        pks, ({"action": "offer"}, {"action": "waitlist"}, {"action": "reject", "reason": "late"}), strict=True
    ):
        assert office.post(f"/nb/opptak/soknad/{pk}/avgjor", **fields).status_code == 303
    assert [read(site, pk).decision for pk in pks] == [Decision.OFFERED, Decision.WAITLISTED, Decision.REJECTED]
    assert office.post(f"/nb/opptak/kull/{key}/venteliste").status_code == 303
    assert read(site, pks[1]).decision is Decision.OFFERED
    assert office.post(f"/nb/opptak/soknad/{foreign}/avgjor", action="offer").status_code == 404
    assert office.get(f"/nb/opptak/soknad/{foreign}").status_code == 404
    assert office.post(f"/nb/opptak/soknad/{pks[0]}/avgjor", action="sing").status_code == 303
    assert read(site, foreign).decision is Decision.RECEIVED


def test_no_page_shows_a_pseudonym_in_full(site: Site) -> None:
    office = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
    applicant = pseudonym("01010112345", key="secret", key_id="k1")
    _pk, key = made(site, applicant)
    page = office.get(f"/nb/opptak/kull/{key}").text
    assert short_form(applicant) in page
    assert applicant.partition(":")[2] not in page


def test_cancelling_shows_the_consequences_first(site: Site) -> None:
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation=making.INSTITUTION)
    pk, key = made(site)
    page = f"/nb/tilbud/kull/{key}/avlys"
    assert "Søkere som mister kullet" in staff.page(page).text
    assert staff.post(page, reason="other").status_code == 303
    assert read(site, pk).standing is Standing.OPEN
    stranger = site.signed_in(Role.PROVIDER_STAFF, organisation=making.OTHER_INSTITUTION)
    assert (stranger.get(page).status_code, stranger.post(page, reason="funding").status_code) == (404, 404)
    assert staff.post(page, reason="funding").status_code == 303
    assert read(site, pk).standing is Standing.DISPLACED
    assert "Kullet kan ikke avlyses" in staff.page(page).text
    with site.database.read() as session:
        assert session.exec(select(Run.state).where(Run.key == key)).one() is RunState.CANCELLED


PLACE = {"decision": "offered", "answer": "accepted"}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"standing": "withdrawn"}, "trukket"),
        ({"standing": "displaced"}, "Velg et annet kull"),
        ({"decision": "rejected", "standing": "displaced"}, "avlyst eller utsatt"),
        ({"decision": "offered", "answer": "declined"}, "takket nei"),
        ({"endorsement": "declined"}, "Uten støtte"),
        ({**PLACE, "attendance": "accepted"}, "begynner snart"),
        ({**PLACE, "attendance": "started"}, "i gang"),
        ({**PLACE, "attendance": "completed"}, "fullført"),
        ({**PLACE, "attendance": "failed"}, "ikke bestått"),
        ({**PLACE, "attendance": "no_show"}, "ikke møtte"),
        ({"decision": "offered", "answer": "lapsed"}, "ledig for andre"),
        ({"decision": "rejected"}, "ikke plass"),
        ({"decision": "waitlisted"}, "venteliste"),
        ({"endorsement": "pending"}, "Arbeidsgiveren"),
        ({}, "behandler"),
    ],
)
def test_what_happens_next(given: dict[str, Any], sentence: str) -> None:
    """One sentence for every place an application can stand in."""
    columns = {"standing": Standing.OPEN, **given}
    application = Application(run_id=1, applicant_key="k1:me", applied_at=clock.now())
    for name, value in columns.items():
        kind = type(getattr(application, name))
        setattr(application, name, kind(value))
    assert sentence in what_next(application, Run(offer_id=1)).sentence


def test_the_office_finds_a_run_and_sorts_by_what_waits(site: Site) -> None:
    soon, late = clock.today() + timedelta(days=3), clock.today() + timedelta(days=9)
    with site.database.write() as session:
        for key, title, code, day, number in (
            ("a", "Ål og ørret", "AAL1", late, 2),
            ("b", "Engelsk 1", "ENG_1", soon, 1),
            ("c", "Ærlig talt 100 %", "ENGX1", None, 0),
        ):
            run = making.run(
                session, making.offer(session, title=title, native_code=code), key=key, application_closes_on=day
            )
            for _ in range(number):
                making.application(session, run)
            making.application(session, run, decision="rejected", reject_reason="late")
        lost = making.run(session, making.offer(session, title="Avlyst"), key="d", state="cancelled",
                          cancel_reason="funding", cancelled_at=clock.now())  # fmt: skip
        making.application(session, lost, standing="displaced", displaced_at=clock.now())
    office = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)

    def found(query: str) -> str:
        links = office.page(f"/nb/opptak?semester=2027V&{query}").select("tbody th a")
        return "".join(one["href"][-1] for one in links)

    assert found("") == found("sorter=frist") == found("sorter=tull") == "bacd"
    assert found("sorter=ubehandlet") == "abcd"
    assert found("sorter=navn") == "bcad"
    assert [found(f"q={words}") for words in ("ÅL", "ørret ål", "eng_", "engx1", "100+%25", "tysk")] == [
        "a", "a", "b", "c", "c", "",
    ]  # fmt: skip
    assert "Ingen kull passer til søket" in office.page("/nb/opptak?semester=2027V&q=tysk").get_text()
