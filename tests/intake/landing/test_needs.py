"""A sheet of a competence plan is the plan: what it lacks is taken out, but only where all of it was understood."""

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import NotAllowed
from registry.intake.models import QuarantinedRow
from registry.intake.operations import retry
from registry.intake.reading.result import ImportResult
from registry.plans import operations, queries
from registry.plans.states import PlanState
from registry.reference.models import Organisation
from tests.applications import making
from tests.intake.landing.sheets import Sender, accounts

YEAR = str(clock.today().year + 1)


class Owner(Sender):
    """A municipality."""

    def __init__(self, database: Database, home: Path) -> None:
        super().__init__(database, home)
        with database.read() as session:
            self.cast = making.cast(session)
            self.id = self.cast.organisations[making.OWNER]
            self.name = session.get_one(Organisation, self.id).name_nb

    def plan(self, *rows: tuple[str, str] | dict[str, str], actor: Any = None, **options: Any) -> ImportResult:
        made = [one if isinstance(one, dict) else need(*one) for one in rows]
        return self.send(actor or self.cast.owner, "plan-sheet", *made, provider=making.OWNER, **options)

    def needs(self) -> dict[str, int]:
        with self.database.read() as session:
            return {one.subject_code: one.needed for one in queries.demand(session, self.id, int(YEAR))}


def need(subject: str, heads: str, **more: str) -> dict[str, str]:
    return {"År": YEAR, "Fag": subject, "Antall personer": heads, "Målgruppe": "", "Prioritet": "", **more}


@pytest.fixture
def owner(database: Database, tmp_path: Path) -> Owner:
    return Owner(database, tmp_path)


def test_a_plan_is_made_changed_and_left_alone(owner: Owner) -> None:
    first = [("Matematikk", "4"), ("norsk", "2")]
    assert accounts(owner.plan(*first)) == (2, 0, 0, 0)
    assert accounts(owner.plan(*first)) == (0, 0, 2, 0)
    result = owner.plan(("Matematikk", "5"), ("Engelsk", "1"))
    assert (accounts(result), result.vanished) == ((1, 1, 0, 0), 1)
    assert owner.needs() == {"matematikk": 5, "engelsk": 1}
    with owner.database.read() as session:
        saved = session.exec(select(AuditEntry.event).where(AuditEntry.thing == "competence_plan")).all()
    assert saved == ["save", "save"]  # the second sheet changed nothing, and wrote nothing


def test_where_a_row_was_not_understood_nothing_is_taken_out(owner: Owner) -> None:
    owner.plan(("Matematikk", "4"), ("norsk", "2"))
    result = owner.plan(("Matematikk", "5"), ("Astrologi", "1"))
    assert (accounts(result), result.vanished) == ((0, 1, 0, 1), 0)
    assert owner.needs() == {"matematikk": 5, "norsk": 2}
    assert result.notices == ["Behov som mangler i arket, er latt stå i planen, siden ikke alle rader kunne leses."]


def test_a_repaired_row_is_added_and_takes_nothing_out(owner: Owner) -> None:
    owner.plan(("Matematikk", "4"), ("Astrologi", "1"))
    with owner.database.write() as session:
        row = session.exec(select(QuarantinedRow)).one()
        retry(session, owner.cast.owner, row.pk, {**row.raw, "Fag": "Norsk"})
    assert owner.needs() == {"matematikk": 4, "norsk": 1}


def test_target_groups_and_priorities_set_needs_apart(owner: Owner) -> None:
    rows = [need("Norsk", "1"), need("Norsk", "2", Målgruppe="kindergarten:teacher", Prioritet="høy")]
    assert accounts(owner.plan(*rows)) == (2, 0, 0, 0)
    assert accounts(owner.plan(rows[0], {**rows[1], "Prioritet": "lav"})) == (0, 1, 1, 0)
    assert owner.needs() == {"norsk": 3}


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"Fag": "Astrologi"}, "Fag"),
        ({"Målgruppe": "månefarere"}, "Målgruppe"),
        ({"År": "2090"}, "År"),
        ({"Eier": "Ingensteds kommune"}, "Eier"),
        ({"Eier": "Trondheim"}, "Eier"),
    ],
)
def test_every_refused_row_has_its_reason(owner: Owner, changed: dict[str, str], column: str) -> None:
    result = owner.plan({**need("Norsk", "1"), **changed})
    assert accounts(result) == (0, 0, 0, 1)
    assert (result.rejections[0].field, bool(result.rejections[0].cure)) == (column, True)


def test_the_same_need_by_name_and_by_code_is_told(owner: Owner) -> None:
    result = owner.plan(("Norsk", "1"), ("norsk ", "2"), need("Norsk", "3", Eier=owner.name))
    assert result.quarantined == 2


def test_a_submitted_plan_is_a_draft_again_and_the_sent_one_holds(owner: Owner) -> None:
    owner.plan(("Matematikk", "4"))
    with owner.database.write() as session:
        plan = queries.plan_of(session, owner.id, int(YEAR))
        assert plan is not None
        operations.submit_plan(session, owner.cast.owner, plan)
    owner.plan(("Matematikk", "9"))
    with owner.database.read() as session:
        plan = queries.plan_of(session, owner.id, int(YEAR))
        assert plan is not None
        assert plan.state is PlanState.DRAFT
        assert queries.needs_on(session, int(YEAR), clock.today(), owner.id) == {"matematikk": 4}


def test_only_the_owner_may(owner: Owner) -> None:
    for actor in (owner.cast.other_owner, owner.cast.office, owner.cast.provider):
        with pytest.raises(NotAllowed):
            owner.plan(("Norsk", "1"), actor=actor)


def test_the_operator_may_send_for_several_owners(owner: Owner) -> None:
    """Then each row says whose it is."""
    rows = [need("Norsk", "1", Eier=owner.name), need("Norsk", "1")]
    result = owner.send(owner.cast.system, "plan-sheet", *rows)
    assert accounts(result) == (1, 0, 0, 1)
    assert result.rejections[0].field == "Eier"
