"""Killed in the middle of an import, again and again: every row is accounted for once, and nothing is lost or doubled.

Here a few chosen moments in this process; ``bench/killing.py`` kills a hundred processes on each database.
"""

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from registry.core.db import Database
from registry.core.errors import Conflict
from registry.intake.models import ImportRun, QuarantinedRow, RecordChange, RecordRun, SourceRecord
from registry.intake.operations import deliver as steps
from registry.intake.operations import import_payloads, resume
from registry.intake.operations import resuming as resumes
from registry.intake.reading.delivery import kept_at
from registry.intake.states import ImportOutcome
from registry.offers.models import Offer, Run
from tests.intake.deliveries import DAY, KEEPER, dbh, rows


class Killed(BaseException):
    """As SIGKILL: nothing catches it."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registry.intake.reading.spool.BATCH_ROWS", 4)
    monkeypatch.setattr(resumes.unfinished, "__kwdefaults__", {"source_id": None, "patience": timedelta(0)})


def feed() -> list[dict[str, str]]:
    """Ten offers in two years each, one row that cannot be read, and one that comes twice."""
    listed = [dbh(f"P{number}", year=year) for number in range(10) for year in (2023, 2024)]
    listed[7] = dbh("P3", year=2024) | {"Årstall": "i fjor"}
    return [*listed, dict(listed[0])]


def killed_at(monkeypatch: pytest.MonkeyPatch, name: str, number: int, *, after: bool) -> None:
    """Die when the step ``name`` of a delivery is done, or would be, for the ``number``th time."""
    real: Callable[..., Any] = getattr(steps, name)
    calls = 0

    def dies(session: Session, *arguments: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number and not after:
            raise Killed
        found = real(session, *arguments, **more)
        if calls == number:
            raise Killed
        return found

    for where in ("import_payloads", "resuming"):  # the modules: the package gives the function of that name
        monkeypatch.setattr(sys.modules[f"registry.intake.operations.{where}"], name, dies)


def state(database: Database) -> dict[str, Any]:
    """What an import leaves, without ids and moments."""
    with database.read() as session:
        [run] = session.exec(select(ImportRun))
        return {
            "accounts": (run.outcome, run.seen, run.new, run.changed, run.unchanged, run.quarantined, run.vanished),
            "offers": sorted((offer.key, offer.title, str(offer.state)) for offer in session.exec(select(Offer))),
            "runs": sorted((one.key, str(one.state)) for one in session.exec(select(Run))),
            "records": sorted(
                (one.key, one.content_hash, one.last_seen_id) for one in session.exec(select(SourceRecord))
            ),
            "links": len(session.exec(select(RecordRun)).all()),
            "changes": sorted(str(change.event) for change in session.exec(select(RecordChange))),
            "quarantine": sorted((row.position, row.reason) for row in session.exec(select(QuarantinedRow))),
        }


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    path = tmp_path / "feed.json"
    path.write_text(json.dumps(feed(), ensure_ascii=False), encoding="utf-8")
    return path


def take(database: Database, payload: Path, home: Path) -> None:
    import_payloads(database, KEEPER, "dbh-347", [payload], as_of=DAY, payload_folder=home)


def go_on(database: Database, home: Path) -> None:
    for run_id in resumes.unfinished(database):
        resume(database, KEEPER, run_id, home)


@pytest.mark.parametrize(
    ("step", "number", "after"),
    [
        ("take_batch", 1, False),
        ("take_batch", 1, True),
        ("take_batch", 3, True),
        ("take_batch", 6, False),
        ("end", 1, False),
        ("end", 1, True),
    ],
)
def test_a_killed_import_goes_on_and_ends_as_one_that_was_not(
    database: Database,
    payload: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    number: int,
    after: bool,
) -> None:
    with monkeypatch.context() as dying:
        killed_at(dying, step, number, after=after)
        with pytest.raises(Killed):
            take(database, payload, tmp_path / "kept")
    [run] = rows(database, select(ImportRun))
    assert run.outcome is ImportOutcome.RUNNING
    assert run.seen == run.new + run.changed + run.unchanged + run.quarantined
    go_on(database, tmp_path / "kept")
    found = state(database)
    assert found["accounts"] == (ImportOutcome.DONE, 21, 19, 0, 1, 1, 0)
    assert len(found["offers"]) == 10
    assert len(found["runs"]) == len(found["records"]) == found["links"] == 19
    assert found["changes"] == ["new"] * 19
    assert len(found["quarantine"]) == 1


def test_killed_again_and_again(
    database: Database, payload: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for attempt in range(8):
        with monkeypatch.context() as dying:
            killed_at(dying, "take_batch", 2, after=bool(attempt % 2))
            try:
                go_on(database, tmp_path / "kept") if attempt else take(database, payload, tmp_path / "kept")
            except Killed:
                continue
    go_on(database, tmp_path / "kept")
    assert state(database)["accounts"] == (ImportOutcome.DONE, 21, 19, 0, 1, 1, 0)


def test_the_next_delivery_ends_the_one_that_was_broken_off(
    database: Database, payload: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        killed_at(dying, "take_batch", 2, after=True)
        with pytest.raises(Killed):
            take(database, payload, tmp_path / "kept")
    take(database, payload, tmp_path / "kept")
    outcomes = [(run.outcome, run.seen) for run in rows(database, select(ImportRun).order_by(ImportRun.id))]
    assert outcomes == [(ImportOutcome.DONE, 21), (ImportOutcome.DONE, 21)]
    assert len(rows(database, select(SourceRecord))) == 19


def test_without_its_bytes_a_delivery_is_told_to_be_lost(
    database: Database, payload: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        killed_at(dying, "take_batch", 2, after=True)
        with pytest.raises(Killed):
            take(database, payload, tmp_path / "kept")
    [run] = rows(database, select(ImportRun))
    kept_at(run.payloads[0]["sha256"], tmp_path / "kept").unlink()
    go_on(database, tmp_path / "kept")
    [run] = rows(database, select(ImportRun))
    assert (run.outcome, run.seen) == (ImportOutcome.REFUSED, 4)
    assert "avbrutt" in (run.message or "")


def test_two_processes_do_not_both_go_on(
    database: Database, payload: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        killed_at(dying, "take_batch", 2, after=True)
        with pytest.raises(Killed):
            take(database, payload, tmp_path / "kept")
    [run_id] = resumes.unfinished(database)
    real = steps.take_batch

    def meanwhile(session: Session, *arguments: Any, **more: Any) -> None:
        monkeypatch.setattr(resumes, "take_batch", real)
        session.rollback()  # this one had not begun yet
        resume(database, KEEPER, run_id, tmp_path / "kept")
        real(session, *arguments, **more)

    monkeypatch.setattr(resumes, "take_batch", meanwhile)
    with pytest.raises(Conflict):
        resume(database, KEEPER, run_id, tmp_path / "kept")
    assert state(database)["accounts"] == (ImportOutcome.DONE, 21, 19, 0, 1, 1, 0)


def test_somebody_who_is_at_it_is_not_disturbed(
    database: Database, payload: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        killed_at(dying, "take_batch", 2, after=True)
        with pytest.raises(Killed):
            take(database, payload, tmp_path / "kept")
    monkeypatch.setattr(resumes.unfinished, "__kwdefaults__", {"source_id": None, "patience": timedelta(minutes=2)})
    assert resumes.unfinished(database) == []
    with pytest.raises(Conflict):
        take(database, payload, tmp_path / "kept")
