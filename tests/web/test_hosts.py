"""The Host header is believed nowhere: of a stranger's host nothing is made, and addresses begin with the public one."""

from pathlib import Path
from typing import Any

import pytest

from registry.core.db import Database
from registry.settings import Settings
from tests.site import open_site

PUBLIC = "https://tilbud.example"
TELLING = ("/nb/tilbud", "/robots.txt", "/sitemap.xml", "/nb/tilbud.atom", "/nb/opensearch.xml")


def asked(database: Database, home: Path, path: str, at: str, **settings: Any) -> tuple[int, str]:
    with open_site(database, home, **settings) as site:
        answer = site.app.test_client().get(path, headers={"Host": at})
        return answer.status_code, answer.text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:443", "localhost.evil.example", "[", "tilbud.example@evil"]
)
@pytest.mark.parametrize("settings", [{}, {"public_url": PUBLIC}])
def test_a_strangers_host_is_refused(database: Database, tmp_path: Path, host: str, settings: dict[str, str]) -> None:
    status, text = asked(database, tmp_path, "/nb/tilbud", host, **settings)
    assert status == 400
    assert "Tjenesten har ikke adressen" in text
    assert f"//{host}" not in text


@pytest.mark.parametrize("path", TELLING)
@pytest.mark.parametrize("host", ["tilbud.example", "TILBUD.example:8443", "127.0.0.1:8000"])
def test_whole_addresses_begin_with_the_public_one(database: Database, tmp_path: Path, path: str, host: str) -> None:
    status, text = asked(database, tmp_path, path, host, public_url=f"{PUBLIC}/")
    assert status in (200, 404)
    if path in ("/nb/tilbud", "/robots.txt"):
        assert f"{PUBLIC}/" in text
    assert host not in text.replace(PUBLIC, "")


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("127.0.0.1:8000", 200), ("[::1]:8000", 200), ("10.1.2.3", 200), ("10.1.2.4", 400)],
)
def test_without_a_public_address_loopback_and_the_address_listened_on_are_answered(
    database: Database, tmp_path: Path, host: str, status: int
) -> None:
    assert asked(database, tmp_path, "/nb/tilbud", host, host="10.1.2.3")[0] == status


def test_the_host_is_the_one_that_trusted_proxies_tell(database: Database, tmp_path: Path) -> None:
    with open_site(database, tmp_path, trusted_proxies=1) as site:
        told = {"Host": "localhost", "X-Forwarded-Host": "evil.example"}
        assert site.app.test_client().get("/nb/tilbud", headers=told).status_code == 400


@pytest.mark.parametrize(
    "address", ["tilbud.example", "ftp://tilbud.example", "https://", "https://tilbud.example/register"]
)
def test_a_public_address_that_cannot_be(address: str) -> None:
    with pytest.raises(ValueError, match="without a path"):
        Settings(public_url=address)
