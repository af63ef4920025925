"""What the demonstration year lacks: a batch of decisions not yet sent, a look across by the demonstration's own office, and a
term in which a rule of commitment holds.
"""

from datetime import timedelta

from sqlmodel import Session, col, select

from registry.access.models import Membership, Person
from registry.access.policy import Actor
from registry.access.pseudonyms import demo_applicant
from registry.access.roles import Role
from registry.applications import operations
from registry.applications.commitment import CODES, RuleKind
from registry.applications.models import Application
from registry.applications.operations import Wish
from registry.applications.states import Answer, Decision, Standing
from registry.core import clock, terms
from registry.offers.models import OfferProvider, Run
from registry.offers.states import RunState
from registry.people.queries import holdings
from registry.rules.models import Rule

FAR = "2031V"


def office_of(session: Session) -> Actor:
    """The demonstration's admissions officer."""
    person = session.exec(
        select(Person.id).join(Membership).where(Membership.role == Role.ADMISSIONS_OFFICER).order_by(col(Person.id))
    ).first()
    return Actor(f"person:{person}", holdings(session, person or 0, clock.today()), person=person)


def queue_of(session: Session) -> tuple[Run, list[int]]:
    """A run of the office that has closed, with the most applications that wait for it."""
    [own] = {holding.organisation for holding in office_of(session).holdings}
    waiting = (
        select(Application)
        .join(Run, col(Run.id) == Application.run_id)
        .join(OfferProvider, col(OfferProvider.offer_id) == Run.offer_id)
        .where(
            OfferProvider.organisation_id == own,
            col(Run.state).in_((RunState.CLOSED, RunState.OPEN)),
            Application.decision == Decision.RECEIVED,
            Application.standing == Standing.OPEN,
            Application.endorsement != "declined",
        )
        .order_by(col(Application.applied_at))
    )
    by_run: dict[int, list[int]] = {}
    for application in session.exec(waiting):
        by_run.setdefault(application.run_id, []).append(application.pk)
    run_id = max(by_run, key=lambda one: len(by_run[one]))
    return session.get_one(Run, run_id), by_run[run_id]


def begin(session: Session) -> None:
    """One batch prepared and one look made."""
    office = office_of(session)
    run, ids = queue_of(session)
    operations.prepare(session, office, run, Wish(Decision.WAITLISTED), ids[-2:])
    operations.look(session, office, ids[0], "places")


def two_offers(session: Session) -> tuple[int, int]:
    """A far term in which one place may be held, and two places in it offered to the demonstration's own applicant."""
    rule = session.exec(select(Rule).where(Rule.code == CODES[RuleKind.ONE_PLACE])).one()
    told = rule.model_dump(include={"code", "unit", "owner", "citation", "text_nb", "text_nn"})
    session.add(Rule(**told, number=1, version=2, valid_from=terms.first_day(FAR)))
    person = session.exec(
        select(Person).join(Membership).where(Membership.role == Role.SEARCHER).order_by(col(Person.id))
    ).first()
    assert person is not None
    key, moment = demo_applicant(person.subject), clock.now()
    made = []
    for offer_id in session.exec(select(OfferProvider.offer_id).order_by(col(OfferProvider.offer_id)).limit(2)).all():
        kept = {"created_at": moment, "updated_at": moment}
        run = Run(key=f"far-{offer_id}", offer_id=offer_id, term=FAR, places=1, state=RunState.CLOSED, **kept)
        session.add(run)
        session.flush()
        to_answer = {"answer": Answer.OFFERED, "answer_by": clock.today() + timedelta(days=9)}
        application = Application(
            run_id=run.pk, applicant_key=key, applied_at=moment, decision=Decision.OFFERED, **to_answer
        )
        session.add(application)
        session.flush()
        made.append(application.pk)
    return made[0], made[1]
