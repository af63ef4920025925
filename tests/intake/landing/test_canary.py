"""Nobody's national identity number is anywhere once a sheet has come: not in the database, not on disk, not in a log."""

import io
import logging
from pathlib import Path

import openpyxl
import pytest

from registry.core.db import Database
from registry.core.errors import InvalidInput
from registry.intake.operations import import_payloads, retry
from tests.applications import making
from tests.intake.landing.sheets import ANNE, BODIL, CATO, Sender
from tests.reading import everything

NUMBERS = [ANNE, BODIL, CATO, ANNE[:-1] + "9", f"{BODIL[:6]} {BODIL[6:]}"]


@pytest.fixture
def sender(database: Database, tmp_path: Path) -> Sender:
    with database.write() as session:
        making.run(session, key="ours")
    return Sender(database, tmp_path)


def sheet() -> list[list[str]]:
    """Every way that we know of in which a number strays."""
    return [
        ["Kull", "Fødselsnummer", "Status", "Søknadsnummer", "Grunn", f"Notat {CATO}"],
        ["ours", ANNE, "søkt", f"S {BODIL}", "", ANNE],
        ["ours", NUMBERS[4], "tull", "", f"ringte {CATO}", ""],
        ["ours", NUMBERS[3], "søkt", "", "", ""],  # a wrong control digit
        ["ours", CATO, "trukket", "", f"flyttet, se {ANNE}", ""],
        [CATO, CATO, "søkt", "", "", ""],
    ]


def test_no_number_is_left_behind(
    sender: Sender, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with sender.database.read() as session:
        office = making.cast(session).office
    for kind in ("csv", "xlsx"):
        path = sender.home / f"{ANNE}.{kind}"
        if kind == "csv":
            path.write_text("\r\n".join(";".join(row) for row in sheet()), encoding="utf-8")
        else:
            book = openpyxl.Workbook()
            for row in sheet():
                book.active.append(row)
            stream = io.BytesIO()
            book.save(stream)
            path.write_bytes(stream.getvalue())
        for dry_run in (True, False):
            result = import_payloads(
                sender.database, office, "applications-sheet", [path], provider=making.INSTITUTION,
                keyring=sender.keyring, payload_folder=sender.settings.home / "payloads", dry_run=dry_run,
            )  # fmt: skip
            assert (result.seen, result.quarantined) == (5, 3)
            _clean(repr(result), "the answer")
        path.unlink()
    with sender.database.read() as session:
        row_id = (
            session.connection()
            .exec_driver_sql("SELECT min(id) FROM quarantined_row WHERE state = 'waiting'")
            .scalar_one()
        )
    for value in (NUMBERS[3], BODIL):  # still wrong, then right but for the status
        with pytest.raises(InvalidInput) as refused, sender.database.write() as session:
            raw = {"Kull": "ours", "Fødselsnummer": value, "Status": "tull", "Grunn": CATO}
            retry(session, office, row_id, raw, keyring=sender.keyring)
        _clean(f"{refused.value!r} {refused.value.details}", "the refusal")
    _clean("\n".join(everything(sender.database)), "the database")
    _clean(caplog.text, "the log")
    _clean("".join(capfd.readouterr()), "the screen")
    for path in sender.home.rglob("*"):
        _clean(str(path), "a file's name")
        if path.is_file():
            _clean(path.read_bytes().decode("latin-1"), str(path))


def _clean(text: str, where: str) -> None:
    for number in NUMBERS:
        assert number not in text, f"{number} in {where}"
        assert number.replace(" ", "")[:10] not in text, f"{number} in {where}"
