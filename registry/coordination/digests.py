"""Institutions are told which proposals wait for their answer, and what was answered to their own: at most one mail a day."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select

from registry.access.models import Membership, Person
from registry.access.roles import Role
from registry.coordination.labels import WAY_LABELS
from registry.coordination.models import Pair, Proposal
from registry.coordination.states import ProposalState
from registry.core import clock
from registry.core.db import Database
from registry.core.text import holds_national_id
from registry.messages.models import Message
from registry.messages.operations import Letter, send_all
from registry.offers.models import Offer
from registry.reference.models import Organisation
from registry.rules.register import rules_on

KIND = "proposals-wait"
SHOWN = 20  # of each list in one mail; the rest are counted
#: What happened so lately may stand in a transaction that others cannot see yet: it is told of in the next mail.
SETTLES = timedelta(minutes=5)
#: Who has never had this mail is told of answers this old, and of every proposal that waits.
FIRST_LOOK = timedelta(days=7)
_MOMENT = "%Y%m%d%H%M%S%f"  # sorts as it reads
_MOMENT_LENGTH = 20
_ANSWERED = (ProposalState.ACCEPTED, ProposalState.DECLINED)


@dataclass(frozen=True, slots=True)
class Line:
    """A proposal with what a mail says of it."""

    proposal: Proposal
    told: Mapping[str, Any]


def tell_institutions(database: Database) -> dict[str, int]:
    """Queues a mail to the staff of every institution that has something to answer or was answered, once the morning has come
    (rule DIGEST_HOUR). The network's proposals are answered to the coordinator who put them. Returns {"told"}.

    Nobody is told twice of the same: the key of a mail says up to which moment its reader has been told. What was withdrawn
    or answered before the mail is not told of as waiting.
    """
    with database.read() as session:
        letters = _letters(session)
    if not letters:
        return {"told": 0}
    with database.write() as session:
        return {"told": send_all(session, letters)}


def _letters(session: Session) -> list[Letter]:
    today, now = clock.today(), clock.now()
    if now.astimezone(clock.OSLO).hour < int(rules_on(session, today)["DIGEST_HOUR"]):
        return []
    until = now - SETTLES
    lines = _lines(session, until)
    if not lines:
        return []
    waiting: defaultdict[str, list[Line]] = defaultdict(list)
    answered: defaultdict[str, list[Line]] = defaultdict(list)
    for line in lines:
        one = line.proposal
        if one.state is ProposalState.WAITING:
            waiting[str(one.receiver_id)].append(line)
        else:
            answered[str(one.sender_id or one.proposed_by)].append(line)
    morning = clock.start_of_day(today)
    told = _told_until(session)
    found = []
    for person, reader in _readers(session):
        key = f"{KIND}:{person.pk}:{reader}"
        last = told.get(key)
        if last is not None and last + SETTLES >= morning:
            continue  # one mail a day
        new = [line for line in waiting[reader] if last is None or line.proposal.proposed_at > last]
        since = last or until - FIRST_LOOK
        news = [line for line in answered[reader] if (line.proposal.answered_at or since) > since]
        if new or news:
            found.append(_letter(person, new, news, f"{key}:{until.astimezone(UTC).strftime(_MOMENT)}"))
    return found


def _lines(session: Session, until: datetime) -> list[Line]:
    """Everything that waits, and everything answered, up to a moment; the oldest first."""
    a, b, sender, receiver = aliased(Offer), aliased(Offer), aliased(Organisation), aliased(Organisation)
    query = (
        select(Proposal, a.title, b.title, receiver.name_nb)
        .add_columns(col(sender.name_nb))
        .join(Pair, col(Pair.id) == col(Proposal.pair_id))
        .join(a, col(a.id) == col(Pair.a_offer_id))
        .join(b, col(b.id) == col(Pair.b_offer_id))
        .outerjoin(sender, col(sender.id) == col(Proposal.sender_id))
        .join(receiver, col(receiver.id) == col(Proposal.receiver_id))
        .where(
            or_(
                (col(Proposal.state) == ProposalState.WAITING) & (col(Proposal.proposed_at) <= until),
                col(Proposal.state).in_(_ANSWERED) & (col(Proposal.answered_at) <= until),
            )
        )
        .order_by(func.coalesce(col(Proposal.answered_at), col(Proposal.proposed_at)), col(Proposal.id))
    )
    return [Line(one, _words(one, *names)) for one, *names in session.execute(query)]


def _words(proposal: Proposal, first: str, second: str, receiver: str, sender: str | None) -> Mapping[str, Any]:
    is_waiting = proposal.state is ProposalState.WAITING
    text = proposal.text if is_waiting else proposal.answer
    return {
        "titles": [first, second],
        "who": (sender or "") if is_waiting else receiver,  # empty: the network
        "way": WAY_LABELS[proposal.way],
        "accepted": proposal.state is ProposalState.ACCEPTED,
        "text": None if holds_national_id(text or "") else text,  # it stays on the page
        "path": f"/samordning/par/{proposal.pair_id}",
    }


def _readers(session: Session) -> Iterable[tuple[Person, str]]:
    """Staff with their institution's id, and coordinators with the name by which they propose."""
    today = clock.today()
    query = select(Person, Membership.role, Membership.organisation_id).join(
        Membership, col(Membership.person_id) == col(Person.id)
    )
    live = query.where(
        col(Membership.role).in_([Role.PROVIDER_STAFF, Role.COORDINATOR]),
        col(Membership.valid_from) <= today,
        col(Membership.valid_to).is_(None) | (col(Membership.valid_to) >= today),
        col(Person.deactivated_at).is_(None),
        col(Person.email).is_not(None),
    ).order_by(col(Person.id))
    readers = {
        (person.pk, str(organisation) if role is Role.PROVIDER_STAFF else f"person:{person.pk}"): person
        for person, role, organisation in session.exec(live)
    }
    return [(person, reader) for (_, reader), person in readers.items()]


def _told_until(session: Session) -> dict[str, datetime]:
    """Reader's key -> up to when they have been told. Keys are kept when a mail's words are forgotten."""
    key = col(Message.dedupe_key)
    reader = func.substr(key, 1, func.length(key) - _MOMENT_LENGTH - 1)
    newest = select(func.max(key)).where(Message.kind == KIND).group_by(reader)
    split = (one.rpartition(":") for one in session.exec(newest))
    return {name: datetime.strptime(moment, _MOMENT).replace(tzinfo=UTC) for name, _, moment in split}


def _letter(person: Person, new: list[Line], news: list[Line], dedupe: str) -> Letter:
    return Letter(
        kind=KIND,
        to=person.email,
        language=person.language,
        context={
            "proposals": [line.told for line in new[:SHOWN]],
            "more": max(0, len(new) - SHOWN),
            "answers": [line.told for line in news[:SHOWN]],
            "more_answers": max(0, len(news) - SHOWN),
        },
        dedupe=dedupe,
    )
