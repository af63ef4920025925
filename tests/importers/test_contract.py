"""What every format owes: a name, a title, its quirks in words, a sample and a line in the docs."""

import re
from pathlib import Path

import pytest

from importers import formats
from importers.protocol import Format, Notice, OfferRecord, Payload, RejectedRow, Yields, yields
from tests.importers.feeds import SAMPLES

REPOSITORY = Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs" / "importers.md"
FORMATS = formats.formats()


def test_formats_are_found_by_walking_the_folder() -> None:
    assert {"dbh-347", "offers-sheet"} <= set(FORMATS)
    assert list(FORMATS) == sorted(FORMATS)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(formats.UnknownFormat, match=r"«dbh347» finnes ikke.*dbh-347, .*offers-sheet") as refused:
        formats.get("dbh347")
    assert refused.value.known == list(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_format_is_described(name: str) -> None:
    module = FORMATS[name]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", module.NAME)
    assert re.fullmatch(r"[^\n]+", module.TITLE)
    assert "Quirks" in (module.__doc__ or "")
    assert f"`{name}`" in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_every_sample_is_read_row_by_row(name: str) -> None:
    samples = sorted((SAMPLES / name).iterdir())
    assert samples
    for sample in samples:
        rows = list(FORMATS[name].read(Payload(sample, sample.name)))
        positions = [row.position for row in rows if not isinstance(row, Notice)]
        assert positions == sorted(set(positions))
        understood = [row for row in rows if not isinstance(row, Notice | RejectedRow)]
        assert understood
        assert all(isinstance(row, OfferRecord) for row in understood) == (yields(FORMATS[name]) is Yields.OFFERS)


def test_a_module_that_is_no_format_is_told_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "nothing_here.py").write_text("NAME = 'nothing'\n")
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path)])
    with pytest.raises(TypeError, match="nothing_here lacks"):
        formats.formats()


def test_two_formats_of_one_name_are_told_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "zz_again.py").write_text("NAME = 'dbh-347'\nTITLE = 'Again'\ndef read(payload): ...\n")
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path)])
    with pytest.raises(ValueError, match="two formats are named dbh-347"):
        formats.formats()


def test_the_protocol_is_checked_at_run_time() -> None:
    assert all(isinstance(module, Format) for module in FORMATS.values())


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_under_the_contract_that_keeps_them_apart(name: str) -> None:
    contract = (
        (REPOSITORY / ".importlinter")
        .read_text(encoding="utf-8")
        .partition("[importlinter:contract:formats-stand-alone]")[2]
    )
    assert f"    {FORMATS[name].__name__}\n" in contract
