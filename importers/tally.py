"""What is worth saying of a feed as a whole, gathered while its rows pass."""

from collections.abc import Iterable, Iterator

from importers.protocol import Notice, OfferRecord, PayloadRefused, RejectedRow
from importers.text import listed, quoted

_SHOWN = 5


class Tally:
    """Counts of what was passed over, with a few of the values that it happened to, told when reading has ended."""

    def __init__(self) -> None:
        self.rows = 0
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

    def passing(self, row: OfferRecord | RejectedRow) -> OfferRecord | RejectedRow:
        """Count a row that is about to be yielded."""
        self.rows += 1
        if isinstance(row, OfferRecord):
            key = f"{row.provider.orgnr or row.provider.name or ''} {row.key}"
            content = hash(tuple(row.raw.items()))
            self._again += self._content.setdefault(key, content) != content
        return row

    def notices(self, nothing: str, cure: str) -> Iterator[Notice]:
        """What there is to tell. Raises :class:`PayloadRefused` with ``nothing`` where no row passed."""
        if not self.rows:
            raise PayloadRefused(nothing, cure)
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
