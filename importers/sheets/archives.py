"""XLSX and ODS are ZIP files: look through one before anything in it is parsed."""

import re
import zipfile
from enum import StrEnum
from pathlib import Path

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from importers.protocol import PayloadRefused
from importers.sentences import Sentence

#: Bounds on a workbook. 15,000 rows of the offers sheet with every cell filled unpack to 37 MB, at a ratio of 18.
MAX_UNPACKED = 40_000_000
MAX_MEMBERS = 2_000
MAX_RATIO = 200
_RATIO_FROM = 1_000_000  # a small member may be all zeros without harm
_CHUNK = 1 << 16
#: Bounds on tags, opening and closing: it is they that fill a reader's memory and time, not bytes. A filled cell has four,
#: or six with its text inside, so 15,000 full rows have 3.5 million; a string in Excel's list of strings has four. Styles of
#: a workbook that has been copied about for years may have some tens of thousands. A row has at most 200 cells that are read.
MAX_SHEET_TAGS = 4_000_000
MAX_SHEET_ROWS = 100_000
MAX_STRING_TAGS = 1_400_000
MAX_OTHER_TAGS = 60_000
MAX_ROW_TAGS = 20_000
_SHEETS = re.compile(r"xl/worksheets/[^/]+\.xml|content\.xml", re.IGNORECASE)
_STRINGS = re.compile(r"xl/sharedstrings[^/]*\.xml", re.IGNORECASE)
_ROW = re.compile(rb"<(?:[A-Za-z0-9_.-]{1,40}:)?(?:row|table-row)[\s/>]")


class Workbook(StrEnum):
    """The kinds of workbook that are read."""

    XLSX = "xlsx"
    ODS = "ods"


def check(path: Path) -> Workbook:
    """Say which kind of workbook this is.

    Raises :class:`PayloadRefused` where it is none, is damaged or locked, unpacks to more than it should (declared and
    real sizes are both looked at), or has a document type declaration, the door to XML entities, in any part.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            kind = _kind(archive)
            _refuse_bombs(archive)
            for member in archive.infolist():
                _walk(archive, member)
            return kind
    except PayloadRefused:
        raise
    except DefusedXmlException as error:
        raise PayloadRefused(
            Sentence("Regnearket inneholder XML-entiteter eller DOCTYPE, som kan skade tjenesten."),
            Sentence("Åpne det i Excel eller LibreOffice og lagre det på nytt."),
        ) from error
    except Exception as error:  # zipfile and zlib raise nearly anything on bytes that were made to hurt
        raise damaged() from error


def damaged() -> PayloadRefused:
    return PayloadRefused(
        Sentence("Regnearket er ødelagt og kan ikke åpnes."),
        Sentence("Åpne det i Excel eller LibreOffice og lagre det på nytt."),
    )


def _kind(archive: zipfile.ZipFile) -> Workbook:
    names = set(archive.namelist())
    if any(member.flag_bits & 1 for member in archive.infolist()):
        raise PayloadRefused(
            Sentence("Regnearket er låst med passord."), Sentence("Fjern passordet og lagre det på nytt.")
        )
    if "xl/workbook.xml" in names:
        return Workbook.XLSX
    if "content.xml" in names and _is_spreadsheet(archive, names):
        return Workbook.ODS
    if "word/document.xml" in names:
        raise PayloadRefused(
            Sentence("Filen er et Word-dokument, ikke et regneark."), Sentence("Bruk malen for tilbud.")
        )
    raise PayloadRefused(
        Sentence("Filen er en ZIP-fil, men ikke et regneark (XLSX eller ODS)."), Sentence("Last opp selve regnearket.")
    )


def _is_spreadsheet(archive: zipfile.ZipFile, names: set[str]) -> bool:
    if "mimetype" not in names:
        return True
    with archive.open("mimetype") as stream:
        return b"spreadsheet" in stream.read(200)


def _refuse_bombs(archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    ratio = max((m.file_size / max(1, m.compress_size) for m in members if m.file_size > _RATIO_FROM), default=0)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED or ratio > MAX_RATIO:
        raise PayloadRefused(
            Sentence("Regnearket blir for stort når det pakkes ut."),
            Sentence("Slett bilder og tomme ark, eller del regnearket i flere."),
        )


def _walk(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack one member to nowhere: XML up to its first element for a DOCTYPE, and all of it for the checksum and the tags.

    zipfile never gives more than the declared size, and a member that held more fails its checksum; so a size that was
    declared too small ends as a damaged workbook, and never as a bomb.
    """
    markup = member.filename.endswith((".xml", ".rels"))
    if markup and member.file_size:
        with archive.open(member) as stream:
            for _ in iterparse(stream, events=("start",), forbid_dtd=True):
                break
    tags = _Tags(member.filename) if markup else None
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            if tags is not None:
                tags.count(chunk)


class _Tags:
    """The tags of one part, counted as bytes pass by."""

    def __init__(self, name: str) -> None:
        self.in_all = self.in_row = self.rows = 0
        self.has_rows = _SHEETS.fullmatch(name) is not None
        self.most = MAX_OTHER_TAGS
        if self.has_rows:
            self.most = MAX_SHEET_TAGS
        elif _STRINGS.fullmatch(name):
            self.most = MAX_STRING_TAGS

    def count(self, chunk: bytes) -> None:
        """Count a chunk. A row whose name is cut by the chunk's end is not seen: the bound is wide enough for that."""
        self.in_all += chunk.count(b"<")
        if self.has_rows:
            first, *others = _ROW.split(chunk)
            self.in_row += first.count(b"<")
            self.rows += len(others)
            for row in others:
                self._bound()
                self.in_row = row.count(b"<")
        self._bound()

    def _bound(self) -> None:
        if self.in_all > self.most or self.rows > MAX_SHEET_ROWS or (self.has_rows and self.in_row > MAX_ROW_TAGS):
            raise PayloadRefused(
                Sentence("Regnearket har for mange celler, stiler eller tekster."),
                Sentence("Kopier radene til en ny mal, eller del dem i flere regneark."),
            )
