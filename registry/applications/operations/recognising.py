"""A person is seen again after the pseudonym key was changed: what is kept under the earlier pseudonym moves to the new one."""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from sqlmodel import Session, col, select

from registry.access.models import SignIn
from registry.access.policy import Actor
from registry.applications.models import AcrossLook, ApplicantContact, Application
from registry.core import audit

_BATCH = 1_000
_KEPT: tuple[Any, ...] = (ApplicantContact, AcrossLook, SignIn)


def recognise(session: Session, actor: Actor, formerly: Mapping[str, str]) -> int:
    """``formerly``: earlier pseudonym → the one in use. Returns how many applications moved.

    Where both have an application to the same run, they stay apart: two lives cannot be made one by a change of keys.
    """
    moved = 0
    keys = iter(sorted(formerly))
    while batch := list(islice(keys, _BATCH)):
        found = session.exec(
            select(Application)
            .where(col(Application.applicant_key).in_(batch))
            .order_by(col(Application.id))
            .with_for_update()
            .execution_options(populate_existing=True)
        ).all()
        taken = _taken(session, [formerly[key] for key in batch]) if found else set()
        for application in found:
            new = formerly[application.applicant_key]
            if (application.run_id, new) in taken:
                continue
            before, application.applicant_key = application.applicant_key, new
            application.version += 1
            audit.record(
                session,
                actor=actor.name,
                thing="application",
                thing_id=application.pk,
                event="rekey",
                details={"from": _key_id(before), "to": _key_id(new)},
            )
            moved += 1
        for table in _KEPT:
            _move(session, table, batch, formerly)
    session.flush()
    return moved


def _taken(session: Session, keys: list[str]) -> set[tuple[int, str]]:
    query = select(Application.run_id, Application.applicant_key).where(col(Application.applicant_key).in_(keys))
    return set(session.exec(query).all())


def _move(session: Session, table: Any, batch: list[str], formerly: Mapping[str, str]) -> None:
    rows = session.exec(select(table).where(col(table.applicant_key).in_(batch)).with_for_update()).all()
    kept: set[str] = set()
    if rows and table is ApplicantContact:  # one address a person: the newer pseudonym's own is the newer one
        query = select(table.applicant_key).where(col(table.applicant_key).in_([formerly[key] for key in batch]))
        kept = set(session.exec(query).all())
    for row in rows:
        new = formerly[row.applicant_key]
        if new in kept:
            session.delete(row)
        else:
            row.applicant_key = new


def _key_id(applicant_key: str) -> str:
    return applicant_key.partition(":")[0]
