"""When offers were compared, and by which rules: what a flag of any day rests on."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from importers.sentences import Sentence
from registry.coordination.models import Detection, Pair
from registry.coordination.states import PairKind, Strength
from registry.rules.register import RuleSet

#: What makes a pair what it is called.
_RULES: Mapping[tuple[PairKind, bool], str] = {
    (PairKind.OVERLAP, True): "OVL_STRONG",
    (PairKind.OVERLAP, False): "OVL_POSSIBLE",
    (PairKind.DUPLICATE, True): "DUP_SURE",
    (PairKind.DUPLICATE, False): "DUP_POSSIBLE",
}


def rule_of(pair: Pair, versions: Mapping[str, int]) -> str:
    """The rule that a pair is flagged by, as "OVL_STRONG v1", of the versions that it was judged by."""
    code = _RULES[pair.kind, pair.strength == Strength.STRONG]
    return f"{code} v{versions.get(code, 1)}"


def judged_by(session: Session, pairs: Iterable[Pair]) -> dict[int, Detection]:
    """Detection id -> the comparison that some pairs were last written by."""
    wanted = {pair.detection_id for pair in pairs}
    query = select(Detection)
    if len(wanted) < 1_000:
        query = query.where(col(Detection.id).in_(wanted))
    return {one.pk: one for one in session.exec(query)}


def compared_on(session: Session, as_of: date) -> dict[str, str | None]:
    """The newest day until ``as_of`` on which offers were compared, and the first of all; None where there is none."""
    days = (
        session.exec(select(func.max(Detection.as_of)).where(col(Detection.as_of) <= as_of)).one(),
        session.exec(select(func.min(Detection.as_of))).one(),
    )
    return dict(zip(("on", "first"), (day.isoformat() if day else None for day in days), strict=True))


def rules_since(detections: Iterable[Detection], as_of: date, rules: RuleSet, prefix: str) -> Sentence | None:
    """That scores are of a later day than asked for, by rules that were others then; None where the rules are the same.

    A pair is kept as it was last judged: what a later rule made of it stands in place of what held before.
    """
    later = [
        one
        for one in detections
        if one.as_of > as_of
        and any(
            one.rules.get(code, version) != version
            for code, version in rules.versions.items()
            if code.startswith(prefix)
        )
    ]
    if not later:
        return None
    return Sentence(
        "Poeng og styrke er fra sammenligningen %(day)s. Noen av reglene var andre den dagen du spør om.",
        day=_written(max(one.as_of for one in later)),
    )


def content_before(compared: Mapping[str, Any]) -> Sentence | None:
    """That nothing had been compared by then, and when it first was; None where it had."""
    if compared["on"]:
        return None
    if not compared["first"]:
        return Sentence("Tilbudene er ikke sammenlignet ennå.")
    return Sentence(
        "Tilbudene var ikke sammenlignet da. Den første sammenligningen er fra %(day)s.",
        day=_written(date.fromisoformat(compared["first"])),
    )


def _written(day: date) -> str:
    return f"{day:%d.%m.%Y}"
