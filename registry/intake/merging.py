"""Which of several voices is heard, field by field. Pure.

A person's correction beats every feed, a feed beats what was read out of the name; among feeds the one with the higher
priority wins, and within a feed the newest term. What the winner is silent about is asked of the next.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from registry.intake.deriving import Inferred
from registry.intake.fields import FIELDS
from registry.offers.models import Origin


@dataclass(frozen=True, slots=True)
class Voice:
    """What one source record says of an offer and its runs. ``rank`` orders voices, the strongest highest."""

    record: int | str  #: the source record's id, or its key before it has one
    rank: tuple[bool, int, str, str]  #: still delivered, the source's priority, newest term, key
    offer: Mapping[str, Any]
    runs: Mapping[str, Mapping[str, Any]]  #: by run key


@dataclass(frozen=True, slots=True)
class Chosen:
    """The value that is shown, and where it came from."""

    value: Any
    origin: Origin
    record: int | str | None = None
    confidence: float | None = None
    evidence: str | None = None


def choose(
    thing: str,
    voices: Iterable[Mapping[str, Any]],
    records: Iterable[int | str],
    inferred: Mapping[str, Inferred],
    corrected: Mapping[str, Any],
) -> dict[str, Chosen]:
    """The chosen value of every field that anyone has told. ``voices`` come strongest first, with their ``records``."""
    fields = FIELDS[thing]
    chosen: dict[str, Chosen] = {}
    for said, record in zip(voices, records, strict=True):
        for name, value in said.items():
            if name in fields and name not in chosen:
                chosen[name] = Chosen(value, Origin.FEED, record)
    for name, guess in inferred.items():
        if name in fields and name not in chosen:
            chosen[name] = Chosen(guess.value, Origin.DERIVED, None, guess.confidence, guess.evidence)
    for name, value in corrected.items():
        if name in fields:
            chosen[name] = Chosen(value, Origin.PERSON)
    return _credits_whole(chosen) if thing == "offer" else chosen


def _credits_whole(chosen: dict[str, Chosen]) -> dict[str, Chosen]:
    """Credits and their scheme stand or fall together; a corrected number of credits keeps the scheme it had."""
    points, scheme = chosen.get("credits"), chosen.get("credit_scheme")
    if points is None or points.value is None:
        chosen.pop("credit_scheme", None)
    elif scheme is None or scheme.value is None:
        chosen["credit_scheme"] = Chosen("ECTS", points.origin, points.record, points.confidence, points.evidence)
    return chosen


def strongest_first(voices: Iterable[Voice]) -> list[Voice]:
    """The order in which voices are asked."""
    return sorted(voices, key=lambda voice: voice.rank, reverse=True)
