"""A sheet of counts lands as the room's own counts, run by run and day by day."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from registry.applications.models import RunCount
from registry.applications.operations.receiving_counts import CountReport, receive_counts
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import NotAllowed
from registry.intake.models import QuarantinedRow
from registry.intake.operations import discard, retry
from registry.intake.reading.result import ImportResult
from registry.offers.models import Run
from tests.applications import making
from tests.intake.landing.sheets import Sender, accounts

US = making.INSTITUTION


class Keeper(Sender):
    """The study administration of one institution with two runs, beside somebody else's."""

    def __init__(self, database: Database, home: Path) -> None:
        super().__init__(database, home)
        with database.write() as session:
            self.cast = making.cast(session)
            making.run(session, making.offer(session, native_code="MAT1"), key="ours", term="2026H")
            making.run(session, making.offer(session), key="ours-too")
            making.run(session, making.offer(session, making.OTHER_INSTITUTION), key="theirs")

    def deliver(self, *rows: dict[str, str], **options: Any) -> ImportResult:
        return self.send(options.pop("actor", self.cast.provider), "counts-sheet", *rows, provider=US, **options)

    def kept(self) -> list[RunCount]:
        with self.database.read() as session:
            return list(session.exec(select(RunCount).order_by(col(RunCount.run_id), col(RunCount.counted_on))).all())


@pytest.fixture
def keeper(database: Database, tmp_path: Path) -> Keeper:
    return Keeper(database, tmp_path)


def row(run: str = "ours", day: str = "15.04.2026", **figures: str) -> dict[str, str]:
    return {"Kull": run, "Telledato": day, "Søkt": "", "Startet": "", **figures}


def test_counts_come_in_once_and_the_same_sheet_changes_nothing(keeper: Keeper) -> None:
    rows = [row(Søkt="12"), row(day="16.04.2026", Søkt="13"), row("ours-too", Søkt="0")]
    assert accounts(keeper.deliver(*rows)) == (3, 0, 0, 0)
    assert accounts(keeper.deliver(*rows)) == (0, 0, 3, 0)
    assert [(one.applied, one.started) for one in keeper.kept()] == [(12, None), (13, None), (0, None)]


def test_a_later_sheet_replaces_the_figures_of_the_same_day(keeper: Keeper) -> None:
    keeper.deliver(row(Søkt="12", Startet="5"))
    assert accounts(keeper.deliver(row(Søkt="14"))) == (0, 1, 0, 0)
    [kept] = keeper.kept()
    assert (kept.applied, kept.started) == (14, None)  # what is left out is unknown
    with keeper.database.read() as session:
        details = session.exec(
            select(AuditEntry.details).where(AuditEntry.thing == "run_count").order_by(col(AuditEntry.id))
        ).all()
    assert details[1]["before"]["applied"] == 12
    assert details[1]["import_run"] == 2


@pytest.mark.parametrize(
    ("told", "column"),
    [
        (row("theirs", Søkt="1"), "Kull"),
        (row("nowhere", Søkt="1"), "Kull"),
        (row(day="01.01.2090", Søkt="1"), "Telledato"),
        (row(Søkt="1", Fullført="2", Startet="1"), "Fullført"),
    ],
)
def test_every_refused_row_has_its_reason(keeper: Keeper, told: dict[str, str], column: str) -> None:
    result = keeper.deliver(told, row("ours-too", Søkt="3"))
    assert accounts(result) == (1, 0, 0, 1)
    assert (result.rejections[0].field, bool(result.rejections[0].cure)) == (column, True)


def test_one_run_by_two_names_on_one_day_is_told(keeper: Keeper) -> None:
    result = keeper.deliver(row(Søkt="1"), {**row(""), "Tilbudskode": "MAT1", "Termin": "2026H", "Søkt": "2"})
    assert accounts(result) == (1, 0, 0, 1)
    assert "Rad 2 gjelder det samme kullet" in result.rejections[0].reason


def test_a_row_is_repaired_or_set_aside_by_its_own_people_alone(keeper: Keeper) -> None:
    keeper.deliver(row("nowhere", Søkt="7"), row("nowhere", Søkt="8"))
    with keeper.database.read() as session:
        first, second = session.exec(select(QuarantinedRow.id).order_by(col(QuarantinedRow.id))).all()
    for actor in (keeper.cast.other_provider, keeper.cast.owner):
        with pytest.raises(NotAllowed), keeper.database.write() as session:
            discard(session, actor, first or 0, "nei")
    with keeper.database.write() as session:
        retry(session, keeper.cast.provider, first or 0, row(Søkt="7"))
        discard(session, keeper.cast.provider, second or 0, "gjelder ikke oss")
    assert [one.applied for one in keeper.kept()] == [7]


def test_only_who_counts_for_the_institution_may(keeper: Keeper) -> None:
    for actor in (keeper.cast.office, keeper.cast.other_provider, keeper.cast.owner):
        with pytest.raises(NotAllowed):
            keeper.deliver(row(Søkt="1"), actor=actor)


def test_an_unknown_figure_is_a_fault_of_the_programmer(keeper: Keeper) -> None:
    with keeper.database.write() as session, pytest.raises(ValueError, match="unknown figures"):
        receive_counts(session, keeper.cast.provider, [CountReport(1, clock.today(), {"loved": 1})])


def test_counts_of_a_run_of_nobodys_or_somebody_elses_are_not_taken(keeper: Keeper) -> None:
    with keeper.database.read() as session:
        ids = dict(session.exec(select(Run.key, Run.id)).all())
    today = clock.today()
    reports = [CountReport(run or 0, today, {"applied": 7}) for run in (ids["theirs"], 987_654, ids["ours"])]
    with keeper.database.write() as session:
        answers = receive_counts(session, keeper.cast.provider, reports)
    assert [one if isinstance(one, str) else one.field for one in answers] == ["run_id", "run_id", "new"]
    assert [(one.run_id, one.applied) for one in keeper.kept()] == [(ids["ours"], 7)]
