"""Offers of an answer as cards: what was found in them, and what they say whatever was looked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from registry.catalogue import labels
from registry.catalogue.addresses import offer_address
from registry.catalogue.plain import kilometres
from registry.catalogue.presenting import audience, deadline_label, place_label
from registry.catalogue.queries import Found, Result
from registry.catalogue.vocabulary import Entry, Vocabulary
from registry.catalogue.windows import Window
from registry.offers.states import RunState
from registry.web.formatting import long_date, number
from registry.web.i18n import current_language, gettext, voice
from search.protocol import Span

_BEFORE_MARK, _EXCERPT = 60, 180  #: letters of a description

#: A piece of a text, and whether it was found. Templates escape the one and mark the other.
Piece = tuple[str, bool]


class Said(NamedTuple):
    """What the index says of an offer and its best run, as far as a card tells of it: all that ``Rest`` is made from."""

    key: str
    runs: int
    title: str
    language: str | None
    demo: bool
    providers: tuple[str, ...]
    settings: tuple[str, ...]
    roles: tuple[str, ...]
    school_years: str | None
    credits: float | None
    credit_scheme: str | None
    term: str | None
    state: str | None
    delivery: str | None
    places: tuple[str, ...]
    days: tuple[str | None, ...]  #: four: first and last of the run, first and last to apply

    @classmethod
    def of(cls, hit: Found) -> "Said":
        """An offer without a run has nothing stored of one."""
        stored = hit.stored
        return cls(
            hit.key,
            hit.runs,
            stored["title"],
            stored["language"],
            bool(stored["demo"]),
            tuple(stored["providers"]),
            tuple(stored["settings"]),
            tuple(stored["roles"]),
            stored["school_years"],
            stored["credits"],
            stored["credit_scheme"],
            stored.get("term"),
            stored.get("state"),
            stored.get("delivery"),
            tuple(stored.get("places") or ()),
            (stored.get("starts_on"), stored.get("ends_on"), stored.get("opens_on"), stored.get("closes_on")),
        )


class Rest(NamedTuple):
    """What a card says whatever was looked for. ``facts`` are (term, text) in the same order everywhere."""

    key: str
    title: str
    language: str | None
    provider: str
    facts: tuple[tuple[str, str], ...]
    state: str
    color: str
    deadline: str
    more_runs: int
    demo: bool


@dataclass(frozen=True, slots=True)
class Card:
    """An offer in a list."""

    href: str
    marked_title: Sequence[Piece]
    excerpt: Sequence[Piece]  #: of the description, where words that were found stand only there
    rest: Rest


def cards(result: Result, words: Vocabulary, today: date) -> list[Card]:
    """Where each stands is told from its dates as of ``today``, not from what the index thought last night."""
    spoken = voice()
    return [
        Card(
            href=offer_address(hit.key, hit.stored["title"]),
            marked_title=pieces(hit.stored["title"], hit.marks.get("title", ())),
            excerpt=_excerpt(hit),
            rest=words.once(_rest, spoken, Said.of(hit), result.place, today),
        )
        for hit in result.hits
    ]


def _excerpt(hit: Found) -> Sequence[Piece]:
    """Of the description, where nothing was found in the title."""
    return () if hit.marks.get("title") else excerpt(hit.stored.get("about") or "", hit.marks.get("about", ()))


def _rest(words: Vocabulary, _voice: object, said: Said, place: Entry | None, today: date) -> Rest:
    starts, _, _, closes = map(_day, said.days)
    applying = _applying(said, today)
    facts = [
        (gettext("Sted"), place_label(said.places, said.delivery, words)),
        (gettext("Avstand"), _distance(said, place, words)),
        (gettext("Omfang"), labels.credits_label(said.credits, said.credit_scheme)),
        (gettext("Form"), gettext(labels.DELIVERY.get(said.delivery, "")) if said.delivery else ""),
        (gettext("Oppstart"), long_date(starts) or (labels.term_label(said.term) if said.term else "")),
        (gettext("For"), audience(said.settings, said.roles, said.school_years, words)),
    ]
    language = current_language()
    return Rest(
        key=said.key,
        title=said.title,
        language=said.language,
        provider=" / ".join(words.providers[key].name(language) for key in said.providers if key in words.providers),
        facts=tuple((term, text) for term, text in facts if text),
        state=labels.standing_label(applying, said.state),
        color=labels.APPLYING_COLORS.get(applying, "neutral"),
        deadline=deadline_label(closes, applying),
        more_runs=said.runs - 1,
        demo=said.demo,
    )


def pieces(text: str, marks: Sequence[Span], start: int = 0, end: int | None = None) -> list[Piece]:
    """``text`` between two places, cut where marks begin and end."""
    end = len(text) if end is None else end
    found: list[Piece] = []
    for low, high in marks:
        if start <= low and high <= end:
            found += [(text[start:low], False), (text[low:high], True)]
            start = high
    return [(piece, is_found) for piece, is_found in (*found, (text[start:end], False)) if piece]


def excerpt(text: str, marks: Sequence[Span]) -> list[Piece]:
    """The words around the first mark, whole and on one line; nothing where nothing is marked."""
    if not marks:
        return []
    start = text.rfind(" ", 0, max(0, marks[0][0] - _BEFORE_MARK)) + 1 if marks[0][0] > _BEFORE_MARK else 0
    end = len(text) if len(text) - start <= _EXCERPT else text.rfind(" ", start, start + _EXCERPT)
    found = pieces(text, marks, start, max(end, marks[0][1]))
    return [("… ", False)] * bool(start) + found + [(" …", False)] * (end < len(text))


def _distance(said: Said, place: Entry | None, words: Vocabulary) -> str:
    """From the municipality asked about to the nearest place of the run."""
    if place is None or place.position is None:
        return ""
    spots = [words.municipalities[code].position for code in said.places if code in words.municipalities]
    distances = [kilometres(place.position, spot) for spot in spots if spot]
    return gettext("%(km)s km i luftlinje", km=number(round(min(distances)))) if distances else ""


def _applying(said: Said, today: date) -> str:
    if not said.term or not said.state:
        return "unknown"
    return str(Window.made(RunState(said.state), said.term, *map(_day, said.days)).applying(today))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
