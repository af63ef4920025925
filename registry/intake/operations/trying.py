"""Rows of one delivery read again: as they came from the payload that is kept, or as somebody has repaired them."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from importers.json_rows import text_of
from importers.nested import json_of
from importers.protocol import Format, Payload
from registry.core.errors import InvalidInput
from registry.intake.models import ImportRun, QuarantinedRow
from registry.intake.operations.one_row import Raw, written_both_ways
from registry.intake.reading.delivery import Delivery, Refusal, identify, kept_at, read_delivery
from registry.intake.reading.spool import Spool

_JSON, _XML = (".json", ".jsonld", ".html", ".htm"), (".xml",)


@dataclass(slots=True)
class Again:
    """What is to be taken in, and where each of the rows stands in it: (payload's name, position)."""

    delivery: Delivery
    places: dict[tuple[str, int], QuarantinedRow]


@contextmanager
def read_again(
    reader: Format, run: ImportRun, rows: Sequence[QuarantinedRow], raws: Mapping[int, Raw], folder: Path | None
) -> Iterator[Again]:
    """The rows, read by their own format. ``raws`` are the values of each by id; ``folder`` is where payloads are kept.

    They are read where they came, with what a person has changed put in place, so that what they point at elsewhere in
    the file is there too. Where the payload is not kept, or its format does not read repairs, they are read by themselves.
    Raises InvalidInput where they cannot be read.
    """
    changes = {row.pk: _changes(row.raw, raws[row.pk]) for row in rows}
    spool = Spool()
    try:
        if found := _where_they_came(reader, run, rows, changes, folder, spool):
            yield found
        elif _ends(run, _XML):
            raise InvalidInput(
                "Raden kom som XML og kan ikke rettes her: filen er ikke tatt vare på, eller verdien står et annet sted i den. "
                "Rett den hos kilden og hent på nytt."
            )
        else:
            with tempfile.TemporaryDirectory() as scratch:
                yield _as_repaired(reader, run, rows, [raws[row.pk] for row in rows], Path(scratch), spool)
    finally:
        spool.close()


def _where_they_came(
    reader: Format,
    run: ImportRun,
    rows: Sequence[QuarantinedRow],
    changes: Mapping[int, Raw],
    folder: Path | None,
    spool: Spool,
) -> Again | None:
    """None where the payload is not kept, is read otherwise now, or comes out without the changes: a format that does not
    read them, or a value that is not the row's own."""
    if folder is None or not run.payloads or "sha256" not in run.payloads[0]:
        return None
    # A row may be repaired more than once: what was put right before stays so.
    repairs: dict[str, dict[int, dict[str, str | None]]] = {
        one["name"]: {int(position): dict(texts) for position, texts in one["repairs"].items()}
        for one in run.payloads
        if one.get("repairs")
    }
    for row in rows:
        if changes[row.pk]:
            repairs.setdefault(row.payload_name, {}).setdefault(row.position, {}).update(changes[row.pk])
    if repairs and not _ends(run, (*_JSON, *_XML)):
        return None
    payloads = [
        Payload(
            kept_at(one["sha256"], folder),
            one["name"],
            one.get("media_type"),
            one["bytes"],
            repairs.get(one["name"], {}),
        )
        for one in run.payloads
    ]
    if not all(payload.path.exists() for payload in payloads):
        return None
    wanted = {(row.payload_name, row.position): row for row in rows}
    with read_delivery(reader, payloads, list(run.payloads)) as whole:
        if isinstance(whole, Refusal):
            return None
        for name, read in whole.rows:
            asked = wanted.get((name, read.position))
            if asked is not None and _shows(read.raw, changes[asked.pk]):
                spool.add(name, read)
    if len(spool) != len(wanted):
        spool.clear()
        return None
    told = [{**one, "repairs": repairs[one["name"]]} if one["name"] in repairs else one for one in run.payloads]
    return _again(run, spool, wanted, told)


def _as_repaired(
    reader: Format, run: ImportRun, rows: Sequence[QuarantinedRow], raws: Sequence[Raw], scratch: Path, spool: Spool
) -> Again:
    first, others = rows[0], len(rows) - 1
    name = f"{first.payload_name}, rad {first.position}" + (f" og {others} til" if others else "")
    refusals: list[str] = []
    for path in written_both_ways(scratch, raws, items_first=_ends(run, _JSON)):
        payloads = [Payload(path, name)]
        identities = identify(payloads)
        assert not isinstance(identities, Refusal)  # we have just written them
        with read_delivery(reader, payloads, identities) as delivery:
            if isinstance(delivery, Refusal):
                refusals.append(delivery.message)
                continue
            if len(delivery.rows) != len(rows):
                raise InvalidInput("Raden er tom eller deler seg i flere. Rett den hos kilden.")
            places = {}
            for row, (payload, read) in zip(rows, delivery.rows, strict=True):
                spool.add(payload, read)
                places[payload, read.position] = row
            return _again(run, spool, places, identities)
    raise InvalidInput("%(reason)s", reason=refusals[0])


def _again(
    run: ImportRun, spool: Spool, places: dict[tuple[str, int], QuarantinedRow], payloads: list[dict[str, object]]
) -> Again:
    """Absence means nothing: the delivery is a part of another."""
    return Again(Delivery(run.format, spool, payloads=payloads, complete=False), places)


def _changes(before: Raw, after: Raw) -> Raw:
    """What a person has changed. Nothing and an empty text look alike in a form, and so do ways to end a line."""
    return {
        name: text or None
        for name, text in after.items()
        if (text or "").replace("\r\n", "\n") != (before.get(name) or "").replace("\r\n", "\n")
    }


def _shows(raw: Raw, changes: Raw) -> bool:
    """Whether a row that was read has the changes in it."""
    return all(
        (raw.get(name) or "").split() == (text_of(json_of(text)) or "").split() for name, text in changes.items()
    )


def _ends(run: ImportRun, endings: tuple[str, ...]) -> bool:
    """How the delivery came, by the name of its first payload and what the source called it."""
    first = run.payloads[0] if run.payloads else {}
    name, kind = str(first.get("name", "")).casefold(), str(first.get("media_type") or "")
    return name.endswith(endings) or any(ending[1:] in kind for ending in endings)
