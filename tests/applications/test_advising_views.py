"""Pages of advice: how many to offer, and a rule of commitment tried on the past."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from registry.access.roles import Role
from registry.applications.states import Answer, Attendance, Decision
from registry.core import audit, clock
from registry.core.db import Database
from registry.offers.states import RunState
from tests.applications import making
from tests.site import Site, open_site


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    """A run with two who wait and one who has said yes; six past runs in which half came, and one person who took two."""
    moment = clock.start_of_day(clock.today() - timedelta(days=300))
    with database.write() as session:
        run = making.run(session, key="kull", places=4)
        making.run(session, key="uten-plasser", places=None)
        making.run(session, making.offer(session, making.OTHER_INSTITUTION), key="andres")
        for _ in range(2):
            making.application(session, run)
        making.application(
            session, run, decision=Decision.OFFERED, answer=Answer.ACCEPTED, attendance=Attendance.ACCEPTED
        )
        for number in range(6):
            past = making.run(session, term="2025H", state=RunState.COMPLETED)
            for person in range(8):
                made = making.application(
                    session,
                    past,
                    applicant_key="k1:both" if person == 0 and number < 2 else f"k1:{number}-{person}",
                    decision=Decision.OFFERED,
                    answer=Answer.ACCEPTED,
                    attendance=Attendance.STARTED if person < 4 else Attendance.NO_SHOW,
                )
                for day, (life, event, state) in enumerate(
                    [
                        ("decision", "offer", "offered"),
                        ("answer", "accept", "accepted"),
                        ("attendance", "start", "started"),
                    ]
                ):
                    audit.record(
                        session, actor="test", thing="application", thing_id=made.pk, life=life, event=event,
                        to_state=state, at=moment + timedelta(days=20 * day),
                    )  # fmt: skip
    with open_site(database, tmp_path) as made_site:
        yield made_site


def test_the_office_sees_how_many_to_offer(site: Site) -> None:
    officer = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
    page = officer.page("/nb/opptak/kull/kull/overbooking")
    text = " ".join(page.get_text(" ").split())
    assert "Av dem som får tilbud, starter 50 %" in text
    assert "Det er plass til alle" in text  # two wait, and half of three never fill four places
    assert [cell.get_text(strip=True) for cell in page.select("tbody td strong")] == ["2"] * 5
    assert "høyst 10 % Vanlig valg" in text
    assert officer.page("/nb/opptak/kull/kull").select_one('a[href$="/opptak/kull/kull/overbooking"]')


def test_a_run_without_places_says_what_to_do(site: Site) -> None:
    officer = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
    assert "Legg det inn på kullet" in officer.page("/nb/opptak/kull/uten-plasser/overbooking").get_text()


def test_others_runs_are_not_found(site: Site) -> None:
    officer = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
    officer.page("/nb/opptak/kull/andres/overbooking", status=404)
    officer.page("/nb/opptak/kull/finnes-ikke/overbooking", status=404)


def test_a_rule_is_tried_on_the_past(site: Site) -> None:
    directorate = site.signed_in(Role.DIRECTORATE)
    page = directorate.page("/nb/opptak/bindingsregler")
    assert [cell.get_text(strip=True) for cell in page.select("table tbody tr:first-child td")][:6] == [
        "48", "0", "0", "0", "1", "2\xa0%",
    ]  # fmt: skip
    assert "1 person ville blitt stanset med urett" in page.get_text()
    lapsed = directorate.page("/nb/opptak/bindingsregler?regel=answer_within&grense=10&semester=alle")
    assert "47 personer ville blitt stanset med urett" in lapsed.get_text()


@pytest.mark.parametrize(
    ("query", "limit"), [("regel=most_credits&grense=7.5", "7,5"), ("regel=answer_within&grense=7,5", "7")]
)
def test_the_limit_that_is_tried_is_the_one_that_is_shown(site: Site, query: str, limit: str) -> None:
    page = site.signed_in(Role.DIRECTORATE).page(f"/nb/opptak/bindingsregler?{query}")
    assert page.select("#in-grense")[0]["value"] == limit
    assert f"({limit})" in page.get_text()


def test_offices_see_the_country_rounded(site: Site) -> None:
    officer = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
    page = officer.page("/nb/opptak/bindingsregler")
    numbers = [cell.get_text(strip=True) for cell in page.select("table tbody tr:first-child td")][:5]
    assert numbers == ["50", "0", "0", "0", "0"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("regel=sove_lenge", 404),
        ("regel=answer_within&grense=mange", 400),
        ("regel=answer_within&grense=-1", 400),
        ("regel=most_credits&grense=1e9", 400),
        ("regel=most_credits&grense=nan", 400),
        ("semester=1999V", 400),
    ],
)
def test_nonsense_is_refused_in_words(site: Site, query: str, status: int) -> None:
    site.signed_in(Role.DIRECTORATE).page(f"/nb/opptak/bindingsregler?{query}", status=status)


def test_strangers_are_asked_to_sign_in(site: Site) -> None:
    assert site.visitor().get("/nb/opptak/bindingsregler").status_code == 302
    site.signed_in(Role.SEARCHER).page("/nb/opptak/bindingsregler", status=403)
