"""Columns known by their headings: Norwegian or English, in any order, whatever the case and spacing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from importers.protocol import Notice, PayloadRefused
from importers.sentences import Sentence, counted, in_quotes, joined, listed, own_name
from importers.text import fold, quoted

_ALIKE = 70  # of 100: "Studepoeng" and "Studiepoeng" score 95, unrelated headings below 50


class Unreadable(ValueError):
    """A cell cannot be understood. ``text`` says why, ``cure`` what to write; both without the column."""

    def __init__(self, text: Sentence, cure: Sentence) -> None:
        super().__init__(text)
        self.text = text
        self.cure = cure


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a template. ``read`` turns the text of a cell that is not empty into a value, or raises Unreadable."""

    field: str
    nb: str
    nn: str
    en: str
    read: Callable[[str], object]
    explained: str
    example: str
    allowed: str = ""
    required: bool = False
    also: tuple[str, ...] = ()  #: other headings that are understood

    @property
    def name(self) -> Sentence:
        """The heading in the reader's language: the sheet may have any of the three."""
        return own_name(self.nb, nn=self.nn, en=self.en)

    @property
    def headings(self) -> tuple[str, ...]:
        return (self.nb, self.nn, self.en, *self.also)


@dataclass(frozen=True, slots=True)
class Found:
    """The columns of one sheet: for each the place in the row and the heading as the user wrote it."""

    places: Mapping[str, int]
    headings: tuple[str, ...]
    notices: tuple[Notice, ...]

    def heading(self, field: str) -> str:
        return self.headings[self.places[field]]

    def raw(self, cells: Sequence[str | None]) -> dict[str, str | None]:
        """A row as it came: every cell under a heading, and those with content under none by the letter of the column."""
        return {
            self.headings[i] if i < len(self.headings) and self.headings[i] else f"kolonne {letter(i)}": cell
            for i, cell in enumerate(cells)
            if cell or (i < len(self.headings) and self.headings[i])
        }


def plain(heading: str) -> str:
    """A heading without case, spaces and signs: "Søknad  åpner *" and "søknad_åpner" are the same."""
    return "".join(character for character in fold(heading).casefold() if character.isalnum())


def index(columns: Sequence[Column]) -> dict[str, Column]:
    """Every heading that is understood, plain."""
    return {plain(heading): column for column in columns for heading in column.headings}


def letter(place: int) -> str:
    """The letter that a spreadsheet shows for a column: 0 is A, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def find(cells: Sequence[str | None], columns: Sequence[Column]) -> Found:
    """Match a row of headings with the columns.

    Unknown headings become notices. Raises :class:`PayloadRefused` where a required heading is missing or one is twice.
    """
    known = index(columns)
    places: dict[str, int] = {}
    seen: dict[str, int] = {}
    unknown: list[str] = []
    headings = tuple(fold((cell or "").strip()).removesuffix("*").strip() for cell in cells)
    for place, heading in enumerate(headings):
        if not plain(heading):
            continue
        column = known.get(plain(heading))
        key = column.field if column else plain(heading)
        if key in seen:
            raise PayloadRefused(
                Sentence(
                    "Overskriften %(heading)s står i både kolonne %(first)s og %(second)s.",
                    heading=quoted(heading),
                    first=letter(seen[key]),
                    second=letter(place),
                ),
                Sentence("Slett den ene kolonnen eller gi den et annet navn."),
            )
        seen[key] = place
        if column:
            places[column.field] = place
        else:
            unknown.append(heading)
    missing = [column for column in columns if column.required and column.field not in places]
    if missing:
        names = listed([in_quotes(column.name) for column in missing])
        raise PayloadRefused(
            counted(
                "Arket mangler kolonnen %(names)s.", "Arket mangler kolonnene %(names)s.", len(missing), names=names
            ),
            Sentence("Legg til overskriften i den første raden. Bruk gjerne malen."),
        )
    return Found(places, headings, tuple(_unknown(heading, known) for heading in unknown))


def _unknown(heading: str, known: Mapping[str, Column]) -> Notice:
    text = Sentence("Kolonnen %(heading)s er ikke kjent og blir ikke lest.", heading=quoted(heading))
    nearest = process.extractOne(plain(heading), list(known), scorer=fuzz.ratio, score_cutoff=_ALIKE)
    if nearest is None:
        return Notice(text)
    return Notice(joined((text, Sentence("Mente du %(heading)s?", heading=in_quotes(known[nearest[0]].name)))))
