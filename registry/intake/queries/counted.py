"""What DBH has counted of one offer: joined where institution, programme code and term point at it alone, never guessed.

A row that is a part of a sum (women, the qualified, first choices) says nothing of the whole, and two rows of one table and
term may overlap: neither is shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from registry.applications.figures import rounding
from registry.core import clock
from registry.offers.models import Offer, OfferProvider, Run
from registry.reference.models import RegisterCount
from registry.rules.register import rules_on

#: Columns that follow from the programme: a row that has them is the whole of it still.
_WHOLE = frozenset({"avdelingskode", "nivåkode", "nus-kode"})
#: What is shown of what DBH counts, in the order of the page.
SHOWN = ("applied", "offered", "accepted", "started", "participants", "completed")


@dataclass(frozen=True, slots=True)
class Counted:
    """One term or year of one table."""

    term: str  #: "2025H", or "2025"
    table: str | None  #: DBH's number of it
    counts: Mapping[str, int | None]  #: what is counted -> number to the nearest SMALL_CELL, in the order of ``SHOWN``


def counted(session: Session, offer: Offer) -> list[Counted]:
    """What the tables of DBH say of the offer, newest first."""
    provider = _only_provider(session, offer)
    if provider is None:
        return []
    query = select(RegisterCount).where(
        RegisterCount.organisation_id == provider, RegisterCount.offer_key == offer.native_code
    )
    rows = whole_rows(session.exec(query))
    if not rows:
        return []
    base = rounded_to(session)
    given = set(session.exec(select(Run.term).where(Run.offer_id == offer.pk)))
    found = []
    for row in rows:
        known = {name: rounding(row.counts[name], base) for name in SHOWN if name in row.counts}
        if known and (len(row.term) == len("2025") or row.term in given):
            found.append(Counted(row.term, row.number_of_table, known))
    return sorted(found, key=lambda one: (one.term[:4], one.term[4:] != "V", one.table or ""), reverse=True)


def rounded_to(session: Session) -> int:
    """What the counts are rounded to, by rule SMALL_CELL."""
    return int(rules_on(session, clock.today())["SMALL_CELL"])


def whole_rows(rows: Iterable[RegisterCount]) -> list[RegisterCount]:
    """The rows that are alone in their table and term, and are no part of a sum."""
    alone: dict[tuple[str, str | None, str], list[RegisterCount]] = {}
    for row in rows:
        alone.setdefault((row.source, row.number_of_table, row.term), []).append(row)
    return [found[0] for found in alone.values() if len(found) == 1 and set(found[0].grouping) <= _WHOLE]


def _only_provider(session: Session, offer: Offer) -> int | None:
    """The leading institution, where no other offer of its has the code."""
    leads = select(OfferProvider.organisation_id).where(OfferProvider.offer_id == offer.pk, col(OfferProvider.leads))
    provider = session.exec(leads).first()
    alike = (
        select(Offer.id)
        .join(OfferProvider, col(OfferProvider.offer_id) == col(Offer.id))
        .where(
            Offer.native_code == offer.native_code,
            OfferProvider.organisation_id == provider,
            col(OfferProvider.leads),
        )
    )
    return provider if session.exec(alike).all() == [offer.pk] else None
