"""Decisions for many: prepared, looked at, undone or sent. Before they are sent nobody is told, and nothing is decided."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, select

from registry.access.pseudonyms import short_form
from registry.access.roles import Role
from registry.applications import operations
from registry.applications.letters import merged, paragraphs, unknown_fields
from registry.applications.models import Application, DecisionBatch
from registry.applications.operations import Wish
from registry.applications.states import Decision
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import InvalidInput, NeedsReason, NotAllowed, NotFound, Refused
from registry.offers.models import Run
from tests.applications import making
from tests.site import Site, open_site

OFFER, WAIT = Wish(Decision.OFFERED), Wish(Decision.WAITLISTED)


def queue(session: Session, people: int = 3, **given: object) -> tuple[Run, list[Application]]:
    run = making.run(session, **{"places": 2, "state": "closed", **given})
    return run, [making.application(session, run) for _ in range(people)]


def test_what_is_prepared_holds_its_places_and_decides_nothing(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        run, (a, b, c) = queue(session)
        with pytest.raises(NotAllowed):
            operations.prepare(session, cast.other_office, run, OFFER, [a.pk])
        batch = operations.prepare(session, cast.office, run, OFFER, [a.pk, b.pk])
        assert (a.decision, b.decision, batch.answer_days) == (Decision.RECEIVED, Decision.RECEIVED, 14)
        assert operations.free_places(session, run) == 0
        with pytest.raises(Refused):
            operations.offer_place(session, cast.office, c)
        with pytest.raises(Refused):
            operations.prepare(session, cast.office, run, WAIT, [a.pk])
        [seen] = operations.open_batches(session, [run.pk])
        assert seen.pk == batch.pk


def test_sending_decides_with_the_deadline_from_that_day(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        run, (a, b, c) = queue(session)
        batch = operations.prepare(session, cast.office, run, Wish(Decision.OFFERED, answer_days=7), [a.pk, b.pk])
        assert [one.pk for one in operations.send(session, cast.office, batch)] == [a.pk, b.pk]
        assert (a.decision, a.answer, c.decision) == ("offered", "offered", "received")
        assert a.answer_by is not None
        assert (a.answer_by - clock.today()).days == 7
        for again in (operations.send, operations.undo):
            with pytest.raises(Refused):
                again(session, cast.office, batch)
        rejected = operations.prepare(session, cast.office, run, Wish(Decision.REJECTED, "no_places"), [c.pk])
        operations.send(session, cast.office, rejected)
        assert (c.decision, c.reject_reason) == ("rejected", "no_places")
    with database.read() as session:
        told = select(AuditEntry.event).where(AuditEntry.thing == "decision_batch").order_by(AuditEntry.id)
        assert session.exec(told).all() == ["prepare", "send", "prepare", "send"]


def test_undoing_leaves_everybody_as_they_were(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        run, (a, b, _c) = queue(session)
        waits = making.application(session, run, decision="waitlisted")
        batch = operations.prepare(session, cast.office, run, OFFER, [a.pk, b.pk])
        with pytest.raises(NotAllowed):
            operations.undo(session, cast.other_office, batch)
        operations.undo(session, cast.office, batch)
        assert (a.decision, b.decision) == (Decision.RECEIVED, Decision.RECEIVED)
        assert waits.decision is Decision.OFFERED, "a place held back and let go is a free place"
        assert operations.open_batches(session, [run.pk]) == []
        with pytest.raises(Refused):
            operations.send(session, cast.office, batch)
        with pytest.raises(NotFound):
            operations.send(session, cast.office, DecisionBatch(id=batch.pk + 1, run_id=run.pk))


def test_who_left_in_the_meantime_is_left_alone(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        run, (a, b, _c) = queue(session)
        batch = operations.prepare(session, cast.office, run, OFFER, [a.pk, b.pk])
        operations.withdraw(session, making.applicant(session, a.applicant_key), a, "personal")
        assert [one.pk for one in operations.send(session, cast.office, batch)] == [b.pk]
        assert [item.outcome for item in operations.batch_items(session, batch)] == ["left", "decided"]


def test_the_preview_says_who_cannot_and_what_is_left(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        run, (a, b, c) = queue(session)
        gone = making.application(
            session, run, standing="withdrawn", withdraw_reason="personal", withdrawn_at=clock.now()
        )
        alone = making.application(session, run, endorsement="declined", endorsement_reason="no_budget")
        operations.reject(session, cast.office, c, "late")
        prepared = making.application(session, run)
        operations.prepare(session, cast.office, run, WAIT, [prepared.pk])
        session.expire_all()
        seen = operations.preview(session, run, OFFER, [one.pk for one in (a, b, c, gone, alone, prepared)])
        assert [one.pk for one in seen.fit] == [a.pk, b.pk]
        assert {one.application_id: one.why for one in seen.hindered} == {
            c.pk: "decided",
            gone.pk: "gone",
            alone.pk: "not_endorsed",
            prepared.pk: "prepared",
        }
        assert (seen.free, seen.may) == (0, False)
        assert operations.preview(session, run, OFFER, [a.pk, b.pk]).may
        with pytest.raises(Refused):
            operations.prepare(session, cast.office, run, OFFER, [a.pk, c.pk])


def test_places_set_the_limit_unless_the_office_goes_above_them(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        run, people = queue(session)
        ids = [one.pk for one in people]
        assert operations.preview(session, run, OFFER, ids).free == -1
        with pytest.raises(Refused):
            operations.prepare(session, cast.office, run, OFFER, ids)
        batch = operations.prepare(session, cast.office, run, Wish(Decision.OFFERED, overbooking=1), ids)
        assert len(operations.send(session, cast.office, batch)) == 3


def test_places_that_went_in_the_meantime_are_not_given(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        run, (a, b, _c) = queue(session)
        batch = operations.prepare(session, cast.office, run, OFFER, [a.pk, b.pk])
        for places, sentence in ((1, "ikke plasser til alle"), (0, "ingen ledige plasser")):
            run.places = places
            session.flush()
            with pytest.raises(Refused, match=sentence):
                operations.send(session, cast.office, batch)
        assert (a.decision, b.decision) == (Decision.RECEIVED, Decision.RECEIVED)


def test_wishes_that_make_no_sense(database: Database) -> None:
    with database.write() as session:
        run, (a, *_rest) = queue(session)
        foreign = making.application(session, making.run(session)).pk
        for wish, ids, fault in (
            (Wish(Decision.RECEIVED), [a.pk], InvalidInput),
            (Wish(Decision.REJECTED), [a.pk], NeedsReason),
            (Wish(Decision.OFFERED, answer_days=0), [a.pk], InvalidInput),
            (Wish(Decision.OFFERED, note="Hei {{navn}}"), [a.pk], InvalidInput),
            (OFFER, [foreign], InvalidInput),
        ):
            with pytest.raises(fault):
                operations.preview(session, run, wish, ids)
        with pytest.raises(InvalidInput):
            operations.prepare(session, making.cast(session).office, run, OFFER, [])


def test_merge_fields() -> None:
    assert unknown_fields("Kom {{ studiestart }} til {{institusjon}}") == []
    assert unknown_fields("{{navn}} {{tilbud}} {{oops") == ["navn", "{{"]
    assert paragraphs("Ja.", "Kom {{tilbud}}!\n\nHilsen oss", {"tilbud": "A"}) == ["Ja.", "Kom A!", "Hilsen oss"]
    assert merged("Svar innen {{ svarfrist }}.", {"svarfrist": "1. mars"}) == "Svar innen 1. mars."


# From the page


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        yield opened


def test_the_whole_way_from_the_queue(site: Site) -> None:
    office = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
    with site.database.write() as session:
        run, people = queue(session)
        key, ids, shorts = run.key, [one.pk for one in people], [short_form(one.applicant_key) for one in people]
    queue_page = f"/nb/opptak/kull/{key}"
    first = [box["value"] for box in office.page(f"{queue_page}?velg=plass").select("input[checked]")]
    assert len(first) == 2
    assert len(office.page(f"{queue_page}?velg=alle").select("input[name=application][checked]")) == 3

    asked = {
        "application": ids[:2],
        "decision": "offered",
        "days": "10",
        "overbooking": "0",
        "note": "Velkommen {{semester}}!",
    }
    looked = office.post(f"{queue_page}/avgjor", **asked)
    assert looked.status_code == 200
    assert shorts[0] in looked.text
    assert shorts[2] not in looked.text
    assert "Velkommen vår 2027!" in looked.text
    assert office.post(f"{queue_page}/avgjor", **{**asked, "application": ids}).text.count(
        "Det er ikke plasser til alle"
    )
    assert office.post(f"{queue_page}/klargjor", **asked).status_code == 303
    with site.database.read() as session:
        assert {one.decision for one in session.exec(select(Application))} == {Decision.RECEIVED}
        number = session.exec(select(DecisionBatch.id)).one()
    assert "Klargjort: tilbud om plass" in office.page(queue_page).text
    assert "2 søkere venter på brevet" in office.page("/nb/opptak").text
    page = office.page(f"/nb/opptak/avgjorelser/{number}")
    assert shorts[1] in page.text
    lines = office.get(f"/nb/opptak/avgjorelser/{number}/flettefil.csv").text.splitlines()
    assert len(lines) == 3
    assert shorts[0] in lines[1]

    stranger = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.OTHER_INSTITUTION)
    for path in (f"/nb/opptak/avgjorelser/{number}", f"/nb/opptak/avgjorelser/{number}/flettefil.csv"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(f"/nb/opptak/avgjorelser/{number}/avslutt", action="send").status_code == 404
    assert stranger.post(f"{queue_page}/avgjor", **asked).status_code == 404
    assert stranger.post(f"{queue_page}/klargjor", **asked).status_code == 404

    assert office.post(f"/nb/opptak/avgjorelser/{number}/avslutt", action="dance").status_code == 303
    assert office.press(office.page(f"/nb/opptak/avgjorelser/{number}"), "Angre").status_code == 303
    assert office.post(f"{queue_page}/klargjor", **asked).status_code == 303
    assert office.post(f"/nb/opptak/avgjorelser/{number + 1}/avslutt", action="send").status_code == 303
    with site.database.read() as session:
        assert [session.get_one(Application, one).decision for one in ids] == ["offered", "offered", "received"]


@pytest.mark.parametrize(
    "fields",
    [{"decision": "dance"}, {"decision": "offered", "days": "mange"}, {"decision": "offered", "application": []}],
)
def test_a_form_that_makes_no_sense_is_told_and_changes_nothing(site: Site, fields: dict[str, object]) -> None:
    office = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
    with site.database.write() as session:
        run, (a, *_rest) = queue(session)
        key, pk = run.key, a.pk
    asked = {"application": [pk], **fields}
    assert office.post(f"/nb/opptak/kull/{key}/avgjor", **asked).status_code == 303
    assert office.post(f"/nb/opptak/kull/{key}/klargjor", **asked).status_code == 303
    with site.database.read() as session:
        assert session.exec(select(DecisionBatch)).all() == []


def test_where_nobody_waits_for_a_decision_there_is_no_form_for_one(site: Site) -> None:
    with site.database.write() as session:
        run = making.run(session, key="ferdig", state="closed")
        making.application(session, run, decision=Decision.REJECTED, reject_reason="late")
    office = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
    assert office.page("/nb/opptak/kull/ferdig").select("#decision") == []
    with site.database.write() as session:
        making.application(session, session.exec(select(Run).where(Run.key == "ferdig")).one())
    assert len(office.page("/nb/opptak/kull/ferdig").select("#decision")) == 1


def test_a_run_that_is_over_decides_nobody_off_its_waitlist(site: Site) -> None:
    with site.database.write() as session:
        run = making.run(session, key="over", state="completed")
        making.application(session, run, decision=Decision.WAITLISTED)
    office = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
    page = office.page("/nb/opptak/kull/over")
    assert len(page.select("tbody tr")) == 1
    assert page.select("#decision") == []
