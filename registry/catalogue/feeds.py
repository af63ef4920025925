"""A search that tells by itself: the same answer as an Atom feed (RFC 4287) and as a calendar (RFC 5545).

Both are stable: the same offers give the same bytes, so a reader that asks again is told that nothing is new.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from feedgen.feed import FeedGenerator
from icalendar import Alarm, Calendar, Event
from sqlmodel import Session, col, select

from registry.catalogue import labels
from registry.catalogue.addresses import offer_address
from registry.catalogue.documents import Enricher
from registry.catalogue.parameters import CatalogueQuery
from registry.catalogue.presenting import audience, deadline_label, place_label
from registry.catalogue.queries import Match, Result, every_match
from registry.catalogue.rows import CHUNK, OfferRows, published
from registry.catalogue.vocabulary import Vocabulary, vocabulary
from registry.catalogue.windows import Window, shown_runs
from registry.core.clock import start_of_day
from registry.offers.models import Offer, Run
from registry.offers.states import LOST_RUNS
from registry.web.i18n import current_language, gettext, ngettext
from search.protocol import SearchEngine

MOST_FED = 200  #: offers of a feed, the newest changes
MOST_IN_CALENDAR = 1_000  #: offers of a calendar: some three thousand days
_REMEMBERED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Item:
    """An offer in a feed, with the runs that the search finds, the soonest first, and when any of it changed last."""

    rows: OfferRows
    runs: Sequence[Run]
    lost: Sequence[Run]  #: cancelled or postponed before they began
    changed: datetime


def answer(
    session: Session, engine: SearchEngine, query: CatalogueQuery, marks: Enricher
) -> tuple[Result, dict[str, Match]]:
    """The answer without its hits, and all that is found."""
    words = vocabulary(session)
    matches = every_match(engine, session, query.on_page(1), marks)
    place = words.municipality_named(query.near) if query.near else None
    return Result(query, (), len(matches), {}, place=place, words=words), matches


def newest(session: Session, matches: Mapping[str, Match], today: date) -> list[Item]:
    """At most ``MOST_FED`` of what is found: those that changed last, the newest first."""
    last = sorted(_changes(session, matches, today), reverse=True)[:MOST_FED]
    return sorted(_items(session, matches, [key for _, key in last], today), key=_moment, reverse=True)


def first(session: Session, matches: Mapping[str, Match], today: date) -> list[Item]:
    """At most ``MOST_IN_CALENDAR`` of what is found: those that the search has first, the newest change first."""
    return sorted(_items(session, matches, list(matches)[:MOST_IN_CALENDAR], today), key=_moment, reverse=True)


def items_of(session: Session, keys: Sequence[str], today: date) -> list[Item]:
    """These very offers with all their runs to come; those that are not published are left out."""
    return [_item(rows, None, today) for chunk in published(session, keys) for rows in chunk]


def _items(session: Session, matches: Mapping[str, Match], keys: Sequence[str], today: date) -> list[Item]:
    return [_item(rows, matches[rows.offer.key].runs, today) for chunk in published(session, keys) for rows in chunk]


def _item(rows: OfferRows, matched: Collection[str] | None, today: date) -> Item:
    runs, lost = _told(rows.runs, matched, today)
    return Item(rows, runs, lost, _changed(rows.offer.updated_at, (*runs, *lost), today))


def _told(runs: Sequence[Run], matched: Collection[str] | None, today: date) -> tuple[list[Run], list[Run]]:
    """Runs that are found, and those to come that were lost."""
    shown = [run for run in shown_runs(runs, today) if matched is None or run.key in matched]
    lost = [run for run in runs if run.state in LOST_RUNS and run not in shown and Window.of(run).last_day >= today]
    return shown, lost


def _changed(offer: datetime, runs: Iterable[Run], today: date) -> datetime:
    """When any of it changed last, by somebody's hand or because a day came."""
    moments = [offer]
    for run in runs:
        moments += [run.updated_at, start_of_day(max(Window.of(run).unchanged_since(today), date(1970, 1, 2)))]
    return max(moments)


def _changes(session: Session, matches: Mapping[str, Match], today: date) -> Iterator[tuple[datetime, str]]:
    """(when it changed, key) of each offer: of thousands, so nothing else of them is read."""
    keys = list(matches)
    for start in range(0, len(keys), CHUNK):
        some = col(Offer.key).in_(keys[start : start + CHUNK])
        offers = session.exec(select(Offer.id, Offer.key, Offer.updated_at).where(some)).all()
        runs: defaultdict[int | None, list[Any]] = defaultdict(list)
        of_them = select(*_SAID_OF_A_RUN).where(col(Run.offer_id).in_([number for number, _, _ in offers]))
        for run in session.execute(of_them):
            runs[run.offer_id].append(run)
        for number, key, updated in offers:
            shown, lost = _told(runs[number], matches[key].runs, today)
            yield _changed(updated, (*shown, *lost), today), key


#: As much of a run as its changes hang on; a row of it is read as if it were the run.
_SAID_OF_A_RUN: Sequence[Any] = (
    Run.offer_id,
    Run.key,
    Run.term,
    Run.state,
    Run.starts_on,
    Run.ends_on,
    Run.application_opens_on,
    Run.application_closes_on,
    Run.updated_at,
)


def _moment(item: Item) -> tuple[datetime, str]:
    return item.changed, item.rows.offer.key


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
    found: Sequence[Item],
    words: Vocabulary,
    *,
    title: str,
    page: str,
    reminder: timedelta,
    today: date,
    left_out: int = 0,
) -> bytes:
    """All-day events: when applications open, the deadline with a reminder so long before it, and the first day.

    Days that passed more than a month ago are left out: they are half of what there is, and nobody waits for them. That so
    many offers are ``left_out`` is said in the calendar's description.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Tilbudsregisteret//NO")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _clean(title))
    if left_out:
        said = ngettext(
            "Kalenderen er full: %(num)d tilbud til er ikke med. Avgrens søket for å få med alle.",
            "Kalenderen er full: %(num)d tilbud til er ikke med. Avgrens søket for å få med alle.",
            left_out,
        )
        calendar.add("description", said)
        calendar.add("x-wr-caldesc", said)
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
    event.add("summary", _clean(said))
    event.add("description", _clean(_providers(item, words)))
    event.add("url", offer_address(offer.key, offer.title, _external=True))
    event.add("transp", "TRANSPARENT")  # a deadline keeps nobody busy
    if place := place_label(item.rows.places[run.pk], run.delivery, words):
        event.add("location", _clean(place))
    if run.state in LOST_RUNS:
        event.add("status", "CANCELLED")
    elif kind == "frist":
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", _clean(said))
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
    """What XML and a calendar can hold, on one line."""
    return "".join(char if char.isprintable() else " " for char in text)
