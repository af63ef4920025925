"""Klass and NUS: codes with their days, what became of them, and retired codes that live on in their names."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from importers import formats
from importers.protocol import CodeLinkRecord, CodeRecord, Payload
from tests.importers.feeds import SAMPLES, Desk, as_csv, as_json, notices, rejections


@pytest.fixture
def klass(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "klass")


def sample(name: str, file: str) -> list[Any]:
    return list(formats.get(name).read(Payload(SAMPLES / name / file, file)))


def codes(rows: list[Any]) -> list[CodeRecord]:
    return [row for row in rows if isinstance(row, CodeRecord)]


def links(rows: list[Any]) -> list[CodeLinkRecord]:
    return [row for row in rows if isinstance(row, CodeLinkRecord)]


def test_codes_have_the_days_they_hold() -> None:
    oslo, before, after = codes(sample("klass", "codes.json"))
    assert (oslo.scheme, oslo.code, oslo.valid_from, oslo.valid_to) == ("kommune", "0301", date(1838, 1, 1), None)
    assert (before.valid_to, after.valid_from) == (date(2023, 12, 31), date(2024, 1, 1))
    assert (before.key, after.key) == ("kommune/1507/2020-01-01", "kommune/1508/2024-01-01")
    (wrong,) = rejections(sample("klass", "codes.json"))
    assert wrong.value == "15A8"


def test_one_code_may_become_two_and_a_change_to_nothing_is_told() -> None:
    rows = sample("klass", "changes.json")
    assert [(row.code, row.other_code, row.changed_on) for row in links(rows)] == [
        ("1507", "1508", date(2024, 1, 1)),
        ("1507", "1580", date(2024, 1, 1)),
    ]
    (gone,) = rejections(rows)
    assert gone.cure == "Ingenting hvis koden er ny eller er borte uten å ha fått en annen."


def test_a_correspondence_in_latin_1_with_a_lost_zero() -> None:
    rows = sample("klass", "correspondence.csv")
    first, second = links(rows)
    assert (first.scheme, first.code, first.name) == ("orgnr", "817263992", "FÆRDER KOMMUNE")
    assert (first.other_scheme, first.other_code, first.changed_on) == ("kommune", "3911", None)
    assert second.other_code == "0301"
    assert notices(rows)[0].startswith("Filen er lest med tegnsettet cp1252")


@pytest.mark.parametrize(
    ("given", "scheme"),
    [
        (["0301", "1103"], "kommune"),
        (["301", "1103"], "kommune"),
        (["03", "11"], "fylke"),
        (["3", "11"], "fylke"),
        (["625", "625109"], "nus"),
        (["6", "62", "625", "6251"], "nus"),
    ],
)
def test_the_lengths_of_the_codes_say_what_they_are(klass: Desk, given: list[str], scheme: str) -> None:
    rows = codes(klass.read(as_json([{"code": code, "name": "Navn"} for code in given])))
    assert {row.scheme for row in rows} == {scheme}
    assert len(rows) == len(given)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"codes": []}', "Kodene i filen er verken kommuner, fylker eller NUS."),
        ('{"codes": [{"code": "55555", "name": "x"}]}', "Kodene i filen er verken kommuner, fylker eller NUS."),
        ('{"_embedded": {"classifications": []}}', "Kodene i filen er verken kommuner, fylker eller NUS."),
        ("navn;verdi\na;b", "Filen er verken JSON eller CSV fra Klass."),
    ],
)
def test_files_that_are_refused_whole(klass: Desk, content: str, reason: str) -> None:
    assert klass.refused(content).reason == reason


def test_retired_codes_are_known_by_their_names() -> None:
    rows = sample("nus", "codes.csv")
    kept, moved, wrong, old = (row for row in codes(rows) if len(row.code) == 6)
    assert (kept.is_retired, kept.replaced_by) == (False, None)
    assert (moved.name, moved.is_retired, moved.replaced_by) == (
        "Fagskoleutdanning, barn med særskilte behov", True, None,
    )  # fmt: skip
    assert (wrong.is_retired, wrong.replaced_by) == (True, "623508")
    assert (old.name, old.is_retired, old.replaced_by) == ("Bachelor, logopedi, treårig", True, None)
    (five,) = rejections(rows)
    assert five.value == "62512"


def test_the_file_of_statistics_norway_itself(tmp_path: Path) -> None:
    content = as_csv(["nus2000", "tekstl", "i2013_F"], ["625109", "Videreutdanning for lærere", "0114"]).encode(
        "cp1252"
    )
    (row,) = codes(Desk(tmp_path, "nus").read(content))
    assert (row.code, row.name) == ("625109", "Videreutdanning for lærere")


def test_real_codes_and_correspondences(shared_data: Path) -> None:
    nus = list(formats.get("nus").read(Payload(shared_data / "nus" / "nus2000_larerutdanning.excerpt.csv", "nus")))
    assert (len(codes(nus)), sum(row.is_retired for row in codes(nus))) == (112, 6)
    klass = list(formats.get("klass").read(Payload(shared_data / "kommuneinfo" / "1236.csv", "1236")))
    assert len(links(klass)) == 356
    assert rejections(klass) == []
