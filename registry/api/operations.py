"""Keys of the API: issued, used and revoked. Each function takes the session; none commits."""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor, Holding, Scope
from registry.access.roles import Role
from registry.api.models import ApiKey, ApiScope
from registry.core import audit, clock
from registry.core.errors import Conflict, InvalidInput, NotFound
from registry.reference.models import Organisation

LONGEST_DAYS = 366  #: a key lives for a year at most, so that a forgotten one ends by itself
_TOKEN = re.compile(r"tr_([A-Za-z0-9]{8})_[A-Za-z0-9_-]{43}")
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"  # without those that look alike


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key with its token, which is kept nowhere."""

    key: ApiKey
    token: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the key's institution, with the rights of its staff as far as the key's scopes go."""

    key: ApiKey
    actor: Actor

    @property
    def organisation_id(self) -> int:
        return self.key.organisation_id

    def may(self, scope: ApiScope) -> bool:
        return str(scope) in self.key.scopes


def issue_key(
    session: Session,
    actor: Actor,
    organisation_id: int,
    name: str,
    scopes: Collection[ApiScope],
    *,
    days: int = LONGEST_DAYS,
) -> Issued:
    """A key for an institution's own system. Raises NotAllowed, NotFound, InvalidInput."""
    actor.require(Permission.API_KEY_ISSUE, Scope(organisations=frozenset({organisation_id})))
    organisation = session.get(Organisation, organisation_id)
    if organisation is None or not organisation.is_provider:
        raise NotFound("Institusjonen finnes ikke.")
    if not name.strip() or len(name) > 80:
        raise InvalidInput("Skriv hvilket system nøkkelen er til, høyst 80 tegn.")
    if not scopes:
        raise InvalidInput("Velg minst én ting nøkkelen skal kunne brukes til.")
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput("En nøkkel varer fra 1 til %(days)s dager.", days=LONGEST_DAYS)
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    token = f"tr_{prefix}_{secrets.token_urlsafe(32)}"
    today = clock.today()
    key = ApiKey(
        organisation_id=organisation_id,
        name=name.strip(),
        prefix=prefix,
        token_hash=_hash(token),
        scopes=sorted(map(str, scopes)),
        issued_on=today,
        issued_by=actor.name,
        expires_on=today + timedelta(days=days),
    )
    session.add(key)
    session.flush()
    _record(session, actor, key, "issued")
    return Issued(key, token)


def revoke_key(session: Session, actor: Actor, key_id: int) -> ApiKey:
    """The key is worth nothing from now. Raises NotFound (somebody else's too), Conflict where it is revoked."""
    key = session.get(ApiKey, key_id, with_for_update=True)
    if key is None or not actor.may(Permission.API_KEY_ISSUE, Scope(organisations=frozenset({key.organisation_id}))):
        raise NotFound("Nøkkelen finnes ikke.")
    if key.revoked_at is not None:
        raise Conflict("Nøkkelen er allerede trukket tilbake.")
    key.revoked_at = clock.now()
    _record(session, actor, key, "revoked")
    session.flush()
    return key


def caller_of(session: Session, token: str) -> Caller | None:
    """Whose token this is; None for one that nobody has, or that has ended."""
    if not _TOKEN.fullmatch(token):
        return None
    key = session.exec(select(ApiKey).where(ApiKey.token_hash == _hash(token))).first()
    if key is None or key.revoked_at is not None or key.expires_on < clock.today():
        return None
    return Caller(key, Actor(f"api_key:{key.pk}", (Holding(Role.PROVIDER_STAFF, key.organisation_id),)))


def note_use(session: Session, key_id: int, day: date) -> None:
    """Write that the key was used on a day: old keys that nobody uses can be found."""
    key = session.get(ApiKey, key_id)
    if key is not None:
        key.last_used_on = day


def keys_of(session: Session, organisations: frozenset[int] | None) -> list[tuple[ApiKey, str]]:
    """Keys with the institution's name: those in use first, the newest first. None is every institution."""
    query = select(ApiKey, Organisation.name_nb).join(Organisation, col(Organisation.id) == ApiKey.organisation_id)
    if organisations is not None:
        query = query.where(col(ApiKey.organisation_id).in_(organisations))
    return list(session.exec(query.order_by(col(ApiKey.revoked_at).is_not(None), col(ApiKey.id).desc())).all())


def _hash(token: str) -> str:
    """A random token of 256 bits needs no salt and no slow hash: it cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


def _record(session: Session, actor: Actor, key: ApiKey, event: str) -> None:
    audit.record(
        session,
        actor=actor.name,
        thing="api_key",
        thing_id=key.pk,
        event=event,
        details={"organisation": key.organisation_id, "prefix": key.prefix, "scopes": key.scopes},
    )
