"""Klass, Statistics Norway's classifications: municipalities (131), counties (104) and NUS2000 (36), with their changes.

Source: https://data.ssb.no/api/klass/v1 (NLOD). A file is the reply of ``/codes`` or ``/codesAt``, of ``/changes``, or of
``/corresponds``, as JSON or CSV.

Quirks of the service, each met with in ``importers.codes``:

- No reply says which classification it is of. The lengths of all its codes do: 4 digits are municipalities, 2 counties,
  1 to 4 and 6 digits NUS. Anything else is refused whole.
- CSV has ``;``, quotes around everything, and is ISO-8859-1: read as cp1252, with a notice.
- ``validTo`` is the first day that a code no longer holds, and "+999999999-12-31" means that it has no end.
- A spreadsheet takes leading zeros away (301 for 0301): put back.
- The same code comes once for every version in which its name or parent differs: the key holds the day it is valid from.
- Names are in the language that was asked for, and the reply does not say which.
- Two municipalities may have one name (Herøy, Våler), so nothing is ever found by name.
- A change may lack the old or the new code, where a code is new or is gone with nothing after it: rejected, told so.
- A correspondence may have organisation numbers as source (1236: organisation number to municipality).
"""

from collections.abc import Iterator

from importers.codes import rows_of, scheme_of, understood
from importers.payloads import MAX_BYTES, examine
from importers.protocol import Payload, RejectedRow, Row, Yields
from importers.sentences import Sentence
from importers.tally import Tally

NAME = "klass"
TITLE = "Kommuner, fylker og NUS fra Klass (SSB) med endringer, som JSON eller CSV"
YIELDS = Yields.CODES


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every code, change or correspondence, in order."""
    examined = examine(payload, max_bytes=max_bytes)
    scheme = scheme_of(examined)
    yield from examined.notices
    tally = Tally()
    for position, row in rows_of(examined):
        yield tally.passing(row if isinstance(row, RejectedRow) else understood(position, row, scheme))
    yield from tally.notices(
        Sentence("Filen har ingen koder."), Sentence("Kontroller datoene i spørringen, og hent filen på nytt.")
    )
