"""Signs that a planned offer is wanted: owners' plans, searches that found nothing, waitlists and places left with those alike."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from registry.applications.figures import rounding
from registry.applications.queries import run_figures
from registry.catalogue.unmet import Wish, wishes
from registry.matching.reading import read_name
from registry.offers.models import OfferProvider, Run
from registry.offers.states import CANCELLABLE
from registry.plans.queries import needs_on
from registry.rules.register import RuleSet

MaySee = Callable[[frozenset[int]], bool]


@dataclass(frozen=True, slots=True)
class Needed:
    """Heads that owners' submitted plans for a year name in the subject, all owners together."""

    year: int
    heads: int


@dataclass(frozen=True, slots=True)
class Room:
    """One offer's runs that may still be applied to or waited for. None is unknown, which is not zero."""

    places: int | None
    left: int | None  #: places that nobody has said yes to
    waiting: int | None


@dataclass(frozen=True, slots=True)
class Demand:
    """``is_exact`` is False where heads are rounded for who asks."""

    needed: Sequence[Needed]
    wishes: Sequence[Wish]
    is_exact: bool

    @property
    def is_silent(self) -> bool:
        return not self.wishes and not any(one.heads for one in self.needed)


def demand(
    session: Session, subjects: Collection[str], years: Iterable[int], today: date, rules: RuleSet, *, exact: bool
) -> Demand:
    """What owners have planned for and people have looked for in vain. Heads are rounded unless ``exact`` (rule SMALL_CELL)."""
    base = int(rules["SMALL_CELL"])
    needed = []
    for year in years:
        heads = needs_on(session, year, today)
        number = sum(heads.get(code, 0) for code in subjects)
        needed.append(Needed(year, number if exact else rounding(number, base) or 0))
    found = [one for one in wishes(session, today, int(rules["UNMET_SHOWN"])) if _is_about(one, subjects)]
    return Demand(needed, found, exact)


def _is_about(wish: Wish, subjects: Collection[str]) -> bool:
    """By the subject that was chosen, else by what the words name."""
    asked = wish.query.values("subject") or [one.value for one in read_name(wish.query.text).subjects]
    return not set(asked).isdisjoint(subjects)


def rooms(session: Session, offers: Collection[int], may_see: MaySee, rules: RuleSet) -> dict[int, Room]:
    """Offer -> places, those left and the waitlist of its runs that have not begun; an offer without such runs is not there."""
    query = select(Run.id, Run.offer_id, Run.places).where(
        col(Run.offer_id).in_(offers), col(Run.state).in_(CANCELLABLE), col(Run.left_feed_on).is_(None)
    )
    runs = session.exec(query).all()
    figures = run_figures(session, run_ids=[run for run, _, _ in runs if run is not None])
    providers = _providers(session, offers)
    base = int(rules["SMALL_CELL"])
    grouped: dict[int, list[tuple[int | None, int | None, int | None]]] = {}
    for run, offer, places in runs:
        told = figures.get(run or 0)
        known = told is not None and told.source != "none"
        accepted, waiting = (told.accepted, told.waitlisted) if told and known else (None, None)
        grouped.setdefault(offer, []).append((places, accepted, waiting))
    found = {}
    for offer, several in grouped.items():
        exact = may_see(providers.get(offer, frozenset()))
        places, accepted, waiting = (_sum(column) for column in zip(*several, strict=True))
        if not exact:
            accepted, waiting = rounding(accepted, base), rounding(waiting, base)
        left = None if places is None or accepted is None else max(places - accepted, 0)
        found[offer] = Room(places, left, waiting)
    return found


def _providers(session: Session, offers: Collection[int]) -> dict[int, frozenset[int]]:
    query = select(OfferProvider.offer_id, OfferProvider.organisation_id)
    found: dict[int, frozenset[int]] = {}
    for offer, organisation in session.exec(query.where(col(OfferProvider.offer_id).in_(offers))):
        found[offer] = found.get(offer, frozenset()) | {organisation}
    return found


def _sum(values: Iterable[int | None]) -> int | None:
    """Of those that are known; None where none is."""
    told = [value for value in values if value is not None]
    return sum(told) if told else None
