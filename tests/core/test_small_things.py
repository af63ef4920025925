"""Terms, text, clock and paging."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import literal, union_all
from sqlmodel import col, select

from registry.core import clock, terms
from registry.core.db import Database
from registry.core.paging import paged
from registry.core.text import fold, norwegian_sort_key, slug, valid_orgnr
from registry.reference.models import County

TERMS = st.builds(lambda year, half: f"{year:04}{half}", st.integers(6, 9990), st.sampled_from("VH"))


@given(TERMS, st.integers(-10, 10))
def test_shifting_back_and_forth_is_the_same_term(term: str, by: int) -> None:
    assert terms.shift(terms.shift(term, by), -by) == term


@given(TERMS)
def test_a_term_holds_its_first_and_last_day_and_no_more(term: str) -> None:
    assert terms.of(terms.first_day(term)) == terms.of(terms.last_day(term)) == term
    assert terms.sort_key(terms.shift(term, 1)) > terms.sort_key(term)


def test_the_database_orders_terms_by_time_where_text_would_not(database: Database) -> None:
    years = [f"{year}{half}" for year in (2025, 2026, 2027) for half in "VH"]
    column = union_all(*(select(literal(term).label("term")) for term in reversed(years))).subquery().c.term
    with database.read() as session:
        assert session.exec(select(column).order_by(terms.in_order(column))).all() == years
        late = select(column).where(terms.in_order(column) >= terms.in_order("2026H"))
        assert set(session.exec(late)) == {"2026H", "2027V", "2027H"}


@pytest.mark.parametrize("wrong", ["2026", "2026h", "26H", "2026X", "", "2026H ", "2026H\n", "٢٠٢٦H"])
def test_what_is_not_a_term_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a term"):
        terms.parse(wrong)


def test_norwegian_order_is_not_the_code_points() -> None:
    names = ["Ås", "Østfold", "Ærlig", "Aasen", "Zoo", "Ask", "Åsnes"]
    assert sorted(names, key=norwegian_sort_key) == ["Ask", "Zoo", "Ærlig", "Østfold", "Ås", "Aasen", "Åsnes"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Norsk språk 1", "norsk-sprak-1"),
        ("Sámi giella", "sami-giella"),
        ("  Mat & helse – 5.–10. ", "mat-helse-5-10"),
        ("", ""),
    ],
)
def test_slugs(text: str, expected: str) -> None:
    assert slug(text) == expected


def test_white_space_is_folded() -> None:
    assert fold("  Pedagogikk  1  for\ttospråklige ") == "Pedagogikk 1 for tospråklige"


@pytest.mark.parametrize(
    ("number", "valid"), [("974788985", True), ("974788986", False), ("12345678", False), ("97478898x", False)]
)
def test_organisation_numbers(number: str, valid: bool) -> None:
    assert valid_orgnr(number) is valid


def test_a_norwegian_day_begins_and_ends_in_norway() -> None:
    day = date(2026, 7, 1)
    assert clock.start_of_day(day).isoformat() == "2026-06-30T22:00:00+00:00"
    assert clock.end_of_day(day) > clock.start_of_day(day)


def test_a_page_past_the_end_is_the_last_page(database: Database) -> None:
    with database.read() as session:
        query = select(County).order_by(col(County.code))
        page = paged(session, query, 99, 10)
        assert (page.number, page.pages, page.total, len(page.items)) == (2, 2, 15, 5)
        assert paged(session, query, -3, 10).number == 1
