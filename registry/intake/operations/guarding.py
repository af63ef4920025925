"""The end of a delivery: what it lacks and what it would end is done, or held until a person has looked.

Held where more than FEED_MASS_CHANGE_MINIMUM records and more than FEED_MASS_CHANGE_SHARE of them would go at once, or more
than FEED_MASS_CHANGE_HALF of them however few they are; and where the file is older than one that came before.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from registry.applications.operations.moving import cancel
from registry.core import events, transitions
from registry.core.errors import NeedsDecision
from registry.intake.batches import objects_in
from registry.intake.consequences import CLOSABLE, pending_endings
from registry.intake.models import ImportRun, RecordChange
from registry.intake.operations.context import IMPORTER, Ending, Import, scope_of
from registry.intake.operations.vanishing import Absence, absence, apply_absence
from registry.intake.operations.writing_records import note
from registry.intake.states import ImportOutcome, RecordEvent
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import CANCELLABLE, RUN, CancelReason
from registry.rules.register import RuleSet, rules_on


def end_guarded(imported: Import, providers: set[int]) -> None:
    """Decide what the delivery lacks, and what its rows would end. Fills the import run."""
    session, run = imported.session, imported.run
    rules = rules_on(session, imported.as_of)
    found = absence(imported, providers)
    endings = pending_endings(session, run.pk)
    run.vanished = len(found.missing)
    older = _came_before(session, run) if found.missing or endings else None
    if older is not None:
        _hold(imported, found, len(endings), _OLD.format(day=_day(older), going=_going(found, len(endings))))
    elif is_too_much(found, endings, rules):
        _hold(imported, found, len(endings), _MUCH.format(going=_going(found, len(endings)), carried=found.carried))
    else:
        apply_absence(imported, found.missing, rules)
        apply_endings(imported, endings)


def is_too_much(found: Absence, endings: Mapping[int, Ending], rules: RuleSet) -> bool:
    """More than may go without a person: above both the floor and the share, or above half of a small feed.

    What a row says outright of its own run (cancelled) counts in the sum only: a provider with one run may cancel it.
    """
    limit = max(rules["FEED_MASS_CHANGE_MINIMUM"], rules["FEED_MASS_CHANGE_SHARE"] * found.carried)
    half = rules["FEED_MASS_CHANGE_HALF"] * found.carried
    closes = Counter(ending["does"] for ending in endings.values())["close"]
    return found.unapproved + len(endings) > limit or found.unapproved > half or (closes > 1 and closes > half)


_MUCH = (
    "{going}, av {carried} rader i alt. Det er så mange at ingen gjennomføringer blir lukket eller avlyst før noen har "
    "sett på det. Nye og endrede rader er tatt inn."
)
_OLD = (
    "Filen er den samme som ble levert {day}, og en nyere er levert siden. {going}. Ingen gjennomføringer blir lukket "
    "eller avlyst før noen har sett på det."
)


def _going(found: Absence, endings: int) -> str:
    told = []
    if found.unapproved:
        told.append(f"{found.unapproved} {'rad' if found.unapproved == 1 else 'rader'} mangler i leveransen")
    if endings:
        told.append(
            f"{endings} {'gjennomføring' if endings == 1 else 'gjennomføringer'} ville blitt lukket eller avlyst"
        )
    return " og ".join(told) or "Ingenting mangler"


def _day(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def _hold(imported: Import, found: Absence, endings: int, message: str) -> None:
    run = imported.run
    run.outcome, run.message = ImportOutcome.HELD, message
    run.held = found.unapproved + endings
    already = set(imported.session.exec(_held_records(run.pk)))
    absent = dict.fromkeys(one.record_id for one in found.missing)
    note(imported, (record for record in absent if record not in already), RecordEvent.HELD)


def _held_records(run_id: int) -> Any:
    return select(RecordChange.source_record_id).where(
        RecordChange.import_run_id == run_id, RecordChange.event == RecordEvent.HELD
    )


def _came_before(session: Session, run: ImportRun) -> date | None:
    """The day that these very bytes came, where something else has come since: yesterday's file, sent today."""
    earlier = session.execute(
        select(col(ImportRun.payloads), col(ImportRun.as_of))
        .where(
            ImportRun.source_id == run.source_id,
            col(ImportRun.id) < run.pk,
            col(ImportRun.complete),
            col(ImportRun.outcome).in_((ImportOutcome.DONE, ImportOutcome.HELD)),
        )
        .order_by(col(ImportRun.id).desc())
    ).all()
    mine = _digests(run.payloads)
    if not mine or not earlier or _digests(earlier[0][0]) == mine:
        return None
    return next((day for payloads, day in earlier if _digests(payloads) == mine), None)


def _digests(payloads: list[dict[str, Any]]) -> list[str]:
    return sorted(payload.get("sha256", "") for payload in payloads)


def apply_endings(imported: Import, endings: Mapping[int, Ending]) -> None:
    """Close and cancel as the rows tell; nothing is held any more."""
    session = imported.session
    query: Any = (
        select(col(Offer.id), col(Offer.key), func.min(col(OfferProvider.organisation_id)))
        .join(OfferProvider, col(OfferProvider.offer_id) == col(Offer.id))
        .group_by(col(Offer.id), col(Offer.key))
    )
    runs = list(objects_in(session, select(Run).order_by(col(Run.id)).with_for_update(), Run.id, endings))
    offers = {row[0]: row for row in session.execute(query.where(col(Offer.id).in_({run.offer_id for run in runs})))}
    for run in runs:
        _, key, provider = offers[run.offer_id]
        ending = endings[run.pk]
        if ending["does"] == "cancel" and run.state in CANCELLABLE:
            _cancel(imported, run, ending)
        elif ending["does"] == "close" and run.state in CLOSABLE:
            details = {"import_run": imported.run.pk}
            transitions.apply(
                session, IMPORTER, run, RUN, "close", scope=scope_of({provider}), key=key, details=details
            )
        else:
            continue
        run.updated_at = imported.now
        run.version += 1
        events.publish(session, events.OFFER_CHANGED, key)
    session.flush()
    session.execute(
        delete(RecordChange).where(
            col(RecordChange.import_run_id) == imported.run.pk, col(RecordChange.event) == RecordEvent.HELD
        )
    )


def _cancel(imported: Import, run: Run, ending: Ending) -> None:
    """A feed tells what its provider has decided: applicants are displaced as when people cancel. Where the country
    would lose its last offer of a small subject, a decision is needed first, and the feed's keeper is told.
    """
    try:
        cancel(imported.session, IMPORTER, run, ending["reason"] or CancelReason.OTHER, ending["text"])
    except NeedsDecision as needed:
        imported.notices.append(f"{run.key} er meldt avlyst, men er ikke avlyst her: {needed.message}")
