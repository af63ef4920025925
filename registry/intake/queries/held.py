"""What the registry already holds of the offers that a delivery touches, read in a handful of queries."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from registry.intake.choosing.merging import Voice
from registry.intake.models import Source, SourceRecord
from registry.intake.queries.batches import objects_in, rows_in
from registry.intake.queries.united import united_runs
from registry.intake.reading.deriving import Inferred
from registry.intake.reading.fields import OFFER_COLUMNS, RUN_COLUMNS, told_value
from registry.intake.reading.shaping import run_suffix
from registry.offers.models import (
    FieldOrigin,
    Offer,
    OfferProvider,
    OfferSubject,
    OfferTarget,
    Origin,
    Run,
    RunPlace,
)

_NONE: Mapping[str, str] = {}


@dataclass(slots=True)
class Record:
    """A source record as far as voices go."""

    id: int
    offer_id: int
    key: str
    term: str | None
    told: dict[str, Any]
    gone: bool
    priority: int
    form: str
    united: Mapping[str, str]  #: of its offer, see ``Held.united``

    def voice(self, offer_key: str) -> Voice:
        """What the record says, under the keys of its offer and runs."""
        return voice(
            self.id,
            offer_key,
            self.told,
            self.priority,
            self.term,
            self.key,
            form=self.form,
            gone=self.gone,
            united=self.united,
        )


@dataclass(slots=True)
class Held:
    """Offers by id, and everything that hangs on them by the offer's or run's id."""

    offers: dict[int, Offer] = field(default_factory=dict)
    records: dict[int, dict[int, Record]] = field(default_factory=dict)  #: offer id -> record id -> record
    runs: dict[int, dict[str, Run]] = field(default_factory=dict)  #: offer id -> run key -> run
    corrected: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    derived: dict[tuple[str, int], dict[str, Inferred]] = field(default_factory=dict)
    relations: dict[int, dict[str, list[Any]]] = field(default_factory=dict)
    places: dict[int, list[str]] = field(default_factory=dict)
    #: offer id -> key that a row gives a run which was entered twice -> key of the run that stands for both
    united: dict[int, dict[str, str]] = field(default_factory=dict)

    def present_offer(self, offer: Offer) -> dict[str, Any]:
        """The offer's values as told."""
        values = {name: told_value(getattr(offer, name)) for name in OFFER_COLUMNS}
        return {**values, **self.relations[offer.pk]}

    def present_run(self, run: Run) -> dict[str, Any]:
        """The run's values as told."""
        values = {name: told_value(getattr(run, name)) for name in RUN_COLUMNS}
        return {**values, "municipalities": self.places.get(run.pk, [])}


def voice(
    record: int | str,
    offer_key: str,
    told: dict[str, Any],
    priority: int,
    term: str | None,
    key: str,
    *,
    form: str,
    gone: bool,
    united: Mapping[str, str] = _NONE,
) -> Voice:
    """One record's voice. Records that the feed no longer carries speak last."""
    runs = {run_key(offer_key, run, united): run for run in told.get("runs", ())}
    return Voice(record, (not gone, priority, term or "", key), told.get("offer", {}), runs, form)


def run_key(offer_key: str, told: dict[str, Any], united: Mapping[str, str] = _NONE) -> str:
    """The key of the run that a row tells of. ``united``: of the offer, see ``Held.united``."""
    key = f"{offer_key}-{run_suffix(told)}"
    return united.get(key, key)


def hold(session: Session, offer_ids: Iterable[int], *, lock: bool = True) -> Held:
    """Read (and lock, in the order of ids) the offers with their runs."""
    ids = sorted(set(offer_ids))
    held = Held()
    if not ids:
        return held
    offers, runs = select(Offer).order_by(col(Offer.id)), select(Run).order_by(col(Run.id))
    if lock:
        offers, runs = offers.with_for_update(), runs.with_for_update()
    for offer in objects_in(session, offers, Offer.id, ids):
        held.offers[offer.id] = offer
        held.relations[offer.id] = {"targets": [], "subjects": [], "partners": []}
        held.runs[offer.id] = {}
        held.records[offer.id] = {}
        held.united[offer.id] = {}
    for run in objects_in(session, runs, Run.offer_id, ids):
        held.runs[run.offer_id][run.key] = run
    _united(session, held)
    _records(session, ids, held)
    _relations(session, ids, held)
    run_ids = [run.pk for runs in held.runs.values() for run in runs.values()]
    places = select(col(RunPlace.run_id), col(RunPlace.municipality_code)).order_by(col(RunPlace.municipality_code))
    for run_id, code in rows_in(session, places, RunPlace.run_id, run_ids):
        held.places.setdefault(run_id, []).append(code)
    for thing, things in (("offer", ids), ("run", run_ids)):
        _origins(session, thing, things, held)
    return held


def _united(session: Session, held: Held) -> None:
    absorbed = united_runs(session)
    runs = {run.pk: run for runs in held.runs.values() for run in runs.values()} if absorbed else {}
    for one in absorbed.values():
        if (run := runs.get(one.into)) is not None:
            unite(held, run, f"{held.offers[run.offer_id].key}{one.own}")


def unite(held: Held, run: Run, key: str) -> None:
    """Rows that call a run of the same offer ``key`` mean ``run``, unless it has one that is called so."""
    if key not in held.runs[run.offer_id]:
        held.united[run.offer_id][key] = run.key


def _records(session: Session, ids: list[int], held: Held) -> None:
    query = select(  # type: ignore[call-overload]  # select is typed for four columns at most
        SourceRecord.id,
        SourceRecord.offer_id,
        SourceRecord.key,
        SourceRecord.term,
        SourceRecord.told,
        SourceRecord.gone_on,
        Source.priority,
        Source.format,
    ).join(Source, col(Source.id) == col(SourceRecord.source_id))
    for row in rows_in(session, query, SourceRecord.offer_id, ids):
        record_id, offer_id, key, term, told, gone_on, priority, form = row
        gone = gone_on is not None
        held.records[offer_id][record_id] = Record(
            record_id, offer_id, key, term, told, gone, priority, form, held.united[offer_id]
        )


def _relations(session: Session, ids: list[int], held: Held) -> None:
    targets = select(OfferTarget).order_by(col(OfferTarget.id))
    for target in objects_in(session, targets, OfferTarget.offer_id, ids):
        held.relations[target.offer_id]["targets"].append([target.setting, target.role])
    subjects = select(OfferSubject).order_by(col(OfferSubject.subject_code))
    for subject in objects_in(session, subjects, OfferSubject.offer_id, ids):
        held.relations[subject.offer_id]["subjects"].append(subject.subject_code)
    partners = select(OfferProvider).where(~col(OfferProvider.leads)).order_by(col(OfferProvider.organisation_id))
    for partner in objects_in(session, partners, OfferProvider.offer_id, ids):
        held.relations[partner.offer_id]["partners"].append(partner.organisation_id)


def _origins(session: Session, thing: str, ids: list[int], held: Held) -> None:
    query = select(FieldOrigin).where(col(FieldOrigin.thing) == thing, col(FieldOrigin.origin) != Origin.FEED)
    for origin in objects_in(session, query, FieldOrigin.thing_id, ids):
        where = (thing, origin.thing_id)
        if origin.origin is Origin.PERSON:
            held.corrected.setdefault(where, {})[origin.field] = origin.value
        else:
            guess = Inferred(origin.value, origin.confidence or 0.0, origin.evidence or "")
            held.derived.setdefault(where, {})[origin.field] = guess
