"""What the API reads: offers for everyone, own runs with exact figures.

Pages by cursor, in the order of change, and no further than where nothing can come in between any more (``Database.settled``):
nothing is skipped, also not what a long delivery commits late.
"""

import base64
import binascii
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, case, exists, func, or_
from sqlmodel import Session, col, select

from registry.api.requests import FiguresOut, OfferOut, OwnRunOut, ProviderOut, RunOut
from registry.applications.figures import COUNTED, RunFigures
from registry.applications.queries import run_figures
from registry.coordination.models import OfferMerge
from registry.core.audit import AuditEntry
from registry.core.errors import InvalidInput, NotFound
from registry.offers.models import Offer, OfferProvider, Run, RunPlace
from registry.offers.states import OfferState
from registry.reference.models import PROVIDER_KINDS, Organisation

#: States of offers that have been public. A draft is nobody's but its provider's.
_PUBLIC = (OfferState.PUBLISHED, OfferState.DISCONTINUED)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: when its last row changed, and that row's id."""

    at: datetime
    id: int

    def __str__(self) -> str:
        told = json.dumps([self.at.isoformat(), self.id]).encode()
        return base64.urlsafe_b64encode(told).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Raises InvalidInput for anything but what this service gave out."""
        try:
            told = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            at, row_id = datetime.fromisoformat(told[0]), told[1]
            if not isinstance(row_id, int) or isinstance(row_id, bool) or not 0 <= row_id < 2**31:
                raise ValueError(text)
        except (ValueError, TypeError, LookupError, binascii.Error, RecursionError) as error:
            raise InvalidInput("Sidemerket («cursor») kan ikke leses. Følg «next» fra forrige side.") from error
        return cls(at if at.tzinfo else at.replace(tzinfo=UTC), row_id)


def offers(
    session: Session,
    *,
    until: datetime,
    since: datetime | None,
    cursor: Cursor | None,
    provider: str | None,
    limit: int,
) -> tuple[list[OfferOut], Cursor | None]:
    """Offers that changed before ``until``, in that order; an offer changes with its runs. ``provider`` is a DBH code, number
    or key.
    """
    runs = select(Run.offer_id, func.max(Run.updated_at).label("at")).group_by(col(Run.offer_id)).subquery()
    changed = case((runs.c.at > Offer.updated_at, runs.c.at), else_=Offer.updated_at)
    query: Any = select(Offer, changed.label("changed")).join(runs, runs.c.offer_id == Offer.id, isouter=True)
    query = query.where(_told(), col(Offer.is_container).is_(False))
    if provider is not None:
        query = query.where(col(Offer.id).in_(_offers_of({_organisation(session, provider)})))
    rows = session.exec(_after(query, changed, Offer.id, until, since, cursor, limit)).all()
    return _offers(session, [(offer, at) for offer, at in rows[:limit]]), _next(rows, limit, lambda row: row[0].pk)


def offer(session: Session, key: str) -> OfferOut:
    """Raises NotFound, also for what has never been more than a draft."""
    found = session.exec(select(Offer).where(Offer.key == key, _told())).first()
    if found is None:
        raise NotFound("Tilbudet finnes ikke.")
    latest = session.exec(select(func.max(Run.updated_at)).where(Run.offer_id == found.pk)).one()
    at = max(_utc(found.updated_at), _utc(latest)) if latest else found.updated_at
    return _offers(session, [(found, at)])[0]


def own_runs(
    session: Session,
    organisation_id: int,
    *,
    until: datetime,
    since: datetime | None,
    cursor: Cursor | None,
    term: str | None,
    limit: int,
) -> tuple[list[OwnRunOut], Cursor | None]:
    """The institution's own runs with exact figures, those that changed before ``until``, in that order."""
    query: Any = select(Run, Offer, Run.updated_at).join(Offer, col(Offer.id) == Run.offer_id)
    query = query.where(col(Offer.id).in_(_offers_of({organisation_id})))
    if term is not None:
        query = query.where(Run.term == term)
    rows = session.exec(_after(query, Run.updated_at, Run.id, until, since, cursor, limit)).all()
    shown = rows[:limit]
    figures = run_figures(session, run_ids=[run.pk for run, _, _ in shown])
    places = _places(session, [run.pk for run, _, _ in shown])
    stands = _standing(session, [run for run, _, _ in shown])
    found = [
        OwnRunOut(
            **_run(run, places, stands).model_dump(),
            offer=offer_.key,
            title=offer_.title,
            changed_at=_utc(at).isoformat(),
            figures=_figures(figures[run.pk]),
        )
        for run, offer_, at in shown
    ]
    return found, _next(rows, limit, lambda row: row[0].pk)


def institutions(session: Session, reach: frozenset[int] | None) -> list[tuple[str, str]]:
    """Institutions that may have keys, by name: (id, name). None is every one."""
    query = select(Organisation).where(col(Organisation.kind).in_(PROVIDER_KINDS)).order_by(col(Organisation.name_nb))
    if reach is not None:
        query = query.where(col(Organisation.id).in_(reach))
    return [(str(one.pk), one.name_nb) for one in session.exec(query)]


def _after(
    query: Any,
    changed: Any,
    row_id: Any,
    until: datetime,
    since: datetime | None,
    cursor: Cursor | None,
    limit: int,
) -> Any:
    """One row more than is shown: whether there is a next page."""
    query = query.where(changed < until)
    if since is not None:
        query = query.where(changed >= since)
    if cursor is not None:
        query = query.where((changed > cursor.at) | ((changed == cursor.at) & (col(row_id) > cursor.id)))
    return query.order_by(changed, col(row_id)).limit(limit + 1)


def _next(rows: Sequence[Any], limit: int, row_id: Any) -> Cursor | None:
    return Cursor(_utc(rows[limit - 1][-1]), row_id(rows[limit - 1])) if len(rows) > limit else None


def _utc(moment: Any) -> datetime:
    """SQLite gives moments of expressions as text, and without a zone: all of them are UTC."""
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _told() -> Any:
    """Offers that are public, and those that were until they ended, were put away or went into another: whoever keeps a copy of
    one learns what became of it. An archived draft is told to nobody.
    """
    was_public = exists().where(
        col(AuditEntry.thing) == "offer",
        col(AuditEntry.thing_id) == col(Offer.id),
        col(AuditEntry.to_state) == OfferState.ARCHIVED,
        col(AuditEntry.from_state).in_(_PUBLIC),
    )
    return or_(col(Offer.state).in_(_PUBLIC), and_(col(Offer.state) == OfferState.ARCHIVED, was_public))


def _offers_of(organisations: Collection[int]) -> Any:
    return select(OfferProvider.offer_id).where(col(OfferProvider.organisation_id).in_(organisations))


def _organisation(session: Session, text: str) -> int:
    found = session.exec(
        select(Organisation.id).where(
            (Organisation.key == text) | (Organisation.dbh_code == text) | (Organisation.orgnr == text)
        )
    ).first()
    if found is None:
        raise NotFound("Institusjonen finnes ikke.")
    return found


def _offers(session: Session, listed: Sequence[tuple[Offer, Any]]) -> list[OfferOut]:
    ids = [one.pk for one, _ in listed]
    runs: dict[int, list[Run]] = {}
    for run in session.exec(select(Run).where(col(Run.offer_id).in_(ids)).order_by(col(Run.id))):
        runs.setdefault(run.offer_id, []).append(run)
    every = [run for some in runs.values() for run in some]
    places, stands = _places(session, [run.pk for run in every]), _standing(session, every)
    providers: dict[int, list[ProviderOut]] = {}
    taught = (
        select(OfferProvider, Organisation)
        .join(Organisation, col(Organisation.id) == OfferProvider.organisation_id)
        .where(col(OfferProvider.offer_id).in_(ids))
        .order_by(col(OfferProvider.leads).desc(), col(Organisation.key))
    )
    for link, one in session.exec(taught):
        providers.setdefault(link.offer_id, []).append(
            ProviderOut(name=one.name_nb, dbh_code=one.dbh_code, orgnr=one.orgnr, leads=link.leads)
        )
    into = _went_into(session, [one.pk for one, _ in listed if one.state is OfferState.ARCHIVED])
    return [
        OfferOut(
            key=one.key,
            native_code=one.native_code,
            title=one.title,
            state=str(one.state),
            merged_into=into.get(one.pk),
            subject=one.subject_code,
            level=one.level_code,
            credits=None if one.credits is None else float(one.credits),
            credit_scheme=None if one.credit_scheme is None else str(one.credit_scheme),
            measure=one.measure_code,
            url=one.url,
            demonstration=one.is_demo,
            changed_at=_utc(at).isoformat(),
            providers=providers.get(one.pk, []),
            runs=[_run(run, places, stands) for run in runs.get(one.pk, ())],
        )
        for one, at in listed
    ]


def _went_into(session: Session, offer_ids: Collection[int]) -> dict[int, str]:
    """Of offers that were made one with another: id -> the other's key."""
    query = (
        select(OfferMerge.gone_offer_id, Offer.key)
        .join(Offer, col(Offer.id) == OfferMerge.kept_offer_id)
        .where(col(OfferMerge.gone_offer_id).in_(offer_ids), col(OfferMerge.undone_at).is_(None))
    )
    return dict(session.exec(query).all())


def _places(session: Session, run_ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    query = select(RunPlace.run_id, RunPlace.municipality_code).where(col(RunPlace.run_id).in_(run_ids))
    for run_id, code in session.exec(query.order_by(col(RunPlace.municipality_code))):
        found.setdefault(run_id, []).append(code)
    return found


def _standing(session: Session, runs: Sequence[Run]) -> dict[int, str]:
    """Keys of the runs that others among these were found to be the same as, by id."""
    ids = {run.absorbed_into_id for run in runs if run.absorbed_into_id is not None}
    if not ids:
        return {}
    return {run.pk: run.key for run in session.exec(select(Run).where(col(Run.id).in_(ids)))}


def _run(run: Run, places: dict[int, list[str]], stands: dict[int, str]) -> RunOut:
    return RunOut(
        key=run.key,
        term=run.term,
        state=str(run.state),
        absorbed_into=stands.get(run.absorbed_into_id or 0),
        starts_on=run.starts_on,
        ends_on=run.ends_on,
        application_opens_on=run.application_opens_on,
        application_closes_on=run.application_closes_on,
        places=run.places,
        minimum=run.minimum,
        delivery=None if run.delivery is None else str(run.delivery),
        municipalities=places.get(run.pk, []),
        apply_url=run.apply_url,
    )


def _figures(figures: RunFigures) -> FiguresOut:
    counted = {name: getattr(figures, name) if figures.source != "none" else None for name in COUNTED}
    return FiguresOut(**counted, source=figures.source, counted_on=figures.counted_on)
