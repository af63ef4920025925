"""Is this a source that can be asked? Pure: before the database, and before anybody is asked anything."""

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from importers import formats
from importers.protocol import yields
from registry.core.errors import InvalidInput
from registry.intake.reading.delivery import TAKEN_IN
from registry.intake.states import SourceAuth, Walk

#: Only variables of this kind hold secrets of sources: a source must not be able to send the service's own keys away.
SECRET_NAME = re.compile(r"REGISTRY_FEED_[A-Z0-9_]{1,60}")
SHORTEST, LONGEST = 5, 31 * 24 * 60  # minutes between two fetches
MOST_REDIRECTS = 5  #: http, https, www, moved and new path; a longer chain is a ring or a service that is lost
_MAX_NAME, _MAX_URL = 120, 1_000


@dataclass(frozen=True, slots=True)
class SourceDraft:
    """A source as somebody describes it. ``provider`` is the only organisation it speaks for, by id, where it is one."""

    name: str
    format: str
    url: str
    provider: int | None = None
    walk: Walk = Walk.SINGLE
    every_minutes: int | None = None  #: None: only when somebody asks
    auth: SourceAuth = SourceAuth.NONE
    secret_name: str | None = None  #: the environment variable that holds the secret
    redirects: int = 0  #: how many redirects may be followed


def check_source(draft: SourceDraft, *, loopback: bool = False) -> SourceDraft:
    """The draft, trimmed. Raises InvalidInput, naming the field. ``loopback`` lets plain http through, for tests."""
    name, url = " ".join(draft.name.split()), draft.url.strip()
    if not 0 < len(name) <= _MAX_NAME:
        raise InvalidInput("Skriv hva kilden heter, med inntil 120 tegn.", field="name")
    known = formats.formats()
    if draft.format not in known or yields(known[draft.format]) not in TAKEN_IN:
        raise InvalidInput("Velg et format som kan hentes.", field="format")
    _check_address(url, loopback=loopback)
    if draft.every_minutes is not None and not SHORTEST <= draft.every_minutes <= LONGEST:
        raise InvalidInput("Kilden kan hentes fra hvert femte minutt til hver måned.", field="every_minutes")
    secret = (draft.secret_name or "").strip() or None
    if (draft.auth is SourceAuth.NONE) != (secret is None):
        raise InvalidInput("Velg hvordan nøkkelen vises, og skriv navnet på miljøvariabelen.", field="secret_name")
    if secret is not None and not SECRET_NAME.fullmatch(secret):
        raise InvalidInput(
            "Navnet på miljøvariabelen må begynne med REGISTRY_FEED_ og ha store bokstaver, sifre og understrek.",
            field="secret_name",
        )
    if not 0 <= draft.redirects <= MOST_REDIRECTS:
        raise InvalidInput("En kilde kan følge inntil fem omdirigeringer.", field="redirects")
    if draft.redirects and draft.walk is Walk.SITEMAP:
        raise InvalidInput(
            "Et nettstedskart kan ikke følge omdirigeringer: nettstedets robots.txt gjelder ikke andre steder.",
            field="redirects",
        )
    return replace(draft, name=name, url=url, secret_name=secret)


def _check_address(url: str, *, loopback: bool) -> None:
    try:
        parts = urlsplit(url)
        port, host, who = parts.port, parts.hostname, parts.username or parts.password
    except ValueError as error:
        raise InvalidInput("Adressen kan ikke leses.", field="url") from error
    if len(url) > _MAX_URL or not host or port == 0 or any(sign.isspace() for sign in url):
        raise InvalidInput("Adressen kan ikke leses.", field="url")
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        raise InvalidInput("Adressen må begynne med https://.", field="url")
    if who:
        raise InvalidInput("Navn og passord skal ikke stå i adressen. Oppgi nøkkelen for seg.", field="url")
