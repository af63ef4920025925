"""How many of those who were offered a place have come, run by run: what the advice on overbooking is learnt from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from registry.applications.advice import Advice, BackTest, Past, Yield, advise, back_test, learn
from registry.applications.figures import BEGAN
from registry.applications.models import Application
from registry.applications.queries.runfigures import newest_counts
from registry.applications.states import Answer, Decision, Standing
from registry.core import terms
from registry.offers.models import Offer, Run
from registry.offers.states import RunState

#: Runs whose start is over: who was to come has come.
_BEGUN = (RunState.RUNNING, RunState.COMPLETED)
_FEWEST = 30  # runs in a term below this make no back-test worth reading
_Asked = tuple[int | None, int | None, int | None]  # offered, accepted, started


@dataclass(frozen=True, slots=True)
class History:
    """Past runs by term, oldest first: of the offered and of the accepted, how many started."""

    offered: Mapping[str, Sequence[Past]]
    accepted: Mapping[str, Sequence[Past]]

    def before(self, term: str) -> tuple[list[Past], list[Past]]:
        """What was known before a term began."""
        return _before(self.offered, term), _before(self.accepted, term)


def _before(by_term: Mapping[str, Sequence[Past]], term: str) -> list[Past]:
    now = terms.sort_key(term)
    return [past for then, runs in by_term.items() if terms.sort_key(then) < now for past in runs]


def history(session: Session) -> History:
    """Every run that has begun and tells how many were offered, took and began: as ``run_figures`` counts them, but read
    for these three alone, since a page waits for it. Counts serve as well as applications.
    """
    query = (
        select(Run.id, Run.term, Offer.id, Offer.subject_code)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .where(col(Run.state).in_(_BEGUN))
        .order_by(terms.in_order(Run.term), col(Run.id))
    )
    figures = _counted(session) | _applied(session)
    offered: dict[str, list[Past]] = {}
    accepted: dict[str, list[Past]] = {}
    for run, term, offer, subject in session.exec(query):
        took, said_yes, came = figures.get(run or 0, (None, None, None))
        if came is not None:
            for kept, asked in ((offered, took), (accepted, said_yes)):
                if asked and asked >= came:
                    kept.setdefault(term, []).append(Past(subject or "", str(offer), asked, came))
    return History(offered, accepted)


def _applied(session: Session) -> dict[int, _Asked]:
    """By run with offers given: offered, accepted, started. Nobody accepts or starts without an offer."""
    query = (
        select(
            Application.run_id,
            func.count(),
            func.sum(case((col(Application.answer) == Answer.ACCEPTED, 1), else_=0)),
            func.sum(case((col(Application.attendance).in_(BEGAN), 1), else_=0)),
        )
        .where(Application.decision == Decision.OFFERED)
        .group_by(col(Application.run_id))
    )
    return {run: (offered, accepted, started) for run, offered, accepted, started in session.exec(query)}


def _counted(session: Session) -> dict[int, _Asked]:
    """The same from the newest count of each run that has no applications."""
    without = select(Run.id).where(col(Run.id).not_in(select(Application.run_id)))
    return {one.run_id: (one.offered, one.accepted, one.started) for one in newest_counts(session, without)}


@dataclass(frozen=True, slots=True)
class RunAdvice:
    """The advice for one run at several risks, and the yields it rests on."""

    of_offered: Yield
    of_accepted: Yield
    places: int
    accepted: int  #: have said yes
    unanswered: int  #: have an offer and have not answered
    willing: int  #: could still be offered a place
    at: Mapping[float, Advice]  #: risk → advice, smallest risk first


def run_advice(session: Session, run: Run, risks: Sequence[float]) -> RunAdvice | None:
    """Advice for a run that has places; None where it has none. Learnt from the terms before its own."""
    if run.places is None:
        return None
    offer = session.exec(select(Offer).where(Offer.id == run.offer_id)).one()
    offered, accepted = history(session).before(run.term)
    names = (offer.subject_code or "", str(offer.pk))
    of_offered, of_accepted = learn(offered).of(*names), learn(accepted).of(*names)
    stand = _standing(session, run)
    given = {risk: advise(of_offered, of_accepted, places=run.places, risk=risk, **stand) for risk in sorted(risks)}
    return RunAdvice(of_offered, of_accepted, run.places, **stand, at=given)


def _standing(session: Session, run: Run) -> dict[str, int]:
    """How many have said yes, have yet to answer, and could still be offered a place."""
    query = (
        select(Application.decision, Application.answer, func.count())
        .where(Application.run_id == run.pk, Application.standing == Standing.OPEN)
        .group_by(col(Application.decision), col(Application.answer))
    )
    found = {"accepted": 0, "unanswered": 0, "willing": 0}
    for decision, answer, number in session.exec(query):
        if answer == Answer.ACCEPTED:
            found["accepted"] += number
        elif answer == Answer.OFFERED:
            found["unanswered"] += number
        elif decision in (Decision.RECEIVED, Decision.WAITLISTED):
            found["willing"] += number
    return found


@dataclass(frozen=True, slots=True)
class TermTest:
    """The back-test of one term: learnt from the terms before it."""

    term: str
    asked: str  #: "offered" or "accepted"
    test: BackTest


def back_tests(session: Session) -> list[TermTest]:
    """Each term that has terms before it, predicted from those alone."""
    past = history(session)
    found = []
    for asked, by_term in (("offered", past.offered), ("accepted", past.accepted)):
        for term, unseen in by_term.items():
            known = _before(by_term, term)
            if len(known) >= _FEWEST and len(unseen) >= _FEWEST:
                found.append(TermTest(term, asked, back_test(known, unseen)))
    return found
