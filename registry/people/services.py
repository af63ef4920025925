"""Sign-in services over OpenID Connect, through Authlib. What they answer is believed only as far as it has been checked.

Authlib checks state, PKCE, signature, nonce, audience and times. Beside it we check what it leaves to its user: that metadata and
token come from the issuer of the settings, that the signature is an asymmetric one, that there is an id token at all, that
the user information is about the same person, and the level of assurance (``acr``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client.errors import MismatchingStateError
from authlib.integrations.flask_client import OAuth
from flask import Flask
from joserfc.errors import JoseError
from werkzeug.wrappers import Response

from importers.persons import national_id
from registry.core.errors import InvalidInput, Unavailable
from registry.settings import SignInService

_SECONDS = 10  # for one question to the service; a person is waiting
_LEEWAY = 30  # seconds that clocks may differ
_SIGNATURES = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
)
#: What a malformed answer can end in, beside the libraries' own errors: shapes that are not asked about one by one.
_MALFORMED = (
    AuthlibBaseError,
    JoseError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RuntimeError,
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a service vouches for. The national id is in no repr, so in no log."""

    issuer: str
    subject: str
    name: str  #: empty where the service tells none, as ID-porten
    email: str | None  #: only one that the service has verified
    invited_as: str | None  #: what an invitation may be taken up by
    national_id: str | None = field(default=None, repr=False)


class Services:
    """The services of the settings, by name."""

    def __init__(self, app: Flask, services: Iterable[SignInService]) -> None:
        self._oauth = OAuth(app)
        self._services = {service.name: service for service in services}
        for service in self._services.values():
            self._oauth.register(
                name=service.name,
                client_id=service.client_id,
                client_secret=service.client_secret,
                server_metadata_url=f"{service.issuer.rstrip('/')}/.well-known/openid-configuration",
                client_kwargs={
                    "scope": service.scope,
                    "code_challenge_method": "S256",
                    "default_timeout": _SECONDS,
                },
            )

    def title(self, name: str) -> str | None:
        """What people call the service; None where there is none."""
        return self._services[name].title if name in self._services else None

    def send(self, name: str, back: str, language: str) -> Response:
        """The redirect to the service, which is to answer to ``back``. Raises Unavailable."""
        service, client = self._services[name], self._oauth.create_client(name)
        asked = {"ui_locales": language}
        if service.acr:
            asked["acr_values"] = " ".join(service.acr)
        try:
            self._metadata(service, client)
            sent: Response = client.authorize_redirect(back, **asked)
        except (OSError, *_MALFORMED) as error:
            raise _silent(service) from error
        return sent

    def receive(self, name: str) -> Identity:
        """Whom the answer in this request is about.

        Raises InvalidInput for an answer that cannot be believed, Unavailable where the service cannot be asked.
        """
        service, client = self._services[name], self._oauth.create_client(name)
        try:
            self._metadata(service, client)
            options = {
                "iss": {"essential": True, "value": service.issuer},
                "aud": {"essential": True, "value": service.client_id},
            }
            token = client.authorize_access_token(claims_options=options, leeway=_LEEWAY)
            if "id_token" not in token:  # what else the answer says of anybody is signed by nobody
                raise ValueError("no id token")
            claims: dict[str, Any] = dict(token["userinfo"])
            about = self._userinfo(client, token, claims)
            return _identity(service, claims, about)
        except MismatchingStateError as error:
            raise InvalidInput(
                "Innloggingen ble startet for lenge siden eller i en annen nettleser. Prøv på nytt."
            ) from error
        except _MALFORMED as error:
            raise InvalidInput(
                "Svaret fra %(service)s kan ikke godtas. Prøv å logge inn på nytt.", service=service.title
            ) from error
        except OSError as error:  # every fault of the network
            raise _silent(service) from error

    def _metadata(self, service: SignInService, client: Any) -> None:
        """Ask once what the service can do, and leave out what we do not accept."""
        metadata = client.load_server_metadata()
        named = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        accepted = [one for one in named if one in _SIGNATURES]
        if metadata.get("issuer") != service.issuer or not accepted:
            client.server_metadata.clear()  # so that a service that is mended is asked again
            raise ValueError("metadata of another issuer, or of one that signs with shared secrets only")
        metadata["id_token_signing_alg_values_supported"] = accepted

    @staticmethod
    def _userinfo(client: Any, token: Mapping[str, Any], claims: Mapping[str, Any]) -> dict[str, Any]:
        if not client.server_metadata.get("userinfo_endpoint"):
            return {}
        about = dict(client.userinfo(token=token))
        if about.get("sub") != claims["sub"]:  # OpenID Connect Core 5.3.2
            raise ValueError("user information about somebody else")
        return about


def _identity(service: SignInService, claims: dict[str, Any], about: dict[str, Any]) -> Identity:
    if service.acr and claims.get("acr") not in service.acr:
        raise InvalidInput(
            "Innloggingen med %(service)s har for lavt sikkerhetsnivå. Logg inn på et høyere nivå.",
            service=service.title,
        )
    known = {**about, **claims}  # what is signed goes before what is told
    subject = known["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 200 or not subject.isprintable():
        raise ValueError("no subject of a fit length")
    email = _address(known.get("email")) if known.get("email_verified") is True else None
    name, number = known.get("name"), known.get(service.national_id_claim)
    return Identity(
        issuer=service.issuer,
        subject=subject,
        name="".join(sign for sign in name if sign.isprintable()).strip()[:200] if isinstance(name, str) else "",
        email=email,
        invited_as=_address(known.get(service.invitation_claim)) if service.invitation_claim else email,
        national_id=national_id(number) if isinstance(number, str) else None,
    )


def _address(text: Any) -> str | None:
    fit = isinstance(text, str) and 0 < len(text) <= 254 and text.isprintable()
    return text.strip().lower() if fit else None


def _silent(service: SignInService) -> Unavailable:
    return Unavailable("%(service)s svarer ikke nå. Prøv igjen om litt.", service=service.title)
