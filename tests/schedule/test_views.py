"""Health for machines, and the operator's page for the operator alone."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text

from registry import __version__
from registry.access.roles import Role
from registry.core import clock, events
from registry.core.db import Database
from registry.schedule.invariants import INVARIANTS
from registry.schedule.jobs import JOBS
from registry.schedule.models import JobOutcome, JobRun
from registry.schedule.runner import Workshop, run_slot, slot_of
from registry.schedule.views import IMPOSSIBLE
from tests.catalogue.making import make_offer
from tests.schedule.jobs import make_job, make_workshop
from tests.site import Site, open_site


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        yield opened


def test_the_process_answers_without_asking_the_database(site: Site) -> None:
    touched: list[object] = []
    event.listen(site.database.engine, "checkout", lambda *seen: touched.append(seen))
    response = site.visitor().get("/healthz")
    assert (response.status_code, response.json) == (200, {"status": "ok"})
    assert touched == []
    assert site.visitor().get("/readyz").status_code == 200
    assert touched  # the counting counts


def test_a_visitor_with_a_cookie_is_not_looked_up_for_health(site: Site) -> None:
    visitor = site.signed_in(Role.OPERATOR)
    touched: list[object] = []
    event.listen(site.database.engine, "checkout", lambda *seen: touched.append(seen))
    assert visitor.get("/healthz").status_code == 200
    assert touched == []


def test_an_older_schema_is_not_ready(site: Site) -> None:
    assert site.visitor().get("/readyz").json == {"status": "ok"}
    with site.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    response = site.visitor().get("/readyz")
    assert (response.status_code, response.json) == (503, {"status": "not ready"})


def test_without_a_database_the_process_lives_and_is_not_ready(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> object:
        raise ConnectionError("the database is gone, and here is its password")

    monkeypatch.setattr(site.database.engine, "connect", gone)
    response = site.visitor().get("/readyz")
    assert response.status_code == 503
    assert "password" not in response.text
    assert site.visitor().get("/healthz").status_code == 200


def test_the_version_that_runs(site: Site) -> None:
    assert site.visitor().get("/version").json == {"version": __version__}


def test_the_operators_page_is_the_operators(site: Site) -> None:
    assert site.visitor().get("/nb/drift").status_code == 302
    assert site.signed_in(Role.COORDINATOR).get("/nb/drift").status_code == 403
    assert site.signed_in(Role.OPERATOR).get("/nb/drift").status_code == 200


def test_the_page_says_what_waits_what_runs_and_what_failed(site: Site) -> None:
    def fail(_: Workshop) -> None:
        raise ValueError("no more paper")

    workshop = make_workshop(site.database, site.settings.home)
    run_slot(workshop, make_job(fail, "print"), slot_of(make_job(fail), clock.now()))
    run_slot(workshop, make_job(lambda _: None, "tidy"), clock.now() - timedelta(hours=1))
    with site.database.write() as session:
        for key in "ab":
            events.publish(session, events.OFFER_CHANGED, key)
    page = site.signed_in(Role.OPERATOR).page("/nb/drift")
    facts = {
        dt.get_text(strip=True): dd.get_text(strip=True)
        for dt, dd in zip(page.select("main dt"), page.select("main dd"), strict=True)
    }
    assert facts["Endringer som venter"] == "2"
    assert facts["Kull i søkeindeksen"] == "0"
    jobs, history = (
        [row.get_text(" ", strip=True) for row in table.select("tbody tr")] for table in page.select("table")
    )
    assert [job.text for job in JOBS] == [next(job.text for job in JOBS if job.text in row) for row in jobs]
    assert ["Feilet" in row for row in history] == ["print" in row for row in history]
    assert any("no more paper" in row for row in history)


def test_before_the_first_job_the_page_says_how_to_begin(site: Site) -> None:
    page = site.signed_in(Role.OPERATOR).page("/nb/drift")
    assert "registry scheduler" in page.get_text()


def test_the_page_stands_without_an_index(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from search.protocol import SearchUnavailable

    def away() -> int:
        raise SearchUnavailable("away")

    monkeypatch.setattr(site.search, "count", away)
    assert site.signed_in(Role.OPERATOR).get("/nb/drift").status_code == 200


def test_impossible_states_are_told_in_words_with_a_way_to_what_is_wrong(site: Site) -> None:
    with site.database.write() as session:
        make_offer(session, "Norsk 1", key="norsk", runs=({"key": "norsk-k1"},))
        for minute, first in enumerate((["offer_without_a_provider: old"], list(FOUND))):
            moment = clock.now() + timedelta(minutes=minute)
            session.add(
                JobRun(
                    job="invariants", scheduled_for=moment, started_at=moment, finished_at=moment,
                    outcome=JobOutcome.DONE, details={"found": len(first), "first": first},
                )
            )  # fmt: skip
    page = site.signed_in(Role.OPERATOR).page("/nb/drift")
    assert "Flere har takket ja enn det er plasser" in page.text
    assert "search.index norsk" in page.text
    assert "Tilbud uten institusjon" not in page.text, "the newest look alone"
    assert [link["href"].split("/")[3] for link in page.select("#umulig ~ ul a")] == ["norsk"]


FOUND = ("more_accepted_than_places: norsk-k1", "change_that_waits_too_long: search.index norsk")


def test_every_impossible_state_has_its_words() -> None:
    assert IMPOSSIBLE.keys() == {check.__name__ for check in INVARIANTS}
