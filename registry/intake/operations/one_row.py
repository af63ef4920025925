"""Rows as a file of their own, so that repaired rows come in by the same door as every row."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

Raw = Mapping[str, str | None]


def write_row(path: Path, raw: Raw) -> None:
    """Every format that takes rows from a sheet or a table reads one as CSV."""
    write_table(path, [raw])


def write_table(path: Path, raws: Sequence[Raw]) -> None:
    """Rows under the headings of them all."""
    headings = list(dict.fromkeys(name for raw in raws for name in raw))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", quoting=csv.QUOTE_ALL)
        writer.writerow(headings)
        writer.writerows([raw.get(name) or "" for name in headings] for raw in raws)


def write_items(path: Path, raws: Sequence[Raw]) -> None:
    """Rows as a list of JSON objects: lists and objects that the raw row keeps as text are what they were."""
    items = [{name: _value(text) for name, text in raw.items()} for raw in raws]
    path.write_text(json.dumps(items, ensure_ascii=False), encoding="utf-8")


def written_both_ways(folder: Path, raws: Sequence[Raw], *, items_first: bool) -> Iterator[Path]:
    """The rows as a table and as a list of objects, the likelier first: the format itself says which it reads."""
    ways = [("rows.csv", write_table), ("rows.json", write_items)]
    for name, write in reversed(ways) if items_first else ways:
        write(folder / name, raws)
        yield folder / name


def _value(text: str | None) -> Any:
    if text is None or text[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return text
