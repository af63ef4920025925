"""How the tests hand a format something to read."""

import csv
import io
import itertools
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from importers import formats
from importers.protocol import Format, Notice, OfferRecord, Payload, PayloadRefused, RejectedRow, Row

SAMPLES = Path(__file__).parent / "samples"
SHARED_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


class Desk:
    """A place to put files and read them with one format."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.format: Format = formats.get(name)
        self.numbers = itertools.count()

    def payload(self, content: bytes | str, name: str = "feed", media_type: str | None = None) -> Payload:
        path = self.folder / f"{next(self.numbers)}-{name}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return Payload(path, name, media_type)

    def read(self, content: bytes | str, name: str = "feed", media_type: str | None = None) -> list[Row]:
        return list(self.format.read(self.payload(content, name, media_type)))

    def refused(self, content: bytes | str, name: str = "feed") -> PayloadRefused:
        try:
            rows = self.read(content, name)
        except PayloadRefused as refusal:
            return refusal
        raise AssertionError(f"not refused: {rows}")


def offers(rows: Iterable[Row]) -> list[OfferRecord]:
    return [row for row in rows if isinstance(row, OfferRecord)]


def rejections(rows: Iterable[Row]) -> list[RejectedRow]:
    return [row for row in rows if isinstance(row, RejectedRow)]


def notices(rows: Iterable[Row]) -> list[str]:
    return [row.text for row in rows if isinstance(row, Notice)]


def as_json(rows: Sequence[Any]) -> str:
    return json.dumps(rows)


def as_csv(*rows: Sequence[str], delimiter: str = ";") -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    return stream.getvalue()


def as_xlsx(*rows: Sequence[Any], title: str = "Tilbud") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
