"""A rule gets a new version from a day to come. What held before that day is never rewritten."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING, Actor
from registry.applications.commitment import CODES
from registry.coordination.detection.exempting import RULE as EXEMPTING
from registry.coordination.queries.desk.rules import history, holding, to_come
from registry.core import audit, clock
from registry.core.errors import InvalidInput, NeedsReason, NotFound, Refused, Stale
from registry.reference.models import Subject
from registry.rules.models import Rule

#: Units whose numbers are shares or probabilities.
_SHARES = frozenset(
    {
        *("probability", "score 0–1", "andel", "cosinus", "sikkerhet 0–1", "0/1"),
        *("share of warnings", "share of open offers", "share of rows"),
    }
)
_ANY_SIGN = frozenset({"log-odds", "poeng"})
_MOST = 10_000  # of whatever is counted; more is a slip of the key
TEXT_LIMIT = 1_000  # characters


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What a new version says. ``seen`` is the version that the person had before them.

    ``exceptions`` are the subjects that the rule leaves alone, None where they stay as they are.
    """

    number: float
    valid_from: date
    reason: str
    citation: str
    text_nb: str
    text_nn: str
    seen: int
    exceptions: frozenset[str] | None = None


def change_rule(session: Session, actor: Actor, code: str, new: NewVersion) -> Rule:
    """Add a version that holds from ``new.valid_from``, today at the earliest.

    Raises NotAllowed, NotFound, InvalidInput for a number that the unit cannot have, a day that is over or empty texts,
    NeedsReason, Stale where somebody has changed the rule since, and Refused for a rule of commitment: those are tried first
    (``committing.switch_on``).
    """
    if code in CODES.values():
        raise Refused("Denne regelen prøves på tidligere semestre før den endres.")
    return new_version(session, actor, code, new)


def new_version(
    session: Session, actor: Actor, code: str, new: NewVersion, details: dict[str, Any] | None = None
) -> Rule:
    """As ``change_rule``, for any rule. ``details`` are kept in the log beside what changed."""
    actor.require(Permission.RULE_EDIT, EVERYTHING)
    versions = session.exec(select(Rule).where(Rule.code == code).order_by(col(Rule.version)).with_for_update()).all()
    if not versions:
        raise NotFound("Regelen finnes ikke.")
    newest = versions[-1]
    if newest.version != new.seen:
        raise Stale("Noen andre har endret regelen. Last siden på nytt.")
    _check(newest, new)
    exceptions = newest.exceptions if new.exceptions is None else sorted(new.exceptions)
    if exceptions != newest.exceptions:
        _check_exceptions(session, code, exceptions)
        details = {**(details or {}), "exceptions": exceptions}
    made = Rule(
        code=code,
        version=newest.version + 1,
        number=new.number,
        unit=newest.unit,
        period=newest.period,
        exceptions=exceptions,
        owner=newest.owner,
        citation=new.citation.strip(),
        text_nb=new.text_nb.strip(),
        text_nn=new.text_nn.strip(),
        valid_from=new.valid_from,
    )
    last = new.valid_from - timedelta(days=1)
    for one in versions:
        ends_later = one.valid_to is None or one.valid_to > last
        if one.valid_from <= last and ends_later:
            one.valid_to = last
    session.add(made)
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        thing="rule",
        thing_id=made.pk,
        event="change",
        reason_text=new.reason.strip(),
        details={
            "code": code,
            "version": made.version,
            "from": newest.number,
            "to": made.number,
            "valid_from": made.valid_from.isoformat(),
            **(details or {}),
        },
    )
    return made


def withdraw_version(session: Session, actor: Actor, code: str, seen: int, reason: str) -> Rule:
    """Take back the newest version before it holds: from its day what held before goes on, as a version of its own, so that
    the history keeps all three. ``seen`` is the newest version that the person had before them.

    Raises NotAllowed, NotFound, NeedsReason, Stale where somebody has changed the rule since, and Refused where no version is to come.
    """
    actor.require(Permission.RULE_EDIT, EVERYTHING)
    if code in CODES.values():
        raise Refused("Denne regelen prøves på tidligere semestre før den endres.")
    versions = history(session, code)
    coming = to_come(versions, clock.today())
    if coming is None:
        raise Refused("Regelen har ingen versjon som ikke gjelder ennå.")
    before = holding(versions, coming.valid_from - timedelta(days=1))
    if before is None:
        raise Refused("Regelen har ingen tidligere versjon å gå tilbake til.")
    if not reason.strip():
        raise NeedsReason("Skriv hvorfor versjonen trekkes tilbake.")
    again = NewVersion(
        number=before.number,
        valid_from=coming.valid_from,
        reason=reason,
        citation=before.citation,
        text_nb=before.text_nb,
        text_nn=before.text_nn,
        seen=seen,
        exceptions=None if before.exceptions == coming.exceptions else frozenset(before.exceptions),
    )
    return new_version(session, actor, code, again, {"withdrawn": coming.version})


def _check_exceptions(session: Session, code: str, subjects: list[str]) -> None:
    if code != EXEMPTING:
        raise InvalidInput("Denne regelen har ingen unntak.")
    known = set(session.exec(select(Subject.code).where(col(Subject.code).in_(subjects))))
    for one in subjects:
        if one not in known:
            raise InvalidInput("Vi kjenner ikke faget %(code)s.", code=one)


def check_number(unit: str, number: float) -> None:
    """Raises InvalidInput for a number that a rule of the unit cannot have."""
    if unit in _SHARES and not 0 <= number <= 1:
        raise InvalidInput("Tallet må være mellom 0 og 1.")
    if not math.isfinite(number) or (number < 0 and unit not in _ANY_SIGN):
        raise InvalidInput("Tallet må være null eller mer.")
    if abs(number) > _MOST:
        raise InvalidInput(
            "Tallet er for stort. Det kan ikke være mer enn %(most)s.", most=f"{_MOST:,}".replace(",", "\u00a0")
        )


def _check(newest: Rule, new: NewVersion) -> None:
    if not new.reason.strip():
        raise NeedsReason("Skriv hvorfor regelen endres.")
    if new.valid_from < clock.today():
        raise InvalidInput("En regel kan bare endres framover. Velg dagen i dag eller senere.")
    check_number(newest.unit, new.number)
    if not all(text.strip() for text in (new.citation, new.text_nb, new.text_nn)):
        raise InvalidInput("Fyll ut kilden og teksten på både bokmål og nynorsk.")
