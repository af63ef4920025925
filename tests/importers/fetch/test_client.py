"""What comes over the wire, whole and broken, quick and slow, from services on this machine."""

import hashlib
import ssl
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from importers.fetch import Client, FetchFailed, Known, Limits, Reply
from importers.fetch.faults import AddressRefused, Interrupted, Moved, NotData, TooLarge, TooSlow, Unavailable
from tests.importers.fetch.services import Service, packed, raw, service

SOON = 60  #: seconds; what is cut off here would go on for an hour


def get(client: Client, url: str, into: Path, **more: object) -> Reply:
    reply = client.get(url, into / "reply", **more)
    assert reply is not None
    return reply


def test_a_reply_lies_on_disk_with_its_digest_and_marks(client: Client, near: Service, tmp_path: Path) -> None:
    url = near.says("/tilbud", b'[{"a": 1}]', ETag='"v1"', Last_Modified="Mon, 05 Oct 2026 08:00:00 GMT")
    reply = get(client, url, tmp_path)
    assert reply.path.read_bytes() == b'[{"a": 1}]'
    assert reply.sha256 == hashlib.sha256(b'[{"a": 1}]').hexdigest()
    assert (reply.etag, reply.last_modified) == ('"v1"', "Mon, 05 Oct 2026 08:00:00 GMT")
    assert (client.requests, client.bytes, near.asked[0].headers["user-agent"]) == (1, 10, client.agent)


def test_what_is_known_is_asked_for_no_more(client: Client, near: Service, tmp_path: Path) -> None:
    url = near.says("/tilbud", status=304)
    known = Known('"v1"', "Mon, 05 Oct 2026 08:00:00 GMT")
    assert client.get(url, tmp_path / "x", known=known) is None
    asked = near.asked[0].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('"v1"', "Mon, 05 Oct 2026 08:00:00 GMT")


def test_304_to_who_knew_nothing_is_a_fault(client: Client, near: Service, tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        get(client, near.says("/tilbud", status=304), tmp_path)


def test_gzip_is_unpacked_also_in_several_members(client: Client, near: Service, tmp_path: Path) -> None:
    url = near.says("/tilbud", packed(b"[1,") + packed(b" 2]"), Content_Encoding="gzip")
    assert get(client, url, tmp_path).path.read_bytes() == b"[1, 2]"


def test_a_bomb_is_left_before_it_has_gone_off(client: Client, near: Service, tmp_path: Path) -> None:
    bomb = packed(b"[" + b" " * 200_000_000)
    url = near.says("/bombe", bomb, Content_Encoding="gzip")
    with pytest.raises(TooLarge):
        get(client, url, tmp_path)
    assert (tmp_path / "reply").stat().st_size <= client.limits.bytes


def test_a_bomb_within_a_bomb_stays_packed(client: Client, near: Service, tmp_path: Path) -> None:
    url = near.says("/bombe", packed(packed(b" " * 100_000_000)), Content_Encoding="gzip")
    assert get(client, url, tmp_path).path.read_bytes()[:2] == b"\x1f\x8b"


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "deflate"])
def test_an_encoding_that_was_not_asked_for(client: Client, near: Service, tmp_path: Path, encoding: str) -> None:
    with pytest.raises(NotData):
        get(client, near.says("/tilbud", b"[1]", Content_Encoding=encoding), tmp_path)


def test_gzip_that_is_cut_or_none(client: Client, near: Service, tmp_path: Path) -> None:
    client.limits = Limits(seconds=5, attempts=1, pause=0)
    for body in (packed(b"[1]" * 5_000)[:-9], b"[1]"):
        with pytest.raises(Interrupted):
            get(client, near.says("/tilbud", body, Content_Encoding="gzip"), tmp_path)


def test_more_than_may_come_is_refused_by_what_is_declared_and_by_what_comes(
    client: Client, near: Service, tmp_path: Path
) -> None:
    client.limits = Limits(bytes=10, pause=0)
    with pytest.raises(TooLarge):
        get(client, near.says("/tilbud", b"[" + b" " * 20 + b"]"), tmp_path)
    with raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + b"x" * 100) as url, pytest.raises(TooLarge):
        get(client, url, tmp_path)


def test_a_drip_of_the_body_is_cut_at_the_deadline(client: Client, tmp_path: Path) -> None:
    client.limits = Limits(seconds=0.6, attempts=1, pause=0)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    with raw(head, after=b"x", rest=0.05, times=100_000) as url:
        start = time.monotonic()
        with pytest.raises(TooSlow):
            get(client, url, tmp_path)
        assert time.monotonic() - start < SOON


def test_a_drip_of_the_headers_is_cut_at_the_deadline(client: Client, tmp_path: Path) -> None:
    client.limits = Limits(seconds=0.6, attempts=1, pause=0)
    with raw(b"HTTP/1.1 200 OK\r\nX-Long: ", after=b"x", rest=0.05, times=60_000) as url:
        start = time.monotonic()
        with pytest.raises(TooSlow):
            get(client, url, tmp_path)
        assert time.monotonic() - start < SOON


def test_silence_is_cut_at_the_deadline(client: Client, tmp_path: Path) -> None:
    client.limits = Limits(seconds=0.5, attempts=1, pause=0)
    with raw(after=b"", rest=5, times=1) as url, raw(b"", rest=30) as silent:
        for address in (silent, url):
            with pytest.raises(FetchFailed):
                get(client, address, tmp_path)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1, 2",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[1, 2\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n[1, 2",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\nkode;navn\nA;Eng",
    ],
)
def test_a_transfer_that_breaks_off_is_seen(client: Client, answer: bytes, tmp_path: Path) -> None:
    with raw(answer) as url, pytest.raises(Interrupted):
        get(client, url, tmp_path)
    assert client.requests == client.limits.attempts


def test_a_table_without_a_length_that_ends_its_last_line_is_whole(client: Client, tmp_path: Path) -> None:
    with raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\nkode;navn\nA;Engelsk\n") as url:
        assert get(client, url, tmp_path).size == 20


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_told_and_never_followed(client: Client, near: Service, tmp_path: Path, status: int) -> None:
    inside = near.says("/inne", b"[1]")
    url = near.says("/ute", status=status, Location=inside + "?nokkel=hemmelig")
    with pytest.raises(Moved) as moved:
        get(client, url, tmp_path)
    assert "/inne" in moved.value.message
    assert "hemmelig" not in moved.value.message
    assert [asked.path for asked in near.asked] == ["/ute"]


def test_a_source_that_may_be_redirected_is_followed_so_far_and_no_further(
    client: Client, near: Service, tmp_path: Path
) -> None:
    near.says("/tre", b"[1]")
    near.says("/to", status=302, Location="/tre")
    url = near.says("/en", status=301, Location="/to")
    client.redirects = 2
    assert get(client, url, tmp_path).size == 3
    assert [asked.path for asked in near.asked] == ["/en", "/to", "/tre"]
    client.redirects = 1
    with pytest.raises(Moved, match="flere ganger"):
        get(client, url, tmp_path)
    near.says("/tre", status=307, Location="/en")
    client.redirects = 5
    with pytest.raises(Moved, match="i ring"):
        get(client, url, tmp_path)


@pytest.mark.parametrize(
    "inside",
    [
        "https://10.0.0.1/x", "https://169.254.169.254/latest/meta-data/", "https://[::ffff:10.0.0.1]/", "http://10.0.0.1/",
        "https://100.64.0.1/", "//192.168.1.1/", "ftp://example.no/", "file:///etc/passwd", "https://bruker:ord@example.no/",
        "https://", "https://[/",
    ],
)  # fmt: skip
def test_a_redirect_to_a_closed_address_is_refused(client: Client, near: Service, tmp_path: Path, inside: str) -> None:
    client.redirects = 3
    with pytest.raises(AddressRefused):
        get(client, near.says("/ute", status=302, Location=inside), tmp_path)
    assert len(near.asked) == 1


def test_what_is_told_the_source_is_not_told_others(client: Client, near: Service, tmp_path: Path) -> None:
    client.redirects = 2
    with service() as other:
        there = other.says("/tilbud", b"[1]")
        here = near.says("/hjemme", status=302, Location=there)
        client.get(near.says("/ute", status=302, Location=here), tmp_path / "x", headers={"X-API-Key": "hemmelig"})
    assert [asked.headers.get("x-api-key") for asked in near.asked] == ["hemmelig", "hemmelig"]
    assert [asked.headers.get("x-api-key") for asked in other.asked] == [None]


def test_a_page_with_200_is_no_data_whatever_it_says_it_is(client: Client, near: Service, tmp_path: Path) -> None:
    page = b"\xef\xbb\xbf\n<!DOCTYPE html><html><title>Logg inn</title>"
    for kind in ("text/html; charset=utf-8", "application/json"):
        with pytest.raises(NotData):
            get(client, near.says("/tilbud", page, Content_Type=kind), tmp_path)
    assert get(client, near.url + "/tilbud", tmp_path, pages=True).size == len(page)


@pytest.mark.parametrize("status", [200, 204])
def test_nothing_at_all_is_never_an_empty_feed(client: Client, near: Service, tmp_path: Path, status: int) -> None:
    with pytest.raises(Unavailable):
        get(client, near.says("/tilbud", status=status), tmp_path)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418])
def test_a_no_is_a_no(client: Client, near: Service, tmp_path: Path, status: int) -> None:
    with pytest.raises(Unavailable) as refused:
        get(client, near.says("/tilbud", status=status), tmp_path)
    assert (refused.value.status, client.requests) == (status, 1)


def test_a_service_that_is_busy_is_asked_again_when_it_says(
    client: Client, near: Service, tmp_path: Path, waits: list[float]
) -> None:
    left = [(503, {"Retry-After": formatdate(time.time() + 30, usegmt=True)}, b""), (429, {"Retry-After": "2"}, b"")]
    client.limits = Limits(seconds=100, pause=0)
    url = near.does("/tilbud", lambda _: left.pop() if left else (200, {}, b"[1]"))
    assert get(client, url, tmp_path).size == 3
    assert waits[0] == 2
    assert 3 < waits[1] <= 30


def test_a_service_that_asks_for_more_than_a_minute_is_left(
    client: Client, near: Service, tmp_path: Path, waits: list[float]
) -> None:
    client.limits = Limits(seconds=10_000, pause=0)
    with pytest.raises(Unavailable, match="3600 sekunder"):
        get(client, near.says("/tilbud", status=429, Retry_After="3600"), tmp_path)
    assert (waits, client.requests) == ([], 1)


def test_tries_are_counted_and_no_wait_passes_the_deadline(
    client: Client, near: Service, tmp_path: Path, waits: list[float]
) -> None:
    client.limits = Limits(seconds=30, pause=0)
    with pytest.raises(Unavailable):
        get(client, near.says("/tilbud", status=502), tmp_path)
    assert client.requests == 3
    assert 1 <= waits[0] <= 1.5 < 2 <= waits[1] <= 3
    client.limits, client.requests = Limits(seconds=1, pause=0), 0
    with pytest.raises(Unavailable):
        get(client, near.url + "/tilbud", tmp_path)
    assert client.requests == 1


def test_one_host_is_asked_at_a_measured_pace(
    client: Client, near: Service, tmp_path: Path, waits: list[float]
) -> None:
    client.limits = Limits(seconds=100, pause=20)
    url = near.says("/tilbud", b"[1]")
    started = time.monotonic()
    for _ in range(3):
        get(client, url, tmp_path)
    taken = time.monotonic() - started  # nobody sleeps here, so each turn lies twenty seconds further off
    assert all(turn - taken <= wait <= turn for wait, turn in zip(waits, (20, 40), strict=True))


def test_a_service_that_is_not_there(client: Client, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="svarer ikke"):
        get(client, "http://127.0.0.1:9/", tmp_path)


def test_a_service_without_a_certificate_that_holds(tmp_path: Path) -> None:
    with raw(b"this is no TLS") as url, pytest.raises(Unavailable):
        get(Client(Limits(attempts=1), loopback=True), url.replace("http:", "https:"), tmp_path)


def test_certificates_are_looked_at() -> None:
    from importers.fetch.connections import Watch, pools

    connection = pools(Watch(), loopback=False)["https"].ConnectionCls("feed.example.no")
    assert getattr(connection, "cert_reqs", None) in (None, ssl.CERT_REQUIRED)  # urllib3's default is to require one
    assert "http" not in pools(Watch(), loopback=False)


@pytest.mark.parametrize(
    "answer", [b"", b"\x00\xff nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n"]
)
def test_nonsense_is_a_failure_like_others(client: Client, answer: bytes, tmp_path: Path) -> None:
    client.limits = Limits(seconds=5, attempts=1, pause=0)
    with raw(answer) as url, pytest.raises(FetchFailed):
        get(client, url, tmp_path)
