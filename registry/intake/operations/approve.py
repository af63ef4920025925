"""A person says that a held delivery is right: what it lacked counts as absent from that day, what it ended is ended."""

from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING, Actor
from registry.core import audit, clock
from registry.core.errors import Conflict, NotFound
from registry.intake.models import ImportRun, Source
from registry.intake.operations.context import Import
from registry.intake.operations.guarding import apply_endings
from registry.intake.operations.reject import settle_fetch
from registry.intake.operations.vanishing import apply_absence
from registry.intake.queries.consequences import held_missing, pending_endings
from registry.intake.reading.facts import load_facts
from registry.intake.states import FetchOutcome, ImportOutcome
from registry.rules.register import rules_on


def approve(session: Session, actor: Actor, import_run_id: int) -> ImportRun:
    """Let the absence in a held delivery stand. Its runs are closed by a later delivery that lacks them too.

    Raises NotAllowed, NotFound, or Conflict where the delivery is not held or a newer one has come since.
    """
    actor.require(Permission.IMPORT_APPROVE, EVERYTHING)
    run = session.get(ImportRun, import_run_id, with_for_update=True)
    if run is None:
        raise NotFound("Innhentingen finnes ikke.")
    if run.outcome is not ImportOutcome.HELD:
        raise Conflict("Innhentingen er ikke holdt tilbake.")
    newest = session.exec(
        select(ImportRun.id)
        .where(ImportRun.source_id == run.source_id, ImportRun.outcome != ImportOutcome.REFUSED)
        .order_by(col(ImportRun.id).desc())
    ).first()
    if newest != run.id:
        raise Conflict("Det har kommet en nyere leveranse. Se på den i stedet.")
    imported = Import(
        session, actor, session.get_one(Source, run.source_id), run, load_facts(session), run.as_of, clock.now()
    )
    endings = pending_endings(session, run.pk)
    missing = held_missing(session, run)
    apply_absence(imported, missing, rules_on(session, run.as_of), approved_by=actor.name)
    apply_endings(imported, endings)
    run.notices = [*run.notices, *imported.notices]
    run.outcome, run.message = ImportOutcome.DONE, None
    settle_fetch(session, run, FetchOutcome.TAKEN)
    audit.record(
        session,
        actor=actor.name,
        thing="import_run",
        thing_id=run.pk,
        event="approved",
        details={"absent": len(missing), "ended": len(endings)},
    )
    return run
