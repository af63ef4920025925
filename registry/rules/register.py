"""The rule register: which number held on a date, by which version.

The defaults lie in ``registry/rules/defaults.csv``, each with its citation; the table holds every version since.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, select

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


def rules_on(session: Session, day: date) -> RuleSet:
    """The version of every rule that held on ``day``."""
    newest = {row.code: row for row in session.execute(_held(), {"day": day})}
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
