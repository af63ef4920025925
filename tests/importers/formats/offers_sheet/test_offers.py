"""What the lines of the sheet become: offers, their runs, and the lists of the registry."""

import csv
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from decimal import Decimal

import pytest

from importers.formats import offers_sheet
from importers.formats.offers_sheet.choices import LEVELS, ROLES, SETTINGS, cancel_reason, measure
from importers.formats.offers_sheet.columns import COLUMNS, OFFER, PROVIDER, RUN
from importers.protocol import OfferRecord, Payload, ProviderRef, RejectedRow, RunRecord
from tests.importers.feeds import SAMPLES, Desk, as_csv, offers, rejections
from tests.importers.formats.offers_sheet.given import DOCS, GOOD, REFERENCE


def test_the_sample_shows_every_kind_of_column() -> None:
    rows = list(offers_sheet.read(Payload(SAMPLES / "offers-sheet" / "offers.csv", "offers.csv")))
    english, again, mentors = offers(rows)
    assert english == OfferRecord(
        position=2,
        key="ENG1-1-7/2026H",
        offer_key="ENG1-1-7",
        provider=ProviderRef(dbh_code="1150"),
        title="Engelsk 1, 1.–7. trinn",
        raw=english.raw,
        title_language="nb",
        other_titles={"se": "Eaŋgalsgiella 1"},
        partners=(ProviderRef(dbh_code="0238"), ProviderRef(orgnr="974767880"), ProviderRef(name="Nord universitet")),
        level_code="LN",
        credits=Decimal(30),
        credit_scheme="ECTS",
        subject="Engelsk",
        target_groups=("primary_1_7:teacher", "Lærere på barnetrinnet"),
        school_years="1-7",
        step=1,
        measure="further_education",
        languages=("nb", "en"),
        tags=("desentralisert",),
        url="https://www.eksempel.no/engelsk-1",
        runs=(
            RunRecord(
                term="2026H",
                starts_on=date(2026, 8, 17),
                ends_on=date(2027, 6, 18),
                application_opens_on=date(2026, 2, 1),
                application_closes_on=date(2026, 4, 15),
                places=30,
                minimum=12,
                delivery="gatherings",
                municipalities=("5001", "Bodø"),
                apply_url="https://www.eksempel.no/sok",
            ),
        ),
    )
    assert english.raw["Navn"] == "Engelsk 1,  1.–7. trinn"
    assert (again.key, again.title, again.credits, again.position) == ("ENG1-1-7/2027H", english.title, Decimal(30), 3)
    assert (again.runs[0].cancelled, again.runs[0].cancel_reason, again.runs[0].delivery) == (
        True, "few_applicants", "online",
    )  # fmt: skip
    assert (mentors.key, mentors.runs[0].native_key) == ("VEIL/2026H/A", "A")
    assert mentors.runs[0].municipalities == ("0301",)
    (bad,) = rejections(rows)
    assert bad.reason == "Rad 5, Studiepoeng: «tretti» er ikke et tall."
    assert (bad.field, bad.value, bad.cure) == ("Studiepoeng", "tretti", "Skriv for eksempel 30 eller 7,5.")


def test_every_field_of_the_records_has_a_column() -> None:
    made_by_the_reader = {"position", "key", "raw", "provider", "runs", "other_titles", "term_assumed"}
    columns = [column.field for column in COLUMNS]
    assert len(columns) == len(set(columns))
    wanted = {f.name for kind in (OfferRecord, RunRecord, ProviderRef) for f in fields(kind)} - made_by_the_reader
    assert wanted | {"title_nb", "title_nn", "title_se", "title_en"} == set(columns)
    assert {c.field for c in PROVIDER} == {f.name for f in fields(ProviderRef)}


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.field)
def test_examples_are_readable_and_columns_are_in_the_docs(column: offers_sheet.columns.Column) -> None:
    column.read(column.example)
    assert column.explained.endswith(".")
    assert f"| {column.nb} | {column.nn} | {column.en} | `{column.field}` |" in DOCS.read_text(encoding="utf-8")


class TestLinesOfOneOffer:
    HEADINGS = (
        "Tilbudskode",
        "Navn",
        "Termin",
        "Institusjonskode",
        "Studiepoeng",
        "Gjennomføringskode",
        "Nivå",
        "Poengordning",
    )

    def read(self, sheet: Desk, *rows: tuple[str, ...]) -> Iterator[OfferRecord | RejectedRow]:
        for row in sheet.read(as_csv(self.HEADINGS, *rows)):
            assert isinstance(row, OfferRecord | RejectedRow)
            yield row

    def test_follow_on_lines_inherit_what_they_leave_empty(self, sheet: Desk) -> None:
        _, second = self.read(sheet, ("A", "Norsk", "2026H", "1150", "30"), ("A", "", "2027H", "1150", ""))
        assert isinstance(second, OfferRecord)
        assert (second.title, second.credits, second.credit_scheme) == ("Norsk", Decimal(30), "ECTS")

    def test_a_scheme_is_inherited_too(self, sheet: Desk) -> None:
        rows = self.read(
            sheet, ("A", "Norsk", "2026H", "1150", "30", "", "FS", "fagskolepoeng"), ("A", "", "2027H", "1150", "30")
        )
        assert [row.credit_scheme for row in rows if isinstance(row, OfferRecord)] == ["fagskolepoeng"] * 2

    def test_lines_that_disagree_are_told_with_both_values(self, sheet: Desk) -> None:
        _, second = self.read(sheet, ("A", "Norsk", "2026H", "1150", "30"), ("A", "Norsk 2", "2027H", "1150", "15"))
        assert isinstance(second, RejectedRow)
        assert "Navn: «Norsk 2» er ikke likt rad 2, som har samme tilbudskode og «Norsk»." in second.reason
        assert "Studiepoeng: «15» er ikke likt rad 2" in second.reason

    def test_partners_that_disagree_are_told_by_name(self, sheet: Desk) -> None:
        headings = [*GOOD, "Samarbeidspartnere"]
        rows = sheet.read(as_csv(headings, [*GOOD.values(), "0238; Nord"], ["ENG1", "", "2027H", "1150", "974767880"]))
        (row,) = rejections(rows)
        assert "«974767880» er ikke likt rad 2, som har samme tilbudskode og «0238; Nord»." in row.reason

    def test_one_run_twice_is_rejected_the_second_time(self, sheet: Desk) -> None:
        first, second = self.read(sheet, ("A", "Norsk", "2026H", "1150"), ("A", "Norsk", "2026H", "1150"))
        assert isinstance(first, OfferRecord)
        assert isinstance(second, RejectedRow)
        assert "Rad 2 har samme tilbudskode, termin" in second.reason

    def test_runs_in_one_term_are_told_apart_by_their_codes(self, sheet: Desk) -> None:
        rows = self.read(sheet, *[("A", "Norsk", "2026H", "1150", "30", code) for code in ("", "K1", "K2", "K2")])
        assert [getattr(row, "key", "rejected") for row in rows] == ["A/2026H", "A/2026H/K1", "A/2026H/K2", "rejected"]

    def test_another_provider_may_use_the_same_code(self, sheet: Desk) -> None:
        rows = list(self.read(sheet, ("A", "Norsk", "2026H", "1150"), ("A", "Engelsk", "2026H", "0238")))
        assert all(isinstance(row, OfferRecord) for row in rows)

    def test_a_rejected_first_line_lends_nothing(self, sheet: Desk) -> None:
        rows = list(self.read(sheet, ("A", "Norsk", "2026H", "1150", "x"), ("A", "", "2027H", "1150")))
        assert [type(row) for row in rows] == [RejectedRow, RejectedRow]


def test_the_lists_are_those_of_the_registry() -> None:
    """The names that the registry shows are understood as they stand; the lists have the same codes."""

    def rows(name: str) -> list[dict[str, str]]:
        with (REFERENCE / name).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    assert {row["code"] for row in rows("dbh_levels.csv")} == set(LEVELS)
    assert {row["code"] for row in rows("target_settings.csv")} == set(SETTINGS)
    assert {row["code"] for row in rows("target_roles.csv")} == set(ROLES)
    for row in rows("measures.csv"):
        assert {measure(row[column]) for column in ("code", "name_nb", "name_nn", "name_en")} == {row["code"]}
    for row in rows("reasons.csv"):
        if row["life"] == "run_cancel":
            assert {cancel_reason(row[c]) for c in ("code", "name_nb", "name_nn", "name_en")} == {row["code"]}


def test_offer_and_run_columns_are_fields_of_their_records() -> None:
    assert {c.field for c in RUN} <= {f.name for f in fields(RunRecord)}
    assert {c.field for c in OFFER if not c.field.startswith("title_")} <= {f.name for f in fields(OfferRecord)}
