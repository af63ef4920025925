"""Files that cannot be trusted are refused whole, with one sentence and a cure."""

import codecs
import os
from pathlib import Path

import pytest

from importers.payloads import Kind, examine, open_text
from importers.protocol import Payload, PayloadRefused


def put(folder: Path, content: bytes, media_type: str | None = None, name: str = "feed.json") -> Payload:
    path = folder / name
    path.write_bytes(content)
    return Payload(path, name, media_type)


def text_of(payload: Payload) -> str:
    with open_text(examine(payload)) as stream:
        return stream.read()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Filen er tom."),
        (b" \r\n\t ", "Filen er tom."),
        (codecs.BOM_UTF8, "Filen er tom."),
        (b"%PDF-1.7 x", "en PDF-fil"),
        (b"\x89PNG\r\n\x1a\n", "et bilde"),
        (b"\x1f\x8b\x08\x00", "pakket fil (gzip)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(50), "gamle Excel-formatet"),
        (codecs.BOM_UTF16_LE + "a;b".encode("utf-16-le"), "UTF-16"),
        (bytes(range(256)), "binær"),
        (bytes(5000), "binær"),
        (b"<!DOCTYPE html><html><body>Logg inn</body></html>", "nettside (HTML)"),
        (b"\xef\xbb\xbf\n  <HTML lang=nb>", "nettside (HTML)"),
        (b'<?xml version="1.0"?><rows/>', "XML"),
        (b'[{"a": "b"}, {"a": ', "avkortet"),
        (b"navn;\x81\x8d\x8f\x90\x9d\n", "Tegnsettet"),
    ],
)  # fmt: skip
def test_wrong_files_are_refused_with_a_sentence_and_a_cure(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(PayloadRefused) as refused:
        examine(put(tmp_path, content))
    assert reason in refused.value.reason
    assert refused.value.reason.endswith(".")
    assert refused.value.cure.endswith(".")
    assert "\n" not in str(refused.value)


def test_a_file_of_200_mb_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    with path.open("wb") as stream:
        os.truncate(stream.fileno(), 200_000_000)
    with pytest.raises(PayloadRefused, match=r"^Filen er på 200 MB, og grensen er 150 MB\. Del filen"):
        examine(Payload(path, "big.json"))


def test_the_limit_is_the_callers_to_set(tmp_path: Path) -> None:
    payload = put(tmp_path, b'[{"a": "b"}]')
    assert examine(payload, max_bytes=12).kind is Kind.JSON
    with pytest.raises(PayloadRefused, match="Filen er på 12 byte, og grensen er 11 byte"):
        examine(payload, max_bytes=11)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PayloadRefused, match="finnes ikke"):
        examine(Payload(tmp_path / "none.json", "none.json"))
    with pytest.raises(PayloadRefused, match="finnes ikke"):
        examine(Payload(Path("a\0b"), "b"))
    with pytest.raises(PayloadRefused, match="mappe"):
        examine(Payload(tmp_path, "folder"))


def test_utf8_is_read_with_or_without_byte_order_mark_and_without_notice(tmp_path: Path) -> None:
    for start in (b"", codecs.BOM_UTF8):
        payload = put(tmp_path, start + "Høgskulen,Sámi\r\n".encode())
        assert examine(payload).notices == ()
        assert text_of(payload) == "Høgskulen,Sámi\r\n"


def test_cp1252_is_read_with_a_notice(tmp_path: Path) -> None:
    payload = put(tmp_path, "Årstall;Høgskulen – «A»\n".encode("cp1252"))
    (notice,) = examine(payload).notices
    assert "cp1252" in notice.text
    assert "ikke er gyldig UTF-8" in notice.text
    assert text_of(payload) == "Årstall;Høgskulen – «A»\n"


@pytest.mark.parametrize(
    ("media_type", "codec"),
    [
        ("text/csv; charset=iso-8859-15", "iso8859-15"),
        ("text/csv; charset=ISO-8859-1", "cp1252"),
        ("text/csv; charset=ibm865", "cp865"),
        ("text/csv; charset=zlib_codec", "cp1252"),
        ("text/csv; charset=idna", "cp1252"),
        ("text/csv; charset=nonsense", "cp1252"),
        ("text/csv\r\nX: y", "cp1252"),
        ("text/csv", "cp1252"),
    ],
)
def test_a_declared_encoding_is_used_only_where_it_is_text_and_utf8_fails(
    tmp_path: Path, media_type: str, codec: str
) -> None:
    payload = put(tmp_path, "€ ære\n".encode("cp865", "replace"), media_type)
    examined = examine(payload)
    assert examined.encoding == codec
    assert codec in examined.notices[0].text
    assert examine(put(tmp_path, "ære\n".encode(), media_type)).encoding == "utf-8-sig"


def test_a_single_stray_control_character_is_left_to_the_row(tmp_path: Path) -> None:
    assert examine(put(tmp_path, b"a;b\n1;\x00\n")).kind is Kind.TEXT


def test_the_kind_is_told_by_content_not_by_name(tmp_path: Path) -> None:
    assert examine(put(tmp_path, b"PK\x03\x04rest", name="a.csv")).kind is Kind.ZIP
    assert examine(put(tmp_path, b" [1]", name="a.csv")).kind is Kind.JSON
    assert examine(put(tmp_path, b"a,b\n", name="a.json")).kind is Kind.TEXT
