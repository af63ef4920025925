"""The result of a search as a table: one row for every run that stands for an offer, read from the database."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from registry.catalogue.rows import OfferRows, published
from registry.catalogue.vocabulary import Vocabulary, vocabulary
from registry.catalogue.windows import Window, shown_runs
from registry.offers.models import Run


@dataclass(frozen=True, slots=True)
class Row:
    """Codes and plain values; the page's words are put on when the file is written."""

    offer: str
    run: str | None
    title: str
    provider: str
    native_code: str
    subject: str | None
    settings: tuple[str, ...]
    roles: tuple[str, ...]
    school_years: str | None
    step: int | None
    credits: float | None
    level: str | None
    term: str | None
    starts_on: date | None
    ends_on: date | None
    opens_on: date | None
    closes_on: date | None
    places: tuple[str, ...]
    delivery: str | None
    places_available: int | None
    applying: str
    url: str | None
    is_demo: bool


def rows(session: Session, keys: Collection[str], today: date) -> list[Row]:
    """In the order of ``keys``."""
    words = vocabulary(session)
    found: dict[str, list[Row]] = {}
    for chunk in published(session, keys):
        for offer in chunk:
            runs: list[Run | None] = list(shown_runs(offer.runs, today)) or [None]
            found[offer.offer.key] = [_row(offer, run, words, today) for run in runs]
    return [row for key in keys for row in found.get(key, ())]


def _row(rows: OfferRows, run: Run | None, words: Vocabulary, today: date) -> Row:
    offer = rows.offer
    keys = [words.provider_keys[one] for one in rows.providers if one in words.provider_keys]
    return Row(
        offer=offer.key,
        run=run.key if run else None,
        title=offer.title,
        provider=" / ".join(words.providers[key].nb for key in keys),
        native_code=offer.native_code,
        subject=offer.subject_code,
        settings=tuple(dict.fromkeys(setting for setting, _ in rows.targets if setting)),
        roles=tuple(dict.fromkeys(role for _, role in rows.targets if role)),
        school_years=offer.school_years,
        step=offer.step,
        credits=float(offer.credits) if offer.credits is not None else None,
        level=words.nqf(offer.level_code),
        term=run.term if run else None,
        starts_on=run.starts_on if run else None,
        ends_on=run.ends_on if run else None,
        opens_on=run.application_opens_on if run else None,
        closes_on=run.application_closes_on if run else None,
        places=tuple(rows.places[run.pk]) if run else (),
        delivery=str(run.delivery) if run and run.delivery else None,
        places_available=run.places if run else None,
        applying=str(Window.of(run).applying(today)) if run else "unknown",
        url=(run.apply_url if run else None) or offer.url,
        is_demo=offer.is_demo,
    )
