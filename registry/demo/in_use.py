"""A registry in use is never turned into a demonstration: there anybody may sign in as anybody."""

from sqlalchemy import inspect
from sqlmodel import col, select

from registry.access.models import Person
from registry.core.db import Database
from registry.core.errors import Refused
from registry.demo.persons import ISSUER
from registry.offers.models import Offer
from registry.people.queries import INVITED


def refuse_where_in_use(database: Database) -> None:
    """Whatever the database's schema, from before it is set up until long after.

    Real feeds and invitations beside a demonstration year are part of the demonstration; people whom a sign-in service brought are not.

    Raises Refused.
    """
    if not {"offer", "person"} <= set(inspect(database.engine).get_table_names()):
        return
    with database.read() as session:
        offers, people = select(Offer.id), select(Person.id)
        demonstration = session.exec(offers.where(col(Offer.is_demo))).first() is not None
        real = offers.where(~col(Offer.is_demo)), people.where(Person.issuer != ISSUER)
        signed_in = people.where(col(Person.issuer).not_in([ISSUER, INVITED]))
        queries = (signed_in,) if demonstration else real
        if any(session.exec(query).first() is not None for query in queries):
            raise Refused(
                "Databasen er i bruk: den har tilbud eller personer som ikke hører til en demonstrasjon, og i en demonstrasjon kan alle "
                "logge inn som hvem som helst. Kjør delene hver for seg, eller bruk en tom database."
            )
