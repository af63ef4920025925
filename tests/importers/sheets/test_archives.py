"""Workbooks are looked through before anything in them is parsed."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from importers.protocol import PayloadRefused
from importers.sheets import archives
from tests.importers.feeds import as_xlsx


def packed(folder: Path, members: dict[str, bytes], name: str = "book.xlsx") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in members.items():
            archive.writestr(member, content)
    return path


def workbook(**changed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(as_xlsx(["a"]))) as archive:
        return {name: archive.read(name) for name in archive.namelist()} | changed


def refused(path: Path) -> str:
    with pytest.raises(PayloadRefused) as refusal:
        archives.check(path)
    assert refusal.value.cure.endswith(".")
    return refusal.value.reason


def test_kinds(tmp_path: Path) -> None:
    assert archives.check(packed(tmp_path, workbook())) is archives.Workbook.XLSX
    ods = {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<a/>"}
    assert archives.check(packed(tmp_path, ods)) is archives.Workbook.ODS
    assert archives.check(packed(tmp_path, {"content.xml": b"<a/>"})) is archives.Workbook.ODS


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"word/document.xml": b"<a/>"}, "Word-dokument"),
        ({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<a/>"}, "ikke et regneark"),
        ({"data.csv": b"a;b"}, "ikke et regneark"),
        ({}, "ikke et regneark"),
    ],
)
def test_other_archives_are_refused(tmp_path: Path, members: dict[str, bytes], reason: str) -> None:
    assert reason in refused(packed(tmp_path, members))


def test_a_bomb_by_declared_size(tmp_path: Path) -> None:
    path = packed(tmp_path, workbook() | {"xl/media/a": bytes(archives.MAX_UNPACKED)})
    assert path.stat().st_size < 1_000_000
    assert "for stort" in refused(path)


def test_a_bomb_by_ratio(tmp_path: Path) -> None:
    assert "for stort" in refused(packed(tmp_path, workbook() | {"xl/media/a": bytes(2_000_000)}))


def test_a_bomb_of_many_parts(tmp_path: Path) -> None:
    parts = {f"xl/media/{number}": b"" for number in range(archives.MAX_MEMBERS + 1)}
    assert "for stort" in refused(packed(tmp_path, workbook() | parts))


def test_a_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    """The central directory says 100 bytes and the stream holds two million."""
    path = packed(tmp_path, workbook() | {"xl/media/a": bytes(2_000_000)})
    content = path.read_bytes()
    assert content.count(struct.pack("<L", 2_000_000)) == 2
    path.write_bytes(content.replace(struct.pack("<L", 2_000_000), struct.pack("<L", 100)))
    assert "ødelagt" in refused(path)


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><a>&c;</a>'
EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/sharedStrings.xml", "_rels/.rels", "docProps/core.xml"])
@pytest.mark.parametrize("content", [ENTITIES, EXTERNAL, ENTITIES.decode().encode("utf-16")])
def test_a_doctype_in_any_part_is_refused(tmp_path: Path, part: str, content: bytes) -> None:
    assert "DOCTYPE" in refused(packed(tmp_path, workbook() | {part: content}))


def test_damaged_and_locked_workbooks(tmp_path: Path) -> None:
    path = packed(tmp_path, workbook())
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert "ødelagt" in refused(path)
    path.write_bytes(content[:60] + b"\xff\xff\xff" + content[63:])
    assert "ødelagt" in refused(path)
    assert "ødelagt" in refused(packed(tmp_path, workbook() | {"xl/styles.xml": b"<not closed"}))
    locked = bytearray(content)
    start = content.index(b"PK\x01\x02")
    locked[start + 8] |= 1
    path.write_bytes(bytes(locked))
    assert "låst med passord" in refused(path)
