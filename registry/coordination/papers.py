"""A meeting's frozen papers as files: an OpenDocument text and a workbook. Both are drawn from the pack alone."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from odf import style as styles
from odf import table as tables
from odf import text as texts
from odf.opendocument import OpenDocumentText
from odf.style import Style, TableCellProperties, TextProperties
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from importers.text import storable
from registry.coordination.labels import EVENT_LABELS, N_, PERMITTED_LABELS, REGION_LABELS, VERDICT_LABELS, WAY_LABELS
from registry.coordination.meetings import Pack
from registry.web.export import neutral
from registry.web.formatting import long_date, number, percent, term_name
from registry.web.i18n import gettext

Rows = list[list[Any]]
_SHEET_NAME = 31  # characters, by the format
_NARROWEST, _WIDEST = 8, 60  # of a sheet's columns, in characters; longer text is broken
_DATE, _SHARE = "dd.mm.yyyy", "0 %"
#: What every page of a demonstration's papers says.
DEMONSTRATION = N_("Demonstrasjonsdata. Søkere og tall er oppdiktet, og oppdiktede tilbud er merket.")


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the papers; ``sheet`` is its name in a workbook, where the heading is too long for one."""

    heading: str
    columns: list[str]
    rows: Rows
    sheet: str = ""


#: Figures of the pack in the order shown.
FIGURES: Sequence[tuple[str, str]] = (
    ("cases", N_("saker venter")),
    ("decided", N_("par besvart siden sist")),
    ("proposals", N_("forslag venter på svar")),
    ("at_risk", N_("kull kan bli avlyst")),
    ("last_national", N_("av dem er siste i landet")),
    ("small_subjects", N_("små fag")),
    ("uncovered", N_("små fag uten tilbud for hele landet")),
    ("established", N_("tilbud opprettet siden sist")),
    ("discontinued", N_("tilbud lagt ned siden sist")),
    ("cancelled", N_("kull avlyst siden sist")),
    ("no_longer_taught", N_("tilbud som ikke gis lenger")),
)


def sections(pack: Pack) -> list[Section]:
    """Every table in the papers in the order of the agenda, in the reader's language; reasons as they were frozen."""
    figures = [[gettext(label), pack["figures"].get(name)] for name, label in FIGURES]
    cases = [
        [
            case["item"].removeprefix("case:"),
            term_name(case["term"]),
            _word(REGION_LABELS, case["region"]) if case["region"] else gettext("Hele landet"),
            one["title"],
            one["provider"],
            one["applicants"],
            _minimum(one),
            one["places"],
            " ".join(case["evidence"]) if place == 0 else "",  # told once, with the first offer
        ]
        for case in pack["cases"]
        for place, one in enumerate(case["offers"])
    ]
    risk = [
        [
            run["title"],
            run["provider"],
            term_name(run["term"]),
            run["applicants"],
            _minimum(run),
            run["probability"],
            " ".join(run["reasons"]),
        ]
        for run in pack["at_risk"]
    ]
    dark = [[row["name"], term_name(row["term"]), row["runs"], row["probability"]] for row in pack.get("dark", ())]
    small = [
        [
            row["name"],
            row["reason"],
            row["offers"],
            row["national_offers"],
            gettext("Ja") if row["covered"] else gettext("Nei"),
            " ".join(
                f"{_day(one['date'])}, {one['title']}: {one['reason']} ({_word(PERMITTED_LABELS, one['state']).lower()})."
                for one in row.get("decisions", ())
            ),
        ]
        for row in pack["small_subjects"]
    ]
    events = [
        [_date(one["date"]), _word(EVENT_LABELS, one["event"]), one["title"], one["provider"], term_name(one["term"])]
        for one in pack["events"]
    ]
    decided = [
        [_date(one["date"]), " – ".join(one["titles"]), _word(VERDICT_LABELS, one["verdict"]), one["note"] or ""]
        for one in pack["decided"]
    ]
    proposals = [
        [
            _date(one["date"]),
            one["sender"] or gettext("Nettverket"),
            one["receiver"],
            " – ".join(one.get("titles", ())),  # papers frozen before the offers were told have none
            _word(WAY_LABELS, one["way"]),
        ]
        for one in pack["proposals"]
    ]
    offer, institution, term = gettext("Tilbud"), gettext("Institusjon"), gettext("Termin")
    applicants, minimum, why = gettext("Søkere"), gettext("Minstetall"), gettext("Begrunnelse")
    region, places, probability = gettext("Region"), gettext("Plasser"), gettext("Sannsynlighet for avlysning")
    subject, date_ = gettext("Fag"), gettext("Dato")
    return [
        Section(gettext("Tall"), [gettext("Hva"), gettext("Antall")], figures),
        Section(
            gettext("Saker"),
            [gettext("Sak"), term, region, offer, institution, applicants, minimum, places, why],
            cases,
        ),
        Section(
            gettext("Forslag som venter"),
            [date_, gettext("Fra"), gettext("Til"), gettext("Tilbudene"), gettext("Måte")],
            proposals,
        ),
        Section(gettext("Utsatte kull"), [offer, institution, term, applicants, minimum, probability, why], risk),
        Section(
            gettext("Fag som kan bli uten kull"),
            [subject, term, gettext("Kull"), gettext("Sannsynlig at alle blir avlyst")],
            dark,
            gettext("Fag uten kull"),
        ),
        Section(
            gettext("Små fag"),
            [
                subject,
                gettext("Hvorfor det er lite"),
                gettext("Tilbud"),
                gettext("Tilbud for hele landet"),
                gettext("Dekket"),
                gettext("Vedtak om siste tilbud"),
            ],
            small,
        ),
        Section(
            gettext("Opprettet og avsluttet siden sist"),
            [date_, gettext("Hendelse"), offer, institution, term],
            events,
            gettext("Opprettet og avsluttet"),
        ),
        Section(
            gettext("Besvart siden sist"),
            [date_, gettext("Tilbudene"), gettext("Svar"), gettext("Merknad")],
            decided,
        ),
    ]


def as_workbook(pack: Pack, decisions: Sequence[tuple[str, str]], mark: str = "") -> bytes:
    """One sheet for each section, and one for what was decided: ``decisions`` are (item in words, what was decided).

    ``mark`` heads every printed page, and ends the first sheet.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    decided = Section(gettext("Vedtak"), [gettext("Gjelder"), gettext("Vedtak")], [list(one) for one in decisions])
    for one in (*sections(pack), decided):
        sheet = book.create_sheet((one.sheet or one.heading)[:_SHEET_NAME])
        _fill(sheet, [one.columns, *one.rows])
        sheet.oddHeader.center.text = mark
    if mark:
        book.worksheets[0].append([mark])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Worksheet, rows: Rows) -> None:
    """The cells as what they are, in columns as wide as what stands in them."""
    for row in rows:
        sheet.append([neutral(cell) for cell in row])
    for head in sheet[1]:
        head.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for place, column in enumerate(sheet.iter_cols(), 1):
        longest = max(10 if isinstance(cell.value, date) else len(str(cell.value or "")) for cell in column)
        sheet.column_dimensions[get_column_letter(place)].width = min(max(longest + 2, _NARROWEST), _WIDEST)
        for cell in column:
            cell.alignment = Alignment(vertical="top", wrap_text=longest > _WIDEST)
            if isinstance(cell.value, date):
                cell.number_format = _DATE
            elif isinstance(cell.value, float):
                cell.number_format = _SHARE


def as_text(title: str, held_on: date, pack: Pack, decisions: Sequence[tuple[str, str]], mark: str = "") -> bytes:
    """The papers as an OpenDocument text. ``decisions`` are (item in words, what was decided); ``mark`` heads every page."""
    document = OpenDocumentText()
    _head(document, mark)
    bold = Style(name="Bold", family="text")
    bold.addElement(TextProperties(fontweight="bold"))
    cell = Style(name="Cell", family="table-cell")
    cell.addElement(TableCellProperties(padding="0.1cm", borderbottom="0.5pt solid #999999"))
    document.automaticstyles.addElement(bold)
    document.automaticstyles.addElement(cell)
    body = document.text
    if mark:
        body.addElement(texts.P(text=mark))
    body.addElement(texts.H(outlinelevel=1, text=storable(title)))
    body.addElement(texts.P(text=f"{long_date(held_on)}. {gettext('Tall per')} {_day(pack['as_of'])}."))
    parts = sections(pack)
    body.addElement(texts.H(outlinelevel=2, text=gettext("Saksliste")))
    for place, one in enumerate(parts, 1):
        body.addElement(texts.P(text=f"{place}. {one.heading}"))
    if decisions:
        body.addElement(texts.H(outlinelevel=2, text=gettext("Vedtak")))
        for about, words in decisions:
            body.addElement(texts.P(text=storable(f"{about}: {words}" if about else words)))
    for place, one in enumerate(parts, 1):
        body.addElement(texts.H(outlinelevel=2, text=f"{place}. {one.heading}"))
        if not one.rows:
            body.addElement(texts.P(text=gettext("Ingen.")))
            continue
        drawn = tables.Table(name=one.heading)
        drawn.addElement(tables.TableColumn(numbercolumnsrepeated=len(one.columns)))
        for line, strong in ((one.columns, True), *((row, False) for row in one.rows)):
            drawn.addElement(_row(line, cell, bold if strong else None))
        body.addElement(drawn)
    out = io.BytesIO()
    document.write(out)
    return out.getvalue()


def _head(document: Any, mark: str) -> None:
    """The words at the top of every page."""
    layout = styles.PageLayout(name="Page")
    document.automaticstyles.addElement(layout)
    page = styles.MasterPage(name="Standard", pagelayoutname=layout)
    document.masterstyles.addElement(page)
    if mark:
        head = styles.Header()
        head.addElement(texts.P(text=mark))
        page.addElement(head)


def _row(line: Sequence[Any], cell: Any, strong: Any) -> Any:
    drawn = tables.TableRow()
    for value in line:
        words = storable(_words(value) or "–")
        paragraph = texts.P()
        paragraph.addElement(texts.Span(stylename=strong, text=words) if strong else texts.Span(text=words))
        box = tables.TableCell(stylename=cell)
        box.addElement(paragraph)
        drawn.addElement(box)
    return drawn


def _words(value: Any) -> str:
    match value:
        case None:
            return ""
        case float():
            return percent(value)
        case int():
            return number(value)
        case date():
            return long_date(value)
    return str(value)


def _minimum(one: Mapping[str, Any]) -> Any:
    """The number alone is the provider's own."""
    if one["minimum"] is None or not one.get("minimum_is_default"):
        return one["minimum"]
    return gettext("%(number)s (fra regelen)", number=number(one["minimum"]))


def _word(labels: Mapping[str, str], code: str) -> str:
    return gettext(labels[code])


def _date(text: str) -> date:
    return date.fromisoformat(text)


def _day(text: str) -> str:
    return long_date(_date(text))
