"""The steps of one import, from sorted rows to written offers."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlmodel import col, select

from registry.intake.choosing.merging import Voice
from registry.intake.choosing.planning import OfferPlan, plan_offer
from registry.intake.models import SourceRecord
from registry.intake.operations.context import Import
from registry.intake.operations.entered import keep_entered_values
from registry.intake.operations.writing_offers import write_offers
from registry.intake.operations.writing_origins import write_origins
from registry.intake.operations.writing_records import write_records
from registry.intake.operations.writing_runs import write_runs
from registry.intake.queries.batches import rows_in
from registry.intake.queries.held import Held, hold, voice
from registry.intake.queries.merged import merged_codes
from registry.intake.reading.result import ImportResult
from registry.intake.reading.shaping import native_key
from registry.intake.reading.sorting import Known, Taken
from registry.offers.models import Offer, OfferProvider

Code = tuple[int, str]  #: the leading provider's id, the offer's own code


@dataclass(slots=True)
class Touched:
    """An offer that a delivery touches: there from before where ``offer_id`` is given."""

    key: str
    offer_id: int | None
    taken: list[Taken] = field(default_factory=list)


def known_records(imported: Import, keys: Iterable[str]) -> dict[str, Known]:
    """The records of the source that have one of these keys, by key."""
    query = select(  # type: ignore[call-overload,misc]  # select is typed for four columns at most
        SourceRecord.key,
        SourceRecord.id,
        SourceRecord.organisation_id,
        SourceRecord.content_hash,
        SourceRecord.offer_id,
        SourceRecord.run_id,
        SourceRecord.absent_since,
        SourceRecord.absence_approved_by,
        SourceRecord.gone_on,
        SourceRecord.last_seen_id,
    ).where(col(SourceRecord.source_id) == imported.source.pk)
    return {row[0]: Known(*row[1:]) for row in rows_in(imported.session, query, SourceRecord.key, keys)}


def take(imported: Import, taken: list[Taken], result: ImportResult) -> None:
    """Write everything that is new or says something else than before."""
    if not taken:
        return
    touched = _touched(imported, taken)
    held = hold(imported.session, (t.offer_id for t in touched.values() if t.offer_id is not None))
    keep_entered_values(imported, held)
    plans = [_plan(imported, code, one, held) for code, one in touched.items()]
    offers = write_offers(imported, plans, held)
    runs = write_runs(imported, plans, offers, held)
    records = write_records(imported, touched.values(), offers, runs, held)
    write_origins(imported, plans, offers, runs, records, held)
    for plan in plans:
        offer = offers[plan.key]
        if offer.is_new:
            result.made(plan.key, offer.title)
        elif offer.changed or any(runs[key].changed for key in plan.runs):
            result.altered(plan.key, offer.title)


def _touched(imported: Import, taken: list[Taken]) -> dict[Code, Touched]:
    """Group the rows by offer, and give each new offer a key that nobody has."""
    existing: dict[Code, tuple[int, str]] = {}
    query = (
        select(Offer.id, Offer.key, Offer.native_code, OfferProvider.organisation_id)
        .join(OfferProvider, col(OfferProvider.offer_id) == col(Offer.id))
        .where(col(OfferProvider.leads))
    )
    followed = merged_codes(imported.session)
    codes = {row.shape.native_code for row in taken} | {code for _, code in followed.values()}
    for offer_id, key, code, provider_id in rows_in(imported.session, query, Offer.native_code, codes):
        existing[provider_id, code] = (offer_id, key)
    plain = {_plain_key(row.shape.provider.key, row.shape.native_code) for row in taken}
    used = {row[0] for row in rows_in(imported.session, select(Offer.key), Offer.key, plain)}
    touched: dict[Code, Touched] = {}
    for row in taken:
        code = (row.shape.provider.id, row.shape.native_code)
        code = followed.get(code, code)
        if code not in touched:
            if code in existing:
                offer_id, key = existing[code]
                touched[code] = Touched(key, offer_id)
            else:
                key = _free_key(row.shape.provider.key, row.shape.native_code, used)
                used.add(key)
                touched[code] = Touched(key, None)
        touched[code].taken.append(row)
    return touched


def _plain_key(provider: str, code: str) -> str:
    return f"{provider}-{native_key(code, None)}"


def _free_key(provider: str, code: str, used: Iterable[str]) -> str:
    plain = _plain_key(provider, code)
    return plain if plain not in used else f"{provider}-{native_key(code, plain)}"


def _plan(imported: Import, code: Code, touched: Touched, held: Held) -> OfferPlan:
    """The offer as all its records now tell it: those of this delivery in place of what they said before."""
    replaced = {row.known.id for row in touched.taken if row.known}
    voices: list[Voice] = []
    corrections = {}
    if touched.offer_id is not None:
        kept = held.records[touched.offer_id].values()
        voices = [record.voice(touched.key) for record in kept if record.id not in replaced]
        corrections[("offer", touched.key)] = held.corrected.get(("offer", touched.offer_id), {})
        for key, run in held.runs[touched.offer_id].items():
            corrections[("run", key)] = held.corrected.get(("run", run.pk), {})
    for row in touched.taken:
        record: int | str = row.known.id if row.known else row.shape.key
        shape = row.shape
        source = imported.source
        voices.append(
            voice(
                record,
                touched.key,
                shape.told,
                source.priority,
                shape.term,
                shape.key,
                form=source.format,
                gone=False,
                united=held.united.get(touched.offer_id or 0, {}),
            )
        )
    provider = touched.taken[0].shape.provider
    return plan_offer(touched.key, code[1], provider, voices, corrections, imported.facts)
