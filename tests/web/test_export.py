import csv
import io
import json

import pytest
import tablib
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from registry.web.export import as_csv, as_json, as_sheet, neutral
from registry.web.tables import Column, Table


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+47",
        "-2",
        "@SUM(A1)",
        " =1",
        "\t=1",
        "\r\n=1",
        "\xa0=1",
        "＝1",
        "\u200b=1",
        "\ufeff=1",
        "＋1",
        "－1",
        "＠x",
        "　=1",
        "\u202e=1",
    ],
)
def test_formulas_are_neutralised(text: str) -> None:
    assert neutral(text) == f"'{text}"


@pytest.mark.parametrize("value", ["Norsk 1", "5–10. trinn", "", "1=1", "'=1", -5, 3.5, None, True])
def test_the_rest_is_left_alone(value: object) -> None:
    assert neutral(value) == value


@given(st.text())
def test_nothing_that_is_kept_starts_a_formula_when_trimmed(text: str) -> None:
    kept = neutral(text)
    assert kept.lstrip()[:1] not in set("=+-@")


def test_csv_is_what_norwegian_excel_opens(client: FlaskClient) -> None:
    answer = client.get("/nn/demo/tabell.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="tilbud-per-tilbyder.csv"'
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert rows[1] == ["Nord universitet", "42", "0,314", "2026-03-01"]
    assert rows[2] == ["'=HYPERLINK(1)", "", "0,05", ""]
    assert len(rows) == 4


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_sheets_hold_the_same_rows(client: FlaskClient, kind: str) -> None:
    answer = client.get(f"/nb/demo/tabell.{kind}")
    rows = tablib.Dataset().load(answer.data, format=kind)
    assert rows.headers == ["Tilbyder", "Tilbud", "Andel", "Frist"]
    assert len(rows) == 3
    assert rows[0][1] == 42
    assert str(rows[1][0]).startswith("'=")


def test_json_is_data_and_not_cells(client: FlaskClient) -> None:
    rows = json.loads(client.get("/nb/demo/tabell.json").text)
    assert rows[1] == {"name": "=HYPERLINK(1)", "offers": None, "share": 0.05, "due": None}


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_every_kind_of_file_takes_any_stored_text(texts: list[str]) -> None:
    """What stands in a database from before it was refused breaks no file for everybody."""
    table = Table("tabell", [Column("text", "Navn", value=str)], texts)
    for kind in ("xlsx", "ods"):
        body = as_sheet(table, kind)
        assert len(tablib.Dataset().load(body, format=kind)) <= len(texts)  # empty rows at the end are not read
    read = list(csv.reader(io.StringIO(as_csv(table).decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [row[0] if row else "" for row in read[1:]] == [neutral(one) for one in texts]
    assert [row["text"] for row in json.loads(as_json(table))] == texts
