import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.formats.offers_sheet.columns import COLUMNS
from importers.sheets.columns import index, letter, plain


def test_no_heading_means_two_columns() -> None:
    headings = {(plain(heading), column.field) for column in COLUMNS for heading in column.headings}
    assert len(headings) == len(index(COLUMNS))


@pytest.mark.parametrize(("place", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (701, "ZZ"), (702, "AAA")])
def test_letters_are_those_of_a_spreadsheet(place: int, letters: str) -> None:
    assert letter(place) == letters


@given(heading=st.sampled_from([h for column in COLUMNS for h in column.headings]), data=st.data())
def test_case_spaces_and_signs_do_not_matter(heading: str, data: st.DataObject) -> None:
    written = "".join(
        data.draw(st.sampled_from([c.upper(), c.lower()])) + data.draw(st.sampled_from(["", " ", "_", "\u00a0", "*"]))
        for c in heading
    )
    assert plain(written) == plain(heading)
