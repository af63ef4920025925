"""An owner's staff are told how many applications wait for their word: at most one mail a day, a number and a link, nobody's name."""

from sqlmodel import Session, col, select

from registry.access.models import Membership, Person
from registry.access.roles import Role
from registry.applications.queries.staff import Waiting, waiting_for_owners
from registry.core import clock
from registry.core.db import Database
from registry.messages.models import Message
from registry.messages.operations import Letter, send_all
from registry.rules.register import rules_on

KIND = "endorsements-wait"
PATH = "/eier/soknader"


def tell_owners(database: Database) -> dict[str, int]:
    """Queues a mail to the staff of every owner for whom something new waits, once the morning has come (rule DIGEST_HOUR).
    Returns {"told"}.

    The same applications are told of once; what comes later in the day is told of the next.
    """
    with database.read() as session:
        letters = _letters(session)
    if not letters:
        return {"told": 0}
    with database.write() as session:
        return {"told": send_all(session, letters)}


def _letters(session: Session) -> list[Letter]:
    today, hour = clock.today(), clock.now().astimezone(clock.OSLO).hour
    if hour < int(rules_on(session, today)["DIGEST_HOUR"]):
        return []
    waiting = {one.owner.pk: one for one in waiting_for_owners(session)}
    staff = select(Person, Membership.organisation_id).join(Membership, col(Membership.person_id) == Person.id)
    staff = staff.where(
        Membership.role == Role.OWNER,
        col(Membership.organisation_id).in_(waiting),
        Membership.valid_from <= today,
        col(Membership.valid_to).is_(None) | (col(Membership.valid_to) >= today),
        col(Person.deactivated_at).is_(None),
        col(Person.email).is_not(None),
    ).order_by(col(Person.id))
    told = set(
        session.exec(
            select(Message.dedupe_key).where(Message.kind == KIND, Message.created_at >= clock.start_of_day(today))
        )
    )
    already = {key.rpartition(":")[0] for key in told}
    found = []
    for person, organisation in session.exec(staff):
        one = waiting[organisation or 0]
        key = f"{KIND}:{person.pk}:{one.owner.pk}"
        if key not in already:
            found.append(_letter(person, one, f"{key}:{one.newest}"))
    return found


def _letter(person: Person, waiting: Waiting, dedupe: str) -> Letter:
    return Letter(
        kind=KIND,
        to=person.email,
        language=person.language,
        context={"owner": waiting.owner.name_nb, "number": waiting.number, "path": PATH},
        dedupe=dedupe,
    )
