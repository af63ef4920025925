"""What is worth saying of a feed as a whole, gathered while its rows pass."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from importers.protocol import Notice, OfferRecord, PayloadRefused, RegisterRecord, RejectedRow
from importers.sentences import NOTHING, Sentence, counted, joined, listed
from importers.text import quoted

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
        self._values: dict[Sentence, dict[str, None]] = {}
        self._counts: dict[Sentence, int] = {}

    def note(self, what: Sentence, value: str | None = None) -> None:
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

    def notices(self, nothing: Sentence = NOTHING, cure: Sentence = NOTHING) -> Iterator[Notice]:
        """What there is to tell.

        Raises :class:`PayloadRefused` with ``nothing``, where given, if no row passed; and where none of the rows that
        passed was of this format: a file of another kind fills no quarantine.
        """
        if nothing and not self.rows:
            raise PayloadRefused(nothing, cure)
        if not self._known and self.rows:
            raise PayloadRefused(
                Sentence("Ingen rader i filen er slik dette formatet har dem."),
                Sentence("Velg riktig format eller riktig fil."),
            )
        for what, count in self._counts.items():
            times = counted("%(count)s gang", "%(count)s ganger", count)
            told = joined((times, _examples(list(self._values[what]))), ": ")
            yield Notice(Sentence("%(what)s (%(times)s).", what=what, times=told))
        if self._again:
            yield Notice(
                counted(
                    "%(count)s rad har samme nøkkel som en tidligere rad, men ulikt innhold. Den siste gjelder.",
                    "%(count)s rader har samme nøkkel som en tidligere rad, men ulikt innhold. Den siste gjelder.",
                    self._again,
                )
            )


def _examples(values: list[str]) -> Sentence:
    if len(values) > _SHOWN:
        return Sentence("%(values)s og flere", values=joined(values[:_SHOWN], ", "))
    return listed(values)
