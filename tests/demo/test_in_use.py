"""What a demonstration may be made of, and what is in use."""

from pathlib import Path

import pytest
from sqlmodel import Session

from registry.access.models import Person
from registry.core import clock
from registry.core.db import Database
from registry.core.errors import Refused
from registry.demo.in_use import refuse_where_in_use
from tests.catalogue.making import make_offer


def add_person(session: Session, issuer: str) -> None:
    session.add(Person(issuer=issuer, subject="x", display_name="Kari", created_at=clock.now()))


def test_nothing_at_all_is_not_in_use(database: Database, tmp_path: Path) -> None:
    refuse_where_in_use(database)
    bare = Database(f"sqlite:///{tmp_path}/bare.sqlite3")
    refuse_where_in_use(bare)
    bare.dispose()


@pytest.mark.parametrize("issuer", ["invited", "https://feide.example"])
def test_people_of_a_registry_are(database: Database, issuer: str) -> None:
    with database.write() as session:
        add_person(session, issuer)
    with pytest.raises(Refused):
        refuse_where_in_use(database)


def test_offers_of_a_registry_are(database: Database) -> None:
    with database.write() as session:
        make_offer(session)
    with pytest.raises(Refused):
        refuse_where_in_use(database)


def test_real_feeds_and_invitations_beside_a_demonstration_are_not_but_people_who_signed_in_are(
    database: Database,
) -> None:
    with database.write() as session:
        make_offer(session, is_demo=True)
        make_offer(session)
        add_person(session, "demo")
        add_person(session, "invited")
    refuse_where_in_use(database)
    with database.write() as session:
        add_person(session, "https://feide.example")
    with pytest.raises(Refused):
        refuse_where_in_use(database)
