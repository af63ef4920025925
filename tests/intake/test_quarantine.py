"""A row that could not be taken waits, is repaired or set aside, and is never lost."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from registry.core.db import Database
from registry.core.errors import Conflict, InvalidInput, NeedsReason, NotAllowed, NotFound
from registry.intake.models import ImportRun, QuarantinedRow, SourceRecord
from registry.intake.operations import discard, discard_all, import_payloads, retry, retry_all
from registry.intake.reading.result import ImportResult
from registry.intake.states import QuarantineState
from registry.offers.models import Offer
from registry.reference.models import Organisation
from tests.intake.deliveries import DAY, KEEPER, Feed, dbh, rows, sheet, staff

SAMPLES = Path(__file__).parents[1] / "importers" / "samples"


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


def _item(
    identifier: str, name: str | None, organisation: str = "Norges teknisk-naturvitenskapelige universitet"
) -> Any:
    course = {"courseId": identifier, "organization": {"name": [{"language": "nb-NO", "value": organisation}]}}
    return {**course, "name": [{"language": "nb-NO", "value": name}]} if name else course


def _ooapi(feed: Feed, *items: Any, folder: Path | None = None) -> ImportResult:
    path = feed.folder / "kurs.json"
    path.write_text(json.dumps({"items": items}), encoding="utf-8")
    return import_payloads(feed.database, KEEPER, "ooapi", [path], as_of=DAY, payload_folder=folder)


def test_a_row_that_came_as_json_is_repaired_field_by_field(feed: Feed, database: Database) -> None:
    result = _ooapi(feed, _item("a-1", "Kurs A"), _item("b-1", None))
    assert (result.new, result.quarantined) == (1, 1)
    [row] = waiting(database)
    assert row.raw["organization"].startswith("{")
    with pytest.raises(InvalidInput), database.write() as session:
        retry(session, KEEPER, row.pk, row.raw)
    with database.write() as session:
        assert retry(session, KEEPER, row.pk, {**row.raw, "name": "Kurs B"}).new == 1
    assert {offer.title for offer in rows(database, select(Offer))} == {"Kurs A", "Kurs B"}
    again = _ooapi(feed, _item("a-1", "Kurs A"), _item("b-1", "Kurs B"))
    assert (again.new, again.unchanged + again.changed) == (0, 2), "the repaired row is known when it comes by itself"


def test_a_row_is_tried_as_it_came_when_what_it_lacked_is_known(feed: Feed, database: Database, tmp_path: Path) -> None:
    xml = (SAMPLES / "xcri-cap").glob("*.xml")
    result = import_payloads(database, KEEPER, "xcri-cap", [min(xml)], as_of=DAY, payload_folder=tmp_path / "payloads")
    found = [row for row in waiting(database) if "registeret" in row.reason]
    assert result.quarantined >= len(found) > 0
    with database.write() as session:
        provider = session.exec(select(Organisation).where(Organisation.dbh_code == "1150")).one()
        provider.name_nb = re.findall("«([^»]+)»", found[0].reason)[0]
    with database.write() as session, pytest.raises(InvalidInput, match="XML"):
        retry(session, KEEPER, found[0].pk, {**found[0].raw, "dc:title": "Et annet navn"})
    with database.write() as session:
        taken = retry(session, KEEPER, found[0].pk, found[0].raw, payload_folder=tmp_path / "payloads")
    assert (taken.seen, taken.new) == (1, 1)


def test_rows_with_one_fault_are_repaired_together(feed: Feed, database: Database) -> None:
    feed.sheet(*(sheet(f"T{n}", Plasser="mange") for n in range(3)), sheet("T9", Plasser="mange", Termin="aldri"))
    found = waiting(database)
    with database.write() as session:
        result = retry_all(session, KEEPER, [row.pk for row in found], {"Plasser": "30"})
    assert (result.seen, result.new, result.quarantined) == (4, 3, 1)
    states = Counter(row.state for row in rows(database, select(QuarantinedRow)))
    assert states == {QuarantineState.REPAIRED: 3, QuarantineState.DISCARDED: 1, QuarantineState.WAITING: 1}
    [left] = waiting(database)
    assert left.field == "Termin"
    with pytest.raises(InvalidInput), database.write() as session:
        retry_all(session, KEEPER, [left.pk])
    assert [row.pk for row in waiting(database)] == [left.pk], "nothing is changed where nothing is taken"


def test_rows_are_set_aside_together(feed: Feed, database: Database) -> None:
    feed.sheet(*(sheet(f"T{n}", Plasser="mange") for n in range(3)))
    found = [row.pk for row in waiting(database)]
    with pytest.raises(NeedsReason), database.write() as session:
        discard_all(session, KEEPER, found, " ")
    with database.write() as session:
        assert discard_all(session, KEEPER, found, "Gjelder ikke oss") == 3
    with pytest.raises(Conflict), database.write() as session:
        retry_all(session, KEEPER, found)
    assert {row.handled_note for row in rows(database, select(QuarantinedRow))} == {"Gjelder ikke oss"}


def test_rows_of_different_deliveries_are_not_taken_together(feed: Feed, database: Database) -> None:
    feed.sheet(sheet("A", Plasser="mange"))
    feed.sheet(sheet("B", Plasser="få"))
    found = [row.pk for row in waiting(database)]
    assert len(found) == 2
    for ids, wrong in ((found, NotFound), ([], InvalidInput), ([found[0], 9_999], NotFound)):
        with pytest.raises(wrong), database.write() as session:
            retry_all(session, KEEPER, ids)
    with pytest.raises(NotAllowed), database.write() as session:
        discard_all(session, staff(1), found[:1], "x")


@pytest.mark.parametrize("kept", [b"", None])
def test_a_payload_that_is_lost_or_spoilt_does_not_stop_a_repair(
    feed: Feed, database: Database, tmp_path: Path, kept: bytes | None
) -> None:
    folder = tmp_path / "payloads"
    _ooapi(feed, _item("a-1", "Kurs A", "Ukjent sted"), folder=folder)
    [row] = waiting(database)
    with database.write() as session:
        session.exec(select(Organisation).where(Organisation.dbh_code == "1150")).one().name_nb = "Ukjent sted"
    [path] = [each for each in folder.rglob("*") if each.is_file()]
    path.unlink() if kept is None else path.write_bytes(kept)
    with database.write() as session:
        assert retry(session, KEEPER, row.pk, row.raw, payload_folder=folder).new == 1


@pytest.mark.parametrize("raw", [{"items": '[{"courseId": "x"}, {"courseId": "y"}]'}, {"organization": "{uferdig"}])
def test_a_repair_is_one_row(feed: Feed, database: Database, raw: dict[str, str]) -> None:
    _ooapi(feed, _item("a-1", None))
    [row] = waiting(database)
    with pytest.raises(InvalidInput), database.write() as session:
        retry(session, KEEPER, row.pk, {**row.raw, **raw})


def test_rows_about_people_are_not_taken_together(feed: Feed, database: Database) -> None:
    run = feed.sheet(sheet(Plasser="mange")).run
    [row] = waiting(database)
    with database.write() as session:
        session.get_one(ImportRun, run).format = "applications-sheet"
    with pytest.raises(NotFound), database.write() as session:
        retry_all(session, KEEPER, [row.pk])
