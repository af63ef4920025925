"""What is worth saying of a feed as a whole, gathered while its rows pass."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from importers.protocol import Notice, OfferRecord, PayloadRefused, RegisterRecord, RejectedRow
from importers.text import listed, quoted

_SHOWN = 5
Passed = TypeVar("Passed", bound=OfferRecord | RegisterRecord | RejectedRow)


class Tally:
    """Counts of what was passed over, with a few of the values that it happened to, told when reading has ended.

    ``signs`` are keys by which a row of the format is known even where it cannot be understood.
    """

    def __init__(self, signs: Iterable[str] = ()) -> None:
        self.rows = 0
        self._signs = frozenset(sign.casefold() for sign in signs)
        self._known = not self._signs
        self._content: dict[str, int] = {}
        self._again = 0
        self._values: dict[str, dict[str, None]] = {}
        self._counts: dict[str, int] = {}

    def note(self, what: str, value: str | None = None) -> None:
        """One more case of ``what``, a sentence without its full stop: "Poengordningen er ikke kjent"."""
        self._counts[what] = self._counts.get(what, 0) + 1
        values = self._values.setdefault(what, {})
        if value and len(values) <= _SHOWN:
            values[quoted(value)] = None

    def passing(self, row: Passed) -> Passed:
        """Count a row that is about to be yielded."""
        self.rows += 1
        if not self._known:
            self._known = not isinstance(row, RejectedRow) or not self._signs.isdisjoint(map(str.casefold, row.raw))
        if not isinstance(row, RejectedRow):
            owner = (row.provider.orgnr or row.provider.name) if isinstance(row, OfferRecord) else None
            key = f"{owner or ''} {row.key}"
            content = hash(tuple(row.raw.items()))
            self._again += self._content.setdefault(key, content) != content
        return row

    def notices(self, nothing: str = "", cure: str = "") -> Iterator[Notice]:
        """What there is to tell.

        Raises :class:`PayloadRefused` with ``nothing``, where given, if no row passed; and where none of the rows that
        passed was of this format: a file of another kind fills no quarantine.
        """
        if nothing and not self.rows:
            raise PayloadRefused(nothing, cure)
        if not self._known and self.rows:
            raise PayloadRefused(
                "Ingen rader i filen er slik dette formatet har dem.", "Velg riktig format eller riktig fil."
            )
        for what, count in self._counts.items():
            yield Notice(f"{what} ({_times(count)}{_examples(list(self._values[what]))}).")
        if self._again:
            yield Notice(
                f"{self._again} {'rad' if self._again == 1 else 'rader'} har samme nøkkel som en tidligere rad, "
                "men ulikt innhold. Den siste gjelder."
            )


def _times(count: int) -> str:
    return "1 gang" if count == 1 else f"{count} ganger"


def _examples(values: Iterable[str]) -> str:
    shown = list(values)
    if not shown:
        return ""
    more = len(shown) > _SHOWN
    return ": " + (", ".join(shown[:_SHOWN]) + " og flere" if more else listed(shown))
