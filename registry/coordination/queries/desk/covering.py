"""What a number of the coverage board counts: the offers of one cell, and the runs for which each is counted."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from registry.coordination.queries.detecting.landscape import newest_term
from registry.coordination.queries.detecting.runs import RunRow, load_runs, subjects_by_offer
from registry.coordination.queries.reports.offers import Card, offer_cards, regions_by_offer
from registry.coordination.queries.reports.subjects import meant_for, places_by_subject
from registry.core import terms
from registry.core.text import norwegian_sort_key
from registry.offers.models import RunPlace
from registry.offers.states import Delivery
from registry.reference.models import Municipality

ONLINE, TOTAL = "online", "total"


@dataclass(frozen=True, slots=True)
class CountedRun:
    """One run; ``places`` are the municipalities where it is taught, by name."""

    run: RunRow
    places: Sequence[str]


@dataclass(frozen=True, slots=True)
class CountedOffer:
    """One offer that the cell counts, with its runs in the order of their terms."""

    card: Card
    runs: Sequence[CountedRun]


@dataclass(frozen=True, slots=True)
class Cell:
    """``term`` is the one asked for, or the newest; "all" is every term."""

    term: str
    offers: Sequence[CountedOffer]


def cell_of(
    session: Session,
    subject: str,
    *,
    as_of: date,
    place: str = TOTAL,
    term: str | None = None,
    target: str | None = None,
) -> Cell:
    """As ``coverage_report`` counts them. ``place``: a region, "online" or "total". Raises NotFound for an unknown target group."""
    wanted = term or newest_term(session, as_of) or "all"
    meant = None if target is None else meant_for(session, target)
    about = subjects_by_offer(session, about=(subject,))
    runs = load_runs(session, as_of, offers=about, during=None if wanted == "all" else (wanted,)) if about else []
    runs = [run for run in runs if run.published and run.counts_as_taught]
    counted = places_by_subject(runs, about, regions_by_offer(session, about), meant)
    offers = counted[subject][place] if subject in counted else set()
    shown = [run for run in runs if run.offer_id in offers and (place != ONLINE or run.delivery is Delivery.ONLINE)]
    where = _municipalities(session, [run.id for run in shown])
    of_offer: defaultdict[int, list[CountedRun]] = defaultdict(list)
    for run in sorted(shown, key=lambda run: (terms.sort_key(run.term), run.id)):
        of_offer[run.offer_id].append(CountedRun(run, where.get(run.id, ())))
    rows = [CountedOffer(card, of_offer[offer]) for offer, card in offer_cards(session, offers).items()]
    rows.sort(key=lambda row: (norwegian_sort_key(row.card["title"]), row.card["provider"]["name"], row.card["key"]))
    return Cell(wanted, rows)


def _municipalities(session: Session, runs: Collection[int]) -> dict[int, list[str]]:
    query = (
        select(RunPlace.run_id, Municipality.name_nb)
        .join(Municipality, col(Municipality.code) == col(RunPlace.municipality_code))
        .where(col(RunPlace.run_id).in_(runs))
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for run, name in session.exec(query):
        found[run].append(name)
    return {run: sorted(names, key=norwegian_sort_key) for run, names in found.items()}
