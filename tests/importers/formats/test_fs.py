"""FS: codes and terms, and nothing made up where the name is not in the file. The sample is written by us."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importers.formats import fs
from importers.protocol import Payload, ProviderRef
from tests.importers.feeds import SAMPLES, SHARED_DATA, Desk, as_json, notices, offers, rejections

TAUGHT: dict[str, Any] = {
    "href": "https://api.fellesstudentsystem.no/undervisning/215,%C3%85,1,2026,V%C3%85R,2",
    "emne": {"institusjon": 215, "kode": "Å", "versjon": "1", "navn": "Ål", "studiepoeng": "7,5"},
    "semester": {"ar": 2026, "termin": "VÅR"},
}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "fs")


def test_what_is_taught_has_its_name_from_the_subject_in_the_same_file() -> None:
    rows = list(fs.read(Payload(SAMPLES / "fs" / "undervisning.json", "fs")))
    (offer,) = offers(rows)
    assert (offer.key, offer.offer_key, offer.title) == ("215/LES1/1/2026H/1", "LES1", "Lesing i første klasse")
    assert (offer.provider, offer.credits, offer.languages) == (
        ProviderRef(name="Høgskolen i Eksempel"), Decimal(15), ("nb",),
    )  # fmt: skip
    assert [(run.term, run.native_key) for run in offer.runs] == [("2026H", None)]
    nameless, summer = rejections(rows)
    assert nameless.field == "emne.navn"
    assert (summer.field, summer.value) == ("semester", "2026 SOMMER")


def test_an_expanded_subject_taught_twice_in_a_term(desk: Desk) -> None:
    whole = {**TAUGHT, "emne": {**TAUGHT["emne"], "institusjon": {"institusjonsnummer": 215, "navn": "OsloMet"}}}
    (offer,) = offers(desk.read(as_json([{"id": whole}])))
    assert (offer.key, offer.provider.name, offer.credits) == ("215/Å/1/2026V/2", "OsloMet", Decimal("7.5"))
    assert offer.runs[0].native_key == "2"


def test_the_number_of_the_institution_is_never_taken_for_a_code_of_dbh(desk: Desk) -> None:
    (row,) = rejections(desk.read(as_json([{"id": TAUGHT}])))
    assert (row.field, row.value) == ("institusjon", "215")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('{"items": [], "size": 0}', "Filen har ingen undervisning."),
        ('{"status": 401, "errors": [{"message": "Nei"}]}', "FS svarte med en feil: «Nei»."),
        ('[{"noe": "annet"}]', "Ingen rader i filen er slik dette formatet har dem."),
        ("a;b\n1;2", "Filen er ikke JSON."),
    ],
)
def test_files_that_are_refused_whole(desk: Desk, content: str, reason: str) -> None:
    assert desk.refused(content).reason == reason


def test_real_replies_have_codes_and_no_names(shared_data: Path, desk: Desk) -> None:
    rows = list(fs.read(Payload(SHARED_DATA / "fs" / "oslometUndervisningResponse2023.json", "fs")))
    assert (len(offers(rows)), len(rejections(rows))) == (0, 3)
    assert notices(rows) == ["Antall rader ifølge FS er 39, men filen har 3."]
    refusal = desk.refused((SHARED_DATA / "fs" / "notAuthorizedResponseFromFs.json").read_bytes())
    assert refusal.reason == "FS svarte med en feil: «Username and/or password are not valid»."
