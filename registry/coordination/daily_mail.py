"""Institutions are told which proposals wait for their answer, and what was answered to their own: at most one mail a day."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select

from registry.access.models import Membership, Person
from registry.access.roles import Role
from registry.coordination.labels import WAY_LABELS
from registry.coordination.models import Pair, Proposal, ProposalsTold
from registry.coordination.queries.detecting.runs import moment
from registry.coordination.states import ProposalState
from registry.core import clock
from registry.core.db import Database
from registry.core.text import holds_national_id
from registry.messages.operations import Letter, send_all, usable_address
from registry.offers.models import Offer
from registry.reference.models import Organisation
from registry.rules.register import rules_on

KIND = "proposals-wait"
SHOWN = 20  # of each list in one mail; the rest are counted
#: What happened so lately may stand in a transaction that others cannot see yet: it is told of in the next mail.
SETTLES = timedelta(minutes=5)
#: Who has never had this mail is told of answers this old, and of every proposal that waits.
FIRST_LOOK = timedelta(days=7)
_MOMENT = "%Y%m%d%H%M%S%f"
_CHUNK = 200  # readers in one question, below what SQLite takes in one condition
_ANSWERED = (ProposalState.ACCEPTED, ProposalState.DECLINED)


@dataclass(frozen=True, slots=True)
class Line:
    """A proposal with what a mail says of it."""

    proposal: Proposal
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is told of proposals, and up to when they have been."""

    person: Person
    key: str  #: id of the institution, or the name by which a coordinator proposes
    until: datetime | None  #: None: has never been told


def tell_institutions(database: Database) -> dict[str, int]:
    """Queues a mail to the staff of every institution that has something to answer or was answered, once the morning has come
    (rule DIGEST_HOUR). The network's proposals are answered to the coordinator who put them. Returns {"told"}.

    Nobody is told twice of the same: a mark says up to which moment each reader has been told, and only what is newer is read.
    What was withdrawn or answered before the mail is not told of as waiting.
    """
    with database.read() as session:
        letters, told, until = _letters(session)
    if not letters:
        return {"told": 0}
    with database.write() as session:
        _remember(session, told, until)
        return {"told": send_all(session, letters)}


def _letters(session: Session) -> tuple[list[Letter], list[Reader], datetime]:
    """The letters, who they go to, and up to which moment these are told of everything with them."""
    today, now = clock.today(), clock.now()
    until = now - SETTLES
    if now.astimezone(clock.OSLO).hour < int(rules_on(session, today)["DIGEST_HOUR"]):
        return [], [], until
    morning = clock.start_of_day(today)
    readers = [one for one in _readers(session) if one.until is None or one.until + SETTLES < morning]  # one mail a day
    waiting: defaultdict[str, list[Line]] = defaultdict(list)
    answered: defaultdict[str, list[Line]] = defaultdict(list)
    for line in _lines(session, readers, until):
        one = line.proposal
        if one.state is ProposalState.WAITING:
            waiting[str(one.receiver_id)].append(line)
        else:
            answered[str(one.sender_id or one.proposed_by)].append(line)
    letters, told = [], []
    for reader in readers:
        since = _answers_since(reader, until)
        new = [line for line in waiting[reader.key] if reader.until is None or line.proposal.proposed_at > reader.until]
        news = [line for line in answered[reader.key] if (line.proposal.answered_at or since) > since]
        if (new or news) and usable_address(reader.person.email):
            key = f"{KIND}:{reader.person.pk}:{reader.key}:{until.astimezone(UTC).strftime(_MOMENT)}"
            letters.append(_letter(reader.person, new, news, key))
            told.append(reader)
    return letters, told, until


def _answers_since(reader: Reader, until: datetime) -> datetime:
    return reader.until or until - FIRST_LOOK


def _lines(session: Session, readers: Sequence[Reader], until: datetime) -> list[Line]:
    """What waits and what was answered, up to a moment, that one of the readers has not been told of; the oldest first."""
    a, b, sender, receiver = aliased(Offer), aliased(Offer), aliased(Organisation), aliased(Organisation)
    query = (
        select(Proposal, a.title, b.title, receiver.name_nb)
        .add_columns(col(sender.name_nb))
        .join(Pair, col(Pair.id) == col(Proposal.pair_id))
        .join(a, col(a.id) == col(Pair.a_offer_id))
        .join(b, col(b.id) == col(Pair.b_offer_id))
        .outerjoin(sender, col(sender.id) == col(Proposal.sender_id))
        .join(receiver, col(receiver.id) == col(Proposal.receiver_id))
        .order_by(func.coalesce(col(Proposal.answered_at), col(Proposal.proposed_at)), col(Proposal.id))
    )
    by_key: defaultdict[str, list[Reader]] = defaultdict(list)
    for reader in readers:
        by_key[reader.key].append(reader)
    several, found = list(by_key.items()), []
    for start in range(0, len(several), _CHUNK):
        unseen = [one for key, same in several[start : start + _CHUNK] for one in _unseen(key, same, until)]
        found += [Line(one, _words(one, *names)) for one, *names in session.execute(query.where(or_(*unseen)))]
    return found


def _unseen(key: str, readers: Sequence[Reader], until: datetime) -> Iterator[Any]:
    """Of the proposals to and from one institution, or from one coordinator, what one of these has not been told of."""
    last = [reader.until for reader in readers if reader.until is not None]
    answered = col(Proposal.state).in_(_ANSWERED) & (col(Proposal.answered_at) <= until)
    news = answered & (col(Proposal.answered_at) > min(_answers_since(reader, until) for reader in readers))
    if not key.isdecimal():
        yield (col(Proposal.proposed_by) == key) & col(Proposal.sender_id).is_(None) & news
        return
    new = (col(Proposal.state) == ProposalState.WAITING) & (col(Proposal.proposed_at) <= until)
    if len(last) == len(readers):
        new &= col(Proposal.proposed_at) > min(last)
    yield (col(Proposal.receiver_id) == int(key)) & new
    yield (col(Proposal.sender_id) == int(key)) & news


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


def _readers(session: Session) -> list[Reader]:
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
    told = {(mark.person_id, mark.reader): moment(mark.until) for mark in session.exec(select(ProposalsTold))}
    return [Reader(person, key, told.get((number, key))) for (number, key), person in readers.items()]


def _remember(session: Session, told: Sequence[Reader], until: datetime) -> None:
    people = {reader.person.pk for reader in told}
    query = select(ProposalsTold).where(col(ProposalsTold.person_id).in_(people))
    marks = {(mark.person_id, mark.reader): mark for mark in session.exec(query)}
    for reader in told:
        mark = marks.get((reader.person.pk, reader.key))
        mark = mark or ProposalsTold(person_id=reader.person.pk, reader=reader.key, until=until)
        mark.until = until
        session.add(mark)


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
