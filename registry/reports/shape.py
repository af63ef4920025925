"""What a report is, and the columns that several of them have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from importers.sentences import Sentence
from registry.catalogue.vocabulary import Vocabulary
from registry.catalogue.wording import Row, spoken
from registry.core.errors import InvalidInput
from registry.core.text import norwegian_sort_key
from registry.reports.filters import Filters
from registry.web.i18n import N_, foreign
from registry.web.tables import Column, Kind, Table

Build = Callable[[Session, Filters], dict[str, Any]]


#: Name of a filter -> what it narrows to, in the middle of a sentence.
NARROWED: Mapping[str, Sentence] = {
    "term": Sentence("én termin"),
    "region": Sentence("én region"),
    "provider": Sentence("én institusjon"),
    "owner": Sentence("én eier"),
    "target": Sentence("én målgruppe"),
    "within_reach": Sentence("det som er innen rekkevidde"),
}


@dataclass(frozen=True, slots=True)
class Report:
    """One report. ``rows`` picks the table's rows out of what ``build`` answered."""

    name: str
    title: str
    text: str
    build: Build
    rows: Callable[[Mapping[str, Any]], list[Row]]
    columns: tuple[Column, ...]
    order: Callable[[Row], Any] | None = None  #: of rows that stand by name, which is another in another language
    public: bool = True  #: False: pages ask for sign-in; the command line is the operator's
    takes: frozenset[str] = frozenset()  #: what it may be narrowed to: names of ``Filters``

    @property
    def names_offers(self) -> bool:
        """Do its rows bear names of offers? Those are kept as they are now, whatever day is asked of."""
        return any(column.key.endswith("title") for column in self.columns)

    def unused(self, filters: Filters) -> InvalidInput | None:
        """What to say of a filter that would change nothing, so that nobody reads the report as if it had; None where all is used."""
        for name, label in NARROWED.items():
            given = getattr(filters, name)
            if given and given != "all" and name not in self.takes:
                return InvalidInput("Denne rapporten kan ikke avgrenses til %(what)s.", what=label)
        return None

    def table(self, content: Mapping[str, Any], words: Vocabulary | None = None) -> Table:
        """The report as a table for page and download; with ``words``, named and ordered in the page's language."""
        rows = self.rows(content)
        if words is not None:
            rows = spoken(rows, words)
            rows = sorted(rows, key=self.order) if self.order else rows
        return Table(self.name, self.columns, rows)


def by_name(thing: Row) -> str:
    return norwegian_sort_key(str(thing["name"]))


def in_own_words(thing: Row) -> str | None:
    """``lang`` of a name that the reader's language lacks."""
    return foreign(thing["language"]) if "language" in thing else None


def norwegian(_row: Row) -> str | None:
    """``lang`` of titles, which are kept as they were written."""
    return foreign(None)


def as_written(*texts: str) -> str | None:
    """``lang`` of reasons from before they could be said in another language."""
    return None if all(isinstance(text, Sentence) for text in texts) else foreign(None)


def of(part: str) -> Callable[[Row], str | None]:
    return lambda row: in_own_words(row[part])


def offer_columns(side: str, title: str, provider: str, code: str) -> tuple[Column, ...]:
    return (
        Column(f"{side}_title", title, value=lambda row: row[side]["title"], language=norwegian),
        Column(f"{side}_provider", provider, value=lambda row: row[side]["provider"]["name"]),
        Column(f"{side}_code", code, value=lambda row: row[side]["source_code"]),
    )


RUN = (
    Column("title", N_("Tilbud"), value=lambda row: row["offer"]["title"], language=norwegian),
    Column("provider", N_("Institusjon"), value=lambda row: row["offer"]["provider"]["name"]),
    Column("term", N_("Termin"), Kind.TERM),
)
FIGURES = tuple(
    Column(name, label, Kind.NUMBER)
    for name, label in (
        ("applied", N_("Søkt")),
        ("qualified", N_("Kvalifisert")),
        ("offered", N_("Fått tilbud")),
        ("accepted", N_("Takket ja")),
        ("waitlisted", N_("Venteliste")),
        ("rejected", N_("Avslag")),
        ("withdrawn", N_("Trukket")),
        ("no_show", N_("Ikke møtt")),
        ("started", N_("Startet")),
        ("completed", N_("Fullført")),
    )
)


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def yes(value: object) -> str:
    return N_("Ja") if value else N_("Nei")
