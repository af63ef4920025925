"""Frozen papers that were a mistake are withdrawn with a reason: readable, said so everywhere, and nothing is lost to the next ones."""

import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
import time_machine
from odf import teletype
from odf.opendocument import load
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from registry.access.policy import Actor, Holding
from registry.access.roles import Role
from registry.coordination.meetings import begun_from, instead_of, last_meeting
from registry.coordination.models import Meeting
from registry.coordination.operations import decide_in_meeting, freeze_meeting, strike_decision, withdraw_papers
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import Conflict, NeedsReason, NotAllowed, NotFound
from tests.coordination.country import TODAY
from tests.site import Site

COORDINATOR = Actor("person:1", (Holding(Role.COORDINATOR),), person=1)
DIRECTORATE = Actor("person:8", (Holding(Role.DIRECTORATE),), person=8)


def freeze(session: Session, title: str, days: int, region: str | None = None) -> Meeting:
    return freeze_meeting(session, COORDINATOR, title, TODAY + timedelta(days=days), region)


def test_withdrawn_papers_say_who_when_and_why_and_stay_as_they_were(database: Database) -> None:
    with database.write() as session:
        meeting = freeze(session, "Feil dag", 7)
        pack, digest = meeting.pack, meeting.digest
        withdraw_papers(session, COORDINATOR, meeting.pk, "  Møtet er flyttet  ")
    with database.read() as session:
        kept = session.exec(select(Meeting)).one()
        assert (kept.withdrawn_by, kept.withdrawn_at, kept.withdrawal_reason) == (
            "person:1",
            clock.now(),
            "Møtet er flyttet",
        )
        assert (kept.pack, kept.digest) == (pack, digest)
        entry = session.exec(select(AuditEntry).where(AuditEntry.event == "withdraw")).one()
        assert (entry.thing, entry.thing_id, entry.reason_text) == ("meeting", kept.pk, "Møtet er flyttet")


def test_the_next_papers_begin_where_those_before_the_withdrawn_ones_ended(
    database: Database, clock_stands: time_machine.Traveller
) -> None:
    with database.write() as session:
        first = freeze(session, "September", 1)
        clock_stands.move_to(datetime(2026, 11, 24, 12, tzinfo=UTC))
        wrong = freeze(session, "Feil", 3)
        west = freeze(session, "Vest", 3, "west")
        assert last_meeting(session, None, TODAY + timedelta(days=9)) == wrong
        withdraw_papers(session, COORDINATOR, wrong.pk, "Feil dag")
        assert last_meeting(session, None, TODAY + timedelta(days=9)) == first
        assert instead_of(session, wrong) is None
        again = freeze(session, "Rett", 3)
        assert again.since == clock.local_day(first.frozen_at)
        assert instead_of(session, wrong) == again
        assert last_meeting(session, "west", TODAY + timedelta(days=9)) == west


def test_papers_that_later_ones_begin_from_are_withdrawn_after_them(database: Database) -> None:
    """Else what stands in them would stand in no papers that hold."""
    with database.write() as session:
        wrong = freeze(session, "Feil dag", 7)
        freeze(session, "Vest", 30, "west")
        freeze(session, "Samme dag", 7)
        assert begun_from(session, wrong) is None
        later = freeze(session, "Rett dag", 14)
        with pytest.raises(Conflict) as refused:
            withdraw_papers(session, COORDINATOR, wrong.pk, "Feil dag")
        assert refused.value.details["title"] == "Rett dag"
        withdraw_papers(session, COORDINATOR, later.pk, "Bygger på feil papirer")
        withdraw_papers(session, COORDINATOR, wrong.pk, "Feil dag")


def test_what_a_meeting_has_decided_holds_its_papers_until_it_is_struck(database: Database) -> None:
    with database.write() as session:
        meeting = freeze(session, "Møte", 7)
        made = decide_in_meeting(session, COORDINATOR, meeting.pk, "NTNU tar vårkullet")
        with pytest.raises(Conflict):
            withdraw_papers(session, COORDINATOR, meeting.pk, "Feil")
        strike_decision(session, COORDINATOR, made.pk)
        withdraw_papers(session, COORDINATOR, meeting.pk, "Feil")
        with pytest.raises(Conflict):
            decide_in_meeting(session, COORDINATOR, meeting.pk, "For sent")
        with pytest.raises(Conflict):
            withdraw_papers(session, COORDINATOR, meeting.pk, "En gang til")


def test_who_may_withdraw_and_what_it_takes(database: Database) -> None:
    with database.write() as session:
        meeting = freeze(session, "Møte", 7)
        with pytest.raises(NeedsReason):
            withdraw_papers(session, COORDINATOR, meeting.pk, "  ")
        with pytest.raises(NotAllowed):
            withdraw_papers(session, DIRECTORATE, meeting.pk, "Feil")
        with pytest.raises(NotFound):
            withdraw_papers(session, COORDINATOR, 987, "Feil")
        assert meeting.withdrawn_at is None


def test_the_database_holds_a_withdrawal_to_its_reason(database: Database) -> None:
    with database.write() as session:
        freeze(session, "Møte", 7).withdrawn_at = clock.now()
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()


def test_page_list_and_files_say_so(site: Site) -> None:
    who = site.signed_in(Role.COORDINATOR)
    address = who.post("/nb/samordning/moter", title="Feil dag", held_on="2026-12-01", region="").location
    page = who.page(address)
    assert who.press(page, "Trekk papirene tilbake").status_code == 400, "without a reason"
    assert who.press(page, "Før vedtaket", text="Vi venter").status_code == 303
    assert "Stryk dem først" in who.page(address).get_text()
    assert who.post(f"{address}/trekk", reason="Feil").status_code == 303
    assert "Møtet har vedtak som står" in who.page(address).select_one(".flashes, .ds-alert").get_text()
    who.press(who.page(address), "Stryk")
    assert who.press(who.page(address), "Trekk papirene tilbake", reason="Møtet er flyttet").status_code == 303
    newer = who.post("/nb/samordning/moter", title="Rett dag", held_on="2026-12-01", region="").location

    page = who.page(address)
    told = page.find("h2", string="Trukket tilbake").parent
    assert "Kari Nordmann trakk papirene tilbake 22. november 2026" in told.get_text()
    assert told.q.get_text() == "Møtet er flyttet"
    assert told.a["href"] == newer
    assert not page.select("main form[method=post]"), "nothing more is recorded against them"
    assert "Saksliste" in page.get_text(), "readable as they were"
    line = next(one for one in who.page("/nb/samordning/moter").select("main li") if "Feil dag" in one.get_text())
    assert "Trukket tilbake" in line.get_text()

    answer = who.get(f"{address}.odt")
    assert "trukket-tilbake" in answer.headers["Content-Disposition"]
    text = load(io.BytesIO(answer.data))
    assert "Trukket tilbake 22. november 2026: Møtet er flyttet" in teletype.extractText(text.text)
    book = openpyxl.load_workbook(io.BytesIO(who.get(f"{address}.xlsx").data))
    assert all("Møtet er flyttet" in sheet.oddHeader.center.text for sheet in book)
    assert who.post(f"{address}/vedtak", text="For sent", item="").status_code == 303
    assert "Før vedtaket på papirene som gjelder" in who.page(address).get_text()
