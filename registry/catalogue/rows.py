"""Published offers with everything a document or an export says of them, some thousand at a time.

Six queries a chunk, however many offers it holds; nothing is kept of a chunk once the next one is read.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from registry.offers.models import Offer, OfferProvider, OfferSubject, OfferTarget, Run, RunPlace
from registry.offers.states import OfferState, RunState

CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class OfferRows:
    """One offer and the rows that belong to it. Providers: the leading ones first."""

    offer: Offer
    providers: Sequence[int]
    subjects: Sequence[str]  #: the main one first
    targets: Sequence[tuple[str | None, str | None]]  #: (setting, role)
    runs: Sequence[Run]
    places: dict[int, list[str]]  #: run's id -> municipalities


def published(session: Session, keys: Collection[str] | None = None) -> Iterator[list[OfferRows]]:
    """Every published offer that is one offer (programme codes that only hold courses are left out), by id, in chunks.

    With ``keys`` only those of them. Without, the session lets go of everything it holds after each chunk.
    """
    if keys is not None:
        wanted = list(dict.fromkeys(keys))
        for start in range(0, len(wanted), CHUNK):
            some = wanted[start : start + CHUNK]
            yield _with_rows(session, session.exec(_published().where(col(Offer.key).in_(some))).all())
        return
    last = 0
    while offers := session.exec(_published().where(col(Offer.id) > last).limit(CHUNK)).all():
        last = offers[-1].pk
        yield _with_rows(session, offers)
        session.expunge_all()


def by_key(session: Session, keys: Collection[str]) -> list[OfferRows]:
    """Offers by key, whatever their state; those that are not there are left out."""
    return _with_rows(session, session.exec(select(Offer).where(col(Offer.key).in_(keys))).all())


def _published() -> Any:
    return (
        select(Offer)
        .where(Offer.state == OfferState.PUBLISHED, col(Offer.is_container).is_(False))
        .order_by(col(Offer.id))
    )


def _with_rows(session: Session, offers: Sequence[Offer]) -> list[OfferRows]:
    ids = [offer.pk for offer in offers]
    providers = _grouped(
        session.exec(
            select(OfferProvider.offer_id, OfferProvider.organisation_id)
            .where(col(OfferProvider.offer_id).in_(ids))
            .order_by(col(OfferProvider.leads).desc(), col(OfferProvider.organisation_id))
        )
    )
    subjects = _grouped(
        session.exec(
            select(OfferSubject.offer_id, OfferSubject.subject_code)
            .where(col(OfferSubject.offer_id).in_(ids))
            .order_by(col(OfferSubject.subject_code))
        )
    )
    targets = _grouped(
        (offer_id, (setting, role))
        for offer_id, setting, role in session.exec(
            select(OfferTarget.offer_id, OfferTarget.setting, OfferTarget.role)
            .where(col(OfferTarget.offer_id).in_(ids))
            .order_by(col(OfferTarget.id))
        )
    )
    taught = select(Run).where(col(Run.offer_id).in_(ids), Run.state != RunState.ABSORBED).order_by(col(Run.id))
    runs = _grouped((run.offer_id, run) for run in session.exec(taught))
    places = _grouped(
        session.exec(
            select(RunPlace.run_id, RunPlace.municipality_code)
            .join(Run, col(Run.id) == col(RunPlace.run_id))
            .where(col(Run.offer_id).in_(ids))
            .order_by(col(RunPlace.municipality_code))
        )
    )
    return [
        OfferRows(
            offer=offer,
            providers=providers[offer.pk],
            subjects=list(dict.fromkeys(([offer.subject_code] if offer.subject_code else []) + subjects[offer.pk])),
            targets=targets[offer.pk],
            runs=runs[offer.pk],
            places={run.pk: places[run.pk] for run in runs[offer.pk]},
        )
        for offer in offers
    ]


def _grouped(pairs: Iterable[tuple[int, Any]]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for owner, value in pairs:
        found[owner].append(value)
    return found
