"""A run at risk is warned of once per level, to its institution and its region, and never daily."""

from datetime import date

from sqlmodel import Session, select

from registry.access.models import Membership, Person
from registry.access.policy import system
from registry.access.roles import Role
from registry.coordination.models import RiskWarning
from registry.coordination.operations import detect
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.messages.models import Message
from tests.coordination.country import TODAY, add_offer, add_run, organisation

ROBOT = system("detect")


def person(session: Session, name: str, role: Role, **limits: object) -> Person:
    found = Person(
        issuer="test",
        subject=name,
        display_name=name,
        email=f"{name}@example.no",
        language="nb",
        created_at=clock.now(),
    )
    session.add(found)
    session.flush()
    session.add(Membership(person_id=found.pk, role=role, valid_from=date(2025, 1, 1), **limits))
    return found


def test_the_institution_and_its_region_are_told_once(database: Database) -> None:
    with database.write() as session:
        offer = add_offer(session, "0238", "Norsk 1, 1.–7. trinn")
        add_run(session, offer, "2027V", applicants=1, minimum=15, application_closes_on=TODAY)
        full = add_offer(session, "0238", "Engelsk 1, 1.–7. trinn")
        add_run(session, full, "2027V", applicants=30, minimum=10)
        person(session, "ansatt", Role.PROVIDER_STAFF, organisation_id=organisation(session, "0238").pk)
        person(session, "annen", Role.PROVIDER_STAFF, organisation_id=organisation(session, "1160").pk)
        person(session, "vest", Role.COORDINATOR, region="west")
        person(session, "ost", Role.COORDINATOR, region="east")
        person(session, "landet", Role.COORDINATOR)
    for day in (TODAY, TODAY, date(2026, 11, 23)):
        detect(database, ROBOT, today=day)
    with database.read() as session:
        warnings = session.exec(select(RiskWarning)).all()
        told = sorted(message.recipient for message in session.exec(select(Message)))
        logged = session.exec(select(AuditEntry).where(AuditEntry.thing == "risk_warning")).all()
    assert [(one.level, one.warned_on) for one in warnings] == [("RISK_HIGH", TODAY)]
    assert told == ["ansatt@example.no", "landet@example.no", "vest@example.no"]
    assert len(logged) == 1


def test_the_next_level_is_told_too_and_a_fall_is_not(database: Database) -> None:
    with database.write() as session:
        offer = add_offer(session, "0238", "Norsk 1, 1.–7. trinn")
        run = add_run(session, offer, "2027V", applicants=1, minimum=15, application_closes_on=TODAY)
        run_id = run.pk
    detect(database, ROBOT, today=TODAY)
    with database.write() as session:
        session.delete(session.exec(select(RiskWarning)).one())
        session.add(
            RiskWarning(
                run_id=run_id, level="RISK_FLAG", warned_on=TODAY, probability=0.85, days_left=9, detection_id=1
            )
        )
    detect(database, ROBOT, today=TODAY)
    detect(database, ROBOT, today=TODAY)
    with database.read() as session:
        assert sorted(session.exec(select(RiskWarning.level))) == ["RISK_FLAG", "RISK_HIGH"]
