"""A row that could not be taken waits, is repaired or set aside, and is never lost."""

import pytest
from sqlmodel import select

from registry.core.db import Database
from registry.core.errors import Conflict, InvalidInput, NeedsReason, NotAllowed, NotFound
from registry.intake.models import QuarantinedRow, SourceRecord
from registry.intake.operations import discard, retry
from registry.intake.states import QuarantineState
from registry.offers.models import Offer
from tests.intake.deliveries import KEEPER, Feed, dbh, rows, sheet, staff


def waiting(database: Database) -> list[QuarantinedRow]:
    return rows(database, select(QuarantinedRow).where(QuarantinedRow.state == QuarantineState.WAITING))


def test_a_repaired_row_goes_through_the_same_door(feed: Feed, database: Database) -> None:
    feed.dbh(dbh("A"), dbh("B") | {"Årstall": "to tusen"})
    [row] = waiting(database)
    assert row.raw["Årstall"] == "to tusen"
    with database.write() as session:
        result = retry(session, KEEPER, row.pk, {**row.raw, "Årstall": "2024"})
    assert (result.seen, result.new, result.vanished) == (1, 1, 0)
    assert {offer.key for offer in rows(database, select(Offer))} == {"1150-a", "1150-b"}
    assert all(record.absent_since is None for record in rows(database, select(SourceRecord)))
    [row] = rows(database, select(QuarantinedRow))
    assert (row.state, row.handled_by) == (QuarantineState.REPAIRED, KEEPER.name)
    with pytest.raises(Conflict), database.write() as session:
        retry(session, KEEPER, row.pk, row.raw)


def test_a_sheets_row_is_repaired_too(feed: Feed, database: Database) -> None:
    feed.sheet(sheet(Plasser="tretti"))
    [row] = waiting(database)
    with database.write() as session:
        assert retry(session, KEEPER, row.pk, {**row.raw, "Plasser": "30"}).new == 1


@pytest.mark.parametrize("still", [{"Årstall": "i fjor"}, {"Institusjonskode": "9999", "Årstall": "2024"}])
def test_a_row_that_is_still_wrong_stays_waiting(feed: Feed, database: Database, still: dict[str, str]) -> None:
    feed.dbh(dbh() | {"Årstall": "to tusen"})
    [row] = waiting(database)
    with pytest.raises(InvalidInput), database.write() as session:
        retry(session, KEEPER, row.pk, {**row.raw, **still})
    assert len(waiting(database)) == 1
    assert not rows(database, select(Offer))


def test_an_emptied_row_is_no_repair(feed: Feed, database: Database) -> None:
    feed.dbh(dbh() | {"Årstall": "to tusen"})
    [row] = waiting(database)
    with pytest.raises(InvalidInput), database.write() as session:
        retry(session, KEEPER, row.pk, dict.fromkeys(row.raw, ""))
    with pytest.raises(InvalidInput), database.write() as session:
        retry(session, KEEPER, row.pk, {})


def test_setting_a_row_aside_needs_a_reason_and_lasts(feed: Feed, database: Database) -> None:
    bad = dbh(institution="9999")
    feed.dbh(bad)
    [row] = waiting(database)
    with pytest.raises(NeedsReason), database.write() as session:
        discard(session, KEEPER, row.pk, "  ")
    with database.write() as session:
        discard(session, KEEPER, row.pk, "Ikke en tilbyder.")
    feed.dbh(bad, dbh())
    assert not waiting(database)
    notes = [row.handled_note for row in rows(database, select(QuarantinedRow))]
    assert notes == ["Ikke en tilbyder."] * 2


def test_a_row_that_comes_again_waits_once(feed: Feed, database: Database) -> None:
    bad = dbh(institution="9999")
    first, second = feed.dbh(bad), feed.dbh(dbh(), bad)
    [row] = waiting(database)
    assert (row.import_run_id, row.position) == (second.run, 2)
    [old] = rows(database, select(QuarantinedRow).where(QuarantinedRow.import_run_id == first.run))
    assert old.state is QuarantineState.DISCARDED
    assert old.handled_by == "system:import"


def test_foreign_rows_are_out_of_reach(feed: Feed, database: Database) -> None:
    feed.dbh(dbh(institution="9999"))
    [row] = waiting(database)
    for verb in (lambda s, a, i: retry(s, a, i, {}), lambda s, a, i: discard(s, a, i, "x")):
        with pytest.raises(NotAllowed), database.write() as session:
            verb(session, staff(1), row.pk)
        with pytest.raises(NotFound), database.write() as session:
            verb(session, KEEPER, 9_999)
