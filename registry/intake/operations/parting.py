"""Two offers that were one come apart: each gets what its own records tell, also what was delivered meanwhile.

While they were one, the strongest voice of both was heard. A value that is what feeds told is told anew by the own records alone; one
that a person entered stays.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import and_, delete, tuple_, update
from sqlmodel import Session, col, select

from registry.core.bulk import add_rows
from registry.intake.choosing.planning import OfferPlan, plan_offer, value_of
from registry.intake.models import ImportRun, RecordChange, RecordRun, SourceRecord
from registry.intake.operations.choosing_source import provider_with
from registry.intake.operations.entered import STAFF
from registry.intake.operations.putting import put
from registry.intake.operations.rereading import read_name_again
from registry.intake.queries.held import Held, Record, hold, run_key, unite
from registry.intake.reading.facts import Facts, Provider, load_facts
from registry.intake.reading.fields import FIELDS
from registry.intake.states import RecordEvent
from registry.offers import parting as offers_parting
from registry.offers.models import FieldOrigin, Offer, OfferProvider, Origin, Run
from registry.offers.parting import Parted, Parting

_ELSEWHERE = frozenset({"partners"})  #: whose an offer is does not follow from its records alone
_NO_KEYS: Mapping[int, str] = {}
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
    _as_they_were_one(held, parting)
    records = list(held.records[parting.kept.pk].values())
    leaving = [one for one in records if one.id in parting.records or _came_under(one, parting)]
    staying = [one for one in records if one not in leaving]
    facts = load_facts(session)
    plans = _Plans(facts, held, {one.pk: _provider(session, one, facts) for one in (parting.kept, parting.gone)})
    corrected, held.corrected = held.corrected, {}
    alone = (
        _Side(parting.kept, staying, plans.of(parting.kept, staying), _told_before(session, parting, staying)),
        _Side(parting.gone, leaving, plans.of(parting.gone, leaving), _told_before(session, parting, leaving)),
    )
    held.corrected = corrected
    free = _forget_entered(session, parting, held, alone)
    free |= {("offer", parting.kept.pk, name) for name in parting.given_back}
    free |= {("run", run, name) for run, name in parting.runs_given_back}
    stays = replace(alone[0], plan=plans.of(parting.kept, staying))
    leaves = replace(alone[1], plan=plans.of(parting.gone, leaving, parting.runs))
    mixed = plans.of(parting.kept, records)
    runs = _runs_that_leave(parting, held, stays, leaves)
    # What nobody has told anything of since is as it was before: there is nothing to tell anew.
    is_told = _delivered_since(session, parting, records)
    read = _read_since(session, parting) if is_told else set()
    with session.no_autoflush:  # credits and their scheme must reach the database together
        for side in (stays, leaves):
            if side.records and (is_told or side is leaves):
                changed = _tell_offer(session, held, side, mixed if side is stays else None, free)
                read |= changed if side is stays else set()
        for key, run in held.runs[parting.kept.pk].items():
            side, own = (leaves, runs[run.pk]) if run.pk in runs else (stays, key)
            _tell_run(session, held, run, side, own, mixed, free)
    session.flush()
    _link(session, parting, held, leaves, runs)
    after = hold(session, [parting.kept.pk])
    after.records[parting.kept.pk] = {one.id: one for one in staying}
    read_name_again(session, after, parting.kept, facts, read)
    return Parted([one.id for one in leaving], runs)


def _as_they_were_one(held: Held, parting: Parting) -> None:
    """What the leaving records called a run that was entered twice was the other run until now."""
    runs = {run.pk: run for run in held.runs[parting.kept.pk].values()}
    for gone, kept in parting.united.items():
        if kept in runs:
            unite(held, runs[kept], f"{parting.kept.key}{parting.runs[gone].removeprefix(parting.gone.key)}")


def _came_under(record: Record, parting: Parting) -> bool:
    """A row that came since under the code of the one that leaves."""
    parts = record.key.split("/")
    return parting.gone.native_code in parts and parting.kept.native_code not in parts


@dataclass(frozen=True, slots=True)
class _Plans:
    """What records tell of an offer, with what people have put right as it is held now."""

    facts: Facts
    held: Held
    providers: Mapping[int, Provider]  #: by offer

    def of(self, offer: Offer, records: list[Record], keys: Mapping[int, str] = _NO_KEYS) -> OfferPlan:
        """``keys``: of runs that are known by another key at this offer."""
        corrections = {("offer", offer.key): self.held.corrected.get(("offer", offer.pk), {})}
        for runs in self.held.runs.values():
            for key, run in runs.items():
                corrections["run", keys.get(run.pk, key)] = self.held.corrected.get(("run", run.pk), {})
        voices = [one.voice(offer.key) for one in records]
        return plan_offer(offer.key, offer.native_code, self.providers[offer.pk], voices, corrections, self.facts)


def _provider(session: Session, offer: Offer, facts: Facts) -> Provider:
    leads = select(OfferProvider.organisation_id).where(OfferProvider.offer_id == offer.pk, col(OfferProvider.leads))
    provider = provider_with(facts, session.exec(leads).one())
    assert provider is not None  # an offer with source records is led by somebody whom facts know
    return provider


def _told_before(session: Session, parting: Parting, records: Collection[Record]) -> dict[tuple[str, str], Any]:
    """What the records told when the two were made one, of that which they have told otherwise since."""
    query = (
        select(RecordChange.fields)
        .join(ImportRun, col(ImportRun.id) == col(RecordChange.import_run_id))
        .where(
            col(RecordChange.source_record_id).in_([one.id for one in records]),
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


def _delivered_since(session: Session, parting: Parting, records: Collection[Record]) -> bool:
    """Whether records have come, or told anything new, since the two were made one."""
    query = (
        select(RecordChange.id)
        .join(ImportRun, col(ImportRun.id) == col(RecordChange.import_run_id))
        .where(
            col(RecordChange.source_record_id).in_([one.id for one in records]),
            col(ImportRun.started_at) >= parting.since,
        )
    )
    return session.exec(query.limit(1)).first() is not None


def _forget_entered(session: Session, parting: Parting, held: Held, sides: tuple[_Side, _Side]) -> _Free:
    """While two records spoke of one offer, a value of its own looked as if somebody had entered it: that is nobody's correction."""
    twins = {kept: _suffix(parting, parting.runs[gone]) for gone, kept in parting.united.items()}
    things = [("offer", parting.kept.pk, [(side.plan.chosen, side.before, "") for side in sides])]
    for key, run in held.runs[parting.kept.pk].items():
        suffix = _suffix(parting, parting.runs.get(run.pk, key))
        named = [(side, twins.get(run.pk, suffix) if side.offer is parting.gone else suffix) for side in sides]
        plans = [(side, own, side.plan.runs.get(f"{side.offer.key}-{own}")) for side, own in named]
        things.append(("run", run.pk, [(plan.chosen, side.before, own) for side, own, plan in plans if plan]))
    free: _Free = set()
    entered = _entered(session, parting, [run.pk for run in held.runs[parting.kept.pk].values()])
    for thing, thing_id, said in things:
        for row in entered.get((thing, thing_id), ()):
            told = [value_of(thing, chosen, row.field) for chosen, _, _ in said]
            told += [before.get((suffix, row.field)) for _, before, suffix in said]
            everything = [one for several in told if isinstance(several, list) for one in several]
            if row.value in told or (isinstance(row.value, list) and all(one in everything for one in row.value)):
                session.delete(row)
                free.add((thing, thing_id, row.field))
                held.corrected.get((thing, thing_id), {}).pop(row.field, None)
    session.flush()
    return free


def _suffix(parting: Parting, key: str) -> str:
    """A run's own part of its key at either of the two."""
    return key.removeprefix(f"{parting.gone.key}-").removeprefix(f"{parting.kept.key}-")


def _entered(
    session: Session, parting: Parting, run_ids: Collection[int]
) -> Mapping[tuple[str, int], list[FieldOrigin]]:
    """By thing and id, what was taken since for entered by the institution's own people."""
    of_offer = and_(col(FieldOrigin.thing) == "offer", col(FieldOrigin.thing_id) == parting.kept.pk)
    of_runs = and_(col(FieldOrigin.thing) == "run", col(FieldOrigin.thing_id).in_(run_ids))
    query = select(FieldOrigin).where(
        FieldOrigin.origin == Origin.PERSON,
        FieldOrigin.actor == STAFF,
        col(FieldOrigin.at) >= parting.since,
        of_offer | of_runs,
    )
    found: dict[tuple[str, int], list[FieldOrigin]] = {}
    for row in session.exec(query):
        found.setdefault((row.thing, row.thing_id), []).append(row)
    return found


def _runs_that_leave(parting: Parting, held: Held, stays: _Side, leaves: _Side) -> dict[int, str]:
    """Those that came over, and those that only the leaving records have told of since, by their key at the one that leaves."""
    found = dict(parting.runs)
    for key, run in held.runs[parting.kept.pk].items():
        own = f"{leaves.offer.key}{key.removeprefix(stays.offer.key)}"
        if run.pk not in found and key not in stays.plan.runs and own in leaves.plan.runs and own not in found.values():
            found[run.pk] = own
    return found


def _read_since(session: Session, parting: Parting) -> set[str]:
    """What the name of the one offer was read for while they were one: its other fields are as they were."""
    query = select(FieldOrigin.field).where(
        FieldOrigin.thing == "offer",
        FieldOrigin.thing_id == parting.kept.pk,
        FieldOrigin.origin == Origin.DERIVED,
        col(FieldOrigin.at) >= parting.since,
    )
    return set(session.exec(query))


def _tell_offer(session: Session, held: Held, side: _Side, mixed: OfferPlan | None, free: _Free) -> set[str]:
    """Returns of the fields that have another value now."""
    changed = set()
    present, corrected = held.present_offer(side.offer), held.corrected.get(("offer", side.offer.pk), {})
    for name in FIELDS["offer"].keys() - corrected.keys() - _ELSEWHERE:
        told = mixed.value(name) if mixed else side.before.get(("", name), _NOTHING)
        wanted = side.plan.value(name)
        # Records that say nothing of what was given back do not take it away again.
        given = ("offer", side.offer.pk, name) in free and wanted is not None
        if present[name] != wanted and (given or (present[name] == told and (wanted is not None or name != "title"))):
            put(session, side.offer, name, wanted)
            changed.add(name)
    return changed


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
    old: set[tuple[int, int]] = set()  # (record, run)
    new: dict[tuple[int, int], None] = {}
    newest: dict[int, int | None] = {}
    unread: list[int] = []
    for record in leaves.records:
        newest[record.id] = None
        for told in sorted(record.told.get("runs", ()), key=lambda one: str(one["term"])):
            own = mine.get(run_key(leaves.offer.key, told))
            other = kept.get(run_key(parting.kept.key, told, held.united[parting.kept.pk]))
            newest[record.id] = own or newest[record.id]
            unread += [record.id] if own is None else []
            new |= {(record.id, own): None} if own is not None else {}
            old |= {(record.id, other.pk)} if other is not None else set()
    links = tuple_(col(RecordRun.source_record_id), col(RecordRun.run_id))
    session.execute(delete(RecordRun).where(links.in_([*old, *new])))
    add_rows(session, RecordRun, [{"source_record_id": record, "run_id": run} for record, run in new])
    session.execute(update(SourceRecord).where(col(SourceRecord.id).in_(unread)).values(content_hash=""))
    if newest:
        session.execute(update(SourceRecord), [{"id": record, "run_id": run} for record, run in newest.items()])
    session.flush()
