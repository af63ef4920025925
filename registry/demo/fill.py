"""Writes the demonstration year in one transaction: all of it or nothing."""

import gc
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from sqlmodel import Session, col, select

from registry.core import clock
from registry.core.db import Database
from registry.demo import write
from registry.demo.offers import PlannedOffer, Workshop, ordinary
from registry.demo.persons import add_people
from registry.demo.plans import add_plans
from registry.demo.planted import Planted, always_running, plant
from registry.demo.runs import plan_runs
from registry.demo.season import PERSONS_PER_APPLICATION, Season, tell
from registry.demo.truth import truth_of
from registry.demo.wishes import add_wishes
from registry.offers.models import Offer

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What was written. ``created`` is False where a demonstration year was there already; nothing is replaced then."""

    created: bool
    message: str
    counts: dict[str, int] = field(default_factory=dict)
    truth: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


def fill(
    database: Database,
    *,
    seed: int = 2026,
    runs_per_term: int = 3000,
    today: date | None = None,
    progress: Progress | None = None,
    truth_path: Path | None = None,
) -> DemoResult:
    """Fill the database with the demonstration year. ``progress(text, share done 0..1)`` is told about each step;
    the truth is written to ``truth_path`` as JSON where one is given.

    The same seed, size and day give the same rows and the same truth. Takes about half a minute in full size.
    """
    started = perf_counter()
    today = today or clock.today()
    with database.read() as session:
        if _present(session):
            return DemoResult(False, "Demonstrasjonsåret finnes allerede. Ingenting er endret.")
    tell_about = progress or (lambda _text, _share: None)
    collecting = gc.isenabled()
    gc.disable()  # hundreds of thousands of small objects that all live until the end
    try:
        offers, planted, season, now = _imagine(seed, runs_per_term, today, tell_about)
        with database.write() as session:
            if _present(session):
                return DemoResult(False, "Demonstrasjonsåret finnes allerede. Ingenting er endret.")
            counts = _write(session, offers, season, now, today, seed, tell_about)
    finally:
        if collecting:
            gc.enable()
    truth = truth_of(seed, today, planted, offers, season)
    if truth_path is not None:
        truth_path.parent.mkdir(parents=True, exist_ok=True)
        truth_path.write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    tell_about("Ferdig", 1.0)
    return DemoResult(True, "Demonstrasjonsåret er laget.", counts, truth, round(perf_counter() - started, 1))


def _present(session: Session) -> bool:
    return session.exec(select(Offer.id).where(col(Offer.key).startswith("demo-")).limit(1)).first() is not None


def _imagine(
    seed: int, runs_per_term: int, today: date, tell_about: Progress
) -> tuple[list[PlannedOffer], Planted, Season, datetime]:
    tell_about("Lager tilbud", 0.0)
    workshop = Workshop(seed)
    usual = ordinary(workshop, runs_per_term)
    planted = plant(workshop, usual, runs_per_term / 3000)
    offers = always_running(usual, planted)
    tell_about("Planlegger kull", 0.05)
    now = clock.start_of_day(today)
    protected = frozenset(planted.last_national)
    runs = plan_runs(offers, seed=seed, runs_per_term=runs_per_term, today=today, protected=protected)
    tell_about("Forteller hva som skjedde", 0.1)
    persons = max(200, round(sum(run.applicants for run in runs) * PERSONS_PER_APPLICATION))
    return offers, planted, tell(runs, seed=seed, now=now, persons=persons), now


def _write(
    session: Session,
    offers: list[PlannedOffer],
    season: Season,
    now: datetime,
    today: date,
    seed: int,
    tell_about: Progress,
) -> dict[str, int]:
    tell_about("Skriver tilbud og kull", 0.35)
    offer_ids, ledger = write.offers(session, offers, today)
    run_ids = write.runs(session, season, offer_ids, ledger)
    write.source_records(session, offers, offer_ids, now, today)
    tell_about("Skriver søknader", 0.45)
    applications = write.applications(session, season, run_ids, ledger, seed)
    proposals = write.relocations(session, season, run_ids, applications)
    counted = write.counts(session, season, run_ids, now)
    tell_about("Skriver planer og personer", 0.6)
    plans = add_plans(session, seed, today)
    people = add_people(session, now)
    wishes = add_wishes(session, seed, today)
    tell_about("Skriver loggen", 0.65)
    entries = write.ledger(session, ledger)
    return {
        "offers": len(offers),
        "runs": len(run_ids),
        "applications": len(applications),
        "relocations": proposals,
        "run_counts": counted,
        "audit_entries": entries,
        "people": people,
        "wishes": wishes,
        **plans,
    }
