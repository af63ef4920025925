"""Sources on the command line; none of these addresses may be asked, and that is told."""

from pathlib import Path

import pytest

from tests.cli.house import House

INSIDE = "https://127.0.0.1:9/kurs"


def test_a_source_from_its_first_day_to_its_rest(house: House) -> None:
    told = house.done("source", "add", "ooapi", INSIDE, "--name", "Kurskatalogen", "--walk", "ooapi", "--every", "60")
    assert "ooapi:kurskatalogen" in told
    [source] = house.json("source", "list")
    assert (source["condition"], source["every_minutes"], source["walk"]) == ("untried", 60, "ooapi")
    result = house.run("source", "run", "ooapi:kurskatalogen")
    assert (result.exit_code, "lukket nett" in result.stderr) == (1, True)
    [source] = house.json("source", "list")
    assert (source["condition"], source["bad_in_a_row"]) == ("failing", 1)
    [fetch] = house.json("source", "history", "ooapi:kurskatalogen")
    assert fetch["outcome"] == "failed"
    assert "failed" in house.done("source", "history", "ooapi:kurskatalogen")
    house.done("source", "pause", "ooapi:kurskatalogen")
    assert "paused" in house.done("source", "list")
    house.done("source", "wake", "ooapi:kurskatalogen")
    house.done(
        "source", "change", "ooapi:kurskatalogen", "--url", "https://kurs.example.no/", "--name", "Katalogen",
        "--auth", "bearer", "--secret", "REGISTRY_FEED_KURS",
    )  # fmt: skip
    [source] = house.json("source", "list")
    assert (source["url"], source["name"], source["every_minutes"]) == ("https://kurs.example.no/", "Katalogen", None)


def test_a_source_of_one_provider(house: House) -> None:
    house.done("source", "add", "offers-sheet", INSIDE, "--name", "Arket", "--provider", "1150")
    assert house.run("source", "add", "offers-sheet", INSIDE, "--name", "B", "--provider", "9999").exit_code == 1


@pytest.mark.parametrize(
    "words",
    [
        ("source", "add", "ooapi", "http://kurs.example.no/", "--name", "K"),
        ("source", "run", "finnes-ikke"),
        ("import", "ooapi", "http://kurs.example.no/"),
        ("import", "ooapi", INSIDE),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_one_line(house: House, words: tuple[str, ...]) -> None:
    result = house.run(*words)
    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1


def test_nothing_to_go_on_with(house: House) -> None:
    assert "Ingen" in house.done("resume")


def test_what_is_at_an_address_is_imported_as_a_file_is(
    house: House, sheet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importers.fetch import Client, Reply

    def get(_: Client, url: str, into: Path, **__: object) -> Reply:
        into.write_bytes(sheet.read_bytes())
        return Reply(into, "0" * 64, into.stat().st_size, "text/csv; charset=utf-8")

    monkeypatch.setattr(Client, "get", get)
    assert house.json("import", "offers-sheet", "https://ark.example.no/tilbud.csv?nokkel=x")["new"] == 2
    assert "nokkel" not in str(house.json("quarantine", "list"))
