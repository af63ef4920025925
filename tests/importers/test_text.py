"""One definition of what cannot be stored: no less than what a workbook and XML refuse."""

import pytest
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from importers.text import quoted, storable, unstorable, visible


def allowed_in_xml(code: int) -> bool:
    """XML 1.0, 2.2: Char."""
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000


def test_nothing_is_storable_that_a_workbook_or_xml_refuses() -> None:
    for code in range(0x11000):
        sign = chr(code)
        refused = not allowed_in_xml(code) or ILLEGAL_CHARACTERS_RE.search(sign) is not None or code == 0x7F
        assert unstorable(sign) == refused, hex(code)


@pytest.mark.parametrize("sign", ["\x00", "\x0b", "\x0c", "\x1f", "\x7f", "\uffff", "\ud800"])
def test_what_cannot_be_stored_is_shown_and_can_be_taken_out(sign: str) -> None:
    text = f"Engelsk{sign}prøve"
    assert visible(text) == f"Engelsk\\u{ord(sign):04x}prøve"
    assert f"\\u{ord(sign):04x}" in str(quoted(text))
    assert storable(text) == "Engelsk prøve"
