"""A sheet of applications lands through the room's own operations, row by row, as often as it is sent."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from registry.access.keyring import add_key
from registry.access.policy import Actor
from registry.applications.figures import COUNTED
from registry.applications.models import Application
from registry.applications.queries import run_figures
from registry.applications.states import Answer, Attendance, Decision, RejectReason, Standing
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import InvalidInput, NotAllowed
from registry.intake.models import ImportRun, QuarantinedRow
from registry.intake.operations import retry
from registry.intake.reading.result import ImportResult
from registry.intake.states import ImportOutcome, QuarantineState
from registry.offers.states import CancelReason, RunState
from registry.reference.models import Organisation
from tests.applications import making
from tests.intake.landing.sheets import ANNE, BODIL, CATO, Sender, accounts

US = making.INSTITUTION
SHEET = "applications-sheet"


class Office(Sender):
    """The admissions office of one institution, with two runs of its own and one of somebody else's."""

    def __init__(self, database: Database, home: Path) -> None:
        super().__init__(database, home)
        with database.write() as session:
            self.cast = making.cast(session)
            offer = making.offer(session, native_code="MAT1")
            self.run = making.run(session, offer, key="ours", term="2026H")
            self.other_run = making.run(session, making.offer(session), key="ours-too")
            making.run(session, making.offer(session, making.OTHER_INSTITUTION), key="theirs")

    def report(
        self, *rows: tuple[str, str] | dict[str, str], actor: Actor | None = None, **options: Any
    ) -> ImportResult:
        made = [
            row if isinstance(row, dict) else {"Kull": "ours", "Fødselsnummer": row[0], "Status": row[1]}
            for row in rows
        ]
        return self.send(actor or self.cast.office, SHEET, *made, provider=US, **options)

    def applications(self) -> list[Application]:
        with self.database.read() as session:
            return list(session.exec(select(Application).order_by(col(Application.id))).all())


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    return Office(database, tmp_path)


def test_new_applications_come_in_and_the_same_sheet_changes_nothing(office: Office) -> None:
    rows = [(ANNE, "søkt"), (BODIL, "venteliste"), (CATO, "takket ja")]
    assert accounts(office.report(*rows)) == (3, 0, 0, 0)
    before = [one.model_dump() for one in office.applications()]
    again = office.report(*rows)
    assert accounts(again) == (0, 0, 3, 0)
    assert [one.model_dump() for one in office.applications()] == before
    first, second, third = office.applications()
    assert (first.decision, second.decision) == (Decision.RECEIVED, Decision.WAITLISTED)
    assert (third.answer, third.attendance) == (Answer.ACCEPTED, Attendance.ACCEPTED)
    assert first.applicant_key == office.keyring.pseudonyms(ANNE)[0]


def test_a_later_sheet_brings_each_application_on_through_the_ledger(office: Office) -> None:
    yesterday = clock.today() - timedelta(days=1)
    office.report((ANNE, "søkt"), (BODIL, "tilbudt plass"))
    told = {"Kull": "ours", "Statusdato": yesterday.isoformat(), "Studiepoeng": "15", "Grunn": "Ikke nok plasser"}
    result = office.report(
        {**told, "Fødselsnummer": ANNE, "Status": "avslag"}, {**told, "Fødselsnummer": BODIL, "Status": "fullført"}
    )
    assert accounts(result) == (0, 2, 0, 0)
    anne, bodil = office.applications()
    assert (anne.decision, anne.reject_reason) == (Decision.REJECTED, RejectReason.NO_PLACES)
    assert (bodil.attendance, bodil.result_on, bodil.result_credits) == (Attendance.COMPLETED, yesterday, 15)
    with office.database.read() as session:
        steps = session.exec(
            select(AuditEntry.event, AuditEntry.actor, AuditEntry.details)
            .where(AuditEntry.thing == "application", AuditEntry.thing_id == bodil.pk)
            .order_by(col(AuditEntry.id))
        ).all()
        assert [event for event, _, _ in steps] == ["submit", "offer", "ask", "accept", "enrol", "start", "complete"]
        assert {actor for _, actor, _ in steps} == {office.cast.office.name}
        assert {(details or {}).get("import_run") for _, _, details in steps} == {1, 2}


def test_an_older_sheet_takes_nobody_back_and_says_so(office: Office) -> None:
    office.report((ANNE, "møtt"), (BODIL, "takket nei"))
    result = office.report((ANNE, "tilbudt plass"), (BODIL, "tilbudt plass"))
    assert accounts(result) == (0, 0, 2, 0)
    assert result.notices == ["2 rader forteller om noe eldre enn det registeret vet, og endret ingenting i statusen."]


@pytest.mark.parametrize(
    ("stands", "told", "words"),
    [
        ("takket ja", "avslag", "«takket ja» i registeret og kan ikke bli «avslag»"),
        ("takket nei", "takket ja", "«takket nei»"),
        ("trukket", "takket ja", "«trukket»"),
        ("møtt", "trukket", "«møtt»"),
        ("ikke møtt", "fullført", "«ikke møtt»"),
    ],
)
def test_a_step_that_is_not_legal_is_put_in_quarantine(office: Office, stands: str, told: str, words: str) -> None:
    def row(status: str) -> dict[str, str]:
        reason = {"avslag": "late", "trukket": "personal"}.get(status, "")
        return {"Kull": "ours", "Fødselsnummer": ANNE, "Status": status, "Grunn": reason}

    office.report(row(stands))
    before = office.applications()[0].model_dump()
    result = office.report(row(told))
    assert accounts(result) == (0, 0, 0, 1)
    assert words in result.rejections[0].reason
    assert result.rejections[0].field == "Status"
    assert office.applications()[0].model_dump() == before


def test_an_answer_that_came_after_it_lapsed_here_is_set_right(office: Office) -> None:
    office.report((ANNE, "svarte ikke"))
    assert accounts(office.report((ANNE, "takket ja"))) == (0, 1, 0, 0)
    [anne] = office.applications()
    assert (anne.answer, anne.attendance) == (Answer.ACCEPTED, Attendance.ACCEPTED)


def test_withdrawn_for_a_reason_of_ours_or_in_their_own_words(office: Office) -> None:
    told = {"Kull": "ours", "Status": "trukket", "Statusdato": "01.10.2026"}
    office.report(
        {**told, "Fødselsnummer": ANNE, "Grunn": "Har bytta jobb"}, {**told, "Fødselsnummer": BODIL, "Grunn": "flyttet"}
    )
    anne, bodil = office.applications()
    assert (anne.standing, anne.withdraw_reason) == (Standing.WITHDRAWN, "changed_job")
    assert bodil.withdraw_reason == "other"
    assert clock.end_of_day(date(2026, 10, 1)) == anne.withdrawn_at.replace(tzinfo=clock.now().tzinfo)


def test_runs_may_be_named_by_the_institutions_own_codes(office: Office) -> None:
    row = {"Tilbudskode": "mat1", "Termin": "Høst 2026", "Fødselsnummer": ANNE, "Status": "søkt"}
    assert accounts(office.report({**row, "Institusjonskode": "1177"})) == (1, 0, 0, 0)
    assert accounts(office.report(row)) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("changed", "column", "words"),
    [
        ({"Kull": "nowhere"}, "Kull", "har ikke kullet"),
        ({"Kull": "theirs"}, "Kull", "en annen institusjon"),
        ({"Kull": "", "Tilbudskode": "X", "Termin": "2026H"}, "Tilbudskode", "har ikke tilbudet"),
        ({"Institusjonskode": "1130"}, "Institusjonskode", "en annen institusjon"),
        ({"Institusjonskode": "9999"}, "Institusjonskode", "finnes ikke"),
        ({"Arbeidsgiver": "974767880"}, "Arbeidsgiver", "ikke registrert som eier"),
        ({"Status": "avslag", "Grunn": "fordi"}, "Grunn", "ikke kjent"),
        ({"Statusdato": "01.01.2090"}, "Statusdato", "fremtiden"),
        ({"Søkt dato": "01.01.2090"}, "Søkt dato", "fremtiden"),
    ],
)
def test_every_refused_row_has_its_reason_and_cure(
    office: Office, changed: dict[str, str], column: str, words: str
) -> None:
    row = {"Kull": "ours", "Fødselsnummer": ANNE, "Status": "søkt", **changed}
    result = office.report(row, (BODIL, "søkt"))
    assert accounts(result) == (1, 0, 0, 1)
    [found] = result.rejections
    assert (found.field, found.position) == (column, 2)
    assert words in found.reason
    assert found.cure


def test_several_runs_of_an_offer_in_a_term_are_told_apart_by_their_own_code(office: Office) -> None:
    with office.database.write() as session:
        offer = making.offer(session, native_code="TWO")
        for own in ("a", "b"):
            making.run(session, offer, key=f"two-2026H-{own}", term="2026H")
    row = {"Tilbudskode": "TWO", "Termin": "2026H", "Fødselsnummer": ANNE, "Status": "søkt"}
    [found] = office.report(row).rejections
    assert "2 gjennomføringer" in found.reason
    assert accounts(office.report({**row, "Gjennomføringskode": "B"})) == (1, 0, 0, 0)


def test_priority_employer_and_deadline_are_kept_in_step(office: Office) -> None:
    row = {"Kull": "ours", "Fødselsnummer": ANNE, "Status": "tilbudt plass", "Svarfrist": "01.12.2026"}
    office.report(row)
    owner = office.cast.organisations[making.OWNER]
    with office.database.read() as session:
        number = session.get_one(Organisation, owner).orgnr or ""
    more = {**row, "Svarfrist": "10.12.2026", "Prioritet": "2", "Arbeidsgiver": number}
    assert accounts(office.report(more)) == (0, 1, 0, 0)
    [anne] = office.applications()
    assert (anne.priority, anne.owner_id, anne.answer_by) == (2, owner, date(2026, 12, 10))
    assert accounts(office.report(more)) == (0, 0, 1, 0)


def test_an_own_number_is_one_application_only(office: Office) -> None:
    row = {"Kull": "ours", "Status": "søkt", "Søknadsnummer": "S-1"}
    office.report({**row, "Fødselsnummer": ANNE})
    result = office.report({**row, "Fødselsnummer": ANNE}, {**row, "Fødselsnummer": BODIL})
    assert accounts(result) == (0, 0, 1, 1)
    assert result.rejections[0].field == "Søknadsnummer"


def test_a_cancelled_run_takes_nobody_new(office: Office) -> None:
    with office.database.write() as session:
        making.run(
            session, making.offer(session), key="gone", state=RunState.CANCELLED,
            cancel_reason=CancelReason.FEW_APPLICANTS, cancelled_at=clock.now(),
        )  # fmt: skip
    result = office.report({"Kull": "gone", "Fødselsnummer": ANNE, "Status": "søkt"})
    assert "avlyst" in result.rejections[0].reason


def test_a_rehearsal_tells_everything_and_writes_nothing(office: Office) -> None:
    result = office.report((ANNE, "søkt"), (BODIL, "tull"), dry_run=True)
    assert accounts(result) == (1, 0, 0, 1)
    assert [(one.position, one.outcome) for one in result.answers] == [(2, "new")]
    assert result.run is None
    assert office.applications() == []
    with office.database.read() as session:
        assert session.exec(select(ImportRun)).all() == []
    assert not (office.settings.home / "payloads").exists()


def test_only_who_reports_for_the_institution_may(office: Office) -> None:
    cast = office.cast
    for actor in (cast.other_office, cast.other_provider, cast.owner, cast.coordinator):
        with pytest.raises(NotAllowed):
            office.report((ANNE, "søkt"), actor=actor)
    with pytest.raises(NotAllowed):  # for nobody in particular
        office.send(cast.office, SHEET, {"Kull": "ours", "Fødselsnummer": ANNE, "Status": "søkt"})
    with pytest.raises(InvalidInput):
        office.send(cast.office, SHEET, {"Kull": "ours"}, provider="0000")
    assert accounts(office.report((ANNE, "søkt"), actor=cast.provider)) == (1, 0, 0, 0)


def test_a_row_is_repaired_in_place(office: Office) -> None:
    office.report({"Kull": "nowhere", "Fødselsnummer": ANNE, "Status": "søkt"}, ("123", "søkt"))
    with office.database.read() as session:
        wrong_run, wrong_person = session.exec(select(QuarantinedRow).order_by(col(QuarantinedRow.position))).all()
    with pytest.raises(InvalidInput) as still, office.database.write() as session:
        retry(session, office.cast.office, wrong_run.pk, wrong_run.raw, keyring=office.keyring)
    assert "har ikke kullet" in still.value.message
    with pytest.raises(InvalidInput), office.database.write() as session:
        stolen = {**wrong_person.raw, "Fødselsnummer": wrong_run.raw["Fødselsnummer"]}  # another row's pseudonym
        retry(session, office.cast.office, wrong_person.pk, stolen, keyring=office.keyring)
    with pytest.raises(InvalidInput), office.database.write() as session:  # our fault, found at once
        retry(session, office.cast.office, wrong_run.pk, wrong_run.raw)
    with pytest.raises(NotAllowed), office.database.write() as session:
        retry(session, office.cast.other_office, wrong_run.pk, wrong_run.raw, keyring=office.keyring)
    for row, repaired in ((wrong_run, {"Kull": "ours"}), (wrong_person, {"Fødselsnummer": BODIL})):
        with office.database.write() as session:
            result = retry(session, office.cast.office, row.pk, {**row.raw, **repaired}, keyring=office.keyring)
            assert accounts(result) == (1, 0, 0, 0)
            assert session.get_one(QuarantinedRow, row.pk).state is QuarantineState.REPAIRED
    keys = [one.applicant_key for one in office.applications()]
    assert keys == [office.keyring.pseudonyms(ANNE)[0], office.keyring.pseudonyms(BODIL)[0]]


def test_a_damaged_file_is_refused_whole_and_only_that_is_kept(office: Office) -> None:
    result = office.send(office.cast.office, SHEET, {"Navn": "x"}, provider=US)
    assert result.outcome is ImportOutcome.REFUSED
    assert office.applications() == []
    with office.database.read() as session:
        [run] = session.exec(select(ImportRun)).all()
        assert (run.outcome, run.message, run.payloads) == (ImportOutcome.REFUSED, result.message, [])


def test_a_new_key_recognises_everybody_at_once(office: Office) -> None:
    office.report((ANNE, "søkt"), (BODIL, "søkt"))
    add_key(office.settings)
    assert accounts(office.report((ANNE, "takket ja"))) == (0, 1, 0, 0)
    anne, bodil = office.applications()
    assert anne.applicant_key == office.keyring.pseudonyms(ANNE)[0]
    assert (anne.applicant_key[:3], bodil.applicant_key[:3]) == ("k2:", "k1:")


def test_figures_are_the_same_from_applications_and_from_counts(office: Office) -> None:
    told = ["søkt", "venteliste", "tilbudt plass", "takket ja", "takket nei", "møtt", "ikke møtt", "fullført"]
    people = [ANNE, BODIL, CATO, "01810190333", "41810190084", "41810190165", "41810190246", "41810190327"]
    office.report(*zip(people, told, strict=True))
    counted = {"Søkt": "8", "Kvalifisert": "8", "Tilbudt plass": "6", "Takket ja": "4", "Venteliste": "1", "Avslag": "0",
               "Trukket": "0", "Ikke møtt": "1", "Startet": "2", "Fullført": "1"}  # fmt: skip
    row = {"Kull": "ours-too", "Telledato": clock.today().isoformat(), **counted}
    assert accounts(office.send(office.cast.provider, "counts-sheet", row, provider=US)) == (1, 0, 0, 0)
    with office.database.read() as session:
        figures = run_figures(session)
        single, counts = figures[office.run.pk], figures[office.other_run.pk]
    assert (single.source, counts.source) == ("applications", "counts")
    assert [getattr(single, name) for name in COUNTED] == [getattr(counts, name) for name in COUNTED]
