"""The keys of applicants' pseudonyms: where they lie, which one is in use, and which are still recognised.

Keys never enter the database. The first lies in ``<home>/pseudonym_key``, each later one in ``<home>/pseudonym_key.<key id>``, mode 600;
or the environment gives all of them, and then the environment is where they are changed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from registry.access.pseudonyms import PURPOSE, pseudonym
from registry.core.errors import Conflict, InvalidInput, NotFound
from registry.settings import Settings, kept_secret

_ID = re.compile(r"[A-Za-z0-9_-]{1,15}")
_NUMBERED = re.compile(r"k([0-9]+)")
_FILE = "pseudonym_key"


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """Every key that is recognised, by key id; the last one is in use. Its secrets are in no repr, so in no log."""

    keys: Mapping[str, str]

    @classmethod
    def of(cls, settings: Settings) -> "Keyring":
        """The keys of these settings; the first is made where there is none. Raises InvalidInput for settings that cannot be."""
        if settings.pseudonym_key:
            keys = _given(settings.pseudonym_former_keys)
            if settings.pseudonym_key_id in keys:
                raise InvalidInput(
                    "Nøkkelen %(key_id)s er oppgitt både som nåværende og tidligere.", key_id=settings.pseudonym_key_id
                )
            return cls({**keys, settings.pseudonym_key_id: settings.pseudonym_key})
        keys = {settings.pseudonym_key_id: settings.secret("pseudonym_key")}
        for path in sorted(settings.home.glob(f"{_FILE}.k*"), key=lambda path: _number(path.suffix[1:])):
            keys[path.suffix[1:]] = path.read_text(encoding="ascii").strip()
        return cls({key_id: secret for key_id, secret in keys.items() if secret})

    @property
    def current(self) -> str:
        """Id of the key in use."""
        return list(self.keys)[-1]

    def pseudonyms(self, national_id: str, purpose: str = PURPOSE) -> tuple[str, ...]:
        """A person's pseudonyms under every key, the one in use first."""
        newest_first = list(self.keys)[::-1]
        return tuple(pseudonym(national_id, key=self.keys[one], key_id=one, purpose=purpose) for one in newest_first)


def add_key(settings: Settings) -> str:
    """Make a new key and put it in use. Returns its id. Raises Conflict where the environment gives the keys."""
    _ours(settings)
    ring = Keyring.of(settings)
    key_id = f"k{max(_number(one) for one in ring.keys) + 1}"
    kept_secret(settings.home / f"{_FILE}.{key_id}")
    return key_id


def drop_key(settings: Settings, key_id: str) -> None:
    """Forget a key for good: pseudonyms made with it can be recognised by nobody any more.

    Raises NotFound for an unknown one, Conflict for the one in use or where the environment gives the keys.
    """
    _ours(settings)
    ring = Keyring.of(settings)
    if key_id not in ring.keys:
        raise NotFound("Nøkkelen %(key_id)s finnes ikke.", key_id=key_id)
    if key_id == ring.current:
        raise Conflict("Nøkkelen %(key_id)s er i bruk. Lag en ny først.", key_id=key_id)
    if key_id == settings.pseudonym_key_id:
        # its file stays, empty: where it is missing, a new first key would be made in its place
        (settings.home / _FILE).write_text("", encoding="ascii")
    else:
        (settings.home / f"{_FILE}.{key_id}").unlink()


def _ours(settings: Settings) -> None:
    if settings.pseudonym_key:
        raise Conflict(
            "Nøklene står i miljøet. Sett REGISTRY_PSEUDONYM_KEY og REGISTRY_PSEUDONYM_KEY_ID til den nye, og legg den gamle i "
            "REGISTRY_PSEUDONYM_FORMER_KEYS."
        )


def _given(text: str) -> dict[str, str]:
    """Former keys from the environment: "k1=secret k2=secret", the oldest first."""
    found: dict[str, str] = {}
    for part in text.split():
        key_id, _, secret = part.partition("=")
        if not _ID.fullmatch(key_id) or not secret:
            raise InvalidInput(
                "REGISTRY_PSEUDONYM_FORMER_KEYS skrives som nøkkel-id=hemmelighet, med mellomrom mellom."
            )
        found[key_id] = secret
    return found


def _number(key_id: str) -> int:
    match = _NUMBERED.fullmatch(key_id)
    return int(match[1]) if match else 0
