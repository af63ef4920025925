"""Sign-in services on loopback: a real one (``oidc-provider-mock``), and one of our own that lies as it is told to."""

import base64
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import flask
import requests
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from registry.core import clock
from registry.settings import SignInService
from tests.site import Visitor

START = "/innlogging/feide"


def service(issuer: str, **settings: Any) -> SignInService:
    """How the registry knows the service."""
    given = {"name": "feide", "title": "Feide", "client_id": "registry", "client_secret": "secret of a test"}
    return SignInService(**{**given, "issuer": issuer, **settings})


def sign_in(visitor: Visitor, subject: str, wanted: str = "/nb/drift") -> TestResponse:
    """The whole way round: there, choosing who to be at the real service, and back."""
    sent = visitor.get(f"{START}?{urlencode({'language': 'nb', 'next': wanted})}")
    assert sent.status_code == 302, sent.text
    chosen = requests.post(sent.location, data={"sub": subject}, allow_redirects=False, timeout=10)
    return come_back(visitor, chosen.headers["Location"])


def come_back(visitor: Visitor, location: str) -> TestResponse:
    """The browser follows the service's redirect to us."""
    parts = urlsplit(location)
    return visitor.get(f"{parts.path}?{parts.query}")


class Liar:
    """Signs in whoever asks as ``claims`` say. What a test puts in the other fields is answered instead of the truth."""

    def __init__(self) -> None:
        self.change_key("one")
        self.claims: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.metadata: dict[str, Any] = {}
        self.userinfo: dict[str, Any] | None = None
        self.answer: Callable[[dict[str, Any]], Any] = lambda token: token
        self.issuer = ""
        self.wanted = "nb"  #: the language of the page that leads here
        self._nonce = ""

    def change_key(self, kid: str) -> None:
        """From now on another key signs, and is told of."""
        self.key, self.kid = RSAKey.generate_key(2048, {"kid": kid, "use": "sig"}), kid

    def signed(self, claims: dict[str, Any]) -> str:
        """As an honest service signs."""
        return jwt.encode({"alg": "RS256", "kid": self.kid}, claims, self.key)

    def with_secret(self, claims: dict[str, Any]) -> str:
        """Signed with what every client knows: the public key, taken for a shared secret."""
        public = self.key.as_pem(private=False)
        return _by_hand({"alg": "HS256", "kid": self.kid}, claims, lambda text: hmac.digest(public, text, "sha256"))

    @staticmethod
    def unsigned(claims: dict[str, Any]) -> str:
        """Signed by nobody."""
        return _by_hand({"alg": "none"}, claims, lambda _: b"")

    def come(self, visitor: Visitor, **query: str) -> TestResponse:
        """There and back again, with a code that is taken for good."""
        sent = visitor.get(f"{START}?language={self.wanted}&next=/nb/drift")
        assert sent.status_code == 302, sent.text
        asked = parse_qs(urlsplit(sent.location).query)
        self._nonce = asked["nonce"][0]
        return visitor.get(f"{START}/svar?{urlencode({'code': 'any', 'state': asked['state'][0], **query})}")

    def app(self) -> flask.Flask:
        app = flask.Flask("liar")

        @app.get("/.well-known/openid-configuration")
        def metadata() -> Any:
            told = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            }
            if self.userinfo is not None:
                told["userinfo_endpoint"] = f"{self.issuer}/userinfo"
            return {**told, **self.metadata}

        @app.get("/keys")
        def keys() -> Any:
            return KeySet([self.key]).as_dict(private=False)

        @app.post("/token")
        def token() -> Any:
            now = int(clock.now().timestamp())
            claims = {"iss": self.issuer, "aud": "registry", "sub": "ola", "iat": now, "exp": now + 60}
            told = {name: value for name, value in {**claims, "nonce": self._nonce, **self.claims}.items() if value}
            return self.answer({"access_token": "a", "token_type": "Bearer", "id_token": self.sign(told)})

        @app.get("/userinfo")
        def userinfo() -> Any:
            return self.userinfo or {}

        return app


def _by_hand(header: dict[str, str], claims: dict[str, Any], sign: Callable[[bytes], bytes]) -> str:
    """A token that no library would make."""
    text = b".".join(_segment(json.dumps(part).encode()) for part in (header, claims))
    return b".".join((text, _segment(sign(text)))).decode()


def _segment(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


@contextmanager
def lying() -> Iterator[Liar]:
    """The liar, listening."""
    liar = Liar()
    server = make_server("127.0.0.1", 0, liar.app(), threaded=True)
    liar.issuer = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield liar
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
