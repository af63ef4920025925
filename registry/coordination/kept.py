"""The country's offers kept ready for comparison in memory, brought up to date by what the audit log says has changed.

One changed offer costs itself; an import, a rule, a newly learnt scorecard or very many changes at once make the whole anew.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.coordination.detection.country import Country
from registry.coordination.models import DuplicateCard, WordWeights
from registry.coordination.queries.applicants import Senders
from registry.coordination.queries.cards import newest_card
from registry.coordination.queries.landscape import load_landscape, profile_key
from registry.coordination.queries.weights import kept_weights
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.table import unindexed
from registry.matching.defaults import DEFAULTS
from registry.matching.overlap import OverlapPair
from registry.matching.profiles import Profile
from registry.offers.models import Run
from registry.rules.register import RuleSet, rules_on

_ONE_BY_ONE: Final = 500  # changed offers and runs; more than this are faster read all at once
_LOGGED: Final = 5_000  # entries about them, which may be several of one offer; more are not even read
_WHOLE: Final = ("import_run", "rule")  #: things whose change may touch everything
_PARTS: Final = ("offer", "run")

#: What a country is made by beside its offers: numbers of the rules, the newest scorecard, and which detection fitted word weights.
_Made = tuple[dict[str, float], int | None, int | None, int]


@dataclass(slots=True)
class _Kept:
    """A country, what it was made by, and the newest entry of the log that it has seen."""

    country: Country
    made_by: _Made
    seen: int
    senders: Senders = field(default_factory=Senders)


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
        _bring(session, kept, changed)
        yield kept.country


def senders(session: Session) -> Senders:
    """Which institutions send single applications, as far as it is known. For who holds the :func:`country`."""
    return _KEPT[session.get_bind().engine.pool].senders


def warm(database: Database) -> None:
    """Make the country before anybody asks."""
    with database.read() as session, _LOCK:
        _current(session, rules_on(session, clock.today()))


def _current(session: Session, rules: RuleSet) -> _Kept:
    home = session.get_bind().engine.pool  # reading and writing sessions share it
    logged, card, fitted, sets = session.execute(
        sa.select(
            sa.select(func.max(AuditEntry.id)).scalar_subquery(),
            sa.select(func.max(DuplicateCard.version)).scalar_subquery(),
            sa.select(func.max(WordWeights.detection_id)).scalar_subquery(),
            sa.select(func.count(col(WordWeights.id))).scalar_subquery(),
        )
    ).one()
    numbers = {rule.id: rules[rule.id] for rule in DEFAULTS if rule.id in rules}
    made_by: _Made = (numbers, card, fitted, sets)
    newest = logged or 0
    kept = _KEPT.get(home)
    if kept is not None and kept.made_by == made_by and newest >= kept.seen:
        changed = _changed(session, kept.seen) if newest > kept.seen else set()
        if changed is not None:
            _bring(session, kept, changed)
            if newest > kept.seen:
                kept.senders.heard(session, kept.seen)
            kept.seen = newest
            return kept
    country = Country(load_landscape(session), rules, newest_card(session), kept_weights(session, rules))
    made = _Kept(country, made_by, newest)
    _KEPT[home] = made
    return made


def _changed(session: Session, seen: int) -> set[int] | None:
    """Offers changed since; None where everything may have."""
    # By its place in the log: what was written since is read, and not all that was ever written of such things.
    query = (
        select(AuditEntry.thing, AuditEntry.thing_id)
        .where(col(AuditEntry.id) > seen, unindexed(col(AuditEntry.thing).in_((*_WHOLE, *_PARTS))))
        .order_by(col(AuditEntry.id))
        .limit(_LOGGED + 1)
    )
    entries = session.exec(query).all()
    changed = set(entries)
    if len(entries) > _LOGGED or len(changed) > _ONE_BY_ONE or any(thing in _WHOLE for thing, _ in changed):
        return None
    runs = [one for thing, one in changed if thing == "run"]
    by_run = session.exec(select(Run.offer_id).where(col(Run.id).in_(runs))).all() if runs else []
    return {one for thing, one in changed if thing == "offer"}.union(by_run)


def _bring(session: Session, kept: _Kept, offers: Iterable[int]) -> None:
    ids = set(offers)
    if not ids:
        return
    country, landscape = kept.country, load_landscape(session, ids)
    there = {profile.key: profile for profile in landscape.profiles}
    for offer in sorted(ids):
        key = profile_key(offer)
        if key in there:
            before, now = country.taught.get(key), landscape.taught[key]
            if before is not None and before.lead != now.lead:
                kept.senders = Senders()  # the applications are another institution's now
            country.put(there[key], now)
        else:
            country.drop(key)
