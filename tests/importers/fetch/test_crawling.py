"""Web pages of a sitemap: within what robots.txt allows, at its pace."""

from pathlib import Path

import pytest

from importers.fetch import Client, crawl
from importers.fetch import crawling as crawls
from importers.fetch.faults import NotData, TooLarge, Unavailable
from tests.importers.fetch.services import Service

NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def sitemap(*urls: str) -> bytes:
    return f"<urlset {NS}>{''.join(f'<url><loc>{url}</loc></url>' for url in urls)}</urlset>".encode()


def site(near: Service, *paths: str, robots: bytes | None = None) -> str:
    for path in paths:
        near.says(path, f"<!doctype html><title>{path}</title>".encode(), Content_Type="text/html")
    if robots is not None:
        near.says("/robots.txt", robots, Content_Type="text/plain")
    return near.says("/kart.xml", sitemap(*(near.url + path for path in paths)), Content_Type="application/xml")


def names(found: list[tuple[str, object]]) -> list[str]:
    return [url.rsplit("/", 1)[-1] for url, _ in found]


def test_every_page_of_the_sitemap(client: Client, near: Service, tmp_path: Path) -> None:
    found = crawl(client, site(near, "/a", "/b"), tmp_path)
    assert names(found) == ["a", "b"]
    assert found[0][1].path.read_bytes() == b"<!doctype html><title>/a</title>"


def test_an_index_leads_to_its_sitemaps_and_no_further(client: Client, near: Service, tmp_path: Path) -> None:
    inner = site(near, "/a")
    index = f"<sitemapindex {NS}><sitemap><loc>{inner}</loc></sitemap></sitemapindex>"
    assert names(crawl(client, near.says("/index.xml", index.encode()), tmp_path)) == ["a"]


def test_what_robots_txt_forbids_is_left_alone_and_its_pace_is_kept(
    client: Client, near: Service, tmp_path: Path, waits: list[float]
) -> None:
    rules = b"User-agent: *\nDisallow: /b\nCrawl-delay: 2\n"
    found = crawl(client, site(near, "/a", "/b", "/c", robots=rules), tmp_path)
    assert names(found) == ["a", "c"]
    assert [round(wait) for wait in waits] == [2, 4]  # no time passes here
    assert "/b" not in [asked.path for asked in near.asked]


@pytest.mark.parametrize("status", [401, 403, 500])
def test_rules_that_cannot_be_read_allow_nothing(client: Client, near: Service, tmp_path: Path, status: int) -> None:
    url = site(near, "/a")
    near.says("/robots.txt", status=status)
    with pytest.raises(Unavailable, match="robots"):
        crawl(client, url, tmp_path)


def test_a_page_in_place_of_rules_is_no_rules(client: Client, near: Service, tmp_path: Path) -> None:
    url = site(near, "/a", robots=b"<html>Velkommen</html>")
    assert len(crawl(client, url, tmp_path)) == 1


def test_pages_elsewhere_and_pages_that_are_gone_are_left_out(client: Client, near: Service, tmp_path: Path) -> None:
    site(near, "/a")
    listed = sitemap(near.url + "/a", near.url + "/borte", "http://127.0.0.1:9/x", near.url + "/a")
    found = crawl(client, near.says("/kart.xml", listed), tmp_path)
    assert names(found) == ["a"]


def test_a_crawl_that_was_broken_off_asks_for_no_page_twice(client: Client, near: Service, tmp_path: Path) -> None:
    url = site(near, "/a", "/b")
    near.says("/b", status=500)
    with pytest.raises(Unavailable):
        crawl(client, url, tmp_path)
    site(near, "/a", "/b")
    found = crawl(client, url, tmp_path)
    assert names(found) == ["a", "b"]
    assert [asked.path for asked in near.asked].count("/a") == 1
    (tmp_path / found[0][1].path.name).write_bytes(b"cut")
    assert len(crawl(client, url, tmp_path)) == 2
    assert [asked.path for asked in near.asked].count("/a") == 2


@pytest.mark.parametrize(
    "content",
    [
        b"<html>nei</html>", b"<rss/>", b"<urlset", b"[]",
        b'<!DOCTYPE a [<!ENTITY b "c">]><urlset><url><loc>&b;</loc></url></urlset>',
    ],
)  # fmt: skip
def test_what_is_no_sitemap(client: Client, near: Service, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NotData):
        crawl(client, near.says("/kart.xml", content), tmp_path)


def test_a_sitemap_of_everything(
    client: Client, near: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawls, "MAX_PAGES", 1)
    with pytest.raises(TooLarge):
        crawl(client, site(near, "/a", "/b"), tmp_path)
