"""Runs that many more wait for than there is room for: where another run would be filled."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from importers.sentences import counted
from registry.applications.queries import run_figures
from registry.coordination.queries.detecting.national import current_terms
from registry.coordination.queries.detecting.runs import RunRow, load_runs
from registry.coordination.queries.reports.offers import narrowed_offers, offer_cards
from registry.core import clock
from registry.offers.models import Run
from registry.rules.register import rules_on

FLAG = "OVERSUBSCRIBED"


def oversubscribed(
    runs: Iterable[RunRow], waiting: Mapping[int, int], rules: Mapping[str, float]
) -> list[tuple[RunRow, int]]:
    """Runs whose waitlist is more than the rule's number times their places, and how many wait; most for each place first.

    A run that tells no places, or whose waitlist nobody knows, is unknown, which is no flag.
    """
    found = [
        (run, waiting[run.id])
        for run in runs
        if run.published
        and run.counts_as_taught
        and run.places is not None
        and waiting.get(run.id, 0) > rules[FLAG] * run.places
    ]
    return sorted(found, key=lambda one: (-one[1] / max(one[0].places or 0, 1), one[0].id))


def waitlists(session: Session, wanted: Collection[str], as_of: date | None = None) -> dict[int, int]:
    """Run id -> people on its waitlist, of the runs of some terms for which that is known."""
    figures = run_figures(session, as_of=as_of, term=sorted(wanted))
    return {run: one.waitlisted for run, one in figures.items() if one.waitlisted}


def oversubscribed_report(
    session: Session,
    *,
    as_of: date,
    term: str | None = None,
    region: str | None = None,
    provider: str | None = None,
    offers: Collection[int] | None = None,
) -> dict[str, Any]:
    """Runs flagged by rule OVERSUBSCRIBED on a day. ``term`` None is the study year of the day and later, "all" every term.

    ``offers``: only runs of these.
    """
    rules = rules_on(session, as_of)
    found: list[tuple[RunRow, int]] = []
    if FLAG in rules:  # before the rule nothing was flagged
        own = narrowed_offers(session, region, provider, offers)
        runs = [run for run in load_runs(session, as_of) if own is None or run.offer_id in own]
        known = {run.term for run in runs}
        wanted = current_terms(known, as_of) if term is None else known if term == "all" else {term}
        runs = [run for run in runs if run.term in wanted]
        found = oversubscribed(runs, waitlists(session, wanted, None if as_of >= clock.today() else as_of), rules)
    cards = offer_cards(session, {run.offer_id for run, _ in found})
    ids = [run.id for run, _ in found]
    keys = dict(session.exec(select(Run.id, Run.key).where(col(Run.id).in_(ids))).all())
    return {
        "as_of": as_of.isoformat(),
        "term": term,
        "runs": [
            {
                "run": keys[run.id],
                "offer": {**cards[run.offer_id], "term": run.term},
                "term": run.term,
                "waitlist": waiting,
                "capacity": run.places,
                "reason": counted(
                    "%(waiting)s står på venteliste, og det er %(count)s plass: mer enn %(limit)s ganger så mange venter.",
                    "%(waiting)s står på venteliste, og det er %(count)s plasser: mer enn %(limit)s ganger så mange venter.",
                    run.places or 0,
                    waiting=waiting,
                    limit=f"{rules[FLAG]:g}".replace(".", ","),
                ),
                "rule": f"{FLAG} v{rules.versions[FLAG]}",
            }
            for run, waiting in found
        ],
    }
