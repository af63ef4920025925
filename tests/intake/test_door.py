"""The door of every import: who may deliver, which files are let in, and what the same file again or a rehearsal leaves behind."""

from pathlib import Path

import pytest
from sqlmodel import select

from registry.core import clock
from registry.core.db import Database
from registry.core.errors import InvalidInput, NotAllowed
from registry.intake.models import ImportRun
from registry.intake.operations import import_payloads
from registry.intake.states import ImportOutcome
from registry.reference.models import Organisation
from tests.intake.deliveries import DAY, KEEPER, Feed, dbh, digests, rows, staff

#: What an import that changes nothing may still write: that it took place, and that the rows were seen again.
BOOKKEEPING = {
    "leave_out": ("import_run", "outbox"),
    "columns": ("source_record.last_seen_id", "source_record.seen_on"),
}


def provider_id(database: Database, code: str) -> int:
    with database.read() as session:
        return session.exec(select(Organisation).where(Organisation.dbh_code == code)).one().pk


def test_the_same_delivery_again_changes_nothing(feed: Feed, database: Database) -> None:
    delivery = [dbh(), dbh(year=2023), dbh("MAT1", "Matematikk 1", institution="0238")]
    feed.dbh(*delivery)
    before = digests(database, **BOOKKEEPING)
    again = feed.dbh(*reversed(delivery))  # other bytes, the same rows
    assert (again.seen, again.unchanged, again.new, again.changed) == (3, 3, 0, 0)
    assert digests(database, **BOOKKEEPING) == before


def test_the_very_same_bytes_are_counted_without_being_read(feed: Feed, database: Database) -> None:
    feed.dbh(dbh(), dbh(), dbh(year=2023))
    path = feed.folder / "347-1.json"
    before = digests(database, **BOOKKEEPING)
    read: list[int] = []
    again = import_payloads(database, KEEPER, "dbh-347", [path], as_of=DAY, progress=read.append)
    assert read == []
    assert (again.seen, again.unchanged) == (3, 3)
    assert digests(database, **BOOKKEEPING) == before


def test_only_one_provider_is_accepted_where_it_is_asked_for(feed: Feed, database: Database) -> None:
    result = feed.dbh(dbh(), dbh(institution="0238"), provider="1150")
    assert (result.new, result.quarantined) == (1, 1)
    assert "Høgskulen på Vestlandet" in result.rejections[0].reason
    with pytest.raises(InvalidInput):
        feed.dbh(dbh(), provider="finnes ikke")


@pytest.mark.parametrize("named", ["1150", "974767880", "NTNU", "Norges teknisk-naturvitenskapelige universitet"])
def test_a_provider_may_be_named_in_four_ways(feed: Feed, named: str) -> None:
    assert feed.dbh(dbh(), provider=named).new == 1


def test_staff_may_deliver_for_their_own_institution_only(feed: Feed, database: Database) -> None:
    own = staff(provider_id(database, "1150"))
    assert feed.dbh(dbh(), provider="1150", actor=own).new == 1
    for provider in ("0238", None):
        with pytest.raises(NotAllowed):
            feed.dbh(dbh(), provider=provider, actor=own)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02\x03" * 100,
        b"<html><body>Logg inn</body></html>",
        b'[{"Institusjonskode": "1150"',
        b"[]",
        b"{}",
    ],
    ids=["empty", "binary", "html", "cut", "no-rows", "no-list"],
)
def test_a_file_that_cannot_be_trusted_changes_nothing(feed: Feed, database: Database, content: bytes) -> None:
    feed.dbh(dbh())
    before = digests(database, leave_out=("import_run",))
    result = feed.file(content)
    assert result.outcome is ImportOutcome.REFUSED
    assert result.exit_code == 1
    assert result.message
    assert "\n" not in result.message
    assert digests(database, leave_out=("import_run",)) == before
    [run] = rows(database, select(ImportRun).where(ImportRun.id == result.run))
    assert (run.outcome, run.message, run.seen) == (ImportOutcome.REFUSED, result.message, 0)


def test_one_bad_file_of_several_refuses_them_all_by_name(feed: Feed, database: Database) -> None:
    good, bad = feed.folder / "god.json", feed.folder / "dårlig.json"
    good.write_text('[{"Institusjonskode": "1150"}]')
    bad.write_text("")
    result = import_payloads(database, KEEPER, "dbh-347", [good, bad], as_of=DAY)
    assert result.message is not None
    assert result.message.startswith("dårlig.json: ")


def test_a_dry_run_tells_everything_and_changes_nothing(feed: Feed, database: Database) -> None:
    feed.dbh(dbh(title="Engelsk 1"))
    before = digests(database)
    kept = feed.folder / "payloads"
    result = feed.dbh(dbh(title="Engelsk 2"), dbh("NY"), dbh(institution="9999"), dry_run=True, payload_folder=kept)
    assert (result.seen, result.new, result.changed, result.quarantined) == (3, 1, 1, 1)
    assert result.run is None
    assert result.offers_new == [("1150-ny", "Engelsk 1, 1.-7. trinn")]
    assert digests(database) == before
    assert not kept.exists()
    assert feed.file(b"", dry_run=True).run is None
    assert digests(database) == before


def test_a_rehearsal_of_the_very_same_bytes_changes_nothing_either(feed: Feed, database: Database) -> None:
    feed.dbh(dbh(), dbh(year=2023))
    before = digests(database)
    again = import_payloads(database, KEEPER, "dbh-347", [feed.folder / "347-1.json"], as_of=DAY, dry_run=True)
    assert (again.outcome, again.seen, again.unchanged, again.run) == (ImportOutcome.DONE, 2, 2, None)
    assert digests(database) == before


def test_payloads_are_kept_by_their_digest(feed: Feed, database: Database, tmp_path: Path) -> None:
    result = feed.dbh(dbh(), payload_folder=tmp_path / "kept")
    [run] = rows(database, select(ImportRun).where(ImportRun.id == result.run))
    digest = run.payloads[0]["sha256"]
    assert (tmp_path / "kept" / digest[:2] / digest).read_bytes() == (feed.folder / "347-1.json").read_bytes()


def test_unknown_formats_and_no_files_are_said_so(database: Database) -> None:
    with pytest.raises(InvalidInput, match="finnes ikke"):
        import_payloads(database, KEEPER, "nonsense", ["x"])
    with pytest.raises(InvalidInput, match="fil"):
        import_payloads(database, KEEPER, "dbh-347", [])


def test_as_of_is_today_where_it_is_not_given(feed: Feed, database: Database) -> None:
    result = feed.dbh(dbh(), as_of=None)
    with database.read() as session:
        assert session.get_one(ImportRun, result.run).as_of == clock.today()
