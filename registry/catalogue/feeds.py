"""A search that tells by itself: the same answer as an Atom feed (RFC 4287) and as a calendar (RFC 5545).

Both are stable: the same offers give the same bytes, so a reader that asks again is told that nothing is new.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from feedgen.feed import FeedGenerator
from icalendar import Alarm, Calendar, Event
from sqlmodel import Session

from registry.catalogue import labels
from registry.catalogue.addresses import offer_address
from registry.catalogue.parameters import CatalogueQuery
from registry.catalogue.presenting import audience, deadline_label, place_label
from registry.catalogue.queries import Result, search
from registry.catalogue.rows import OfferRows, published
from registry.catalogue.vocabulary import Vocabulary
from registry.catalogue.windows import Window, shown_runs
from registry.core.clock import start_of_day
from registry.offers.models import Run
from registry.offers.states import LOST_RUNS
from registry.web.i18n import current_language, gettext
from search.protocol import SearchEngine

MOST_FED = 200
_REMEMBERED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Item:
    """An offer in a feed, with the runs that the search finds, the soonest first, and when any of it changed last."""

    rows: OfferRows
    runs: Sequence[Run]
    lost: Sequence[Run]  #: cancelled or postponed before they began
    changed: datetime


def items(session: Session, engine: SearchEngine, query: CatalogueQuery, today: date) -> tuple[Result, list[Item]]:
    """The answer, and at most ``MOST_FED`` offers of it, newest change first. Earlier years only where they are asked for."""
    asked = query if query.values("time") else query.with_value("time", "upcoming")
    result = search(engine, session, replace(asked, page=1, per_page=MOST_FED))
    matched = {hit.key: hit.matched for hit in result.hits}
    found = [
        _item(rows, matched[rows.offer.key], today) for chunk in published(session, list(matched)) for rows in chunk
    ]
    return result, sorted(found, key=lambda item: (item.changed, item.rows.offer.key), reverse=True)


def items_of(session: Session, keys: Sequence[str], today: date) -> list[Item]:
    """These very offers with all their runs to come; those that are not published are left out."""
    return [_item(rows, (), today) for chunk in published(session, keys) for rows in chunk]


def _item(rows: OfferRows, matched: Sequence[str], today: date) -> Item:
    runs = [run for run in shown_runs(rows.runs, today) if not matched or run.key in matched]
    lost = [run for run in rows.runs if run.state in LOST_RUNS and run not in runs and Window.of(run).last_day >= today]
    moments = [rows.offer.updated_at]
    for run in (*runs, *lost):
        moments += [run.updated_at, start_of_day(max(Window.of(run).unchanged_since(today), date(1970, 1, 2)))]
    return Item(rows, runs, lost, max(moments))


def as_atom(found: Sequence[Item], words: Vocabulary, *, title: str, page: str, itself: str, today: date) -> bytes:
    """``page`` and ``itself`` are the whole addresses of the search and of the feed."""
    feed = FeedGenerator()
    feed.id(itself)
    feed.title(_clean(title))
    feed.link([{"href": page, "rel": "alternate", "type": "text/html"}, {"href": itself, "rel": "self"}])
    feed.author({"name": gettext("Tilbudsregisteret")})
    feed.updated(found[0].changed if found else start_of_day(date(2025, 8, 1)))
    feed.language(current_language())
    for item in found:
        offer = item.rows.offer
        entry = feed.add_entry(order="append")
        entry.id(_permanent(item))
        entry.title(_clean(offer.title))
        entry.link({"href": offer_address(offer.key, offer.title, _external=True), "rel": "alternate"})
        entry.author({"name": _clean(_providers(item, words))})
        entry.published(offer.created_at)
        entry.updated(item.changed)
        entry.summary(_clean(". ".join(_said(item, words, today))))
        if subject := words.subjects.get(offer.subject_code or ""):
            entry.category({"term": offer.subject_code, "label": subject.name(current_language())})
    atom: bytes = feed.atom_str(pretty=True)
    return atom


def as_ics(
    found: Sequence[Item], words: Vocabulary, *, title: str, page: str, reminder: timedelta, today: date
) -> bytes:
    """All-day events: when applications open, the deadline with a reminder so long before it, and the first day.

    Days that passed more than a month ago are left out: they are half of what there is, and nobody waits for them.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Tilbudsregisteret//NO")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", title)
    calendar.add("x-wr-timezone", "Europe/Oslo")
    calendar.add("url", page)
    calendar.add("refresh-interval", timedelta(hours=12), parameters={"VALUE": "DURATION"})
    for item in found:
        for run in (*item.runs, *item.lost):
            for kind, day, said in (
                ("apner", run.application_opens_on, gettext("Søknaden åpner: %(title)s", title=item.rows.offer.title)),
                ("frist", run.application_closes_on, gettext("Søknadsfrist: %(title)s", title=item.rows.offer.title)),
                ("start", run.starts_on, gettext("Studiestart: %(title)s", title=item.rows.offer.title)),
            ):
                if day is not None and day >= today - _REMEMBERED:
                    calendar.add_component(_event(item, run, words, kind, day, said, reminder))
    written: bytes = calendar.to_ical()
    return written


def _event(item: Item, run: Run, words: Vocabulary, kind: str, day: date, said: str, reminder: timedelta) -> Event:
    offer = item.rows.offer
    event = Event()
    event.add("uid", f"{run.key}-{kind}@tilbudsregisteret")
    event.add("dtstamp", item.changed)
    event.add("last-modified", item.changed)
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", said)
    event.add("description", _providers(item, words))
    event.add("url", offer_address(offer.key, offer.title, _external=True))
    event.add("transp", "TRANSPARENT")  # a deadline keeps nobody busy
    if place := place_label(item.rows.places[run.pk], run.delivery, words):
        event.add("location", place)
    if run.state in LOST_RUNS:
        event.add("status", "CANCELLED")
    elif kind == "frist":
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", said)
        alarm.add("trigger", -reminder)
        event.add_component(alarm)
    return event


def _permanent(item: Item) -> str:
    """An entry's own name: the address without the title, which may be mended, and without the language."""
    return offer_address(item.rows.offer.key, "", language="nb", _external=True).removesuffix("/-")


def _providers(item: Item, words: Vocabulary) -> str:
    keys = [words.provider_keys[one] for one in item.rows.providers if one in words.provider_keys]
    return " / ".join(words.providers[key].name(current_language()) for key in keys) or gettext("Ukjent tilbyder")


def _said(item: Item, words: Vocabulary, today: date) -> list[str]:
    """What a card says, as sentences; runs by term, those that were lost last."""
    offer = item.rows.offer
    settings = list(dict.fromkeys(setting for setting, _ in item.rows.targets if setting))
    roles = list(dict.fromkeys(role for _, role in item.rows.targets if role))
    said = [
        labels.credits_label(
            float(offer.credits) if offer.credits is not None else None,
            str(offer.credit_scheme) if offer.credit_scheme else None,
        ),
        audience(settings, roles, offer.school_years, words),
    ]
    for run in (*item.runs, *item.lost):
        applying = str(Window.of(run).applying(today))
        parts = (
            labels.term_label(run.term).capitalize(),
            place_label(item.rows.places[run.pk], run.delivery, words),
            labels.standing_label(applying, str(run.state)),
            deadline_label(run.application_closes_on, applying),
        )
        said.append(", ".join(part for part in parts if part))
    return [one for one in said if one]


def _clean(text: str) -> str:
    """What XML can hold."""
    return "".join(char if char.isprintable() else " " for char in text)
