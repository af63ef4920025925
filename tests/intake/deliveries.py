"""Deliveries for tests: replies of DBH table 347 and offers sheets, row by row; and digests of tables."""

import csv
import hashlib
import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select as sql_select

from registry.access.policy import Actor, Holding, system
from registry.access.roles import Role
from registry.core.db import Database
from registry.core.table import metadata
from registry.intake.operations import import_payloads
from registry.intake.reading.result import ImportResult

DAY = date(2025, 10, 1)
KEEPER = system("test")


def dbh(
    code: str = "ENG1",
    title: str = "Engelsk 1, 1.-7. trinn",
    *,
    institution: str = "1150",
    year: int = 2024,
    **more: str,
) -> dict[str, str]:
    """One row of table 347."""
    return {
        "Institusjonskode": institution, "Institusjonsnavn": "Et sted", "Avdelingsnavn": "Lærerutdanning",
        "Årstall": str(year), "Studieprogramkode": code, "Studieprogramnavn": title, "Nivåkode": "LN", **more,
    }  # fmt: skip


def sheet(
    code: str = "NO1", title: str = "Norsk 1", *, provider: str = "1150", term: str = "2026V", **more: str
) -> dict[str, str]:
    """One row of the offers sheet."""
    return {"Institusjonskode": provider, "Tilbudskode": code, "Navn": title, "Termin": term, **more}


class Feed:
    """Deliveries to one database: each call is one import."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder, self.count = database, folder, 0

    def dbh(self, *rows: dict[str, str], **options: Any) -> ImportResult:
        self.count += 1
        path = self.folder / f"347-{self.count}.json"
        path.write_text(json.dumps(list(rows), ensure_ascii=False), encoding="utf-8")
        return self._import("dbh-347", path, **options)

    def sheet(self, *rows: dict[str, str], **options: Any) -> ImportResult:
        self.count += 1
        path = self.folder / f"ark-{self.count}.csv"
        headings = list(dict.fromkeys(name for row in rows for name in row))
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, headings, delimiter=";")
            writer.writeheader()
            writer.writerows(rows)
        return self._import("offers-sheet", path, **options)

    def file(self, content: bytes, **options: Any) -> ImportResult:
        self.count += 1
        path = self.folder / f"fil-{self.count}"
        path.write_bytes(content)
        return self._import("dbh-347", path, **options)

    def _import(self, name: str, path: Path, **options: Any) -> ImportResult:
        options.setdefault("as_of", DAY)
        return import_payloads(self.database, options.pop("actor", KEEPER), name, [path], **options)


def staff(organisation: int, name: str = "person:7") -> Actor:
    """Somebody who works at a provider."""
    return Actor(name, (Holding(Role.PROVIDER_STAFF, organisation),), person=7)


def operator() -> Actor:
    """The one who runs the registry."""
    return Actor("person:1", (Holding(Role.OPERATOR),), person=1)


def digests(database: Database, *, leave_out: Iterable[str] = (), columns: Iterable[str] = ()) -> dict[str, str]:
    """A digest of every table, rows in order of their keys; ``leave_out`` names tables, ``columns`` columns ("table.column")."""
    found: dict[str, str] = {}
    skipped = set(columns)
    with database.engine.connect() as connection:
        for table in metadata.sorted_tables:
            if table.name in set(leave_out):
                continue
            kept = [column for column in table.columns if f"{table.name}.{column.name}" not in skipped]
            query = sql_select(*kept).order_by(*table.primary_key.columns)
            digest = hashlib.sha256()
            for row in connection.execute(query):
                digest.update(repr(tuple(row)).encode())
            found[table.name] = digest.hexdigest()
    return found


def rows(database: Database, query: Any) -> list[Any]:
    """The rows of a query, usable after the session has ended."""
    with database.read() as session:
        found = list(session.exec(query))
        session.expunge_all()
    return found
