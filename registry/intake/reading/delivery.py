"""A delivery: the payloads of one import, read to their end before anything is written."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from importers import formats
from importers.protocol import (
    Format,
    Notice,
    OfferRecord,
    Payload,
    PayloadRefused,
    RegisterRecord,
    RejectedRow,
    Yields,
    yields,
)
from importers.sentences import Sentence, joined
from importers.sheets.contract import Sheet
from registry.core.errors import InvalidInput
from registry.intake.reading import shaping
from registry.intake.reading.spool import Spool

Progress = Callable[[int], None]  #: told how many rows have been read so far
_CHUNK = 1 << 20
_TELL_EVERY = 500
#: What comes in through this door; applications, counts of runs and plans have doors of their own.
REGISTERS = frozenset({Yields.UNITS, Yields.CODES, Yields.COUNTS})
TAKEN_IN = REGISTERS | {Yields.OFFERS}


@dataclass(slots=True)
class Delivery:
    """Everything that came, in order. ``complete`` is False where absence means nothing (one row tried again)."""

    format: str
    rows: Spool = field(default_factory=Spool)
    notices: list[Sentence] = field(default_factory=list)
    payloads: list[dict[str, Any]] = field(default_factory=list)  #: name, sha256, bytes, media_type
    complete: bool = True


@dataclass(slots=True)
class Refusal:
    """A delivery that is refused whole, in one sentence."""

    payloads: list[dict[str, Any]]
    message: Sentence


def find_format(name: str) -> Format:
    """The format of that name. Raises InvalidInput."""
    try:
        return formats.get(name)
    except formats.UnknownFormat as unknown:
        raise InvalidInput(str(unknown)) from unknown


def find_sheet(name: str) -> Sheet:
    """The sheet of that name. Raises InvalidInput for an unknown format, TypeError for one that has no template."""
    found = find_format(name)
    if not isinstance(found, Sheet):
        raise TypeError(f"{name} is no sheet of the registry's own")
    return found


def identify(payloads: Sequence[Payload]) -> list[dict[str, Any]] | Refusal:
    """Name, SHA-256 and size of every payload. Raises InvalidInput where there is none."""
    if not payloads:
        raise InvalidInput("Oppgi minst én fil.")
    found: list[dict[str, Any]] = []
    for payload in payloads:
        try:
            found.append(_identity(payload))
        except PayloadRefused as refused:
            return Refusal(found, _named(payload, refused.message, payloads))
    return found


@contextmanager
def read_delivery(
    reader: Format,
    payloads: Sequence[Payload],
    identities: list[dict[str, Any]],
    *,
    progress: Progress | None = None,
) -> Iterator[Delivery | Refusal]:
    """Read every payload. One that cannot be trusted refuses the whole delivery: nothing is half-read."""
    delivery = Delivery(reader.NAME, payloads=identities)
    try:
        yield _read(reader, payloads, delivery, progress)
    finally:
        delivery.rows.close()


def _read(
    reader: Format, payloads: Sequence[Payload], delivery: Delivery, progress: Progress | None
) -> Delivery | Refusal:
    if yields(reader) not in TAKEN_IN:
        message = Sentence(
            "Formatet %(format)s gir verken tilbud eller registerdata. Bruk det der det hører hjemme, eller velg et annet "
            "format.",
            format=reader.NAME,
        )
        return Refusal(delivery.payloads, message)
    for payload in payloads:
        try:
            for row in reader.read(payload):
                if isinstance(row, Notice):
                    delivery.notices.append(_named(payload, row.text, payloads))
                    continue
                assert isinstance(row, (OfferRecord, RegisterRecord, RejectedRow))  # what ``TAKEN_IN`` yields
                delivery.rows.add(payload.name, row)
                if progress is not None and len(delivery.rows) % _TELL_EVERY == 0:
                    progress(len(delivery.rows))
        except PayloadRefused as refused:
            return Refusal(delivery.payloads, _named(payload, refused.message, payloads))
    if progress is not None:
        progress(len(delivery.rows))
    return delivery


@cache
def reader_version() -> str:
    """A digest of the code that reads and shapes: where it differs, the same bytes may be understood otherwise."""
    digest = hashlib.sha256()
    root = Path(formats.__file__).parents[1]
    for path in sorted(root.rglob("*.py")):
        if (root / "fetch") not in path.parents:
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    digest.update(Path(shaping.__file__).read_bytes())
    return digest.hexdigest()


def _named(payload: Payload, text: Sentence, payloads: Sequence[Payload]) -> Sentence:
    return text if len(payloads) == 1 else joined((payload.name, text), ": ")


def _identity(payload: Payload) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    try:
        with payload.path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
    except (OSError, ValueError) as error:
        raise PayloadRefused(
            Sentence("Filen finnes ikke eller kan ikke leses."), Sentence("Kontroller navnet på filen.")
        ) from error
    found = {"name": payload.name, "sha256": digest.hexdigest(), "bytes": size}
    return found if payload.media_type is None else {**found, "media_type": payload.media_type}


def keep(path: Path, sha256: str, folder: Path) -> Path:
    """Keep a payload under its SHA-256, once, on the disk itself before anything points at it. Returns where it lies."""
    kept = kept_at(sha256, folder)
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        half = kept.with_suffix(f".{os.getpid()}.part")
        shutil.copyfile(path, half)
        with half.open("rb") as stream:
            os.fsync(stream.fileno())
        half.replace(kept)
    return kept


def kept_at(sha256: str, folder: Path) -> Path:
    """Where a payload of that SHA-256 lies, if it is kept."""
    return folder / sha256[:2] / sha256
