"""What coordination says on other rooms' pages."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import select

from registry.access.permissions import Permission
from registry.coordination.policy import scope_of_offers
from registry.coordination.queries import small_subjects
from registry.coordination.queries.desk.board import overlaps_of
from registry.coordination.queries.desk.merges import taken_in
from registry.coordination.queries.detecting.marks import has_few_applicants
from registry.core import clock
from registry.offers.models import Offer
from registry.reference.models import Organisation
from registry.web.panels import Panel
from registry.web.parts import actor, reading


def _marks(offer: Offer) -> Mapping[str, Any] | None:
    """Safe for everybody: the subject is small, few have applied so far."""
    with reading() as session:
        small = offer.subject_code is not None and offer.subject_code in small_subjects(session, clock.today())
        few = has_few_applicants(session, offer.pk)
    return {"small_subject": small, "few_applicants": few} if small or few else None


def _overlaps(offer: Offer) -> Mapping[str, Any] | None:
    """For those who may see the offer's cases."""
    with reading() as session:
        scope = scope_of_offers(session, [offer.pk])
        if not actor().may(Permission.CASE_READ, scope):
            return None
        number = overlaps_of(session, offer.pk)
        provider = session.exec(
            select(Organisation.key).where(Organisation.id == min(scope.organisations, default=0))
        ).first()
    return {"number": number, "provider": provider, "subject": offer.subject_code or ""} if number else None


def _taken_in(offer: Offer) -> Mapping[str, Any] | None:
    """For those who may take it apart again: what has gone into the offer."""
    with reading() as session:
        if not actor().may(Permission.OFFER_MERGE, scope_of_offers(session, [offer.pk])):
            return None
        found = [one for one in taken_in(session, offer.pk) if one.made.pair_id is not None]
    return {"taken_in": found} if found else None


def _draft(offer: Offer) -> Mapping[str, Any]:  # noqa: ARG001 - what the slot gives
    """The way from a draft to the pre-check; nothing is read until somebody goes it."""
    return {}


PANELS = (
    Panel("offer_top", "coordination/panel_taken_in.html", _taken_in, Permission.OFFER_MERGE),
    Panel("offer_top", "coordination/panel_marks.html", _marks),
    Panel("offer", "coordination/panel_overlaps.html", _overlaps, Permission.CASE_READ),
    Panel("own_draft", "coordination/panel_precheck.html", _draft, Permission.CASE_READ),
)
