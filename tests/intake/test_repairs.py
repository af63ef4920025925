"""A row of a catalogue is repaired where it came: what it points at elsewhere in the file is there still."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from registry.core.db import Database
from registry.core.errors import InvalidInput
from registry.intake.models import ImportRun, QuarantinedRow, SourceRecord
from registry.intake.operations import import_payloads, retry, retry_all, trying
from registry.intake.states import QuarantineState
from registry.offers.models import Offer
from tests.intake.deliveries import DAY, KEEPER

NTNU = "Norges teknisk-naturvitenskapelige universitet"


def _xcri(folder: Path) -> Path:
    path = folder / "katalog.xml"
    path.write_text(
        '<catalog xmlns="http://xcri.org/profiles/1.2/catalog" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        f' xmlns:mlo="http://purl.org/net/mlo"><provider><dc:title>{NTNU}</dc:title>'
        "<course><dc:identifier>https://x.no/1</dc:identifier><presentation>"
        '<mlo:start dtf="2026-08-17">august</mlo:start></presentation></course></provider></catalog>',
        encoding="utf-8",
    )
    return path


def _cdm(folder: Path) -> Path:
    path = folder / "katalog.xml"
    path.write_text(
        f"<CDM><orgUnit><orgUnitName><text>{NTNU}</text></orgUnitName><course><courseID>K-1</courseID>"
        "<courseDescription>Om naturfag</courseDescription></course></orgUnit></CDM>",
        encoding="utf-8",
    )
    return path


def _emil(folder: Path) -> Path:
    event = {"identifier": "e.x.1", "education": "i.x.1", "providers": ["p.x"]}
    info = {"identifier": "i.x.1", "code": "NAT", "credits": {"system": {"code": "hp"}, "credits": ["7.5"]}}
    provider = {"identifier": "p.x", "name": {"strings": [{"lang": "swe", "value": NTNU}]}}
    return _json(
        folder,
        {
            "educationEvents": [{"id": "e.x.1", "content": event}],
            "educationInfos": [{"id": "i.x.1", "content": info}],
            "educationProviders": [{"id": "p.x", "content": provider}],
        },
    )


def _ooapi(folder: Path) -> Path:
    course = {"courseId": "c-1", "name": [{"language": "nb", "value": "Naturfag"}], "studyLoad": {"value": 15}}
    offering = {"offeringId": "o-1", "offeringType": "course", "course": "c-1", "startDate": "2026-08-17"}
    named = {"organization": {"name": [{"language": "nb", "value": NTNU}]}}
    return _json(folder, {"items": [{**course, **named}, offering]})


def _json(folder: Path, value: Any) -> Path:
    path = folder / "feed.json"
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def _waiting(database: Database) -> QuarantinedRow:
    with database.read() as session:
        return session.exec(select(QuarantinedRow).where(QuarantinedRow.state == QuarantineState.WAITING)).one()


@pytest.mark.parametrize(
    ("form", "write", "field", "text", "joined"),
    [
        ("xcri-cap", _xcri, "dc:title", "Naturfag 1", "august"),
        ("cdm", _cdm, "courseName", "Naturfag 1", "Om naturfag"),
        ("emil3", _emil, "title", "Naturfag 1", "7.5"),
    ],
)
def test_what_is_missing_is_filled_in_where_it_belongs(
    database: Database, tmp_path: Path, form: str, write: Callable[[Path], Path], field: str, text: str, joined: str
) -> None:
    kept = tmp_path / "payloads"
    import_payloads(database, KEEPER, form, [write(tmp_path)], as_of=DAY, payload_folder=kept)
    row = _waiting(database)
    assert (row.field, field in row.raw) == (field, False)
    with database.write() as session:
        result = retry(session, KEEPER, row.pk, {**row.raw, field: text}, payload_folder=kept)
    assert (result.seen, result.new) == (1, 1)
    with database.read() as session:
        assert session.exec(select(Offer.title)).one() == "Naturfag 1"
        record = session.exec(select(SourceRecord)).one()
        assert joined in json.dumps(record.raw), "the rest of the file was there when the row was read"
        [payload] = session.get_one(ImportRun, result.run).payloads
    assert payload["repairs"] == {str(row.position): {field: text}}, "it can be replayed"


def test_only_what_a_person_changed_is_changed() -> None:
    came = {"dc:title": "Gammelt", "dc:description": "Første\nandre", "url": None}
    sent = {"dc:title": "Nytt", "dc:description": "Første\r\nandre", "url": ""}
    assert trying._changes(came, sent) == {"dc:title": "Nytt"}


def test_what_stands_elsewhere_in_the_file_is_not_said_to_be_repaired(database: Database, tmp_path: Path) -> None:
    kept = tmp_path / "payloads"
    path = _xcri(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace(NTNU, ""), encoding="utf-8")
    import_payloads(database, KEEPER, "xcri-cap", [path], as_of=DAY, payload_folder=kept)
    row = _waiting(database)
    with pytest.raises(InvalidInput, match="provider"), database.write() as session:
        retry(session, KEEPER, row.pk, {**row.raw, "dc:title": "Naturfag", "provider": NTNU}, payload_folder=kept)
    assert _waiting(database).pk == row.pk


def test_an_offering_is_repaired_with_its_course_beside_it(database: Database, tmp_path: Path) -> None:
    kept = tmp_path / "payloads"
    path = _ooapi(tmp_path)
    whole = json.loads(path.read_text(encoding="utf-8"))
    whole["items"][1]["offeringType"] = "component"
    import_payloads(database, KEEPER, "ooapi", [_json(tmp_path, whole)], as_of=DAY, payload_folder=kept)
    row = _waiting(database)
    with database.write() as session:
        result = retry(session, KEEPER, row.pk, {**row.raw, "offeringType": "course"}, payload_folder=kept)
    assert (result.seen, result.quarantined) == (1, 0)
    with database.read() as session:
        told = [record.told for record in session.exec(select(SourceRecord).order_by(SourceRecord.id))]
    assert told[-1]["offer"]["title"] == "Naturfag", "its name stands with the course"


def test_a_value_that_does_not_show_where_it_came_is_read_by_itself(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "payloads"
    whole = json.loads(_ooapi(tmp_path).read_text(encoding="utf-8"))
    whole["items"][1]["offeringType"] = "component"
    import_payloads(database, KEEPER, "ooapi", [_json(tmp_path, whole)], as_of=DAY, payload_folder=kept)
    row = _waiting(database)
    monkeypatch.setattr(trying, "_shows", lambda *_: False)
    with pytest.raises(InvalidInput, match="course"), database.write() as session:
        retry(session, KEEPER, row.pk, {**row.raw, "offeringType": "course"}, payload_folder=kept)
    assert _waiting(database).raw == row.raw, "nothing is half taken"


def test_what_was_repaired_before_stays_repaired(database: Database, tmp_path: Path) -> None:
    kept = tmp_path / "payloads"
    whole = json.loads(_ooapi(tmp_path).read_text(encoding="utf-8"))
    [course, offering] = whole["items"]
    wrong = {**offering, "offeringType": "component"}
    whole["items"] = [course, wrong, {**wrong, "offeringId": "o-2", "course": "c-9"}]
    import_payloads(database, KEEPER, "ooapi", [_json(tmp_path, whole)], as_of=DAY, payload_folder=kept)
    with database.write() as session:
        rows = session.exec(select(QuarantinedRow.id).order_by(QuarantinedRow.position)).all()
        first = retry_all(session, KEEPER, rows, {"offeringType": "course"}, payload_folder=kept)
    assert (first.seen, first.quarantined) == (2, 1)
    row = _waiting(database)
    assert row.field == "course"
    with database.write() as session:
        second = retry(session, KEEPER, row.pk, {**row.raw, "course": "c-1"}, payload_folder=kept)
    assert (second.seen, second.quarantined) == (1, 0)
    with database.read() as session:
        [payload] = session.get_one(ImportRun, second.run).payloads
    assert payload["repairs"][str(row.position)] == {"offeringType": "course", "course": "c-1"}
