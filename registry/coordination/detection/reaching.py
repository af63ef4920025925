"""Small subjects that the whole country could reach, and cannot any more: written in the log and told by mail at once.

What an institution reports is never refused: it cancels elsewhere, moves its offer to another subject, takes it off the net or
leaves it out of a delivery. Nor does the calendar ask. So it is the subject that is watched, not the ways to lose it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from registry.access.models import Membership, Person
from registry.access.policy import Actor
from registry.access.roles import Role
from registry.coordination.models import SubjectStatus
from registry.coordination.queries.detecting.national import Reach
from registry.coordination.queries.detecting.reached import (
    LIFE,
    ORDER,
    THING,
    Reached,
    Standing,
    Told,
    newest_of,
    standing_of,
)
from registry.core import audit, clock
from registry.messages.operations import Letter, send_all
from registry.offers.models import Offer, OfferProvider
from registry.reference.models import Organisation, Subject
from registry.rules.register import RuleSet

KIND = "small-subject-lost"
_SHOWN = 20  # subjects in one mail; the rest are counted


@dataclass(frozen=True, slots=True)
class Loss:
    """A subject that reaches less far than it did; ``before`` is None where it was not on the list."""

    subject: str
    before: Standing | None
    after: Standing


def watched(session: Session, small: Collection[str], told: list[Told], today: date) -> set[str]:
    """The small subjects, and those that have been and are on no list any more, since all that was taught in them is gone."""
    listed = select(SubjectStatus.subject_code).where(
        SubjectStatus.since <= today, col(SubjectStatus.until).is_(None) | (col(SubjectStatus.until) >= today)
    )
    return set(small) | (newest_of(told).keys() - set(session.exec(listed)))


def follow(
    session: Session,
    actor: Actor,
    reach: Mapping[str, Reach],
    subjects: Collection[str],
    told: list[Told],
    rules: RuleSet,
    today: date,
) -> list[Loss]:
    """Write what is otherwise than ``told`` of the subjects that are watched, and send word of what is lost. Returns the losses.

    What is found the first time of all is written and not told: nothing has been lost by being looked at.
    """
    guarantee = rules["NATIONAL_GUARANTEE"]
    if guarantee < 1:
        return []
    known = newest_of(told)
    now = {code: standing_of(reach.get(code), guarantee) for code in sorted(subjects)}
    changed = {code: one for code, one in now.items() if code not in known or known[code].standing != one}
    if not changed:
        return []
    periods = _periods(session, changed, today)
    lost = []
    for code, standing in changed.items():
        before = known[code].standing if code in known else None
        period = periods[code] if code in periods else known[code].period
        _log(session, actor, period, code, before, standing)
        if told and _is_less(before, standing):
            lost.append(Loss(code, before, standing))
    _tell(session, lost, len(told))
    return lost


def _is_less(before: Standing | None, after: Standing) -> bool:
    was = Reached.COUNTRY if before is None else before.reached
    return ORDER.index(after.reached) < ORDER.index(was)


def _log(
    session: Session, actor: Actor, period: int, subject: str, before: Standing | None, standing: Standing
) -> None:
    was = None if before is None else before.reached
    if before is None:
        event = "reach_seen"
    elif _is_less(before, standing):
        event = "reach_lost"
    else:
        event = "carriers_changed" if was is standing.reached else "reach_won"
    audit.record(
        session,
        actor=actor.name,
        thing=THING,
        thing_id=period,
        life=LIFE,
        event=event,
        from_state=was,
        to_state=standing.reached,
        details={"subject": subject, "offers": list(standing.offers)},
    )


def _periods(session: Session, subjects: Collection[str], today: date) -> dict[str, int]:
    query = select(SubjectStatus.subject_code, SubjectStatus.id).where(
        col(SubjectStatus.subject_code).in_(subjects), SubjectStatus.since <= today
    )
    return {code: period or 0 for code, period in session.exec(query.order_by(col(SubjectStatus.since)))}


def _tell(session: Session, lost: list[Loss], number: int) -> None:
    """One mail to each coordinator, and to the staff of whoever carried one of the subjects with those that they did."""
    if not lost:
        return
    carriers = {one.subject: set(one.before.offers if one.before else ()) for one in lost}
    offers = {offer for several in carriers.values() for offer in several}
    whose = _institutions(session, offers)
    lines = _lines(session, lost, carriers, whose)
    names = _names(session, lines)
    letters = []
    for person, homes in _readers(session):
        mine = [
            {**lines[one.subject], "name": names[one.subject].get(person.language) or names[one.subject]["nb"]}
            for one in lost
            if homes is None or any(homes & whose[offer].keys() for offer in carriers[one.subject] if offer in whose)
        ]
        if mine:
            context = {"subjects": mine[:_SHOWN], "more": max(0, len(mine) - _SHOWN)}
            # The log has grown by each time that anything was told: no two mails bear the same number.
            key = f"{KIND}:{number}:{person.pk}"
            letters.append(Letter(kind=KIND, to=person.email, language=person.language, context=context, dedupe=key))
    send_all(session, letters)


def _institutions(session: Session, offers: Collection[int]) -> dict[int, dict[int, str]]:
    """Offer -> id and name of each institution that has a part in it, the leading one first."""
    query = (
        select(OfferProvider.offer_id, Organisation.id, Organisation.name_nb)
        .join(Organisation, col(Organisation.id) == col(OfferProvider.organisation_id))
        .where(col(OfferProvider.offer_id).in_(offers))
        .order_by(col(OfferProvider.leads).desc(), col(Organisation.id))
    )
    found: dict[int, dict[int, str]] = {}
    for offer, organisation, name in session.exec(query):
        found.setdefault(offer, {})[organisation or 0] = name
    return found


def _lines(
    session: Session,
    lost: list[Loss],
    carriers: Mapping[str, set[int]],
    whose: Mapping[int, Mapping[int, str]],
) -> dict[str, dict[str, Any]]:
    titles = dict(session.exec(select(Offer.id, Offer.title).where(col(Offer.id).in_(whose))).all())
    return {
        one.subject: {
            "taught": one.after.reached is not Reached.NOBODY,
            "before": [
                {"title": titles[offer], "institution": next(iter(whose[offer].values()))}
                for offer in sorted(carriers[one.subject])
                if offer in whose
            ],
            "path": f"/samordning/sma-fag/{one.subject}",
        }
        for one in lost
    }


def _names(session: Session, subjects: Collection[str]) -> dict[str, dict[str, str | None]]:
    """Subject -> language -> its name."""
    found = session.exec(select(Subject).where(col(Subject.code).in_(subjects)))
    return {one.code: {"nb": one.name_nb, "nn": one.name_nn, "se": one.name_se, "en": one.name_en} for one in found}


def _readers(session: Session) -> list[tuple[Person, set[int] | None]]:
    """Coordinators (None: every subject is theirs) and staff with their institutions."""
    day = clock.today()
    query = (
        select(Person, Membership.role, Membership.organisation_id)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(
            col(Membership.role).in_([Role.PROVIDER_STAFF, Role.COORDINATOR]),
            col(Membership.valid_from) <= day,
            col(Membership.valid_to).is_(None) | (col(Membership.valid_to) >= day),
            col(Person.deactivated_at).is_(None),
            col(Person.email).is_not(None),
        )
        .order_by(col(Person.id))
    )
    people: dict[int, Person] = {}
    homes: dict[int, set[int] | None] = {}
    for person, role, organisation in session.exec(query):
        people[person.pk] = person
        mine = homes.setdefault(person.pk, set())
        if role is Role.COORDINATOR:
            homes[person.pk] = None
        elif mine is not None and organisation is not None:
            mine.add(organisation)
    return [(people[one], mine) for one, mine in homes.items()]
