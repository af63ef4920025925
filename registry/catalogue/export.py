"""The result of a search as a table: one row for every run that it finds, read from the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from registry.catalogue.documents import FEW, Enricher, Facets, facets_of
from registry.catalogue.queries import Match
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
    measure: str | None
    languages: tuple[str, ...]
    small_subject: bool
    term: str | None
    starts_on: date | None
    ends_on: date | None
    opens_on: date | None
    closes_on: date | None
    places: tuple[str, ...]
    counties: tuple[str, ...]  #: as the search counts them: the provider's own where no place is given
    delivery: str | None
    places_available: int | None
    applying: str
    few_applicants: bool
    url: str | None
    is_demo: bool


def rows(session: Session, matches: Mapping[str, Match], marks: Enricher, today: date) -> list[Row]:
    """In the order of ``matches``, and of their runs only those that are found."""
    words = vocabulary(session)
    found: dict[str, list[Row]] = {}
    for chunk in published(session, matches):
        told = marks(session, [one.offer.pk for one in chunk])
        for offer in chunk:
            key, facets = offer.offer.key, facets_of(offer, words, today, told)
            runs = [run for run in shown_runs(offer.runs, today) if run.key in matches[key].runs]
            found[key] = [_row(offer, run, facets[run.key], words, today) for run in runs]
            if not offer.runs:
                found[key] = [_row(offer, None, facets[key], words, today)]
    return [row for key in matches for row in found.get(key, ())]


def _row(rows: OfferRows, run: Run | None, facets: Facets, words: Vocabulary, today: date) -> Row:
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
        measure=offer.measure_code,
        languages=tuple(offer.languages),
        small_subject=bool(facets.get("small_subject")),
        term=run.term if run else None,
        starts_on=run.starts_on if run else None,
        ends_on=run.ends_on if run else None,
        opens_on=run.application_opens_on if run else None,
        closes_on=run.application_closes_on if run else None,
        places=tuple(rows.places[run.pk]) if run else (),
        counties=facets.get("county", ()),
        delivery=str(run.delivery) if run and run.delivery else None,
        places_available=run.places if run else None,
        applying=str(Window.of(run).applying(today)) if run else "unknown",
        few_applicants=FEW in facets.get("applying", ()),
        url=(run.apply_url if run else None) or offer.url,
        is_demo=offer.is_demo,
    )
