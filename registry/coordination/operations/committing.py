"""A rule of commitment is switched on by who has just seen what it would have done, and off by who says why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING, Actor
from registry.applications.commitment import CODES, RuleKind, first_days, known_limit
from registry.applications.queries.commitments import is_changed, newest_version
from registry.applications.queries.replays import begun_terms, proof, replays
from registry.coordination.operations.ruling import NewVersion, new_version
from registry.core import clock
from registry.core.errors import InvalidInput, NotFound, Refused, Stale
from registry.rules.models import Rule


@dataclass(frozen=True, slots=True)
class Tried:
    """The replay that somebody had before them: the rule, the terms it was tried on, and what shows that it was seen."""

    kind: RuleKind
    limit: float | None
    terms: Sequence[str]
    proof: str


def switch_on(session: Session, actor: Actor, tried: Tried, since: date, reason: str) -> Rule:
    """The rule holds from a day on; the figures of the replay are kept in the log beside the decision.

    Raises NotAllowed, InvalidInput for a day or a limit that cannot be, NeedsReason, and Refused where the rule has not been
    tried, Stale where its figures are no longer those that were seen: another day, another version, or facts that came since.
    """
    actor.require(Permission.RULE_EDIT, EVERYTHING)
    code, today = CODES[tried.kind], clock.today()
    if since not in first_days(tried.kind, today):
        raise InvalidInput("Velg når regelen skal gjelde fra.")
    if not tried.proof:
        raise Refused("Se hva regelen ville gjort, før du slår den på.")
    limit = known_limit(tried.kind, tried.limit)
    if not set(tried.terms) <= set(begun_terms(session)):
        raise InvalidInput("Velg et semester fra listen.")
    newest = _newest(session, code)
    found = replays(session, tried.kind, limit, tried.terms)
    if not any(one.replay.offered for one in found):
        raise Refused("Regelen må prøves på et semester der noen har fått tilbud om plass.")
    if tried.proof != proof(found, today, newest.version):
        raise Stale("Tallene er ikke lenger de du så. Se på dem på nytt før du slår på regelen.")
    number = 1.0 if tried.kind is RuleKind.ONE_PLACE else float(limit or 0)
    details = {"tried": [one.to_json() for one in found]}
    return new_version(session, actor, code, _version(newest, number, since, reason), details)


def switch_off(session: Session, actor: Actor, kind: RuleKind, since: date, reason: str) -> Rule:
    """From a day on the rule says again what it said before anybody made it: off, or the deadline of the first version.
    A rule that has not begun yet never does. What held before that day is never rewritten.

    Raises NotAllowed, InvalidInput for a day that is over, NeedsReason, Refused where there is nothing to end.
    """
    actor.require(Permission.RULE_EDIT, EVERYTHING)
    code = CODES[kind]
    newest = _newest(session, code)
    first = session.exec(select(Rule).where(Rule.code == code).order_by(col(Rule.version)).limit(1)).one()
    if not is_changed(session, code, clock.today()):
        raise Refused("Regelen er ikke slått på.")
    return new_version(session, actor, code, _version(newest, first.number, since, reason))


def _newest(session: Session, code: str) -> Rule:
    version = newest_version(session, code)
    found = session.exec(select(Rule).where(Rule.code == code, Rule.version == version)).first()
    if found is None:
        raise NotFound("Regelen finnes ikke.")
    return found


def _version(newest: Rule, number: float, since: date, reason: str) -> NewVersion:
    return NewVersion(number, since, reason, newest.citation, newest.text_nb, newest.text_nn, newest.version)
