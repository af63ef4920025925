"""Subjects that may go dark: every run that a subject has in a term may be cancelled."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from registry.coordination.detection.risks import as_open, is_judged
from registry.coordination.forecast import Model, goes_dark
from registry.coordination.models import SubjectRisk
from registry.coordination.queries.detecting.applicants import Applicants
from registry.coordination.queries.detecting.runs import RunRow
from registry.rules.register import RuleSet


@dataclass(frozen=True, slots=True)
class Darkness:
    """A subject's runs of one term, taken together."""

    subject: str
    term: str
    runs: int
    probability: float  #: that all of them are cancelled


def find_darkness(
    runs: Iterable[RunRow],
    applicants: Applicants,
    subjects: Mapping[int, Sequence[str]],
    leaves: Collection[str],
    model: Model,
    rules: RuleSet,
    today: date,
) -> list[Darkness]:
    """Every leaf subject and term whose runs can all be judged. One run that is sure to be taught keeps a subject lit, and one of
    which nothing is known leaves it unknown: neither is listed.
    """
    together: defaultdict[tuple[str, str], list[RunRow]] = defaultdict(list)
    for run in runs:
        if run.published and run.counts_as_taught:
            for subject in subjects.get(run.offer_id, ()):
                if subject in leaves:
                    together[subject, run.term].append(run)
    found = []
    for (subject, term), several in sorted(together.items()):
        if all(is_judged(run, applicants, today) for run in several):
            opened = [as_open(run, applicants.eligible[run.id], rules, today) for run in several]
            found.append(Darkness(subject, term, len(several), round(goes_dark(model, opened), 4)))
    return found


def store_darkness(
    session: Session,
    found: list[Darkness],
    detection_id: int,
    today: date,
    among: Collection[tuple[str, str]] | None = None,
) -> None:
    """What was found is what stands for the day. ``among``: the subjects and terms that were looked at, else all of them."""
    standing = select(SubjectRisk).where(col(SubjectRisk.assessed_on) == today)
    if among is not None:
        standing = standing.where(col(SubjectRisk.subject_code).in_({subject for subject, _ in among}))
    known = {(row.subject_code, row.term): row for row in session.exec(standing)}
    for one in found:
        row = known.pop((one.subject, one.term), None)
        values: dict[str, Any] = {"runs": one.runs, "probability": one.probability}
        if row is None:
            row = SubjectRisk(
                subject_code=one.subject, term=one.term, assessed_on=today, detection_id=detection_id, **values
            )
        elif (row.runs, row.probability) != (one.runs, one.probability):
            row.sqlmodel_update({**values, "detection_id": detection_id})
        session.add(row)
    for key, row in known.items():
        if among is None or key in among:
            session.delete(row)
    session.flush()
