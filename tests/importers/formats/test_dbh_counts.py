"""DBH's tables of people: measures by their columns, groups that are parts of a sum, and numbers that are hidden."""

from pathlib import Path
from typing import Any

import pytest

from importers import formats
from importers.protocol import CountRecord, Payload, ProviderRef
from tests.importers.feeds import SAMPLES, SHARED_DATA, Desk, as_json, notices, rejections

SHIELDED = "DBH har skjermet små tall: 0 kan bety 1 eller 2, og andre tall kan være avrundet."


def counts(rows: list[Any]) -> list[CountRecord]:
    return [row for row in rows if isinstance(row, CountRecord)]


def sample(name: str, file: str) -> list[Any]:
    return list(formats.get(name).read(Payload(SAMPLES / name / file, file)))


def test_applicants_of_a_programme_are_split_by_group() -> None:
    rows = sample("dbh-applicants", "379.json")
    qualified, others = counts(rows)
    assert qualified.counts == {"applied": 40, "offered": 30, "accepted": 24, "started": 0}
    assert (qualified.provider, qualified.term) == (ProviderRef("0238", None, "Høgskulen på Vestlandet"), "2025H")
    assert (qualified.table, qualified.offer_key, qualified.group) == ("379", "KK-ENG1", {"kvalifisert": "1"})
    assert others.counts == {"offered": 0, "started": 0}
    assert qualified.key != others.key
    (row,) = rejections(rows)
    assert (row.field, row.value) == ("Årstall", "ukjent")
    assert notices(rows) == [
        SHIELDED,
        "Tall som er skjermet eller ikke kan leses, er utelatt (1 gang: «*»).",
        "Kolonner som ikke er kjent, er bare tatt vare på (1 gang: «snittalder»).",
    ]


def test_participants_are_counted_by_year_and_kind() -> None:
    rows = sample("dbh-participants", "544.csv")
    first, second = counts(rows)
    assert (first.provider.dbh_code, first.term, first.group) == ("0238", "2024", {"kode type videreutdanning": "3"})
    assert first.counts == {"participants": 120, "participants_women": 90, "participants_men": 30}
    assert second.counts == {"participants": 87}
    assert [row.field for row in rejections(rows)] == ["Institusjonskode"]


def test_hidden_numbers_do_not_sum_and_a_notice_says_so() -> None:
    rows = sample("dbh-completions", "104.json")
    (row,) = counts(rows)
    assert row.counts == {"completed": 15, "completed_women": 0, "completed_men": 0}
    assert notices(rows) == [SHIELDED, "Antall rader ifølge DBH er 331, men filen har 1."]


def test_a_vocational_college_is_known_by_its_name(tmp_path: Path) -> None:
    row = {"Fagskolens navn": "Fagskolen i Eksempel", "Årstall": "2025", "Semester": "1", "Antall totalt": "12"}
    (found,) = counts(Desk(tmp_path, "dbh-participants").read(as_json([row])))
    assert (found.provider, found.term) == (ProviderRef(name="Fagskolen i Eksempel"), "2025V")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("dbh-applicants", '[{"status": {"tabell_id": 104}}, {}]', "Svaret gjelder tabell 104 i DBH, ikke tabell 379"),
        ("dbh-applicants", '[{"Institusjonskode": "1150", "Årstall": "2025"}]', "Ingen rader i filen er slik"),
        ("dbh-completions", "[]", "Svaret fra DBH har ingen rader."),
        ("dbh-completions", '{"melding": "Ukjent variabel"}', "DBH svarte med en melding i stedet for rader"),
    ],
)
def test_replies_that_are_refused_whole(tmp_path: Path, name: str, content: str, reason: str) -> None:
    assert Desk(tmp_path, name).refused(content).reason.startswith(reason)


def test_a_real_reply_of_table_104(shared_data: Path) -> None:
    path = SHARED_DATA / "dbh" / "104_kandidater_totaler.excerpt.json"
    rows = counts(list(formats.get("dbh-completions").read(Payload(path, path.name))))
    assert (len(rows), sum(row.counts["completed"] for row in rows)) == (11, 7521)
    assert len({row.key for row in rows}) == 11
