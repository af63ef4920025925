"""Applicants, offers of places and starters from DBH: tables 379 (applied and met), 132, 112 and 555 (vocational colleges).

Source: https://dbh.hkdir.no/datainnhold/tabell-dokumentasjon/379 (NLOD 2.0). One row is one group of applicants at one
institution, in one year or half-year, for one programme where that was asked for.

Quirks of the tables, each met with in ``importers.dbh_counts``:

- The rows are what was asked for in ``groupBy``: without ``Semester`` the term is a year, without ``Studieprogramkode``
  the row speaks of the whole institution. Rows that split by ``Kvalifisert``, ``Prioritet`` or ``Kjønn`` are parts of a sum.
- "Søknadsalternativer" counts applications, not persons: one person may apply to several programmes.
- Without a token DBH shows 1 and 2 as 0, and may round the rest: the finer the rows, the more is lost. A notice says so.
- Columns of 379 are known from code that reads the service ("Søknadsalternativer", "Tilbud om opptak", "Akseptert
  tilbud", "Møtt til studiestart"). Of 132, 112 and 555 no reply has been seen: only "Antall…" is read, and any other column
  is kept in the row and told of.
"""

from collections.abc import Iterator

from importers.dbh_counts import Counted, read_counts, total
from importers.payloads import MAX_BYTES
from importers.protocol import Payload, Row, Yields

NAME = "dbh-applicants"
TITLE = "Søkere, tilbud og møtte fra DBH (tabell 379, 132, 112 og 555), som JSON eller CSV"
YIELDS = Yields.COUNTS

_COUNTED = Counted(
    ("379", "132", "112", "555"),
    {
        "søknadsalternativer": "applied",
        "antall søkere": "applied",
        "antall søknader": "applied",
        "tilbud om opptak": "offered",
        "akseptert tilbud": "accepted",
        "møtt til studiestart": "started",
        **total("applied"),
    },
)


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every row of the reply, in order; positions count rows, not the status element."""
    yield from read_counts(payload, _COUNTED, max_bytes=max_bytes)
