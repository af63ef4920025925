"""What format modules of the registry's own sheets offer, beside reading."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from importers.protocol import Format, Notice, Payload
from importers.sheets.columns import Column

Pseudonyms = Callable[[str], Sequence[str]]  #: a person's pseudonyms, the one in use first


@runtime_checkable
class Sheet(Format, Protocol):
    """A sheet that has a template."""

    SHEET: str  #: name of the sheet in a workbook
    COLUMNS: Sequence[Column]

    def template(self, kind: str) -> bytes:
        """An empty sheet to fill in, as "xlsx", "ods" or "csv"."""


@runtime_checkable
class NamesPeople(Format, Protocol):
    """A format whose payloads may hold national identity numbers."""

    def protect(
        self, payload: Payload, target: Path, pseudonyms: Pseudonyms, ours: frozenset[str] = ...
    ) -> tuple[Payload, tuple[Notice, ...]]:
        """Make a copy without them. See ``importers.sheets.protecting``."""
