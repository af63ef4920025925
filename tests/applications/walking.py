"""A small world of one run, a few applicants and whoever acts: every step is a transaction, and after each the world is
held against what must be true whatever happened. Shared by the machine that walks every edge and by the seeded bugs.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from registry.access.policy import system
from registry.applications import operations
from registry.applications.models import Application
from registry.applications.operations.waiting import waiting_line
from registry.applications.queries import run_figures
from registry.applications.states import (
    HOLDING,
    LIVES,
    STANDING,
    Decision,
    Standing,
)
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import RegistryError
from registry.offers.models import Run
from registry.reference.models import Organisation
from tests.applications import making
from tests.applications.doing import DOERS, cancel

PLACES, PEOPLE = 2, 6
_PATIENCE = 30  # steps without anything new before another run is tried
_FIGURES_EVERY = 5  # steps: the dearest check
#: (life, event, source) of every legal edge, written out: a table that changes by accident must not pass by itself.
Edge = tuple[str, str, str]
_numbers = count(1)


class Untrue(AssertionError):
    """Something that must hold does not."""


#: Take an application to another run and back, so that a world of one run never sees them: tests/coordination/test_uniting.py does.
_BETWEEN_RUNS = frozenset({(STANDING.name, "absorb"), (STANDING.name, "release")})


def edges() -> set[Edge]:
    """Every legal edge of the four lives and of standing within one run."""
    return {
        (life.name, row.event, str(source))
        for life in LIVES
        for row in life.transitions
        for source in row.sources
        if (life.name, row.event) not in _BETWEEN_RUNS
    }


@dataclass
class World:
    """One run at a time over one database."""

    database: Database
    walked: Counter[Edge] = field(default_factory=Counter)
    tried: Counter[Edge] = field(default_factory=Counter)  #: refused: the place was taken, the course had begun
    refused: int = 0
    run_id: int = 0
    steps: int = 0
    seen: dict[str, Any] | None = None  #: what the last step left

    def begin(self) -> None:
        """A new run, with two places, that takes applications."""
        with self.database.write() as session:
            self.actor = system("walker")
            self.owner_id = session.exec(select(Organisation.id).where(Organisation.key == making.OWNER)).one()
            self.run_id = making.run(session, places=PLACES).pk
        self.seen = None

    def begin_with_applicants(self) -> None:
        """A new run that everybody applies to, half of them with an employer behind them."""
        self.begin()
        for number in range(1, PEOPLE + 1):
            self.submit(number, employed=number > PEOPLE // 2)

    # -- steps ---------------------------------------------------------------------------------------------------

    def step(self, act: Callable[[Session], object]) -> bool:
        """One transaction. A refusal leaves everything as it was."""
        before = self.seen or self._rows()
        self.steps += 1
        try:
            with self.database.write() as session:
                act(session)
        except RegistryError:
            self.refused += 1
            self.seen = None
            if self._rows() != before:
                raise Untrue("a refusal left something behind") from None
            return False
        self._holds(before)
        return True

    def submit(self, number: int, *, employed: bool = False) -> bool:
        """Somebody applies; the same person twice is refused."""

        def act(session: Session) -> None:
            run = session.get_one(Run, self.run_id)
            moment = clock.now() - timedelta(hours=PEOPLE - number)
            operations.submit(
                session, self.actor, run, f"k1:{number}", owner_id=self.owner_id if employed else None, at=moment
            )

        return self.step(act)

    def rank(self, places: list[int]) -> bool:
        """The owner's own order of those it employs."""

        def act(session: Session) -> None:
            theirs = [one.pk for one in self._all(session) if one.owner_id and one.standing is Standing.OPEN]
            order = [theirs[place % len(theirs)] for place in places] if theirs else []
            operations.rank(
                session, self.actor, session.get_one(Run, self.run_id), self.owner_id or 0, list(dict.fromkeys(order))
            )

        return self.step(act)

    def prepare(self, number: int, *, send: bool) -> bool:
        """Decisions for many are prepared, then sent or undone."""

        def act(session: Session) -> None:
            run = session.get_one(Run, self.run_id)
            waiting = [one.pk for one in self._all(session) if one.decision is Decision.RECEIVED][:number]
            batch = operations.prepare(session, self.actor, run, operations.Wish(Decision.OFFERED), waiting)
            (operations.send if send else operations.undo)(session, self.actor, batch)

        return self.step(act)

    def offer_and_let_wait(self) -> None:
        """The first gets a place, the next wait, and the last two are offered what there is: one gets it, one is refused."""
        with self.database.read() as session:
            first, *waiting, last, latest = [one.pk for one in self._all(session)]
        self.walk(("decision", "offer", "received"), first)
        for one in waiting:
            self.walk(("decision", "waitlist", "received"), one)
        for one in (last, latest):
            self.walk(("decision", "offer", "received"), one)

    def cancel(self) -> bool:
        """The whole run is lost."""
        return self.step(lambda session: cancel(session, self.actor, self.run_id, None))

    def walk(self, edge: Edge, application_id: int) -> bool:
        """Do what takes this edge to this application."""
        doer = DOERS[edge[0], edge[1]]
        done = self.step(
            lambda session: doer(session, self.actor, self.run_id, session.get_one(Application, application_id))
        )
        self.tried[edge] += not done
        return done

    def cover(self, times: int, most: int) -> None:
        """Go where fewest have been until every edge is walked ``times`` times, in at most ``most`` more steps.

        Losing the run, and leaving one that is lost, end what can be done to it: these come last, each on a run of its own.
        """
        ends = {edge for edge in edges() if edge[1] == "displace" or edge[2] == "displaced"}
        last = self.steps + most
        while self.steps < last and not self._walked(edges() - ends, times):
            self.begin_with_applicants()
            idle = 0
            while idle < _PATIENCE and not self._walked(edges() - ends, times):
                edge, one = next(way for way in self.possible() if way[0] not in ends)
                idle = 0 if self.walked[edge] < times else idle + 1
                self.walk(edge, one)
        while self.steps < last and not self._walked(ends, times):
            self.begin_with_applicants()
            self.cancel()
            for edge, one in self.possible():
                self.walk(edge, one)

    def _walked(self, some: set[Edge], times: int) -> bool:
        return all(self.walked[edge] >= times for edge in some)

    def possible(self) -> list[tuple[Edge, int]]:
        """Edges that some open application of the run stands at the beginning of, the least walked and tried first.

        Losing the whole run ends what can be done to it, so that comes last.
        """
        with self.database.read() as session:
            found = [
                ((life.name, event, str(getattr(one, life.column))), one.pk)
                for one in self._all(session)
                for life in LIVES
                for event in life.by_event
                if (life.name, event, str(getattr(one, life.column))) in edges()
                and (life is STANDING or one.standing is Standing.OPEN)
            ]
        return sorted(found, key=self._turn)

    def _turn(self, pair: tuple[Edge, int]) -> tuple[bool, int, tuple[Edge, int]]:
        edge, _one = pair
        return edge[1] == "displace", self.walked[edge] + 4 * self.tried[edge], pair

    # -- what must hold ------------------------------------------------------------------------------------------

    def _all(self, session: Session) -> list[Application]:
        query = select(Application).where(Application.run_id == self.run_id).order_by(col(Application.id))
        return list(session.exec(query))

    def _rows(self) -> dict[str, Any]:
        """Everything a step may change, by id; lines in the ledger and the outbox are counted."""
        with self.database.read() as session:
            rows = {one.pk: one.model_dump() for one in self._all(session)}
            run = session.get_one(Run, self.run_id)
            line = [one.pk for one in waiting_line(session, run)]
            lines = session.scalar(text("SELECT max(id) FROM audit_entry")) or 0
            told = session.scalar(text("SELECT max(id) FROM outbox")) or 0
        return {"rows": rows, "line": line, "lines": lines, "told": told, "run": run.state, "free": self._free(rows)}

    @staticmethod
    def _free(rows: dict[int, dict[str, Any]]) -> int:
        """Counted by hand, not by the operations' own counting."""
        held = [row for row in rows.values() if row["standing"] == "open" and row["answer"] in HOLDING]
        return PLACES - len(held)

    def _holds(self, before: dict[str, Any]) -> None:
        self.seen = after = self._rows()
        self._one_place_one_person(after)
        self._the_line_is_kept(before, after)
        self._nothing_is_forgotten(before, after)
        self._the_ledger_tells_it(before, after)

    def _one_place_one_person(self, after: dict[str, Any]) -> None:
        if after["free"] < 0:
            raise Untrue("more places were given than there are")
        lost = after["run"] in ("cancelled", "postponed")
        if lost and any(row["standing"] == "open" for row in after["rows"].values()):
            raise Untrue("an application is open to a run that was lost")
        for row in after["rows"].values():
            if (
                row["answer"] == "offered"
                and row["standing"] == "open"
                and row["answer_by"] < clock.today() - timedelta(days=1)
            ):
                raise Untrue("an offer has no time to be answered")

    def _the_line_is_kept(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Places that come back go to who stands first, at once; nobody is passed."""
        came_back = before["free"] <= 0 < after["free"] and after["run"] == "open"
        if came_back and after["line"]:
            raise Untrue("a place came back while somebody waited")
        promoted = [
            pk for pk in before["line"] if after["rows"][pk]["answer"] == "offered" and self._automatic(pk, before)
        ]
        expected = self._in_order(before, [pk for pk in before["line"] if after["rows"][pk]["standing"] == "open"])
        if promoted and promoted != [pk for pk in expected if pk in promoted][: len(promoted)]:
            raise Untrue("the line was not kept")
        if promoted and set(expected[: len(promoted)]) != set(promoted):
            raise Untrue("somebody was passed in the line")
        for pk, row in before["rows"].items():
            if after["rows"][pk]["applied_at"] != row["applied_at"]:
                raise Untrue("a place in the line was lost")

    @staticmethod
    def _in_order(before: dict[str, Any], waiting: list[int]) -> list[int]:
        def place(pk: int) -> tuple[bool, int, Any, int]:
            row = before["rows"][pk]
            return row["owner_rank"] is None, row["owner_rank"] or 0, row["applied_at"], pk

        return sorted(waiting, key=place)

    def _automatic(self, pk: int, before: dict[str, Any]) -> bool:
        with self.database.read() as session:
            lines = session.exec(
                select(AuditEntry.details).where(
                    AuditEntry.thing == "application", AuditEntry.thing_id == pk, AuditEntry.event == "offer",
                    col(AuditEntry.id) > before["lines"],
                )
            ).all()  # fmt: skip
        return any((details or {}).get("automatic") for details in lines)

    def _nothing_is_forgotten(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Whatever changed its status is in the ledger and was told the outside."""
        with self.database.read() as session:
            lines = {
                pk
                for (pk,) in session.execute(
                    text("SELECT DISTINCT thing_id FROM audit_entry WHERE thing = 'application' AND id > :last"),
                    {"last": before["lines"]},
                )
            }
            told = {
                key
                for (key,) in session.execute(
                    text("SELECT key FROM outbox WHERE topic = 'application.changed' AND id > :last"),
                    {"last": before["told"]},
                )
            }
        for pk, row in after["rows"].items():
            earlier = before["rows"].get(pk)
            moved = earlier is None or any(earlier[life.column] != row[life.column] for life in LIVES)
            if moved and pk not in lines:
                raise Untrue("a change is not in the ledger")
            if moved and str(pk) not in told:
                raise Untrue("a change was not told")
            if moved and earlier is not None and row["version"] <= earlier["version"]:
                raise Untrue("a change was not counted")

    def _the_ledger_tells_it(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        with self.database.read() as session:
            lines = session.exec(
                select(AuditEntry)
                .where(AuditEntry.thing == "application", col(AuditEntry.id) > before["lines"])
                .order_by(col(AuditEntry.id))
            ).all()
            if self.steps % _FIGURES_EVERY == 0:
                now = run_figures(session, run_ids=[self.run_id])
                if now != run_figures(session, run_ids=[self.run_id], as_of=clock.today()):
                    raise Untrue("figures of today are not the figures as of today")
        for line in lines:
            if line.life and line.from_state is not None:
                self.walked[line.life, line.event, line.from_state] += 1
        for line in {(line.thing_id, line.life): line for line in lines if line.life}.values():
            column = next(life.column for life in LIVES if life.name == line.life)
            if line.thing_id in after["rows"] and after["rows"][line.thing_id][column] != line.to_state:
                raise Untrue("the ledger and the row tell different stories")


@contextmanager
def world(database: Database) -> Iterator[World]:
    """A world that begins at once."""
    made = World(database)
    made.begin()
    yield made
