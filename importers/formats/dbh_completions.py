"""Completions from DBH: tables 104 (graduates) and 118 (completed programmes).

Source: https://dbh.hkdir.no/datainnhold/tabell-dokumentasjon/104 (NLOD 2.0). One row is one group at one institution in
one year or half-year.

Quirks of the tables, each met with in ``importers.dbh_counts``:

- Every number is text ("73"). Women and men do not sum to the total where small numbers are hidden: 15 in all with 0 and 0.
- The status says so in its message ("med skjerming for utvalgte rapporter"), and a notice passes it on.
- ``antall`` in the status may differ from the rows that follow: told in a notice.
"""

from collections.abc import Iterator

from importers.dbh_counts import Counted, read_counts, total
from importers.payloads import MAX_BYTES
from importers.protocol import Payload, Row, Yields

NAME = "dbh-completions"
TITLE = "Fullførte og kandidater fra DBH (tabell 104 og 118), som JSON eller CSV"
YIELDS = Yields.COUNTS

_COUNTED = Counted(("104", "118"), total("completed"))


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every row of the reply, in order; positions count rows, not the status element."""
    yield from read_counts(payload, _COUNTED, max_bytes=max_bytes)
