"""What must be asked before an offer or a run is lost to the country.

The answer belongs to coordination, a higher room: ``registry.app`` hands it in. Without one nothing is blocked.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from sqlmodel import Session

from registry.core.errors import NeedsDecision
from registry.offers.models import Offer, Run
from registry.offers.states import Delivery

#: Raises NeedsDecision where losing ``offer`` (or this run of it) needs a recorded decision that is not there.
#: ``commit_use`` is True when the loss is about to happen: a guard may then mark the decision as used.
LossGuard = Callable[[Session, Offer, Run | None, bool], None]

#: What the block changes of some offers, by their ids. Raises NeedsDecision at its end where the change itself is a loss.
ChangeGuard = Callable[[Session, Collection[int]], AbstractContextManager[None]]

_guards: list[LossGuard] = []
_change_guards: list[ChangeGuard] = []


def install_loss_guard(guard: LossGuard) -> None:
    """Ask ``guard`` before everything that the country may lose an offer by. The same guard is kept once."""
    if guard not in _guards:
        _guards.append(guard)


def remove_loss_guard(guard: LossGuard) -> None:
    """Take a guard out again; one that is not there is no error."""
    if guard in _guards:
        _guards.remove(guard)


def install_change_guard(guard: ChangeGuard) -> None:
    """Ask ``guard`` around everything that may move an offer to another subject. The same guard is kept once."""
    if guard not in _change_guards:
        _change_guards.append(guard)


def remove_change_guard(guard: ChangeGuard) -> None:
    """Take a guard out again; one that is not there is no error."""
    if guard in _change_guards:
        _change_guards.remove(guard)


@contextmanager
def losing_nothing(session: Session, offers: Collection[int]) -> Iterator[None]:
    """Change what some offers are about. Raises NeedsDecision where a guard says so of what the block has done: the transaction
    must then not be committed.
    """
    with ExitStack() as guards:
        for guard in _change_guards:
            guards.enter_context(guard(session, offers))
        yield


def check_loss(session: Session, offer: Offer, run: Run | None = None) -> None:
    """Raises NeedsDecision where a guard says so."""
    for guard in _guards:
        guard(session, offer, run, True)


def check_delivery(session: Session, run: Run, delivery: Delivery | None) -> None:
    """Raises NeedsDecision where a guard says so of a run that the whole country reaches, and would not any more."""
    if run.delivery is Delivery.ONLINE and delivery is not Delivery.ONLINE:
        check_loss(session, session.get_one(Offer, run.offer_id), run)


def objection(session: Session, offer: Offer, run: Run | None = None) -> NeedsDecision | None:
    """What a guard would raise; None where nothing stands in the way."""
    try:
        for guard in _guards:
            guard(session, offer, run, False)
    except NeedsDecision as found:
        return found
    return None
