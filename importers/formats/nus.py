"""NUS2000, the Norwegian standard classification of education: codes as CSV or JSON.

Source: Klass 36 (Statistics Norway, NLOD), and SSB's own file of NUS with ISCED beside (``nus2000;tekstl;…``).

Quirks of the classification, each met with in ``importers.codes``:

- Codes have 1, 2, 3, 4 or 6 digits: level, field, and so on. 625 and 725 are further education for teachers. There is no
  level of five digits, so "5" in ``level`` is the level of six.
- A code that is retired lives on in its name: "UTGÅTT KODE, SE 623404", "FEIL KODE, SE 579925", "UTGÅTT KODE, SE NY", or
  "UTGÅTT KODE" alone. The mark is taken out of the name, and the code is kept as retired with the code that it names.
- SSB's own file is windows-1252.
- An excerpt (only 625 and 725, say) is NUS too: here nobody has to tell by the lengths of the codes.
"""

from collections.abc import Iterator

from importers.codes import NUS, rows_of, understood
from importers.payloads import MAX_BYTES, examine
from importers.protocol import Payload, RejectedRow, Row, Yields
from importers.sentences import Sentence
from importers.tally import Tally

NAME = "nus"
TITLE = "Utdanningskoder (NUS2000) fra SSB, som CSV eller JSON"
YIELDS = Yields.CODES


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every code, in order."""
    examined = examine(payload, max_bytes=max_bytes)
    yield from examined.notices
    tally = Tally(("code", "parentCode", "nus2000"))
    for position, row in rows_of(examined):
        yield tally.passing(row if isinstance(row, RejectedRow) else understood(position, row, NUS))
    yield from tally.notices(
        Sentence("Filen har ingen koder."), Sentence("Hent NUS2000 (klassifikasjon 36) fra Klass.")
    )
