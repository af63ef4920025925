"""What seldom happens to a delivery or a correction, and must still go right."""

from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session, select

from registry.core import audit
from registry.core.db import Database
from registry.core.errors import Conflict, InvalidInput
from registry.intake.models import ImportRun, QuarantinedRow, RecordChange, RecordRun, Source, SourceRecord
from registry.intake.operations import import_payloads, retry
from registry.intake.operations.deliver import deliver_same
from registry.intake.reading.facts import load_facts
from registry.intake.states import ImportOutcome, QuarantineState
from registry.offers.models import FieldOrigin, Offer, OfferSubject, Origin, Run, RunPlace
from registry.offers.states import CreditScheme
from registry.reference.models import Organisation
from tests.intake.deliveries import DAY, KEEPER, Feed, dbh, rows, sheet
from tests.intake.test_corrections import correct, the_offer, undo

_CATALOGUE = """<?xml version="1.0" encoding="UTF-8"?>
<catalog xmlns="http://xcri.org/profiles/1.2/catalog" xmlns:dc="http://purl.org/dc/elements/1.1/">
<provider><dc:title>{provider}</dc:title>
<course><dc:identifier>NO1</dc:identifier><dc:title>Norsk 1</dc:title></course>
</provider></catalog>"""


def credits_of(database: Database) -> tuple[Decimal | None, CreditScheme | None]:
    offer = the_offer(database)
    return offer.credits, offer.credit_scheme


def forget_the_feed(database: Database) -> None:
    """As if people had made the offer."""
    with database.write() as session:
        for model in (RecordChange, RecordRun, FieldOrigin, SourceRecord):
            for row in session.exec(select(model)):
                session.delete(row)
            session.flush()


def persons_fields(database: Database) -> set[str]:
    return {origin.field for origin in rows(database, select(FieldOrigin).where(FieldOrigin.origin == Origin.PERSON))}


def test_credits_struck_and_undone_come_back_with_the_kind_the_feed_told(feed: Feed, database: Database) -> None:
    feed.sheet(sheet(Studiepoeng="30", Poengordning="hp"))
    assert credits_of(database) == (Decimal(30), CreditScheme.HP)
    correct(database, "credits", None)
    assert credits_of(database) == (None, None)
    undo(database, "credits")
    assert credits_of(database) == (Decimal(30), CreditScheme.HP)
    assert not persons_fields(database)


def test_a_corrected_number_keeps_the_kind_it_had(feed: Feed, database: Database) -> None:
    feed.sheet(sheet(Studiepoeng="30", Poengordning="hp"))
    correct(database, "credits", "15")
    assert credits_of(database) == (Decimal(15), CreditScheme.HP)
    assert persons_fields(database) == {"credits"}
    undo(database, "credits")
    assert credits_of(database) == (Decimal(30), CreditScheme.HP)


def test_a_number_of_credits_needs_its_kind(feed: Feed, database: Database) -> None:
    feed.sheet(sheet(Studiepoeng="30"))
    with pytest.raises(InvalidInput, match="Velg hva slags poeng det er"):
        correct(database, "credit_scheme", None)
    assert credits_of(database) == (Decimal(30), CreditScheme.ECTS)


def test_the_kind_of_corrected_credits_is_not_taken_from_them(feed: Feed, database: Database) -> None:
    feed.dbh(dbh())
    correct(database, "credits", "7,5")
    with pytest.raises(InvalidInput, match="Velg hva slags poeng det er"):
        undo(database, "credit_scheme")
    assert credits_of(database) == (Decimal("7.5"), CreditScheme.ECTS)


def test_a_runs_correction_is_undone_to_what_the_feed_says(feed: Feed, database: Database) -> None:
    feed.sheet(sheet(Plasser="30"))
    correct(database, "places", 12, thing="run")
    assert rows(database, select(Run))[0].places == 12
    undo(database, "places", thing="run")
    assert rows(database, select(Run))[0].places == 30


def test_undone_without_a_feed_it_is_what_it_was_before_the_latest_correction(feed: Feed, database: Database) -> None:
    feed.dbh(dbh())
    forget_the_feed(database)
    correct(database, "department", "Første retting")
    undo(database, "department")
    with database.write() as session:
        session.exec(select(Offer)).one().department = "Skrevet i skjemaet"
    correct(database, "department", "Andre retting")
    correct(database, "step", 2)
    undo(database, "department")
    assert (the_offer(database).department, the_offer(database).step) == ("Skrevet i skjemaet", 2)


def test_further_subjects_are_corrected_and_given_back(feed: Feed, database: Database) -> None:
    feed.dbh(dbh())
    for wanted in (["norsk", "engelsk"], ["norsk"]):
        correct(database, "subjects", wanted)
        assert {subject.subject_code for subject in rows(database, select(OfferSubject))} == set(wanted)
    undo(database, "subjects")
    assert not rows(database, select(OfferSubject))
    entries = rows(database, select(audit.AuditEntry).where(audit.AuditEntry.event == "corrected"))
    assert [entry.details["to"] for entry in entries] == [["norsk", "engelsk"], ["norsk"]]


def test_places_that_the_feed_changes_replace_those_before(feed: Feed, database: Database) -> None:
    feed.sheet(sheet(Kommuner="5001"))
    for wanted in (["0301", "1103"], ["1103"]):
        assert feed.sheet(sheet(Kommuner=", ".join(wanted))).changed == 1
        assert sorted(place.municipality_code for place in rows(database, select(RunPlace))) == wanted
    [_, latest] = rows(database, select(audit.AuditEntry).where(audit.AuditEntry.event == "changed"))
    assert latest.details["fields"] == {"municipalities": [["0301", "1103"], ["1103"]]}


def test_a_sheet_of_several_providers_is_no_single_ones(feed: Feed, database: Database) -> None:
    feed.sheet(sheet("A", provider="9999"), sheet("B", provider="1150"), sheet("C", provider="0238"))
    [source] = rows(database, select(Source))
    assert (source.key, source.organisation_id) == ("offers-sheet", None)


def test_a_row_of_nobody_does_not_take_a_sheet_from_its_provider(feed: Feed, database: Database) -> None:
    feed.sheet(sheet("A", provider="9999"), sheet("B", provider="1150"))
    [source] = rows(database, select(Source))
    assert source.key == "offers-sheet:1150"
    assert source.organisation_id is not None


def test_bytes_that_were_the_last_ones_when_they_came_are_not_counted_once_others_have_come(
    feed: Feed, database: Database
) -> None:
    first = feed.dbh(dbh("A"))
    feed.dbh(dbh("A"), dbh("B"))  # while the first bytes were being recognised

    def take(session: Session) -> None:
        deliver_same(session, KEEPER, first.run or 0, [], facts=load_facts(session), day=DAY)

    with pytest.raises(Conflict, match="kom samtidig"), database.write() as session:
        take(session)
    assert len(rows(database, select(ImportRun))) == 2
    assert all(record.absent_since is None for record in rows(database, select(SourceRecord)))


def test_a_file_that_is_not_there_is_a_refused_delivery(database: Database, tmp_path: Path) -> None:
    result = import_payloads(database, KEEPER, "dbh-347", [tmp_path / "borte.json"], as_of=DAY)
    assert (result.outcome, result.seen) == (ImportOutcome.REFUSED, 0)
    assert "finnes ikke" in (result.message or "")
    [run] = rows(database, select(ImportRun))
    assert (run.outcome, run.message, run.payloads) == (ImportOutcome.REFUSED, result.message, [])


def test_a_sheets_row_that_was_emptied_is_no_repair(feed: Feed, database: Database) -> None:
    feed.sheet(sheet(Plasser="tretti"))
    [row] = rows(database, select(QuarantinedRow))
    with pytest.raises(InvalidInput, match="ingen rader"), database.write() as session:
        retry(session, KEEPER, row.pk, dict.fromkeys(row.raw, ""))
    [row] = rows(database, select(QuarantinedRow))
    assert row.state is QuarantineState.WAITING


def test_an_offer_without_runs_is_established_when_it_came(feed: Feed, database: Database) -> None:
    [institution] = rows(database, select(Organisation).where(Organisation.dbh_code == "1150"))
    path = feed.folder / "katalog.xml"
    path.write_text(_CATALOGUE.format(provider=institution.name_nb), encoding="utf-8")
    result = import_payloads(database, KEEPER, "xcri-cap", [path], as_of=DAY)
    assert (result.new, result.rejections) == (1, [])
    assert not rows(database, select(Run))
    [run] = rows(database, select(ImportRun))
    entries = rows(database, select(audit.AuditEntry).where(audit.AuditEntry.thing == "offer"))
    assert {entry.event: entry.at for entry in entries} == dict.fromkeys(("established", "publish"), run.started_at)


def test_what_the_form_gave_comes_back_though_credits_were_corrected_before(feed: Feed, database: Database) -> None:
    feed.dbh(dbh())
    forget_the_feed(database)
    correct(database, "credits", "7,5")
    undo(database, "credits")
    with database.write() as session:
        offer = session.exec(select(Offer)).one()
        offer.credits, offer.credit_scheme = Decimal(30), CreditScheme.HP
    correct(database, "credits", "15")
    undo(database, "credits")
    assert credits_of(database) == (Decimal(30), CreditScheme.HP)
    correct(database, "credits", None)
    undo(database, "credits")
    assert credits_of(database) == (Decimal(30), CreditScheme.HP)
