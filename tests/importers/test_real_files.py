"""Every real file, read with every format: its own gives rows, the others refuse it whole or account for each row."""

import json
from pathlib import Path

import pytest

from importers import formats
from importers.protocol import Notice, Payload, PayloadRefused, RejectedRow
from tests.importers.feeds import SHARED_DATA

if not SHARED_DATA.is_dir():
    pytest.skip("real feeds are not here (../shared/data)", allow_module_level=True)

FORMATS = formats.formats()
FILES = sorted(path for path in SHARED_DATA.rglob("*") if path.is_file() and path.name != "PROVENANCE.txt")
#: Folder or file -> the format that it is of. What has none is refused by all: reference lists, maps, curricula.
OWN = {
    "brreg": "brreg", "dbh347": "dbh-347", "dbh/347_studie": "dbh-347", "dbh/347_alle": "dbh-347",
    "dbh/104": "dbh-completions", "emil3/susa_navet_events": "emil3", "fs/oslomet": "fs", "kommuneinfo/1236": "klass",
    "kouta": "kouta", "nbr": "nbr", "nus": "nus", "ooapi": "ooapi", "schemaorg": "schema-org", "xcri": "xcri-cap",
}  # fmt: skip
#: What is refused by its own format too, and why.
REFUSED = {
    "brreg/sok_enhet_ingen_treff.json": "søket ga ingen treff",
    "brreg/sok_underenhet_ingen_treff.json": "søket ga ingen treff",
    "kouta/konfo-ui.haku.mocks.json": "Ingen rader i filen er slik",  # replies by their addresses, kept by a test tool
    "kouta/konfo-ui.komoto-amk.mocks.json": "Ingen rader i filen er slik",
    "xcri/studyMode1_0.xml": "ytterst står <vdex>",  # a list of codes
}
LARGE = 300_000  # bytes: larger files are read with the formats that take that kind of file, not with all


def name_of(path: Path) -> str:
    return path.relative_to(SHARED_DATA).as_posix()


def own_format(path: Path) -> str | None:
    return next((own for start, own in OWN.items() if name_of(path).startswith(start)), None)


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
ALIKE = {("nus", "klass"), ("klass", "nus"), ("nbr", "nsr")}
