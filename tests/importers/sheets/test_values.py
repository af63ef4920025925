from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.formats.offers_sheet.columns import COLUMNS
from importers.sheets import values
from importers.sheets.columns import Column, Unreadable


@given(text=st.text(max_size=60), column=st.sampled_from(COLUMNS))
def test_any_text_is_read_or_refused_with_a_cure(text: str, column: Column) -> None:
    refused = None
    try:
        column.read(text)
    except Unreadable as error:
        refused = error
    assert refused is None or (refused.text[-1], refused.cure[-1]) == (".", ".")


@given(day=st.dates(date(1990, 1, 1), date(2100, 12, 31)))
def test_dates_in_both_ways_of_writing_are_the_same(day: date) -> None:
    assert (
        values.day(day.isoformat())
        == values.day(f"{day:%d.%m.%Y}")
        == values.day(f"{day.day}.{day.month}.{day.year}")
        == day
    )


@given(number=st.decimals(min_value=0, max_value=10_000, places=2))
def test_numbers_with_comma_or_point_are_the_same(number: Decimal) -> None:
    assert values.number(str(number)) == values.number(str(number).replace(".", ",")) == number


@given(
    first=st.integers(1, 13),
    last=st.integers(1, 13),
    template=st.sampled_from(["{}-{}", "{}.–{}. trinn", "{} til {}", "trinn {}–{}"]),
)
def test_school_years_are_in_order_or_refused(first: int, last: int, template: str) -> None:
    text = template.format(first, last)
    if first > last:
        with pytest.raises(Unreadable):
            values.school_years(text)
    else:
        assert values.school_years(text) == (str(first) if first == last else f"{first}-{last}")


@pytest.mark.parametrize("orgnr", ["974767880", "971035854", "971526920", "970546200", "974760673"])
def test_organisation_numbers_of_real_bodies(orgnr: str) -> None:
    assert values.is_orgnr(orgnr)


@given(orgnr=st.sampled_from(["974767880", "971035854"]), place=st.integers(0, 8), shift=st.integers(1, 9))
def test_one_wrong_digit_is_always_found(orgnr: str, place: int, shift: int) -> None:
    wrong = orgnr[:place] + str((int(orgnr[place]) + shift) % 10) + orgnr[place + 1 :]
    assert not values.is_orgnr(wrong)


@pytest.mark.parametrize(
    "read", [values.number, values.dbh_code, values.nus_code, values.orgnr, values.day, values.term]
)
def test_digits_of_other_scripts_are_no_digits(read: Callable[[str], object]) -> None:
    with pytest.raises(Unreadable):
        read("١٢٣٤٥٦٧٨٩")


def test_items_are_set_apart_and_told_once() -> None:
    assert values.items("a; b|c\nd;;a ; Lærere, 1.–7. trinn") == ("a", "b", "c", "d", "Lærere, 1.–7. trinn")
