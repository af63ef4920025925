"""Whatever the bytes, a format yields rows or refuses with a reason: nothing else ever comes out."""

import io
import json
import os
import re
import time
import zipfile
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importers import formats
from importers.formats.offers_sheet.columns import COLUMNS
from importers.protocol import Notice, OfferRecord, Payload, PayloadRefused, RegisterRecord, RejectedRow, ReportedRecord
from tests.importers.feeds import as_csv, as_xlsx

FORMATS = formats.formats()
SAMPLES = [
    path.read_bytes() for name in FORMATS for path in sorted((Path(__file__).parent / "samples" / name).glob("*"))
]
BOOKS = [FORMATS["offers-sheet"].template(kind) for kind in ("xlsx", "ods")]
ONE_RUN = {
    "dbh-347",
    "offers-sheet",
}  # where a row is a run, and where credits without a scheme are the pipeline's to judge
HEADINGS = [column.nb for column in COLUMNS]
FUZZ = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def put_through(folder: Path, content: bytes, name: str) -> int:
    """Read to the end; the number of rows, which must be told apart by their positions and be possible to store."""
    path = folder / "feed"
    path.write_bytes(content)
    positions = []
    refusal = PayloadRefused("Ingen.", "Ingen.")
    try:
        for row in FORMATS[name].read(Payload(path, "feed")):
            if isinstance(row, Notice):
                row.text.encode()
                continue
            assert isinstance(row, OfferRecord | RegisterRecord | RejectedRow | ReportedRecord)
            positions.append(row.position)
            json.dumps(dict(row.raw), ensure_ascii=False).encode()
            assert "\x00" not in "".join(value or "" for value in row.raw.values())
            if isinstance(row, RejectedRow):
                assert row.reason.startswith(f"Rad {row.position}, ")
                f"{row.reason} {row.cure} {row.field} {row.value}".encode()
            elif isinstance(row, ReportedRecord):
                repr(row).encode()
            elif isinstance(row, RegisterRecord):
                repr(row).encode()
                assert row.key
            else:
                f"{row.key} {row.title} {row.provider}".encode()
                assert all((row.key, row.offer_key, row.title))
                assert all(re.fullmatch(r"[0-9]{4}[VH]", run.term) for run in row.runs)
                assert (row.credits is None) == (row.credit_scheme is None) or name in ONE_RUN
                assert len(row.runs) == 1 or name not in ONE_RUN
    except PayloadRefused as error:
        refusal = error
    assert refusal.reason.endswith(".")
    assert refusal.cure.endswith(".")
    assert "\n" not in str(refusal)
    str(refusal).encode()
    assert positions == sorted(set(positions))
    return len(positions)


@FUZZ
@given(content=st.binary(max_size=400), name=st.sampled_from(list(FORMATS)))
def test_random_bytes(tmp_path: Path, content: bytes, name: str) -> None:
    put_through(tmp_path, content, name)


@FUZZ
@given(data=st.data(), name=st.sampled_from(list(FORMATS)), sample=st.sampled_from(SAMPLES + BOOKS))
def test_damaged_samples(tmp_path: Path, data: st.DataObject, name: str, sample: bytes) -> None:
    start = data.draw(st.integers(0, len(sample)))
    stop = data.draw(st.integers(start, min(len(sample), start + 60)))
    put_through(tmp_path, sample[:start] + data.draw(st.binary(max_size=30)) + sample[stop:], name)


@FUZZ
@given(data=st.data(), sample=st.sampled_from(BOOKS))
def test_workbooks_whose_parts_are_damaged_but_packed_well(tmp_path: Path, data: st.DataObject, sample: bytes) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(sample)) as old, zipfile.ZipFile(stream, "w") as new:
        spoilt = data.draw(st.sampled_from([name for name in old.namelist() if name.endswith((".xml", ".rels"))]))
        for name in old.namelist():
            content = old.read(name)
            if name == spoilt:
                at = data.draw(st.integers(0, min(len(content), 3_000)))
                gone = data.draw(st.integers(0, 40))
                filler = data.draw(st.sampled_from([b"", b"9", b"-1", b"A1", b"x", b'"', b"<a/>", b"&amp;", b"1e400"]))
                content = content[:at] + filler + content[at + gone :]
            new.writestr(name, content)
    put_through(tmp_path, stream.getvalue(), "offers-sheet")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
# Keys that the formats look for, at every level, with values of the wrong kind as often as of the right one.
KEYS = {
    "emil3": ["educationEvents", "educationInfos", "id", "status", "content", "identifier", "education", "providers", "title",
              "strings", "value", "lang", "execution", "start", "credits", "system", "code", "audience", "distance", "url"],
    "ooapi": ["items", "offeringId", "courseId", "course", "name", "value", "language", "organization", "studyLoad", "state",
              "studyLoadUnit", "startDate", "academicSession", "enrolmentPeriods", "learningOutcomes", "addresses"],
    "kouta": ["hits", "_source", "oid", "koulutusOid", "nimi", "fi", "organisaatio", "metadata", "opetus", "hakutiedot",
              "hakukohteet", "hakuajat", "koulutuksenAlkamiskausi", "koodiUri", "opintojenLaajuusNumero", "tila"],
    "schema-org": ["@graph", "@type", "@id", "@value", "name", "provider", "hasCourseInstance", "startDate", "location",
                   "numberOfCredits", "courseMode", "itemListElement", "item", "audience", "inLanguage", "teaches"],
    "nsr": ["EnhetListe", "Organisasjonsnummer", "Navn", "ErSkole", "ForeldreRelasjoner", "Enhet", "Relasjonstype", "Id",
            "Kommune", "Kommunenummer", "Fylke", "OppstartsEllerStiftelsesdato", "Organisasjonsform"],
    "brreg": ["_embedded", "enheter", "organisasjonsnummer", "navn", "slettedato", "organisasjonsform", "kode", "dato",
              "institusjonellSektorkode", "forretningsadresse", "kommunenummer", "overordnetEnhet", "endringstype"],
    "klass": ["codes", "code", "name", "level", "parentCode", "validFrom", "validTo", "codeChanges", "oldCode", "newCode",
              "changeOccurred", "correspondenceItems", "sourceCode", "targetCode"],
    "elm": ["@graph", "id", "type", "title", "nb", "providedBy", "legalName", "registration", "notation", "temporal",
            "startDate", "learningAchievementSpecification", "creditPoint", "point", "framework", "prefLabel", "location"],
    "fs": ["items", "id", "emne", "semester", "institusjon", "kode", "versjon", "ar", "termin", "navn", "href", "size",
           "studiepoeng", "undervisningssprak", "errors"],
    "dbh-applicants": ["Institusjonskode", "Årstall", "Semester", "Søknadsalternativer", "Studieprogramkode", "status"],
}  # fmt: skip
WORDS = [
    "e.1",
    "i.1",
    "1.2.246.562.13.1",
    "1.2.246.562.17.1",
    "2026-08-17",
    "hp",
    "ects",
    "30",
    "Course",
    "kausi_s#1",
    "974767880",
    "LearningOpportunity",
    "0301",
    "VÅR",
    "2026",
    "",
    "#1",
]


def trees(name: str) -> st.SearchStrategy[object]:
    keys = st.sampled_from(KEYS[name])
    leaves = st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS) | st.text(st.characters(), max_size=4)
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=6), max_leaves=25
    )


@settings(FUZZ, max_examples=150)
@given(data=st.data(), name=st.sampled_from(list(KEYS)))
def test_random_trees_of_known_keys(tmp_path: Path, data: st.DataObject, name: str) -> None:
    put_through(tmp_path, json.dumps(data.draw(trees(name))).encode(), name)


@pytest.mark.parametrize("name", list(KEYS))
@pytest.mark.parametrize("depth", [100, 900, 960, 990, 5_000])
@pytest.mark.parametrize("opening", ["[", '{"name":', '{"content":', '{"@graph":', '{"hits":', '{"nimi":'])
def test_what_is_nested_deep_is_a_row_or_a_refusal(tmp_path: Path, name: str, depth: int, opening: str) -> None:
    deep = opening * depth + "1" + ("]" if opening == "[" else "}") * depth
    for start, end in (
        ("[", "]"),
        ("", ""),
        ('{"items": [', "]}"),
        ('[{"id": "e.1", "oid": "1.13.1", "courseId": "1", "x":', "}]"),
    ):
        put_through(tmp_path, (start + deep + end).encode(), name)


DBH_ROW = st.dictionaries(
    st.sampled_from(["Institusjonskode", "Studieprogramkode", "Studieprogramnavn", "Årstall", "Semester", "Studiepoeng", "status"]),
    JSON | st.sampled_from(["0238", "2025", "3", "A"]),
)  # fmt: skip


@FUZZ
@given(rows=st.lists(DBH_ROW | JSON, max_size=6))
def test_random_rows_of_json(tmp_path: Path, rows: list[object]) -> None:
    put_through(tmp_path, json.dumps(rows).encode(), "dbh-347")


@FUZZ
@given(
    rows=st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from([c.example for c in COLUMNS]),
            min_size=len(COLUMNS), max_size=len(COLUMNS) + 1,
        ),
        min_size=1, max_size=4,
    ),
    kind=st.sampled_from(["csv", "xlsx"]),
)  # fmt: skip
def test_random_rows_of_a_sheet(tmp_path: Path, rows: list[list[str]], kind: str) -> None:
    if kind == "csv":
        put_through(tmp_path, as_csv(HEADINGS, *rows).encode(), "offers-sheet")
        return
    clean = [["".join(c for c in value if c.isprintable()) for value in row] for row in rows]
    put_through(tmp_path, as_xlsx(HEADINGS, *clean), "offers-sheet")


@pytest.mark.parametrize("name", list(FORMATS))
@pytest.mark.parametrize(
    "content",
    [
        bytes(range(256)) * 40,
        b"<!doctype html><title>Logg inn</title>",
        b'[{"Institusjonskode": "1150", "Studieprogramkode": ',
        b"",
        b"[" * 2_000_000,
        b'[{"a": ' + b"1" * 3_000_000 + b"}]",
        b'"' + b";" * 5_000_000,
        b"\n" * 5_000_000 + b"x",
        b"a;" * 3_000_000,
    ],
    ids=["binary", "html", "cut-off", "empty", "nested", "long-number", "open-quote", "empty-lines", "wide"],
)
def test_wrong_files_are_refused_in_little_memory(tmp_path: Path, content: bytes, name: str) -> None:
    """How long it takes is measured by bench/formats.py."""
    before = psutil.Process().memory_info().rss
    assert put_through(tmp_path, content, name) <= 1
    assert psutil.Process().memory_info().rss - before < 200_000_000


@pytest.mark.parametrize("name", list(FORMATS))
def test_a_file_of_200_mb_is_refused_at_once(tmp_path: Path, name: str) -> None:
    path = tmp_path / "big"
    with path.open("wb") as stream:
        stream.write(b"[")
        os.truncate(stream.fileno(), 200_000_000)
    with pytest.raises(PayloadRefused, match=r"^Filen er på 200 MB, og grensen er 150 MB\."):
        next(iter(FORMATS[name].read(Payload(path, "big"))))


def test_a_sheet_whose_last_row_is_out_of_bounds_is_not_counted_to(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(as_xlsx(HEADINGS, ["x"]))) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("sheet1.xml"):
                assert b'<row r="2"' in content
                content = content.replace(b'r="2"', b'r="2000000000"').replace(b'"A2"', b'"A2000000000"')
            new.writestr(name, content)
    started = time.process_time()
    assert put_through(tmp_path, stream.getvalue(), "offers-sheet") == 0
    assert time.process_time() - started < 10


def test_a_large_sheet_is_read_in_little_memory(tmp_path: Path) -> None:
    row = [column.example for column in COLUMNS]
    rows = [[*row[:3], f"KODE-{number}", *row[4:-2], "ja", row[-1]] for number in range(2_000)]
    content = as_xlsx(HEADINGS, *rows)
    started = time.process_time()
    assert put_through(tmp_path, content, "offers-sheet") == 2_000
    assert time.process_time() - started < 20


ROOTS = {
    "xcri-cap": ('<catalog xmlns="http://xcri.org/profiles/1.2/catalog">', "course", "</catalog>"),
    "elm": (
        '<Courses xmlns="http://data.europa.eu/snb/model/ap/loq-constraints/">',
        "learningOpportunity",
        "</Courses>",
    ),
    "cdm": ("<CDM>", "course", "</CDM>"),
}
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
DOCTYPES = [
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">',
    f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]>',
    '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>',
]


@pytest.mark.parametrize("name", ROOTS)
@pytest.mark.parametrize("doctype", DOCTYPES, ids=["file", "dtd", "laughs", "parameter"])
def test_document_types_are_refused(tmp_path: Path, name: str, doctype: str) -> None:
    start, record, end = ROOTS[name]
    path = tmp_path / "feed"
    path.write_text(f"{doctype}{start}<{record}>&x;&l9;</{record}>{end}", encoding="utf-8")
    with pytest.raises(PayloadRefused, match="DOCTYPE"):
        list(FORMATS[name].read(Payload(path, "feed")))


@pytest.mark.parametrize("name", ROOTS)
@pytest.mark.parametrize(
    "inside",
    [
        "<a>" * 5_000 + "</a>" * 5_000,
        "<a/>" * 30_000,
        "x" * 5_000_000,
        "&#0;",
        "\ufffe",
        '<a b="' + "1" * 3_000_000 + '"/>',
        "<![CDATA[" + "]]" * 10_000 + ">]]>",
    ],
    ids=["deep", "wide", "long", "nul", "no-character", "long-attribute", "cdata"],
)
def test_markup_made_to_hurt_is_a_row_or_a_refusal(tmp_path: Path, name: str, inside: str) -> None:
    start, record, end = ROOTS[name]
    started, before = time.process_time(), psutil.Process().memory_info().rss
    put_through(tmp_path, f"{start}<{record}>{inside}</{record}>{end}".encode(), name)
    assert time.process_time() - started < 10
    assert psutil.Process().memory_info().rss - before < 200_000_000


@pytest.mark.parametrize("encoding", ["utf-16", "utf-7", "shift_jis", "ebcdic-cp-us", "utf-8"])
@pytest.mark.parametrize("name", ROOTS)
def test_declared_encodings_are_read_or_refused(tmp_path: Path, name: str, encoding: str) -> None:
    start, record, end = ROOTS[name]
    put_through(
        tmp_path, f'<?xml version="1.0" encoding="{encoding}"?>{start}<{record}>å</{record}>{end}'.encode(), name
    )


@pytest.mark.parametrize("name", list(KEYS))
@pytest.mark.parametrize("value", ['"\\u0000"', '"\\ud800"', "1e999999", "-" + "9" * 5_000, '"\x00"', "NaN"])
def test_values_that_cannot_be_kept_are_told(tmp_path: Path, name: str, value: str) -> None:
    row = ", ".join(f'"{key}": {value}' for key in KEYS[name] if not key.startswith("@"))
    put_through(tmp_path, f"[{{{row}}}]".encode(), name)
