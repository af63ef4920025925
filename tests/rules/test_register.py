"""Rules: the number that held on a date, by which version; defaults loaded once and never over a person's choice."""

import csv
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, col, select

from registry.core.db import Database
from registry.core.errors import NotFound
from registry.rules.models import Rule
from registry.rules.register import DEFAULTS, load_defaults, rules_on


def add(
    session: Session, code: str, number: float, valid_from: date, valid_to: date | None = None, **more: Any
) -> None:
    session.add(
        Rule(
            code=code,
            number=number,
            valid_from=valid_from,
            valid_to=valid_to,
            unit="persons",
            owner="Prøve",
            citation="A test",
            text_nb="Regelen.",
            text_nn="Regelen.",
            **more,
        )
    )


@pytest.fixture
def versions(database: Database) -> Database:
    """One rule in two versions with a gap before, noise rules around."""
    with database.write() as session:
        add(session, "A", 10, date(2025, 1, 1), date(2025, 12, 31), exceptions=["0256"])
        add(session, "A", 12, date(2026, 1, 1), version=2)
        add(session, "AB", 99, date(2020, 1, 1))
        add(session, "OLD", 1, date(2020, 1, 1), date(2021, 1, 1))
    return database


@pytest.mark.parametrize(
    ("day", "number", "version"),
    [
        (date(2025, 1, 1), 10, 1),
        (date(2025, 12, 31), 10, 1),
        (date(2026, 1, 1), 12, 2),
        (date(2040, 1, 1), 12, 2),
    ],
)
def test_the_version_that_held_on_the_day_answers(versions: Database, day: date, number: float, version: int) -> None:
    with versions.read() as session:
        rules = rules_on(session, day)
    assert (rules["A"], rules.versions["A"]) == (number, version)


@pytest.mark.parametrize(
    ("code", "day"), [("A", date(2024, 12, 31)), ("OLD", date(2021, 1, 2)), ("NONE", date(2026, 1, 1))]
)
def test_a_rule_that_does_not_hold_is_not_found(versions: Database, code: str, day: date) -> None:
    with versions.read() as session:
        rules = rules_on(session, day)
    assert code not in set(rules)
    with pytest.raises(NotFound, match=code):
        rules[code]


def test_where_two_versions_hold_the_newer_wins(database: Database) -> None:
    with database.write() as session:
        add(session, "A", 12, date(2026, 1, 1), version=2)
        add(session, "A", 10, date(2026, 1, 1))
    with database.read() as session:
        assert rules_on(session, date(2026, 6, 1))["A"] == 12


def test_exceptions_are_those_of_the_version(versions: Database) -> None:
    with versions.read() as session:
        assert rules_on(session, date(2025, 6, 1)).exceptions["A"] == {"0256"}
        assert rules_on(session, date(2026, 6, 1)).exceptions["A"] == frozenset()


def test_a_set_of_rules_is_a_mapping(versions: Database) -> None:
    with versions.read() as session:
        rules = rules_on(session, date(2026, 6, 1))
    assert len(rules) == len(list(rules)) == len(dict(rules))


def test_every_default_is_loaded_with_its_source(database: Database) -> None:
    with DEFAULTS.open(encoding="utf-8", newline="") as handle:
        defaults = {row["code"]: row for row in csv.DictReader(handle)}
    with database.read() as session:
        rules = {rule.code: rule for rule in session.exec(select(Rule)).all()}
    assert {code: rules[code].number for code in defaults} == {
        code: float(row["number"]) for code, row in defaults.items()
    }
    for code, rule in rules.items():
        assert rule.citation, code
        assert rule.owner, code
        assert rule.text_nb.endswith("."), code
        assert rule.text_nn.endswith("."), code


def test_loading_again_changes_no_number_that_somebody_set(database: Database) -> None:
    with database.write() as session:
        session.exec(select(Rule).where(Rule.code == "SMALL_CELL")).one().number = 7
        session.delete(session.exec(select(Rule).where(Rule.code == "RISK_FLAG")).one())
    with database.write() as session:
        first = load_defaults(session)
        again = load_defaults(session)
    with database.read() as session:
        codes = session.exec(select(Rule.code).order_by(col(Rule.code))).all()
        assert rules_on(session, date(2026, 1, 1))["SMALL_CELL"] == 7
    assert first == again == len(codes) == len(set(codes))
    assert "RISK_FLAG" in codes
