"""What the name of an offer tells, where the feed is silent. Pure.

The reading itself is the craft of ``registry.matching``; here its answers become fields of the registry, each with its
confidence and the words that told.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from registry.intake.reading.facts import Facts
from registry.intake.reading.fields import told_value
from registry.intake.reading.shaping import MAX_CREDITS
from registry.matching.audience import role_code, setting_codes
from registry.matching.reading import Derived, Reading, read_once
from registry.offers.states import CreditScheme


@dataclass(frozen=True, slots=True)
class Inferred:
    """A value read out of a name: ``confidence`` 0..1 and the words it was read from."""

    value: Any
    confidence: float
    evidence: str


def derive(title: str, *, level_code: str | None, native_code: str, facts: Facts) -> dict[str, Inferred]:
    """Fields of the offer (and ``delivery``, which is its runs') that the name tells."""
    reading = read_once(title, level_code=level_code, programme_code=native_code)
    found: dict[str, Inferred] = {}
    for name, derived in (
        ("title_language", reading.language),
        ("school_years", reading.school_years),
        ("step", reading.step),
        ("delivery", reading.delivery),
    ):
        if derived is not None:
            found[name] = _inferred(derived)
    _credits(reading, level_code, found)
    if reading.container is not None:
        found["is_container"] = Inferred(True, reading.container.confidence, reading.container.evidence)
    if reading.schemes:
        found["schemes"] = _listed(reading.schemes)
    subjects = [subject for subject in reading.subjects if subject.value in facts.subjects]
    if subjects:
        found["subject_code"] = _inferred(subjects[0])
    if subjects[1:]:
        found["subjects"] = _listed(tuple(subjects[1:]))
    if targets := _targets(reading, facts):
        found["targets"] = targets
    return found


def _inferred(derived: Derived[Any]) -> Inferred:
    return Inferred(told_value(derived.value), derived.confidence, derived.evidence)


def _listed(found: tuple[Derived[Any], ...]) -> Inferred:
    values = list(dict.fromkeys(str(item.value) for item in found))
    evidence = ", ".join(dict.fromkeys(item.evidence for item in found))
    return Inferred(values, min(item.confidence for item in found), evidence)


def _credits(reading: Reading, level_code: str | None, found: dict[str, Inferred]) -> None:
    derived = reading.credits
    if derived is None or not Decimal(0) < derived.value <= MAX_CREDITS:
        return
    scheme = CreditScheme.FAGSKOLEPOENG if level_code == "FS" else CreditScheme.ECTS
    found["credits"] = _inferred(derived)
    found["credit_scheme"] = Inferred(scheme.value, derived.confidence, derived.evidence)


def _targets(reading: Reading, facts: Facts) -> Inferred | None:
    """Every setting with every role that the name tells; one axis alone where it tells only that."""
    years = reading.school_years.value if reading.school_years else None
    settings = [(code, item) for item in reading.settings for code in setting_codes(item.value, years)]
    roles = [(role_code(item.value), item) for item in reading.roles]
    settings = [(code, item) for code, item in settings if code in facts.settings]
    roles = [(code, item) for code, item in roles if code in facts.roles]
    told: list[Derived[Any]] = [*(item for _, item in settings), *(item for _, item in roles)]
    if not told:
        return None
    where: list[str | None] = [code for code, _ in settings] or [None]
    who: list[str | None] = [code for code, _ in roles] or [None]
    evidence = ", ".join(dict.fromkeys(item.evidence for item in told))
    return Inferred([[s, r] for s in where for r in who], min(item.confidence for item in told), evidence)
