"""A service walked page by page into one file: a JSON list of the pages, each with the bytes that came.

Where the walk is, is written beside the file after each page. A walk that was broken off, by a crash too, goes on from
there: what lies after the last whole page is cut away first, so no page is lost or kept twice.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from importers.fetch.client import Client, Reply
from importers.fetch.faults import Interrupted, Moved, NotData, TooLarge
from importers.fetch.pages import WALKS
from importers.sentences import Sentence

MAX_PAGES = 20_000
#: Largest page. One page is one element to the readers, which bound an element (``importers.json_rows.MAX_ELEMENT``).
MAX_PAGE_BYTES = 3_900_000
#: A walk that is older than this, in seconds, is begun anew: the service's data have moved on.
FRESH = 6 * 3600.0


@dataclass(slots=True)
class Cursor:
    """Where a walk is. ``offset`` is the length of the file up to the last whole page."""

    kind: str
    address: str
    pending: list[str]  #: first the next page, then the first pages of the lists to come
    offset: int = 0
    pages: int = 0
    items: int = 0  #: of the list that is being walked
    total: int | None = None
    seen: list[str] = field(default_factory=list)  #: digests of this list's pages: a service may go round in circles


def walk(client: Client, kind: str, url: str, folder: Path, *, headers: Mapping[str, str] | None = None) -> Reply:
    """Every page of every list. ``folder`` is this walk's own, and holds it while it is under way.

    Raises FetchFailed; the walk goes on from the last whole page when it is asked for again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cursor = _kept(folder, kind, url) or Cursor(kind, url, WALKS[kind].starts(url))
    file = folder / "pages.json"
    with file.open("r+b" if file.exists() else "w+b") as stream:
        stream.truncate(cursor.offset)
    while cursor.pending:
        _one(client, cursor, folder, file, headers)
        if cursor.pages > MAX_PAGES or cursor.offset > client.limits.bytes:
            forget(folder)
            raise TooLarge(Sentence("Tjenesten har flere sider enn det som kan hentes. Avgrens spørringen i adressen."))
        _keep(folder, cursor)
    digest = hashlib.sha256()
    with file.open("r+b") as stream:
        stream.seek(cursor.offset)
        stream.write(b"\n]\n")
        stream.seek(0)
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return Reply(file, digest.hexdigest(), file.stat().st_size, "application/json")


def forget(folder: Path) -> None:
    """The walk is over: the next one begins at the beginning."""
    shutil.rmtree(folder, ignore_errors=True)


def _one(client: Client, cursor: Cursor, folder: Path, file: Path, headers: Mapping[str, str] | None) -> None:
    url = cursor.pending[0]
    if urlsplit(url)[:2] != urlsplit(cursor.address)[:2]:
        raise Moved(Sentence("Neste side ligger hos en annen tjeneste. Sider følges bare der kilden ligger."))
    page_file = folder / "page.part"
    reply = client.get(url, page_file, headers=headers)
    assert reply is not None  # nothing was asked with conditions
    if reply.size > MAX_PAGE_BYTES:
        raise TooLarge(Sentence("En side fra tjenesten er for stor. Be om færre om gangen i adressen til kilden."))
    content = page_file.read_bytes()
    try:
        step = WALKS[cursor.kind].read(json.loads(content), url)
    except (ValueError, RecursionError) as error:
        raise NotData(
            Sentence("En side fra tjenesten er ikke av det slaget som er ventet. Kontroller kilden.")
        ) from error
    if reply.sha256 in cursor.seen and step.items:
        forget(folder)
        raise Interrupted(
            Sentence("Tjenesten gir samme side om igjen. Prøv igjen, eller si fra til den som leverer dataene.")
        )
    with file.open("r+b") as stream:
        stream.seek(cursor.offset)
        stream.write((b",\n" if cursor.pages else b"[\n") + content.strip())
        stream.flush()
        os.fsync(stream.fileno())
        cursor.offset = stream.tell()
    cursor.pages += 1
    cursor.items += step.items
    cursor.seen.append(reply.sha256)
    cursor.total = step.total
    if step.next_url is not None:
        cursor.pending[0] = step.next_url
        return
    if cursor.total is not None and cursor.items < cursor.total:
        forget(folder)
        raise Interrupted(
            Sentence(
                "Tjenesten sa at det er %(total)s poster, men ga bare %(items)s. Prøv igjen.",
                total=cursor.total,
                items=cursor.items,
            )
        )
    cursor.pending.pop(0)
    cursor.items, cursor.total, cursor.seen = 0, None, []


def _kept(folder: Path, kind: str, url: str) -> Cursor | None:
    """The walk that was broken off, where it is this one and not too old."""
    path = folder / "cursor.json"
    try:
        if time.time() - path.stat().st_mtime > FRESH:
            return None
        cursor = Cursor(**json.loads(path.read_text(encoding="utf-8")))
        whole = (folder / "pages.json").stat().st_size >= cursor.offset
    except (OSError, ValueError, TypeError):
        return None
    return cursor if whole and (cursor.kind, cursor.address) == (kind, url) else None


def _keep(folder: Path, cursor: Cursor) -> None:
    half = folder / "cursor.part"
    with half.open("w", encoding="utf-8") as stream:
        json.dump(asdict(cursor), stream)
        stream.flush()
        os.fsync(stream.fileno())
    half.replace(folder / "cursor.json")
