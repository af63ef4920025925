"""Two records of one offer made one, and taken apart again.

The gone record's runs and source records go over to the kept offer, so that later deliveries of either code speak of the one
offer. A run that both have is one run from then on (``uniting``). Values that a person chose from the gone record stand as corrections, with their provenance. All of it is written
down in ``OfferMerge`` and undone from there.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import column, table, update
from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.coordination.models import OfferMerge, Pair
from registry.coordination.operations.uniting import Kept, divide, given_back, unite
from registry.coordination.policy import scope_of_offers
from registry.coordination.queries.desk.merges import MergePreview, merge_preview, standing_merge
from registry.coordination.queries.desk.twins import Choice
from registry.coordination.states import PairKind
from registry.core import audit, clock, events, transitions
from registry.core.errors import Conflict, InvalidInput, NotFound, Refused
from registry.core.text import norwegian_sort_key
from registry.offers.guards import losing_nothing
from registry.offers.models import FieldOrigin, Offer, OfferTarget, Origin, Run
from registry.offers.operations import lock_offer
from registry.offers.parting import Parting, part
from registry.offers.policy import scope_of
from registry.offers.states import OFFER, OfferState

#: Intake stands beside coordination: its table is written by the names of its columns.
_RECORDS = table("source_record", column("id"), column("offer_id"))
_TOGETHER = {"credits": "credit_scheme", "title": "sort_title"}  #: what goes with a field


def merge(
    session: Session,
    actor: Actor,
    kept_id: int,
    gone_id: int,
    chosen: Mapping[str, str] | None = None,
    twins: Mapping[int, Mapping[str, str]] | None = None,
) -> OfferMerge:
    """Let ``gone_id`` go into ``kept_id``. ``chosen``: field -> "kept" or "gone", else what the preview suggests. ``twins``: of
    each run that goes into its twin the same choices, by the run's id; None is none: the other runs go over as they are.

    Raises NotFound, NotAllowed, InvalidInput for offers of different institutions, an unknown choice or runs that are not the
    same, Refused where one of the offers is not published, Conflict where the gone one has others in it, and NeedsDecision where
    a small subject would lose the last that the whole country reaches: by a run made one with its twin, or by the other's subject.
    """
    kept, gone = _both(session, actor, kept_id, gone_id)
    _hold_runs(session, kept, gone)
    with losing_nothing(session, (kept.pk, gone.pk)):
        return _merge(session, actor, kept, gone, chosen or {}, twins or {})


def _merge(
    session: Session,
    actor: Actor,
    kept: Offer,
    gone: Offer,
    chosen: Mapping[str, str],
    twins: Mapping[int, Mapping[str, str]],
) -> OfferMerge:
    if standing_merge(session, [gone.pk]) is not None:
        raise Conflict("Tilbudet er allerede del av en sammenslåing. Angre den først.")
    preview = merge_preview(session, kept, gone)
    if twins.keys() - preview.twins.keys():
        raise InvalidInput("Kullene er endret siden du så på dem. Se på forslaget en gang til.")
    moment, about = clock.now(), kept.subject_code
    pair = _pair(session, kept, gone)
    made = OfferMerge(
        pair_id=pair.pk if pair else None,
        kept_offer_id=kept.pk,
        gone_offer_id=gone.pk,
        actor=actor.name,
        at=moment,
    )
    made.fields = [_take(kept, gone, one) for one in preview.choices if _is_taken(one, chosen)]
    session.add(made)
    session.flush()
    origins = [_origin(kept, one, actor, gone) for one in made.fields]
    targets = [OfferTarget(offer_id=kept.pk, setting=setting, role=role) for setting, role in preview.targets]
    session.add_all([*origins, *targets])
    session.flush()
    united = [unite(session, actor, gone, preview.twins[one], choices, made.pk) for one, choices in twins.items()]
    made.moved = {
        "runs": _move_runs(session, preview, twins),
        "twins": united,
        "records": _move_records(session, gone.pk, kept.pk),
        "origins": [one.pk for one in origins],
        "targets": [one.pk for one in targets],
    }
    transitions.apply(
        session,
        actor,
        gone,
        OFFER,
        "absorb",
        scope=scope_of(session, gone),
        key=gone.key,
        reason_code="merged",
        details={"into": kept.key, "merge": made.pk},
    )
    _changed(session, actor, kept, gone, "merge", made, about)
    session.flush()
    return made


def unmerge(session: Session, actor: Actor, merge_id: int) -> int:
    """Take a merge apart: runs, applications, records, values and target groups go back to where they were, and what feeds have
    told of either meanwhile goes to the one that it was told of.

    A value that somebody has changed since is left as it is now, and so is an application: returns of how many that is so.
    Raises NotFound, NotAllowed, Conflict where it was taken apart before, the kept offer has gone into another one since, or
    a run that stood for two has been cancelled, and NeedsDecision as :func:`merge`.
    """
    made = session.get(OfferMerge, merge_id)
    if made is None:
        raise NotFound("Sammenslåingen finnes ikke.")
    kept, gone = (lock_offer(session, one) for one in (made.kept_offer_id, made.gone_offer_id))
    actor.require(Permission.OFFER_MERGE, scope_of_offers(session, (kept.pk, gone.pk)))
    session.refresh(made)
    if made.undone_at is not None:
        raise Conflict("Sammenslåingen er angret før.")
    if kept.state is OfferState.ARCHIVED:
        raise Conflict("Tilbudet er slått sammen med et annet siden. Angre den sammenslåingen først.")
    _hold_runs(session, kept, gone)
    with losing_nothing(session, (kept.pk, gone.pk)):
        return _unmerge(session, actor, made, kept, gone)


def _unmerge(session: Session, actor: Actor, made: OfferMerge, kept: Offer, gone: Offer) -> int:
    made.undone_at, made.undone_by, about = clock.now(), actor.name, kept.subject_code
    for one in made.fields:
        _give_back(kept, one)
    for model, name in ((FieldOrigin, "origins"), (OfferTarget, "targets")):
        for row in session.exec(select(model).where(col(model.id).in_(made.moved.get(name, [])))):
            session.delete(row)
    session.flush()
    twins = made.moved.get("twins", [])
    changed = sum(divide(session, actor, gone, one, made.pk) for one in twins)
    theirs = part(session, _parting(session, made, kept, gone, twins))
    for run in session.exec(select(Run).where(col(Run.id).in_(list(theirs.runs)), Run.offer_id == kept.pk)):
        run.offer_id, run.key, run.updated_at = gone.pk, theirs.runs[run.pk], clock.now()
        run.version += 1
    _records_to(session, theirs.records, gone.pk)
    session.flush()
    transitions.apply(session, actor, gone, OFFER, "release", scope=scope_of(session, gone), key=gone.key)
    _changed(session, actor, kept, gone, "unmerge", made, about)
    session.flush()
    return changed


def _both(session: Session, actor: Actor, kept_id: int, gone_id: int) -> tuple[Offer, Offer]:
    """Both offers, locked in the order of their ids."""
    if kept_id == gone_id or session.get(Offer, kept_id) is None or session.get(Offer, gone_id) is None:
        raise NotFound("Tilbudet finnes ikke.")
    actor.require(Permission.OFFER_MERGE, scope_of_offers(session, (kept_id, gone_id)))
    held = {one: lock_offer(session, one) for one in sorted((kept_id, gone_id))}
    kept, gone = held[kept_id], held[gone_id]
    if not scope_of(session, kept).organisations & scope_of(session, gone).organisations:
        raise InvalidInput("Bare tilbud ved samme institusjon kan slås sammen. Bruk forslag om fellestilbud ellers.")
    if {kept.state, gone.state} != {OfferState.PUBLISHED}:
        raise Refused("Begge tilbudene må være publisert for å kunne slås sammen.")
    return kept, gone


def _pair(session: Session, kept: Offer, gone: Offer) -> Pair | None:
    a, b = sorted((kept.pk, gone.pk))
    query = select(Pair).where(Pair.kind == PairKind.DUPLICATE, Pair.a_offer_id == a, Pair.b_offer_id == b)
    return session.exec(query).first()


def _is_taken(one: Choice, chosen: Mapping[str, str]) -> bool:
    answer = chosen.get(one.field) or one.suggested
    if answer not in ("kept", "gone"):
        raise InvalidInput("Velg hvilken verdi som skal gjelde.", field=one.field)
    return answer == "gone" and not one.is_locked


def _take(kept: Offer, gone: Offer, one: Choice) -> dict[str, Any]:
    """Put the gone record's value in, and write down what stood there."""
    before = {name: _plain(getattr(kept, name)) for name in _names(one.field)}
    for name in _names(one.field):
        setattr(kept, name, getattr(gone, name))
    return {
        "field": one.field,
        "before": before,
        "after": {name: _plain(getattr(gone, name)) for name in _names(one.field)},
        "from": gone.key,
    }


def _give_back(kept: Offer, one: Mapping[str, Any]) -> None:
    if any(_plain(getattr(kept, name)) != value for name, value in one["after"].items()):
        return
    for name, value in one["before"].items():
        setattr(kept, name, Decimal(value) if name == "credits" and value is not None else value)
    if "title" in one["before"]:
        kept.sort_title = norwegian_sort_key(kept.title)


def _origin(kept: Offer, one: Mapping[str, Any], actor: Actor, gone: Offer) -> FieldOrigin:
    return FieldOrigin(
        thing="offer",
        thing_id=kept.pk,
        field=one["field"],
        value=one["after"][one["field"]],
        origin=Origin.PERSON,
        evidence=gone.key,
        actor=actor.name,
        at=clock.now(),
    )


def _names(field: str) -> tuple[str, ...]:
    return (field, _TOGETHER[field]) if field in _TOGETHER else (field,)


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _hold_runs(session: Session, kept: Offer, gone: Offer) -> None:
    """Nobody applies to any of their runs, or changes one, before the transaction ends."""
    query = select(Run).where(col(Run.offer_id).in_((kept.pk, gone.pk))).order_by(col(Run.id))
    session.exec(query.with_for_update().execution_options(populate_existing=True)).all()


def _move_runs(session: Session, preview: MergePreview, united: Collection[int]) -> list[list[Any]]:
    """[run id, old key] of each; those that went into their twin stay where they are."""
    moving = [one for one in preview.runs if one.run.pk not in united]
    moved = [[one.run.pk, one.run.key] for one in moving]
    for one in moving:
        if one.run.key != one.new_key:
            events.publish(session, events.DOCUMENT_CHANGED, one.run.key)  # nothing is found under the old key any more
        one.run.offer_id, one.run.key, one.run.updated_at = preview.kept.pk, one.new_key, clock.now()
        one.run.version += 1
    session.flush()
    return moved


def _parting(session: Session, made: OfferMerge, kept: Offer, gone: Offer, twins: Collection[Kept]) -> Parting:
    """The runs that were taken out of their twins stand among those that came over, until all of them leave."""
    runs = dict(made.moved.get("runs", []))
    for run in session.exec(select(Run).where(col(Run.id).in_([one["gone"] for one in twins]))):
        runs[run.pk], run.offer_id = run.key, kept.pk
    session.flush()
    return Parting(
        kept,
        gone,
        made.at,
        made.moved.get("records", []),
        runs,
        [name for one in made.fields for name in one["before"]],
        {one["gone"]: one["kept"] for one in twins},
        [value for one in twins for value in given_back(one)],
    )


def _move_records(session: Session, from_id: int, to_id: int) -> list[int]:
    ids = list(session.scalars(select(_RECORDS.c.id).where(_RECORDS.c.offer_id == from_id)))
    _records_to(session, ids, to_id)
    return ids


def _records_to(session: Session, ids: list[int], offer_id: int) -> None:
    if ids:
        session.execute(update(_RECORDS).where(_RECORDS.c.id.in_(ids)).values(offer_id=offer_id))


def _changed(
    session: Session, actor: Actor, kept: Offer, gone: Offer, event: str, made: OfferMerge, about: str | None
) -> None:
    """``about``: the subject that the kept offer had before."""
    for one in (kept, gone):
        one.updated_at = clock.now()
        one.version += 1
        events.publish(session, events.OFFER_CHANGED, one.key)
    details: dict[str, Any] = {"gone": gone.key, "fields": [one["field"] for one in made.fields], "merge": made.pk}
    if kept.subject_code != about:
        details["values"] = {"subject_code": [about, kept.subject_code]}
    audit.record(session, actor=actor.name, thing="offer", thing_id=kept.pk, event=event, details=details)
