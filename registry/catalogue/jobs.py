"""Tell people what is new in the searches they follow."""

import logging
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from registry.access.models import Person
from registry.catalogue import following, news
from registry.catalogue.models import SavedSearch
from registry.catalogue.operations import forget_removed, note_told
from registry.core import clock
from registry.core.db import Database
from registry.core.logs import told as words_of
from registry.messages.operations import send
from registry.rules.register import RuleSet, rules_on
from search.protocol import SearchEngine, SearchUnavailable

log = logging.getLogger(__name__)

#: Nobody is woken by a letter about a course.
_FROM, _TO = 6, 21


def tell_followers(database: Database, engine: SearchEngine) -> Mapping[str, Any]:
    """Look at every search that is due, each in its own transaction; one letter a search, and none where nothing is new.

    A search that fails is tried again at the next call, and stops no other. When the engine is away all of them wait.
    """
    if not _FROM <= clock.now().astimezone(clock.OSLO).hour < _TO:
        return {"skipped": "night"}
    today = clock.today()
    with database.read() as session:
        due = select(SavedSearch.id).where(col(SavedSearch.next_look_on) <= today)
        ids = session.exec(due.order_by(col(SavedSearch.id))).all()
    done = {"looked_at": 0, "told": 0, "failed": 0}
    for saved_id in ids:
        try:
            with database.write() as session:
                done["told"] += look(session, engine, saved_id, today)
            done["looked_at"] += 1
        except SearchUnavailable:
            log.warning("followed searches wait: the search index is away")
            break
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one search, the others are told
            log.error("saved search %s failed: %s", saved_id, words_of(error, trace=True))  # noqa: TRY400 - a trace may hold what told() leaves out
            done["failed"] += 1
    with database.write() as session:
        done["forgotten"] = forget_removed(session)
    return done


def look(session: Session, engine: SearchEngine, saved_id: int | None, today: date) -> int:
    """Compare one search with what it was, queue its letter, note what it is now. Returns the number of letters."""
    saved = session.exec(
        select(SavedSearch)
        .where(SavedSearch.id == saved_id, col(SavedSearch.next_look_on) <= today)
        .with_for_update(skip_locked=True)
    ).first()
    if saved is None:  # stopped or looked at meanwhile
        return 0
    rules = rules_on(session, today)
    notice = timedelta(days=rules["FOLLOW_DEADLINE_DAYS"])
    query = following.query_of(saved.query)
    now = following.picture(session, engine, query, int(rules["FOLLOW_MOST_OFFERS"]), today).seen
    before: news.Seen | None = saved.seen
    letters = 0
    if before is not None:
        lost, ended = following.gone(session, before, now)
        awaited = following.awaited(session, query, before, now, today)
        told = news.compare(before, news.together(now, awaited), lost, ended, today, notice)
        letters += _tell(session, saved, told, today)
        now = news.together(now, news.still_awaited(awaited))
    letters += _tell_of_the_end(session, saved, rules, today)
    note_told(session, saved, news.mark_deadlines(before or {}, now, today, notice), today)
    return letters


def _tell(session: Session, saved: SavedSearch, told: list[news.News], today: date) -> int:
    offers = following.in_words(session, told, saved.language)
    if not offers:
        return 0
    context = {"name": saved.name, "path": f"/tilbud?{saved.query}", "offers": offers}
    return _send(session, saved, "saved-search", context, today)


def _tell_of_the_end(session: Session, saved: SavedSearch, rules: RuleSet, today: date) -> int:
    """Once for each end, so long before that there is time to prolong."""
    if saved.end_told_on == saved.expires_on or (saved.expires_on - today).days > rules["FOLLOW_NOTICE_DAYS"]:
        return 0
    saved.end_told_on = saved.expires_on
    context = {"name": saved.name, "ends_on": saved.expires_on, "path": f"/varsel/{saved.token}"}
    return _send(session, saved, "saved-search-ends", context, today)


def _send(session: Session, saved: SavedSearch, kind: str, context: Mapping[str, Any], today: date) -> int:
    person = session.get(Person, saved.person_id)
    return int(
        person is not None
        and person.deactivated_at is None
        and send(
            session,
            kind=kind,
            to=person.email,
            language=saved.language,
            context=context,
            dedupe=f"{kind}:{saved.pk}:{today.isoformat()}",
            stop_path=f"/varsel/{saved.token}",
        )
    )
