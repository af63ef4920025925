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

from importers.sentences import Sentence, counted, listed
from registry.applications.operations.moving import cancel
from registry.core import events, transitions
from registry.core.errors import NeedsDecision
from registry.intake.models import ImportRun, RecordChange, SourceRecord
from registry.intake.operations.context import IMPORTER, Ending, Import, scope_of
from registry.intake.operations.vanishing import Absence, absence, apply_absence
from registry.intake.operations.writing_records import note
from registry.intake.queries.batches import objects_in
from registry.intake.queries.consequences import CLOSABLE, pending_endings
from registry.intake.states import ImportOutcome, RecordEvent
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import CANCELLABLE, RUN, CancelReason
from registry.rules.register import RuleSet, rules_on


def end_guarded(imported: Import, providers: set[int]) -> None:
    """Decide what the delivery lacks, and what its rows would end. Fills the import run."""
    session, run = imported.session, imported.run
    rules = rules_on(session, imported.as_of)
    found = absence(imported, providers)
    _carry_over(imported)
    endings = pending_endings(session, run.pk)
    run.vanished = len(found.missing)
    older = _came_before(session, run) if found.missing or endings else None
    if run.seen and run.seen == run.quarantined and _has_records(imported):
        _hold(
            imported,
            found,
            len(endings),
            Sentence(
                "Ingen av radene i leveransen kunne tas inn. Se på dem i karantenen. Alt som var tatt inn før, står."
            ),
        )
    elif older is not None:
        _hold(imported, found, len(endings), _old(older, _going(found, len(endings))))
    elif is_too_much(found, endings, rules):
        _hold(imported, found, len(endings), _much(found.carried, _going(found, len(endings))))
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


def _much(carried: int, going: Sentence) -> Sentence:
    return Sentence(
        "%(going)s, av %(carried)s rader i alt. Det er så mange at ingen gjennomføringer blir lukket eller avlyst før noen "
        "har sett på det. Nye og endrede rader er tatt inn.",
        going=going,
        carried=carried,
    )


def _old(day: date, going: Sentence) -> Sentence:
    return Sentence(
        "Filen er den samme som ble levert %(day)s, og en nyere er levert siden. %(going)s. Ingen gjennomføringer blir "
        "lukket eller avlyst før noen har sett på det.",
        day=_day(day),
        going=going,
    )


def _going(found: Absence, endings: int) -> Sentence:
    told = []
    if found.unapproved:
        told.append(
            counted("%(count)s rad mangler i leveransen", "%(count)s rader mangler i leveransen", found.unapproved)
        )
    if endings:
        told.append(
            counted(
                "%(count)s gjennomføring ville blitt lukket eller avlyst",
                "%(count)s gjennomføringer ville blitt lukket eller avlyst",
                endings,
            )
        )
    return listed(told) if told else Sentence("Ingenting mangler")


def _day(day: date) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def _hold(imported: Import, found: Absence, endings: int, message: Sentence) -> None:
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


def _has_records(imported: Import) -> bool:
    mine = select(SourceRecord.id).where(SourceRecord.source_id == imported.source.pk).limit(1)
    return imported.session.exec(mine).first() is not None


def _carry_over(imported: Import) -> None:
    """What the delivery before this one would have ended, and was held: rows that came again as they were say so still."""
    session, run = imported.session, imported.run
    before = session.exec(
        select(ImportRun)
        .where(
            ImportRun.source_id == run.source_id,
            col(ImportRun.id) < run.pk,
            col(ImportRun.complete),
            ImportRun.outcome != ImportOutcome.REFUSED,
        )
        .order_by(col(ImportRun.id).desc())
        .limit(1)
    ).first()
    if before is None or before.outcome is not ImportOutcome.HELD:
        return
    said_anew = select(RecordChange.source_record_id).where(
        RecordChange.import_run_id == run.pk, col(RecordChange.event).in_((RecordEvent.CHANGED, RecordEvent.HELD))
    )
    still = (
        select(RecordChange)
        .join(SourceRecord, col(SourceRecord.id) == col(RecordChange.source_record_id))
        .where(
            RecordChange.import_run_id == before.pk,
            RecordChange.event == RecordEvent.HELD,
            SourceRecord.last_seen_id == run.pk,
            col(RecordChange.source_record_id).not_in(said_anew),
        )
    )
    for change in session.exec(still).all():
        if change.fields.get("endings"):
            session.add(
                RecordChange(
                    import_run_id=run.pk,
                    source_record_id=change.source_record_id,
                    event=RecordEvent.HELD,
                    fields=change.fields,
                )
            )
    session.flush()


def _came_before(session: Session, run: ImportRun) -> date | None:
    """The day that these very bytes came, where something else has come since: yesterday's file, sent today.

    Sent again the day after it is no newer, unless a person has said that it is right.
    """
    earlier = session.execute(
        select(col(ImportRun.payloads), col(ImportRun.as_of), col(ImportRun.outcome))
        .where(
            ImportRun.source_id == run.source_id,
            col(ImportRun.id) < run.pk,
            col(ImportRun.complete),
            col(ImportRun.outcome).in_((ImportOutcome.DONE, ImportOutcome.HELD)),
        )
        .order_by(col(ImportRun.id).desc())
    ).all()
    mine = _digests(run.payloads)
    others_since = False
    for payloads, day, outcome in earlier:
        if _digests(payloads) != mine:
            others_since = True
        elif others_since:
            found: date = day
            return found
        elif outcome is ImportOutcome.DONE:
            return None
    return None


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
        run.updated_at = imported.written_at
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
        imported.notices.append(
            Sentence(
                "%(run)s er meldt avlyst, men er ikke avlyst her: %(why)s",
                run=run.key,
                why=needed.said,
            )
        )
