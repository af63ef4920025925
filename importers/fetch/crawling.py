"""Web pages that carry schema.org data: those that a sitemap lists, at the pace and within the bounds that robots.txt sets.

robots.txt: RFC 9309. One that cannot be reached allows nothing; one that is not there allows everything.
"""

import hashlib
import json
import time
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from importers.fetch.client import Client, Reply
from importers.fetch.faults import NotData, TooLarge, Unavailable
from importers.fetch.walking import FRESH
from importers.sentences import Sentence

MAX_PAGES = 5_000
_MAX_ROBOTS = 500_000
_MAX_DELAY = 10.0  # seconds between two pages; a service that wants more is asked for a feed instead
_MISSING = frozenset({404, 410})


def crawl(client: Client, sitemap: str, folder: Path) -> list[tuple[str, Reply]]:
    """Address and reply of every page of the sitemap that may be read. Pages fetched before a crash are not fetched again.

    A page that is listed and gone is left out. Raises FetchFailed where the sitemap or a page cannot be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    robots = read_robots(client, sitemap, folder)
    if not robots.can_fetch(client.agent, sitemap):
        raise Unavailable(Sentence("Nettstedet vil ikke at denne adressen leses av maskiner (robots.txt)."))
    delay = min(_MAX_DELAY, float(robots.crawl_delay(client.agent) or client.limits.pause))
    addresses = [url for url in _listed(client, sitemap, folder) if robots.can_fetch(client.agent, url)]
    found: list[tuple[str, Reply]] = []
    for url in addresses:
        reply = _kept(url, folder)
        if reply is None:
            try:
                reply = client.get(url, _place(url, folder), pages=True, pause=delay)
            except Unavailable as problem:
                if problem.status in _MISSING:
                    continue
                raise
            assert reply is not None  # nothing was asked with conditions
            _keep(url, reply, folder)
        found.append((url, reply))
    return found


def read_robots(client: Client, url: str, folder: Path) -> RobotFileParser:
    """The rules of the service that ``url`` lies at."""
    rules = RobotFileParser()
    file = folder / "robots.part"
    try:
        client.get(urljoin(url, "/robots.txt"), file)
    except (Unavailable, NotData) as problem:
        status = getattr(problem, "status", 404)
        if isinstance(problem, NotData) or (status is not None and 400 <= status < 500 and status not in (401, 403)):
            rules.parse([])
        else:
            rules.parse(["User-agent: *", "Disallow: /"])
        return rules
    rules.parse(file.read_bytes()[:_MAX_ROBOTS].decode("utf-8", "replace").splitlines())
    return rules


def _listed(client: Client, sitemap: str, folder: Path) -> list[str]:
    """Addresses of a sitemap, or of the sitemaps of an index, at the same service; each once, in order."""
    found: dict[str, None] = {}
    pending = [sitemap]
    for depth in (0, 1):
        nested: list[str] = []
        for address in pending:
            reply = client.get(address, folder / "sitemap.part")
            assert reply is not None  # nothing was asked with conditions
            index, addresses = _read_sitemap(reply.path)
            here = [url for url in addresses if urlsplit(url)[:2] == urlsplit(sitemap)[:2]]
            if index and depth == 0:
                nested += here
            else:
                found.update(dict.fromkeys(here))
            if len(found) + len(nested) > MAX_PAGES:
                raise TooLarge(
                    Sentence(
                        "Nettstedskartet har flere enn %(most)s sider. Oppgi et kart over studietilbudene alene.",
                        most=MAX_PAGES,
                    )
                )
        pending = nested
    return list(found)


def _read_sitemap(path: Path) -> tuple[bool, list[str]]:
    """Whether it is an index, and its addresses."""
    addresses: list[str] = []
    root = ""
    try:
        for event, element in iterparse(path, events=("start", "end"), forbid_dtd=True):
            name = element.tag.rpartition("}")[2]
            if event == "start":
                root = root or name
            elif name == "loc" and element.text:
                addresses.append(element.text.strip())
            elif name in ("url", "sitemap"):
                element.clear()
    except (ParseError, DefusedXmlException, LookupError, UnicodeError) as error:
        raise NotData(Sentence("Nettstedskartet er ikke gyldig XML. Kontroller adressen til kilden.")) from error
    if root not in ("urlset", "sitemapindex"):
        raise NotData(Sentence("Adressen gir ikke et nettstedskart (sitemap). Kontroller adressen til kilden."))
    return root == "sitemapindex", addresses


def _place(url: str, folder: Path) -> Path:
    return folder / f"{hashlib.sha256(url.encode()).hexdigest()}.html"


def _keep(url: str, reply: Reply, folder: Path) -> None:
    told = {"sha256": reply.sha256, "size": reply.size, "media_type": reply.media_type}
    half = folder / "kept.part"
    half.write_text(json.dumps(told), encoding="utf-8")
    half.replace(_place(url, folder).with_suffix(".json"))


def _kept(url: str, folder: Path) -> Reply | None:
    """The page as it was fetched before this crawl was broken off."""
    path = _place(url, folder)
    try:
        if time.time() - path.stat().st_mtime > FRESH:
            return None
        told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        whole = path.stat().st_size == told["size"]
        return Reply(path, told["sha256"], told["size"], told["media_type"]) if whole else None
    except (OSError, ValueError, KeyError):
        return None
