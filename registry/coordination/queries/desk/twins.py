"""Runs of two records that are one and the same, before anybody makes them one: what differs, who told it, who has applied."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from registry.applications.operations import Gathering, would_gather
from registry.coordination.queries.detecting.sources import feeds_of_runs
from registry.coordination.twins import Taught, Unlike, match
from registry.core import clock
from registry.offers.models import FieldOrigin, Origin, Run, RunPlace
from registry.rules.register import rules_on

#: Fields of a run that a person may choose between, in the order shown. The value of ``municipalities`` is a list of codes.
FIELDS = (
    "delivery",
    "municipalities",
    "starts_on",
    "ends_on",
    "application_opens_on",
    "application_closes_on",
    "places",
    "minimum",
    "apply_url",
)
_NOTHING: tuple[Any, ...] = (None, "", [])


@dataclass(frozen=True, slots=True)
class Choice:
    """One field that the two records tell differently. ``suggested`` is "kept" or "gone"; a person's correction is locked."""

    field: str
    kept: Any
    gone: Any
    suggested: str
    is_locked: bool


@dataclass(frozen=True, slots=True)
class Told:
    """Where a value of a run came from: ``feeds`` are the keys of those that tell of the run, for what no person corrected."""

    origin: Origin
    feeds: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Twin:
    """Exactly what making two runs one would do."""

    kept: Run
    gone: Run
    choices: Sequence[Choice]
    agreed: int  #: fields that both tell alike, or neither tells
    told: Mapping[tuple[str, str], Told]  #: ("kept" or "gone", field) -> where the value came from
    gathering: Gathering


@dataclass(frozen=True, slots=True)
class Found:
    """By the id of the run that would go: its twin, or why it is not the one run of its term."""

    twins: Mapping[int, Twin]
    unlike: Mapping[int, Unlike]


def find_twins(session: Session, staying: Sequence[Run], going: Sequence[Run]) -> Found:
    """Which of the runs are the same, by today's rule. Changes nothing."""
    ids = [run.pk for run in (*staying, *going)]
    places, told = municipalities_of(session, ids), _told(session, ids)
    days = int(rules_on(session, clock.today())["TWIN_RUN_DAYS"])
    matching = match(_taught(staying, places), _taught(going, places), days)
    runs = {run.pk: run for run in (*staying, *going)}
    found = {gone: _twin(session, runs[kept], runs[gone], places, told) for kept, gone in matching.pairs}
    return Found(found, matching.unlike)


def municipalities_of(session: Session, run_ids: Collection[int]) -> Mapping[int, list[str]]:
    """Run id -> codes, in order."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    query = select(RunPlace).where(col(RunPlace.run_id).in_(run_ids)).order_by(col(RunPlace.municipality_code))
    for row in session.exec(query):
        found[row.run_id].append(row.municipality_code)
    return found


def plain(value: Any) -> Any:
    """A value of a run as JSON holds it."""
    return value.isoformat() if isinstance(value, date) else value


def _taught(runs: Sequence[Run], places: Mapping[int, list[str]]) -> list[Taught]:
    return [Taught(run.pk, run.term, run.state, run.delivery, frozenset(places[run.pk]), run.starts_on) for run in runs]


def _twin(
    session: Session,
    kept: Run,
    gone: Run,
    places: Mapping[int, list[str]],
    told: Mapping[tuple[int, str], Told],
) -> Twin:
    choices = []
    for name in FIELDS:
        mine, other = (_value(run, name, places) for run in (kept, gone))
        if mine != other and other not in _NOTHING:
            locked = told[kept.pk, name].origin is Origin.PERSON
            suggested = "gone" if mine in _NOTHING and not locked else "kept"
            choices.append(Choice(name, mine, other, suggested, locked))
    return Twin(
        kept=kept,
        gone=gone,
        choices=choices,
        agreed=len(FIELDS) - len(choices),
        told={
            (side, one.field): told[run.pk, one.field]
            for side, run in (("kept", kept), ("gone", gone))
            for one in choices
        },
        gathering=would_gather(session, gone, kept),
    )


def _value(run: Run, name: str, places: Mapping[int, list[str]]) -> Any:
    return places[run.pk] if name == "municipalities" else getattr(run, name)


def _told(session: Session, run_ids: Collection[int]) -> Mapping[tuple[int, str], Told]:
    feeds = feeds_of_runs(session, run_ids)
    query = select(FieldOrigin.thing_id, FieldOrigin.field).where(
        FieldOrigin.thing == "run",
        col(FieldOrigin.thing_id).in_(run_ids),
        FieldOrigin.origin == Origin.PERSON,
    )
    corrected = set(session.exec(query).all())
    return {
        (run, name): Told(Origin.PERSON) if (run, name) in corrected else Told(Origin.FEED, feeds.get(run, ()))
        for run in run_ids
        for name in FIELDS
    }
