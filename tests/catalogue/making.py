"""Offers for tests: each says only what the test is about, the rest is plain and valid."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from sqlmodel import Session, select

from registry.core import clock
from registry.core.text import norwegian_sort_key
from registry.offers.models import Offer, OfferProvider, OfferTarget, Run, RunPlace
from registry.offers.states import CreditScheme, OfferState, RunState
from registry.reference.models import Organisation

TODAY = date(2026, 3, 1)
_number = count(1)


def make_offer(
    session: Session,
    title: str = "Norsk 1",
    *,
    key: str | None = None,
    provider: str = "1120",
    points: float | None = 30,
    targets: tuple[tuple[str | None, str | None], ...] = (),
    runs: tuple[dict[str, Any], ...] = ({},),
    state: OfferState = OfferState.PUBLISHED,
    **values: Any,
) -> Offer:
    """A published offer of the University of Bergen with one run next autumn, in the session, flushed."""
    key = key or f"{provider}:{next(_number)}"
    offer = Offer(
        key=key,
        native_code=values.pop("native_code", key.partition(":")[2]),
        title=title,
        title_language="nb",
        sort_title=norwegian_sort_key(title),
        credits=Decimal(str(points)) if points is not None else None,
        credit_scheme=CreditScheme.ECTS if points is not None else None,
        state=state,
        created_at=clock.now(),
        updated_at=clock.now(),
        **values,
    )
    session.add(offer)
    session.flush()
    organisation = session.exec(select(Organisation).where(Organisation.key == provider)).one()
    session.add(OfferProvider(offer_id=offer.pk, organisation_id=organisation.pk))
    for setting, role in targets:
        session.add(OfferTarget(offer_id=offer.pk, setting=setting, role=role))
    for run in runs:
        make_run(session, offer, **run)
    session.flush()
    return offer


def make_run(
    session: Session, offer: Offer, *, term: str = "2026H", places: tuple[str, ...] = (), **values: Any
) -> Run:
    run = Run(
        key=values.pop("key", f"{offer.key}:{term}:{next(_number)}"),
        offer_id=offer.pk,
        term=term,
        state=values.pop("state", RunState.PLANNED),
        created_at=clock.now(),
        updated_at=clock.now(),
        **values,
    )
    session.add(run)
    session.flush()
    for place in places:
        session.add(RunPlace(run_id=run.pk, municipality_code=place))
    session.flush()
    return run
