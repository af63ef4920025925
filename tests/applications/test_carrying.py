"""A run is postponed or merged: everybody goes along, with their place in line and the place they hold."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from registry.access.roles import Role
from registry.applications import operations
from registry.applications.models import Application
from registry.applications.queries import run_figures
from registry.applications.states import Standing
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import InvalidInput, NotAllowed, Refused
from registry.offers.models import Run
from tests.applications import making
from tests.site import Site, open_site

ACCEPTED: dict[str, Any] = {"decision": "offered", "answer": "accepted", "attendance": "accepted"}
OFFERED: dict[str, Any] = {"decision": "offered", "answer": "offered", "answer_by": clock.today()}


def queue(session: Session, run: Run) -> dict[str, Application]:
    """One of each kind, by when they applied."""
    given: dict[str, dict[str, Any]] = {
        "accepted": ACCEPTED,
        "offered": OFFERED,
        "waits": {"decision": "waitlisted"},
        "new": {},
        "rejected": {"decision": "rejected", "reject_reason": "late"},
        "declined": {"decision": "offered", "answer": "declined"},
    }
    return {
        name: making.application(
            session, run, applicant_key=f"k1:{name}", applied_at=clock.now() - timedelta(days=20 - age), **columns
        )
        for age, (name, columns) in enumerate(given.items())
    }


def arrived(session: Session, run: Run) -> dict[str, tuple[str, str, str]]:
    session.expire_all()
    found = session.exec(select(Application).where(Application.run_id == run.pk).order_by(col(Application.applied_at)))
    return {
        one.applicant_key.removeprefix("k1:"): (str(one.decision), str(one.answer), str(one.attendance))
        for one in found
    }


WHOLE = {
    "accepted": ("offered", "accepted", "accepted"),
    "offered": ("offered", "offered", "none"),
    "waits": ("waitlisted", "none", "none"),
    "new": ("received", "none", "none"),
}


def test_postponing_keeps_every_place(database: Database) -> None:
    with database.write() as session:
        provider, run = making.cast(session).provider, making.run(session, term="2026H", places=1, state="closed")
        people = queue(session, run)  # two places are held of one: overbooked before, overbooked after
        later = operations.postpone(session, provider, run, "2027V", "few_applicants")
        assert arrived(session, later) == WHOLE
        assert {one.standing for one in people.values()} == {Standing.DISPLACED}
        run_id, later_id = run.pk, later.pk
    with database.read() as session:
        assert run_figures(session)[later_id].accepted == 1
        assert run_figures(session, as_of=clock.today())[later_id] == run_figures(session)[later_id]
        carried = select(AuditEntry).where(AuditEntry.event == "accept", AuditEntry.life == "answer")
        assert [(line.details or {}).keys() for line in session.exec(carried)] == [{"carried_from"}]
        assert run_id != later_id


def test_merging_gives_places_in_line_while_there_are_any(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        run, into = making.run(session, state="closed"), making.run(session, state="closed", places=2)
        queue(session, run)
        making.application(session, into, **ACCEPTED, applicant_key="k1:there")
        assert operations.would_carry(session, run, into) == operations.Carried(4, 1, 1)
        for actor in (cast.other_provider, cast.office):
            with pytest.raises(NotAllowed):
                operations.merge(session, actor, run, into)
    with database.write() as session:
        run, into = session.get_one(Run, run.pk), session.get_one(Run, into.pk)
        assert operations.merge(session, cast.provider, run, into) == operations.Carried(4, 1, 1)
        assert arrived(session, into) == {
            **WHOLE,
            "offered": ("waitlisted", "none", "none"),
            "there": ("offered", "accepted", "accepted"),
        }
        assert (run.state, run.cancel_reason) == ("cancelled", "merged")
        assert operations.free_places(session, into) == 0


def test_who_has_applied_to_both_keeps_the_better_of_the_two(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        run, into = making.run(session, state="closed"), making.run(session, state="closed", places=5)
        people = queue(session, run)
        both = making.application(session, into, applicant_key="k1:accepted")
        better = making.application(session, into, applicant_key="k1:offered", **ACCEPTED)
        left = making.application(
            session, into, applicant_key="k1:new", standing="withdrawn", withdraw_reason="personal",
            withdrawn_at=clock.now(),
        )  # fmt: skip
        session.expire_all()
        done = operations.merge(session, cast.provider, run, into)
        assert (done.moved, done.with_place) == (4, 1)
        session.expire_all()
        assert (both.answer, both.applied_at) == ("accepted", people["accepted"].applied_at)
        assert (better.answer, left.standing) == ("accepted", "withdrawn")
        assert len(session.exec(select(Application).where(Application.run_id == into.pk)).all()) == 4


def test_what_cannot_be_merged(database: Database) -> None:
    with database.write() as session:
        provider, run = making.cast(session).provider, making.run(session, term="2027V")
        for into, fault in (
            (run, InvalidInput),
            (making.run(session, term="2026H"), InvalidInput),
            (making.run(session, state="running"), Refused),
            (making.run(session, making.offer(session, making.OTHER_INSTITUTION)), NotAllowed),
        ):
            with pytest.raises(fault):
                operations.merge(session, provider, run, into)


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        yield opened


def test_the_page_shows_what_happens_first(site: Site) -> None:
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation=making.INSTITUTION)
    with site.database.write() as session:
        run, into = making.run(session, state="closed"), making.run(session, state="closed", places=1)
        foreign = making.run(session, making.offer(session, making.OTHER_INSTITUTION)).key
        queue(session, run)
        key, into_key, run_id = run.key, into.key, run.pk
    address = f"/nb/tilbud/kull/{key}/flytt"
    assert "Beholder plassen de har" not in staff.page(address).text
    page = staff.page(f"{address}?kull={into_key}")
    assert "Mister plassen og går til ventelisten" in page.text
    assert staff.get(f"/nb/tilbud/kull/{foreign}/flytt").status_code == 404
    assert staff.post(address, action="merge", into=foreign).status_code == 404
    assert staff.post(address, action="dance").status_code == 303
    assert staff.post(address, action="postpone", term="2020V", reason="funding").status_code == 303
    page = staff.page(f"{address}?kull={into_key}")
    assert staff.press(page, "Slå sammen kullene").status_code == 303
    with site.database.read() as session:
        assert session.get_one(Run, run_id).cancel_reason == "merged"
    assert "Kullet kan ikke flyttes" in staff.page(address).text
    with site.database.write() as session:
        later = making.run(session).key
    assert (
        staff.post(f"/nb/tilbud/kull/{later}/flytt", action="postpone", term="2027H", reason="alternates").status_code
        == 303
    )
    assert "Kullet kan ikke flyttes" in staff.page(f"/nb/tilbud/kull/{later}/flytt").text
