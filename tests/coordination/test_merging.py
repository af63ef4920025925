"""Two records of one offer become one, keep saying so to later deliveries, and come apart as they were."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from registry.access.policy import Actor, Holding, system
from registry.access.roles import Role
from registry.coordination.models import OfferMerge
from registry.coordination.operations import merge, unmerge
from registry.coordination.queries.desk.merges import merge_preview, taken_in
from registry.core import clock
from registry.core.db import Database
from registry.core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Refused
from registry.intake.models import ImportRun, SourceRecord
from registry.intake.operations import import_payloads
from registry.intake.operations.parting import install, part
from registry.offers.models import FieldOrigin, Offer, OfferTarget, Origin, Run
from registry.offers.parting import remove_parter
from registry.offers.states import CreditScheme, OfferState
from tests.coordination.country import add_offer, add_run, add_taught, organisation
from tests.coordination.test_uniting import everything

COORDINATOR = Actor("person:1", (Holding(Role.COORDINATOR),), person=1)


@pytest.fixture
def two(database: Database) -> tuple[int, int]:
    with database.write() as session:
        kept = add_offer(session, "0238", "Engelsk 1", code="ENG1", subject_code="engelsk", url="https://a.example")
        gone = add_offer(
            session,
            "0238",
            "Engelsk 1, 1.–7. trinn",
            code="E1-7",
            school_years="1-7",
            credits=30,
            credit_scheme=CreditScheme.ECTS,
            url="https://b.example",
        )
        add_run(session, kept, "2026H", applicants=3)
        add_run(session, gone, "2026H", applicants=2)
        add_run(session, gone, "2027V")
        session.add(OfferTarget(offer_id=gone.pk, setting="primary_1_7", role="teacher"))
        return kept.pk, gone.pk


def offers(session: Session, ids: tuple[int, int]) -> tuple[Offer, Offer]:
    return session.get_one(Offer, ids[0]), session.get_one(Offer, ids[1])


def test_the_preview_says_what_differs_and_suggests_what_is_missing(database: Database, two: tuple[int, int]) -> None:
    with database.read() as session:
        preview = merge_preview(session, *offers(session, two))
    told = {one.field: one.suggested for one in preview.choices}
    assert told == {"title": "kept", "school_years": "gone", "credits": "gone", "url": "kept"}
    assert [(one.run.term, one.twin is not None) for one in preview.runs] == [("2026H", True), ("2027V", False)]
    assert preview.targets == [("primary_1_7", "teacher")]


def test_merged_and_taken_apart_everything_is_as_it_was(database: Database, two: tuple[int, int]) -> None:
    with database.write() as session:
        before = session.get_one(Offer, two[0]).model_dump(exclude={"version", "updated_at"})
        keys = dict(session.exec(select(Run.id, Run.key)).all())
        made = merge(session, COORDINATOR, *two, {"url": "gone"})
        kept, gone = offers(session, two)
        assert (kept.title, kept.school_years, float(kept.credits or 0), kept.url) == (
            "Engelsk 1",
            "1-7",
            30,
            "https://b.example",
        )
        assert gone.state is OfferState.ARCHIVED
        assert [one.gone for one in taken_in(session, kept.pk)] == [gone]
        assert {run.offer_id for run in session.exec(select(Run))} == {kept.pk}
        assert all(run.key.startswith(kept.key) for run in session.exec(select(Run).where(Run.term == "2027V")))
        origins = session.exec(select(FieldOrigin).where(FieldOrigin.thing_id == kept.pk)).all()
        assert {(one.field, one.origin, one.evidence) for one in origins} == {
            (name, Origin.PERSON, gone.key) for name in ("school_years", "credits", "url")
        }
        unmerge(session, COORDINATOR, made.pk)
        assert session.get_one(Offer, two[0]).model_dump(exclude={"version", "updated_at"}) == before
        assert session.get_one(Offer, two[1]).state is OfferState.PUBLISHED
        assert dict(session.exec(select(Run.id, Run.key)).all()) == keys
        assert session.exec(select(FieldOrigin).where(FieldOrigin.thing_id == two[0])).all() == []
        assert session.exec(select(OfferTarget).where(OfferTarget.offer_id == two[0])).all() == []
        with pytest.raises(Conflict):
            unmerge(session, COORDINATOR, made.pk)


def test_what_somebody_changed_since_is_left_and_a_correction_is_not_overrun(
    database: Database, two: tuple[int, int]
) -> None:
    with database.write() as session:
        session.add(
            FieldOrigin(
                thing="offer",
                thing_id=two[0],
                field="url",
                value="https://a.example",
                origin=Origin.PERSON,
                actor="person:1",
                at=session.get_one(Offer, two[0]).created_at,
            )
        )
        session.flush()
        made = merge(session, COORDINATOR, *two, {"url": "gone", "title": "gone"})
        kept = session.get_one(Offer, two[0])
        assert (kept.url, kept.title) == ("https://a.example", "Engelsk 1, 1.–7. trinn")
        kept.school_years = "5-10"
        unmerge(session, COORDINATOR, made.pk)
        assert (kept.school_years, kept.title, kept.credits) == ("5-10", "Engelsk 1", None)


def test_what_may_not_be_merged(database: Database, two: tuple[int, int]) -> None:
    with database.write() as session:
        elsewhere = add_taught(session, "1160", "Engelsk 1")
        draft = add_offer(session, "0238", "Engelsk 1", state=OfferState.DRAFT)
        third = add_offer(session, "0238", "Engelsk én")
        staff = Actor("p", (Holding(Role.PROVIDER_STAFF, organisation(session, "1160").pk),), person=2)
        for kept, gone, error in (
            (two[0], two[0], NotFound),
            (two[0], 987, NotFound),
            (two[0], elsewhere.pk, InvalidInput),
            (two[0], draft.pk, Refused),
        ):
            with pytest.raises(error):
                merge(session, COORDINATOR, kept, gone)
        with pytest.raises(NotAllowed):
            merge(session, staff, *two)
        with pytest.raises(InvalidInput):
            merge(session, COORDINATOR, *two, {"url": "both"})
        first = merge(session, COORDINATOR, *two)
        with pytest.raises(Conflict):
            merge(session, COORDINATOR, third.pk, two[0])
        with pytest.raises(NotFound):
            unmerge(session, COORDINATOR, 987)
        with pytest.raises(NotAllowed):
            unmerge(session, staff, first.pk)
        session.get_one(Offer, two[0]).state = OfferState.ARCHIVED
        with pytest.raises(Conflict):
            unmerge(session, COORDINATOR, first.pk)


SHEET = """Tilbudskode;Institusjonskode;Navn;Termin;Plasser
ENG1;0238;Engelsk 1;2027V;{a}
E1-7;0238;Engelsk 1, 1.–7. trinn;2027V;{b}
"""


def deliver(database: Database, folder: Path, sheet: str = SHEET, **places: int) -> None:
    path = folder / f"tilbud-{'-'.join(map(str, places.values()))}.csv"
    path.write_text(sheet.format(**places), encoding="utf-8")
    import_payloads(database, system("import"), "offers-sheet", [path], provider="0238")


def test_a_later_delivery_under_either_code_speaks_of_the_one_offer(database: Database, tmp_path: Path) -> None:
    deliver(database, tmp_path, a=20, b=25)
    with database.write() as session:
        kept, gone = session.exec(select(Offer).order_by(col(Offer.native_code).desc())).all()
        assert (kept.native_code, gone.native_code) == ("ENG1", "E1-7")
        made = merge(session, COORDINATOR, kept.pk, gone.pk)
        assert {record.offer_id for record in session.exec(select(SourceRecord))} == {kept.pk}
    deliver(database, tmp_path, a=20, b=40)
    with database.write() as session:
        assert session.get_one(Offer, gone.pk).state is OfferState.ARCHIVED
        assert {run.offer_id for run in session.exec(select(Run))} == {kept.pk}
        unmerge(session, COORDINATOR, made.pk)
    deliver(database, tmp_path, a=21, b=41)
    with database.read() as session:
        assert {run.offer_id for run in session.exec(select(Run))} == {kept.pk, gone.pk}
        assert 21 in session.exec(select(Run.places).where(Run.offer_id == kept.pk)).all()
        assert len(session.exec(select(OfferMerge)).all()) == 1


@pytest.fixture
def parter() -> Iterator[None]:
    install()
    yield
    remove_parter(part)


@pytest.mark.usefixtures("parter")
@pytest.mark.parametrize("kept_code", ["ENG1", "E1-7"])
def test_what_was_delivered_meanwhile_goes_to_the_one_it_was_told_of(
    database: Database, tmp_path: Path, kept_code: str
) -> None:
    deliver(database, tmp_path, a=20, b=25)
    with database.write() as session:
        ids = {offer.native_code: offer.pk for offer in session.exec(select(Offer))}
        kept, gone = ids.pop(kept_code), *ids.values()
        runs = {run.offer_id: run.pk for run in session.exec(select(Run))}
        made = merge(session, COORDINATOR, kept, gone)
        number = made.pk
    deliver(database, tmp_path, a=30, b=40)
    with database.write() as session:
        unmerge(session, COORDINATOR, number)

    def stands(session: Session) -> dict[str, tuple[str, list[tuple[int, int | None]]]]:
        return {
            offer.native_code: (
                offer.title,
                [(run.pk, run.places) for run in session.exec(select(Run).where(Run.offer_id == offer.pk))],
            )
            for offer in session.exec(select(Offer))
        }

    first, second = (runs[kept], runs[gone]) if kept_code == "ENG1" else (runs[gone], runs[kept])
    with database.read() as session:
        assert stands(session) == {
            "ENG1": ("Engelsk 1", [(first, 30)]),
            "E1-7": ("Engelsk 1, 1.–7. trinn", [(second, 40)]),
        }
        assert not session.exec(select(FieldOrigin).where(FieldOrigin.origin == Origin.PERSON)).all()
        assert {(one.offer_id, one.run_id) for one in session.exec(select(SourceRecord))} == set(runs.items())
    deliver(database, tmp_path, a=31, b=41)
    with database.read() as session:
        assert {code: places for code, (_, [(_, places)]) in stands(session).items()} == {"ENG1": 31, "E1-7": 41}


def merged(database: Database, folder: Path) -> tuple[Offer, Offer, int]:
    """ENG1 with E1-7 merged into it, as delivered before; and the number of the merge."""
    deliver(database, folder, a=20, b=25)
    with database.write() as session:
        kept, gone = session.exec(select(Offer).order_by(col(Offer.native_code).desc())).all()
        return kept, gone, merge(session, COORDINATOR, kept.pk, gone.pk).pk


@pytest.mark.usefixtures("parter")
@pytest.mark.parametrize("silent", ["kept", "both"])
def test_what_was_given_back_stays_where_the_records_say_nothing_of_it(
    database: Database, tmp_path: Path, silent: str
) -> None:
    deliver(database, tmp_path, a=20, b=25)
    with database.write() as session:
        kept, gone = session.exec(select(Offer).order_by(col(Offer.native_code).desc())).all()
        for record in session.exec(select(SourceRecord)):
            if silent == "both" or record.offer_id == kept.pk:
                told = {name: value for name, value in record.told["offer"].items() if name != "title"}
                record.told = {**record.told, "offer": told}
        ids = kept.pk, gone.pk
    with database.write() as session:
        made = merge(session, COORDINATOR, *ids, {"title": "gone"})
        assert session.get_one(Offer, ids[0]).title == "Engelsk 1, 1.–7. trinn"
        unmerge(session, COORDINATOR, made.pk)
    with database.read() as session:
        assert [one.title for one in offers(session, ids)] == ["Engelsk 1", "Engelsk 1, 1.–7. trinn"]


@pytest.mark.usefixtures("parter")
@pytest.mark.parametrize("kept_code", ["ENG1", "E1-7"])
def test_what_was_not_told_meanwhile_is_as_it_was_whatever_the_names_say(
    database: Database, tmp_path: Path, kept_code: str
) -> None:
    deliver(database, tmp_path, a=20, b=25)
    chance = Random(kept_code)
    for _ in range(8):
        with database.write() as session:
            yesterday = clock.now() - timedelta(days=1)
            session.execute(update(FieldOrigin).values(at=yesterday))
            session.execute(update(ImportRun).values(started_at=yesterday))
            for offer in session.exec(select(Offer)):
                points = chance.choice([None, Decimal("7.5"), Decimal(30)])
                offer.school_years, offer.credits = chance.choice([None, "1-7", "8-10"]), points
                offer.credit_scheme = CreditScheme.ECTS if points else None
                session.execute(delete(OfferTarget).where(col(OfferTarget.offer_id) == offer.pk))
                roles = chance.sample(["teacher", "leader", "assistant"], chance.randrange(4))
                session.add_all(OfferTarget(offer_id=offer.pk, setting="primary_1_7", role=role) for role in roles)
            before = everything(session, remade=True)
            ids = dict(session.exec(select(Offer.native_code, Offer.id)).all())
            kept, gone = ids.pop(kept_code), *ids.values()
            chosen = {name: chance.choice(["kept", "gone"]) for name in ("title", "school_years", "credits")}
            made = merge(session, COORDINATOR, kept, gone, chosen)
            unmerge(session, COORDINATOR, made.pk)
            after = everything(session, remade=True)
            assert [name for name in after if after[name] != before[name]] == []


LATER = SHEET + "E1-7;0238;Engelsk 1, 1.–7. trinn;2027H;{c}\n"


@pytest.mark.usefixtures("parter")
def test_a_run_that_only_the_gone_code_told_of_since_leaves_with_it_and_a_persons_value_stays(
    database: Database, tmp_path: Path
) -> None:
    kept, gone, number = merged(database, tmp_path)
    with database.write() as session:
        session.get_one(Offer, kept.pk).department = "Institutt for språk"
    deliver(database, tmp_path, LATER, a=20, b=25, c=15)
    with database.write() as session:
        unmerge(session, COORDINATOR, number)
    with database.read() as session:
        found = {(run.offer_id, run.term, run.places) for run in session.exec(select(Run))}
        assert found == {(kept.pk, "2027V", 20), (gone.pk, "2027V", 25), (gone.pk, "2027H", 15)}
        assert session.get_one(Offer, kept.pk).department == "Institutt for språk"
        later = session.exec(select(SourceRecord).where(SourceRecord.term == "2027H")).one()
        assert later.offer_id == gone.pk


@pytest.mark.usefixtures("parter")
def test_a_run_that_both_have_told_of_since_stays_and_the_other_is_read_anew(
    database: Database, tmp_path: Path
) -> None:
    kept, gone, number = merged(database, tmp_path)
    both = LATER + "ENG1;0238;Engelsk 1;2027H;{d}\n"
    deliver(database, tmp_path, both, a=20, b=25, c=15, d=10)
    with database.write() as session:
        unmerge(session, COORDINATOR, number)
    with database.read() as session:
        assert session.exec(select(Run.offer_id).where(Run.term == "2027H")).all() == [kept.pk]
    deliver(database, tmp_path, both, a=21, b=25, c=15, d=10)  # of the later runs the same is told
    with database.read() as session:
        found = {(run.offer_id, run.places) for run in session.exec(select(Run).where(Run.term == "2027H"))}
        codes = dict(session.exec(select(Offer.id, Offer.native_code)).all())
    assert {(codes[offer], places) for offer, places in found} == {("ENG1", 10), ("E1-7", 15)}
    assert {offer for offer, _ in found} == {kept.pk, gone.pk}
