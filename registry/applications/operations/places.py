"""How many places are free. Whoever gives one holds the run's lock."""

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from registry.applications.models import UNSENT, Application, BatchItem, DecisionBatch
from registry.applications.states import HOLDING, Decision, Standing
from registry.offers.models import Run


def free_places(
    session: Session, run: Run, overbooking: int = 0, *, besides: DecisionBatch | None = None
) -> int | None:
    """Places that may still be offered; None where the run has no limit. Negative where too many were given.

    A place that a batch has prepared is held until its letters are sent or it is undone; ``besides`` is the batch that asks.
    """
    if run.places is None:
        return None
    held = (
        select(func.count())
        .select_from(Application)
        .where(
            Application.run_id == run.pk, Application.standing == Standing.OPEN, col(Application.answer).in_(HOLDING)
        )
    )
    taken, prepared = session.exec(  # asked at once: an office waits for each
        select(held.scalar_subquery(), _prepared(run, besides).scalar_subquery())
    ).one()
    return int(run.places + overbooking - taken - prepared)


def _prepared(run: Run, besides: DecisionBatch | None) -> SelectOfScalar[int]:
    query = (
        select(func.count())
        .select_from(BatchItem)
        .join(DecisionBatch, col(DecisionBatch.id) == BatchItem.batch_id)
        .join(Application, col(Application.id) == BatchItem.application_id)
        .where(
            DecisionBatch.run_id == run.pk,
            DecisionBatch.decision == Decision.OFFERED,
            UNSENT,
            Application.standing == Standing.OPEN,
            col(Application.answer).not_in(HOLDING),
        )
    )
    return query if besides is None else query.where(col(DecisionBatch.id) != besides.pk)


def holds_place(application: Application) -> bool:
    """Does the applicant hold one of the run's places?"""
    return application.standing is Standing.OPEN and application.answer in HOLDING
