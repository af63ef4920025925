"""Figures counted by hand, as of any day, exact for those who may and rounded for everyone else."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import col, select

from registry.applications.figures import COUNTED
from registry.core.db import Database
from registry.core.errors import NotFound
from registry.reference.models import Organisation
from registry.reports import figures
from registry.reports.filters import Filters
from registry.reports.terms import known_terms
from tests.reports.conftest import TODAY
from tests.reports.year import COUNTS, NORSK

UNKNOWN = dict.fromkeys(COUNTED)


def ask(database: Database, build: Any, day: date = TODAY, **options: Any) -> dict[str, Any]:
    with database.read() as session:
        content: dict[str, Any] = build(session, Filters(as_of=day, **{"exact": True, **options}))
    return content


def figures_of(row: dict[str, Any]) -> dict[str, int | None]:
    return {name: row[name] for name in COUNTED}


def run(content: dict[str, Any], key: str) -> dict[str, Any]:
    [row] = [row for row in content["runs"] if row["run"] == key]
    return dict(row)


def subject(content: dict[str, Any], code: str) -> dict[str, Any]:
    [row] = [row for row in content["subjects"] if row["code"] == code]
    return dict(row)


def test_applications_of_a_run_counted_by_hand(year: Database) -> None:
    content = ask(year, figures.applications)
    assert (content["as_of"], content["term"]) == ("2026-06-01", "2026H")
    assert [row["run"] for row in content["runs"]] == ["norsk:2026H", "engelsk:a", "engelsk:b", "engelsk:c"]
    row = run(content, "norsk:2026H")
    assert figures_of(row) == NORSK
    assert (row["places"], row["source"], row["term"]) == (20, "applications", "2026H")
    assert row["offer"] == {
        "key": "norsk",
        "title": "Norsk 1",
        "provider": {"name": "Universitetet i Bergen", "dbh_code": "1120", "orgnr": row["offer"]["provider"]["orgnr"]},
    }


def test_counts_are_shown_where_no_single_applications_are_sent_and_the_unknown_stays_unknown(year: Database) -> None:
    row = run(ask(year, figures.applications, term="2025H"), "norsk:2025H")
    assert figures_of(row) == {**UNKNOWN, **COUNTS}
    assert row["source"] == "counts"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 1), {"applied": 13, "qualified": 13, "offered": 0, "accepted": 0, "withdrawn": 0}),
        (date(2026, 4, 9), {"applied": 13, "offered": 0, "rejected": 0}),
        (
            date(2026, 4, 10),
            {"applied": 13, "qualified": 11, "offered": 7, "rejected": 2, "waitlisted": 1, "accepted": 0},
        ),
        (date(2026, 4, 20), NORSK),
    ],
)
def test_as_of_a_day_the_figures_are_those_of_that_evening(year: Database, day: date, expected: dict[str, int]) -> None:
    row = run(ask(year, figures.applications, day), "norsk:2026H")
    assert {name: row[name] for name in expected} == expected


def test_before_anything_there_is_nothing(year: Database) -> None:
    day = date(2020, 1, 1)
    assert ask(year, figures.applications, day)["runs"] == []
    assert ask(year, figures.completion, day)["subjects"] == []
    assert ask(year, figures.demand, day)["subjects"] == []
    assert ask(year, figures.national, day)["terms"] == []


@pytest.mark.parametrize("build", [figures.applications, figures.completion, figures.demand, figures.national])
@pytest.mark.parametrize("exact", [True, False])
def test_an_empty_registry_answers_too(database: Database, build: Any, exact: bool) -> None:
    content = ask(database, build, date(2026, 3, 1), exact=exact)
    assert [value for value in content.values() if isinstance(value, list)] == [[]]
    assert content.get("term") is None


def test_strangers_see_multiples_of_five(year: Database) -> None:
    content = ask(year, figures.applications, exact=False)
    rounded = {"applied": 15, "qualified": 10, "offered": 10, "accepted": 5, **dict.fromkeys(COUNTED[4:], 0)}
    assert figures_of(run(content, "norsk:2026H")) == rounded
    for row in content["runs"]:
        assert all(value % 5 == 0 for value in figures_of(row).values())


def test_a_sum_is_rounded_from_the_exact_sum_not_from_what_is_shown(year: Database) -> None:
    """Three runs of two applicants each show 0, their subject 5: else the sum would give the parts away."""
    runs = ask(year, figures.applications, exact=False)
    assert [run(runs, f"engelsk:{name}")["applied"] for name in "abc"] == [0, 0, 0]
    assert subject(ask(year, figures.completion, exact=False), "engelsk")["applied"] == 5
    [term] = [row for row in ask(year, figures.national, exact=False)["terms"] if row["term"] == "2026H"]
    assert term["applied"] == 20  # 19, not 15 + 5


def test_what_is_unknown_is_not_rounded_to_nothing(year: Database) -> None:
    row = run(ask(year, figures.applications, term="2025H", exact=False), "norsk:2025H")
    assert (row["applied"], row["completed"], row["accepted"]) == (25, 10, None)


def test_completion_sums_the_runs_of_a_subject(year: Database) -> None:
    now = ask(year, figures.completion)
    assert [(row["code"], row["name"], row["runs"]) for row in now["subjects"]] == [
        ("engelsk", "Engelsk", 3),
        ("norsk", "Norsk", 1),
    ]
    assert figures_of(subject(now, "norsk")) == NORSK
    every = subject(ask(year, figures.completion, term="all"), "norsk")
    assert (every["runs"], every["applied"], every["started"], every["completed"]) == (2, 36, 18, 11)


def test_needs_of_submitted_plans_stand_beside_applications_and_places(year: Database) -> None:
    content = ask(year, figures.demand)
    assert (content["year"], content["term"]) == (2026, "2026H")
    assert content["subjects"] == [
        {"code": "norsk", "name": "Norsk", "needed": 17, "applied": 13, "places": 60, "started": 0},
        {"code": "engelsk", "name": "Engelsk", "needed": 0, "applied": 6, "places": 20, "started": 0},
    ]


def test_needs_and_places_are_those_known_on_the_day(year: Database) -> None:
    """In April one plan was sent, no run was cancelled, and the late run was not made."""
    content = ask(year, figures.demand, date(2026, 4, 15))
    assert [(row["code"], row["needed"], row["places"]) for row in content["subjects"]] == [
        ("norsk", 8, 20),
        ("engelsk", 0, 30),
    ]


def test_needs_may_be_narrowed_to_an_owner_and_to_a_provider(year: Database) -> None:
    assert subject(ask(year, figures.demand, owner="kommune-0301"), "norsk")["needed"] == 9
    narrowed = ask(year, figures.demand, provider="0238")
    assert subject(narrowed, "engelsk")["places"] == 20
    assert subject(narrowed, "norsk")["places"] == 0  # the need is there, the places are somebody else's


def test_rounded_needs_hide_small_plans(year: Database) -> None:
    assert [
        (row["code"], row["needed"], row["applied"]) for row in ask(year, figures.demand, exact=False)["subjects"]
    ] == [("norsk", 15, 15), ("engelsk", 0, 5)]


def test_the_country_term_by_term_newest_first(year: Database) -> None:
    rows = ask(year, figures.national)["terms"]
    assert [(row["term"], row["offers"], row["runs"], row["cancelled"]) for row in rows] == [
        ("2026H", 4, 6, 1),
        ("2025H", 1, 1, 0),
    ]
    assert (rows[0]["applied"], rows[0]["accepted"], rows[1]["applied"]) == (19, 5, 23)
    april = ask(year, figures.national, date(2026, 4, 15))["terms"]
    assert (april[0]["runs"], april[0]["cancelled"]) == (5, 0)


@pytest.mark.parametrize("code", ["0238", "874789542", "1120"])
def test_a_provider_is_known_by_its_code_or_number(year: Database, code: str) -> None:
    with year.read() as session:
        found = session.exec(
            select(Organisation).where((col(Organisation.dbh_code) == code) | (col(Organisation.orgnr) == code))
        ).one()
    rows = ask(year, figures.applications, provider=code)["runs"]
    assert rows
    assert {row["offer"]["provider"]["dbh_code"] for row in rows} == {found.dbh_code}


def test_an_unknown_organisation_is_named(year: Database) -> None:
    with pytest.raises(NotFound, match="9999"):
        ask(year, figures.applications, provider="9999")
    with pytest.raises(NotFound, match="kommune-9999"):
        ask(year, figures.demand, owner="kommune-9999")


def test_terms_are_known_newest_first(year: Database) -> None:
    with year.read() as session:
        assert known_terms(session) == ["2026H", "2025H"]
