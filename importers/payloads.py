"""Opening a payload safely: what it is, how big it is and in which encoding it is written.

Nothing here trusts a file name or a declared media type: the first bytes decide what the file is. Every refusal is
one sentence of plain bokmål with a cure, because the keeper of the feed reads it.
"""

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, TextIO

from importers.protocol import Notice, Payload, PayloadRefused
from importers.sentences import Sentence, counted, joined

MEGABYTE = 1_000_000
#: Largest payload that is opened, in bytes. A whole reply of DBH table 347 (14,000 rows) is about 15 MB.
MAX_BYTES = 150 * MEGABYTE
_HEAD = 8192
_CHUNK = 1 << 20


class Kind(StrEnum):
    """What the first bytes of a payload say that it is."""

    JSON = "json"
    TEXT = "text"
    ZIP = "zip"  #: XLSX and ODS are ZIP files
    XML = "xml"  #: only for a format that asks for it
    HTML = "html"  #: only for a format that asks for it


@dataclass(frozen=True, slots=True)
class Examined:
    """A payload that may be read. ``encoding`` is a codec name for text, JSON and HTML, None for ZIP and XML."""

    path: Path
    kind: Kind
    encoding: str | None = None
    notices: tuple[Notice, ...] = ()


_SIGNATURES = (
    (b"%PDF", Sentence("en PDF-fil")),
    (b"\x89PNG", Sentence("et bilde")),
    (b"\xff\xd8\xff", Sentence("et bilde")),
    (b"GIF8", Sentence("et bilde")),
    (b"\x1f\x8b", Sentence("en pakket fil (gzip)")),
    (b"7z\xbc\xaf", Sentence("en pakket fil (7z)")),
    (b"Rar!", Sentence("en pakket fil (rar)")),
    (b"SQLite format 3", Sentence("en database")),
    (b"\x7fELF", Sentence("et program")),
    (b"MZ\x90", Sentence("et program")),
    (b"PAR1", Sentence("en Parquet-fil")),
)
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CONTROLS = bytes(b for b in range(32) if b not in b"\t\n\r\f\x1a")
_HTML = re.compile(rb"<(!doctype\s+html|html|head|body|script|!--)", re.IGNORECASE)

# An allowlist: Python also has codecs that are not text (zip, base64) or that run far beyond the input (idna, punycode).
# ISO 8859-1 and ASCII are read as cp1252, as the WHATWG encoding standard does.
_DECLARABLE = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "cp1252": "cp1252",
    "iso8859-15": "iso8859-15",
    "iso8859-10": "iso8859-10",
    "iso8859-4": "iso8859-4",
    "cp850": "cp850",
    "cp865": "cp865",
    "mac-roman": "mac-roman",
}


def examine(payload: Payload, *, max_bytes: int = MAX_BYTES, markup: frozenset[Kind] = frozenset()) -> Examined:
    """Say what a payload is, or refuse it. ``markup`` are the kinds of markup that the format reads: XML, HTML, or none.

    Raises :class:`PayloadRefused` where the file is missing, empty, larger than ``max_bytes`` (or the payload's own bound),
    binary, markup that was not asked for, in an unreadable encoding, or JSON that is cut off. An XML file declares its
    encoding itself.
    """
    size = _size(payload)
    limit = max_bytes if payload.max_bytes is None else payload.max_bytes
    if size > limit:
        raise PayloadRefused(
            Sentence("Filen er på %(size)s, og grensen er %(limit)s.", size=_megabytes(size), limit=_megabytes(limit)),
            Sentence("Del filen i flere, eller ta med færre kolonner eller færre år."),
        )
    with payload.path.open("rb") as stream:
        head = stream.read(_HEAD)
        if not head.removeprefix(codecs.BOM_UTF8).strip():
            raise PayloadRefused(
                Sentence("Filen er tom."), Sentence("Kontroller at kilden leverer data, og hent filen på nytt.")
            )
        if head.startswith(b"PK\x03\x04"):
            return Examined(payload.path, Kind.ZIP)
        _refuse_other_kinds(head)
        kind = _kind(head.removeprefix(codecs.BOM_UTF8).lstrip(), markup)
        if kind is Kind.XML:
            return Examined(payload.path, kind)
        stream.seek(0)
        encoding, notices = _encoding(stream, _declared(payload.media_type))
        if kind is Kind.JSON:
            _refuse_cut_off(stream, size)
    return Examined(payload.path, kind, encoding, notices)


@contextmanager
def open_text(examined: Examined) -> Iterator[TextIO]:
    """Open text or JSON for reading; a byte order mark is not part of what is read, line ends are kept as they are."""
    with examined.path.open("rb") as raw, io.TextIOWrapper(raw, examined.encoding, newline="") as stream:
        yield stream


def _size(payload: Payload) -> int:
    try:
        if payload.path.is_dir():
            raise PayloadRefused(Sentence("Dette er en mappe, ikke en fil."), Sentence("Oppgi filene i mappen."))
        return payload.path.stat().st_size
    except (OSError, ValueError) as error:
        raise PayloadRefused(
            Sentence("Filen finnes ikke eller kan ikke leses."), Sentence("Kontroller navnet på filen.")
        ) from error


def _megabytes(size: int) -> Sentence:
    if size < MEGABYTE:
        return counted("%(count)s byte", "%(count)s byte", size)
    return Sentence("%(size)s MB", size=f"{size / MEGABYTE:.1f}".replace(".", ",").removesuffix(",0"))


def _refuse_other_kinds(head: bytes) -> None:
    if head.startswith(_OLD_EXCEL):
        raise PayloadRefused(
            Sentence("Filen er i det gamle Excel-formatet (.xls) eller er låst med passord."),
            Sentence("Åpne den i Excel, fjern eventuelt passord og lagre den som .xlsx."),
        )
    if head.startswith(_UTF16):
        raise PayloadRefused(
            Sentence("Filen er lagret som UTF-16, som ikke kan leses her."),
            Sentence("Lagre den på nytt som «CSV UTF-8»."),
        )
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            raise PayloadRefused(
                Sentence("Filen er %(what)s, ikke data som kan leses.", what=what), Sentence("Last opp selve dataene.")
            )
    # A stray control character is the row's fault and is told there; many of them mean that this is no text at all.
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > 3 and controls > len(head) // 100:
        raise PayloadRefused(
            Sentence("Filen er binær, ikke tekst som kan leses."),
            Sentence("Kontroller at du har valgt riktig fil, og lagre den på nytt."),
        )


def _kind(start: bytes, markup: frozenset[Kind]) -> Kind:
    """What the first character that is not white space says; an XML file may start with a comment, as a page may."""
    if start[:1] in (b"[", b"{"):
        return Kind.JSON
    if not start.startswith(b"<"):
        return Kind.TEXT
    page = _HTML.match(start) is not None and not (start.startswith(b"<!--") and Kind.XML in markup)
    if page and Kind.HTML in markup:
        return Kind.HTML
    if page:
        raise PayloadRefused(
            Sentence(
                "Filen er en nettside (HTML), ikke data. Ofte er det en innloggings- eller feilside som er lagret."
            ),
            Sentence("Åpne adressen i nettleseren, kontroller at du får data, og hent filen på nytt."),
        )
    if Kind.XML not in markup:
        raise PayloadRefused(
            Sentence("Filen er XML, som dette formatet ikke bruker."), Sentence("Velg riktig format eller riktig fil.")
        )
    return Kind.XML


def _declared(media_type: str | None) -> str | None:
    """The codec for the ``charset`` of a media type, where it is one of those that we read."""
    if not media_type:
        return None
    message = Message()
    message["Content-Type"] = media_type.replace("\r", " ").replace("\n", " ")
    charset = message.get_content_charset()
    if not charset:
        return None
    try:
        return _DECLARABLE.get(codecs.lookup(charset).name)
    except (LookupError, ValueError):
        return None


def _encoding(stream: BinaryIO, declared: str | None) -> tuple[str, tuple[Notice, ...]]:
    if _decodes(stream, "utf-8-sig"):
        return "utf-8-sig", ()
    for codec in dict.fromkeys(c for c in (declared, "cp1252") if c):
        if _decodes(stream, codec):
            if codec == declared:
                how = Sentence("Filen er lest med tegnsettet %(codec)s, slik avsenderen oppga.", codec=codec)
            else:
                how = Sentence("Filen er lest med tegnsettet %(codec)s, fordi den ikke er gyldig UTF-8.", codec=codec)
            return codec, (Notice(joined((how, Sentence("Kontroller at æ, ø og å er blitt riktige.")))),)
    raise PayloadRefused(Sentence("Tegnsettet i filen kan ikke leses."), Sentence("Lagre filen på nytt som UTF-8."))


def _decodes(stream: BinaryIO, codec: str) -> bool:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(codec)("strict")
    try:
        while chunk := stream.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_cut_off(stream: BinaryIO, size: int) -> None:
    """A connection that is cut without a declared length looks complete: JSON must end as it should."""
    stream.seek(max(0, size - _HEAD))
    tail = stream.read(_HEAD).rstrip()
    if tail and not tail.endswith((b"]", b"}")):
        raise PayloadRefused(
            Sentence("Filen er avkortet: slutten mangler."),
            Sentence("Hent filen på nytt, og kontroller at hele filen kommer med."),
        )
