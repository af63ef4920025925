"""Participants in further education from DBH: tables 543 (kindergarten teachers) and 544 (teachers in schools).

Source: https://dbh.hkdir.no/datainnhold/tabell-dokumentasjon/544 (NLOD 2.0). Tables 123 (registered students) and 947 and
948 (vocational colleges) have the same shape. One row is one group at one institution in one year.

Quirks of the tables, each met with in ``importers.dbh_counts``:

- 543 and 544 are grouped by institution, year and "Kode type videreutdanning": never by programme.
- Vocational colleges are known by name ("Fagskolens navn"), not by a code of DBH.
- Without a token DBH shows 1 and 2 as 0, and may round the rest.
- No reply of 543 or 544 has been seen: only "Antall…" is read, and any other column is kept in the row and told of.
"""

from collections.abc import Iterator

from importers.dbh_counts import Counted, read_counts, total
from importers.payloads import MAX_BYTES
from importers.protocol import Payload, Row, Yields

NAME = "dbh-participants"
TITLE = "Deltakere i videreutdanning fra DBH (tabell 543, 544, 123, 947 og 948), som JSON eller CSV"
YIELDS = Yields.COUNTS

_COUNTED = Counted(("543", "544", "123", "947", "948"), total("participants"))


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every row of the reply, in order; positions count rows, not the status element."""
    yield from read_counts(payload, _COUNTED, max_bytes=max_bytes)
