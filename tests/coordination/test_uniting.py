"""Two records of one offer have the same run: made one it has everybody's applications, and comes apart as it was."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlmodel import Session, col, select

from registry.access.policy import Actor, system
from registry.applications import operations as applications
from registry.applications.models import Application, BatchItem, DecisionBatch, Relocation, RunCount
from registry.applications.queries import own_applications, run_figures
from registry.applications.states import Standing
from registry.coordination.models import OfferMerge
from registry.coordination.operations import merge, unmerge
from registry.coordination.queries.desk.merges import merge_preview
from registry.coordination.twins import Unlike
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import Conflict, InvalidInput, NotAllowed, Refused
from registry.intake.models import RecordRun, SourceRecord
from registry.intake.operations import import_payloads
from registry.intake.operations.parting import install, part
from registry.offers.models import FieldOrigin, Offer, OfferTarget, Run, RunPlace
from registry.offers.operations import get_run
from registry.offers.parting import remove_parter
from registry.offers.states import Delivery, RunState
from registry.schedule.invariants import broken
from tests.applications import making

ROWS: tuple[Any, ...] = (
    Offer,
    OfferTarget,
    Run,
    RunPlace,
    FieldOrigin,
    Application,
    RunCount,
    Relocation,
    DecisionBatch,
    BatchItem,
    RecordRun,
    SourceRecord,
)
#: When a row was written last is no part of what it says.
_UNSAID = {"version", "updated_at"}
ACCEPTED: dict[str, Any] = {"decision": "offered", "answer": "accepted", "attendance": "accepted"}
STARTED = {**ACCEPTED, "attendance": "started"}
OFFERED = {"decision": "offered", "answer": "offered", "answer_by": date(2027, 1, 1)}
LIVES: list[dict[str, Any]] = [
    {},
    {"decision": "waitlisted"},
    {"endorsement": "endorsed", "owner_rank": 2},
    OFFERED,
    ACCEPTED,
    STARTED,
    {"decision": "rejected", "reject_reason": "late"},
    {"decision": "offered", "answer": "declined"},
    {"standing": "withdrawn", "withdraw_reason": "workload", "withdrawn_at": clock.start_of_day(date(2026, 10, 2))},
]


def everything(session: Session, *, remade: bool = False) -> dict[str, list[dict[str, Any]]]:
    """All rows that a merge may touch, as they are; ``remade`` leaves out the ids, since a delivery writes some rows anew."""
    session.flush()
    session.expire_all()
    unsaid = _UNSAID | ({"id"} if remade else set())
    return {
        model.__name__: sorted((row.model_dump(exclude=unsaid) for row in session.exec(select(model))), key=str)
        for model in ROWS
    }


def two(session: Session, **given: Any) -> tuple[Run, Run]:
    """(stays, goes): of two offers of one institution."""
    return making.run(session), making.run(session, **given)


def both(session: Session, stays: Run, goes: Run, number: int, mine: dict[str, Any], theirs: dict[str, Any]) -> str:
    """Somebody who applied to both, to the one that goes a day earlier."""
    key = f"k1:both{number}"
    at = clock.now()
    making.application(session, stays, applicant_key=key, applied_at=at - timedelta(days=3), **mine)
    making.application(session, goes, applicant_key=key, applied_at=at - timedelta(days=4), **theirs)
    return key


def united(session: Session, actor: Actor, stays: Run, goes: Run, **chosen: str) -> OfferMerge:
    return merge(session, actor, stays.offer_id, goes.offer_id, twins={goes.pk: chosen})


@pytest.mark.parametrize("seed", range(4))
def test_merged_and_taken_apart_every_row_is_as_it_was(database: Database, seed: int) -> None:
    chance = Random(seed)
    with database.write() as session:
        cast = making.cast(session)
        stays, goes = two(session, delivery=Delivery.ONLINE, starts_on=date(2027, 1, 11), apply_url="https://b.example")
        session.add(RunPlace(run_id=stays.pk, municipality_code="0301"))
        session.add_all(RunPlace(run_id=goes.pk, municipality_code=code) for code in ("0301", "4601"))
        stays.left_feed_on = chance.choice([None, date(2026, 11, 1)])
        for number in range(8):
            both(session, stays, goes, number, chance.choice(LIVES), chance.choice(LIVES))
        for run in (stays, goes):
            for _ in range(3):
                making.application(session, run, **chance.choice(LIVES))
            for day in chance.sample(range(1, 5), 2):
                counted_on = date(2026, 11, day)
                session.add(
                    RunCount(run_id=run.pk, counted_on=counted_on, recorded_at=clock.now(), actor="t", applied=day)
                )
        before = everything(session)
        stays, goes = session.get_one(Run, stays.pk), session.get_one(Run, goes.pk)
        chosen = {name: chance.choice(["kept", "gone"]) for name in ("municipalities", "starts_on", "apply_url")}
        made = united(session, cast.provider, stays, goes, **chosen)
        people = session.exec(select(Application.applicant_key).where(Application.run_id == stays.pk)).all()
        assert len(people) == len(set(people)) == 8 + 3 + 3
        assert not session.exec(
            select(Application).where(Application.run_id == goes.pk, Application.standing == Standing.OPEN)
        ).all()
        assert unmerge(session, cast.provider, made.pk) == 0
        assert everything(session) == before


def test_what_has_come_further_stands_and_the_first_place_in_line_is_kept(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        stays, goes = two(session, places=5)
        keys = [
            both(session, stays, goes, number, mine, theirs)
            for number, (mine, theirs) in enumerate(
                [
                    ({}, ACCEPTED),
                    (OFFERED, {"decision": "waitlisted"}),
                    ({}, {"endorsement": "endorsed"}),
                    (LIVES[-1], {}),
                ]
            )
        ]
        alone = making.application(session, goes, decision="waitlisted")
        first = min(session.exec(select(Application.applied_at)).all())
        preview = merge_preview(session, *(session.get_one(Offer, run.offer_id) for run in (stays, goes)))
        gathering = preview.twins[goes.pk].gathering
        assert (gathering.moved, gathering.both, gathering.in_place, gathering.too_many) == (5, 4, 2, 0)
        united(session, cast.provider, stays, goes)
        here = {
            one.applicant_key: one for one in session.exec(select(Application).where(Application.run_id == stays.pk))
        }
        told = [(str(one.standing), str(one.answer), str(one.endorsement)) for one in (here[key] for key in keys)]
        assert told == [
            ("open", "accepted", "not_needed"),
            ("open", "offered", "not_needed"),
            ("open", "none", "endorsed"),
            ("open", "none", "not_needed"),
        ]
        assert here[keys[1]].applied_at == first  # of the application that rests
        assert (alone.run_id, alone.decision) == (stays.pk, "waitlisted")
        assert [one.standing for one in session.exec(select(Application).where(Application.run_id == goes.pk))] == [
            "absorbed",
            "absorbed",
            "absorbed",
            "withdrawn",
        ]
        assert [one.application.run_id for one in own_applications(session, keys[0])] == [stays.pk]


def test_the_run_is_known_by_both_keys_and_counted_once(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        stays, goes = two(session)
        for run in (stays, goes):
            run.created_at = clock.now() - timedelta(days=9)
        session.flush()
        key = "k1:ann"
        ann = making.applicant(session, key)
        for run in (stays, goes):
            applications.submit(session, ann, run, key)
        applications.submit(session, making.applicant(session, "k1:bo"), goes, "k1:bo")
        pks, old = (stays.pk, goes.pk), goes.key
    applications.fold_figures(database)
    with database.write() as session:
        number = united(session, cast.provider, *(session.get_one(Run, pk) for pk in pks)).pk
    for folded in (False, True):
        if folded:
            applications.fold_figures(database)
        with database.read() as session:
            now, then = run_figures(session, term="2027V"), run_figures(session, as_of=clock.today())
            assert [now[pk].applied for pk in pks] == [then[pk].applied for pk in pks] == [2, 0]
            assert broken(session) == []
            assert get_run(session, old).pk == pks[0]
    with database.write() as session:
        assert get_run(session, old, lock=True).pk == pks[0]
        lines = session.exec(select(AuditEntry).where(AuditEntry.event == "united")).all()
        assert len(lines) == 1  # of the one that moved alone; the other stood there already
        unmerge(session, cast.provider, number)
    applications.fold_figures(database)
    with database.read() as session:
        now = run_figures(session, term="2027V")
        assert [now[pk].applied for pk in pks] == [1, 2]
        assert broken(session) == []


def test_what_people_did_meanwhile_goes_with_them(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        stays, goes = two(session)
        key = both(session, stays, goes, 1, {}, {})
        waits, other = making.application(session, goes), both(session, stays, goes, 2, {}, OFFERED)
        made = united(session, cast.provider, stays, goes, apply_url="kept")
        late = making.application(session, stays)
        applications.waitlist(session, cast.office, waits)
        standing = session.exec(
            select(Application).where(Application.applicant_key == key, Application.run_id == stays.pk)
        ).one()
        applications.withdraw(session, making.applicant(session, key), standing, "workload")
        stays.places = 7
        assert unmerge(session, cast.provider, made.pk) == 2  # one waits now, one has withdrawn
        assert (waits.run_id, waits.decision) == (goes.pk, "waitlisted")
        assert late.run_id == stays.pk
        assert stays.places == 7
        theirs = session.exec(select(Application).where(col(Application.applicant_key).in_((key, other)))).all()
        assert sorted((one.applicant_key, one.run_id, str(one.standing)) for one in theirs) == sorted(
            (name, run.pk, state) for name, state in ((key, "withdrawn"), (other, "open")) for run in (stays, goes)
        )


def test_nobody_is_written_to(database: Database) -> None:
    from registry.applications.presenting.news import news_of

    with database.write() as session:
        cast = making.cast(session)
        stays, goes = two(session)
        both(session, stays, goes, 1, {}, ACCEPTED)
        making.application(session, goes, **OFFERED)
        made = united(session, cast.provider, stays, goes)
        pk = made.pk
    with database.write() as session:
        unmerge(session, cast.provider, pk)
    with database.read() as session:
        lines = session.exec(select(AuditEntry).where(AuditEntry.thing == "application")).all()
        assert {line.event for line in lines} == {"united", "absorb", "release", "divided"}
        assert [news_of(line) for line in lines if news_of(line)] == []


def test_what_may_not_be_made_one(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        opens, ends = date(2027, 3, 1), date(2027, 1, 5)
        stays, goes = two(session, ends_on=ends, application_opens_on=opens, application_closes_on=None)
        stays.starts_on = date(2027, 1, 9)
        session.flush()
        ids = stays.offer_id, goes.offer_id
        for twins, actor, error in (
            ({stays.pk: {}}, cast.provider, InvalidInput),
            ({goes.pk: {"delivery": "kept", "ends_on": "both"}}, cast.provider, InvalidInput),
            ({goes.pk: {"ends_on": "gone"}}, cast.provider, InvalidInput),
            ({goes.pk: {"ends_on": "kept", "application_opens_on": "gone"}}, cast.provider, InvalidInput),
        ):
            with pytest.raises(error), session.begin_nested():
                merge(session, actor, *ids, twins=twins)
        making.application(session, goes)
        fine = {goes.pk: {"ends_on": "kept", "application_opens_on": "kept"}}
        with pytest.raises(NotAllowed), session.begin_nested():
            merge(session, cast.coordinator, *ids, twins=fine)
        batch = DecisionBatch(run_id=goes.pk, decision="waitlisted", actor="office", prepared_at=clock.now())
        session.add(batch)
        session.flush()
        with pytest.raises(Refused), session.begin_nested():
            merge(session, cast.provider, *ids, twins=fine)
        batch.sent_at = clock.now()
        made = merge(session, cast.provider, *ids, twins=fine)
        assert batch.run_id == stays.pk
        with pytest.raises(NotAllowed), session.begin_nested():
            unmerge(session, cast.coordinator, made.pk)
        applications.cancel(session, cast.provider, session.get_one(Run, stays.pk), "few_applicants")
        with pytest.raises(Conflict), session.begin_nested():
            unmerge(session, cast.provider, made.pk)


def test_left_alone_they_stay_two_and_the_page_says_why(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        stays, goes = two(session)
        far = making.run(session, session.get_one(Offer, goes.offer_id), delivery=Delivery.ONLINE)
        stays.delivery = Delivery.CAMPUS
        session.flush()
        preview = merge_preview(session, *(session.get_one(Offer, run.offer_id) for run in (stays, goes)))
        assert preview.twins.keys() == {goes.pk}
        assert [(one.run.pk, one.unlike) for one in preview.alone] == [(far.pk, Unlike.DELIVERY)]
        made = merge(session, cast.coordinator, stays.offer_id, goes.offer_id)
        assert {run.state for run in (stays, goes, far)} == {RunState.OPEN}
        assert {run.offer_id for run in (goes, far)} == {stays.offer_id}
        unmerge(session, cast.coordinator, made.pk)
        assert goes.offer_id == far.offer_id != stays.offer_id


def test_three_records_of_one_run_come_apart_in_the_order_they_came_together(database: Database) -> None:
    with database.write() as session:
        cast = making.cast(session)
        stays, goes = two(session)
        third = making.run(session)
        both(session, stays, goes, 1, {}, OFFERED)
        making.application(session, third, applicant_key="k1:both1", **ACCEPTED)
        before = everything(session)
        first = united(session, cast.provider, stays, goes)
        second = united(session, cast.provider, stays, third)
        with pytest.raises(Conflict), session.begin_nested():
            unmerge(session, cast.provider, first.pk)
        unmerge(session, cast.provider, second.pk)
        unmerge(session, cast.provider, first.pk)
        assert everything(session) == before


@pytest.fixture
def parter() -> Iterator[None]:
    install()
    yield
    remove_parter(part)


SHEET = """Tilbudskode;Institusjonskode;Navn;Termin;Plasser;Gjennomføringskode
ENG1;0238;Engelsk 1;2027V;{a};{x}
E1-7;0238;Engelsk 1, 1.–7. trinn;2027V;{b};{y}
"""


def deliver(database: Database, folder: Path, **told: int | str) -> None:
    path = folder / f"tilbud-{'-'.join(map(str, told.values()))}.csv"
    path.write_text(SHEET.format(**told), encoding="utf-8")
    import_payloads(database, system("import"), "offers-sheet", [path], provider="0238")


@pytest.mark.usefixtures("parter")
@pytest.mark.parametrize("codes", [("", ""), ("", "HØST"), ("OSLO", "NETT")])
@pytest.mark.parametrize("kept_code", ["ENG1", "E1-7"])
def test_either_source_finds_the_one_run_and_nothing_is_entered_twice(
    database: Database, tmp_path: Path, codes: tuple[str, str], kept_code: str
) -> None:
    named = {"x": codes[0], "y": codes[1]}
    deliver(database, tmp_path, a=20, b=25, **named)
    with database.write() as session:
        before = everything(session, remade=True)
        ids = {offer.native_code: offer.pk for offer in session.exec(select(Offer))}
        kept, gone = ids.pop(kept_code), *ids.values()
        runs = {run.offer_id: run.pk for run in session.exec(select(Run))}
        made = merge(session, system("t"), kept, gone, twins={runs[gone]: {"places": "gone"}})
        number, chosen = made.pk, session.get_one(Run, runs[gone]).places
    deliver(database, tmp_path, a=30, b=40, **named)
    with database.write() as session:
        assert len(session.exec(select(Run)).all()) == 2
        stands = session.get_one(Run, runs[kept])
        assert (stands.places, session.get_one(Run, runs[gone]).state) == (chosen, RunState.ABSORBED)
        assert set(session.exec(select(RecordRun.run_id, RecordRun.absent_since))) == {(runs[kept], None)}
        assert {one.run_id for one in session.exec(select(SourceRecord))} == {runs[kept]}
        unmerge(session, system("t"), number)
        places = {offer.native_code: run.places for run, offer in session.exec(select(Run, Offer).join(Offer))}
        assert places == {"ENG1": 30, "E1-7": 40}
    deliver(database, tmp_path, a=20, b=25, **named)
    with database.write() as session:
        after = everything(session, remade=True)
    del before["SourceRecord"], after["SourceRecord"]  # they know which delivery came last
    assert after == before
