"""Sources that are fetched: added, changed, put to rest and woken, and asked for out of turn."""

from typing import Any

from sqlmodel import Session, select

from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING, Actor
from registry.core import audit, clock
from registry.core.errors import Conflict, InvalidInput, NotFound, Stale
from registry.core.text import slug
from registry.intake.choosing.ranking import priority_of
from registry.intake.models import Source
from registry.intake.policy import scope_of_provider
from registry.intake.source_checks import SourceDraft, check_source
from registry.intake.states import SourceAuth, Walk
from registry.reference.models import Organisation

_FIELDS = ("name", "url", "walk", "every_minutes", "auth", "secret_name", "redirects")


def add_source(session: Session, actor: Actor, draft: SourceDraft, *, loopback: bool = False) -> Source:
    """A new source. Raises NotAllowed, InvalidInput (with its field), or Conflict where there is one of that name."""
    actor.require(Permission.SOURCE_EDIT, EVERYTHING)
    draft = check_source(draft, loopback=loopback)
    _check_provider(session, draft.provider)
    key = f"{draft.format}:{slug(draft.name, 60)}"
    if session.exec(select(Source.id).where(Source.key == key)).first() is not None:
        raise Conflict("Det finnes en kilde med dette formatet og dette navnet. Velg et annet navn.")
    source = Source(
        key=key,
        format=draft.format,
        organisation_id=draft.provider,
        priority=priority_of(session, draft.format),
        created_at=clock.now(),
        **{name: getattr(draft, name) for name in _FIELDS},
    )
    session.add(source)
    session.flush()
    _record(session, actor, source, "added", {"key": key, **_told(source)})
    return source


def change_source(
    session: Session, actor: Actor, source_id: int, version: int, draft: SourceDraft, *, loopback: bool = False
) -> Source:
    """Change all but the format and whom it speaks for: those decide what its records are.

    Raises NotFound, NotAllowed, InvalidInput, or Stale where somebody else changed it first.
    """
    source = _locked(session, actor, source_id)
    if source.version != version:
        raise Stale("Noen andre har endret kilden. Se på den på nytt.")
    draft = check_source(draft, loopback=loopback)
    if (draft.format, draft.provider) != (source.format, source.organisation_id):
        raise InvalidInput("Formatet og tilbyderen kan ikke endres. Legg til en ny kilde.", field="format")
    before = _told(source)
    if (draft.url, draft.walk, draft.redirects) != (source.url, source.walk, source.redirects):
        source.etag = source.last_modified = source.body_sha256 = None  # what was remembered is of another address
    for name in _FIELDS:
        setattr(source, name, getattr(draft, name))
    source.version += 1
    session.flush()
    after = _told(source)
    changed = {name: [before[name], after[name]] for name in _FIELDS if before[name] != after[name]}
    if changed:
        _record(session, actor, source, "changed", {"fields": changed})
    return source


def pause_source(session: Session, actor: Actor, source_id: int) -> Source:
    """Fetch it no more until it is woken. Raises NotFound, NotAllowed, or Conflict where it rests already."""
    source = _locked(session, actor, source_id)
    if source.paused_at is not None:
        raise Conflict("Kilden er allerede satt på pause.")
    source.paused_at, source.wanted_at = clock.now(), None
    source.version += 1
    _record(session, actor, source, "paused", None)
    return source


def wake_source(session: Session, actor: Actor, source_id: int) -> Source:
    """Fetch it again at its times. Raises NotFound, NotAllowed, or Conflict where it does not rest."""
    source = _locked(session, actor, source_id)
    if source.paused_at is None:
        raise Conflict("Kilden er ikke satt på pause.")
    source.paused_at = None
    source.version += 1
    _record(session, actor, source, "woken", None)
    return source


def ask_for_source(session: Session, actor: Actor, source_id: int) -> Source:
    """Have it fetched as soon as may be; whoever may deliver for its provider may ask. Returns at once.

    Raises NotFound, NotAllowed, or Conflict where it has no address, or somebody has asked already.
    """
    source = session.get(Source, source_id, with_for_update=True)
    if source is None:
        raise NotFound("Kilden finnes ikke.")
    actor.require(Permission.IMPORT_RUN, scope_of_provider(source.organisation_id))
    if source.url is None:
        raise Conflict("Kilden har ingen adresse. Last opp filen i stedet.")
    if source.wanted_at is not None:
        raise Conflict("Kilden er allerede bedt om. Den hentes om litt.")
    source.wanted_at = clock.now()
    _record(session, actor, source, "asked_for", None)
    return source


def _locked(session: Session, actor: Actor, source_id: int) -> Source:
    actor.require(Permission.SOURCE_EDIT, EVERYTHING)
    source = session.get(Source, source_id, with_for_update=True)
    if source is None or source.url is None:
        raise NotFound("Kilden finnes ikke.")
    return source


def _check_provider(session: Session, organisation_id: int | None) -> None:
    if organisation_id is None:
        return
    organisation = session.get(Organisation, organisation_id)
    if organisation is None or not organisation.is_provider:
        raise InvalidInput("Velg en tilbyder som finnes i registeret.", field="provider")


def _told(source: Source) -> dict[str, Any]:
    """What the log keeps: the name of the secret, never the secret; the address without its query."""
    values = {name: getattr(source, name) for name in _FIELDS}
    return {
        name: str(value) if isinstance(value, Walk | SourceAuth) else value
        for name, value in {**values, "url": (source.url or "").partition("?")[0]}.items()
    }


def _record(session: Session, actor: Actor, source: Source, event: str, details: dict[str, Any] | None) -> None:
    audit.record(session, actor=actor.name, thing="source", thing_id=source.pk, event=event, details=details)
