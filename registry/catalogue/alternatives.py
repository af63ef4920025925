"""What to take instead of an offer, or at another time: nearest first, and never at the time of what can be applied for here.

An alternative is a published offer of the same subject, for the same people where there are any, with a run that can be applied for
now or later. One of another step, or of school years that neither hold those of this offer nor lie within them, is none while there is
one that fits: who is to take part one has no use of part two. What is not told contradicts nothing. *Overlap-free* means: who can still apply for runs of the offer itself has no use of another one on the same days, so
runs that share a day with them are left out (a run without dates lasts its whole term). Where nothing of the offer can be applied for
(it is gone, its runs are cancelled, the deadline has passed), nothing of it takes up anybody's time, and nothing is left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from registry.catalogue.details import OfferView
from registry.catalogue.parameters import RADIUS
from registry.catalogue.plain import kilometres
from registry.catalogue.rows import OfferRows, by_key
from registry.catalogue.vocabulary import Vocabulary
from registry.catalogue.windows import ATTAINABLE, Applying, Window
from registry.offers.models import Offer, Run
from registry.offers.states import Delivery, OfferState
from search.protocol import Near, SearchEngine, SearchQuery, SearchUnavailable

MOST = 5
_COMPARED = 60  #: offers, those that can be taken first
_NEARBY = 200.0  #: kilometres
_ONLINE = float(RADIUS)  #: what is taught online comes before what is farther away than this

Point = tuple[float, float]  #: latitude, longitude in degrees


@dataclass(frozen=True, slots=True)
class Alternative:
    """An offer by its nearest run that can be applied for. ``km`` is None where either place is unknown, and online."""

    rows: OfferRows
    run: Run
    applying: Applying
    places: Sequence[str]
    km: float | None

    @property
    def offer(self) -> Offer:
        return self.rows.offer

    @property
    def online(self) -> bool:
        return self.run.delivery is Delivery.ONLINE


def alternatives(engine: SearchEngine, session: Session, view: OfferView, today: date) -> list[Alternative]:
    """At most five. Nothing where the engine is away or the subject is not known.

    For the same people, nearby before the rest of the country; for anybody only where there is nothing for the same people.
    """
    if view.offer.subject_code is None:
        return []
    here = _here(view)
    taken = [Window.of(one.run) for one in view.attainable]
    wanted = {
        "subject": (view.offer.subject_code,),
        "time": ("upcoming",),
        "applying": tuple(str(one) for one in ATTAINABLE),
    }
    settings = tuple(sorted({setting for setting, _ in view.rows.targets if setting}))
    same = wanted | {"setting": settings} if settings else wanted
    tried: list[tuple[dict[str, tuple[str, ...]], Near | None]] = [(same, Near(*here[0], _NEARBY))] if here else []
    found: dict[str, Alternative] = {}
    fitting: dict[str, Alternative] = {}
    try:
        for filters, near in (*tried, (same, None), (wanted, None)):
            if len(fitting) >= MOST or (found and filters is not same):
                break
            query = SearchQuery(filters=filters, near=near, sort=("soonest", False), per_page=_COMPARED)
            new = {hit.group for hit in engine.search(query).hits} - {view.offer.key, *found}
            for rows in by_key(session, new):
                if rows.offer.state is OfferState.PUBLISHED and (best := _best(rows, taken, here, view.words, today)):
                    found[rows.offer.key] = best
                    if fits(view.offer, rows.offer):
                        fitting[rows.offer.key] = best
    except SearchUnavailable:
        return []
    return sorted((fitting or found).values(), key=_order)[:MOST]


def fits(one: Offer, other: Offer) -> bool:
    """Is the other of the same step and of school years that go with these, as far as both are told?"""
    if one.step and other.step and one.step != other.step:
        return False
    if not one.school_years or not other.school_years:
        return True
    mine, theirs = _years(one.school_years), _years(other.school_years)
    return mine <= theirs or theirs <= mine


def _years(said: str) -> frozenset[int]:
    """Of ``5-10`` or ``7``."""
    first, _, last = said.partition("-")
    return frozenset(range(int(first), int(last or first) + 1))


def overlaps(one: Window, other: Window) -> bool:
    """Do they share a day?"""
    return one.first_day <= other.last_day and other.first_day <= one.last_day


def _best(
    rows: OfferRows, taken: Sequence[Window], here: Sequence[Point], words: Vocabulary, today: date
) -> Alternative | None:
    """By its nearest run that can be applied for, the first of them."""
    possible = []
    for run in rows.runs:
        window = Window.of(run)
        applying = window.applying(today)
        if applying in ATTAINABLE and not any(overlaps(window, mine) for mine in taken):
            places = rows.places[run.pk]
            online = run.delivery is Delivery.ONLINE
            km = None if online else _distance(here, _points(places or words.seats(rows.providers), words))
            possible.append(Alternative(rows, run, applying, places, km))
    return min(possible, key=_order, default=None)


def _order(one: Alternative) -> tuple[float, date, str]:
    """Nearest first; online is as near as one is ready to travel; what lies nobody knows where comes last."""
    far = _ONLINE if one.online else float("inf") if one.km is None else one.km
    return far, Window.of(one.run).first_day, one.run.key


def _here(view: OfferView) -> list[Point]:
    """Where the offer is taught: by the runs to come, else by the newest one, else where its providers have their seat."""
    for runs in (view.coming, view.earlier[:1]):
        if found := _points((code for one in runs for code in one.places), view.words):
            return found
    return _points(view.words.seats(view.rows.providers), view.words)


def _points(codes: Iterable[str], words: Vocabulary) -> list[Point]:
    known = (words.municipalities.get(code) for code in codes)
    return [entry.position for entry in known if entry is not None and entry.position is not None]


def _distance(here: Sequence[Point], there: Sequence[Point]) -> float | None:
    return min((kilometres(one, other) for one in here for other in there), default=None)
