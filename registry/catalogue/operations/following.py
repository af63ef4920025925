"""Follow a search: save it, change it, stop it, take it back. Only the person, or the token in the person's own mail."""

import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from registry.access.models import Person
from registry.access.permissions import Permission
from registry.access.policy import Actor, Scope
from registry.catalogue.models import Rhythm, SavedSearch
from registry.catalogue.parameters import CatalogueQuery
from registry.catalogue.policy import scope_of
from registry.core import audit, clock
from registry.core.errors import InvalidInput, NotFound
from registry.core.text import fold
from registry.messages.operations import usable_address
from registry.rules.register import rules_on

LONGEST_NAME = 120
_LONGEST_QUERY = 1000
#: So long may a removed search be taken back.
UNDO = timedelta(days=1)
_WAIT = {Rhythm.DAILY: timedelta(days=1), Rhythm.WEEKLY: timedelta(days=7)}


def follow(
    session: Session,
    actor: Actor,
    query: CatalogueQuery,
    *,
    name: str,
    rhythm: Rhythm,
    language: str,
    found: int,
    seen: Mapping[str, Any],
) -> SavedSearch:
    """Save a search and follow it from now on; saving it again renews it.

    ``found`` is how many offers it finds, ``seen`` what they look like now (``news.snapshot``): only later changes are told.

    Raises:
        NotAllowed: nobody is signed in.
        InvalidInput: it asks for nothing, finds too many offers, or has no name.
    """
    actor.require(Permission.SEARCH_SAVE, Scope(person=actor.person))
    today = clock.today()
    most = int(rules_on(session, today)["FOLLOW_MOST_OFFERS"])
    address = normal_address(query)
    if not address:
        raise InvalidInput("Skriv et ord eller velg et filter, så vet vi hva du vil følge.")
    if found > most:
        raise InvalidInput("Søket finner %(found)s tilbud. Avgrens det til høyst %(most)s.", found=found, most=most)
    if len(address) > _LONGEST_QUERY:
        raise InvalidInput("Søket har for mange filtre til å lagres.")
    saved = session.exec(
        select(SavedSearch).where(SavedSearch.person_id == actor.person, SavedSearch.query == address).with_for_update()
    ).first()
    if saved is None:
        saved = SavedSearch(
            person_id=actor.person or 0,
            name="",
            query=address,
            created_at=clock.now(),
            expires_on=today,
            token=secrets.token_urlsafe(32),
        )
        session.add(saved)
    saved.name = _name(name)
    saved.language = language
    saved.seen = dict(seen)
    saved.removed_at = None
    _start(session, saved, rhythm, today)
    session.flush()
    _record(session, actor.name, saved, "followed")
    return saved


def rename(session: Session, actor: Actor, saved: SavedSearch, name: str) -> None:
    """Raises NotAllowed, and InvalidInput for an empty name."""
    actor.require(Permission.SEARCH_SAVE, scope_of(saved))
    saved.name = _name(name)
    _record(session, actor.name, saved, "renamed")


def set_rhythm(session: Session, actor: Actor, saved: SavedSearch, rhythm: Rhythm | None) -> None:
    """Mail daily, weekly, or not at all (None). Starting again renews the end."""
    actor.require(Permission.SEARCH_SAVE, scope_of(saved))
    if rhythm is None:
        _stop(saved)
    else:
        _start(session, saved, rhythm, clock.today())
    _record(session, actor.name, saved, "rhythm_changed")


def remove(session: Session, actor: Actor, saved: SavedSearch) -> None:
    """Gone from the list; for a day it may be taken back."""
    actor.require(Permission.SEARCH_SAVE, scope_of(saved))
    saved.removed_at = clock.now()
    saved.next_look_on = None
    _record(session, actor.name, saved, "removed")


def restore(session: Session, actor: Actor, saved: SavedSearch) -> None:
    """Take a removal back: mail goes on where it had not been stopped."""
    actor.require(Permission.SEARCH_SAVE, scope_of(saved))
    saved.removed_at = None
    if saved.stopped_at is None:
        saved.next_look_on = clock.today() + timedelta(days=1)
    _record(session, actor.name, saved, "restored")


def stop(session: Session, token: str) -> SavedSearch:
    """By the link in a mail, without sign-in (RFC 8058); stopping twice is stopping once. Raises NotFound."""
    saved = by_token(session, token)
    _stop(saved)
    _record(session, "anyone", saved, "stopped")
    return saved


def extend(session: Session, token: str) -> SavedSearch:
    """By the link in a mail: go on for as long as a new search would. Raises NotFound."""
    saved = by_token(session, token)
    _start(session, saved, saved.rhythm, clock.today())
    _record(session, "anyone", saved, "extended")
    return saved


def by_token(session: Session, token: str) -> SavedSearch:
    """Raises NotFound, for a search that was removed too."""
    found = session.exec(
        select(SavedSearch).where(SavedSearch.token == token, col(SavedSearch.removed_at).is_(None)).with_for_update()
    ).first()
    if found is None:
        raise NotFound("Vi finner ikke varselet. Det kan være slettet.")
    return found


def set_address(session: Session, actor: Actor, address: str) -> None:
    """Where mail to the person goes; unchecked, so nobody is found by it. Raises NotAllowed, and InvalidInput for what cannot be an address."""
    actor.require(Permission.SEARCH_SAVE, Scope(person=actor.person))
    person = session.get(Person, actor.person)
    if person is None or not usable_address(address.strip()):
        raise InvalidInput("Skriv en gyldig e-postadresse.")
    person.email = address.strip()
    audit.record(session, actor=actor.name, thing="person", thing_id=person.pk, event="address_changed")


def note_told(session: Session, saved: SavedSearch, seen: Mapping[str, Any], today: date) -> None:
    """It has been looked at: what it looks like now is what the next look is compared with. Past its end it stops."""
    saved.seen = dict(seen)
    if saved.expires_on <= today:
        _stop(saved)
        _record(session, "system:following", saved, "ended")
    else:
        saved.next_look_on = today + _WAIT[saved.rhythm]


def forget_removed(session: Session) -> int:
    """Removed searches that nobody took back are deleted; returns how many."""
    old = col(SavedSearch.removed_at) < clock.now() - UNDO
    return int(session.execute(delete(SavedSearch).where(old)).rowcount)  # type: ignore[attr-defined]  # a delete gives a CursorResult


def normal_address(query: CatalogueQuery) -> str:
    """The same search has the same address, whatever page or order it was looked at in."""
    return query.on_page(1).sorted_by("").address()


def _start(session: Session, saved: SavedSearch, rhythm: Rhythm, today: date) -> None:
    saved.rhythm = rhythm
    saved.stopped_at = None
    saved.expires_on = today + timedelta(days=rules_on(session, today)["FOLLOW_DAYS"])
    saved.next_look_on = today + timedelta(days=1)


def _stop(saved: SavedSearch) -> None:
    saved.stopped_at = saved.stopped_at or clock.now()
    saved.next_look_on = None


def _name(name: str) -> str:
    folded = fold(name)[:LONGEST_NAME]
    if not folded:
        raise InvalidInput("Gi søket et navn.")
    return folded


def _record(session: Session, actor: str, saved: SavedSearch, event: str) -> None:
    audit.record(session, actor=actor, thing="saved_search", thing_id=saved.pk, event=event)
