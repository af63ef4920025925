"""Which of several voices is heard, field by field. Pure.

A person's correction beats every feed, a feed beats what was read out of the name; among feeds the one that knows the field
best is heard (``registry.intake.choosing.order``), then the one with the higher priority, and within a feed the newest term. What the
winner is silent about is asked of the next.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registry.intake.choosing.order import first_heard, place
from registry.intake.reading.deriving import Inferred
from registry.intake.reading.fields import FIELDS
from registry.offers.models import Origin


@dataclass(frozen=True, slots=True)
class Voice:
    """What one source record says of an offer and its runs. ``rank`` orders voices, the strongest highest."""

    record: int | str  #: the source record's id, or its key before it has one
    rank: tuple[bool, int, str, str]  #: still delivered, the source's priority, newest term, key
    offer: Mapping[str, Any]
    runs: Mapping[str, Mapping[str, Any]]  #: by run key
    form: str  #: the format that it came in

    def told(self, run: str | None = None) -> Mapping[str, Any]:
        """What it says of the offer, or of one of its runs."""
        return self.offer if run is None else self.runs.get(run, {})


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
    voices: Sequence[Voice],
    inferred: Mapping[str, Inferred],
    corrected: Mapping[str, Any],
    run: str | None = None,
) -> dict[str, Chosen]:
    """The chosen value of every field that anyone has told, of the offer or of the ``run``. ``voices`` come strongest first."""
    fields = FIELDS[thing]
    chosen: dict[str, Chosen] = {}
    for voice in voices:
        for name, value in voice.told(run).items():
            if name in fields and name not in chosen:
                chosen[name] = Chosen(value, Origin.FEED, voice.record)
    if len({voice.form for voice in voices}) > 1:
        for name, voice in _who_know_better(thing, voices, run):
            chosen[name] = Chosen(voice.told(run)[name], Origin.FEED, voice.record)
    for name, guess in inferred.items():
        if name in fields and name not in chosen:
            chosen[name] = Chosen(guess.value, Origin.DERIVED, None, guess.confidence, guess.evidence)
    for name, value in corrected.items():
        if name in fields:
            chosen[name] = Chosen(value, Origin.PERSON)
    return _credits_whole(chosen) if thing == "offer" else chosen


def _who_know_better(thing: str, voices: Sequence[Voice], run: str | None) -> Iterator[tuple[str, Voice]]:
    """Who is heard of the fields that have an order of their own; what a feed no longer carries comes last there too."""
    for name, formats in first_heard(thing):
        speaking = [voice for voice in voices if name in voice.told(run)]
        if speaking:
            yield name, min(speaking, key=lambda voice: (not voice.rank[0], place(formats, voice.form)))


def _credits_whole(chosen: dict[str, Chosen]) -> dict[str, Chosen]:
    """Credits and their scheme stand or fall together; a corrected number of credits keeps the scheme it had."""
    points, scheme = chosen.get("credits"), chosen.get("credit_scheme")
    if points is None or points.value is None:
        chosen.pop("credit_scheme", None)
    elif scheme is None or scheme.value is None:
        chosen["credit_scheme"] = Chosen("ECTS", points.origin, points.record, points.confidence, points.evidence)
    return chosen


def strongest_first(voices: Iterable[Voice]) -> list[Voice]:
    """The order in which voices are asked; of two that rank alike, by format, whichever came first."""
    return sorted(voices, key=lambda voice: (voice.rank, voice.form), reverse=True)
