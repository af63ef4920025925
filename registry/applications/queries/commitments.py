"""Rules of commitment as they bind: in which terms, whom, and by which places they hold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.applications.commitment import CODES, RuleKind, binding_day
from registry.applications.models import Application
from registry.applications.states import ANSWER, KEEPING, Answer, Attendance, Standing
from registry.core import clock, terms
from registry.core.audit import AuditEntry
from registry.offers.models import Offer, Run
from registry.rules.models import Rule
from registry.rules.register import rules_on

_ONE_PLACE, _MOST_CREDITS = CODES[RuleKind.ONE_PLACE], CODES[RuleKind.MOST_CREDITS]


@dataclass(frozen=True, slots=True)
class Bond:
    """What binds who says yes to a place in one term."""

    one_place: bool
    most_credits: float | None

    @property
    def free(self) -> bool:
        """Nothing does."""
        return not self.one_place and self.most_credits is None

    def hinders(self, held: Sequence["Held"], more: Decimal | float | None) -> RuleKind | None:
        """Which rule a further place of so many credits would break, for who holds these places."""
        if self.one_place and held:
            return RuleKind.ONE_PLACE
        together = sum(one.credits for one in held) + float(more or 0)
        if self.most_credits is not None and together > self.most_credits:
            return RuleKind.MOST_CREDITS
        return None


@dataclass(frozen=True, slots=True)
class Held:
    """A place that somebody has said yes to."""

    application_id: int
    run_id: int
    term: str
    title: str
    title_language: str | None
    credits: float
    begun: bool  #: the course has: it is left at the institution, not here


def bond(session: Session, term: str) -> Bond:
    """What binds who says yes today to a place in a term."""
    rules = rules_on(session, binding_day(term, clock.today()))
    return Bond(bool(rules[_ONE_PLACE]), rules[_MOST_CREDITS] or None)


def held_places(session: Session, applicant_key: str, term: str | None = None) -> list[Held]:
    """The places that a person has taken in runs of a term, or of any, oldest application first."""
    query = (
        select(Application, Run, Offer)
        .join(Run, col(Run.id) == Application.run_id)
        .join(Offer, col(Offer.id) == Run.offer_id)
        .where(
            Application.applicant_key == applicant_key,
            Application.standing == Standing.OPEN,
            col(Application.attendance).in_(KEEPING),
        )
        .order_by(col(Application.id))
    )
    if term is not None:
        query = query.where(Run.term == term)
    return [
        Held(
            application.pk,
            run.pk,
            run.term,
            offer.title,
            offer.title_language,
            float(offer.credits or 0),
            begun=application.attendance is not Attendance.ACCEPTED,
        )
        for application, run, offer in session.exec(query)
    ]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A rule's number from a day on, until the next stretch begins."""

    since: date
    number: float
    version: int


def stretches(session: Session, code: str, today: date) -> list[Stretch]:
    """What a rule says today and from each day to come on which it says something else; empty where it says nothing yet."""
    versions = _versions(session, code)
    days = sorted({today, *(one.valid_from for one in versions if one.valid_from > today)})
    found: list[Stretch] = []
    for day in days:
        rule = _holding(versions, day)
        if rule is not None and (not found or found[-1].number != rule.number):
            found.append(Stretch(day if found else rule.valid_from, rule.number, rule.version))
    return found


def is_changed(session: Session, code: str, today: date) -> bool:
    """Does a rule say, today or later, something else than its first version?"""
    versions = _versions(session, code)
    return any(one.number != versions[0].number for one in stretches(session, code, today))


def newest_version(session: Session, code: str) -> int:
    """The number of a rule's last version, whether or not it holds yet; 0 where there is none."""
    return session.exec(select(func.max(Rule.version)).where(Rule.code == code)).one() or 0


def two_places(session: Session) -> list[str]:
    """Runs in which somebody took a second place of a term while the rule of one place bound it: the run's key, for each.

    Who had both before the rule was made broke nothing.
    """
    versions = _versions(session, _ONE_PLACE)
    first = min((one.valid_from for one in versions if one.number), default=None)
    if first is None:
        return []
    made = _made(session, versions)
    found: list[str] = []
    for (_person, term), places in groupby(_doubled(session, terms.of(first)), key=lambda row: (row[0], row[1])):
        later = sorted((taken, key) for _, _, key, taken in places)[1:]
        found += [key for taken, key in later if _bound(versions, made, term, taken)]
    return sorted(found)


def _doubled(session: Session, since: str) -> Iterable[tuple[str, str, str, datetime]]:
    """(person, term, run, when they said yes) of who has taken several places of a term, from a term on; by person and term."""
    taken = (
        Application.standing == Standing.OPEN,
        col(Application.attendance).in_(KEEPING),
        terms.in_order(Run.term) >= terms.in_order(since),
    )
    several = (
        select(Application.applicant_key, Run.term)
        .join(Run, col(Run.id) == Application.run_id)
        .where(*taken)
        .group_by(col(Application.applicant_key), col(Run.term))
        .having(func.count() > 1)
        .subquery()
    )
    query = (
        select(Application.applicant_key, Run.term, Run.key, func.max(AuditEntry.at))
        .join(Run, col(Run.id) == Application.run_id)
        .join(several, (several.c.applicant_key == Application.applicant_key) & (several.c.term == Run.term))
        .join(AuditEntry, col(AuditEntry.thing_id) == Application.id)
        .where(
            *taken,
            AuditEntry.thing == ANSWER.thing,
            AuditEntry.life == ANSWER.name,
            AuditEntry.to_state == Answer.ACCEPTED,
        )
        .group_by(col(Application.applicant_key), col(Run.term), col(Run.key), col(Application.id))
        .order_by(col(Application.applicant_key), col(Run.term), col(Application.id))
    )
    return session.exec(query).all()


def _bound(versions: Sequence[Rule], made: dict[int, datetime], term: str, taken: datetime) -> bool:
    rule = _holding(versions, binding_day(term, clock.local_day(taken)))
    return rule is not None and bool(rule.number) and made.get(rule.pk, taken) <= taken


def _made(session: Session, versions: Sequence[Rule]) -> dict[int, datetime]:
    query = select(AuditEntry.thing_id, AuditEntry.at).where(
        AuditEntry.thing == "rule", col(AuditEntry.thing_id).in_([one.pk for one in versions])
    )
    return dict(session.exec(query).all())


def _versions(session: Session, code: str) -> Sequence[Rule]:
    return session.exec(select(Rule).where(Rule.code == code).order_by(col(Rule.version))).all()


def _holding(versions: Sequence[Rule], day: date) -> Rule | None:
    """As ``rules_on`` for one rule whose versions are at hand, oldest first."""
    found = [one for one in versions if one.valid_from <= day and (one.valid_to is None or one.valid_to >= day)]
    return found[-1] if found else None
