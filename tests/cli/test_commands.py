"""Every command by itself: help, answers in words and to machines, exit codes."""

from collections.abc import Iterator
from typing import Any

import click
import pytest

from registry import __version__
from registry.cli import main
from registry.reports.library import REPORTS
from registry.schedule.jobs import JOBS
from tests.cli.house import House

OFFER = {
    "key", "title", "provider", "source_code", "subject", "target_groups", "school_years", "step", "credits", "term"
}  # fmt: skip


def commands(group: click.Group = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("words", list(commands()), ids=" ".join)
def test_every_command_explains_itself_without_touching_anything(tmp_path: Any, words: tuple[str, ...]) -> None:
    house = House(tmp_path / "untouched")
    told = house.done(*words, "--help")
    assert told.startswith("Usage: ")
    assert len(told.split("\n\n")[1].strip()) > 10  # a sentence about what it does
    assert not house.home.exists()


def test_every_command_of_the_interface_is_there() -> None:
    promised = {
        "init", "demo", "import", "formats", "quarantine list", "quarantine retry", "quarantine discard", "search",
        "index rebuild", "index check", "index drain", "detect", "report", "serve", "worker", "scheduler", "job list",
        "job run", "job history", "audit verify", "backup", "restore", "export", "load",
        "check", "run",
    }  # fmt: skip
    assert promised <= {" ".join(words) for words in commands()}


def test_the_version(house: House) -> None:
    assert __version__ in house.done("--version")


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("report", "weather"),
        ("report", "national", "--as-of", "yesterday"),
        ("report", "national", "--format", "pdf"),
        ("report", "national", "--region", "south"),
        ("import",),
        ("import", "dbh-347", "not-here.json"),
        ("search", "norsk", "--filter", "fylke"),
        ("job", "run", "sleep"),
        ("quarantine", "retry", "one"),
        ("quarantine", "discard", "1"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2(house: House, words: tuple[str, ...]) -> None:
    result = house.run(*words)
    assert result.exit_code == 2
    assert result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("words", [("search", "x"), ("detect",), ("report", "national"), ("index", "check"), ("demo",)])
def test_without_a_database_the_cure_is_told(tmp_path: Any, words: tuple[str, ...]) -> None:
    assert "registry init" in House(tmp_path / "new").refused(*words)


def test_init_from_nothing_and_again(tmp_path: Any) -> None:
    house = House(tmp_path / "deep" / "home")
    first = house.json("init")
    assert first == house.json("init")
    assert first["rules"] > 10
    assert "rules" in house.done("init")


def test_demo_says_what_it_made_and_makes_it_once(demo_house: House) -> None:
    again = demo_house.json("demo", "--offers", "60")
    assert again["created"] is False
    assert "finnes allerede" in demo_house.done("demo", "--offers", "60")
    assert (demo_house.home / "demo-truth.json").is_file()


def test_search_answers_in_the_promised_shape(demo_house: House) -> None:
    found = demo_house.json("search", "norsk")
    assert {"total", "hits", "facets", "did_you_mean"} <= set(found)
    assert found["total"] >= len(found["hits"]) > 0
    assert set(found["hits"][0]) == {"key", "title", "provider", "score"}
    words = demo_house.done("search", "norsk")
    assert words.startswith(f"{found['total']} tilbud")
    assert found["hits"][0]["title"] in words


def test_search_narrows_turns_the_page_and_guesses(demo_house: House) -> None:
    every = demo_house.json("search", "")
    narrowed = demo_house.json("search", "", "--filter", "fylke=46")
    assert 0 < narrowed["total"] < every["total"]
    second = demo_house.json("search", "", "--page", "2")
    assert not {hit["key"] for hit in every["hits"]} & {hit["key"] for hit in second["hits"]}
    wrong = demo_house.json("search", "matematkk")
    assert wrong["total"] > 0 or wrong["did_you_mean"]


def test_detect_counts_by_kind_and_rule(demo_house: House) -> None:
    found = demo_house.json("detect")
    assert {"as_of", "term", "offers", "kinds", "flags"} <= set(found)
    assert all(isinstance(number, int) for number in found["kinds"].values())
    assert all(set(flag) == {"rule", "version", "count"} for flag in found["flags"])
    assert "Overlapp" in demo_house.done("detect")


@pytest.mark.parametrize(
    ("name", "keys", "rows", "row"),
    [
        ("overlaps", {"as_of", "term", "rules", "pairs", "cases"}, "pairs",
         {"a", "b", "score", "strength", "reach", "terms", "evidence", "decision"}),
        ("duplicates", {"as_of", "term", "rules", "pairs"}, "pairs",
         {"a", "b", "score", "strength", "reach", "terms", "evidence", "decision"}),
        ("at-risk", {"as_of", "runs", "subjects"}, "runs",
         {"run", "offer", "term", "applicants", "minimum", "capacity", "probability", "interval", "reasons",
          "last_national", "rule", "advice"}),
        ("small-subjects", {"as_of", "subjects"}, "subjects",
         {"code", "name", "small", "since", "reason", "offers", "national_offers", "covered"}),
        ("lifecycle", {"as_of", "events"}, "events", {"offer", "event", "term", "date", "reason"}),
        ("applications", {"as_of", "term", "runs"}, "runs", {"run", "offer", "term", "applied", "started"}),
        ("completion", {"as_of", "term", "subjects"}, "subjects", {"code", "name", "runs", "started", "completed"}),
        ("demand", {"as_of", "term", "subjects"}, "subjects", {"code", "name", "needed", "applied", "places", "started"}),
        ("national", {"as_of", "terms"}, "terms", {"term", "offers", "runs", "cancelled", "applied"}),
    ],
)  # fmt: skip
def test_reports_keep_their_shapes(demo_house: House, name: str, keys: set[str], rows: str, row: set[str]) -> None:
    import json

    content = json.loads(demo_house.done("report", name, "--term", "all"))
    assert keys <= set(content)
    assert content[rows], "the demonstration year shows every report"
    assert row <= set(content[rows][0])
    for side in ("a", "b", "offer"):
        if isinstance(content[rows][0].get(side), dict) and name in ("overlaps", "duplicates", "at-risk", "lifecycle"):
            offer = content[rows][0][side]
            assert set(offer) == OFFER
            assert set(offer["provider"]) == {"name", "dbh_code", "orgnr"}


def test_every_report_in_every_format(demo_house: House, tmp_path: Any) -> None:
    begins = {"json": b"{", "csv": b"\xef\xbb\xbf", "xlsx": b"PK", "html": b"<!doctype html>"}
    for name in REPORTS:
        for kind, start in begins.items():
            path = tmp_path / f"{name}.{kind}"
            demo_house.done("report", name, "--format", kind, "--output", path)
            assert path.read_bytes().startswith(start), (name, kind)


def test_a_report_as_of_before_anything_is_empty(demo_house: House) -> None:
    import json

    for name in sorted(set(REPORTS) - {"coverage"}):  # which is read from the terms, whenever we learnt of them
        content = json.loads(demo_house.done("report", name, "--as-of", "2000-01-01"))
        assert content["as_of"] == "2000-01-01"
        assert [value for key, value in content.items() if isinstance(value, list) and key != "rules" and value] == []


def test_an_unknown_provider_of_a_report_is_one_line(demo_house: House) -> None:
    assert "9999" in demo_house.refused("report", "applications", "--provider", "9999")


def test_the_index_is_true_and_says_when_it_is_not(demo_house: House, house: House) -> None:
    drift = demo_house.json("index", "check")
    assert set(drift) == {"documents", "missing", "surplus", "stale", "waiting", "repaired"}
    assert (drift["missing"], drift["surplus"], drift["stale"]) == ([], [], [])
    assert demo_house.done("index", "drain").startswith("0 ")
    assert "registry index rebuild" in house.refused("index", "check")


def test_check_says_line_by_line(demo_house: House) -> None:
    lines = demo_house.json("check")
    assert [line["what"] for line in lines] == [
        "innstillinger", "database", "søkeindeks", "umulige tilstander", "tall for hver dag", "endringslogg"
    ]  # fmt: skip
    assert all(line["ok"] for line in lines), lines
    assert demo_house.json("figures", "rebuild")["folded"] > 0
    assert demo_house.done("check").count("ok  ") == 6


def test_check_before_init_fails_and_says_why(tmp_path: Any) -> None:
    result = House(tmp_path / "new").run("check")
    assert result.exit_code == 1
    assert "FEIL  database" in result.stdout
    assert "registry init" in result.stdout


def test_the_audit_log_is_whole(demo_house: House) -> None:
    assert "hel" in demo_house.done("audit", "verify")


def test_jobs_are_listed_run_and_remembered(house: House) -> None:
    listed = house.json("job", "list")
    assert [job["name"] for job in listed] == [job.name for job in JOBS]
    assert all(job["every_seconds"] >= 60 and job["text"].endswith(".") for job in listed)
    house.done("index", "rebuild")
    assert "done" in house.done("job", "run", "drain-outbox")
    [run] = house.json("job", "history")
    assert (run["job"], run["outcome"]) == ("drain-outbox", "done")
    assert "drain-outbox" in house.done("job", "history")
    for job in JOBS:
        assert job.name in house.done("job", "list")


def test_a_job_that_fails_is_1(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> int:
        raise ValueError("no more paper")

    house.done("index", "rebuild")
    monkeypatch.setattr("registry.schedule.jobs.outbox.drain", fail)
    result = house.run("job", "run", "drain-outbox")
    assert result.exit_code == 1
    assert "failed" in result.stdout


def test_formats_have_a_line_each(house: House) -> None:
    listed = house.json("formats")
    assert {"dbh-347", "offers-sheet"} <= set(listed)
    assert all(listed.values())
    assert len(house.done("formats").splitlines()) == len(listed)
