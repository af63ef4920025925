"""What each row of a delivery is: new, changed, unchanged or for quarantine. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from importers.protocol import OfferRecord, RejectedRow
from registry.intake.delivery import Delivery
from registry.intake.facts import Facts, Provider, UnknownProvider
from registry.intake.result import Rejection
from registry.intake.shaping import Remark, Shape, Unfit, content_hash, record_key, shape

_SHOWN_POSITIONS = 5


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


@dataclass(slots=True)
class Taken:
    """A row that is new or says something else than before."""

    shape: Shape
    raw: dict[str, Any]
    content_hash: str
    known: Known | None


@dataclass(slots=True)
class Sorted:
    """``seen = len(taken) + unchanged + len(rejections)``."""

    seen: int = 0
    taken: list[Taken] = field(default_factory=list)
    unchanged: int = 0
    present: set[str] = field(default_factory=set)  #: keys of all rows that came, also of those in quarantine
    confirmed: list[int] = field(default_factory=list)  #: ids of records that came and say the same
    rejections: list[Rejection] = field(default_factory=list)
    providers: set[int] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)  #: values of rows that nobody could read: perhaps their codes
    remarks: dict[Remark, list[int]] = field(default_factory=dict)

    def notices(self) -> list[str]:
        """One sentence for each word that the registry does not know."""
        sentences = []
        for remark, positions in self.remarks.items():
            shown = ", ".join(map(str, positions[:_SHOWN_POSITIONS]))
            rest = len(positions) - _SHOWN_POSITIONS
            where = f"rad {shown}" + (f" og {rest} til" if rest > 0 else "")
            sentences.append(f"{remark.field}: «{remark.value}» er ukjent og er latt stå tomt ({where}).")
        return sentences


def sort_rows(delivery: Delivery, facts: Facts, known: Mapping[str, Known], only: Provider | None) -> Sorted:
    """Sort every row, in order. ``only`` is the one provider whose rows are accepted, where there is one."""
    out = Sorted(seen=len(delivery.rows))
    first: dict[str, tuple[str, str, int]] = {}
    for payload, row in delivery.rows:
        if isinstance(row, RejectedRow):
            out.unread.update(value.strip() for value in row.raw.values() if value)
            out.rejections.append(
                Rejection(payload, row.position, row.reason, row.field, row.value, row.cure, dict(row.raw))
            )
            continue
        try:
            _take(payload, row, facts, known, only, first, out)
        except UnknownProvider as fault:
            out.rejections.append(_rejection(payload, row, fault.reason, "Tilbyder", fault.value, fault.cure))
        except Unfit as fault:
            out.rejections.append(_rejection(payload, row, fault.reason, fault.field, fault.value, fault.cure))
    return out


def sort_again(seen: int, known: Mapping[str, Known], last_run: int) -> Sorted:
    """The very bytes of the last delivery once more: every row is what it was."""
    there = {key: record for key, record in known.items() if record.last_seen_id == last_run}
    return Sorted(
        seen=seen,
        unchanged=seen,
        present=set(there),
        confirmed=[record.id for record in there.values()],
        providers={record.organisation_id for record in there.values()},
    )


def _take(
    payload: str,
    row: OfferRecord,
    facts: Facts,
    known: Mapping[str, Known],
    only: Provider | None,
    first: dict[str, tuple[str, str, int]],
    out: Sorted,
) -> None:
    provider = facts.provider(row.provider)
    if only is not None and provider.id != only.id:
        raise Unfit(
            f"Raden gjelder {provider.name}, men leveransen er fra {only.name}.",
            "Fjern raden, eller la den andre tilbyderen levere den selv.",
            "Tilbyder",
            provider.name,
        )
    out.providers.add(provider.id)
    key, digest = record_key(row, provider), content_hash(row)
    out.present.add(key)
    earlier = first.setdefault(key, (digest, payload, row.position))
    if earlier[1:] != (payload, row.position):
        if earlier[0] != digest:
            where = f"rad {earlier[2]}" + ("" if earlier[1] == payload else f" i {earlier[1]}")
            raise Unfit(
                f"Raden gjelder det samme som {where}, men sier noe annet.",
                "Behold den raden som er riktig, eller gi dem ulike koder.",
            )
        out.unchanged += 1
        return
    before = known.get(key)
    if before is not None and before.content_hash == digest:
        out.unchanged += 1
        out.confirmed.append(before.id)
        return
    shaped = shape(row, provider, facts)
    for remark in shaped.remarks:
        out.remarks.setdefault(remark, []).append(row.position)
    out.taken.append(Taken(shaped, dict(row.raw), digest, before))


def _rejection(
    payload: str, row: OfferRecord, reason: str, field_name: str | None, value: str | None, cure: str
) -> Rejection:
    return Rejection(payload, row.position, reason, field_name, value, cure, dict(row.raw))
