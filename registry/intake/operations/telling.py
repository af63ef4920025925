"""The feed's keepers are told by mail when a source fails, or holds something back: at most once a day for each source."""

from sqlmodel import Session, col, select

from registry.access.models import Membership, Person
from registry.access.roles import Role
from registry.core import clock
from registry.intake.models import Fetch, Source
from registry.intake.states import FetchOutcome
from registry.messages.operations import Letter, send_all

_KIND = "feed-failed"


def tell_keepers(session: Session, source: Source, fetch: Fetch) -> int:
    """Operators, and the staff of the provider that the source speaks for. Returns how many are told."""
    day = clock.today()
    context = {
        "source": source.name or source.key,
        "message": fetch.message,
        "held": fetch.outcome is FetchOutcome.HELD,
        "run": fetch.import_run_id,
        "at": fetch.started_at,
    }
    return send_all(
        session,
        [
            Letter(
                kind=_KIND,
                to=person.email,
                language=person.language,
                context=context,
                dedupe=f"{_KIND}:{source.pk}:{fetch.outcome}:{day.isoformat()}:{person.pk}",
            )
            for person in _keepers(session, source)
        ],
    )


def _keepers(session: Session, source: Source) -> list[Person]:
    day = clock.today()
    theirs = (col(Membership.role) == Role.PROVIDER_STAFF) & (col(Membership.organisation_id) == source.organisation_id)
    query = (
        select(Person)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .where(
            (col(Membership.role) == Role.OPERATOR) | theirs,
            col(Membership.valid_from) <= day,
            col(Membership.valid_to).is_(None) | (col(Membership.valid_to) >= day),
            col(Person.deactivated_at).is_(None),
            col(Person.email).is_not(None),
        )
        .distinct()
        .order_by(col(Person.id))
    )
    return list(session.exec(query))
