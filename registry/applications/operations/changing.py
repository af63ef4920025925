"""What every change of an application has in common."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from registry.access.policy import Actor, Scope
from registry.applications.models import Application
from registry.applications.states import Standing
from registry.core import transitions
from registry.core.errors import Refused
from registry.core.transitions import Life


def change(
    session: Session,
    actor: Actor,
    application: Application,
    life: Life,
    event: str,
    *,
    scope: Scope,
    at: datetime | None = None,
    reason_code: str | None = None,
    reason_text: str | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """One step of one life; counts the row's version. The outbox is told the row's id, never the applicant."""
    transitions.apply(
        session,
        actor,
        application,
        life,
        event,
        scope=scope,
        key=str(application.pk),
        at=at,
        reason_code=reason_code,
        reason_text=reason_text,
        details=details,
    )
    application.version += 1


def hold(session: Session, condition: ColumnElement[bool]) -> Sequence[Application]:
    """These applications, read anew and held until the transaction ends. By their ids, whatever order they are wanted in: two who
    hold several do not wait for each other. Whoever holds runs too holds them before.
    """
    query = select(Application).where(condition).order_by(col(Application.id)).with_for_update()
    return session.exec(query.execution_options(populate_existing=True)).all()


def must_be_open(application: Application) -> None:
    """Raises Refused for an application that was withdrawn or displaced."""
    if application.standing is Standing.WITHDRAWN:
        raise Refused("Søknaden er trukket.")
    if application.standing is Standing.DISPLACED:
        raise Refused("Kullet er avlyst eller utsatt.")
    if application.standing is Standing.ABSORBED:
        raise Refused("Søknaden er slått sammen med den andre til samme kull.")
