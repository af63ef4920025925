"""Before two records of one offer are made one: which values differ, which runs and source records would move."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from registry.coordination.models import OfferMerge
from registry.coordination.queries.desk.people import names_of
from registry.coordination.queries.desk.twins import Choice, Twin, find_twins
from registry.coordination.queries.detecting.sources import SourceSeen, records_of
from registry.coordination.twins import Unlike
from registry.core import terms
from registry.offers.models import FieldOrigin, Offer, OfferTarget, Origin, Run
from registry.offers.states import RunState

#: Fields of an offer that a person may choose between, in the order shown. Credits go with their scheme.
FIELDS = (
    "title",
    "subject_code",
    "school_years",
    "step",
    "credits",
    "level_code",
    "measure_code",
    "description",
    "learning_outcomes",
    "department",
    "url",
)


STANDS = col(OfferMerge.undone_at).is_(None)


@dataclass(frozen=True, slots=True)
class MovedRun:
    """A run that goes over to the kept offer, under its new key, unless it is made one with its ``twin`` there. ``unlike``: why
    it is not taken for the run of its term that the kept offer has already.
    """

    run: Run
    new_key: str
    twin: Twin | None = None
    unlike: Unlike | None = None


@dataclass(frozen=True, slots=True)
class MergePreview:
    """Exactly what merging would do."""

    kept: Offer
    gone: Offer
    choices: Sequence[Choice]
    agreed: int  #: fields that both tell alike, or neither tells
    runs: Sequence[MovedRun]
    records: Mapping[int, Sequence[SourceSeen]]  #: offer id -> its records
    targets: Sequence[tuple[str | None, str | None]]  #: target groups that only the gone record tells

    @property
    def twins(self) -> Mapping[int, Twin]:
        """By the id of the run that would go."""
        return {one.run.pk: one.twin for one in self.runs if one.twin is not None}

    @property
    def alone(self) -> Sequence[MovedRun]:
        """Runs that nobody takes for another."""
        return [one for one in self.runs if one.twin is None]


def merge_preview(session: Session, kept: Offer, gone: Offer) -> MergePreview:
    """What would happen if ``gone`` went into ``kept``. Changes nothing."""
    locked = set(
        session.exec(
            select(FieldOrigin.field).where(
                FieldOrigin.thing == "offer",
                FieldOrigin.thing_id == kept.pk,
                FieldOrigin.origin == Origin.PERSON,
            )
        )
    )
    choices = []
    for name in FIELDS:
        mine, other = getattr(kept, name), getattr(gone, name)
        if mine != other and other not in (None, ""):
            suggested = "gone" if mine in (None, "") and name not in locked else "kept"
            choices.append(Choice(name, mine, other, suggested, name in locked))
    return MergePreview(
        kept=kept,
        gone=gone,
        choices=choices,
        agreed=len(FIELDS) - len(choices),
        runs=_runs(session, kept, gone),
        records=records_of(session, (kept.pk, gone.pk)),
        targets=sorted(
            _targets(session, gone.pk) - _targets(session, kept.pk), key=lambda one: (one[0] or "", one[1] or "")
        ),
    )


def _runs(session: Session, kept: Offer, gone: Offer) -> list[MovedRun]:
    runs = session.exec(select(Run).where(col(Run.offer_id).in_((kept.pk, gone.pk))).order_by(col(Run.id))).all()
    taken = {run.key for run in runs if run.offer_id == kept.pk}
    going = [run for run in runs if run.offer_id == gone.pk and run.state is not RunState.ABSORBED]
    found = find_twins(session, [run for run in runs if run.offer_id == kept.pk], going)
    moved = []
    for run in sorted(going, key=lambda one: terms.sort_key(one.term)):
        wanted = f"{kept.key}{run.key.removeprefix(gone.key)}" if run.key.startswith(gone.key) else run.key
        key = run.key if wanted in taken else wanted
        taken.add(key)
        moved.append(MovedRun(run, key, found.twins.get(run.pk), found.unlike.get(run.pk)))
    return moved


def _targets(session: Session, offer_id: int) -> set[tuple[str | None, str | None]]:
    query = select(OfferTarget.setting, OfferTarget.role).where(OfferTarget.offer_id == offer_id)
    return set(session.exec(query).all())


def standing_merge(session: Session, offer_ids: Collection[int]) -> OfferMerge | None:
    """The newest merge of any of the offers that has not been taken back."""
    query = select(OfferMerge).where(STANDS, _of_any(offer_ids))
    return session.exec(query.order_by(col(OfferMerge.id).desc()).limit(1)).first()


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge with its two offers; ``who`` is the person who did it, "" where it was no person."""

    made: OfferMerge
    kept: Offer
    gone: Offer
    who: str


def merge_of_pair(session: Session, pair_id: int) -> Merged | None:
    """What made the two offers of a pair one, while it stands."""
    return next(iter(_merges(session, OfferMerge.pair_id == pair_id, STANDS)), None)


def taken_in(session: Session, offer_id: int) -> list[Merged]:
    """What has gone into an offer, the newest first."""
    return _merges(session, OfferMerge.kept_offer_id == offer_id, STANDS)


def merges_told(session: Session, pair_ids: Collection[int], offer_ids: Collection[int] = ()) -> list[Merged]:
    """Every merge of some pairs, and of any of some offers, also what was taken back; the newest first."""
    return _merges(session, or_(col(OfferMerge.pair_id).in_(pair_ids), _of_any(offer_ids)))


def merged_on(session: Session, pair_ids: Collection[int]) -> dict[int, datetime]:
    """Pair id -> when its two offers were made one; pairs of which that does not stand are not there."""
    query = select(OfferMerge.pair_id, OfferMerge.at).where(col(OfferMerge.pair_id).in_(pair_ids), STANDS)
    return {pair_id or 0: at for pair_id, at in session.exec(query.order_by(col(OfferMerge.id)))}


def merged_pairs() -> Any:
    """The pairs whose two offers are one, as a part of a query."""
    return select(OfferMerge.pair_id).where(STANDS, col(OfferMerge.pair_id).is_not(None))


def _of_any(offer_ids: Collection[int]) -> Any:
    ids = list(offer_ids)
    return or_(col(OfferMerge.kept_offer_id).in_(ids), col(OfferMerge.gone_offer_id).in_(ids))


def _merges(session: Session, *which: Any) -> list[Merged]:
    kept, gone = aliased(Offer), aliased(Offer)
    query = (
        select(OfferMerge, kept, gone)
        .join(kept, col(kept.id) == OfferMerge.kept_offer_id)
        .join(gone, col(gone.id) == OfferMerge.gone_offer_id)
        .where(*which)
        .order_by(col(OfferMerge.id).desc())
    )
    found = session.exec(query).all()
    who = names_of(session, (made.actor for made, *_ in found))
    return [Merged(made, mine, theirs, who.get(made.actor, "")) for made, mine, theirs in found]
