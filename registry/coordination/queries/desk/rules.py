"""The rule register as people read it: what holds on a day, and the history of one rule with who changed it and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, or_, select

from registry.core.audit import AuditEntry
from registry.core.errors import NotFound
from registry.rules.models import Rule


@dataclass(frozen=True, slots=True)
class Version:
    """One version, with the reason given for it; ``never_held`` where a newer one came before it took effect. ``tried`` are the
    figures of a replay that were seen before it was made.
    """

    rule: Rule
    reason: str | None
    actor: str
    at: datetime | None
    never_held: bool
    tried: Sequence[dict[str, Any]] = ()


def rules_that_hold(session: Session, day: date) -> list[Rule]:
    """Every rule as it stood on a day, by code."""
    found: dict[str, Rule] = {}
    query = select(Rule).where(Rule.valid_from <= day, or_(col(Rule.valid_to).is_(None), col(Rule.valid_to) >= day))
    for rule in session.exec(query.order_by(col(Rule.version))):
        found[rule.code] = rule
    return [found[code] for code in sorted(found)]


def history(session: Session, code: str) -> list[Version]:
    """Every version of a rule, newest first. Raises NotFound."""
    versions = session.exec(select(Rule).where(Rule.code == code).order_by(col(Rule.version).desc())).all()
    if not versions:
        raise NotFound("Regelen finnes ikke.")
    changes = {
        entry.thing_id: entry
        for entry in session.exec(
            select(AuditEntry).where(
                AuditEntry.thing == "rule", col(AuditEntry.thing_id).in_([rule.pk for rule in versions])
            )
        )
    }
    return [_version(rule, changes.get(rule.pk), versions) for rule in versions]


def _version(rule: Rule, entry: AuditEntry | None, versions: Sequence[Rule]) -> Version:
    overtaken = any(other.version > rule.version and other.valid_from <= rule.valid_from for other in versions)
    return Version(
        rule,
        entry.reason_text if entry else None,
        entry.actor if entry else "",
        entry.at if entry else None,
        overtaken,
        (entry.details or {}).get("tried", ()) if entry else (),
    )


def to_come(versions: Sequence[Version], day: date) -> Rule | None:
    """The newest version, where it has yet to take effect and says something else than what holds until then."""
    newest = versions[0].rule
    if newest.valid_from <= day:
        return None
    before = holding(versions, newest.valid_from - timedelta(days=1))
    return None if before is not None and _says(before) == _says(newest) else newest


def _says(rule: Rule) -> tuple[Any, ...]:
    return rule.number, tuple(rule.exceptions), rule.citation, rule.text_nb, rule.text_nn


def holding(versions: Sequence[Version], day: date) -> Rule | None:
    """The version that holds on a day; None before the first."""
    for version in versions:
        rule = version.rule
        if rule.valid_from <= day and (rule.valid_to is None or rule.valid_to >= day):
            return rule
    return None
