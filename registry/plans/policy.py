"""Whose a competence plan is."""

from sqlmodel import Session

from registry.access.policy import Scope
from registry.core.errors import NotFound
from registry.reference.models import Organisation


def scope_of(session: Session, owner_id: int) -> Scope:
    """The owner and its county. Raises NotFound for somebody who is no owner."""
    owner = session.get(Organisation, owner_id)
    if owner is None or not owner.is_owner:
        raise NotFound("Eieren finnes ikke.")
    return Scope(
        owners=frozenset({owner_id}), counties=frozenset({owner.county_code}) if owner.county_code else frozenset()
    )
