"""What approving a held delivery would do is told before it is done, and is what is done; runs go one by one too."""

from datetime import timedelta
from pathlib import Path

from sqlmodel import select

from registry.applications.models import Application
from registry.applications.operations import cancel
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.events import OutboxRow
from registry.intake.models import ImportRun, RecordRun
from registry.intake.operations import approve, import_payloads
from registry.intake.queries.consequences import APPLIED_FOR, TOLD_ELSEWHERE, preview
from registry.intake.states import ImportOutcome
from registry.offers.models import Run
from registry.offers.states import RunState
from tests.intake.deliveries import DAY, KEEPER, Feed, operator, rows, sheet

DATES = {"Søknad åpner": "2025-09-01", "Søknadsfrist": "2026-04-15"}
REASON = {"Grunn til avlysning": "for få søkere"}
SECOND, THIRD = DAY + timedelta(days=1), DAY + timedelta(days=2)


def many(count: int, **more: str) -> list[dict[str, str]]:
    return [sheet(f"T{number}", f"Tilbud {number}", term="2026H", **{**DATES, **more}) for number in range(count)]


def previewed(database: Database, run_id: int) -> dict[str, tuple[str, str | None]]:
    with database.read() as session:
        found = preview(session, session.get_one(ImportRun, run_id))
    return {one.run_key: (one.does, one.kept_by) for one in found}


def states(database: Database) -> dict[str, RunState]:
    return {run.key: run.state for run in rows(database, select(Run))}


def test_what_would_be_closed_or_kept_and_what_is(feed: Feed, database: Database) -> None:
    feed.sheet(*many(10))
    feed.dbh(
        {"Institusjonskode": "1150", "Årstall": "2026", "Studieprogramkode": "T9", "Studieprogramnavn": "Tilbud 9"}
    )
    [applied] = rows(database, select(Run).where(Run.key == "1150-t8-2026H"))
    with database.write() as session:
        session.add(Application(run_id=applied.pk, applicant_key="k1:abc", applied_at=clock.now()))
    held = feed.sheet(*many(2))
    assert held.outcome is ImportOutcome.HELD
    told = previewed(database, held.run or 0)
    assert told["1150-t2-2026H"] == ("close_next", None)
    assert told["1150-t8-2026H"] == ("keep", APPLIED_FOR)
    assert told["1150-t9-2026H"] == ("keep", TOLD_ELSEWHERE)
    assert len(told) == 8
    with database.write() as session:
        approve(session, operator(), held.run or 0)
    feed.sheet(*many(2), as_of=SECOND)
    closed = {key for key, state in states(database).items() if state is RunState.CLOSED}
    assert closed == {key for key, (does, _) in told.items() if does == "close_next"}


def test_runs_that_all_end_at_once_wait_for_a_person(feed: Feed, database: Database) -> None:
    feed.sheet(*many(10))
    held = feed.sheet(*many(10, Avlyst="ja", **REASON))
    assert (held.outcome, held.held) == (ImportOutcome.HELD, 10)
    assert set(states(database).values()) == {RunState.OPEN}
    assert {does for does, _ in previewed(database, held.run or 0).values()} == {"cancel"}
    again = feed.sheet(*many(10, Avlyst="ja", **REASON), as_of=SECOND)
    assert (again.outcome, again.held) == (ImportOutcome.HELD, 10)  # it is no less much the day after
    with database.write() as session:
        approve(session, operator(), again.run or 0)
    assert set(states(database).values()) == {RunState.CANCELLED}
    assert previewed(database, again.run or 0) == {}


def test_one_run_that_is_cancelled_is_cancelled(feed: Feed, database: Database) -> None:
    feed.sheet(*many(1))
    assert feed.sheet(*many(1, Avlyst="ja", **REASON)).outcome is ImportOutcome.DONE
    assert set(states(database).values()) == {RunState.CANCELLED}


def test_a_deadline_that_people_knew_of_closes_as_it_passes(feed: Feed, database: Database) -> None:
    feed.sheet(*many(10))
    late = DAY + timedelta(days=300)
    result = feed.sheet(*many(10, Studiepoeng="30"), as_of=late)
    assert result.outcome is ImportOutcome.DONE
    assert set(states(database).values()) == {RunState.CLOSED}


def test_a_deadline_that_is_moved_to_the_past_closes_its_run(feed: Feed, database: Database) -> None:
    feed.sheet(*many(1))
    result = feed.sheet(*many(1, Søknadsfrist="2025-09-15"))
    assert result.outcome is ImportOutcome.DONE
    assert states(database) == {"1150-t0-2026H": RunState.CLOSED}
    [entry] = rows(database, select(AuditEntry).where(AuditEntry.event == "close"))
    assert (entry.from_state, entry.to_state, entry.details) == ("open", "closed", {"import_run": result.run})
    assert ("offer.changed", "1150-t0") in {(row.topic, row.key) for row in rows(database, select(OutboxRow))}


def test_what_people_ended_while_a_delivery_was_held_stays_as_they_left_it(feed: Feed, database: Database) -> None:
    feed.sheet(*many(4))
    held = feed.sheet(*many(4, Søknadsfrist="2025-09-15"))
    assert (held.outcome, held.held) == (ImportOutcome.HELD, 4)
    with database.write() as session:
        cancel(session, KEEPER, session.exec(select(Run).where(Run.key == "1150-t1-2026H")).one(), "few_applicants")
    [before] = rows(database, select(Run).where(Run.key == "1150-t1-2026H"))
    with database.write() as session:
        approve(session, operator(), held.run or 0)
    assert states(database) == {
        **{f"1150-t{number}-2026H": RunState.CLOSED for number in (0, 2, 3)},
        "1150-t1-2026H": RunState.CANCELLED,
    }
    [after] = rows(database, select(Run).where(Run.key == "1150-t1-2026H"))
    assert (after.version, after.cancel_reason) == (before.version, before.cancel_reason)


def catalogue(path: Path, *starts: str) -> Path:
    runs = "".join(
        f'<presentation><dc:identifier>https://x.no/p/{start}</dc:identifier><mlo:start dtf="{start}">{start}</mlo:start></presentation>'
        for start in starts
    )
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><catalog xmlns="http://xcri.org/profiles/1.2/catalog" '
        'xmlns:mlo="http://purl.org/net/mlo" xmlns:dc="http://purl.org/dc/elements/1.1/"><provider>'
        "<dc:identifier>1150</dc:identifier><dc:title>Norges teknisk-naturvitenskapelige universitet</dc:title>"
        f"<course><dc:identifier>https://x.no/c</dc:identifier><dc:title>Naturfag</dc:title>{runs}</course>"
        "<course><dc:identifier>https://x.no/d</dc:identifier><dc:title>Norsk</dc:title></course></provider></catalog>",
        encoding="utf-8",
    )
    return path


def test_a_run_that_its_course_no_longer_tells_of_goes_as_a_row_would(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "katalog.xml"
    both = ("2026-08-17", "2027-01-11")

    def deliver(day: object, *starts: str) -> None:
        result = import_payloads(database, KEEPER, "xcri-cap", [catalogue(path, *starts)], as_of=day)
        assert (result.outcome, result.rejections) == (ImportOutcome.DONE, [])

    deliver(DAY, *both)
    assert len(rows(database, select(RecordRun))) == 2
    deliver(DAY, both[0])
    assert set(states(database).values()) == {RunState.PLANNED}
    deliver(SECOND, both[0])
    assert sorted(states(database).values()) == [RunState.CLOSED, RunState.PLANNED]
    deliver(THIRD, *both)
    links = rows(database, select(RecordRun))
    assert [(link.absent_since, link.gone_on) for link in links] == [(None, None)] * 2


def test_a_delivery_of_which_nothing_could_be_taken_waits_for_a_person(feed: Feed, database: Database) -> None:
    feed.sheet(*many(3), provider="1150")
    held = feed.sheet(*many(3, Plasser="tretti"), provider="1150")
    assert (held.outcome, held.quarantined, held.vanished) == (ImportOutcome.HELD, 3, 0)
    assert "karantenen" in (held.message or "")
    assert set(states(database).values()) == {RunState.OPEN}
