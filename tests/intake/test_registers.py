"""Registers through the door of every import: counted, kept beside the raw row, altered when they say something else."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from registry.core import audit
from registry.core.db import Database
from registry.core.errors import InvalidInput
from registry.intake import operations as intake
from registry.intake.models import ImportRun, QuarantinedRow
from registry.intake.operations import import_payloads
from registry.intake.reading.result import ImportResult
from registry.intake.states import ImportOutcome
from registry.reference.models import (
    Organisation,
    OrganisationKind,
    RegisterCode,
    RegisterCodeLink,
    RegisterCount,
    RegisterUnit,
)
from tests.importers.feeds import SAMPLES
from tests.importers.real import FILES, REFUSED, name_of, own_format
from tests.intake.deliveries import DAY, KEEPER

SCHOOL = {
    "Organisasjonsnummer": "974767880", "Navn": "Eksempel skole", "Kommunenummer": "1103", "ErAktiv": True, "ErSkole": True,
}  # fmt: skip
#: Private kindergarten with an owner that no list of ours has; the numbers pass the control digit.
OWNER = "915933149"
KINDERGARTEN = {
    **SCHOOL, "ErSkole": False, "ErBarnehage": True, "ErPrivatBarnehage": True,
    "ForeldreRelasjoner": [
        {"Enhet": {"Organisasjonsnummer": OWNER, "Navn": "Eksempel AS"}, "Relasjonstype": {"Id": "6", "Navn": "Eierstruktur"}}
    ],
}  # fmt: skip


class Desk:
    """Deliveries of registers to one database."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder, self.count = database, folder, 0

    def take(self, name: str, content: Any, **options: Any) -> ImportResult:
        self.count += 1
        path = self.folder / f"{self.count}.json"
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        return import_payloads(self.database, KEEPER, name, [path], **{"as_of": DAY, **options})

    def sample(self, name: str, file: str) -> ImportResult:
        return import_payloads(self.database, KEEPER, name, [SAMPLES / name / file], as_of=DAY)


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, tmp_path)


def counts(result: ImportResult) -> tuple[int, int, int, int, int]:
    assert result.seen == result.new + result.changed + result.unchanged + result.quarantined
    return result.seen, result.new, result.changed, result.unchanged, result.quarantined


def unit(session: Session, source: str = "nsr") -> RegisterUnit:
    return session.exec(select(RegisterUnit).where(RegisterUnit.source == source)).one()


def test_a_unit_is_entered_kept_and_altered(desk: Desk) -> None:
    assert counts(desk.take("nsr", [SCHOOL])) == (1, 1, 0, 0, 0)
    assert counts(desk.take("nsr", [SCHOOL, SCHOOL])) == (2, 0, 0, 2, 0)
    later = desk.take("nsr", [{**SCHOOL, "Navn": "Nye Eksempel skole"}], as_of=date(2025, 11, 1))
    assert counts(later) == (1, 0, 1, 0, 0)
    with desk.database.read() as session:
        school = unit(session)
        assert (school.name, school.kinds, school.raw["Navn"]) == (
            "Nye Eksempel skole",
            ["school"],
            "Nye Eksempel skole",
        )
        assert (school.last_seen_id, school.seen_on) == (later.run, date(2025, 11, 1))
        assert school.first_seen_id < school.last_seen_id
        told = session.exec(select(audit.AuditEntry).where(audit.AuditEntry.event == "registered")).all()
        assert [entry.details for entry in told] == [{"new": 1, "changed": 0}, {"new": 0, "changed": 1}]


def test_what_a_page_does_not_tell_stays(desk: Desk) -> None:
    desk.take("nbr", [KINDERGARTEN])
    page = {key: value for key, value in KINDERGARTEN.items() if key != "ForeldreRelasjoner"}
    assert counts(desk.take("nbr", [page])) == (1, 0, 1, 0, 0)
    with desk.database.read() as session:
        assert unit(session, "nbr").owner_orgnr == OWNER


def test_a_deleted_unit_stays_with_its_last_day_and_may_come_back(desk: Desk) -> None:
    number = {"organisasjonsnummer": "974767880"}
    desk.take("brreg", [{**number, "navn": "EKSEMPEL AS", "organisasjonsform": {"kode": "AS"}}])
    desk.take("brreg", [{**number, "slettedato": "2025-09-01"}])
    with desk.database.read() as session:
        gone = unit(session, "brreg")
        assert (gone.name, gone.is_active, gone.valid_to) == ("EKSEMPEL AS", False, date(2025, 9, 1))
    desk.take("brreg", [{**number, "navn": "EKSEMPEL AS"}])
    with desk.database.read() as session:
        back = unit(session, "brreg")
        assert (back.is_active, back.valid_to, back.form) == (True, None, "AS")


def test_nothing_vanishes_because_a_delivery_lacks_it(desk: Desk) -> None:
    desk.take("nsr", [SCHOOL])
    result = desk.take("nsr", [{**SCHOOL, "Organisasjonsnummer": "971035854"}])
    assert (result.outcome, result.vanished, result.held) == (ImportOutcome.DONE, 0, 0)
    with desk.database.read() as session:
        assert len(session.exec(select(RegisterUnit)).all()) == 2


def test_an_owner_that_nobody_knew_becomes_one(desk: Desk) -> None:
    desk.take("nbr", [KINDERGARTEN])
    desk.take("nbr", [{**KINDERGARTEN, "Navn": "Et annet navn"}])
    with desk.database.read() as session:
        owner = session.exec(select(Organisation).where(Organisation.orgnr == OWNER)).one()
        assert (owner.kind, owner.name_nb, owner.is_owner) == (OrganisationKind.PRIVATE_OWNER, "Eksempel AS", True)


def test_a_municipality_without_a_number_gets_it(desk: Desk) -> None:
    with desk.database.read() as session:
        numberless = select(Organisation.municipality_code).where(
            Organisation.kind == OrganisationKind.MUNICIPALITY, col(Organisation.orgnr).is_(None)
        )
        place = min(filter(None, session.exec(numberless)))
    municipality = {"organisasjonsform": {"kode": "KOMM"}, "forretningsadresse": {"kommunenummer": place}}
    desk.take("brreg", [{"organisasjonsnummer": OWNER, "navn": "KOMMUNE", **municipality}])
    with desk.database.read() as session:
        found = session.exec(select(Organisation).where(Organisation.orgnr == OWNER)).one()
        assert found.municipality_code == place


def test_codes_changes_and_correspondences_land_in_their_tables(desk: Desk) -> None:
    assert counts(desk.sample("klass", "codes.json")) == (4, 3, 0, 0, 1)
    assert counts(desk.sample("klass", "changes.json")) == (3, 2, 0, 0, 1)
    assert counts(desk.sample("klass", "correspondence.csv")) == (2, 2, 0, 0, 0)
    assert counts(desk.sample("nus", "codes.csv")) == (6, 5, 0, 0, 1)
    with desk.database.read() as session:
        retired = session.exec(select(RegisterCode).where(RegisterCode.is_retired)).all()
        assert {row.code: row.replaced_by for row in retired} == {"569922": None, "623124": "623508", "624110": None}
        became = session.exec(select(RegisterCodeLink).where(RegisterCodeLink.code == "1507")).all()
        assert {row.other_code for row in became} == {"1508", "1580"}


def test_counts_are_of_institutions_that_are_known(desk: Desk) -> None:
    row = {"Institusjonskode": "0238", "Årstall": "2024", "Antall totalt": "30"}
    result = desk.take("dbh-completions", [row, {**row, "Institusjonskode": "9999"}])
    assert counts(result) == (2, 1, 0, 0, 1)
    assert result.rejections[0].field == "Tilbyder"
    with desk.database.read() as session:
        found = session.exec(select(RegisterCount)).one()
        assert (found.term, found.counts, found.offer_key) == ("2024", {"completed": 30}, None)


def test_only_one_provider_s_counts_are_taken(desk: Desk) -> None:
    row = {"Institusjonskode": "0238", "Årstall": "2024", "Antall totalt": "30"}
    result = desk.take("dbh-completions", [row, {**row, "Institusjonskode": "1150"}], provider="0238")
    assert counts(result) == (2, 1, 0, 0, 1)


def test_a_row_in_quarantine_may_be_tried_again(desk: Desk) -> None:
    desk.sample("nus", "codes.csv")
    with desk.database.read() as session:
        row = session.exec(select(QuarantinedRow)).one()
    with pytest.raises(InvalidInput, match="62512"), desk.database.write() as session:
        intake.retry(session, KEEPER, row.pk, row.raw)
    with desk.database.write() as session:
        result = intake.retry(session, KEEPER, row.pk, {**row.raw, "code": "625129"})
    assert counts(result) == (1, 1, 0, 0, 0)


def test_a_rehearsal_keeps_nothing(desk: Desk) -> None:
    assert counts(desk.take("nsr", [SCHOOL], dry_run=True)) == (1, 1, 0, 0, 0)
    with desk.database.read() as session:
        assert session.exec(select(RegisterUnit)).all() == []
        assert session.exec(select(ImportRun)).all() == []


SMALL = [path for path in FILES if own_format(path) and path.stat().st_size < 60_000]


@pytest.mark.parametrize("folder", sorted({path.parent.name for path in SMALL}))
def test_every_row_of_a_real_file_is_accounted_for(shared_data: Path, desk: Desk, folder: str) -> None:
    for path in (path for path in SMALL if path.parent.name == folder):
        result = import_payloads(desk.database, KEEPER, own_format(path) or "", [path], as_of=DAY)
        if name_of(path) in REFUSED:
            assert (result.outcome, result.seen) == (ImportOutcome.REFUSED, 0)
            assert result.message
            continue
        seen, *_ = counts(result)
        assert seen > 0, result.message
        assert all(rejection.reason and rejection.cure for rejection in result.rejections)
