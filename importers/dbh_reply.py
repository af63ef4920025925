"""A reply of DBH's API (HK-dir), whichever table it is of: JSON with or without a status, or CSV.

Source: https://dbh.hkdir.no (NLOD 2.0). The first element of the JSON is usually ``{"status": {...}}``. Its ``antall`` may
differ from the rows that follow (cut by hand, limited, changed under way): told in a notice, never a reason to refuse.
``returkode`` other than 0, and an object in place of the list, is DBH's way of saying no. No hits is an empty body (204),
or a list without rows. Every value is text or null. CSV has ``;`` (``hentCSVTabellData``) or ``,`` (``bulk-csv``).
"""

import re
from collections.abc import Iterator, Mapping

from importers.days import FIRST_YEAR, LAST_YEAR
from importers.faults import Fault, rejected
from importers.json_rows import Json, elements, text_of, whole
from importers.payloads import Examined, Kind, open_text
from importers.protocol import Notice, PayloadRefused, RejectedRow
from importers.sentences import Sentence
from importers.tables import RawRow, csv_rows, folded
from importers.text import fold, quoted

_MESSAGES = frozenset(("melding", "message", "error_description", "error", "detail", "title"))


class Reply:
    """The rows of one reply, and what is known of it as a whole while they pass."""

    def __init__(self, tables: tuple[str, ...]) -> None:
        self.tables = tables
        self.table: str | None = None  #: the table that the status names
        self.announced: int | None = None
        self.shielded = False  #: whether DBH says that small numbers are hidden
        self.rows = 0

    @property
    def named(self) -> Sentence:
        """The tables that the format reads, in words."""
        *others, last = self.tables
        if not others:
            return Sentence("tabell %(table)s", table=last)
        return Sentence("tabell %(tables)s eller %(last)s", tables=", ".join(others), last=last)

    def read(self, examined: Examined, headings: tuple[str, ...]) -> Iterator[tuple[int, RawRow | RejectedRow]]:
        """Yield the number and the columns of every row; ``headings`` are those by which CSV is known.

        Raises :class:`PayloadRefused` where DBH says no, the table is another, or the file is no reply.
        """
        if examined.kind is Kind.ZIP:
            raise PayloadRefused(
                Sentence("Filen er et regneark eller en ZIP-fil, ikke et svar fra DBH."),
                Sentence("Lagre den som CSV UTF-8, eller hent JSON."),
            )
        if examined.kind is Kind.JSON:
            rows = self._json(examined)
        else:
            wrong = PayloadRefused(
                Sentence("Filen er verken JSON eller CSV fra %(named)s i DBH.", named=self.named),
                Sentence(
                    "Kontroller at første rad har kolonnenavn som %(one)s og %(other)s.",
                    one=headings[0],
                    other=headings[1],
                ),
            )
            rows = csv_rows(examined, frozenset(map(folded, headings)), wrong)
        for number, row in rows:
            self.rows += 1
            yield number, row

    def notices(self) -> Iterator[Notice]:
        """What there is to tell at the end. Raises :class:`PayloadRefused` where no row came."""
        if not self.rows:
            raise PayloadRefused(
                Sentence("Svaret fra DBH har ingen rader."),
                Sentence("Kontroller filteret (institusjon, år og nivå) i spørringen."),
            )
        if self.announced is not None and self.announced != self.rows:
            yield Notice(
                Sentence(
                    "Antall rader ifølge DBH er %(announced)s, men filen har %(rows)s.",
                    announced=self.announced,
                    rows=self.rows,
                )
            )

    def _json(self, examined: Examined) -> Iterator[tuple[int, RawRow | RejectedRow]]:
        with open_text(examined) as stream:
            start = stream.read(1)
            while start.isspace():
                start = stream.read(1)
            stream.seek(0)
            if start == "{":
                raise self._object_refused(whole(stream))
            position = 0
            for element in elements(stream):
                if isinstance(element, dict) and len(element) == 1 and "status" in element:
                    self._status(element["status"])
                    continue
                position += 1
                if isinstance(element, dict):
                    yield position, {key: text_of(value) for key, value in element.items()}
                else:
                    text = text_of(element)
                    fault = Fault(
                        Sentence("Raden"),
                        text,
                        Sentence("%(value)s er ikke en rad.", value=quoted(text or "")),
                        Sentence("Hent filen på nytt fra DBH."),
                    )
                    yield position, rejected(position, [fault], {"": text})

    def _status(self, status: Json) -> None:
        if not isinstance(status, dict):
            return
        if str(status.get("returkode") or "0") != "0":
            raise PayloadRefused(
                *self._declined(status, Sentence("DBH svarte med returkode %(code)s.", code=str(status["returkode"])))
            )
        table = status.get("tabell_id")
        if table is not None and str(table) not in self.tables:
            raise PayloadRefused(
                Sentence("Svaret gjelder tabell %(table)s i DBH, ikke %(named)s.", table=str(table), named=self.named),
                Sentence("Hent %(named)s.", named=self.named),
            )
        self.table = str(table) if table is not None else None
        self.shielded = "skjerm" in (text_of(status.get("melding")) or "").casefold()
        announced = str(status.get("antall") or "")
        self.announced = int(announced) if re.fullmatch(r"[0-9]{1,9}", announced) else None

    def _declined(self, reply: Mapping[str, Json], otherwise: Sentence) -> tuple[Sentence, Sentence]:
        """Reason and cure where DBH answers with a message; ``otherwise`` is the reason where there is none."""
        for key, value in reply.items():
            if key.casefold() in _MESSAGES and value:
                text = fold(text_of(value) or "")
                return (
                    Sentence("DBH svarte med en melding i stedet for rader: %(value)s.", value=quoted(text)),
                    Sentence("Rett spørringen og hent på nytt."),
                )
        return otherwise, Sentence("Hent %(named)s fra DBH på nytt.", named=self.named)

    def _object_refused(self, reply: Json) -> PayloadRefused:
        told = reply if isinstance(reply, dict) else {}
        status = told.get("status")
        otherwise = Sentence("Filen er ett JSON-objekt, ikke listen med rader som DBH leverer.")
        return PayloadRefused(*self._declined(status if isinstance(status, dict) else told, otherwise))


def is_year(text: str) -> bool:
    """Four digits, within the years that anything here can be of."""
    return re.fullmatch("[0-9]{4}", text) is not None and FIRST_YEAR <= int(text) <= LAST_YEAR


def no_year(text: str) -> Fault:
    """What is said where ``is_year`` says no."""
    reason = Sentence(
        "%(value)s er ikke et år mellom %(first)s og %(last)s.", value=quoted(text), first=FIRST_YEAR, last=LAST_YEAR
    )
    return Fault("Årstall", text, reason, Sentence("Skriv året med fire sifre, for eksempel 2025."))
