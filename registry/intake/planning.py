"""What an offer and its runs shall look like, from everything that anyone has said of them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from registry.intake.deriving import Inferred, derive
from registry.intake.facts import Facts, Provider
from registry.intake.fields import FIELDS
from registry.intake.merging import Chosen, Voice, choose, strongest_first

Corrections = Mapping[tuple[str, str], Mapping[str, Any]]  #: ("offer" or "run", key) -> field -> value


@dataclass(slots=True)
class RunPlan:
    """One run as it shall be. ``told`` is what its strongest voice says."""

    key: str
    term: str
    chosen: dict[str, Chosen]
    told: Mapping[str, Any]


@dataclass(slots=True)
class OfferPlan:
    """One offer as it shall be. ``records`` are its voices' records, the strongest first."""

    key: str
    native_code: str
    provider: Provider
    chosen: dict[str, Chosen]
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
    title = corrected.get("title") or _first(ordered, "title") or native_code
    level = corrected.get("level_code") or _first(ordered, "level_code")
    inferred = derive(title, level_code=level, native_code=native_code, facts=facts)
    chosen = choose("offer", [v.offer for v in ordered], [v.record for v in ordered], inferred, corrected)
    return OfferPlan(
        key, native_code, provider, chosen, plan_runs(ordered, inferred, corrections), [v.record for v in ordered]
    )


def plan_runs(
    ordered: list[Voice], inferred: Mapping[str, Inferred], corrections: Corrections
) -> dict[str, RunPlan]:
    """Every run that any voice tells of."""
    about_runs = {name: guess for name, guess in inferred.items() if name in FIELDS["run"]}
    plans: dict[str, RunPlan] = {}
    for run_key in sorted({key for voice in ordered for key in voice.runs}):
        speaking = [voice for voice in ordered if run_key in voice.runs]
        said = [voice.runs[run_key] for voice in speaking]
        corrected = corrections.get(("run", run_key), {})
        chosen = choose("run", said, [voice.record for voice in speaking], about_runs, corrected)
        plans[run_key] = RunPlan(run_key, said[0]["term"], chosen, said[0])
    return plans


def _first(voices: Iterable[Voice], field: str) -> Any:
    return next((voice.offer[field] for voice in voices if voice.offer.get(field)), None)
