"""The country's offers kept ready for comparison in memory, brought up to date by what the audit log says has changed.

One changed offer costs itself; an import, a rule or very many changes at once make the whole anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from threading import RLock
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.coordination.queries.landscape import load_landscape, profile_key
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.matching.defaults import DEFAULTS
from registry.matching.overlap import OverlapIndex, OverlapPair
from registry.matching.profiles import Profile
from registry.offers.models import Run
from registry.rules.register import RuleSet, rules_on

_ONE_BY_ONE: Final = 500  # changed offers; more than this are faster read all at once
_WHOLE: Final = ("import_run", "rule")  #: things whose change may touch everything
_PARTS: Final = ("offer", "run")


@dataclass(slots=True)
class _Kept:
    """An index, the rules it was made by, and the newest entry of the log that it has seen."""

    index: OverlapIndex
    numbers: dict[str, float]
    seen: int


_LOCK: Final = RLock()
_KEPT: Final[WeakKeyDictionary[Any, _Kept]] = WeakKeyDictionary()  #: one per database of the process


def neighbours(session: Session, profile: Profile, rules: RuleSet) -> list[OverlapPair]:
    """The pairs of a profile, which need not be an offer yet, among all published offers as they are now."""
    with _LOCK:
        return _current(session, rules).index.neighbours(profile)


def warm(database: Database) -> None:
    """Make the index before anybody asks."""
    from registry.core import clock

    with database.read() as session, _LOCK:
        _current(session, rules_on(session, clock.today()))


def _current(session: Session, rules: RuleSet) -> _Kept:
    engine = session.get_bind()
    numbers = {rule.id: rules[rule.id] for rule in DEFAULTS if rule.id in rules}
    newest = session.exec(select(func.max(AuditEntry.id))).one() or 0
    kept = _KEPT.get(engine)
    if kept is not None and kept.numbers == numbers and newest >= kept.seen:
        changed = _changed(session, kept.seen)
        if changed is not None:
            _bring(session, kept.index, changed)
            kept.seen = newest
            return kept
    made = _Kept(OverlapIndex(load_landscape(session).profiles, numbers), numbers, newest)
    _KEPT[engine] = made
    return made


def _changed(session: Session, seen: int) -> set[int] | None:
    """Offers changed since; None where everything may have."""
    since = col(AuditEntry.id) > seen
    if session.exec(select(AuditEntry.id).where(since, col(AuditEntry.thing).in_(_WHOLE)).limit(1)).first() is not None:
        return None
    found: dict[str, set[int]] = {thing: set() for thing in _PARTS}
    query = select(AuditEntry.thing, AuditEntry.thing_id).where(since, col(AuditEntry.thing).in_(_PARTS))
    for thing, thing_id in session.exec(query.distinct().limit(2 * _ONE_BY_ONE + 1)):
        found[thing].add(thing_id)
    if sum(map(len, found.values())) > _ONE_BY_ONE:
        return None
    return found["offer"] | set(session.exec(select(Run.offer_id).where(col(Run.id).in_(list(found["run"])))))


def _bring(session: Session, index: OverlapIndex, offers: Iterable[int]) -> None:
    ids = set(offers)
    if not ids:
        return
    there = {profile.key: profile for profile in load_landscape(session, ids).profiles}
    for offer in sorted(ids):
        key = profile_key(offer)
        if key in there:
            index.add(there[key])
        else:
            index.remove(key)
