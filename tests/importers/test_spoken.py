"""What every format says of files and rows is said in the reader's language, and no bokmål is left in it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from importers import formats
from importers.protocol import Notice, Payload, PayloadRefused, RejectedRow
from importers.sentences import Sentence
from registry.web.catalogues import translations
from tests.importers.feeds import SAMPLES, Desk, as_csv, as_xlsx, rejections

FORMATS = formats.formats()
#: Words of a sentence, not of a name or a number: a value that has one is a sentence that nobody can translate.
WORDS = re.compile(r"\b(er|ikke|og|eller|en|et|av|som|har|med|til|for|den|det|fra|uten)\b")
MARK = "\ue000"
FILES = [
    b"", b"%PDF-1.7", b"<!doctype html><html></html>", b"<root><a/></root>", b"[", b"[]", b"{}", b'[1, "x", {}, {"a": "\\u0000"}]',
    b'{"a": [', b"[{}] x", b"PK\x03\x04 no", b"a;b\n1;2\n", b'a;b\n"1', b"\xff\xfe1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x00" * 50,
    b"[" * 300, b"\x81\x8d", b'{"status": {"returkode": "7"}}', b'{"errors": {"message": "nei"}}', as_csv(["Navn"]).encode(),
]  # fmt: skip


def variants(name: str) -> Iterator[bytes]:
    """The format's samples, whole and spoilt, and files of every wrong kind."""
    yield from FILES
    for path in sorted((SAMPLES / name).glob("*")):
        content = path.read_bytes()
        yield from (content, content[: len(content) // 2], re.sub(rb"[0-9]", b"x", content))
        yield re.sub(rb'": *"[^"]*"', b'": "?"', content)
        yield re.sub(rb'": *"[^"]*"', b'": ""', content)
        yield re.sub(rb";[^;\n]*", b";?", content)
        yield re.sub(rb">[^<]+<", b"><", content)
    if name.endswith("-sheet"):
        yield as_xlsx([column.nb for column in FORMATS[name].COLUMNS], ["?"] * 40, [])  # type: ignore[attr-defined]  # sheets have them


def spoken(folder: Path, name: str) -> list[Sentence]:
    """Everything that the format says of its variants."""
    found: list[Sentence] = []
    for number, content in enumerate(variants(name)):
        path = folder / str(number)
        path.write_bytes(content)
        try:
            for row in FORMATS[name].read(Payload(path, "feed")):
                if isinstance(row, RejectedRow):
                    found += (row.reason, row.cure)
                elif isinstance(row, Notice):
                    found.append(row.text)
        except PayloadRefused as refused:
            found += (refused.reason, refused.cure, refused.message)
    return found


def plain_values(said: Sentence) -> Iterator[str]:
    """Values that are said as they are, but for what is quoted: that is the file's own."""
    for name, value in said.values.items():
        if isinstance(value, Sentence):
            yield from plain_values(value)
        elif isinstance(value, str) and name != "text":
            yield value


@pytest.mark.parametrize("name", FORMATS)
def test_no_bokmal_is_left_in_what_a_format_says(tmp_path: Path, name: str) -> None:
    found = spoken(tmp_path, name)
    assert len({said.msgid for said in found}) > 5
    for said in found:
        assert isinstance(said, Sentence)
        assert [value for value in plain_values(said) if WORDS.search(value)] == []
        for language in ("nn", "en"):
            assert MARK not in said.by(translations(language, MARK, MARK)), said


@pytest.mark.parametrize(
    ("language", "reason", "cure"),
    [
        ("nb", "Rad 2, Plasser: «mange» er ikke et helt tall.", "Skriv et helt tall fra 1 til 100000."),
        ("nn", "Rad 2, Plasser: «mange» er ikkje eit heilt tal.", "Skriv eit heilt tal frå 1 til 100000."),
        ("en", "Row 2, Plasser: “mange” is not a whole number.", "Enter a whole number from 1 to 100000."),
    ],
)
def test_a_row_says_what_is_wrong_in_three_languages(tmp_path: Path, language: str, reason: str, cure: str) -> None:
    sheet = as_csv(
        ["Institusjonskode", "Tilbudskode", "Navn", "Termin", "Plasser"], ["1150", "A", "Engelsk", "2026H", "mange"]
    )
    [row] = rejections(Desk(tmp_path, "offers-sheet").read(sheet))
    assert row.reason.by(translations(language)) == reason
    assert row.cure.by(translations(language)) == cure


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("nb", "Arket mangler kolonnene «Tilbudskode» og «Termin»."),
        ("nn", "Arket manglar kolonnane «Tilbodskode» og «Termin»."),
        ("en", "The sheet lacks the columns “Offer code” and “Term”."),
    ],
)
def test_a_file_is_refused_in_three_languages(tmp_path: Path, language: str, reason: str) -> None:
    refused = Desk(tmp_path, "offers-sheet").refused(as_csv(["Institusjonskode", "Navn"], ["1150", "Engelsk"]))
    assert refused.reason.by(translations(language)) == reason
