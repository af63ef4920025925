"""The rule register: which number held on a date, by which version.

The defaults lie in ``registry/rules/defaults.csv``, each with its citation; the table holds every version since.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlmodel import Session, col, select

from registry.core.errors import NotFound
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
    query = select(Rule.code, Rule.number, Rule.version, Rule.exceptions).where(
        col(Rule.valid_from) <= day, (col(Rule.valid_to).is_(None)) | (col(Rule.valid_to) >= day)
    )
    newest = {row.code: row for row in session.execute(query.order_by(col(Rule.version)))}
    return RuleSet(
        numbers={code: row.number for code, row in newest.items()},
        versions={code: row.version for code, row in newest.items()},
        exceptions={code: frozenset(map(str, row.exceptions)) for code, row in newest.items()},
    )


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
