"""What every step of an import needs to know."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session

from registry.access.policy import Actor, Scope, system
from registry.core import clock
from registry.core.clock import start_of_day
from registry.intake.choosing.run_states import took_effect
from registry.intake.models import ImportRun, Source
from registry.intake.reading.facts import Facts

#: Formats that speak for one provider at a time: each provider's deliveries are a source of their own.
ONE_PROVIDER = frozenset({"offers-sheet"})

IMPORTER = system("import")

Ending = dict[
    str, str | None
]  #: what a feed would do to a run that people may count on: does (close, cancel), reason, text


@dataclass(slots=True)
class Import:
    """One import at work, inside its transaction. ``actor`` asked for it; statuses are moved by ``IMPORTER``."""

    session: Session
    actor: Actor
    source: Source
    run: ImportRun
    facts: Facts
    as_of: date
    now: datetime  #: when the delivery began
    #: when this batch of it did: whoever asks what has changed since is answered by the transaction that changed it
    written_at: datetime = field(default_factory=clock.now)
    notices: list[str] = field(default_factory=list)  #: what the keeper of the feed should know
    #: run id -> what the rows of this batch would end; done at the delivery's end, if it is not too much at once
    endings: dict[int, Ending] = field(default_factory=dict)
    _since: dict[str, datetime] = field(default_factory=dict)

    def since(self, term: str | None) -> datetime:
        """When something told of now took effect: a run of 2021 was there in 2021."""
        if term is None:
            return self.now
        if term not in self._since:
            self._since[term] = min(self.now, start_of_day(took_effect(term, self.as_of)))
        return self._since[term]


def scope_of(provider_ids: set[int] | frozenset[int]) -> Scope:
    """Whose an offer is: every provider's that teaches it."""
    return Scope(organisations=frozenset(provider_ids))
