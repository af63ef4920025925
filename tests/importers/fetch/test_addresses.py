"""No feed reaches inwards: neither by number, by a number inside a number, nor by a name that points there."""

import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.fetch import Client, Limits
from importers.fetch.addresses import is_public, parse
from importers.fetch.faults import AddressRefused, FetchFailed

REFUSED = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.1.2.3 127.255.255.255
169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1
192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1
255.255.255.255 168.63.129.16
:: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:192.168.1.1 ::ffff:100.64.0.1 ::ffff:0.0.0.0
::127.0.0.1 ::10.0.0.1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::a00:1 64:ff9b::c0a8:101 64:ff9b:1::1
2002:7f00:1:: 2002:a00:1:: 2002:c0a8:101:: 2002:a9fe:a9fe:: 2001:0:7f00:1::1 2001:0:a00:1:: 2001:db8::1 2001:10::1
2001:20::1 100::1 100:0:0:1::1 fc00::1 fd00:ec2::254 fdff:ffff::1 fe80::1 fe80::1%eth0 febf::1 fec0::1 ff02::1 ff0e::1
fe80::5efe:7f00:1 2a00:1450:1::200:5efe:10.0.0.1 2a00:1450:1::5efe:127.0.0.1 3fff::1 5f00::1
""".split()  # noqa: SIM905 - a table
OPEN = "8.8.8.8 129.241.0.1 158.36.0.1 1.1.1.1 2001:700::1 2a00:1450:4001::8a 64:ff9b::808:808 ::ffff:8.8.8.8".split()  # noqa: SIM905 - a table


def test_there_are_enough_of_them() -> None:
    assert len(set(REFUSED)) >= 60


@pytest.mark.parametrize("address", REFUSED)
def test_inward_addresses_are_refused(address: str) -> None:
    assert not is_public(parse(address))


@pytest.mark.parametrize("address", OPEN)
def test_addresses_of_the_open_internet_are_not(address: str) -> None:
    assert is_public(parse(address))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_alike_however_it_is_wrapped(address: Any) -> None:
    number = int(address)
    wrapped = [f"::ffff:{address}", f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}"]
    if not is_public(address):
        assert not any(is_public(parse(one)) for one in wrapped)


@pytest.fixture
def lookup(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The resolver answers with these, and nothing may be connected to."""
    answers: list[str] = []

    def getaddrinfo(host: str, port: int, *_: Any) -> list[Any]:
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in answers
        ]

    def connect(*_: Any) -> None:
        raise AssertionError("connected to an address that was to be refused")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", connect)
    return answers


@pytest.mark.parametrize("address", [one for one in REFUSED if "%" not in one])
def test_a_name_that_points_inwards_is_never_connected_to(lookup: list[str], address: str, tmp_path: Path) -> None:
    lookup.append(address)
    with pytest.raises(AddressRefused):
        Client(Limits(pause=0)).get("https://feed.example.no/tilbud", tmp_path / "x")


def test_one_address_inside_among_others_outside_is_enough(lookup: list[str], tmp_path: Path) -> None:
    lookup += ["8.8.8.8", "10.0.0.1"]
    with pytest.raises(AddressRefused):
        Client(Limits(pause=0)).get("https://feed.example.no/", tmp_path / "x")


def test_only_loopback_is_let_through_for_tests_and_only_by_plain_http(lookup: list[str], tmp_path: Path) -> None:
    client = Client(Limits(pause=0), loopback=True)
    for address in ("10.0.0.1", "8.8.8.8"):
        lookup[:] = [address]
        with pytest.raises(AddressRefused):
            client.get("http://feed.example.no/", tmp_path / "x")


@pytest.mark.parametrize(
    "url",
    [
        "http://feed.example.no/", "ftp://feed.example.no/", "file:///etc/passwd", "gopher://127.0.0.1/", "//feed.no/",
        "https://", "https:///sti", "https://user:secret@feed.example.no/", "https://[::1", "https://feed.no:0/",
        "https://feed.no:99999/", "javascript:alert(1)", "",
    ],
)  # fmt: skip
def test_addresses_of_another_kind_are_refused_before_anything_is_asked(url: str, tmp_path: Path) -> None:
    with pytest.raises(AddressRefused):
        Client(Limits(pause=0)).get(url, tmp_path / "x")


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "017700000001", "127.1", "0", "localhost", "[::1]"])
def test_this_machine_under_its_other_names(host: str, tmp_path: Path) -> None:
    with pytest.raises(FetchFailed) as refused:
        Client(Limits(attempts=1, pause=0)).get(f"https://{host}/", tmp_path / "x")
    assert isinstance(refused.value, AddressRefused)
