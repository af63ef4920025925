"""A person's correction of one value: it beats every feed, and stays until it is undone."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.applications.operations.waiting import places_changed
from registry.core import audit, clock, events
from registry.core.errors import InvalidInput, NotFound
from registry.intake.choosing.checking import check_value
from registry.intake.choosing.merging import choose, strongest_first
from registry.intake.operations.putting import put
from registry.intake.operations.rereading import read_name_again
from registry.intake.queries.held import Held, hold
from registry.intake.reading.facts import Facts, load_facts
from registry.intake.reading.fields import FIELDS, column_value, told_value
from registry.offers.guards import check_delivery, losing_nothing
from registry.offers.models import FieldOrigin, Offer, Origin, Run
from registry.offers.policy import scope_of
from registry.offers.states import CreditScheme

CORRECTED, UNDONE, REREAD = "corrected", "correction_undone", "reread"
_READ_WITH = frozenset({"title", "level_code"})  # what the name is read from
_ABOUT = _READ_WITH | {"subject_code", "subjects", "is_container"}  # what tells which subjects an offer carries


def correct_value(session: Session, actor: Actor, thing: str, thing_id: int, field: str, value: Any) -> None:
    """Set ``field`` of an offer or a run ("offer", "run") to what a person says it is.

    Raises NotFound, NotAllowed, InvalidInput where the field cannot hold the value, or NeedsDecision where a small subject would
    lose the last offer that the whole country reaches: it would be taught online no more, or be about something else.
    """
    offer, target, held = _asked_for(session, actor, thing, thing_id)
    facts = load_facts(session)
    told = check_value(thing, field, value, facts)
    before = _present(held, target)[field]
    _refuse_disorder(held, target, field, told)
    _refuse_loss(session, target, field, told)
    with _losing_nothing(session, target, field):
        with session.no_autoflush:  # credits and their scheme must reach the database together
            _set(session, actor, target, field, before, told)
            if field == "credits":
                _keep_scheme(session, actor, held, target, told)
        if isinstance(target, Run) and field == "places":
            places_changed(session, target, before, told)
        held.corrected.setdefault((thing, thing_id), {})[field] = told
        if field in _READ_WITH:
            _read_again(session, actor, held, offer, facts)
    events.publish(session, events.OFFER_CHANGED, offer.key)


def undo_correction(session: Session, actor: Actor, thing: str, thing_id: int, field: str) -> None:
    """Take a correction back: the value is again what feeds or the name say, else what it was before the correction.

    Raises NotFound where there is no correction, NotAllowed, InvalidInput where the other values need this one, or NeedsDecision as
    :func:`correct_value`.
    """
    offer, target, held = _asked_for(session, actor, thing, thing_id)
    origin = _correction(session, thing, thing_id, field)
    if origin is None:
        raise NotFound("Denne verdien er ikke rettet.")
    present = _present(held, target)[field]
    held.corrected.get((thing, thing_id), {}).pop(field, None)
    value = _uncorrected(session, held, offer, target, thing, field)
    _refuse_disorder(held, target, field, value)
    _refuse_loss(session, target, field, value)
    with _losing_nothing(session, target, field):
        with session.no_autoflush:
            session.delete(origin)
            put(session, target, field, value)
            if field == "credits":
                _uncorrect_scheme(session, actor, held, offer, value)
        if field in _READ_WITH:
            _read_again(session, actor, held, offer, load_facts(session))
    _record(session, actor, thing, thing_id, UNDONE, field, present, value)
    events.publish(session, events.OFFER_CHANGED, offer.key)


def _asked_for(session: Session, actor: Actor, thing: str, thing_id: int) -> tuple[Offer, Offer | Run, Held]:
    target: Offer | Run | None = None
    if thing == "offer":
        target = session.get(Offer, thing_id)
    elif thing == "run":
        target = session.get(Run, thing_id)
    if target is None:
        raise NotFound("Tilbudet finnes ikke.")
    actor.require(Permission.OFFER_CORRECT, scope_of(session, target))
    offer_id = target.offer_id if isinstance(target, Run) else target.pk
    held = hold(session, [offer_id])
    return held.offers[offer_id], target, held


def _present(held: Held, target: Offer | Run) -> dict[str, Any]:
    return held.present_run(target) if isinstance(target, Run) else held.present_offer(target)


def _set(session: Session, actor: Actor, target: Offer | Run, field: str, before: Any, told: Any) -> None:
    thing = "run" if isinstance(target, Run) else "offer"
    origin = _correction(session, thing, target.pk, field)
    if origin is None:
        origin = FieldOrigin(thing=thing, thing_id=target.pk, field=field, origin=Origin.PERSON, at=clock.now())
    origin.value, origin.actor, origin.at = told, actor.name, clock.now()
    session.add(origin)
    put(session, target, field, told)
    _record(session, actor, thing, target.pk, CORRECTED, field, before, told)


def _read_again(session: Session, actor: Actor, held: Held, offer: Offer, facts: Facts) -> None:
    """What the name tells now, with a line in the log where that is something else."""
    if changed := read_name_again(session, held, offer, facts):
        details = {"fields": changed}
        audit.record(session, actor=actor.name, thing="offer", thing_id=offer.pk, event=REREAD, details=details)


def _record(
    session: Session, actor: Actor, thing: str, thing_id: int, event: str, field: str, before: Any, after: Any
) -> None:
    details = {"field": field, "from": before, "to": after}
    audit.record(session, actor=actor.name, thing=thing, thing_id=thing_id, event=event, details=details)


def _keep_scheme(session: Session, actor: Actor, held: Held, target: Offer | Run, told: Any) -> None:
    """Credits and their scheme stand or fall together."""
    before = _present(held, target)["credit_scheme"]
    wanted = None if told is None else before or CreditScheme.ECTS.value
    if wanted != before:
        _set(session, actor, target, "credit_scheme", before, wanted)


def _uncorrect_scheme(session: Session, actor: Actor, held: Held, offer: Offer, credits_told: Any) -> None:
    """The kind of the credits goes back with their number; one that nobody corrected is right as it is."""
    correction = _correction(session, "offer", offer.pk, "credit_scheme")
    before = scheme = told_value(offer.credit_scheme)
    if credits_told is None:
        scheme = None
    elif correction is not None or before is None:
        scheme = _uncorrected(session, held, offer, offer, "offer", "credit_scheme") or CreditScheme.ECTS.value
    offer.credit_scheme = column_value("credit_scheme", scheme)
    if correction is not None:
        session.delete(correction)
        _record(session, actor, "offer", offer.pk, UNDONE, "credit_scheme", before, scheme)


def _refuse_disorder(held: Held, target: Offer | Run, field: str, told: Any) -> None:
    values = {**_present(held, target), field: told}
    if field == "credit_scheme" and told is None and values["credits"] is not None:
        raise InvalidInput("Velg hva slags poeng det er.", field=field)
    if field == "credit_scheme" and told is not None and values["credits"] is None:
        raise InvalidInput("Skriv antall poeng først.", field=field)
    for first, last in (("starts_on", "ends_on"), ("application_opens_on", "application_closes_on")):
        if field in (first, last) and values[first] and values[last] and values[last] < values[first]:
            raise InvalidInput("Den siste datoen er før den første.", field=field)


def _refuse_loss(session: Session, target: Offer | Run, field: str, told: Any) -> None:
    if isinstance(target, Run) and field == "delivery":
        check_delivery(session, target, column_value(field, told))


def _losing_nothing(session: Session, target: Offer | Run, field: str) -> AbstractContextManager[None]:
    is_about = isinstance(target, Offer) and field in _ABOUT
    return losing_nothing(session, [target.pk]) if is_about else nullcontext()


def _correction(session: Session, thing: str, thing_id: int, field: str) -> FieldOrigin | None:
    return session.exec(
        select(FieldOrigin).where(
            FieldOrigin.thing == thing,
            FieldOrigin.thing_id == thing_id,
            FieldOrigin.field == field,
            FieldOrigin.origin == Origin.PERSON,
        )
    ).first()


def _uncorrected(session: Session, held: Held, offer: Offer, target: Offer | Run, thing: str, field: str) -> Any:
    """What feeds and the name say; where they say nothing, what stood there before the first correction."""
    voices = strongest_first(record.voice(offer.key) for record in held.records[offer.pk].values())
    run = target.key if isinstance(target, Run) else None
    speaking = [voice for voice in voices if run is None or run in voice.runs]
    chosen = choose(thing, speaking, held.derived.get((thing, target.pk), {}), {}, run)
    if field in chosen:
        return chosen[field].value
    if voices:
        return FIELDS[thing][field]
    return _before_correction(session, thing, target.pk, field)


def _before_correction(session: Session, thing: str, thing_id: int, field: str) -> Any:
    """The log remembers; corrections collected in this very transaction are not in it yet."""
    before = FIELDS[thing][field]
    entries = session.exec(
        select(audit.AuditEntry)
        .where(
            audit.AuditEntry.thing == thing,
            audit.AuditEntry.thing_id == thing_id,
            col(audit.AuditEntry.event).in_((CORRECTED, UNDONE)),
        )
        .order_by(col(audit.AuditEntry.id).desc())
    )
    for entry in entries:
        details = entry.details or {}
        if details.get("field") != field:
            continue
        if entry.event == UNDONE:
            break
        before = details.get("from")
    return before
