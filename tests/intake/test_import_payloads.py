"""What becomes of every row of a delivery."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session, select

from registry.applications.models import Application
from registry.applications.states import Standing
from registry.core import audit, clock
from registry.core.db import Database
from registry.core.errors import NeedsDecision
from registry.core.events import OutboxRow
from registry.intake.models import QuarantinedRow, RecordChange, Source, SourceRecord
from registry.intake.operations import import_payloads
from registry.intake.states import RecordEvent
from registry.offers.guards import install_loss_guard, remove_loss_guard
from registry.offers.models import FieldOrigin, Offer, OfferProvider, OfferTarget, Origin, Run, RunPlace
from registry.offers.states import CancelReason, CreditScheme, Delivery, OfferState, RunState
from registry.reference.models import Organisation
from tests.intake.deliveries import KEEPER, Feed, dbh, rows, sheet


def offers(database: Database) -> dict[str, Offer]:
    return {offer.key: offer for offer in rows(database, select(Offer))}


def runs(database: Database) -> dict[str, Run]:
    return {run.key: run for run in rows(database, select(Run))}


def test_a_row_becomes_a_published_offer_with_a_run_a_record_and_a_log(feed: Feed, database: Database) -> None:
    result = feed.dbh(dbh())
    assert (result.seen, result.new, result.changed, result.unchanged, result.quarantined) == (1, 1, 0, 0, 0)
    offer = offers(database)["1150-eng1"]
    assert (offer.title, offer.native_code, offer.level_code) == ("Engelsk 1, 1.-7. trinn", "ENG1", "LN")
    assert offer.state is OfferState.PUBLISHED
    assert runs(database)["1150-eng1-2024H"].state is RunState.CLOSED
    with database.read() as session:
        record = session.exec(select(SourceRecord)).one()
        assert record.raw["Studieprogramkode"] == "ENG1"
        assert record.offer_id == offer.id
        log = [
            (e.thing, e.event, e.from_state, e.to_state)
            for e in session.exec(select(audit.AuditEntry).order_by(audit.AuditEntry.id))
        ]
        topics = {(row.topic, row.key) for row in session.exec(select(OutboxRow))}
    assert log == [
        ("offer", "established", None, "draft"),
        ("offer", "publish", "draft", "published"),
        ("run", "established", None, "closed"),
    ]
    assert topics == {("offer.changed", "1150-eng1")}


def test_what_was_told_in_hindsight_took_effect_then(feed: Feed, database: Database) -> None:
    feed.dbh(dbh(year=2021), dbh(year=2022))
    entries = rows(database, select(audit.AuditEntry).where(audit.AuditEntry.thing == "offer"))
    assert {entry.at.year for entry in entries} == {2021}
    assert all(entry.recorded_at.year > 2021 for entry in entries)


def test_several_years_are_runs_of_one_offer_and_the_newest_names_it(feed: Feed, database: Database) -> None:
    feed.dbh(dbh(title="Engelsk for barnetrinnet", year=2023), dbh(title="Engelsk 1, 1.-7. trinn", year=2024))
    assert [offer.title for offer in offers(database).values()] == ["Engelsk 1, 1.-7. trinn"]
    assert sorted(runs(database)) == ["1150-eng1-2023H", "1150-eng1-2024H"]


def test_an_older_year_does_not_rename_the_offer(feed: Feed, database: Database) -> None:
    feed.dbh(dbh(title="Engelsk 1", year=2024))
    feed.dbh(dbh(title="Engelsk 1", year=2024), dbh(title="English", year=2020))
    assert [offer.title for offer in offers(database).values()] == ["Engelsk 1"]


def test_the_name_fills_what_the_feed_leaves_open(feed: Feed, database: Database) -> None:
    feed.dbh(dbh(title="KOMPiS Engelsk 1, 1.-7. trinn, 30 studiepoeng, nettbasert"))
    offer = offers(database)["1150-eng1"]
    assert (offer.school_years, offer.step, offer.subject_code) == ("1-7", 1, "engelsk")
    assert (offer.credits, offer.credit_scheme) == (Decimal(30), CreditScheme.ECTS)
    assert offer.schemes == ["kompis"]
    assert runs(database)["1150-eng1-2024H"].delivery is Delivery.ONLINE
    origins = {origin.field: origin for origin in rows(database, select(FieldOrigin))}
    targets = [(target.setting, target.role) for target in rows(database, select(OfferTarget))]
    assert targets == [("primary_1_7", None)]
    assert origins["school_years"].origin is Origin.DERIVED
    assert origins["school_years"].evidence == "1.-7. trinn"
    assert 0.9 < (origins["school_years"].confidence or 0) <= 1
    assert origins["delivery"].thing == "run"


def test_the_feed_beats_the_name(feed: Feed, database: Database) -> None:
    feed.sheet(sheet(title="Engelsk 1, 30 studiepoeng", Studiepoeng="15", Skoletrinn="5-10"))
    offer = offers(database)["1150-no1"]
    assert (offer.credits, offer.school_years) == (Decimal(15), "5-10")
    with database.read() as session:
        assert "credits" not in {origin.field for origin in session.exec(select(FieldOrigin))}


def test_a_changed_row_changes_its_offer_and_says_what(feed: Feed, database: Database) -> None:
    feed.dbh(dbh(title="Engelsk 1"))
    result = feed.dbh(dbh(title="Engelsk 2"))
    assert (result.new, result.changed, result.unchanged) == (0, 1, 0)
    assert result.offers_changed == [("1150-eng1", "Engelsk 2")]
    assert offers(database)["1150-eng1"].step == 2
    [change] = rows(database, select(RecordChange).where(RecordChange.event == RecordEvent.CHANGED))
    [entry] = rows(database, select(audit.AuditEntry).where(audit.AuditEntry.event == "changed"))
    assert change.fields == {"title": ["Engelsk 1", "Engelsk 2"]}
    assert entry.details is not None
    assert entry.details["fields"]["step"] == [1, 2]


def test_an_identical_row_twice_is_unchanged_and_a_differing_one_is_quarantined(feed: Feed, database: Database) -> None:
    result = feed.dbh(dbh(), dbh(), dbh(title="Noe annet"))
    assert (result.seen, result.new, result.unchanged, result.quarantined) == (3, 1, 1, 1)
    assert result.to_json()["rejected"][0]["position"] == 3
    assert "rad 1" in result.rejections[0].reason
    assert offers(database)["1150-eng1"].title == "Engelsk 1, 1.-7. trinn"


def test_an_unknown_provider_is_quarantined_with_a_cure(feed: Feed, database: Database) -> None:
    result = feed.dbh(dbh(institution="9999"), dbh())
    assert (result.seen, result.new, result.quarantined) == (2, 1, 1)
    [row] = rows(database, select(QuarantinedRow))
    assert row.raw["Institusjonskode"] == "9999"
    assert "9999" in row.reason
    assert row.cure


def test_a_predecessors_code_is_the_same_provider(feed: Feed, database: Database) -> None:
    feed.dbh(dbh(institution="0264", year=2022), dbh(institution="1177", year=2024))
    assert sorted(offers(database)) == ["1177-eng1"]
    assert sorted(runs(database)) == ["1177-eng1-2022H", "1177-eng1-2024H"]


def test_codes_that_are_written_alike_stay_two_offers(feed: Feed, database: Database) -> None:
    feed.dbh(dbh("MUS 1"), dbh("MUS-1"), dbh("///"))
    keys = sorted(offers(database))
    assert len(keys) == 3
    assert keys[1] == "1150-mus-1" or keys[0] == "1150-mus-1"
    feed.dbh(dbh("///", "Ny"), dbh("MUS-1", "Ny"), dbh("MUS 1", "Ny"))
    assert sorted(offers(database)) == keys


def test_a_sheet_tells_of_a_joint_offer_its_places_and_dates(feed: Feed, database: Database) -> None:
    result = feed.sheet(
        sheet(Samarbeidspartnere="0238; Nord universitet", Kommuner="5001; Bodø; Atlantis", Plasser="30",
              Søknadsfrist="15.12.2025", Undervisningsform="samlinger", Fag="Norsk", Målgrupper="kindergarten:teacher")
    )  # fmt: skip
    assert result.new == 1
    assert any("Atlantis" in notice for notice in result.notices)
    run = runs(database)["1150-no1-2026V"]
    assert (run.places, run.delivery, run.state) == (30, Delivery.GATHERINGS, RunState.OPEN)
    with database.read() as session:
        links = session.exec(select(OfferProvider)).all()
        names = {
            (organisation.dbh_code, link.leads)
            for link in links
            if (organisation := session.get(Organisation, link.organisation_id))
        }
        places = {place.municipality_code for place in session.exec(select(RunPlace))}
        source_key = session.exec(select(Source.key)).one()
    assert source_key == "offers-sheet:1150"
    assert names == {("1150", True), ("0238", False), ("1174", False)}
    assert places == {"5001", "1804"}


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({"Termin": "2026H"}, RunState.PLANNED),
        ({"Termin": "2025V"}, RunState.CLOSED),
        ({"Søknad åpner": "01.11.2025"}, RunState.PLANNED),
        ({"Søknad åpner": "01.09.2025"}, RunState.OPEN),
        ({"Søknad åpner": "01.09.2025", "Søknadsfrist": "01.10.2025"}, RunState.OPEN),
        ({"Søknadsfrist": "30.09.2025"}, RunState.CLOSED),
        ({"Termin": "2025H", "Starter": "10.10.2025"}, RunState.PLANNED),
    ],
)
def test_a_run_comes_in_the_state_that_its_dates_tell(
    feed: Feed, database: Database, given: dict[str, str], state: RunState
) -> None:
    assert feed.sheet({**sheet(), **given}).new == 1
    assert [run.state for run in runs(database).values()] == [state]


def test_a_run_is_brought_on_by_the_feed_and_never_back(feed: Feed, database: Database) -> None:
    opens = {"Søknad åpner": "01.09.2025"}
    feed.sheet(sheet(Plasser="20", **{"Søknad åpner": "01.11.2025"}))
    feed.sheet(sheet(Plasser="20", **opens))
    assert runs(database)["1150-no1-2026V"].state is RunState.OPEN
    feed.sheet(sheet(Plasser="25", **{"Søknad åpner": "01.11.2025"}))
    assert runs(database)["1150-no1-2026V"].state is RunState.OPEN
    assert runs(database)["1150-no1-2026V"].places == 25
    with database.read() as session:
        log = session.exec(
            select(audit.AuditEntry.event).where(audit.AuditEntry.thing == "run").order_by(audit.AuditEntry.id)
        ).all()
    assert log == ["established", "changed", "open", "changed"]


@pytest.mark.parametrize(
    ("words", "reason", "text"),
    [("få søkere", CancelReason.FEW_APPLICANTS, None), ("taket lekker", CancelReason.OTHER, "taket lekker")],
)
def test_a_cancelled_run_is_cancelled_with_its_reason(
    feed: Feed, database: Database, words: str, reason: CancelReason, text: str | None
) -> None:
    feed.sheet(sheet())
    feed.sheet({**sheet(), "Avlyst": "ja", "Grunn til avlysning": words})
    feed.sheet(
        {**sheet(), "Avlyst": "ja", "Grunn til avlysning": words},
        {**sheet("X", "Ny"), "Avlyst": "ja", "Grunn til avlysning": words},
    )
    for run in runs(database).values():
        assert (run.state, run.cancel_reason, run.cancel_text) == (RunState.CANCELLED, reason, text)
    entries = rows(database, select(audit.AuditEntry).where(audit.AuditEntry.event == "cancel"))
    told = [row.key for row in rows(database, select(OutboxRow).where(OutboxRow.topic == "run.cancelled"))]
    assert [entry.reason_code for entry in entries] == [str(reason)] * 2
    assert told == ["1150-no1-2026V", "1150-x-2026V"]


def test_a_cancellation_by_feed_displaces_its_applicants(feed: Feed, database: Database) -> None:
    feed.sheet(sheet())
    with database.write() as session:
        run = session.exec(select(Run)).one()
        session.add(Application(run_id=run.pk, applicant_key="k1:abc", applied_at=clock.now()))
    feed.sheet({**sheet(), "Avlyst": "ja", "Grunn til avlysning": "få søkere"})
    [application] = rows(database, select(Application))
    assert application.standing is Standing.DISPLACED


def test_the_last_offer_of_a_small_subject_is_not_lost_by_feed(feed: Feed, database: Database) -> None:
    def guard(session: Session, offer: Offer, run: Run | None, commit_use: bool) -> None:
        raise NeedsDecision("Det siste tilbudet i faget krever et vedtak.")

    feed.sheet(sheet())
    install_loss_guard(guard)
    try:
        result = feed.sheet({**sheet(), "Avlyst": "ja", "Grunn til avlysning": "få søkere"})
    finally:
        remove_loss_guard(guard)
    assert result.changed == 1
    assert any("krever et vedtak" in notice for notice in result.notices)
    assert runs(database)["1150-no1-2026V"].state is RunState.PLANNED


def test_of_two_sources_the_stronger_is_heard_field_by_field(feed: Feed, database: Database) -> None:
    feed.sheet(sheet("ENG1", "Engelsk for alle", term="2024H", Studiepoeng="30"))
    feed.dbh(dbh(title="Engelsk 1, 1.-7. trinn", year=2024))
    offer = offers(database)["1150-eng1"]
    assert (offer.title, offer.credits) == ("Engelsk for alle", Decimal(30))  # the provider's own sheet
    assert (offer.level_code, offer.department) == ("LN", "Lærerutdanning")  # only DBH tells
    assert len(runs(database)) == 1
    feed.dbh(dbh(title="Engelsk 1", year=2024, Avdelingsnavn="Nytt institutt"))
    offer = offers(database)["1150-eng1"]
    assert (offer.title, offer.department) == ("Engelsk for alle", "Nytt institutt")


def test_what_staff_entered_in_the_pages_is_theirs(feed: Feed, database: Database) -> None:
    feed.dbh(dbh(title="Engelsk 1"))
    with database.write() as session:
        offer = session.exec(select(Offer)).one()
        offer.description = "Skrevet av en studieadministrator."
        offer.title = "Engelsk for de yngste"
    feed.dbh(dbh(title="Engelsk 2"))
    offer = offers(database)["1150-eng1"]
    assert (offer.title, offer.description) == ("Engelsk for de yngste", "Skrevet av en studieadministrator.")


def test_credits_of_a_vocational_college_need_their_kind(feed: Feed, database: Database) -> None:
    college = rows(database, select(Organisation).where(Organisation.kind == "vocational_college"))[0]
    row = {"Tilbyder": college.name_nb, "Tilbudskode": "A", "Navn": "Barn", "Termin": "2026V"}
    refused = feed.sheet({**row, "Credits": "30"})
    assert (refused.quarantined, refused.rejections[0].field) == (1, "Poengordning")
    assert feed.sheet({**row, "Credits": "30", "Poengordning": "fagskolepoeng"}).new == 1
    assert next(iter(offers(database).values())).credit_scheme is CreditScheme.FAGSKOLEPOENG


def test_real_rows_all_come_in(database: Database, shared_data: Path) -> None:
    files = sorted((shared_data / "dbh347").glob("*.json"))
    result = import_payloads(database, KEEPER, "dbh-347", files, as_of=date(2026, 5, 11))
    assert result.seen == 6394 == result.new + result.changed + result.unchanged + result.quarantined
    assert (result.new, result.quarantined, result.vanished) == (6394, 0, 0)
    found = offers(database)
    assert len(found) == 1631
    assert len(runs(database)) == 6394
    english = found["0238-kfk-enb1-n"]
    assert (english.title, english.school_years, english.step) == ("Engelsk 1, 1.-7. trinn", "1-7", 1)
