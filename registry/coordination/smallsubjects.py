"""Small subjects: a pure replay of what happened, cycle by cycle, with hysteresis.

A cycle is a study year, named by the year it begins in: cycle 2025 holds the terms 2025H and 2026V.
A subject enters the list when few institutions or few starters carry it, and leaves it only after a
clear rise *and* one more cycle (Udir's rule for small crafts: 15 contracts in 3 years and a year more).

Every day is answered by the rules of that day: a cycle is judged by those that held as it began, and anew from the day that a
rule changes in the course of it. What a later rule says never reaches back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from importers.sentences import Sentence, counted, listed
from registry.core import terms
from registry.core.text import norwegian_sort_key
from registry.rules.register import RuleHistory

WINDOW = 3  # cycles, the period of every SMALL_* rule
RULES = (
    "SMALL_SUBJECT_INSTITUTIONS",
    "SMALL_SUBJECT_STARTERS",
    "SMALL_SUBJECT_OFF_STARTERS",
    "SMALL_SUBJECT_OFF_EXTRA",
)

_WAITS = (
    Sentence("Faget har vokst, men blir stående ett studieår til før det tas av listen."),
    "SMALL_SUBJECT_OFF_EXTRA",
)


@dataclass(frozen=True, slots=True)
class CycleFacts:
    """What one cycle saw of a subject. ``starters`` is None where no figures are known at all."""

    cycle: int
    institutions: frozenset[str]
    starters: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Small or not after a cycle, or from a rule's change in the course of it; why, and by which rule and version.

    ``reason`` is public: it tells the rule's limit, never the exact number of people (rule SMALL_CELL).
    """

    cycle: int
    is_small: bool
    reason: Sentence
    rule: str
    version: int
    since: date  #: the first day of the cycle, or of the rule that changed in it


def cycle_of(term: str) -> int:
    """2025 for "2025H" and for "2026V"."""
    return terms.study_year(term)


def first_day(cycle: int) -> date:
    """A study year begins with its autumn term."""
    return terms.first_day(f"{cycle}H")


def replay(
    facts: Sequence[CycleFacts], rules: RuleHistory, through: int | None = None, today: date | None = None
) -> list[Standing]:
    """The standing after each cycle from the first that saw the subject to ``through``, by default the last that did.

    ``facts`` may come in any order and have gaps: a cycle without facts saw no institution. Equal facts give equal lists,
    and the list until a cycle is the same whatever came later. The last cycle lasts until ``today``, as long as no other has
    begun: a rule that has changed since is counted. Raises ValueError where a cycle is told twice.
    """
    if not facts:
        return []
    by_cycle = {fact.cycle: fact for fact in facts}
    if len(by_cycle) != len(facts):
        raise ValueError("a cycle is told twice")
    first, last = min(by_cycle), max(by_cycle) if through is None else through
    standings: list[Standing] = []
    before = (False, 0)
    for cycle in range(first, last + 1):
        window = [by_cycle[c] for c in range(cycle - WINDOW + 1, cycle + 1) if c in by_cycle]
        ends = first_day(cycle + 1) - timedelta(days=1)
        if today is not None:
            ends = today if cycle == last else min(ends, today)
        after = before
        for since, held in rules.during(first_day(cycle), ends):
            # From where the year before left it, not from what an earlier rule said of this year: a rule that was mistyped
            # and corrected leaves nothing behind.
            after, reason, rule = _judge(window, before, held)
            standings.append(Standing(cycle, after[0], reason, rule, held.versions[rule], since))
        before = after
    return standings


def _judge(
    window: Sequence[CycleFacts], before: tuple[bool, int], rules: Mapping[str, float]
) -> tuple[tuple[bool, int], Sentence, str]:
    """(small, cycles since it rose) after a cycle, why and by which rule, from what it was before."""
    small, healthy = before
    entry = _entry(window, rules)
    if not small:
        if entry is None:
            return (False, 0), _healthy(window), "SMALL_SUBJECT_INSTITUTIONS"
        return (True, 0), *entry
    healthy = healthy + 1 if entry is None and _risen(window, rules) else 0
    if healthy > rules["SMALL_SUBJECT_OFF_EXTRA"]:
        return (False, 0), _left(window, rules), "SMALL_SUBJECT_OFF_STARTERS"
    return (True, healthy), *(entry or _WAITS)


def _institutions(window: Sequence[CycleFacts]) -> frozenset[str]:
    return frozenset().union(*(fact.institutions for fact in window)) if window else frozenset()


def _starters(window: Sequence[CycleFacts]) -> list[int]:
    return [fact.starters for fact in window if fact.starters is not None]


def _entry(window: Sequence[CycleFacts], rules: Mapping[str, float]) -> tuple[Sentence, str] | None:
    institutions = _institutions(window)
    if len(institutions) <= rules["SMALL_SUBJECT_INSTITUTIONS"]:
        reason = Sentence("Ingen institusjon har hatt tilbud i de siste tre studieårene.")
        if institutions:
            reason = counted(
                "Bare én institusjon har hatt tilbud i de siste tre studieårene: %(institution)s.",
                "Bare %(count)s institusjoner har hatt tilbud i de siste tre studieårene: %(institution)s.",
                len(institutions),
                institution=listed(sorted(institutions, key=norwegian_sort_key)),
            )
        return reason, "SMALL_SUBJECT_INSTITUTIONS"
    starters = _starters(window)
    if starters and sum(starters) / len(starters) <= rules["SMALL_SUBJECT_STARTERS"]:
        limit = f"{rules['SMALL_SUBJECT_STARTERS']:g}".replace(".", ",")
        reason = Sentence("I snitt har %(limit)s eller færre startet per studieår i hele landet.", limit=limit)
        return reason, "SMALL_SUBJECT_STARTERS"
    return None


def _risen(window: Sequence[CycleFacts], rules: Mapping[str, float]) -> bool:
    """Where no figures are known, several institutions are the only sign of a rise."""
    starters = _starters(window)
    return not starters or sum(starters) > rules["SMALL_SUBJECT_OFF_STARTERS"]


def _left(window: Sequence[CycleFacts], rules: Mapping[str, float]) -> Sentence:
    if _starters(window):
        return Sentence(
            "Flere enn %(limit)s har startet i løpet av tre studieår, og faget har stått ett år til på listen.",
            limit=f"{rules['SMALL_SUBJECT_OFF_STARTERS']:g}",
        )
    return counted(
        "%(count)s institusjon har hatt tilbud, og faget har stått ett år til på listen.",
        "%(count)s institusjoner har hatt tilbud, og faget har stått ett år til på listen.",
        len(_institutions(window)),
    )


def _healthy(window: Sequence[CycleFacts]) -> Sentence:
    return counted(
        "%(count)s institusjon har hatt tilbud i de siste tre studieårene.",
        "%(count)s institusjoner har hatt tilbud i de siste tre studieårene.",
        len(_institutions(window)),
    )
