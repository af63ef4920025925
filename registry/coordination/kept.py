"""The country's offers kept ready for comparison in memory, brought up to date by what the audit log says has changed.

One changed offer costs itself; an import, a rule, a newly learnt scorecard or very many changes at once make the whole anew.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from threading import RLock
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.coordination.detection.country import Country
from registry.coordination.models import WordWeights
from registry.coordination.queries.cards import newest_card
from registry.coordination.queries.landscape import load_landscape, profile_key
from registry.coordination.queries.weights import kept_weights
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.matching.defaults import DEFAULTS
from registry.matching.overlap import OverlapPair
from registry.matching.profiles import Profile
from registry.offers.models import Run
from registry.rules.register import RuleSet, rules_on

_ONE_BY_ONE: Final = 500  # changed offers; more than this are faster read all at once
_WHOLE: Final = ("import_run", "rule")  #: things whose change may touch everything
_PARTS: Final = ("offer", "run")

#: What a country is made by beside its offers: numbers of the rules, the scorecard, and when word weights were fitted.
_Made = tuple[dict[str, float], str, list[tuple[Any, Any, date]]]


@dataclass(slots=True)
class _Kept:
    """A country, what it was made by, and the newest entry of the log that it has seen."""

    country: Country
    made_by: _Made
    seen: int


_LOCK: Final = RLock()
_KEPT: Final[WeakKeyDictionary[Any, _Kept]] = WeakKeyDictionary()  #: one per database of the process


def neighbours(session: Session, profile: Profile, rules: RuleSet) -> list[OverlapPair]:
    """The pairs of a profile, which need not be an offer yet, among all published offers as they are now."""
    with country(session, rules) as found:
        return found.neighbours(profile)


@contextmanager
def country(session: Session, rules: RuleSet, changed: Iterable[int] = ()) -> Iterator[Country]:
    """The country as it is now, for nobody else as long as it is used. ``changed``: offers that are known to have changed."""
    with _LOCK:
        kept = _current(session, rules)
        _bring(session, kept.country, changed)
        yield kept.country


def warm(database: Database) -> None:
    """Make the country before anybody asks."""
    from registry.core import clock

    with database.read() as session, _LOCK:
        _current(session, rules_on(session, clock.today()))


def _current(session: Session, rules: RuleSet) -> _Kept:
    home = session.get_bind().engine.pool  # reading and writing sessions share it
    card = newest_card(session)
    columns: tuple[Any, ...] = (WordWeights.kind, WordWeights.is_demo, WordWeights.fitted_on)
    fitted = sorted((kind, is_demo, day) for kind, is_demo, day in session.execute(sa.select(*columns)))
    numbers = {rule.id: rules[rule.id] for rule in DEFAULTS if rule.id in rules}
    made_by: _Made = (numbers, card.version, fitted)
    newest = session.exec(select(func.max(AuditEntry.id))).one() or 0
    kept = _KEPT.get(home)
    if kept is not None and kept.made_by == made_by and newest >= kept.seen:
        changed = _changed(session, kept.seen)
        if changed is not None:
            _bring(session, kept.country, changed)
            kept.seen = newest
            return kept
    made = _Kept(Country(load_landscape(session), rules, card, kept_weights(session, rules)), made_by, newest)
    _KEPT[home] = made
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


def _bring(session: Session, country: Country, offers: Iterable[int]) -> None:
    ids = set(offers)
    if not ids:
        return
    landscape = load_landscape(session, ids)
    there = {profile.key: profile for profile in landscape.profiles}
    for offer in sorted(ids):
        key = profile_key(offer)
        if key in there:
            country.put(there[key], landscape.taught[key])
        else:
            country.drop(key)
