"""When offers were compared, and by which rules: what a flag of any day rests on."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from importers.sentences import Sentence
from registry.coordination.models import Decision, Detection, Pair
from registry.coordination.queries.reports.days import PairThen, kept_since
from registry.coordination.states import PairKind, Strength

#: What makes a pair what it is called.
_RULES: Mapping[tuple[PairKind, bool], str] = {
    (PairKind.OVERLAP, True): "OVL_STRONG",
    (PairKind.OVERLAP, False): "OVL_POSSIBLE",
    (PairKind.DUPLICATE, True): "DUP_SURE",
    (PairKind.DUPLICATE, False): "DUP_POSSIBLE",
}


def rule_of(pair: Pair | PairThen, versions: Mapping[str, int]) -> str:
    """The rule that a pair is flagged by, as "OVL_STRONG v1", of the versions that it was judged by."""
    code = _RULES[pair.kind, pair.strength == Strength.STRONG]
    return f"{code} v{versions.get(code, 1)}"


def rules_answered_by(decision: Decision) -> list[str]:
    """The rules that call a pair what it is called, as they were when it was answered: "OVL_STRONG v1" and the like."""
    return [f"{code} v{version}" for code, version in sorted(decision.rules.items()) if code in _RULES.values()]


def judged_by(session: Session, pairs: Iterable[Pair | PairThen]) -> dict[int, Detection]:
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


def before_kept(session: Session, as_of: date) -> Sentence | None:
    """That what the report shows is not known to have been so on the day; None where it is."""
    first = kept_since(session)
    if first is not None and as_of >= first:
        return None
    if first is None:
        return Sentence(
            "Historikken for par og saker begynner ved neste sammenligning. Til da viser rapporten det siste som er funnet."
        )
    return Sentence(
        "Historikken for par og saker begynner %(day)s. For tidligere dager er svaret omtrentlig: "
        "Poeng, styrke, begrunnelser og saker vises slik de var da historikken begynte.",
        day=_written(first),
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
