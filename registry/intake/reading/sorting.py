"""What each row of a delivery is: new, changed, unchanged or for quarantine. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from importers.protocol import OfferRecord, RejectedRow
from importers.sentences import Sentence
from registry.intake.reading.facts import Facts, Provider, UnknownProvider
from registry.intake.reading.result import Rejection
from registry.intake.reading.shaping import Remark, Shape, Unfit, content_hash, record_key, shape
from registry.intake.reading.spool import SpooledRow


@dataclass(frozen=True, slots=True)
class Known:
    """A source record that is there from before."""

    id: int
    organisation_id: int
    content_hash: str
    offer_id: int
    run_id: int | None
    absent_since: date | None
    absence_approved_by: str | None
    gone_on: date | None
    last_seen_id: int


@dataclass(frozen=True, slots=True)
class Keyed:
    """A row that is understood as far as its key."""

    payload: str
    row: OfferRecord
    provider: Provider
    key: str
    content_hash: str


@dataclass(slots=True)
class Taken:
    """A row that is new or says something else than before."""

    shape: Shape
    raw: dict[str, Any]
    content_hash: str
    known: Known | None


@dataclass(slots=True)
class Sorted:
    """One batch of rows. ``seen = len(taken) + unchanged + len(rejections)``."""

    seen: int = 0
    taken: list[Taken] = field(default_factory=list)
    unchanged: int = 0
    confirmed: list[int] = field(default_factory=list)  #: ids of records that came and say the same
    unfit: list[int] = field(default_factory=list)  #: ids of records that came, in a form that cannot be taken
    returned: list[Known] = field(default_factory=list)  #: records that had been absent
    rejections: list[Rejection] = field(default_factory=list)
    providers: set[int] = field(default_factory=set)
    remarks: dict[Remark, list[int]] = field(default_factory=dict)


def key_rows(rows: Iterable[SpooledRow], facts: Facts, only: Provider | None, out: Sorted) -> list[Keyed]:
    """The rows that have a key, in order; the others are rejected. ``only`` is the one provider whose rows are accepted."""
    keyed: list[Keyed] = []
    for payload, row in rows:
        out.seen += 1
        if isinstance(row, RejectedRow):
            out.rejections.append(
                Rejection(payload, row.position, row.reason, row.field, row.value, row.cure, dict(row.raw))
            )
            continue
        if not isinstance(row, OfferRecord):
            raise TypeError("a feed of offers yields offers only")
        try:
            provider = facts.provider(row.provider)
            if only is not None and provider.id != only.id:
                raise _somebody_elses(provider, only)
        except UnknownProvider as fault:
            out.rejections.append(_rejection(payload, row, fault.reason, Sentence("Tilbyder"), fault.value, fault.cure))
        except Unfit as fault:
            out.rejections.append(_rejection(payload, row, fault.reason, fault.field, fault.value, fault.cure))
        else:
            out.providers.add(provider.id)
            keyed.append(Keyed(payload, row, provider, record_key(row, provider), content_hash(row)))
    return keyed


def sort_keyed(keyed: Iterable[Keyed], known: Mapping[str, Known], run_id: int, facts: Facts, out: Sorted) -> None:
    """Sort every row, in order. ``known`` are the records of their keys; those of ``run_id`` came earlier in this delivery."""
    first: dict[str, Keyed] = {}
    for one in keyed:
        before = known.get(one.key)
        try:
            if not _is_repeated(one, before, run_id, first, out):
                _take(one, before, facts, out)
        except Unfit as fault:
            out.rejections.append(_rejection(one.payload, one.row, fault.reason, fault.field, fault.value, fault.cure))
            if before is not None:
                out.unfit.append(before.id)


def _is_repeated(one: Keyed, before: Known | None, run_id: int, first: dict[str, Keyed], out: Sorted) -> bool:
    """Whether the row came already in this delivery. Raises Unfit where it said something else then."""
    earlier = first.setdefault(one.key, one)
    if earlier is not one:
        said = earlier.content_hash
        where = Sentence("rad %(row)s", row=earlier.row.position)
        if earlier.payload != one.payload:
            where = Sentence("rad %(row)s i %(file)s", row=earlier.row.position, file=earlier.payload)
    elif before is not None and before.last_seen_id == run_id:
        said, where = before.content_hash, Sentence("en tidligere rad")
    else:
        if before is not None and before.absent_since is not None:
            out.returned.append(before)
        return False
    if said != one.content_hash:
        raise Unfit(
            Sentence("Raden gjelder det samme som %(where)s, men sier noe annet.", where=where),
            Sentence("Behold den raden som er riktig, eller gi dem ulike koder."),
        )
    out.unchanged += 1
    return True


def _take(one: Keyed, before: Known | None, facts: Facts, out: Sorted) -> None:
    if before is not None and before.content_hash == one.content_hash:
        out.unchanged += 1
        out.confirmed.append(before.id)
        return
    shaped = shape(one.row, one.provider, facts)
    for remark in shaped.remarks:
        out.remarks.setdefault(remark, []).append(one.row.position)
    out.taken.append(Taken(shaped, dict(one.row.raw), one.content_hash, before))


def _somebody_elses(provider: Provider, only: Provider) -> Unfit:
    return Unfit(
        Sentence("Raden gjelder %(provider)s, men leveransen er fra %(only)s.", provider=provider.name, only=only.name),
        Sentence("Fjern raden, eller la den andre tilbyderen levere den selv."),
        Sentence("Tilbyder"),
        provider.name,
    )


def _rejection(
    payload: str, row: OfferRecord, reason: Sentence, field_name: str | None, value: str | None, cure: Sentence
) -> Rejection:
    return Rejection(payload, row.position, reason, field_name, value, cure, dict(row.raw))
