"""Two offers that were one come apart: each gets what its own records tell, also what was delivered meanwhile.

While they were one, the strongest voice of both was heard. A value that is what feeds told is told anew by the own records alone; one
that a person entered stays.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from registry.intake.facts import load_facts
from registry.intake.fields import FIELDS
from registry.intake.held import Held, Record, hold
from registry.intake.models import ImportRun, RecordChange, RecordRun, SourceRecord
from registry.intake.operations.choosing_source import provider_with
from registry.intake.operations.entered import STAFF
from registry.intake.operations.putting import put
from registry.intake.operations.rereading import read_name_again
from registry.intake.planning import OfferPlan, plan_offer, value_of
from registry.intake.shaping import run_suffix
from registry.intake.states import RecordEvent
from registry.offers import parting as offers_parting
from registry.offers.models import FieldOrigin, Offer, OfferProvider, Origin, Run
from registry.offers.parting import Parted, Parting

_ELSEWHERE = frozenset({"partners"})  #: whose an offer is does not follow from its records alone
_NOTHING: Any = object()  #: equal to no value
_Free = set[tuple[str, int, str]]  #: thing, id and field of values that nobody entered
Before = Mapping[tuple[str, str], Any]  #: ("" or a run's suffix, field) -> what was told when they were made one


def install() -> None:
    """From now on offers come apart with what is theirs."""
    offers_parting.install_parter(part)


@dataclass(slots=True)
class _Side:
    """One of the two with its records, as they tell it alone."""

    offer: Offer
    records: list[Record]
    plan: OfferPlan
    before: Before = field(default_factory=dict)


def part(session: Session, parting: Parting) -> Parted:
    """Put the values of both right, and tell which records and runs leave. Moves nothing but the records' links to runs."""
    held = hold(session, [parting.kept.pk, parting.gone.pk])
    records = list(held.records[parting.kept.pk].values())
    leaving = [one for one in records if one.id in parting.records or _came_under(one, parting)]
    staying = [one for one in records if one not in leaving]
    corrected, held.corrected = held.corrected, {}
    alone = _sides(session, parting, held, staying, leaving)
    held.corrected = corrected
    free = _forget_entered(session, parting, held, alone)
    free |= {("offer", parting.kept.pk, name) for name in parting.given_back}
    stays, leaves = _sides(session, parting, held, staying, leaving)
    mixed = _plan(session, parting.kept, records, _corrections(held, parting.kept, {}))
    runs = _runs_that_leave(parting, held, stays, leaves)
    with session.no_autoflush:  # credits and their scheme must reach the database together
        for side in (stays, leaves):
            if side.records:
                _tell_offer(session, held, side, mixed if side is stays else None, free)
        for key, run in held.runs[parting.kept.pk].items():
            side, own = (leaves, runs[run.pk]) if run.pk in runs else (stays, key)
            _tell_run(session, held, run, side, own, mixed, free)
    session.flush()
    _link(session, parting, held, leaves, runs)
    after = hold(session, [parting.kept.pk])
    after.records[parting.kept.pk] = {one.id: one for one in staying}
    read_name_again(session, after, parting.kept, load_facts(session))
    return Parted([one.id for one in leaving], runs)


def _came_under(record: Record, parting: Parting) -> bool:
    """A row that came since under the code of the one that leaves."""
    parts = record.key.split("/")
    return parting.gone.native_code in parts and parting.kept.native_code not in parts


def _plan(
    session: Session, offer: Offer, records: list[Record], corrections: Mapping[tuple[str, str], Any]
) -> OfferPlan:
    facts = load_facts(session)
    leader = session.exec(
        select(OfferProvider.organisation_id).where(OfferProvider.offer_id == offer.pk, col(OfferProvider.leads))
    ).one()
    provider = provider_with(facts, leader)
    assert provider is not None  # an offer with source records is led by somebody whom facts know
    voices = [one.voice(offer.key) for one in records]
    return plan_offer(offer.key, offer.native_code, provider, voices, corrections, facts)


def _sides(
    session: Session, parting: Parting, held: Held, staying: list[Record], leaving: list[Record]
) -> tuple[_Side, _Side]:
    return (
        _side(session, parting, held, parting.kept, staying, {}),
        _side(session, parting, held, parting.gone, leaving, parting.runs),
    )


def _side(
    session: Session, parting: Parting, held: Held, offer: Offer, records: list[Record], keys: Mapping[int, str]
) -> _Side:
    plan = _plan(session, offer, records, _corrections(held, offer, keys))
    return _Side(offer, records, plan, _told_before(session, parting, [one.id for one in records]))


def _corrections(held: Held, offer: Offer, keys: Mapping[int, str]) -> dict[tuple[str, str], Any]:
    found = {("offer", offer.key): held.corrected.get(("offer", offer.pk), {})}
    for runs in held.runs.values():
        for key, run in runs.items():
            found["run", keys.get(run.pk, key)] = held.corrected.get(("run", run.pk), {})
    return found


def _told_before(session: Session, parting: Parting, records: Collection[int]) -> dict[tuple[str, str], Any]:
    """What the records told when the two were made one, of that which they have told otherwise since."""
    query = (
        select(RecordChange.fields)
        .join(ImportRun, col(ImportRun.id) == col(RecordChange.import_run_id))
        .where(
            col(RecordChange.source_record_id).in_(records),
            RecordChange.event == RecordEvent.CHANGED,
            col(ImportRun.started_at) >= parting.since,
        )
        .order_by(col(RecordChange.id))
    )
    found: dict[tuple[str, str], Any] = {}
    for fields in session.exec(query):
        for name, (before, _) in fields.items():
            suffix, _, plain = name.rpartition(" ")
            found.setdefault((suffix, plain), before)
    return found


def _forget_entered(session: Session, parting: Parting, held: Held, sides: tuple[_Side, _Side]) -> _Free:
    """While two records spoke of one offer, a value of its own looked as if somebody had entered it: that is nobody's correction."""
    things = [("offer", parting.kept.pk, [(side.plan.chosen, side.before, "") for side in sides])]
    for key, run in held.runs[parting.kept.pk].items():
        suffix = parting.runs.get(run.pk, key).removeprefix(f"{parting.gone.key}-").removeprefix(f"{parting.kept.key}-")
        plans = [(side, side.plan.runs.get(f"{side.offer.key}-{suffix}")) for side in sides]
        things.append(("run", run.pk, [(plan.chosen, side.before, suffix) for side, plan in plans if plan]))
    free: _Free = set()
    for thing, thing_id, said in things:
        query = select(FieldOrigin).where(
            FieldOrigin.thing == thing,
            FieldOrigin.thing_id == thing_id,
            FieldOrigin.origin == Origin.PERSON,
            FieldOrigin.actor == STAFF,
            col(FieldOrigin.at) >= parting.since,
        )
        for row in session.exec(query):
            told = [value_of(thing, chosen, row.field) for chosen, _, _ in said]
            told += [before.get((suffix, row.field)) for _, before, suffix in said]
            everything = [one for several in told if isinstance(several, list) for one in several]
            if row.value in told or (isinstance(row.value, list) and all(one in everything for one in row.value)):
                session.delete(row)
                free.add((thing, thing_id, row.field))
                held.corrected.get((thing, thing_id), {}).pop(row.field, None)
    session.flush()
    return free


def _runs_that_leave(parting: Parting, held: Held, stays: _Side, leaves: _Side) -> dict[int, str]:
    """Those that came over, and those that only the leaving records have told of since, by their key at the one that leaves."""
    found = dict(parting.runs)
    for key, run in held.runs[parting.kept.pk].items():
        own = f"{leaves.offer.key}{key.removeprefix(stays.offer.key)}"
        if run.pk not in found and key not in stays.plan.runs and own in leaves.plan.runs and own not in found.values():
            found[run.pk] = own
    return found


def _tell_offer(session: Session, held: Held, side: _Side, mixed: OfferPlan | None, free: _Free) -> None:
    present, corrected = held.present_offer(side.offer), held.corrected.get(("offer", side.offer.pk), {})
    for name in FIELDS["offer"].keys() - corrected.keys() - _ELSEWHERE:
        told = mixed.value(name) if mixed else side.before.get(("", name), _NOTHING)
        wanted = side.plan.value(name)
        if present[name] != wanted and (present[name] == told or ("offer", side.offer.pk, name) in free):
            put(session, side.offer, name, wanted)


def _tell_run(session: Session, held: Held, run: Run, side: _Side, own: str, mixed: OfferPlan, free: _Free) -> None:
    if own not in side.plan.runs:
        return
    chosen, together = side.plan.runs[own].chosen, mixed.runs.get(run.key)
    suffix = own.removeprefix(f"{side.offer.key}-")
    present, corrected = held.present_run(run), held.corrected.get(("run", run.pk), {})
    for name in FIELDS["run"].keys() - corrected.keys():
        told = value_of("run", together.chosen, name) if together else side.before.get((suffix, name), _NOTHING)
        wanted = value_of("run", chosen, name)
        if present[name] != wanted and (present[name] == told or ("run", run.pk, name) in free):
            put(session, run, name, wanted)


def _link(session: Session, parting: Parting, held: Held, leaves: _Side, runs: Mapping[int, str]) -> None:
    """The leaving records tell of their own runs again. One that tells of a run that the other keeps is read anew next time."""
    mine = {key: run_id for run_id, key in runs.items()}
    kept = held.runs[parting.kept.pk]
    for record in leaves.records:
        newest = None
        for told in sorted(record.told.get("runs", ()), key=lambda one: str(one["term"])):
            suffix = run_suffix(told)
            own, other = mine.get(f"{leaves.offer.key}-{suffix}"), kept.get(f"{parting.kept.key}-{suffix}")
            newest = own or newest
            links = col(RecordRun.source_record_id) == record.id
            if own is None:
                session.execute(update(SourceRecord).where(col(SourceRecord.id) == record.id).values(content_hash=""))
            if other is not None and other.pk != own:
                session.execute(delete(RecordRun).where(links, col(RecordRun.run_id) == other.pk))
            if own is not None:
                session.execute(delete(RecordRun).where(links, col(RecordRun.run_id) == own))
                session.add(RecordRun(source_record_id=record.id, run_id=own))
        session.execute(update(SourceRecord).where(col(SourceRecord.id) == record.id).values(run_id=newest))
    session.flush()
