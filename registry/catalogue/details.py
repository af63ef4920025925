"""One offer with everything its page says, and the offers side by side that a comparison shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, func, or_
from sqlmodel import Session, col, select

from registry.catalogue.rows import OfferRows, by_key
from registry.catalogue.vocabulary import Entry, Vocabulary, vocabulary
from registry.catalogue.windows import ATTAINABLE, Applying, Window
from registry.core import terms
from registry.core.errors import NotFound
from registry.offers.models import FieldOrigin, Offer, Origin, Run
from registry.offers.states import LIVE_RUNS, OfferState, RunState
from registry.reference.models import Reason

MOST_COMPARED = 4


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as its offer's page shows it."""

    run: Run
    applying: Applying
    places: Sequence[str]
    is_past: bool
    postponed_to: str | None  #: term of the run that takes its place


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer as its page shows it. ``derived``: field -> the words it was read from.

    Runs to come stand as an applicant wants them, what is open first; earlier ones from the newest.
    """

    offer: Offer
    rows: OfferRows
    words: Vocabulary
    coming: Sequence[RunView]
    earlier: Sequence[RunView]
    derived: Mapping[str, str]
    derived_runs: frozenset[int]  #: runs whose delivery was read from the offer's name
    level: Entry | None
    discontinue_reason: Entry | None

    @property
    def open(self) -> RunView | None:
        """What can be applied for today, the first of them."""
        first = self.coming[0] if self.coming else None
        return first if first is not None and first.applying is Applying.OPEN else None

    @property
    def attainable(self) -> list[RunView]:
        """What can be applied for now or later, as an applicant wants it; nothing of an offer that is gone."""
        gone = self.offer.state is not OfferState.PUBLISHED
        return [] if gone else [run for run in self.coming if run.applying in ATTAINABLE]

    @property
    def live(self) -> list[RunView]:
        """What will be taught: what can be applied for, and what is closed."""
        return [run for run in self.coming if run.applying is not Applying.CANCELLED]

    @property
    def providers(self) -> list[Entry]:
        """The leading ones first."""
        keys = [self.words.provider_keys[one] for one in self.rows.providers if one in self.words.provider_keys]
        return [self.words.providers[key] for key in keys]


def offer_view(session: Session, key: str, today: date) -> OfferView:
    """Raises NotFound for an offer that is not there, or that was never published."""
    found = by_key(session, [key])
    if not found or found[0].offer.state is OfferState.DRAFT:
        raise NotFound("Fant ikke tilbudet. Det kan ha fått en ny adresse. Prøv å søke etter det.")
    return _views(session, found, today)[0]


def compared(session: Session, keys: Sequence[str], today: date) -> list[OfferView]:
    """Published offers by key, in the order asked for, at most four; others are left out."""
    wanted = list(dict.fromkeys(keys))[:MOST_COMPARED]
    found = {rows.offer.key: rows for rows in by_key(session, wanted) if rows.offer.state is OfferState.PUBLISHED}
    return _views(session, [found[key] for key in wanted if key in found], today)


def remembered(session: Session, keys: Sequence[str], today: date) -> list[OfferView]:
    """Offers by key, in the order asked for, the discontinued too; those that are not there are left out."""
    found = {rows.offer.key: rows for rows in by_key(session, keys) if rows.offer.state is not OfferState.DRAFT}
    return _views(session, [found[key] for key in keys if key in found], today)


def _views(session: Session, found: Sequence[OfferRows], today: date) -> list[OfferView]:
    words = vocabulary(session)
    derived = _derived(session, found)
    views = []
    for rows in found:
        runs = _run_views(rows, today)
        views.append(
            OfferView(
                offer=rows.offer,
                rows=rows,
                words=words,
                coming=sorted(
                    (run for run in runs if not run.is_past), key=lambda run: (_WANTED[run.applying], _when(run))
                ),
                earlier=sorted((run for run in runs if run.is_past), key=_when, reverse=True),
                derived={
                    f: said for (thing, one, f), said in derived.items() if (thing, one) == ("offer", rows.offer.pk)
                },
                derived_runs=frozenset(run.pk for run in rows.runs if ("run", run.pk, "delivery") in derived),
                level=words.levels.get(rows.offer.level_code or ""),
                discontinue_reason=_reason(session, rows.offer.discontinue_reason),
            )
        )
    return views


def _derived(session: Session, found: Sequence[OfferRows]) -> dict[tuple[str, int, str], str]:
    """(thing, id, field) -> the words it was read from, where nothing stronger than the name speaks."""
    offers = [rows.offer.pk for rows in found]
    runs = [run.pk for rows in found for run in rows.runs]
    origins = session.exec(
        select(FieldOrigin).where(
            or_(
                and_(col(FieldOrigin.thing) == "offer", col(FieldOrigin.thing_id).in_(offers)),
                and_(col(FieldOrigin.thing) == "run", col(FieldOrigin.thing_id).in_(runs)),
            )
        )
    ).all()
    stronger = {(one.thing, one.thing_id, one.field) for one in origins if one.origin is not Origin.DERIVED}
    return {
        place: one.evidence or ""
        for one in origins
        if one.origin is Origin.DERIVED and (place := (one.thing, one.thing_id, one.field)) not in stronger
    }


def published_keys(session: Session) -> list[tuple[str, str, date]]:
    """(key, title, last changed) of every published offer, for the site map. A page changes with the offer and with its runs."""
    runs = select(Run.offer_id, func.max(Run.updated_at).label("changed")).group_by(col(Run.offer_id)).subquery()
    query = (
        select(Offer.key, Offer.title, Offer.updated_at, runs.c.changed)
        .outerjoin(runs, runs.c.offer_id == Offer.id)
        .where(Offer.state == OfferState.PUBLISHED, col(Offer.is_container).is_(False))
        .order_by(col(Offer.id))
    )
    return [
        (key, title, max(filter(None, (offer, of_runs))).date()) for key, title, offer, of_runs in session.exec(query)
    ]


def _run_views(rows: OfferRows, today: date) -> list[RunView]:
    term_of = {run.pk: run.term for run in rows.runs}
    return [
        RunView(
            run=run,
            applying=Window.of(run).applying(today),
            places=rows.places[run.pk],
            is_past=_is_past(run, today),
            postponed_to=term_of.get(run.postponed_to_id or 0),
        )
        for run in rows.runs
    ]


def _is_past(run: Run, today: date) -> bool:
    return Window.of(run).is_past(today) or run.state not in LIVE_RUNS | {RunState.CANCELLED, RunState.POSTPONED}


_WANTED = {applying: place for place, applying in enumerate(Applying)}


def _when(view: RunView) -> tuple[tuple[int, int], date, str]:
    return terms.sort_key(view.run.term), view.run.starts_on or date.min, view.run.key


def _reason(session: Session, code: str | None) -> Entry | None:
    if code is None:
        return None
    found = session.exec(select(Reason).where(Reason.code == code, Reason.life == "offer_discontinue")).first()
    return Entry(code, found.name_nb, found.name_nn, "", found.name_en or "") if found else Entry(code, code)
