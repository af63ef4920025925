"""Marks that searchers may see: small subject, few applicants."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from registry.catalogue.documents import FEW
from registry.coordination.models import RiskAssessment
from registry.coordination.queries.reports.subjects import small_subjects
from registry.core import clock
from registry.offers.models import Offer, Run
from registry.offers.states import RunState

_OPEN = (RunState.PLANNED, RunState.OPEN, RunState.CLOSED)
_KEYS = 5_000  #: of one IN list


@dataclass(frozen=True, slots=True)
class Marks:
    """Everything that is marked on a day: codes of subjects, ids of runs."""

    small: frozenset[str]
    few: frozenset[int]


def marks_on(session: Session, day: date) -> Marks:
    """What searchers may be told on a day, of the whole registry."""
    return Marks(small_subjects(session, day), frozenset(session.exec(_few(Run.id)).all()))


def few_among(session: Session, run_ids: Collection[int]) -> frozenset[int]:
    """Those of some runs that have few applicants."""
    return frozenset(session.execute(_few_of_some(), {"runs": list(run_ids)}).scalars())


def touched_by(session: Session, before: Marks, after: Marks) -> list[str]:
    """Keys of the offers that are marked otherwise than before: their subject, or one of their runs."""
    subjects, runs = sorted(before.small ^ after.small), sorted(before.few ^ after.few)
    keys = set(session.exec(select(Offer.key).where(col(Offer.subject_code).in_(subjects))).all())
    for start in range(0, len(runs), _KEYS):
        here = col(Run.id).in_(runs[start : start + _KEYS])
        keys.update(session.exec(select(Offer.key).join(Run, col(Run.offer_id) == col(Offer.id)).where(here)))
    return sorted(keys)


def has_few_applicants(session: Session, offer_id: int) -> bool:
    """Whether one of the offer's runs has."""
    return session.exec(_few(Run.id).where(Run.offer_id == offer_id).limit(1)).first() is not None


def search_facets(session: Session, offer_ids: Sequence[int]) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Key of an offer or a run -> facets, in the form that ``registry.catalogue.documents`` takes from rooms above it."""
    small = small_subjects(session, clock.today())
    query = select(Offer.key, Offer.subject_code).where(col(Offer.id).in_(offer_ids))
    offers = {key: {"small_subject": ("1",)} for key, subject in session.exec(query) if subject in small}
    few = session.exec(_few(Run.key).where(col(Run.offer_id).in_(offer_ids)))
    return offers | {key: {"applying": (FEW,)} for key in few}


@cache
def _few_of_some() -> Any:
    """Made once: it is asked with every changed run."""
    return _few(Run.id).where(col(Run.id).in_(sa.bindparam("runs", expanding=True)))


def _few(what: Any) -> Any:
    """``what`` of open runs whose newest assessment says that fewer have applied than are needed (rule LOW_RUN)."""
    of_run = aliased(RiskAssessment)
    newest = select(func.max(of_run.assessed_on)).where(of_run.run_id == Run.id).correlate(Run).scalar_subquery()
    return (
        select(what)
        .join(RiskAssessment, col(RiskAssessment.run_id) == col(Run.id))
        .where(col(Run.state).in_(_OPEN), col(Run.left_feed_on).is_(None))
        .where(col(RiskAssessment.assessed_on) == newest, col(RiskAssessment.applicants) < RiskAssessment.minimum)
    )
