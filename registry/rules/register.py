"""The rule register: which number held on a date, by which version.

The defaults lie in ``registry/rules/defaults.csv``, each with its citation; the table holds every version since.
"""

import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from registry.core.errors import NotFound
from registry.core.table import columns_of
from registry.rules.models import Rule

DEFAULTS = Path(__file__).parent / "defaults.csv"


@dataclass(frozen=True, slots=True)
class RuleSet(Mapping[str, float]):
    """The rules that hold on a date: code -> number; ``versions`` names the version beside every flag."""

    numbers: Mapping[str, float]
    versions: Mapping[str, int]
    exceptions: Mapping[str, frozenset[str]]

    def __getitem__(self, code: str) -> float:
        try:
            return self.numbers[code]
        except KeyError:
            raise NotFound("Regelen %(code)s finnes ikke.", code=code) from None

    def __contains__(self, code: object) -> bool:
        return code in self.numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self.numbers)

    def __len__(self) -> int:
        return len(self.numbers)


@dataclass(frozen=True, slots=True)
class RuleHistory:
    """What held when, for those who judge the past: each day that some rule changed, oldest first, with all that held from it.

    Days before the first are answered by the first: the register is younger than what it judges.
    """

    changes: tuple[tuple[date, RuleSet], ...]

    def on(self, day: date) -> RuleSet:
        """What held on a day."""
        held = [rules for since, rules in self.changes if since <= day]
        return held[-1] if held else self.changes[0][1]

    def during(self, first: date, last: date) -> list[tuple[date, RuleSet]]:
        """What held on the first day, and what each change until the last brought, with its day."""
        return [(first, self.on(first)), *((day, rules) for day, rules in self.changes[1:] if first < day <= last)]

    def changed(self, code: str, number: float, day: date) -> "RuleHistory":
        """The history as it would be with another number from a day on."""
        new = {since: rules for since, rules in self.changes if since < day} | {
            since: replace(rules, numbers={**rules.numbers, code: number})
            for since, rules in ((day, self.on(day)), *((since, rules) for since, rules in self.changes if since > day))
        }
        return RuleHistory(tuple(sorted(new.items(), key=lambda one: one[0])))


def rules_on(session: Session, day: date) -> RuleSet:
    """The version of every rule that held on ``day``."""
    return _as_set({row.code: row for row in session.execute(_held(), {"day": day})})


def rule_history(session: Session, codes: Collection[str]) -> RuleHistory:
    """Every version of some rules. A rule that is younger than another counts from the first day with its first version."""
    query = select(Rule).where(col(Rule.code).in_(list(codes))).order_by(col(Rule.version).desc())
    versions = session.exec(query).all()
    first = {rule.code: rule for rule in versions}
    days = {rule.valid_from for rule in versions} | {
        rule.valid_to + timedelta(days=1) for rule in versions if rule.valid_to is not None
    }

    def held(day: date) -> RuleSet:
        newest = {
            rule.code: rule
            for rule in reversed(versions)
            if rule.valid_from <= day and (rule.valid_to is None or day <= rule.valid_to)
        }
        return _as_set({**first, **newest})

    return RuleHistory(tuple((day, held(day)) for day in sorted(days)))


def _as_set(newest: Mapping[str, Any]) -> RuleSet:
    return RuleSet(
        numbers={code: row.number for code, row in newest.items()},
        versions={code: row.version for code, row in newest.items()},
        exceptions={code: frozenset(map(str, row.exceptions)) for code, row in newest.items()},
    )


@cache
def _held() -> Any:
    """Made once: every flag and most pages ask for the rules."""
    rule, day = columns_of(Rule), sa.bindparam("day", type_=sa.Date)
    held = (rule.valid_from <= day) & (rule.valid_to.is_(None) | (rule.valid_to >= day))
    return sa.select(rule.code, rule.number, rule.version, rule.exceptions).where(held).order_by(rule.version)


def load_defaults(session: Session) -> int:
    """Add the first version of every default that the table lacks. Returns the number of rules."""
    known = set(session.exec(select(Rule.code)).all())
    with DEFAULTS.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["code"] in known:
                continue
            session.add(
                Rule(
                    code=row["code"],
                    number=float(row["number"]),
                    unit=row["unit"],
                    period=row["period"] or None,
                    owner=row["owner"],
                    citation=row["citation"],
                    text_nb=row["text_nb"],
                    text_nn=row["text_nn"],
                    valid_from=date.fromisoformat(row["valid_from"]),
                )
            )
    session.flush()
    return len(session.exec(select(Rule.id)).all())
