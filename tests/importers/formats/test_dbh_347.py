"""DBH table 347 as the API sends it: rows as text, columns as asked for, and its quirks."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from importers.formats import dbh_347
from importers.protocol import OfferRecord, Payload, ProviderRef, RejectedRow
from tests.importers.feeds import SAMPLES, SHARED_DATA, Desk, as_csv, as_json, as_xlsx, notices, offers, rejections

GOOD = {"Institusjonskode": "1150", "Studieprogramkode": "A", "Studieprogramnavn": "Engelsk", "Årstall": "2025"}
STATUS = {"tabell_id": 347, "antall": 1, "returkode": 0, "melding": "Data levert."}


def sample(name: str) -> list[OfferRecord]:
    return offers(dbh_347.read(Payload(SAMPLES / "dbh-347" / name, name)))


def only(dbh: Desk, **columns: object) -> OfferRecord:
    (row,) = dbh.read(as_json([{**GOOD, **columns}]))
    assert isinstance(row, OfferRecord), row
    return row


def rejected(dbh: Desk, **columns: object) -> RejectedRow:
    (row,) = dbh.read(as_json([{**GOOD, **columns}]))
    assert isinstance(row, RejectedRow), row
    return row


def test_a_row_becomes_an_offer_with_one_run() -> None:
    first, *_ = sample("reply.json")
    assert first.position == 1
    assert first.key == "0238/KK-ENG1/2025H"
    assert first.offer_key == "KK-ENG1"
    assert first.provider == ProviderRef(dbh_code="0238", name="Høgskulen på Eksempelet")
    assert first.title == "Engelsk 1 for 1.-7. trinn, vidareutdanning"
    assert first.raw["Studieprogramnavn"] == "Engelsk 1  for 1.-7.  trinn, vidareutdanning"
    assert (first.department, first.level_code, first.nus_code) == ("Fakultet for lærarutdanning", "LN", "025101")
    assert (first.credits, first.credit_scheme, first.languages, first.url) == (Decimal(30), "ECTS", ("no",), None)
    (run,) = first.runs
    assert (run.term, run.term_assumed, run.delivery) == ("2025H", False, "campus")


def test_identical_rows_come_out_twice_with_one_key() -> None:
    first, second, *_ = sample("reply.json")
    assert (first.position, second.position) == (1, 2)
    assert first.key == second.key
    assert first.raw == second.raw


def test_sami_slashes_spaces_and_partial_columns() -> None:
    _, _, sami, spaces, forkurs = sample("reply.json")
    assert sami.key == "0217/SÁMI/1/2025V"
    assert sami.title == "Sámegiella 1 / Samisk 1 for lærere"
    assert (sami.languages, sami.department, sami.runs[0].delivery) == (("se",), None, "online")
    assert spaces.key == "1150/MFT 05H X/2024H"
    assert (spaces.level_code, spaces.credits, spaces.languages) == ("HN", Decimal("7.5"), ("en",))
    assert (spaces.runs[0].term_assumed, spaces.runs[0].delivery) == (True, "hybrid")
    assert (forkurs.credits, forkurs.credit_scheme, forkurs.languages) == (None, None, ())
    assert forkurs.runs[0].delivery == "gatherings"


def test_csv_gives_the_same_offers_and_the_row_numbers_of_a_spreadsheet(dbh: Desk) -> None:
    english, sami = sample("semicolon.csv")
    assert (english.position, sami.position) == (2, 3)
    assert (english.key, english.title) == ("0238/KK-ENG1/2025H", "Engelsk 1; for 1.-7. trinn")
    assert (sami.key, sami.provider.dbh_code) == ("0217/SÁMI/1/2025V", "0217")
    rows = [list(GOOD), list(GOOD.values()), [], ["", "", "", ""], [*GOOD.values()]]
    found = dbh.read(as_csv(*rows, delimiter=","))
    assert [row.position for row in offers(found)] == [2, 5]


@pytest.mark.parametrize(
    ("columns", "field", "value", "reason"),
    [
        ({"Institusjonskode": None}, "Institusjonskode", None, "Institusjonskode: Verdien mangler."),
        ({"Studieprogramkode": "  "}, "Studieprogramkode", None, "Studieprogramkode: Verdien mangler."),
        ({"Studieprogramnavn": ""}, "Studieprogramnavn", None, "Studieprogramnavn: Verdien mangler."),
        ({"Årstall": None}, "Årstall", None, "Årstall: Verdien mangler."),
        ({"Årstall": "25"}, "Årstall", "25", "«25» er ikke et år mellom 1990 og 2100."),
        ({"Årstall": "1989"}, "Årstall", "1989", "«1989» er ikke et år"),
        ({"Årstall": "2101"}, "Årstall", "2101", "«2101» er ikke et år"),
        ({"Årstall": "²⁰²⁵"}, "Årstall", "²⁰²⁵", "er ikke et år"),
        ({"Institusjonskode": "NTNU"}, "Institusjonskode", "NTNU", "«NTNU» er ikke fire sifre."),
        ({"Semester": "2"}, "Semester", "2", "«2» er ikke et kjent semester."),
        ({"Studiepoeng": "tretti"}, "Studiepoeng", "tretti", "«tretti» er ikke et tall fra 0 til 600."),
        ({"Studiepoeng": "-5"}, "Studiepoeng", "-5", "er ikke et tall"),
        ({"Studiepoeng": "NaN"}, "Studiepoeng", "NaN", "er ikke et tall"),
        ({"Studieprogramnavn": "a\x00b"}, "Studieprogramnavn", "a\\u0000b", "usynlig tegn"),
        ({"Studieprogramnavn": "a\ud800b"}, "Studieprogramnavn", "a\\ud800b", "usynlig tegn"),
        ({"a\x00": "b"}, "a\\u0000", "b", "usynlig tegn"),
    ],
)  # fmt: skip
def test_a_bad_row_says_which_column_what_value_and_what_to_do(
    dbh: Desk, columns: dict[str, str | None], field: str, value: str | None, reason: str
) -> None:
    row = rejected(dbh, **columns)
    assert (row.field, row.value) == (field, value)
    assert row.reason.startswith(f"Rad 1, {field}: ")
    assert reason in row.reason
    assert row.cure.endswith(".")
    json.dumps(dict(row.raw)).encode()
    assert not any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in str(row))


def test_all_faults_of_a_row_are_told_at_once(dbh: Desk) -> None:
    row = rejected(dbh, Årstall="25", Semester="9", Institusjonskode=None)
    assert [row.reason.count(column) for column in ("Institusjonskode:", "Årstall:", "Semester:")] == [1, 1, 1]
    assert all(column in row.cure for column in ("Institusjonskode", "Årstall", "Semester"))


@pytest.mark.parametrize(
    ("columns", "delivery"),
    [
        ({"Organisering_kode": "1"}, "campus"),
        ({"Organisering_kode": "3"}, "online"),
        ({"Organisering": "Undervisning ved institusjonen"}, "campus"),
        ({"Organisering": "Nettbasert undervisning"}, "online"),
        ({"Organisering_kode": "2", "Organisering": "Desentralisert undervisning"}, "gatherings"),
        ({"Organisering": "Samlingsbasert"}, "gatherings"),
        ({"Organisering": "Nettbasert undervisning med samlinger"}, "hybrid"),
        ({"Organisering": "Noe annet"}, None),
        ({}, None),
    ],
)
def test_delivery(dbh: Desk, columns: dict[str, str], delivery: str | None) -> None:
    assert only(dbh, **columns).runs[0].delivery == delivery


@pytest.mark.parametrize(
    ("semester", "term"), [("1", "2025V"), ("3", "2025H"), ("Vår", "2025V"), ("høst", "2025H"), (3, "2025H")]
)
def test_semester(dbh: Desk, semester: object, term: str) -> None:
    run = only(dbh, Semester=semester).runs[0]
    assert (run.term, run.term_assumed) == (term, False)


def test_columns_are_known_whatever_the_case_and_a_semester_may_come_by_name(dbh: Desk) -> None:
    (row,) = dbh.read(as_json([{key.upper(): value for key, value in GOOD.items()} | {"semesternavn": "Vår"}]))
    assert isinstance(row, OfferRecord)
    assert row.key == "1150/A/2025V"


def test_numbers_are_kept_as_they_were_sent(dbh: Desk) -> None:
    (row,) = dbh.read(
        '[{"Institusjonskode": 238, "Studieprogramkode": 7, "Studieprogramnavn": "X", "Årstall": 2025, "Studiepoeng": 7.50}]'
    )
    assert isinstance(row, OfferRecord)
    assert (row.key, row.raw["Studiepoeng"]) == ("0238/7/2025H", "7.50")


def test_a_nus_code_that_is_none_is_left_in_raw_only(dbh: Desk) -> None:
    assert only(dbh, **{"NUS-kode": "ukjent"}).nus_code is None
    assert only(dbh, **{"NUS-kode": "025101"}).nus_code == "025101"


def test_letters_are_composed(dbh: Desk) -> None:
    assert only(dbh, Studieprogramnavn="A\u030ar").title == "År"


def test_an_element_that_is_no_row_is_rejected(dbh: Desk) -> None:
    rows = dbh.read(as_json([GOOD, "tekst", None, ["liste"], {}]))
    assert [row.position for row in offers(rows)] == [1]
    assert [row.position for row in rejections(rows)] == [2, 3, 4, 5]
    assert "«tekst» er ikke en rad" in rejections(rows)[0].reason


def test_a_list_in_a_row_is_kept_as_json(dbh: Desk) -> None:
    (row,) = dbh.read(as_json([{"Studieprogramkode": "A", "aar": ["2021", "2022"]}]))
    assert isinstance(row, RejectedRow)
    assert row.raw["aar"] == '["2021", "2022"]'


def test_a_status_that_counts_otherwise_gives_a_notice(dbh: Desk) -> None:
    rows = dbh.read(as_json([{"status": {**STATUS, "antall": 331}}, GOOD]))
    assert notices(rows) == ["Antall rader ifølge DBH er 331, men filen har 1."]
    assert len(offers(rows)) == 1
    assert notices(dbh.read(as_json([{"status": STATUS}, GOOD, GOOD]))) == [
        "Antall rader ifølge DBH er 1, men filen har 2."
    ]
    assert notices(dbh.read(as_json([{"status": STATUS}, GOOD]))) == []
    assert notices(dbh.read(as_json([{"status": {**STATUS, "antall": None}}, GOOD, {"status": "x"}]))) == []


def test_rows_of_one_key_that_differ_give_a_notice(dbh: Desk) -> None:
    rows = dbh.read(as_json([GOOD, {**GOOD, "Avdelingsnavn": "Annen"}, GOOD]))
    assert len(offers(rows)) == 3
    (notice,) = notices(rows)
    assert notice.startswith("1 rad har samme nøkkel som en tidligere rad")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "Filen er tom."),
        (b"[]", "ingen rader"),
        (as_json([{"status": {**STATUS, "antall": 0}}]), "ingen rader"),
        (as_json({"status": {"returkode": 5, "melding": "Ugyldig filter."}}), "«Ugyldig filter.»"),
        (as_json({"Message": "An error has occurred."}), "«An error has occurred.»"),
        (as_json({"error": {"code": "1"}}), '«{"code": "1"}»'),
        (as_json({"rader": [GOOD]}), "ett JSON-objekt, ikke listen"),
        (as_json([{"status": {**STATUS, "returkode": 7, "melding": "Tabellen er stengt."}}]), "«Tabellen er stengt.»"),
        (as_json([{"status": {"returkode": 7}}]), "returkode 7"),
        (as_json([{"status": {**STATUS, "tabell_id": 104}}, GOOD]), "gjelder tabell 104"),
        ("{ikke json}", "ikke gyldig JSON"),
        ("bare tekst", "verken JSON eller CSV"),
        ("Institusjonskode;Antall\n1150;3\n", "verken JSON eller CSV"),
        (as_csv(list(GOOD)), "ingen rader"),
        ('Institusjonskode;Studieprogramkode;Årstall\n1150;"A;2025\n', "midt i en tekst"),
        (as_xlsx(list(GOOD)), "regneark eller en ZIP-fil"),
        ("<html>", "nettside"),
    ],
)
def test_replies_that_are_refused_whole(dbh: Desk, content: bytes | str, reason: str) -> None:
    refusal = dbh.refused(content)
    assert reason in refusal.reason
    assert refusal.cure.endswith(".")


def test_csv_rows_that_do_not_fit_are_rejected_alone(dbh: Desk) -> None:
    heading, good = ";".join(GOOD), ";".join(GOOD.values())
    rows = dbh.read(f'{heading}\n{good}\n1150;A\n1150;"A" x;B;2025\n1150;A;{"x" * 200_000};2025\n{good}\n')
    assert [row.position for row in offers(rows)] == [2, 6]
    short, quotes, long = rejections(rows)
    assert "Raden har 2 felt, men overskriften har 4." in short.reason
    assert short.raw == {"Institusjonskode": "1150", "Studieprogramkode": "A"}
    assert "Anførselstegnene står feil" in quotes.reason
    assert "lengre enn 131 072 tegn" in long.reason


def test_white_space_before_the_list_and_empty_rows_before_the_heading_do_not_matter(dbh: Desk) -> None:
    assert len(offers(dbh.read("\n\t " + as_json([GOOD])))) == 1
    (row,) = offers(dbh.read(as_csv([], ["", ""], list(GOOD), list(GOOD.values()))))
    assert row.position == 4
    assert dbh.refused("  {}").reason.startswith("Filen er ett JSON-objekt")


def test_cp1252_is_read_with_a_notice(dbh: Desk) -> None:
    rows = dbh.read(as_csv(list(GOOD), ["1150", "A", "Læring på høgskolen", "2025"]).encode("cp1252"))
    assert offers(rows)[0].title == "Læring på høgskolen"
    assert "cp1252" in notices(rows)[0]


@pytest.mark.skipif(not SHARED_DATA.is_dir(), reason="real feeds are not here: ../shared/data is absent")
class TestRealRows:
    def test_every_row_of_twelve_institutions_is_understood_once(self) -> None:
        seen = 0
        for path in sorted((SHARED_DATA / "dbh347").glob("*.json")):
            announced = [row for row in json.loads(path.read_text()) if "status" not in row]
            rows = list(dbh_347.read(Payload(path, path.name)))
            assert [row.raw for row in offers(rows)] == announced
            assert len(rows) == len(announced)
            assert len({row.key for row in offers(rows)}) == len(announced)
            seen += len(rows)
        assert seen == 6_394

    @pytest.mark.parametrize(
        ("name", "understood", "rejected_rows"),
        [
            ("347_studieprogram_alle_kolonner.excerpt.json", 12, 0),
            ("347_alle_2024.excerpt.json", 0, 24),  # neither name nor year was asked for
        ],
    )
    def test_every_row_of_an_excerpt_comes_out_once(self, name: str, understood: int, rejected_rows: int) -> None:
        path: Path = SHARED_DATA / "dbh" / name
        rows = list(dbh_347.read(Payload(path, name)))
        assert (len(offers(rows)), len(rejections(rows))) == (understood, rejected_rows)
        positions = [row.position for row in rows if isinstance(row, OfferRecord | RejectedRow)]
        assert positions == list(range(1, understood + rejected_rows + 1))

    @pytest.mark.parametrize("name", ["347_hvl_0238_videreutdanning.excerpt.json", "347_ntnu_1150_kompis.excerpt.json"])
    def test_rows_in_another_layout_are_refused_whole(self, dbh: Desk, name: str) -> None:
        reason = dbh.refused((SHARED_DATA / "dbh" / name).read_bytes()).reason
        assert reason == "Ingen rader i filen er slik dette formatet har dem."

    def test_another_table_is_refused(self, dbh: Desk) -> None:
        path = SHARED_DATA / "dbh" / "104_kandidater_totaler.excerpt.json"
        assert "tabell 104" in dbh.refused(path.read_bytes()).reason
