"""The demonstration year: the same from the same seed, true to its own truth file, and its log holds."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session, col, func, select

from registry.applications.models import Application, RunCount
from registry.applications.queries import run_figures
from registry.core import audit, clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.demo import fill
from registry.demo.contents import SMALL, catalogue, subjects, topics
from registry.demo.persons import PEOPLE
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import RunState
from registry.people.queries import demo_people
from registry.setup import initialise

TODAY = date(2026, 11, 22)
SIZE = 60
TABLES = (
    "offer",
    "offer_target",
    "run",
    "run_place",
    "application",
    "relocation",
    "run_count",
    "audit_entry",
    "plan_need",
)


@pytest.fixture
def filled(database: Database) -> Iterator[Database]:
    fill(database, seed=7, runs_per_term=SIZE, today=TODAY)
    return database


def digests(database: Database) -> dict[str, str]:
    with database.read() as session:
        return {
            table: hashlib.sha256(
                repr([tuple(row) for row in session.execute(text(f"SELECT * FROM {table} ORDER BY 1"))]).encode()
            ).hexdigest()
            for table in TABLES
        }


def empty(folder: Path) -> Database:
    made = Database(f"sqlite:///{folder / 'demo.sqlite3'}")
    initialise(made)
    return made


def test_the_same_seed_gives_the_same_rows_and_truth(tmp_path: Path) -> None:
    found = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        database = empty(folder)
        result = fill(database, seed=7, runs_per_term=SIZE, today=TODAY, truth_path=folder / "truth.json")
        found.append((digests(database), (folder / "truth.json").read_bytes(), result.counts))
        database.dispose()
    assert found[0] == found[1]


def test_another_seed_gives_something_else(tmp_path: Path) -> None:
    database = empty(tmp_path)
    other = fill(database, seed=8, runs_per_term=SIZE, today=TODAY)
    database.dispose()
    assert other.truth["contents"].keys() != {}
    assert other.truth["seed"] == 8


def test_once_is_enough(filled: Database) -> None:
    before = digests(filled)
    again = fill(filled, seed=99, runs_per_term=SIZE, today=TODAY)
    assert (again.created, again.counts) == (False, {})
    assert digests(filled) == before


def test_everything_is_marked_and_the_log_holds(filled: Database) -> None:
    with filled.read() as session:
        for model in (Offer, Run, Application):
            assert session.exec(select(func.count()).select_from(model).where(col(model.is_demo).is_(False))).one() == 0
        assert all(key.startswith("demo-") for key in session.exec(select(Offer.key)))
        assert audit.first_broken(session) is None
        latest = session.exec(select(func.max(AuditEntry.at))).one()
        assert latest < clock.start_of_day(TODAY)


def test_figures_from_the_log_are_the_rows(filled: Database) -> None:
    with filled.read() as session:
        assert run_figures(session, as_of=TODAY) == run_figures(session)
        earlier = run_figures(session, as_of=date(2026, 3, 1))
        assert sum(one.applied or 0 for one in earlier.values()) > 0
        counted = {one.source for one in run_figures(session).values()}
        assert {"applications", "counts"} <= counted


def test_four_terms_in_all_their_states(filled: Database) -> None:
    with filled.read() as session:
        states: dict[str, set[RunState]] = {}
        for term, state in session.exec(select(Run.term, Run.state).distinct()):
            states.setdefault(term, set()).add(state)
        numbers = dict(session.exec(select(Run.term, func.count()).group_by(Run.term)).all())
        sent = session.exec(select(func.count()).select_from(Application)).one()
        assert set(states) == {"2025H", "2026V", "2026H", "2027V"}
        assert all(number >= SIZE for number in numbers.values())
        assert states["2025H"] == {RunState.COMPLETED, RunState.CANCELLED}
        assert {RunState.OPEN, RunState.CLOSED} <= states["2027V"]
        assert sent > SIZE
        assert session.exec(select(func.count()).select_from(RunCount)).one() > SIZE


def test_the_truth_names_real_rows_and_is_true_of_them(database: Database, tmp_path: Path) -> None:
    result = fill(database, seed=7, runs_per_term=SIZE, today=TODAY, truth_path=tmp_path / "t" / "truth.json")
    truth = json.loads((tmp_path / "t" / "truth.json").read_text(encoding="utf-8"))
    assert truth == result.truth
    contents = truth["contents"]
    with database.read() as session:
        offers = {offer.key: offer for offer in session.exec(select(Offer))}
        runs = {run.key: run for run in session.exec(select(Run))}
        provider = _providers(session)
    assert set(contents) == set(offers)
    for pair in truth["duplicates"]:
        a, b = offers[pair["a"]], offers[pair["b"]]
        assert provider[a.key] == provider[b.key]
        assert contents[a.key] == contents[b.key]
        assert a.title != b.title
        assert pair["how"] in ("keyed_twice", "two_sources")
    for pair in truth["overlaps"]["strong"]:
        assert provider[pair["a"]] != provider[pair["b"]]
        assert contents[pair["a"]] == contents[pair["b"]]
    for pair in truth["overlaps"]["possible"]:
        a, b = offers[pair["a"]], offers[pair["b"]]
        assert (a.subject_code, a.school_years, a.step) == (b.subject_code, b.school_years, b.step)
        assert contents[a.key] != contents[b.key]
    for pair in truth["tempting"]:
        a, b = offers[pair["a"]], offers[pair["b"]]
        assert (a.school_years != b.school_years) if pair["why"] == "years" else (a.step != b.step)
    for small in truth["small_subjects"]:
        found = [key for key, offer in offers.items() if offer.subject_code == small["subject"]]
        assert found == small["offers"]
    assert set(truth["last_national"]) <= {key for small in truth["small_subjects"] for key in small["offers"]}
    told = truth["runs"]
    assert {runs[key].state for key in told["cancelled_for_few_applicants"]} == {RunState.CANCELLED}
    assert {runs[key].cancel_reason for key in told["cancelled_for_few_applicants"]} == {"few_applicants"}
    assert RunState.CANCELLED not in {runs[key].state for key in told["to_be_cancelled"]}
    assert set(told["planted_doomed"]) <= set(told["to_be_cancelled"])


def _providers(session: Session) -> dict[str, int]:
    query = select(Offer.key, OfferProvider.organisation_id).join(OfferProvider)
    return dict(session.exec(query).all())


def test_there_is_somebody_for_every_role(filled: Database) -> None:
    with filled.read() as session:
        people = demo_people(session)
    assert [person.role for person in people] == [role for _subject, _name, role, _where, _county in PEOPLE]
    assert len({person.role for person in people}) == 9


def test_progress_rises_to_the_end(database: Database) -> None:
    shares: list[float] = []
    fill(database, runs_per_term=20, today=TODAY, progress=lambda _text, share: shares.append(share))
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_every_area_has_five_topics_and_small_subjects_are_planted_only() -> None:
    known, found = subjects(), topics()
    assert {subject.area for subject in known.values()} <= set(found)
    assert {len(listed) for listed in found.values()} == {5}
    assert not {content.subject.code for content, _weight in catalogue(known)} & set(SMALL)
    assert set(SMALL) <= set(known)
