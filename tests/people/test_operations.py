"""Sessions: only the hash of a token is kept, and every session ends."""

import hashlib
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import inspect
from sqlmodel import Session, col, select

from registry.access.models import Membership, Person, SignIn
from registry.access.policy import Actor
from registry.access.pseudonyms import demo_applicant
from registry.access.roles import Role
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import NotFound
from registry.people.operations import IDLE, actor_of, end_expired, sign_in, sign_out, touch
from registry.tables import metadata
from tests.site import make_person


@pytest.fixture
def person(database: Database) -> int:
    """Kari, at the University of Bergen, with others around her."""
    with database.write() as session:
        make_person(session, Role.COORDINATOR, "Noise Before")
        kari = make_person(session, Role.PROVIDER_STAFF, organisation="1120")
        make_person(session, Role.OPERATOR, "Noise After")
    return kari.pk


@pytest.fixture
def token(database: Database, person: int) -> str:
    with database.write() as session:
        return sign_in(session, person)


def who(database: Database, token: str) -> Actor | None:
    with database.read() as session:
        found = actor_of(session, token)
    return found[0] if found else None


def only(session: Session) -> SignIn:
    return session.exec(select(SignIn)).one()


def test_the_token_itself_is_kept_nowhere(database: Database, token: str) -> None:
    with database.read() as session:
        assert only(session).token_hash == hashlib.sha256(token.encode()).hexdigest()
    with database.engine.connect() as connection:
        for name in inspect(database.engine).get_table_names():
            table = metadata.tables.get(name)
            if table is not None:
                assert token not in repr(connection.execute(table.select()).all()), name


def test_the_person_behind_a_token_holds_the_public_rights_and_the_own_roles(
    database: Database, person: int, token: str
) -> None:
    actor = who(database, token)
    assert actor is not None
    assert (actor.name, actor.person, actor.label) == (f"person:{person}", person, "Kari Nordmann")
    assert [holding.role for holding in actor.holdings] == [Role.ANYONE, Role.SEARCHER, Role.PROVIDER_STAFF]


def test_a_wrong_token_is_nobody(database: Database, token: str) -> None:
    assert who(database, token[:-1]) is None
    assert who(database, "") is None
    assert who(database, hashlib.sha256(token.encode()).hexdigest()) is None


def test_every_sign_in_has_a_token_of_its_own(database: Database, person: int, token: str) -> None:
    with database.write() as session:
        again = sign_in(session, person)
    assert again != token
    assert who(database, token) is not None
    assert who(database, again) is not None


@pytest.mark.parametrize(("minutes", "known"), [(30, True), (31, False)])
def test_thirty_idle_minutes_end_it(
    database: Database, token: str, noon: time_machine.Traveller, minutes: int, known: bool
) -> None:
    noon.shift(timedelta(minutes=minutes))
    assert (who(database, token) is not None) is known


@pytest.mark.parametrize(("minutes", "known"), [(480, True), (481, False)])
def test_eight_hours_end_it_however_busy(
    database: Database, token: str, noon: time_machine.Traveller, minutes: int, known: bool
) -> None:
    start = clock.now()
    for passed in (*range(20, 480, 20), minutes):
        noon.move_to(start + timedelta(minutes=passed))
        if passed < minutes:
            with database.write() as session:
                touch(session, token)
    assert (who(database, token) is not None) is known


def test_the_last_use_is_written_at_most_once_a_minute(
    database: Database, token: str, noon: time_machine.Traveller
) -> None:
    def stale() -> bool:
        with database.read() as session:
            found = actor_of(session, token)
        assert found is not None
        return found[1]

    noon.shift(timedelta(seconds=60))
    assert not stale()
    noon.shift(timedelta(seconds=1))
    assert stale()
    with database.write() as session:
        touch(session, token)
    assert not stale()


def test_signing_out_ends_that_session_and_no_other(database: Database, person: int, token: str) -> None:
    with database.write() as session:
        other = sign_in(session, person)
        sign_out(session, token)
    assert who(database, token) is None
    assert who(database, other) is not None
    with database.read() as session:
        ended = session.exec(select(SignIn).where(col(SignIn.ended_at).is_not(None))).one()
    assert ended.ended_at == clock.now()


def test_signing_out_twice_or_as_nobody_is_written_down_once(database: Database, person: int, token: str) -> None:
    for value in (token, token, "unknown"):
        with database.write() as session:
            sign_out(session, value)
    with database.read() as session:
        entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()
    assert [(entry.event, entry.actor, entry.thing_id) for entry in entries] == [
        ("signed_in", f"person:{person}", person),
        ("signed_out", f"person:{person}", person),
    ]
    assert token not in repr(entries)


def test_the_pseudonym_lives_as_long_as_the_session(database: Database, person: int, token: str) -> None:
    with database.read() as session:
        subject = session.get_one(Person, person).subject
        assert only(session).applicant_key == demo_applicant(subject)
    with database.write() as session:
        sign_out(session, token)
    with database.read() as session:
        assert only(session).applicant_key is None


def test_a_session_that_nobody_comes_back_to_ends_and_forgets_the_pseudonym(
    database: Database, person: int, token: str, noon: time_machine.Traveller
) -> None:
    with database.write() as session:
        assert end_expired(session) == 0
    noon.shift(IDLE + timedelta(seconds=1))
    with database.write() as session:
        fresh = sign_in(session, person)
        assert end_expired(session) == 1
    with database.read() as session:
        old, new = session.exec(select(SignIn).order_by(col(SignIn.id))).all()
    assert (old.applicant_key, old.ended_at is None) == (None, False)
    assert (new.applicant_key is None, new.ended_at) == (False, None)
    assert who(database, fresh) is not None


def test_a_person_of_a_real_sign_in_service_gets_no_invented_pseudonym(database: Database) -> None:
    with database.write() as session:
        sign_in(session, make_person(session, Role.SEARCHER, issuer="https://login.example").pk)
    with database.read() as session:
        assert only(session).applicant_key is None


def test_the_deactivated_cannot_sign_in_and_are_out_at_once(database: Database, person: int, token: str) -> None:
    with database.write() as session:
        session.get_one(Person, person).deactivated_at = clock.now()
    assert who(database, token) is None
    with database.write() as session, pytest.raises(NotFound):
        sign_in(session, person)


def test_nobody_cannot_sign_in(database: Database) -> None:
    with database.write() as session, pytest.raises(NotFound):
        sign_in(session, 404)


def test_rights_are_looked_up_every_time(database: Database, person: int, token: str) -> None:
    """A role taken away this morning is gone now, not at the next sign-in."""
    with database.write() as session:
        row = session.exec(select(Membership).where(Membership.person_id == person)).one()
        row.valid_to = clock.today() - timedelta(days=1)
    actor = who(database, token)
    assert actor is not None
    assert [holding.role for holding in actor.holdings] == [Role.ANYONE, Role.SEARCHER]
