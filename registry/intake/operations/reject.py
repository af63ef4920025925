"""A person says that a held delivery is wrong: what it lacked is still there, and what it would have ended goes on."""

from sqlmodel import Session, col, select

from importers.sentences import Sentence
from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING, Actor
from registry.core import audit
from registry.core.errors import Conflict, NeedsReason, NotFound
from registry.intake.models import Fetch, ImportRun
from registry.intake.operations.deliver import newest_of
from registry.intake.states import FetchOutcome, ImportOutcome


def reject(session: Session, actor: Actor, import_run_id: int, reason: str) -> ImportRun:
    """Nothing is closed by this delivery, nor by those of its source that were held before it. It counts as one that
    cannot be trusted: should its very bytes come again, they are held again.

    Raises NotAllowed, NotFound, NeedsReason, or Conflict where the delivery is not held or a newer one has come since.
    """
    actor.require(Permission.IMPORT_APPROVE, EVERYTHING)
    run = session.get(ImportRun, import_run_id, with_for_update=True)
    if run is None:
        raise NotFound("Innhentingen finnes ikke.")
    reason = " ".join(reason.split())
    if not reason:
        raise NeedsReason("Skriv hvorfor leveransen ikke stemmer.")
    if run.outcome is not ImportOutcome.HELD:
        raise Conflict("Innhentingen er ikke holdt tilbake.")
    if newest_of(session, run.source_id) != run.id:
        raise Conflict("Det har kommet en nyere leveranse. Se på den i stedet.")
    held = select(ImportRun).where(
        ImportRun.source_id == run.source_id, ImportRun.outcome == ImportOutcome.HELD, col(ImportRun.id) <= run.pk
    )
    told = Sentence(
        "Fraværet ble avvist: %(reason)s Alt som ville blitt lukket eller avlyst, står. Nye og endrede rader er tatt inn.",
        reason=_sentence(reason),
    )
    for one in session.exec(held.with_for_update()):
        one.outcome, one.message = ImportOutcome.REFUSED, told
        audit.record(
            session, actor=actor.name, thing="import_run", thing_id=one.pk, event="rejected", reason_text=reason
        )
        settle_fetch(session, one, FetchOutcome.REFUSED)
    return run


def settle_fetch(session: Session, run: ImportRun, outcome: FetchOutcome) -> None:
    """What a person has decided of a delivery is what came of its fetch."""
    fetch = session.exec(select(Fetch).where(Fetch.import_run_id == run.id).with_for_update()).first()
    if fetch is not None and fetch.outcome is FetchOutcome.HELD:
        fetch.outcome, fetch.message = outcome, run.message


def _sentence(text: str) -> str:
    return text if text[-1] in ".!?" else f"{text}."
