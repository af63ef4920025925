"""Offers as they shall be: new ones established and published, others changed where they differ."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete
from sqlmodel import col

from registry.core import audit, events, transitions
from registry.core.bulk import add_rows, new_ids
from registry.core.text import norwegian_sort_key
from registry.intake.choosing.planning import OfferPlan
from registry.intake.operations.context import IMPORTER, Import, scope_of
from registry.intake.queries.batches import batches
from registry.intake.queries.held import Held
from registry.intake.reading.fields import OFFER_COLUMNS, OFFER_RELATIONS, column_value
from registry.offers.models import Offer, OfferProvider, OfferSubject, OfferTarget
from registry.offers.states import OFFER, OfferState

Change = dict[str, list[Any]]  #: field -> [before, after]


@dataclass(slots=True)
class Written:
    """An offer that was written, and what differed."""

    id: int
    title: str
    is_new: bool
    changed: Change


@dataclass(slots=True)
class _New:
    """An offer on its way in: as much of it as its life asks for."""

    pk: int
    state: OfferState = OfferState.DRAFT


def write_offers(imported: Import, plans: list[OfferPlan], held: Held) -> dict[str, Written]:
    """Write every planned offer. Returns them by key."""
    existing = {offer.key: offer for offer in held.offers.values()}
    written: dict[str, Written] = {}
    for plan in plans:
        if (offer := existing.get(plan.key)) is not None:
            changed = _change(imported, offer, plan, held)
            written[plan.key] = Written(offer.pk, offer.title, False, changed)
    new = [plan for plan in plans if plan.key not in existing]
    rows = [
        _made(imported, plan, offer_id)
        for plan, offer_id in zip(new, new_ids(imported.session, Offer, len(new)), strict=True)
    ]
    add_rows(imported.session, Offer, rows)
    written |= {row["key"]: Written(row["id"], row["title"], True, {}) for row in rows}
    _write_relations(imported, plans, written)
    return written


def _made(imported: Import, plan: OfferPlan, offer_id: int) -> dict[str, Any]:
    values = {name: column_value(name, plan.value(name)) for name in OFFER_COLUMNS}
    return {
        **values,
        "id": offer_id,
        "key": plan.key,
        "native_code": plan.native_code,
        "sort_title": norwegian_sort_key(values["title"]),
        "state": _published(imported, plan, _New(offer_id)),
        "is_demo": False,
        "created_at": imported.now,
        "updated_at": imported.written_at,
        "version": 1,
    }


def _published(imported: Import, plan: OfferPlan, offer: _New) -> OfferState:
    """An offer that its provider's feed tells of is published: two rows in the log, as for one that people make."""
    since = imported.since(plan.first_term)
    audit.record(
        imported.session,
        actor=IMPORTER.name,
        thing=OFFER.thing,
        thing_id=offer.pk,
        life=OFFER.name,
        event="established",
        at=since,
        to_state=str(OFFER.start),
        details={"import_run": imported.run.pk, "key": plan.key},
    )
    scope = scope_of({plan.provider.id, *plan.value("partners")})
    transitions.apply(imported.session, IMPORTER, offer, OFFER, "publish", scope=scope, key=plan.key, at=since)
    return offer.state


def _change(imported: Import, offer: Offer, plan: OfferPlan, held: Held) -> Change:
    present = held.present_offer(offer)
    changed: Change = {}
    for name in (*OFFER_COLUMNS, *OFFER_RELATIONS):
        wanted = plan.value(name)
        if present[name] != wanted:
            changed[name] = [present[name], wanted]
            if name in OFFER_COLUMNS:
                setattr(offer, name, column_value(name, wanted))
    if changed:
        offer.sort_title = norwegian_sort_key(offer.title)
        offer.updated_at = imported.written_at
        offer.version += 1
        audit.record(
            imported.session,
            actor=IMPORTER.name,
            thing=OFFER.thing,
            thing_id=offer.pk,
            event="changed",
            details={"import_run": imported.run.pk, "fields": changed},
        )
        events.publish(imported.session, events.OFFER_CHANGED, offer.key)
    return changed


def _write_relations(imported: Import, plans: list[OfferPlan], written: dict[str, Written]) -> None:
    """Targets, further subjects and providers: written anew where they differ, else left alone."""
    session = imported.session
    targets: list[dict[str, Any]] = []
    subjects: list[dict[str, Any]] = []
    providers: list[dict[str, Any]] = []
    stale: dict[Any, list[int]] = {OfferTarget: [], OfferSubject: [], OfferProvider: []}
    for plan in plans:
        one = written[plan.key]
        offer_id = one.id
        if one.is_new:
            providers.append({"offer_id": offer_id, "organisation_id": plan.provider.id, "leads": True})
        if one.is_new or "targets" in one.changed:
            stale[OfferTarget].append(offer_id)
            targets += [{"offer_id": offer_id, "setting": s, "role": r} for s, r in _distinct(plan.value("targets"))]
        if one.is_new or "subjects" in one.changed:
            stale[OfferSubject].append(offer_id)
            subjects += [{"offer_id": offer_id, "subject_code": code} for code in plan.value("subjects")]
        if one.is_new or "partners" in one.changed:
            stale[OfferProvider].append(offer_id)
            providers += [
                {"offer_id": offer_id, "organisation_id": partner, "leads": False}
                for partner in plan.value("partners")
                if partner != plan.provider.id
            ]
    new = {one.id for one in written.values() if one.is_new}
    for table, ids in stale.items():
        for batch in batches(offer_id for offer_id in ids if offer_id not in new):
            query = delete(table).where(table.offer_id.in_(batch))
            session.execute(query.where(~col(OfferProvider.leads)) if table is OfferProvider else query)
    for model, rows in ((OfferTarget, targets), (OfferSubject, subjects), (OfferProvider, providers)):
        add_rows(session, model, rows)


def _distinct(pairs: list[list[str | None]]) -> list[tuple[str | None, str | None]]:
    return list(dict.fromkeys((pair[0], pair[1]) for pair in pairs))
