"""From what coordination knows to what its pages and downloads show."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from registry.catalogue.labels import DELIVERY
from registry.coordination.labels import (
    FIELD_LABELS,
    N_,
    REACH_LABELS,
    SAMENESS_LABELS,
    STRENGTH_LABELS,
    VERDICT_LABELS,
)
from registry.coordination.queries.desk.board import QueueRow
from registry.coordination.queries.desk.deciding_fields import FIELDS
from registry.coordination.queries.desk.side_by_side import SeenOffer, TermFigures
from registry.coordination.queries.detecting.runs import day_of
from registry.coordination.queries.reports.offers import Card
from registry.coordination.states import PairKind
from registry.core import terms
from registry.matching.text import as_written
from registry.reference.models import County, Level, Measure, Municipality, Subject, TargetRole, TargetSetting
from registry.web.formatting import short_date, term_name
from registry.web.i18n import current_language, gettext, said
from registry.web.tables import Column, Kind, Table

#: The matching's own words for where and as what people work, beside those of the reference lists.
_EXTRA = {
    "compulsory_school": N_("Grunnskole"),
    "company_training": N_("Opplæring i bedrift"),
    "ppt": N_("PP-tjenesten"),
    "higher_education_staff": N_("Andre med høyere utdanning"),
    "lower": N_("Lavere nivå"),
    "higher": N_("Høyere nivå"),
    "vocational": N_("Fagskole"),
    "specialist": N_("Lærerspesialistutdanning"),
    "ppu": N_("Praktisk-pedagogisk utdanning"),
    "full_year": N_("Årsstudium"),
    "extension": N_("Påbygging eller fordypning"),
    "preparatory": N_("Forkurs"),
}


_LONG = 300  # characters of a description that are shown beside the other one
_SHORT_WORD = 3  # letters: "og", "til" and the like are in every text
_WORD = re.compile(r"(\w+)")

Marked = list[tuple[str, bool]]  #: pieces of a text in their order, and whether another text has the word too


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of the offers, side by side; an empty value is unknown."""

    label: str
    values: Sequence[str]
    is_quoted: bool = False  #: the titles' own words, in their language
    marked: Sequence[Marked] = ()  #: of texts that are to be read: each one's words, with those that another has too

    @property
    def standing(self) -> str:
        """same | differs | unknown: unknown is unknown, not a difference. Texts that are not the same are for people to judge: read."""
        known = {value for value in self.values if value}
        if self.marked and len(known) > 1:
            return "read"
        if len(known) > 1:
            return "differs"
        return "same" if all(self.values) else "unknown"


def side_marks(number: int) -> list[str]:
    """A, B, C … by which the offers are told apart; AA follows Z."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return [letters[n % 26] * (n // 26 + 1) for n in range(number)]


def field_rows(session: Session, *sides: SeenOffer) -> list[FieldRow]:
    """The deciding fields of all, in the same order; fields that none tells are left out."""
    names = _names(session)
    rows = []
    for name in FIELDS:
        values = [_shown(name, side.fields.get(name, ""), names, str(side.card["title"])) for side in sides]
        if any(values):
            rows.append(FieldRow(FIELD_LABELS[name], values, is_quoted=name == "focus"))
    where = place_names(session, {code for side in sides for code in side.places})
    taught = {
        N_("Undervisningsform"): [
            sorted({gettext(DELIVERY[run.delivery]) for run in side.latest if run.delivery}) for side in sides
        ],
        N_("Undervisningssted"): [[where.get(code, code) for code in side.places] for side in sides],
        N_("Oppstart"): [[short_date(day) for day in sorted(_starts(side))] for side in sides],
    }
    rows += [FieldRow(label, [", ".join(one) for one in told]) for label, told in taught.items() if any(told)]
    texts = {
        FIELD_LABELS["outcomes"]: [side.outcomes for side in sides],
        N_("Beskrivelse"): [side.description for side in sides],
    }
    rows += [FieldRow(label, told, True, marked_texts(told)) for label, told in texts.items() if any(told)]
    return rows


def _starts(side: SeenOffer) -> set[date]:
    return {run.starts_on for run in side.latest if run.starts_on}


def marked_texts(texts: Sequence[str]) -> list[Marked]:
    """Each text in pieces, with the words that at least one of the others has too."""
    words = [{word for word in _WORD.findall(text.casefold()) if len(word) > _SHORT_WORD} for text in texts]
    found = []
    for place, text in enumerate(texts):
        others = set[str]().union(*words[:place], *words[place + 1 :])
        pieces: Marked = []
        for piece in filter(None, _WORD.split(text)):
            is_shared = piece.casefold() in others
            if pieces and pieces[-1][1] == is_shared:
                pieces[-1] = (pieces[-1][0] + piece, is_shared)
            else:
                pieces.append((piece, is_shared))
        found.append(pieces)
    return found


def _shown(name: str, value: str, names: Mapping[str, str], title: str) -> str:
    if name == "outcomes":
        return ""  # the fingerprint of a text says nothing to people: the text itself is a row of its own
    if name in ("subject", "setting", "role", "level", "kind"):
        return ", ".join(names.get(code, code) for code in value.split(",") if code)
    if name == "focus":
        return " ".join(as_written(title, value.split()))
    if name == "credits":
        return value.replace(".", ",")
    return value.replace("-", "–") if name == "school_years" else value


def _name(row: Any) -> str:
    """In the reader's language where the registry has it, else in bokmål."""
    return str(getattr(row, f"name_{current_language()}", None) or row.name_nb)


def _names(session: Session) -> dict[str, str]:
    found = {code: gettext(name) for code, name in _EXTRA.items()}
    models: tuple[Any, ...] = (Subject, TargetSetting, TargetRole, Level)
    for model in models:
        found.update({row.code: _name(row) for row in session.exec(select(model))})
    return found


def told_of_many(rows: Sequence[QueueRow]) -> tuple[list[str], dict[int, list[str]]]:
    """The sentences of evidence that every pair has, and those that are each one's own, by pair."""
    lines = {
        row.pair.pk: [line["sentence"] for line in row.pair.evidence if line["what"] not in ("name", "title")]
        for row in rows
    }
    every = set.intersection(*map(set, lines.values())) if lines else set()
    first = next(iter(lines.values()), [])
    own = {pair: [one for one in told if one not in every] for pair, told in lines.items()}
    return [one for one in first if one in every], own


@dataclass(frozen=True, slots=True)
class TermPoint:
    """One term in a side's chart; ``value`` None is unknown, ``None`` in every field a term without runs."""

    term: str
    label: str
    value: int | None = None
    minimum: int | None = None
    places: int | None = None
    is_lost: bool = False
    is_short: bool = False
    is_taught: bool = True
    minimum_is_default: bool = False  #: the rule's, not the provider's


def term_points(*sides: SeenOffer) -> tuple[list[list[TermPoint]], int]:
    """For each side a point for every term that either has, oldest first, and the largest number of them all."""
    told = [{figures.term: figures for figures in side.figures} for side in sides]
    axis = sorted({term for known in told for term in known}, key=terms.sort_key)
    charts = [[_point(term, known.get(term)) for term in axis] for known in told]
    numbers = [max(point.value or 0, point.minimum or 0) for chart in charts for point in chart]
    return charts, max(numbers, default=0)


def _point(term: str, figures: TermFigures | None) -> TermPoint:
    label = term_name(term)
    if figures is None:
        return TermPoint(term, label, is_taught=False)
    return TermPoint(
        term,
        label,
        figures.applicants,
        figures.minimum,
        figures.places,
        figures.is_lost,
        figures.is_short,
        minimum_is_default=figures.minimum_is_default,
    )


@dataclass(frozen=True, slots=True)
class ReachTile:
    """One county on the small map: the marks of those who teach there ("A", "B" …)."""

    code: str
    name: str
    sides: Sequence[str]


def reach_tiles(session: Session, *sides: SeenOffer) -> list[ReachTile]:
    """Every county, in the order of its code."""
    marked = list(zip(side_marks(len(sides)), sides, strict=True))
    return [
        ReachTile(code, name, [mark for mark, side in marked if code in side.counties])
        for code, name in session.exec(select(County.code, County.name_nb).order_by(County.code))
    ]


def value_names(session: Session) -> dict[str, str]:
    """Words in bokmål for the codes of subjects, levels, target groups and measures."""
    found = _names(session)
    found.update({row.code: row.name_nb for row in session.exec(select(Measure))})
    return found


def shown_value(field: str, value: Any, names: Mapping[str, str]) -> str:
    """A value of an offer as a person reads it; long texts are cut."""
    if value in (None, ""):
        return "–"
    if field.endswith("_code"):
        return names.get(str(value), str(value))
    text = f"{value:g}".replace(".", ",") if field == "credits" else str(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]} …"


def shown_run_value(field: str, value: Any, names: Mapping[str, str]) -> str:
    """A value of a run as a person reads it. ``names``: of municipalities, by code."""
    if value in (None, "", []):
        return "–"
    if field == "municipalities":
        return ", ".join(names.get(code, code) for code in value)
    if field == "delivery":
        return gettext(DELIVERY[value])
    return short_date(value) if isinstance(value, date) else str(value)


def place_names(session: Session, codes: Iterable[str]) -> dict[str, str]:
    """Names in bokmål of municipalities."""
    query = select(Municipality.code, Municipality.name_nb).where(col(Municipality.code).in_(list(codes)))
    return dict(session.exec(query).all())


def subject_name(session: Session, code: str) -> str:
    """The subject's name in bokmål; the code where there is no such subject."""
    return session.exec(select(Subject.name_nb).where(Subject.code == code)).first() or code


def pair_table(rows: Sequence[QueueRow], kind: PairKind) -> Table:
    """The queue as a download."""
    offer = [column for side in ("a", "b") for column in _side(side)]
    labels = VERDICT_LABELS if kind is PairKind.OVERLAP else SAMENESS_LABELS
    columns = (
        *offer,
        Column("strength", N_("Styrke"), Kind.LABEL, value=lambda row: STRENGTH_LABELS[row.pair.strength]),
        Column("reach", N_("Rekkevidde"), Kind.LABEL, value=lambda row: REACH_LABELS[row.pair.reach]),
        Column("terms", N_("Terminer"), Kind.TERM, value=lambda row: row.pair.terms),
        Column("score", N_("Poeng"), Kind.NUMBER, value=lambda row: round(row.pair.score, 2)),
        Column("rule", N_("Regel"), value=lambda row: row.rule),
        Column(
            "decision",
            N_("Avgjørelse"),
            Kind.LABEL,
            value=lambda row: labels[row.decision.verdict] if row.decision else None,
        ),
    )
    if kind is PairKind.DUPLICATE:
        columns = (
            *columns,
            Column("merged", N_("Slått sammen"), Kind.DATE, value=lambda row: row.merged and day_of(row.merged)),
        )
    return Table("overlapp" if kind is PairKind.OVERLAP else "dubletter", columns, rows)


def _side(side: str) -> tuple[Column, ...]:
    """The columns of one of the two offers."""

    def told(of: Callable[[Card], Any]) -> Callable[[QueueRow], Any]:
        return lambda row: of(getattr(row, side))

    return (
        Column(f"{side}_title", N_("Tilbud"), value=told(lambda card: card["title"])),
        Column(f"{side}_provider", N_("Institusjon"), value=told(lambda card: card["provider"]["name"])),
        Column(f"{side}_code", N_("Kode"), value=told(lambda card: card["source_code"])),
    )


def risk_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Runs at risk as a download."""
    columns = (
        Column("title", N_("Tilbud"), value=lambda row: row["offer"]["title"]),
        Column("provider", N_("Institusjon"), value=lambda row: row["offer"]["provider"]["name"]),
        Column("term", N_("Termin"), Kind.TERM),
        Column("deadline", N_("Søknadsfrist")),
        Column("applicants", N_("Søkere"), Kind.NUMBER),
        Column("minimum", N_("Minstetall"), Kind.NUMBER),
        Column("probability", N_("Sannsynlighet for avlysning"), Kind.PERCENT),
        Column("last_national", N_("Siste i landet"), Kind.LABEL, value=lambda row: _yes(row["last_national"])),
        Column("rule", N_("Regel")),
        Column("reasons", N_("Begrunnelse"), value=lambda row: " ".join(map(said, row["reasons"]))),
        Column("advice", N_("Råd"), value=lambda row: " ".join(map(said, row["advice"]))),
    )
    return Table("utsatte-kull", columns, list(rows))


def subject_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Subjects as a download."""
    columns = (
        Column("name", N_("Fag")),
        Column("small", N_("Lite fag"), Kind.LABEL, value=lambda row: _yes(row["small"])),
        Column("since", N_("Siden")),
        Column("offers", N_("Tilbud"), Kind.NUMBER),
        Column("national_offers", N_("Tilbud for hele landet"), Kind.NUMBER),
        Column("covered", N_("Dekket"), Kind.LABEL, value=lambda row: _yes(row["covered"])),
        Column("rule", N_("Regel")),
        Column("reason", N_("Begrunnelse"), value=lambda row: said(row["reason"])),
    )
    return Table("sma-fag", columns, list(rows))


def _yes(value: object) -> str:
    return N_("Ja") if value else N_("Nei")
