"""What the room's pages share."""

from flask import abort
from sqlmodel import Session

from registry.access.permissions import Permission
from registry.access.policy import Scope
from registry.offers.models import Offer, Run
from registry.offers.operations import get_run
from registry.offers.policy import scope_of
from registry.web.i18n import N_, page_blueprint
from registry.web.parts import actor

blueprint = page_blueprint("applications", __name__)
UNKNOWN = N_("Velg hva du vil gjøre.")


def own_run(session: Session, key: str, permission: Permission) -> tuple[Run, Offer]:
    """The run and its offer. What belongs to another institution is not found."""
    found = get_run(session, key)
    scope: Scope = scope_of(session, found)
    if not actor().may(permission, scope):
        abort(404)
    return found, session.get_one(Offer, found.offer_id)
