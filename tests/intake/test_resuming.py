"""A large delivery goes in by batches; one that was broken off goes on where it was, or is told to be lost."""

import json
from pathlib import Path

import pytest
from sqlmodel import select

from registry.core import audit
from registry.core.db import Database
from registry.core.errors import Conflict
from registry.intake.models import ImportRun
from registry.intake.operations import import_payloads, resume
from registry.intake.operations.deliver import end
from registry.intake.reading.facts import load_facts
from registry.intake.states import ImportOutcome
from registry.offers.models import Offer
from tests.intake.deliveries import DAY, KEEPER, Feed, dbh, rows


class Stopped(Exception):
    """The process is gone."""


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.intake.reading.spool.BATCH_ROWS", 2)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "payloads"


def broken_off(feed: Feed, folder: Path) -> ImportRun:
    """Five rows, of which the first batch was taken in before the process was gone."""

    def stop(done: int) -> None:
        if done == 2:
            raise Stopped

    with pytest.raises(Stopped):
        feed.dbh(*(dbh(code) for code in "ABCDE"), progress=stop, payload_folder=folder)
    [run] = rows(feed.database, select(ImportRun))
    assert (run.outcome, run.seen, run.rows) == (ImportOutcome.RUNNING, 2, 5)
    return run


def codes(database: Database) -> str:
    return "".join(sorted(offer.native_code for offer in rows(database, select(Offer))))


def test_progress_is_told_batch_by_batch(feed: Feed, database: Database) -> None:
    told: list[int] = []
    result = feed.dbh(*(dbh(code) for code in "ABCDE"), progress=told.append)
    assert told == [5, 2, 4, 5]  # read to the end first, then taken in
    assert (result.seen, result.new, codes(database)) == (5, 5, "ABCDE")


def test_a_delivery_goes_on_after_its_newest_batch(feed: Feed, database: Database, kept: Path) -> None:
    run = broken_off(feed, kept)
    result = resume(database, KEEPER, run.pk, kept)
    assert (result.outcome, result.seen, result.new, codes(database)) == (ImportOutcome.DONE, 5, 5, "ABCDE")
    established = rows(database, select(audit.AuditEntry).where(audit.AuditEntry.event == "established"))
    assert sum(entry.thing == "offer" for entry in established) == 5


@pytest.mark.parametrize(
    "content",
    [None, b"", json.dumps([dbh(code) for code in "ABCD"]).encode()],
    ids=["no-folder", "refused", "fewer-rows"],
)
def test_a_delivery_whose_bytes_are_not_what_they_were_is_lost_and_its_rows_stand(
    feed: Feed, database: Database, kept: Path, content: bytes | None
) -> None:
    run = broken_off(feed, kept)
    if content is not None:
        [path] = [each for each in kept.rglob("*") if each.is_file()]
        path.write_bytes(content)
    result = resume(database, KEEPER, run.pk, None if content is None else kept)
    assert (result.outcome, result.seen) == (ImportOutcome.REFUSED, 2)
    assert "Lever den på nytt" in (result.message or "")
    assert codes(database) == "AB"
    [run] = rows(database, select(ImportRun))
    assert (run.outcome, run.progress) == (ImportOutcome.REFUSED, {})
    again = import_payloads(database, KEEPER, "dbh-347", [feed.folder / "347-1.json"], as_of=DAY)
    assert (again.outcome, again.new, again.unchanged) == (ImportOutcome.DONE, 3, 2)


def test_a_delivery_is_ended_once(feed: Feed, database: Database) -> None:
    done = feed.dbh(dbh())
    [before] = rows(database, select(ImportRun))
    with pytest.raises(Conflict, match="annen prosess"), database.write() as session:
        end(session, KEEPER, done.run or 0, load_facts(session))
    [after] = rows(database, select(ImportRun))
    assert after.model_dump() == before.model_dump()
