"""A person asks to be forgotten (GDPR article 17): the account goes, and what it did stays under a number that names nobody."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlmodel import Session

from registry.access.models import Person
from registry.access.policy import Actor
from registry.core import audit, clock
from registry.core.table import metadata
from registry.messages.operations import forget_address
from registry.people.operations.closing import end_sessions, known_person, require_another_administrator
from registry.people.queries import ERASED


def erase(session: Session, actor: Actor, person_id: int) -> None:
    """Name, addresses and the sign-in service's name for the person are emptied, open sessions end, and everything that hangs on
    the account goes: roles, sessions, followed searches, and mail to its addresses.

    Who did what stays in the audit log as ``person:<id>``, which from now on names nobody; its chain is not touched. It cannot be
    undone: who signs in later is somebody new. Raises NotAllowed, NotFound, Conflict for the only administrator.
    """
    person = known_person(session, actor, person_id)
    require_another_administrator(session, person_id)
    for address in {person.email, person.known_as} - {None}:
        forget_address(session, str(address))
    end_sessions(session, person_id)
    session.flush()
    gone = {table.name: _drop(session, table, column, person_id) for table, column in hanging()}
    session.expire_all()  # the roles and sessions that this session knew are gone
    _empty(person)
    audit.record(session, actor=actor.name, thing="person", thing_id=person_id, event="erased", details={"gone": gone})
    session.flush()


def what_goes(session: Session, person_id: int) -> dict[str, int]:
    """How many rows of each table go with the person; tables without any are left out."""
    counted = {
        table.name: session.execute(
            sa.select(sa.func.count()).select_from(table).where(column == person_id)
        ).scalar_one()
        for table, column in hanging()
    }
    return {name: number for name, number in counted.items() if number}


def hanging() -> Iterator[tuple[sa.Table, sa.Column[int]]]:
    """Every table whose rows belong to a person, with the column that says whose: a new one is there by its foreign key."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table.name == Person.__tablename__ for key in column.foreign_keys):
                yield table, column


def _drop(session: Session, table: sa.Table, column: sa.Column[int], person_id: int) -> int:
    dropped = session.execute(table.delete().where(column == person_id))
    return int(dropped.rowcount)  # type: ignore[attr-defined]  # a deletion gives a CursorResult


def _empty(person: Person) -> None:
    number = person.pk
    person.issuer, person.subject = ERASED, str(number)
    person.display_name = f"Person {number}"  # the number that the log knows; the same words in every language
    person.known_as = person.email = None
    person.language = "nb"
    person.deactivated_at = person.deactivated_at or clock.now()
