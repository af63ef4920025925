"""Who came and how it went: a table, judged row by row and taken as a whole; and the list of what is missing."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from registry.access.roles import Role
from registry.applications import operations
from registry.applications.models import Application, RunCount
from registry.applications.operations import Row
from registry.applications.queries import unreported
from registry.applications.states import Attendance
from registry.core import clock
from registry.core.db import Database
from registry.core.errors import InvalidInput, NotAllowed
from registry.offers.models import Run
from tests.applications import making
from tests.site import Site, open_site

ACCEPTED: dict[str, Any] = {"decision": "offered", "answer": "accepted", "attendance": "accepted"}
STARTED: dict[str, Any] = {**ACCEPTED, "attendance": "started"}
AGO = timedelta(days=100)


def course(session: Session, **given: Any) -> Run:
    """A run that began a hundred days ago and ended sixty days ago, of ten credits."""
    offer = making.offer(session, credits=Decimal(10), credit_scheme="ECTS")
    today = clock.today()
    days = {"starts_on": today - AGO, "ends_on": today - timedelta(days=60), "term": "2026V"}
    return making.run(session, offer, **{**days, "state": "running", **given})


def test_rows_are_taken_together(database: Database) -> None:
    with database.write() as session:
        cast, run = making.cast(session), course(session)
        a, b = making.application(session, run, **ACCEPTED), making.application(session, run, **STARTED)
        yesterday = making.yesterday()
        rows = [Row(a.pk, "miss"), Row(b.pk, "complete", yesterday, Decimal("7.5"))]
        with pytest.raises(NotAllowed):
            operations.report(session, cast.other_provider, run, rows)
    with database.write() as session:
        run = session.get_one(Run, run.pk)
        assert operations.report(session, cast.provider, run, rows) == 2
        a, b = session.get_one(Application, a.pk), session.get_one(Application, b.pk)
        assert (a.attendance, b.attendance) == (Attendance.NO_SHOW, Attendance.COMPLETED)
        assert (b.result_on, b.result_credits) == (yesterday, Decimal("7.5"))


def test_what_is_wrong_stands_beside_the_row_and_nothing_is_taken(database: Database) -> None:
    with database.write() as session:
        provider, run = making.cast(session).provider, course(session)
        a, b, c, d, e, f = (
            making.application(session, run, **given)
            for given in (ACCEPTED, STARTED, STARTED, STARTED, ACCEPTED,
                          {**ACCEPTED, "standing": "displaced", "displaced_at": clock.now()})
        )  # fmt: skip
        tomorrow, before = clock.today() + timedelta(days=1), clock.today() - timedelta(days=101)
        session.expire_all()
        rows = [
            Row(a.pk, "complete"),
            Row(b.pk, "complete", tomorrow, Decimal(11)),
            Row(c.pk, "drop_out", before, Decimal(-1)),
            Row(d.pk, "complete", None, Decimal(10)),
            Row(e.pk, "start", None, Decimal(5)),
            Row(f.pk, "start"),
        ]
        with pytest.raises(operations.RowsRefused) as refusal:
            operations.report(session, provider, run, rows)
        assert refusal.value.rows == {
            a.pk: {"event": "not_now"},
            b.pk: {"on": "future", "credits": "too_many"},
            c.pk: {"on": "before_start", "credits": "too_many"},
            e.pk: {"credits": "no_result"},
            f.pk: {"event": "gone"},
        }
        session.expire_all()
        assert d.attendance is Attendance.STARTED
        with pytest.raises(InvalidInput):
            operations.report(session, provider, run, [Row(d.pk, "fail"), Row(d.pk, "complete")])


def test_what_is_missing_is_listed_the_oldest_first(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        began, ended, counted, new = course(session), course(session), course(session), course(session)
        new.starts_on, new.ends_on = clock.today() - timedelta(days=5), clock.today() + timedelta(days=50)
        ended.starts_on = clock.today() - timedelta(days=90)
        for run in (began, new):
            making.application(session, run, **ACCEPTED)
        for run in (ended, counted):
            making.application(session, run, **STARTED)
        making.application(session, ended, **ACCEPTED)
        session.add(RunCount(run_id=counted.pk, counted_on=clock.today(), recorded_at=clock.now(), actor="t"))
        foreign = making.run(session, making.offer(session, making.OTHER_INSTITUTION), state="completed", term="2025V")
        making.application(session, foreign, **STARTED)
        session.flush()
        own = frozenset({cast.organisations[making.INSTITUTION]})
        found = unreported(session, own)
        assert [(one.run.pk, one.attendance, one.results) for one in found] == [(began.pk, 1, 0), (ended.pk, 1, 1)]
        assert found[0].since == clock.today() - timedelta(days=79)
        assert next(one.run.pk for one in unreported(session, None)) == foreign.pk


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        yield opened


def test_the_table_on_the_page(site: Site) -> None:
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation=making.INSTITUTION)
    with site.database.write() as session:
        run = course(session)
        a, b = making.application(session, run, **ACCEPTED).pk, making.application(session, run, **STARTED).pk
        foreign = making.run(session, making.offer(session, making.OTHER_INSTITUTION)).key
        key = run.key
    address = f"/nb/tilbud/kull/{key}/resultater"
    assert [one["href"] for one in staff.page("/nb/oppfolging").select("tbody a")] == [address]
    page = staff.page(address)
    assert [option["value"] for option in page.select(f"#event-{a} option")] == ["", "start", "miss"]
    wrong = staff.post(address, **{f"event-{a}": "start", f"event-{b}": "complete", f"credits-{b}": "mange"})
    assert wrong.status_code == 400
    assert "Skriv et tall" in wrong.text
    assert 'value="mange"' in wrong.text
    late = staff.post(address, **{f"event-{b}": "complete", f"on-{b}": "2099-01-01", f"credits-{b}": "11"})
    assert late.status_code == 400
    assert "Datoen kan ikke ligge i fremtiden" in late.text
    assert "Flere studiepoeng enn tilbudet gir" in late.text
    bad = staff.post(address, **{f"event-{b}": "complete", f"on-{b}": "i går", f"credits-{b}": "NaN"})
    assert "Skriv en gyldig dato" in bad.text
    assert staff.post(address, **{"event-987654": "start"}).status_code == 303
    done = staff.post(
        address,
        **{
            f"event-{a}": "start",
            f"event-{b}": "complete",
            f"credits-{b}": "7,5",
            "on-all": making.yesterday().isoformat(),
        },
    )
    assert done.status_code == 303
    with site.database.read() as session:
        rows = [session.get_one(Application, one) for one in (a, b)]
        assert [row.attendance for row in rows] == ["started", "completed"]
        assert (rows[1].result_credits, rows[1].result_on) == (Decimal("7.5"), making.yesterday())
    for path in (f"/nb/tilbud/kull/{foreign}/resultater", "/nb/tilbud/kull/nothing/resultater"):
        assert staff.get(path).status_code == 404
    assert staff.post(f"/nb/tilbud/kull/{foreign}/resultater", **{f"event-{a}": "start"}).status_code == 404
