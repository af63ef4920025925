"""What must be put right when two offers that were one come apart: what feeds have told of each meanwhile.

Only intake knows what feeds tell, and it stands beside the room that parts offers: ``registry.app`` hands the way in. Without one
every value is left as it is.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from registry.offers.models import Offer


@dataclass(frozen=True, slots=True)
class Parting:
    """Two offers about to come apart. ``gone`` had gone into ``kept``, which still has its records and runs."""

    kept: Offer
    gone: Offer
    since: datetime  #: when they were made one
    records: Collection[int]  #: source records that came over with ``gone``
    runs: Mapping[int, str]  #: run id -> its key at ``gone``, of those that came over
    #: fields of ``kept`` whose value was chosen by a person, and is what it was before
    given_back: Collection[str] = ()
    #: of ``runs``, those that had been one with a run of ``kept``: run id -> that run's id
    united: Mapping[int, int] = field(default_factory=dict)
    #: the same as ``given_back`` of those runs: (run id, field)
    runs_given_back: Collection[tuple[int, str]] = ()


@dataclass(frozen=True, slots=True)
class Parted:
    """What belongs to the one that leaves, with all that was delivered since."""

    records: list[int] = field(default_factory=list)
    runs: dict[int, str] = field(default_factory=dict)


Parter = Callable[[Session, Parting], Parted]
_parter: list[Parter] = []  #: at most one: it answers for both offers


def install_parter(parter: Parter) -> None:
    """From now on ``parter`` is asked when offers come apart."""
    _parter[:] = [parter]


def remove_parter(parter: Parter) -> None:
    """Nobody is asked any more; one that is not there is no error."""
    if parter in _parter:
        _parter.remove(parter)


def part(session: Session, parting: Parting) -> Parted:
    """Give both the values that their own records tell. Returns which records and runs leave with ``gone``."""
    return _parter[0](session, parting) if _parter else Parted(list(parting.records), dict(parting.runs))
