"""The country's offers kept ready for comparison in memory, brought up to date by what the audit log says has changed.

One changed offer costs itself, an import the offers that it changed; a rule, a newly learnt scorecard or the change of a large
part of all offers make the whole anew.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from threading import RLock
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlmodel import Session

from registry.coordination.detection.cases import terms_in_question
from registry.coordination.detection.country import Country
from registry.coordination.detection.exempting import exempted
from registry.coordination.models import Detection, DuplicateCard, WordWeights
from registry.coordination.queries.desk.duplicate_card import newest_card
from registry.coordination.queries.detecting.applicants import Senders
from registry.coordination.queries.detecting.landscape import load_landscape, profile_key
from registry.coordination.queries.detecting.offer_rows import Geography, load_geography
from registry.coordination.queries.detecting.runs import known_terms
from registry.coordination.queries.detecting.word_weights import kept_weights
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.table import columns_of, unindexed
from registry.matching.defaults import DEFAULTS
from registry.offers.models import OfferProvider, Run
from registry.rules.register import RuleSet, rules_on

_FEW: Final = 500  # changed offers that are never too many
_PART: Final = 0.2  # of the country; to bring in a changed offer takes five times as long as to read one among all
_WHOLE: Final = ("import_run", "rule")  #: things whose change may touch everything


class _Newest(NamedTuple):
    """The newest of all that a country is made by, as one statement tells it."""

    entry: int  #: of the audit log
    card: int | None
    weighed: int | None  #: the detection that fitted the weights of words
    weights: int
    judged: int  #: the newest entry that the last full detection built on


#: Numbers of the rules, the core subjects, the newest scorecard, and which detection fitted word weights.
_Made = tuple[dict[str, float], frozenset[str], int | None, int | None, int]


@dataclass(slots=True)
class _Kept:
    """A country, what it was made by, and the newest entry of the log that it has seen."""

    country: Country
    made_by: _Made
    geography: Geography
    seen: int
    before: Collection[int] | None  #: offers changed, when it was read, since the last detection; None where all may be
    heard: set[int] = field(default_factory=set)  #: offers whose change was seen
    known: set[int] = field(default_factory=set)  #: offers that were judged here, with whoever was beside them
    senders: Senders = field(default_factory=Senders)


_LOCK: Final = RLock()
_KEPT: Final[WeakKeyDictionary[Any, _Kept]] = WeakKeyDictionary()  #: one per database of the process


@contextmanager
def country(session: Session, rules: RuleSet, changed: Iterable[int] = ()) -> Iterator[Country]:
    """The country as it is now, for nobody else as long as it is used. ``changed``: offers that are known to have changed."""
    with _LOCK:
        kept, brought = _current(session, rules)
        _bring(session, kept, set(changed) - brought)
        yield kept.country


def senders(session: Session) -> Senders:
    """Which institutions send single applications, as far as it is known. For who holds the :func:`country`."""
    return _KEPT[_home(session)].senders


def unknown_before(session: Session, offers: Collection[int]) -> set[int]:
    """Those of the offers whose last change may have come before the country was read, so that nobody here knows what they
    were. For who holds the :func:`country`.
    """
    kept = _KEPT[_home(session)]
    changed_before = offers if kept.before is None else kept.before
    return {one for one in offers if one not in kept.known and (one in changed_before or one not in kept.heard)}


def judged(session: Session, offers: Collection[int]) -> Callable[[], None]:
    """What is to be called once it is written for good that these, and whoever shared a circle with anybody who has changed,
    have been judged as they are now. Until then they are judged again and again: nothing is lost by a crash.

    For who holds the :func:`country`.
    """
    kept = _KEPT[_home(session)]
    moment = kept.seen

    def remember() -> None:
        with _LOCK:
            kept.country.judged(moment, {profile_key(one) for one in offers})
            kept.known.update(offers)

    return remember


def warm(database: Database) -> None:
    """Make the country before anybody asks."""
    today = clock.today()
    with database.read() as session, country(session, rules_on(session, today)):
        senders(session).ask(session, set(terms_in_question(known_terms(session), today)))


def _home(session: Session) -> Any:
    return session.get_bind().engine.pool  # reading and writing sessions share it


def _current(session: Session, rules: RuleSet) -> tuple[_Kept, set[int]]:
    """The country, and the offers that were brought in for it."""
    home = _home(session)
    newest = _Newest(*session.execute(_newest()).one())
    numbers = {rule.id: rules[rule.id] for rule in DEFAULTS if rule.id in rules}
    core = exempted(rules.exceptions)
    made_by: _Made = (numbers, core, newest.card, newest.weighed, newest.weights)
    kept = _KEPT.get(home)
    if kept is not None and newest.entry < kept.seen and _is_behind(session, kept):
        return kept, set()
    if kept is not None and kept.made_by == made_by:
        if newest.entry == kept.seen:
            return kept, set()
        changed = _changed(session, kept.seen) if newest.entry > kept.seen else None
        if changed is not None and len(changed) <= max(_FEW, _PART * len(kept.country.taught)):
            _bring_on(session, kept, changed, newest)
            return kept, changed
    geography = load_geography(session)
    landscape = load_landscape(session, geography=geography)
    found = Country(landscape, rules, newest_card(session), kept_weights(session, rules), core)
    found.prepare()
    made = _Kept(found, made_by, geography, newest.entry, before=_changed(session, newest.judged))
    _KEPT[home] = made
    return made, set()


def _is_behind(session: Session, kept: _Kept) -> bool:
    """A reader that began before the country was brought on, and not another database in its place."""
    with session.get_bind().engine.connect() as fresh:
        return bool(fresh.execute(_newest()).one()[0] >= kept.seen)


def _bring_on(session: Session, kept: _Kept, changed: set[int], newest: _Newest) -> None:
    before, kept.seen = kept.seen, newest.entry
    kept.country.judged(newest.judged)
    if newest.judged >= before:
        kept.before = ()
    kept.heard |= changed
    _bring(session, kept, changed)
    kept.senders.heard(session, before)


def _changed(session: Session, seen: int) -> set[int] | None:
    """Offers changed since an entry; None where everything may have."""
    found = set(session.execute(_changes(), {"after": seen}).scalars())
    return None if None in found else found


def _bring(session: Session, kept: _Kept, offers: set[int]) -> None:
    if not offers:
        return
    country, landscape = kept.country, load_landscape(session, offers, kept.geography)
    for offer in sorted(offers):
        key = profile_key(offer)
        profile, now = landscape.by_key.get(key), landscape.taught.get(key)
        before = country.taught.get(key)
        if profile is None or now is None:
            differs = country.drop(key, kept.seen)
        else:
            differs = country.put(profile, now, kept.seen)
        if differs:
            kept.heard.add(offer)
        if before is not None and now is not None and before.lead != now.lead:
            kept.senders = Senders()  # the applications are another institution's now


@cache
def _newest() -> Any:
    entry, card, weights, detection = (columns_of(one) for one in (AuditEntry, DuplicateCard, WordWeights, Detection))
    asked = (
        sa.select(sa.func.coalesce(sa.func.max(entry.id), 0)),
        sa.select(sa.func.max(card.version)),
        sa.select(sa.func.max(weights.detection_id)),
        sa.select(sa.func.count(weights.id)),
        sa.select(detection.seen_entry).order_by(detection.id.desc()).limit(1),
    )
    *others, last = (one.scalar_subquery() for one in asked)
    return sa.select(*others, sa.func.coalesce(last, 0))


@cache
def _changes() -> Any:
    """By the entry's place in the log: what was written since is read, and not all that was ever written of such things."""
    entry, run, provider = columns_of(AuditEntry), columns_of(Run), columns_of(OfferProvider)

    def since(*things: str) -> Any:
        return sa.select(entry.thing_id).where(entry.id > sa.bindparam("after"), unindexed(entry.thing.in_(things)))

    return sa.union(
        since("offer"),
        sa.select(run.offer_id).where(run.id.in_(since("run"))),
        sa.select(provider.offer_id).where(provider.organisation_id.in_(since("organisation"))),
        sa.select(sa.cast(sa.null(), sa.Integer)).where(since(*_WHOLE).exists()),
    )
