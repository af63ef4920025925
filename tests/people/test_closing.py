"""An access is closed and opened again, and a person is forgotten: at once, for the administrator alone, and never the last one."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session, col, select

from registry.access.models import Membership, Person, SignIn
from registry.access.policy import ANYONE, Actor, Holding
from registry.access.roles import Role
from registry.catalogue.models import SavedSearch
from registry.core import audit, clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from registry.messages.models import Message
from registry.messages.states import MessageState
from registry.people import operations, queries
from registry.people.operations.erasing import hanging
from registry.people.queries import State, Wanted, Whom
from registry.reference.models import Region
from tests.site import make_person

ADMIN = Actor("person:900", (Holding(Role.ADMINISTRATOR),), person=900)
ADDRESS = "kari@eksempel.no"


def somebody(session: Session, role: Role = Role.COORDINATOR, **about: Any) -> Person:
    person = make_person(session, role, issuer="feide", **about)
    person.email = person.known_as = ADDRESS
    session.flush()
    return person


def letter(session: Session, kind: str, state: MessageState = MessageState.QUEUED) -> Message:
    moment = clock.now()
    made = Message(
        kind=kind,
        recipient=ADDRESS,
        language="nb",
        context={"name": "Kari"},
        dedupe_key=f"{kind}:{state}",
        state=state,
        due_at=moment,
        created_at=moment,
        sent_at=moment if state is MessageState.SENT else None,
    )
    session.add(made)
    session.flush()
    return made


def events(session: Session, person: int) -> list[str]:
    query = select(AuditEntry.event).where(AuditEntry.thing == "person", AuditEntry.thing_id == person)
    return list(session.exec(query.order_by(col(AuditEntry.id))))


def test_a_closed_access_lets_nobody_in_and_ends_what_is_open(database: Database) -> None:
    with database.write() as session:
        person = somebody(session).pk
        token = operations.sign_in(session, person)
    with database.write() as session:
        operations.deactivate(session, ADMIN, person)
    with database.read() as session:
        assert operations.actor_of(session, token) is None
        [kept] = session.exec(select(SignIn).where(SignIn.person_id == person)).all()
        assert (kept.ended_at is not None, kept.applicant_key) == (True, None)
        assert queries.state_of(session.get_one(Person, person)) is State.CLOSED
        assert session.exec(select(Membership).where(Membership.person_id == person)).one().valid_to is None
    with pytest.raises(NotFound), database.write() as session:
        operations.sign_in(session, person)
    with pytest.raises(NotAllowed), database.write() as session:
        operations.arrive(session, "feide", "person-1", "Kari")


def test_opened_again_they_may_come_in_with_the_roles_that_they_had(database: Database) -> None:
    with database.write() as session:
        person = somebody(session).pk
        operations.deactivate(session, ADMIN, person)
    with database.write() as session:
        operations.reactivate(session, ADMIN, person)
        token = operations.sign_in(session, person)
        found = operations.actor_of(session, token)
        assert found is not None
        assert Role.COORDINATOR in {holding.role for holding in found[0].holdings}
    with database.read() as session:
        assert events(session, person) == ["deactivated", "reactivated", "signed_in"]


def test_mail_that_waits_for_an_account_stops_and_an_applicants_does_not(database: Database) -> None:
    with database.write() as session:
        person = somebody(session).pk
        staff, own = letter(session, "risk-warning").pk, letter(session, "answer-reminder").pk
        operations.deactivate(session, ADMIN, person)
    with database.read() as session:
        assert session.get_one(Message, staff).state is MessageState.GIVEN_UP
        assert session.get_one(Message, own).state is MessageState.QUEUED


@pytest.mark.parametrize("do", [operations.deactivate, operations.erase])
def test_the_last_administrator_stays(database: Database, do: Callable[..., None]) -> None:
    with database.write() as session:
        first = make_person(session, Role.ADMINISTRATOR, issuer="feide").pk
        make_person(session, Role.ADMINISTRATOR, issuer="feide").deactivated_at = clock.now()
    with pytest.raises(Conflict, match="eneste administratoren"), database.write() as session:
        do(session, ADMIN, first)
    with database.write() as session:
        make_person(session, Role.ADMINISTRATOR, issuer="feide")
        do(session, ADMIN, first)
        assert session.get_one(Person, first).deactivated_at is not None


def test_the_last_administrators_role_stays(database: Database) -> None:
    with database.write() as session:
        person = make_person(session, Role.ADMINISTRATOR, issuer="feide").pk
        held = session.exec(select(Membership).where(Membership.person_id == person)).one().pk
    with pytest.raises(Conflict, match="eneste administratoren"), database.write() as session:
        operations.revoke(session, ADMIN, held)


def test_what_is_so_already_or_is_not_theirs_to_do(database: Database) -> None:
    with database.write() as session:
        person = somebody(session).pk
    for do in (operations.deactivate, operations.reactivate, operations.erase):
        with pytest.raises(NotAllowed), database.write() as session:
            do(session, ANYONE, person)
        with pytest.raises(NotFound), database.write() as session:
            do(session, ADMIN, 4711)
    with pytest.raises(Conflict, match="allerede åpen"), database.write() as session:
        operations.reactivate(session, ADMIN, person)
    with database.write() as session:
        operations.deactivate(session, ADMIN, person)
    with pytest.raises(Conflict, match="allerede stengt"), database.write() as session:
        operations.deactivate(session, ADMIN, person)


def test_a_coordinator_has_a_region_or_the_country(database: Database) -> None:
    with database.write() as session:
        person = somebody(session).pk
        held = session.exec(select(Membership).where(Membership.person_id == person)).one().pk
        assert operations.set_region(session, ADMIN, held, Region.WEST) is None
        assert operations.set_region(session, ADMIN, held, Region.WEST) is Region.WEST  # nothing to tell
        assert operations.set_region(session, ADMIN, held, None) is Region.WEST
        given = operations.grant(
            session, ADMIN, somebody(session, Role.SEARCHER).pk, Role.COORDINATOR, region=Region.NORTH
        )
        assert given.region == "north"
    with database.read() as session:
        told = select(AuditEntry.details).where(AuditEntry.event == "region_given").order_by(col(AuditEntry.id))
        assert [details["region"] for details in session.exec(told) if details] == ["west", None]


def test_other_roles_have_no_region(database: Database) -> None:
    with database.write() as session:
        person = somebody(session, Role.OPERATOR).pk
        held = session.exec(select(Membership).where(Membership.person_id == person)).one().pk
        with pytest.raises(InvalidInput, match="ingen region"):
            operations.set_region(session, ADMIN, held, Region.EAST)
        with pytest.raises(InvalidInput, match="ingen region"):
            operations.grant(session, ADMIN, person, Role.DIRECTORATE, region=Region.EAST)
        with pytest.raises(NotFound):
            operations.set_region(session, ADMIN, 4711, Region.EAST)


def test_who_is_erased_leaves_a_number_and_the_log(database: Database) -> None:
    with database.write() as session:
        person = somebody(session).pk
        operations.sign_in(session, person)
        moment = clock.now()
        session.add(
            SavedSearch(person_id=person, name="Matte", query="q=matte", created_at=moment, expires_on=moment.date())
        )
        sent, waits = letter(session, "risk-warning", MessageState.SENT).pk, letter(session, "answer-reminder").pk
        session.flush()
        assert operations.what_goes(session, person) == {"membership": 1, "sign_in": 1, "saved_search": 1}
    with database.write() as session:
        operations.erase(session, ADMIN, person)
    with database.read() as session:
        left = session.get_one(Person, person)
        assert (left.issuer, left.subject, left.display_name) == ("erased", str(person), f"Person {person}")
        assert (left.known_as, left.email, left.language) == (None, None, "nb")
        assert queries.state_of(left) is State.ERASED
        assert operations.what_goes(session, person) == {}
        assert session.get_one(Message, sent).recipient is None
        assert session.get_one(Message, sent).context is None
        assert session.get_one(Message, waits).recipient == ADDRESS  # an applicant asked for it; emptied in its time
        assert events(session, person) == ["signed_in", "erased"]
        assert audit.first_broken(session) is None
        [line] = session.exec(select(AuditEntry).where(AuditEntry.event == "erased")).all()
        assert line.details == {"gone": {"membership": 1, "proposals_told": 0, "saved_search": 1, "sign_in": 1}}


def test_who_is_erased_is_not_found_again_and_comes_back_as_somebody_new(database: Database) -> None:
    with database.write() as session:
        person = somebody(session, subject="kari").pk
        operations.erase(session, ADMIN, person)
    with database.write() as session:
        for do in (operations.deactivate, operations.reactivate, operations.erase):
            with pytest.raises(NotFound):
                do(session, ADMIN, person)
        with pytest.raises(NotFound):
            queries.person_of(session, ADDRESS)
        assert operations.arrive(session, "feide", "kari", "Kari", email=ADDRESS).pk != person


def test_what_hangs_on_a_person_is_known(database: Database) -> None:
    """A table with a new tie to a person goes with them when they are erased: whoever adds one says so here."""
    assert database
    assert {table.name for table, _ in hanging()} == {"membership", "proposals_told", "saved_search", "sign_in"}


def test_the_list_finds_by_name_role_and_how_the_access_is(database: Database) -> None:
    with database.write() as session:
        for name, role in (
            ("Åse Berg", Role.COORDINATOR),
            ("Bo 100 % Dahl", Role.OPERATOR),
            ("Cato Eng", Role.OPERATOR),
        ):
            make_person(session, role, name, issuer="feide")
        make_person(session, Role.OPERATOR, "Dina", issuer="demo")
        closed = make_person(session, Role.OPERATOR, "Eva", issuer="feide").pk
        operations.deactivate(session, ADMIN, closed)
        operations.invite(session, ADMIN, "fay@eksempel.no", "Fay")

        def names(**wanted: Any) -> list[str]:
            page = queries.found_people(session, Wanted(**wanted), clock.today(), 1)
            assert page.total == len(page.items)
            return sorted(known.person.display_name for known in page.items)

        assert names() == ["Bo 100 % Dahl", "Cato Eng", "Åse Berg"]
        assert names(role=Role.COORDINATOR) == ["Åse Berg"]
        assert names(text="cato") == ["Cato Eng"]
        assert names(text="%") == ["Bo 100 % Dahl"]
        assert names(whom=Whom.CLOSED) == ["Eva"]
        assert names(whom=Whom.INVITED) == ["Fay"]
        assert names(whom=Whom.ALL, text="fay@") == ["Fay"]
        assert len(names(whom=Whom.ALL)) == 5
        assert [held.membership.role for held in queries.known(session, closed).roles] == [Role.OPERATOR]
