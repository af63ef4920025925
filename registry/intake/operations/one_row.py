"""One row as a file of its own, so that a repaired row comes in by the same door as every row."""

import csv
from collections.abc import Mapping
from pathlib import Path


def write_row(path: Path, raw: Mapping[str, str | None]) -> None:
    """Every format that takes rows from a sheet or a table reads one as CSV."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", quoting=csv.QUOTE_ALL)
        writer.writerow(list(raw))
        writer.writerow([value or "" for value in raw.values()])
