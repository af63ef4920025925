"""Numbers in a programme's name: credits, calendar years, ages, school years, step and part.

Each finder takes the folded text (see :func:`registry.matching.text.fold`) and gives back what it found
together with the text in which the piece is rubbed out, so that no number is read twice:
"Matematikk 2, 5.-10. trinn (15 studiepoeng)" has four numbers and three meanings.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from registry.matching.text import blank
from registry.matching.vocabulary import YEAR_WORDS

FIRST_YEAR, LAST_YEAR = 1, 13

_CREDITS: Final = re.compile(
    r"[(\[]?\s*(?<![\d.,])(\d{1,3}(?:[.,]5)?)\s*-?\s*(?:studiepoeng|fagskolepoeng|studp|stp|sp|ects|credits|poeng|vekttall)\b"
    r"\.?\s*[)\]]?"
)
_CALENDAR: Final = re.compile(r"\b(?:19|20)\d\d(?:\s*[-/]\s*(?:(?:19|20)?\d\d))?\b|\better 1900\b")
_AGES: Final = re.compile(r"\(?\b(\d{1,2})\s*(?:-|til)\s*(\d{1,2})\s*(?:års?|åringer)\b\)?")
#: "year 2" is a year of study; no further education lasts till its fifth, so "year 5" is a school year.
_DURATION: Final = re.compile(
    r"\b\d{1,3}\.?\s*(?:år|uker|timer|dager)\b(?: (?=bachelor|idrett))?|\byear [1-4]\b(?!\s*(?:-|to\b|through\b))"
)
_COURSE_CODE: Final = re.compile(r"\b[a-zæøå]{2,8}-?\d{3,5}[a-z]?\b|\b\d{4,}\b|\b3d\b|\b2\. (?=språk)")

_N = r"(1[0-3]|[1-9])"
_ORDINAL = r"(?:\.|st\b|nd\b|rd\b|th\b)"
_BETWEEN = rf"\s*{_ORDINAL}?\s*(?:-+|til\b|og med\b|to\b|through\b)\s*"
_UNIT = r"(?:års?trinn?(?:et)?|trinn?(?:et|a|ene)?|klasse|årssteg|steg|grades?)"
_UNIT_BEFORE = rf"(?:{_UNIT}|years?)"  # "10 years" is an age or a duration
#: "5.-10. trinn", "1 -7 trinn", "5. til 10. trinn", "1.-7-trinn", "5th to 10th grade"
_YEARS_THEN_UNIT: Final = re.compile(rf"\(?(?<![\d,]){_N}{_BETWEEN}{_N}\s*{_ORDINAL}?\s*-?\s*{_UNIT}\b\.?\)?")
#: "trinn 1-7", "trinn 1 10" (a lost dash), "trinn 1. -7. trinn", "years 5 to 10", "grade 5 through 7"
_UNIT_THEN_YEARS: Final = re.compile(rf"\b{_UNIT_BEFORE}\s+{_N}(?:{_BETWEEN}|\s+){_N}\b\.?(?:\s*{_UNIT})?")
#: "Engelsk 1, 1-7", "(5-10)", "grunnskolelærerutdanning 1-7"
_BARE_YEARS: Final = re.compile(
    rf"\(?(?<![\d,.\-]){_N}\s*\.?\s*-\s*{_N}\b\.?(?!\s*(?:år|stp|sp\b|studiepoeng|-?\d))\)?"
)
_AND_YEARS: Final = re.compile(rf"\s*(?:og|,|/)\s*{_N}{_BETWEEN}{_N}\b\.?(?:\s*{_UNIT})?")
#: "8. trinn", "8th grade", "year 8": one school year. A bare "trinn 1" is a step, not a school year.
_ONE_YEAR: Final = re.compile(
    rf"(?<![\d,\-]){_N}(?:\.\s*(?:års?trinn?|klasse)|(?:st|nd|rd|th) grade)\b|\b(?:year|grade) {_N}\b(?!\s*-)"
)

#: The spans that the sector really uses; any other pair of bare numbers is doubtful.
_USUAL: Final = frozenset(
    {(1, 4), (1, 7), (1, 10), (1, 13), (2, 4), (4, 7), (5, 7), (5, 10), (8, 10), (8, 13), (11, 13)}
)

_WHOLE: Final = re.compile(r"\b(?:del|parts?) (?:1|i)\s*(?:og|and|\+|&|-)\s*(?:(?:del|part)\s*)?(?:2|ii)\b")
_PART: Final = re.compile(
    r"\b(?:del|part|modul|module|emne|nivå|kurs|trinn?|steg|fokus individnivå|veilederemne)\s+(\d|iii|ii|iv|i(?! [a-zæøå])|[a-d])\b"
)
#: "Naturfag trinn I", "nivå 2": a step under another name.
_NAMED_STEP: Final = re.compile(r"\b(?:trinn?|steg|nivå|individnivå|step|level)\s+([1-4]|iii|ii|iv|i(?! [a-zæøå]))\b")
#: An introduction is a first part: "Innføring i spesialpedagogikk" is not the whole subject.
_INTRODUCTION: Final = re.compile(
    r"^(?:en )?(?:(?:innføring|introduksjon|introduction)(?:s(?:kurs|emne))? (?:i|til|to)|grunnkurs i|kurs i grunnleggende)\b"
)
#: So is the first half of a year's study, wherever it is said.
_FIRST_UNIT: Final = re.compile(r"\bgrunnleggende enhet\b|\bførstesemesterstudi\w+")
_GUESSED: Final = 0.6  # confidence of a part that no number tells; it tells no step
_STEP_AND_PART: Final = re.compile(r"(?<![\w.,\-])([1-6])([ab])\b")
_STEP_AND_PROFILE: Final = re.compile(
    r"(?<![\w.,\-])([1-6])m[bu]\b"
)  # "Matematikk 1MB": for barnetrinnet; "1MU": ungdomstrinnet
_STEP: Final = re.compile(r"(?<=[a-zæøå)]) ?-? ?(?<!\d)([1-6])(?![\d%]|\s*\.?\s*år\b|\s*-\s*årig|[.,]\d|[a-z])")
_ROMAN_STEP: Final = re.compile(r"(?<=[a-zæøåA-ZÆØÅ)] )(III|II|IV|I)\b")  # upper case only: "i" is a preposition
_ROMAN: Final = {"i": 1, "ii": 2, "iii": 3, "iv": 4}


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of a name: its value, how sure the reading is (0..1) and where it stands."""

    value: str
    confidence: float
    start: int
    end: int


def find_credits(text: str) -> tuple[Found | None, str]:
    """Credits written out ("30 sp", "(15 studiepoeng)", "30 ECTS"). The first is the value; all are rubbed out."""
    match = _CREDITS.search(text)
    if match is None:
        return None, text
    amount = Decimal(match.group(1).replace(",", "."))
    rest = _CREDITS.sub(lambda found: " " * len(found.group()), text)
    return Found(str(amount), 0.98, *match.span()), rest


def rub_out_other_numbers(text: str) -> str:
    """Calendar years, ages, durations and course codes: numbers that are neither school years nor a step."""
    for pattern in (_CALENDAR, _AGES, _DURATION, _COURSE_CODE):
        text = pattern.sub(lambda match: " " * len(match.group()), text)
    return text


def find_school_years(text: str) -> tuple[Found | None, str]:
    """The span of school years ("1-7"), from numbers if there are any, else from words with lower confidence."""
    for pattern, sure in ((_YEARS_THEN_UNIT, 0.98), (_UNIT_THEN_YEARS, 0.95), (_BARE_YEARS, 0.85)):
        for match in pattern.finditer(text):
            first, last = int(match.group(1)), int(match.group(2))
            if first >= last or (pattern is _BARE_YEARS and (first, last) not in _USUAL):
                continue
            start, end = match.span()
            if more := _AND_YEARS.match(text, end):
                first, last = min(first, int(more.group(1))), max(last, int(more.group(2)))
                end, sure = more.end(), sure - 0.1
            if (first, last) not in _USUAL:
                sure -= 0.15
            return Found(f"{first}-{last}", round(sure, 2), start, end), blank(text, start, end)
    if alone := _ONE_YEAR.search(text):
        year = alone.group(1) or alone.group(2)
        return Found(f"{year}-{year}", 0.7, *alone.span()), blank(text, *alone.span())
    for words, first, last, sure in YEAR_WORDS:
        if named := words.search(text):
            return Found(f"{first}-{last}", sure, *named.span()), text
    return None, text


def find_step_and_part(text: str, written: str) -> tuple[Found | None, Found | None, str]:
    """The step ("Engelsk 1", "Engelsk II") and the part of it ("del 2", "modul A", "1a").

    ``written`` is the same text with its capitals, as long as ``text``: only capitals are roman numbers.
    "del 1 og 2" is the whole. A part without a step is also the best guess at the step, with low confidence.
    """
    step: Found | None = None
    part: Found | None = None
    text = _WHOLE.sub(lambda match: " " * len(match.group()), text)
    if match := _STEP_AND_PART.search(text):
        step = Found(match.group(1), 0.95, match.start(1), match.end(1))
        part = Found(match.group(2), 0.95, match.start(2), match.end(2))
        text = blank(text, *match.span())
    elif match := _STEP_AND_PROFILE.search(text):
        step = Found(match.group(1), 0.95, match.start(1), match.end(1))
        text = blank(text, *match.span())
    if part is None and (match := _PART.search(text)):
        value = match.group(1)
        part = Found(str(_ROMAN.get(value, value)), 0.9, *match.span())
        text = blank(text, *match.span())
    introduced = text.lstrip(" :")
    if part is None and (match := _INTRODUCTION.search(introduced)):
        start = len(text) - len(introduced)
        part = Found("1", _GUESSED, start, start + match.end())
    if part is None and (match := _FIRST_UNIT.search(text)):
        part = Found("1", _GUESSED, *match.span())
    if step is None and (match := _NAMED_STEP.search(text)):
        value = match.group(1)
        step = Found(str(_ROMAN.get(value, value)), 0.85, *match.span())
        text = blank(text, *match.span())
    if step is None and (match := _STEP.search(text)):
        step = Found(match.group(1), 0.93, match.start(1), match.end(1))
        text = blank(text, match.start(1), match.end(1))
    if step is None:
        shouted = written.upper() == written  # "LEDELSE I SKOLEN": there, a preposition is a capital too
        for match in _ROMAN_STEP.finditer(written):
            last = not written[match.end(1) :].lstrip()[:1].isalpha()
            if text[match.start(1) : match.end(1)].strip() and (last or not shouted):
                step = Found(str(_ROMAN[match.group(1).lower()]), 0.85, match.start(1), match.end(1))
                text = blank(text, match.start(1), match.end(1))
                break
    if step is None and part is not None and part.value.isdigit() and part.confidence > _GUESSED:
        step = Found(part.value, 0.5, part.start, part.end)
    return step, part, text
