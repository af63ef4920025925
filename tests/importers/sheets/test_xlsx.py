from datetime import date, datetime, time

import pytest

from importers.sheets.xlsx import _text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None), ("", None), ("0238", "0238"), (30, "30"), (30.0, "30"), (7.5, "7.5"), (True, "ja"), (False, "nei"),
        (date(2026, 8, 17), "2026-08-17"), (datetime(2026, 8, 17, 9, 30), "2026-08-17"), (time(9, 30), "09:30:00"),
    ],
)  # fmt: skip
def test_cells_become_text(value: object, text: str | None) -> None:
    assert _text(value) == text
