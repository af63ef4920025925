"""After a change of keys a person is known again: what was kept under the earlier pseudonym is kept under the new one."""

from sqlmodel import Session, select

from registry.access.policy import system
from registry.applications.models import ApplicantContact, Application
from registry.applications.operations.recognising import recognise
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from tests.applications import making

US = system("test")


def address(session: Session, key: str, email: str) -> None:
    session.add(ApplicantContact(applicant_key=key, email=email, told_until=0, updated_at=clock.now()))


def test_applications_and_addresses_follow_the_new_pseudonym(database: Database) -> None:
    with database.write() as session:
        run, other = making.run(session), making.run(session)
        moved = making.application(session, run, applicant_key="k1:kari").pk
        noise = making.application(session, run, applicant_key="k1:noise").pk
        twice = making.application(session, other, applicant_key="k1:kari").pk
        making.application(session, other, applicant_key="k2:kari")
        address(session, "k1:kari", "kari@example.no")
        address(session, "k1:per", "old@example.no")
        address(session, "k2:per", "new@example.no")
        session.flush()
        assert recognise(session, US, {"k1:kari": "k2:kari", "k1:per": "k2:per"}) == 1
    with database.read() as session:
        keys = {one.pk: one.applicant_key for one in session.exec(select(Application))}
        assert (keys[moved], keys[noise]) == ("k2:kari", "k1:noise")
        assert keys[twice] == "k1:kari"  # two lives in one run stay apart
        known = {one.applicant_key: one.email for one in session.exec(select(ApplicantContact))}
        assert known == {"k2:kari": "kari@example.no", "k2:per": "new@example.no"}
        [line] = session.exec(select(AuditEntry).where(AuditEntry.event == "rekey")).all()
        assert (line.thing_id, line.details) == (moved, {"from": "k1", "to": "k2"})


def test_nobody_to_recognise_is_nothing_done(database: Database) -> None:
    with database.write() as session:
        assert recognise(session, US, {}) == 0
        assert recognise(session, US, {"k1:unknown": "k2:unknown"}) == 0
