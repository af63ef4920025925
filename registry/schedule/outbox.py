"""The outbox worker: what changed in the database is brought to the search index, in order and again if need be.

A row is done only when the engine has what it speaks of. Nothing is copied from the row: the present state of the offer
is read and sent whole, so applying a row twice, late, or after a crash at any point gives the same index. One at a time writes
to the index: between reading and sending nobody else may send what is newer.
"""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from registry.catalogue.documents import Enricher, build_documents, document_versions, index_settings
from registry.coordination.queries.detecting.marks import search_facets
from registry.core import clock, events
from registry.core.alone import Lease, alone
from registry.core.db import Database
from registry.core.errors import Unavailable
from registry.core.events import OutboxRow
from registry.core.locks import Lock
from registry.core.logs import told
from registry.offers.models import Offer, Run
from search.protocol import SearchDocument, SearchEngine, SearchUnavailable
from search.standby import Told

log = logging.getLogger(__name__)

BATCH = 500
#: What rooms above the catalogue know of an offer and searchers may filter by.
ENRICHERS: tuple[Enricher, ...] = (search_facets,)
_KEYS = 5_000  #: of one IN list
#: Topics whose key names an offer or a run.
INDEXED = frozenset({events.OFFER_CHANGED, events.DOCUMENT_CHANGED, events.RUN_CANCELLED})

Progress = Callable[[int, int], None]  #: (done, total)
#: Brings rows of one topic to somebody else than the search index; an exception leaves the rows waiting.
Listener = Callable[[Database, Sequence[OutboxRow]], None]


@runtime_checkable
class Rebuilding(Protocol):
    """An engine that can build a second index beside the one in use and put it in its place in one step."""

    def rebuild(self, documents: Iterable[SearchDocument]) -> int: ...


@dataclass(frozen=True, slots=True)
class Drift:
    """How index and database differ, by document id."""

    documents: int  #: that there should be
    missing: tuple[str, ...]  #: in the database only
    surplus: tuple[str, ...]  #: in the index only
    stale: tuple[str, ...]  #: of another version
    waiting: int  #: rows of the outbox that are not applied yet
    repaired: bool = False

    @property
    def differs(self) -> bool:
        return bool(self.missing or self.surplus or self.stale)

    def to_json(self) -> dict[str, Any]:
        return {
            "documents": self.documents,
            "missing": list(self.missing),
            "surplus": list(self.surplus),
            "stale": list(self.stale),
            "waiting": self.waiting,
            "repaired": self.repaired,
        }

    def summary(self) -> str:
        """One line in bokmål."""
        if not self.differs:
            return f"{self.documents} kull, som i databasen" + (f"; {self.waiting} venter" if self.waiting else "")
        words = f"{len(self.missing)} mangler, {len(self.surplus)} er for mange, {len(self.stale)} er utdaterte"
        return f"{words}; {'rettet' if self.repaired else f'{self.waiting} endringer venter i utboksen'}"


def drain(
    database: Database,
    engine: SearchEngine,
    batch: int = BATCH,
    *,
    enrichers: Sequence[Enricher] = ENRICHERS,
    listeners: Mapping[str, Listener] | None = None,
    progress: Progress | None = None,
    wait: bool = False,
) -> int:
    """Apply what waits, oldest first; returns the number of rows done.

    A row that fails is noted with its error and tried again at the next call; the others go on. When the engine is
    away everything waits. Where somebody else is writing to the index nothing is done, or, with ``wait``, it is done after them.
    """
    with alone(database, Lock.INDEX, wait=wait) as lease:
        if lease is None:
            return 0
        return _drain(database, engine, lease, batch, enrichers, listeners or {}, progress)


def _drain(
    database: Database,
    engine: SearchEngine,
    lease: Lease,
    batch: int,
    enrichers: Sequence[Enricher],
    listeners: Mapping[str, Listener],
    progress: Progress | None,
) -> int:
    done, last = 0, 0
    total = waiting(database) if progress else 0
    while lease.stands() and (rows := _next(database, last, batch)):
        last = rows[-1].pk
        try:
            failed = _apply(database, engine, rows, enrichers, listeners)
        except SearchUnavailable as error:
            log.warning("the search index is away, %d changes wait: %s", waiting(database), error)
            break
        _note(database, rows, failed)
        done += len(rows) - len(failed)
        if progress:
            progress(done, total)
    return done


def rebuild(
    database: Database,
    engine: SearchEngine,
    *,
    enrichers: Sequence[Enricher] = ENRICHERS,
    progress: Progress | None = None,
) -> int:
    """Build the index anew beside the old one, put it in its place, compare the number, apply what came meanwhile.

    Returns the number of documents. Raises SearchUnavailable when the engine is away and Unavailable when the new index does
    not hold what it was given.
    """
    with alone(database, Lock.INDEX, wait=True):
        documents = _rebuild(database, engine, enrichers, progress)
    drain(database, engine, enrichers=enrichers, wait=True)
    return documents


def _rebuild(database: Database, engine: SearchEngine, enrichers: Sequence[Enricher], progress: Progress | None) -> int:
    written = _Counted(progress)
    with database.read() as session:
        told = session.exec(
            select(OutboxRow.id).where(col(OutboxRow.done_at).is_(None), col(OutboxRow.topic).in_(INDEXED))
        ).all()
        written.total = session.exec(select(func.count()).select_from(Offer)).one()
        engine.configure(index_settings(session))  # a process that has run for long knows those of its start
        documents = written.over(build_documents(session, enrichers=enrichers))
        if isinstance(engine, Rebuilding):
            engine.rebuild(documents)
        else:
            engine.wipe()
            engine.put(documents)
    if engine.count() != written.documents:
        raise Unavailable(
            "Indeksen har %(indexed)s kull, databasen %(kept)s. Bygg den på nytt.",
            indexed=engine.count(),
            kept=written.documents,
        )
    _tick_off(database, told)  # read before the documents were, so the new index knows them: exactly these, by id
    return written.documents


def rebuild_where_missing(database: Database, engine: SearchEngine) -> bool:
    """Build the index where none can be read: the first start, damaged files, or a version that indexes otherwise.

    Returns whether it was built. Raises as :func:`rebuild` does.
    """
    if not engine.standing().endswith("missing"):
        return False
    with alone(database, Lock.INDEX, wait=True):
        if not engine.standing().endswith("missing"):  # somebody else has built it meanwhile
            return False
        log.warning("no search index can be read: it is built anew")
        log.info("the search index holds %d documents", _rebuild(database, engine, ENRICHERS, None))
    drain(database, engine, wait=True)
    return True


def _tick_off(database: Database, ids: Sequence[int | None]) -> None:
    """Rows that need no further telling are done."""
    with database.write() as session:
        for start in range(0, len(ids), _KEYS):
            chunk = ids[start : start + _KEYS]
            session.execute(update(OutboxRow).where(col(OutboxRow.id).in_(chunk)).values(done_at=clock.now()))


def check(
    database: Database, engine: SearchEngine, *, repair: bool = False, enrichers: Sequence[Enricher] = ENRICHERS
) -> Drift:
    """Compare ids and versions; with ``repair`` mend what differs and nothing else. Raises SearchUnavailable."""
    found = _compare(database, engine, enrichers, repair=False)
    if not repair:
        return found
    if not found.differs:
        return replace(found, repaired=True)
    with alone(database, Lock.INDEX, wait=True):  # compared again: what was being written has been
        return _compare(database, engine, enrichers, repair=True)


def _compare(database: Database, engine: SearchEngine, enrichers: Sequence[Enricher], *, repair: bool) -> Drift:
    with database.read() as session:
        expected = {key: (group, version) for key, group, version in document_versions(session)}
    indexed = engine.digests()
    stale = {key for key, (_, version) in expected.items() if indexed.get(key, version) != version}
    missing = expected.keys() - indexed.keys()
    surplus = indexed.keys() - expected.keys()
    if repair and (missing or surplus or stale):
        ahead = {key for key in stale if indexed[key] > expected[key][1]}  # would refuse the true, lower version
        engine.drop(surplus | ahead)
        wanted = missing | stale
        with database.read() as session:
            groups = {expected[key][0] for key in wanted}
            engine.put(one for one in build_documents(session, groups, enrichers) if one.id in wanted)
    return Drift(
        documents=len(expected),
        missing=tuple(sorted(missing)),
        surplus=tuple(sorted(surplus)),
        stale=tuple(sorted(stale)),
        waiting=waiting(database),
        repaired=repair,
    )


def waiting(database: Database) -> int:
    """Rows that are not done."""
    with database.read() as session:
        query = select(func.count()).select_from(OutboxRow).where(col(OutboxRow.done_at).is_(None))
        return session.exec(query).one()


def _next(database: Database, after: int, batch: int) -> list[OutboxRow]:
    query = select(OutboxRow).where(col(OutboxRow.done_at).is_(None), col(OutboxRow.id) > after)
    with database.read() as session:
        rows = list(session.exec(query.order_by(col(OutboxRow.id)).limit(batch)))
        session.expunge_all()
    return rows


def _apply(
    database: Database,
    engine: SearchEngine,
    rows: Sequence[OutboxRow],
    enrichers: Sequence[Enricher],
    listeners: Mapping[str, Listener],
) -> dict[int, str]:
    """Row's id -> error, of those that could not be applied. Raises SearchUnavailable."""
    indexed = [row for row in rows if row.topic in INDEXED]
    failed = _each(indexed, lambda some: index_keys(database, engine, {row.key for row in some}, enrichers))
    failed |= _tell_synonyms(database, engine, [row for row in rows if row.topic == events.SYNONYMS_CHANGED])
    for topic, listener in listeners.items():
        told = [row for row in rows if row.topic == topic and row.pk not in failed]
        failed |= _each(told, lambda some, listener=listener: listener(database, some))  # type: ignore[misc]  # mypy cannot tell the type of a default
    return failed


def tell_synonyms(database: Database, engine: SearchEngine) -> None:
    """Let the engine, and the server behind it, search by today's synonyms. Raises SearchUnavailable."""
    with database.read() as session:
        settings = index_settings(session)
    if isinstance(engine, Told):
        engine.tell(settings)
    else:
        engine.configure(settings)


def _tell_synonyms(database: Database, engine: SearchEngine, rows: Sequence[OutboxRow]) -> dict[int, str]:
    """The newest are told once for all rows. A server that refuses or does not answer makes these wait, not the offers."""
    if not rows:
        return {}
    try:
        tell_synonyms(database, engine)
    except SearchUnavailable as error:
        log.warning("the search server has not taken other synonyms: %s", error)
        return {row.pk: str(error)[:500] for row in rows}
    return {}


def _each(rows: Sequence[OutboxRow], work: Callable[[Sequence[OutboxRow]], None]) -> dict[int, str]:
    """All at once; where that fails, one by one, so that a bad row stops nobody but itself."""
    if not rows:
        return {}
    try:
        work(rows)
    except SearchUnavailable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a row, the others go on
        if len(rows) == 1:
            log.error("outbox row %d failed: %s", rows[0].pk, told(error, trace=True))  # noqa: TRY400 - its own words may hold a person's values
            return {rows[0].pk: told(error)[:500]}
        return {number: text for row in rows for number, text in _each([row], work).items()}
    return {}


def index_keys(database: Database, engine: SearchEngine, keys: Collection[str], enrichers: Sequence[Enricher]) -> None:
    """Bring the index in step with the offers that ``keys`` name, directly or by one of their runs.

    A key that names nothing any more is dropped; so are the runs of an offer that no longer stand for it.
    """
    with database.read() as session:
        offers = _offers_named(session, keys)
        documents = list(build_documents(session, offers.values(), enrichers))
        known = {key for some in _parts(offers) for key in _run_keys(session, some)}
    engine.put(documents)
    engine.drop((known | set(offers.values()) | set(keys)) - {document.id for document in documents})


def _offers_named(session: Session, keys: Collection[str]) -> dict[int, str]:
    found: dict[int, str] = {}
    for some in _parts(keys):
        by_run = select(Run.offer_id).where(col(Run.key).in_(some))
        query = select(Offer.id, Offer.key).where(col(Offer.key).in_(some) | col(Offer.id).in_(by_run))
        found |= {number: key for number, key in session.exec(query) if number is not None}
    return found


def _run_keys(session: Session, offer_ids: Collection[int]) -> Iterable[str]:
    return session.exec(select(Run.key).where(col(Run.offer_id).in_(offer_ids)))


def _parts(items: Iterable[Any]) -> Iterator[list[Any]]:
    listed = list(items)
    for start in range(0, len(listed), _KEYS):
        yield listed[start : start + _KEYS]


def _note(database: Database, rows: Sequence[OutboxRow], failed: Mapping[int, str]) -> None:
    done = [row.pk for row in rows if row.pk not in failed]
    with database.write() as session:
        for some in _parts(done):
            session.exec(update(OutboxRow).where(col(OutboxRow.id).in_(some)).values(done_at=clock.now()))
        for number, text in failed.items():
            session.exec(
                update(OutboxRow)
                .where(col(OutboxRow.id) == number)
                .values(attempts=col(OutboxRow.attempts) + 1, last_error=text)
            )


class _Counted:
    """Counts documents as they pass, and tells how many offers of ``total`` have been read."""

    def __init__(self, progress: Progress | None) -> None:
        self.documents = 0
        self.total = 0
        self._progress = progress

    def over(self, documents: Iterable[SearchDocument]) -> Iterator[SearchDocument]:
        offers, group = 0, ""
        for document in documents:
            self.documents += 1
            if document.group != group:
                offers, group = offers + 1, document.group
                if self._progress and offers % 100 == 0:
                    self._progress(offers, self.total)
            yield document
        if self._progress:
            self._progress(self.total, self.total)
