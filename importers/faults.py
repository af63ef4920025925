"""What is wrong with a row, in words: each fault names the column and the value and says what to write instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from importers.protocol import RejectedRow
from importers.sentences import Sentence, joined
from importers.text import quoted, unstorable, visible


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in one cell. ``text`` and ``cure`` are sentences without the column: "«tretti» er ikke et tall."."""

    column: str
    value: str | None
    text: Sentence
    cure: Sentence


def missing(column: str, cure: Sentence) -> Fault:
    """A value that must be given is not there."""
    return Fault(column, None, Sentence("Verdien mangler."), cure)


def unstorable_in(row: Mapping[str, str | None]) -> list[Fault]:
    """One fault for every value (or key) that holds a NUL, another control character or half a surrogate pair."""
    return [
        Fault(
            visible(column),
            value and visible(value),
            Sentence("%(value)s inneholder et usynlig tegn som ikke kan lagres.", value=quoted(value or column)),
            Sentence("Slett teksten og skriv den på nytt."),
        )
        for column, value in row.items()
        if unstorable(column) or (value and unstorable(value))
    ]


def storable(row: Mapping[str, str | None]) -> dict[str, str | None]:
    """The row as it came, with characters that cannot be stored written as ``\\uXXXX`` so that it can be kept."""
    return {visible(column): value and visible(value) for column, value in row.items()}


def rejected(position: int, faults: Sequence[Fault], raw: Mapping[str, str | None]) -> RejectedRow:
    """One rejected row that tells all its faults; ``field`` and ``value`` are those of the first."""
    first = faults[0]
    reasons = joined(joined((fault.column, fault.text), ": ") for fault in faults)
    if len(faults) == 1:
        cure = first.cure
    else:
        columns_by_cure: dict[Sentence, list[str]] = {}
        for fault in faults:
            columns_by_cure.setdefault(fault.cure, []).append(fault.column)
        cure = joined(
            joined((joined(dict.fromkeys(columns), ", "), text), ": ") for text, columns in columns_by_cure.items()
        )
    reason = Sentence("Rad %(row)s, %(faults)s", row=position, faults=reasons)
    return RejectedRow(position, reason, first.column, first.value, cure, storable(raw))
