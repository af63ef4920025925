"""The main job, the server, the worker and the copy."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from os import environ
from pathlib import Path

import pytest

from registry.cli import mainjob
from registry.cli.data import make_demo
from registry.core.db import Database
from tests.cli.house import House
from tests.intake.deliveries import dbh
from tests.reading import digests


def test_the_main_job_from_nothing_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small year and one real file; the second time only what is new."""
    feeds = tmp_path / "feeds"
    (feeds / "dbh347").mkdir(parents=True)
    (feeds / "dbh347" / "347_2024.json").write_text(json.dumps([dbh(), dbh("NO1", "Norsk 1")]), encoding="utf-8")
    monkeypatch.setattr(mainjob, "make_demo", lambda tools: make_demo(tools, runs_per_term=40))
    monkeypatch.setenv("REGISTRY_DEMO", "1")
    house = House(tmp_path / "home", REGISTRY_FEEDS=str(feeds))
    told = house.done("run", "--no-serve")
    for heading in ("Samlet inn", "Gjort søkbart", "Flagget", "Fulgt opp"):
        assert heading in told
    assert "Importerer 1 virkelige filer" in told
    assert "Leter etter overlapp og risiko" in told
    again = house.done("run", "--no-serve")
    assert "Leter etter overlapp" not in again  # nothing has changed
    assert [line for line in told.splitlines() if "tilbud " in line] == [
        line for line in again.splitlines() if "tilbud " in line
    ]
    assert all(line["ok"] for line in house.json("check"))


def test_a_registry_in_use_is_not_turned_into_a_demonstration(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invented: list[object] = []
    monkeypatch.setenv("REGISTRY_DEMO", "")  # so that what the command sets is taken back
    monkeypatch.delenv("REGISTRY_DEMO")
    monkeypatch.setattr(mainjob, "make_demo", invented.append)
    service = {
        "name": "feide",
        "title": "Feide",
        "issuer": "https://feide.example",
        "client_id": "a",
        "client_secret": "b",
    }
    signing_in = House(tmp_path / "other", REGISTRY_SIGN_IN=json.dumps([service]))
    assert "REGISTRY_SIGN_IN er satt" in signing_in.refused("run", "--no-serve")
    house.done("user", "invite", "rektor@hvl.no", "--name", "Rektor")
    monkeypatch.delenv("REGISTRY_DEMO")
    assert "Databasen er i bruk" in house.refused("run", "--no-serve")
    off = House(house.home, REGISTRY_DEMO="0")
    assert "Databasen er i bruk" in off.refused("run", "--no-serve")
    assert invented == []


def test_real_feeds_are_found_in_either_place(tmp_path: Path) -> None:
    assert mainjob.real_feeds(tmp_path / "nowhere") == []
    (tmp_path / "347_b.json").touch()
    (tmp_path / "347_a.json").touch()
    (tmp_path / "other.json").touch()
    assert [path.name for path in mainjob.real_feeds(tmp_path)] == ["347_a.json", "347_b.json"]
    (tmp_path / "dbh347").mkdir()
    (tmp_path / "dbh347" / "347_c.json").touch()
    assert [path.name for path in mainjob.real_feeds(tmp_path)] == ["347_c.json"]


def test_a_port_in_use_is_named_with_the_cure(house: House) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        variables = {**environ, **house.environment, "REGISTRY_PORT": str(port)}
        server = subprocess.run(
            [sys.executable, "-m", "registry.cli", "serve"], env=variables, capture_output=True, text=True, timeout=60
        )
    assert server.returncode == 1
    assert server.stderr == f"Port {port} er opptatt. Velg en annen med REGISTRY_PORT=8001 make run.\n"


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_server_serves_until_it_is_asked_to_stop(house: House, stop: signal.Signals) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    variables = {**environ, **house.environment, "REGISTRY_PORT": str(port)}
    server = subprocess.Popen(
        [sys.executable, "-m", "registry.cli", "serve"], env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        assert _answer(f"http://127.0.0.1:{port}/healthz") == {"status": "ok"}
        assert _answer(f"http://127.0.0.1:{port}/readyz") == {"status": "ok"}
    finally:
        server.send_signal(stop)
        out, _ = server.communicate(timeout=30)
    assert f"http://127.0.0.1:{port}/" in out.decode()


def _answer(address: str) -> object:
    until = time.monotonic() + 40
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5) as response:
                return json.loads(response.read())
        except OSError:
            assert time.monotonic() < until, "the server did not come up"
            time.sleep(0.2)


def test_the_worker_brings_changes_to_the_index_and_stops(house: House, sheet: Path) -> None:
    house.done("index", "rebuild")
    house.done("import", "offers-sheet", sheet)
    assert house.json("search", "norsk")["total"] == 0
    house.done("worker", "--once")
    assert house.json("search", "norsk")["total"] == 1
    assert house.json("index", "check")["waiting"] == 0

    for settings in house.home.glob("index/*/settings"):
        settings.write_text("of another version")
    assert "rebuild" in house.refused("index", "check")
    house.done("worker", "--once")
    assert house.json("search", "norsk")["total"] == 1


def test_sigterm_stops_the_worker(house: House, sheet: Path) -> None:
    house.done("index", "rebuild")
    house.done("import", "offers-sheet", sheet)
    worker = subprocess.Popen([sys.executable, "-m", "registry.cli", "worker"], env={**environ, **house.environment})
    try:
        until = time.monotonic() + 60
        while json.loads(house.run("index", "check", "--json").stdout)["waiting"]:
            assert time.monotonic() < until, "the worker did not begin"
            time.sleep(0.2)
        assert worker.poll() is None
    finally:
        worker.terminate()
    assert worker.wait(25) == 0


def test_a_copy_holds_what_the_database_holds(demo_house: House, tmp_path: Path) -> None:
    path = tmp_path / "copy.sqlite3"
    assert str(path) in demo_house.done("backup", path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copies = []
    for place in (path, demo_house.home / "registry.sqlite3"):
        database = Database(f"sqlite:///{place}")
        copies.append(digests(database))
        database.dispose()
    assert copies[0] == copies[1]


def test_a_copy_never_overwrites(house: House, tmp_path: Path) -> None:
    path = tmp_path / "precious"
    path.write_text("precious")
    assert str(path) in house.refused("backup", path)
    assert path.read_text() == "precious"


def test_a_broken_audit_log_is_named(house: House, sheet: Path) -> None:
    house.done("import", "offers-sheet", sheet)
    with sqlite3.connect(house.home / "registry.sqlite3") as connection:
        connection.execute("DROP TRIGGER audit_entry_no_update")
        connection.execute("UPDATE audit_entry SET actor = 'nobody' WHERE id = 2")
    assert "rad 2" in house.refused("audit", "verify")
    result = house.run("check")
    assert result.exit_code == 1
    assert "brutt ved rad 2" in result.stdout
