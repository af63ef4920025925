"""A reply's body onto disk: counted, unpacked and bounded while it comes, and known to have come whole."""

import hashlib
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from importers.fetch.faults import Interrupted, NotData, TooLarge
from importers.sentences import Sentence

_CHUNK = 1 << 16
_HEAD = 1024
_PAGE_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script")
_PAGE_TYPES = ("text/html", "application/xhtml+xml")
_TABLE_TYPES = ("text/csv", "text/plain", "text/tab-separated-values")


class Body:
    """What came. ``head`` and ``tail`` are the first and last bytes, unpacked."""

    def __init__(self) -> None:
        self.size = 0
        self.head = b""
        self.tail = b""
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        self._digest.update(piece)
        if len(self.head) < _HEAD:
            self.head += piece[: _HEAD - len(self.head)]
        self.tail = (self.tail + piece)[-1:]


def save(read: Callable[[int], bytes], into: Path, *, encoding: str, most: int) -> Body:
    """Write the body to ``into``. ``read`` gives what has come, b"" at the end. Raises TooLarge, Interrupted, NotData."""
    body = Body()
    pieces = _pieces(read)
    if encoding in ("gzip", "x-gzip"):
        pieces = _unpacked(pieces)
    elif encoding not in ("", "identity"):
        raise NotData(Sentence("Svaret er pakket på en måte som ikke er bedt om. Si fra til den som leverer dataene."))
    with into.open("wb") as stream:
        for piece in pieces:
            body.add(piece)
            if body.size > most:
                raise too_large(most)
            stream.write(piece)
    return body


def too_large(most: int) -> TooLarge:
    return TooLarge(
        Sentence("Svaret er større enn grensen på %(most)s MB. Del det opp, eller hev grensen.", most=most // 1_000_000)
    )


def _pieces(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while piece := read(_CHUNK):
        yield piece


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack gzip a chunk at a time, so that a bomb is seen before it has gone off. Several members may follow each other."""
    decoder = zlib.decompressobj(wbits=31)
    started = False
    try:
        for piece in pieces:
            left = piece
            while left:
                started = True
                yield decoder.decompress(left, _CHUNK)
                left = decoder.unconsumed_tail
                if decoder.eof:
                    left, decoder, started = decoder.unused_data, zlib.decompressobj(wbits=31), False
            while not decoder.eof and started:
                more = decoder.decompress(b"", _CHUNK)
                if not more:
                    break
                yield more
    except zlib.error as error:
        raise Interrupted(Sentence("Svaret er pakket (gzip), men ødelagt. Prøv igjen.")) from error
    if started:
        raise Interrupted(Sentence("Overføringen ble brutt før alt var kommet. Prøv igjen."))


def refuse_page(body: Body, media_type: str) -> None:
    """HTML with 200 is a login or an error page, whatever it calls itself. Raises NotData."""
    start = body.head.removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    if kind_of(media_type) in _PAGE_TYPES or start.startswith(_PAGE_STARTS):
        raise NotData(
            Sentence(
                "Tjenesten svarte med en nettside i stedet for data. Ofte er det en innloggings- eller feilside. "
                "Kontroller adressen og nøkkelen til kilden."
            )
        )


def refuse_cut(body: Body, media_type: str) -> None:
    """A table whose length was not told, and whose last line does not end, may be cut anywhere. Raises Interrupted.

    JSON and XML show for themselves whether they are whole.
    """
    table = kind_of(media_type) in _TABLE_TYPES and not body.head.lstrip().startswith((b"{", b"[", b"<", b"PK"))
    if table and body.tail != b"\n":
        raise Interrupted(
            Sentence(
                "Tjenesten sa ikke hvor langt svaret er, og den siste linjen er ikke avsluttet. Overføringen kan være brutt."
            )
        )


def kind_of(media_type: str) -> str:
    """The media type without its parameters, in small letters."""
    return media_type.partition(";")[0].strip().lower()
