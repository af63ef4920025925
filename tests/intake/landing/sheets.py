"""Sheets about people and plans for tests: rows in, one delivery out; invented people by number."""

import csv
from pathlib import Path
from typing import Any

from registry.access.keyring import Keyring
from registry.access.policy import Actor
from registry.core.db import Database
from registry.intake.operations import import_payloads
from registry.intake.reading.result import ImportResult
from registry.settings import Settings

# Invented as Skatteetaten invents test persons: 80 added to the month. All pass both control digits.
ANNE, BODIL, CATO = "01810190090", "01810190171", "01810190252"


class Sender:
    """Deliveries of sheets to one database, with this home's keys and folders."""

    def __init__(self, database: Database, home: Path) -> None:
        self.database, self.home, self.count = database, home, 0
        self.settings = Settings(home=home / "home")

    @property
    def keyring(self) -> Keyring:
        return Keyring.of(self.settings)

    def send(self, actor: Actor, name: str, *rows: dict[str, str], **options: Any) -> ImportResult:
        self.count += 1
        path = self.home / f"{name}-{self.count}.csv"
        headings = list(dict.fromkeys(heading for row in rows for heading in row))
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, headings, delimiter=";", restval="")
            writer.writeheader()
            writer.writerows(rows)
        result = import_payloads(
            self.database,
            actor,
            name,
            [path],
            keyring=self.keyring,
            payload_folder=self.settings.home / "payloads",
            **options,
        )
        path.unlink()
        return result


def accounts(result: ImportResult) -> tuple[int, int, int, int]:
    """New, changed, unchanged, quarantined."""
    assert result.seen == result.new + result.changed + result.unchanged + result.quarantined
    return result.new, result.changed, result.unchanged, result.quarantined
