"""An offer that is kept here already, as a question to the pre-check: what is known of it becomes the address."""

from collections.abc import Collection
from typing import Any

from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.coordination.policy import scope_of_offers
from registry.core import terms
from registry.core.errors import NotFound
from registry.matching.profiles import plain_number
from registry.matching.reading import read_name
from registry.offers.models import Offer, OfferProvider, OfferTarget, Run, RunPlace
from registry.reference.models import Organisation


def asked_of(session: Session, actor: Actor, key: str, coming: Collection[str]) -> dict[str, Any]:
    """The parameters of the pre-check; ``coming`` are the terms that may be planned for. What the name tells by itself is left out, so that it counts as read and not as said.

    Raises NotFound for an offer that is not there, or is none of the actor's business.
    """
    offer = session.exec(select(Offer).where(Offer.key == key)).first()
    if offer is None or not actor.may(Permission.CASE_READ, scope_of_offers(session, [offer.pk])):
        raise NotFound("Tilbudet finnes ikke.")
    read = read_name(offer.title, level_code=offer.level_code)
    years = read.school_years.value if read.school_years else None
    step = read.step.value if read.step else None
    points = read.credits.value if read.credits else None
    targets = session.exec(
        select(OfferTarget).where(OfferTarget.offer_id == offer.pk).order_by(col(OfferTarget.id))
    ).all()
    found = {
        "tittel": offer.title,
        "institusjon": _lead(session, offer.pk),
        "fag": None if read.subject and read.subject.value == offer.subject_code else offer.subject_code,
        "trinn": None if years == offer.school_years else offer.school_years,
        "steg": None if step == offer.step else offer.step,
        "studiepoeng": None if points == offer.credits else plain_number(offer.credits),
        "niva": offer.level_code,
        "malgruppe": list(dict.fromkeys(one.setting for one in targets if one.setting)),
        "rolle": list(dict.fromkeys(one.role for one in targets if one.role)),
        **_run(session, offer.pk, coming),
    }
    return {name: value for name, value in found.items() if value}


def _lead(session: Session, offer_id: int) -> str | None:
    query = select(Organisation.key).join(OfferProvider, col(OfferProvider.organisation_id) == col(Organisation.id))
    return session.exec(
        query.where(OfferProvider.offer_id == offer_id).order_by(col(OfferProvider.leads).desc())
    ).first()


def _run(session: Session, offer_id: int, terms_: Collection[str]) -> dict[str, Any]:
    """Of the first run in one of the terms: when, how and where."""
    found = select(Run).where(Run.offer_id == offer_id, col(Run.term).in_(terms_))
    run = min(session.exec(found), key=lambda run: terms.sort_key(run.term), default=None)
    if run is None:
        return {}
    place = session.exec(select(RunPlace.municipality_code).where(RunPlace.run_id == run.pk)).first()
    return {"termin": run.term, "form": str(run.delivery) if run.delivery else None, "kommune": place}
