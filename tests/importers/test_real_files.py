"""Every real file, read with every format: its own gives rows, the others refuse it whole or account for each row."""

import json
from pathlib import Path

import pytest

from importers import formats
from importers.protocol import Notice, Payload, PayloadRefused, RejectedRow
from tests.importers.feeds import SHARED_DATA
from tests.importers.real import FILES, REFUSED, name_of, own_format

if not SHARED_DATA.is_dir():
    pytest.skip("real feeds are not here (../shared/data)", allow_module_level=True)

FORMATS = formats.formats()
LARGE = 300_000  # bytes: larger files are read with the formats that take that kind of file, not with all


def outcome(path: Path, name: str) -> tuple[int, int, str | None]:
    """Rows understood, rows rejected, and the reason where the file is refused whole."""
    understood = rejected = 0
    positions: list[int] = []
    try:
        for row in FORMATS[name].read(Payload(path, path.name)):
            if isinstance(row, Notice):
                assert row.text.endswith(".")
                continue
            positions.append(row.position)
            json.dumps(dict(row.raw), ensure_ascii=False).encode()
            if isinstance(row, RejectedRow):
                assert row.reason.startswith(f"Rad {row.position}, ")
                assert row.cure.endswith(".")
                rejected += 1
            else:
                understood += 1
    except PayloadRefused as refusal:
        return 0, 0, f"{refusal.reason} {refusal.cure}"
    assert positions == sorted(set(positions))
    return understood, rejected, None


def test_every_file_is_walked() -> None:
    assert len(FILES) > 60


@pytest.mark.parametrize("path", [path for path in FILES if own_format(path)], ids=name_of)
def test_a_file_is_read_by_its_own_format(path: Path) -> None:
    understood, rejected, reason = outcome(path, own_format(path) or "")
    assert reason is None or reason.endswith(".")
    expected = REFUSED.get(name_of(path))
    assert (expected or "") in (reason or "")
    assert (understood + rejected == 0) == (expected is not None), reason


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_file_is_refused_or_accounted_for_by_every_other_format(path: Path) -> None:
    own = own_format(path)
    others = set(FORMATS) - {own} - {"applications-sheet", "counts-sheet", "plan-sheet"}
    for name in sorted(others if path.stat().st_size < LARGE else others & {"schema-org", "elm", "klass"}):
        understood, _, reason = outcome(path, name)
        if own is None:
            assert reason is not None, f"{name} takes what is of no format"
        elif (own, name) not in ALIKE:
            assert understood == 0, f"{name} takes what is of {own}"


#: Formats that tell the same things in the same way.
ALIKE = {("nus", "klass"), ("klass", "nus")}
