"""Subjects that may go dark, as of any date."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.coordination.models import Detection, SubjectRisk
from registry.coordination.queries.detecting.runs import subjects_of
from registry.reference.models import Subject
from registry.rules.register import rules_on

FLAG = "DARK_FLAG"


def dark_subjects(
    session: Session,
    as_of: date,
    term: str | None = None,
    offers: Collection[int] | None = None,
    least: float | None = None,
) -> list[dict[str, Any]]:
    """Subjects that may lose all their runs of a term, by rule DARK_FLAG, the likeliest first. ``offers``: only what these teach.

    ``least`` is asked instead of the rule's own number, for trying another.
    """
    rules = rules_on(session, as_of)
    if FLAG not in rules.numbers:
        return []
    day = select(func.max(Detection.as_of)).where(col(Detection.as_of) <= as_of).scalar_subquery()
    query = (
        select(SubjectRisk, Subject.name_nb)
        .join(Subject, col(Subject.code) == col(SubjectRisk.subject_code))
        .where(
            col(SubjectRisk.assessed_on) == day,
            col(SubjectRisk.probability) >= (rules[FLAG] if least is None else least),
        )
        .order_by(col(SubjectRisk.probability).desc(), col(SubjectRisk.subject_code), col(SubjectRisk.term))
    )
    if term not in (None, "all"):
        query = query.where(SubjectRisk.term == term)
    taught = None if offers is None else subjects_of(session, offers)
    return [
        {
            "code": risk.subject_code,
            "name": name,
            "term": risk.term,
            "runs": risk.runs,
            "probability": risk.probability,
            "rule": f"{FLAG} v{rules.versions[FLAG]}",
        }
        for risk, name in session.exec(query)
        if taught is None or risk.subject_code in taught
    ]
