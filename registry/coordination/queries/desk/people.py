"""The names behind the log."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from registry.access.models import Person


def names_of(session: Session, actors: Iterable[str]) -> dict[str, str]:
    """Actor ("person:12") -> the person's name; what no person did, and whoever is forgotten, is not there."""
    people = {int(actor.removeprefix("person:")) for actor in actors if actor.startswith("person:")}
    found = session.exec(select(Person.id, Person.display_name).where(col(Person.id).in_(people)))
    return {f"person:{one}": name for one, name in found}
