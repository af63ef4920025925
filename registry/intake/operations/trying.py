"""Rows of one delivery read again: as they came from the payload that is kept, or as somebody has repaired them."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from importers.protocol import Format, Payload
from registry.core.errors import InvalidInput
from registry.intake.delivery import Delivery, Refusal, identify, kept_at, read_delivery
from registry.intake.models import ImportRun, QuarantinedRow
from registry.intake.operations.one_row import Raw, written_both_ways
from registry.intake.spool import Spool

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

    Rows that nobody has changed are read from where they came, so that what they point at elsewhere in the file is there
    too. Raises InvalidInput where they cannot be read.
    """
    untouched = all(_same(raws[row.pk], row.raw) for row in rows)
    spool = Spool()
    try:
        if untouched and (found := _as_they_came(reader, run, rows, folder, spool)):
            yield found
        elif _ends(run, _XML):
            raise InvalidInput("Raden kom som XML og kan ikke rettes her. Rett den hos kilden og hent på nytt.")
        else:
            with tempfile.TemporaryDirectory() as scratch:
                yield _as_repaired(reader, run, rows, [raws[row.pk] for row in rows], Path(scratch), spool)
    finally:
        spool.close()


def _as_they_came(
    reader: Format, run: ImportRun, rows: Sequence[QuarantinedRow], folder: Path | None, spool: Spool
) -> Again | None:
    """None where the payload is not kept, or is read otherwise now."""
    if folder is None or not run.payloads or "sha256" not in run.payloads[0]:
        return None
    payloads = [
        Payload(kept_at(one["sha256"], folder), one["name"], one.get("media_type"), one["bytes"])
        for one in run.payloads
    ]
    if not all(payload.path.exists() for payload in payloads):
        return None
    wanted = {(row.payload_name, row.position): row for row in rows}
    with read_delivery(reader, payloads, list(run.payloads)) as whole:
        if isinstance(whole, Refusal):
            return None
        for name, row in whole.rows:
            if (name, row.position) in wanted:
                spool.add(name, row)
    return _again(run, spool, wanted, list(run.payloads)) if len(spool) == len(wanted) else None


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


def _same(one: Raw, other: Raw) -> bool:
    """Nothing and an empty text look alike in a form."""
    return {name: value or None for name, value in one.items()} == {
        name: value or None for name, value in other.items()
    }


def _ends(run: ImportRun, endings: tuple[str, ...]) -> bool:
    """How the delivery came, by the name of its first payload and what the source called it."""
    first = run.payloads[0] if run.payloads else {}
    name, kind = str(first.get("name", "")).casefold(), str(first.get("media_type") or "")
    return name.endswith(endings) or any(ending[1:] in kind for ending in endings)
