"""Every setting: type, default, one sentence. Read from the environment once, at start."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_LOOPBACK = {("http", "localhost"), ("http", "127.0.0.1")}


class SignInService(BaseModel):
    """One sign-in service over OpenID Connect."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern="^[a-z0-9-]{1,20}$", description="Its part of the address that it answers to.")
    title: str = Field(min_length=1, max_length=40, description="What people call it.")
    issuer: str = Field(max_length=200, description="As its metadata and tokens say, to the letter.")
    client_id: str = Field(min_length=1, description="What it calls us.")
    client_secret: str = Field(min_length=1, repr=False, description="What it knows us by.")
    scope: str = Field(default="openid profile email", pattern=r"\bopenid\b", description="What it is asked to tell.")
    acr: tuple[str, ...] = Field(default=(), description="Levels of assurance that are enough; none means any.")
    invitation_claim: str = Field(
        default="", description="Claim with what people are invited as; empty means a verified e-mail address."
    )
    national_id_claim: str = Field(default="", description="Claim with the national identity number, if it tells it.")

    @field_validator("issuer")
    @classmethod
    def _encrypted(cls, issuer: str) -> str:
        """Who may read what passes between could sign in as anybody."""
        parts = urlsplit(issuer)
        if parts.scheme != "https" and (parts.scheme, parts.hostname) not in _LOOPBACK:
            raise ValueError("the issuer must be reached by https")
        return issuer


class Settings(BaseSettings):
    """All settings of the service; the environment variable is ``REGISTRY_`` plus the name in capitals."""

    model_config = SettingsConfigDict(env_prefix="REGISTRY_", extra="ignore", frozen=True)

    home: Path = Field(default=Path("var"), description="Folder for everything the service keeps on disk.")
    database_url: str = Field(default="", description="SQLAlchemy address of the database; empty means SQLite in home.")
    secret_key: str = Field(
        default="", description="Signs forms and cookies; empty means one is made and kept in home."
    )
    pseudonym_key: str = Field(
        default="", description="Keys applicants' pseudonyms; empty means one is made and kept in home."
    )
    pseudonym_key_id: str = Field(
        default="k1", description="Name of the pseudonym key in use, kept with each pseudonym."
    )
    pseudonym_former_keys: str = Field(
        default="", description="Earlier pseudonym keys that are still recognised, as id=secret with spaces between."
    )
    host: str = Field(default="127.0.0.1", description="Address the web server listens on.")
    port: int = Field(default=8000, description="Port the web server listens on.")
    demo: bool = Field(default=False, description="Allows signing in by choosing a demonstration person.")
    sign_in: tuple[SignInService, ...] = Field(
        default=(), repr=False, description="Services that people sign in with, as a JSON list."
    )
    engine: Literal["embedded", "meilisearch"] = Field(
        default="embedded", description="Search engine in use; beside a Meilisearch server the embedded one stands by."
    )
    meili_url: str = Field(default="", description="Address of the Meilisearch server, with http:// or https://.")
    meili_search_key: str = Field(default="", description="Key that may only search, for the web.")
    meili_write_key: str = Field(
        default="", description="Key that may write documents, indexes, settings and read tasks; empty means the other."
    )
    feeds: Path | None = Field(default=None, description="Folder with real feeds that `make run` imports too.")
    api_per_minute: int = Field(default=600, ge=1, description="Calls of the API that one address may make a minute.")
    files_per_minute: int = Field(
        default=40, ge=1, description="Files, feeds and reports that one address may ask for a minute."
    )
    sign_in_per_minute: int = Field(default=30, ge=1, description="Times a minute that one address may try to sign in.")
    limit_storage: str = Field(
        default="memory://", description="Where calls are counted; several servers share redis:// or memcached://."
    )
    max_payload_mb: int = Field(default=150, description="Largest file an import takes, in megabytes.")
    trusted_proxies: int = Field(
        default=0, description="Number of reverse proxies whose X-Forwarded headers are trusted."
    )
    secure_cookies: bool = Field(default=False, description="Send cookies over https only, with the __Host- prefix.")
    public_url: str = Field(
        default="",
        description="Address people reach the service by, which every whole address begins with; empty means host and port.",
    )
    mail_url: str = Field(
        default="",
        repr=False,
        description="Mail server, as smtp://user:password@host:587 or smtps://…; empty means mail is kept, not sent.",
    )
    mail_from: str = Field(
        default="Tilbudsregisteret <ikke-svar@localhost>", description="Sender of mail, with its name."
    )
    mail_keep_days: int = Field(
        default=30, ge=1, description="Days until the address and the words of a message are emptied."
    )
    job_keep_days: int = Field(default=90, ge=1, description="Days that runs of jobs are kept.")
    outbox_keep_days: int = Field(
        default=14, ge=1, description="Days that changes which have been brought on are kept."
    )
    session_keep_days: int = Field(default=90, ge=1, description="Days that sessions are kept after they ended.")
    fetch_keep_days: int = Field(
        default=365,
        ge=1,
        description="Days that fetches are kept which brought no delivery; deliveries are kept for good.",
    )
    contact_email: str = Field(default="", description="Address shown on the contact page; empty shows none.")
    accessibility_statement_url: str = Field(
        default="",
        description="Address of the accessibility statement at uustatus.no; empty shows our own test report.",
    )

    @field_validator("public_url")
    @classmethod
    def _whole(cls, address: str) -> str:
        """Its host is the only one that the service answers to."""
        parts = urlsplit(address)
        if address and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/")):
            raise ValueError("the address must be http:// or https:// and a host, without a path")
        return address

    @property
    def max_payload_bytes(self) -> int:
        """The bound on a file, in bytes."""
        return self.max_payload_mb * 1_000_000

    @property
    def database(self) -> str:
        """SQLAlchemy URL, never empty."""
        return self.database_url or f"sqlite:///{(self.home / 'registry.sqlite3').resolve()}"

    @property
    def site_url(self) -> str:
        """The service's own address, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    def secret(self, name: Literal["secret_key", "pseudonym_key"]) -> str:
        """The secret's value; made once and kept in ``home`` with mode 600 where the environment gives none."""
        given: str = getattr(self, name)
        if given:
            return given
        return kept_secret(self.home / name)


def kept_secret(path: Path) -> str:
    """Complete and with mode 600 from the moment its name is there; whoever comes second reads what the first wrote."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        handle, draft = tempfile.mkstemp(dir=path.parent)  # mode 600 whatever the umask
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, path)
        Path(draft).unlink()
    return path.read_text(encoding="ascii").strip()
