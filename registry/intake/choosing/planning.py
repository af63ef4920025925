"""What an offer and its runs shall look like, from everything that anyone has said of them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from registry.intake.choosing.merging import Chosen, Voice, choose, strongest_first
from registry.intake.reading.deriving import Inferred, derive
from registry.intake.reading.facts import Facts, Provider
from registry.intake.reading.fields import FIELDS

Corrections = Mapping[tuple[str, str], Mapping[str, Any]]  #: ("offer" or "run", key) -> field -> value


@dataclass(slots=True)
class RunPlan:
    """One run as it shall be. ``told`` is what its strongest voice says."""

    key: str
    term: str
    chosen: dict[str, Chosen]
    derived: dict[str, Inferred]  #: what the name tells and no feed does, also where a person has corrected it
    told: Mapping[str, Any]


@dataclass(slots=True)
class OfferPlan:
    """One offer as it shall be. ``records`` are its voices' records, the strongest first."""

    key: str
    native_code: str
    provider: Provider
    chosen: dict[str, Chosen]
    derived: dict[str, Inferred]
    runs: dict[str, RunPlan]
    records: list[int | str]

    @property
    def first_term(self) -> str | None:
        return min((run.term for run in self.runs.values()), default=None)

    def value(self, field: str) -> Any:
        """The chosen value of a field, or that of one that nobody has told."""
        return value_of("offer", self.chosen, field)


def value_of(thing: str, chosen: Mapping[str, Chosen], field: str) -> Any:
    """The chosen value, or the value of a field that nobody has told."""
    found = chosen.get(field)
    return FIELDS[thing][field] if found is None or found.value is None else found.value


def plan_offer(
    key: str, native_code: str, provider: Provider, voices: Iterable[Voice], corrections: Corrections, facts: Facts
) -> OfferPlan:
    """Let every voice speak in its order. Names are read once, from the title that won."""
    ordered = strongest_first(voices)
    corrected = corrections.get(("offer", key), {})
    title = corrected.get("title") or told_first("offer", ordered, "title") or native_code
    level = corrected.get("level_code") or told_first("offer", ordered, "level_code")
    inferred = derive(title, level_code=level, native_code=native_code, facts=facts)
    chosen = choose("offer", ordered, inferred, corrected)
    derived = silent("offer", [v.offer for v in ordered], inferred)
    runs = plan_runs(ordered, inferred, corrections)
    return OfferPlan(key, native_code, provider, chosen, derived, runs, [v.record for v in ordered])


def silent(thing: str, said: list[Mapping[str, Any]], inferred: Mapping[str, Inferred]) -> dict[str, Inferred]:
    """What the name tells and no voice does."""
    told = {name for one in said for name in one}
    return {name: guess for name, guess in inferred.items() if name in FIELDS[thing] and name not in told}


def plan_runs(ordered: list[Voice], inferred: Mapping[str, Inferred], corrections: Corrections) -> dict[str, RunPlan]:
    """Every run that any voice tells of."""
    plans: dict[str, RunPlan] = {}
    for run_key in sorted({key for voice in ordered for key in voice.runs}):
        speaking = [voice for voice in ordered if run_key in voice.runs]
        said = [voice.runs[run_key] for voice in speaking]
        corrected = corrections.get(("run", run_key), {})
        chosen = choose("run", speaking, inferred, corrected, run_key)
        plans[run_key] = RunPlan(run_key, said[0]["term"], chosen, silent("run", said, inferred), said[0])
    return plans


def told_first(thing: str, ordered: list[Voice], field: str) -> Any:
    """What is heard first of one field, by its own order where it has one."""
    found = choose(thing, [voice for voice in ordered if voice.offer.get(field)], {}, {}).get(field)
    return None if found is None else found.value
