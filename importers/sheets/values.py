"""From the text of one cell to a value: each function reads one kind of value or raises Unreadable with a cure."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from urllib.parse import urlsplit

from importers.protocol import ProviderRef
from importers.sentences import Sentence
from importers.sheets.columns import Unreadable, plain
from importers.text import fold, quoted

FIRST_YEAR, LAST_YEAR = 1990, 2100
_ORGNR_WEIGHTS = (3, 2, 7, 6, 5, 4, 3, 2)
_NUMBER = re.compile(r"[0-9]{1,9}([.,][0-9]{1,4})?")
_DAY = re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})([ T][0-9:.]+)?")
_NORWEGIAN_DAY = re.compile(r"(?P<d>[0-9]{1,2})[./](?P<m>[0-9]{1,2})[./](?P<y>[0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})[ \-/]*([a-zåø]+)")
_YEAR_LAST = re.compile(r"([a-zåø]+)[ \-/]*([0-9]{4})")
_HALF = dict.fromkeys(("v", "vår", "våren", "spring"), "V") | dict.fromkeys(
    ("h", "høst", "høsten", "haust", "hausten", "autumn", "fall"), "H"
)
_YEARS = re.compile(r"(?:trinn|years?)?\.?([0-9]{1,2})\.?(?:(?:-|til|to)([0-9]{1,2})\.?)?(?:trinn|\.trinn|years?)?")
# What a spreadsheet makes of "1-7": 2026-07-01 in a workbook, "01.jul" or "1-Jul" in CSV.
_SPOILT_YEARS = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}[.\-/ ]{1,2}(jan|feb|mar|apr|ma[iy]|jun|jul|aug|sep|o[kc]t|nov|de[sc])"
)
_STEPS = {"1": 1, "i": 1, "2": 2, "ii": 2, "3": 3, "iii": 3, "4": 4, "iv": 4}
_FORMULA_ERRORS = re.compile(r"#(REF!|N/A|VALUE!|VERDI!|NAME\?|NAVN\?|DIV/0!|NULL!|NUM!|I/T)|Err:[0-9]{3}")


def refuse_formula_error(text: str) -> None:
    if _FORMULA_ERRORS.fullmatch(text.strip()):
        raise Unreadable(
            Sentence("%(value)s er en feil fra en formel.", value=quoted(text)),
            Sentence("Rett formelen, eller skriv inn verdien."),
        )


def short_words(longest: int) -> Callable[[str], str]:
    """One line of text of at most ``longest`` characters."""

    def read(text: str) -> str:
        folded = fold(text)
        if len(folded) > longest:
            raise Unreadable(
                Sentence("Teksten har %(count)s tegn.", count=len(folded)),
                Sentence("Skriv høyst %(longest)s tegn.", longest=longest),
            )
        return folded

    return read


def prose(text: str) -> str:
    """Running text: paragraphs are kept, white space within the lines is folded."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(fold(line) for line in text.splitlines())).strip()


def items(text: str) -> tuple[str, ...]:
    """Several values in one cell, set apart by semicolon, ``|`` or a line end (names may have commas)."""
    return tuple(dict.fromkeys(item for item in map(fold, re.split(r"[;|\n\r]", text)) if item))


def one_of(choices: Mapping[str, str], allowed: Sentence) -> Callable[[str], str]:
    """One of a closed list; ``choices`` maps every way to say it to the value, ``allowed`` is what the cure shows."""
    known = {plain(choice): value for choice, value in choices.items()}

    def read(text: str) -> str:
        try:
            return known[plain(text)]
        except KeyError:
            raise Unreadable(
                Sentence("%(value)s er ikke en gyldig verdi.", value=quoted(text)),
                Sentence("Skriv %(allowed)s.", allowed=allowed),
            ) from None

    return read


def several_of(read_one: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    """Several of a closed list. None of their names has a comma, so commas set them apart too."""

    def read(text: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(read_one(item) for item in items(text.replace(",", ";"))))

    return read


def yes_no(text: str) -> bool:
    return _YES_NO(text) == "ja"


_YES_NO = one_of(
    dict.fromkeys(("ja", "yes", "true", "1", "x"), "ja") | dict.fromkeys(("nei", "no", "false", "0"), "nei"),
    Sentence("ja eller nei"),
)


def number(text: str) -> Decimal:
    """A number that is not negative, with decimal comma or point."""
    compact = re.sub(r"\s", "", text)
    if not _NUMBER.fullmatch(compact):
        raise Unreadable(
            Sentence("%(value)s er ikke et tall.", value=quoted(text)), Sentence("Skriv for eksempel 30 eller 7,5.")
        )
    return Decimal(compact.replace(",", "."))


def offer_credits(text: str) -> Decimal:
    """Credits of one offer: above 0, at most 360 (a six-year programme, the longest of DBH's level PR is 360)."""
    value = number(text)
    if not 0 < value <= 360:
        raise Unreadable(
            Sentence("%(value)s er utenfor 0,5 til 360.", value=quoted(text)),
            Sentence("Skriv for eksempel 30 eller 7,5."),
        )
    return value


def whole_number(first: int, last: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        compact = re.sub(r"\s", "", text)
        if not re.fullmatch(r"[0-9]{1,9}([.,]0+)?", compact):
            raise Unreadable(
                Sentence("%(value)s er ikke et helt tall.", value=quoted(text)),
                Sentence("Skriv et helt tall fra %(first)s til %(last)s.", first=first, last=last),
            )
        value = int(re.split("[.,]", compact)[0])
        if not first <= value <= last:
            raise Unreadable(
                Sentence("%(value)s er utenfor %(first)s til %(last)s.", value=quoted(text), first=first, last=last),
                Sentence("Skriv et helt tall fra %(first)s til %(last)s.", first=first, last=last),
            )
        return value

    return read


def day(text: str) -> date:
    """A date: "2026-08-17" or "17.08.2026"."""
    match = _DAY.fullmatch(fold(text)) or _NORWEGIAN_DAY.fullmatch(fold(text))
    cure = Sentence("Skriv for eksempel 17.08.2026 eller 2026-08-17.")
    if not match:
        raise Unreadable(Sentence("%(value)s er ikke en dato.", value=quoted(text)), cure)
    try:
        value = date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        raise Unreadable(Sentence("%(value)s finnes ikke i kalenderen.", value=quoted(text)), cure) from None
    _within_years(value.year, text, cure)
    return value


def _within_years(year: int, text: str, cure: Sentence) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        outside = Sentence(
            "%(value)s er utenfor årene %(first)s til %(last)s.", value=quoted(text), first=FIRST_YEAR, last=LAST_YEAR
        )
        raise Unreadable(outside, cure)


def term(text: str) -> str:
    """A half-year as "2026V" or "2026H", from "2026H", "Høst 2026", "haust 2026" or "autumn 2026"."""
    folded = fold(text).casefold()
    cure = Sentence("Skriv for eksempel 2026H eller Høst 2026.")
    if match := _YEAR_FIRST.fullmatch(folded):
        year, half = match[1], _HALF.get(match[2])
    elif match := _YEAR_LAST.fullmatch(folded):
        year, half = match[2], _HALF.get(match[1])
    else:
        raise Unreadable(Sentence("%(value)s er ikke en termin.", value=quoted(text)), cure)
    if half is None:
        raise Unreadable(Sentence("%(value)s er ikke en termin.", value=quoted(text)), cure)
    _within_years(int(year), text, cure)
    return f"{year}{half}"


def url(text: str) -> str:
    """A web address with http or https, a host name with a dot, and no user name in it."""
    folded = fold(text)
    cure = Sentence("Skriv hele adressen, for eksempel https://www.eksempel.no/studier.")
    try:
        parts = urlsplit(folded)
        host, user = parts.hostname or "", parts.username
        parts.port  # noqa: B018 - raises where the port is no number
    except ValueError:
        host, user, parts = "", None, urlsplit("")
    good = parts.scheme in ("http", "https") and "." in host.strip(".") and user is None
    if not good or " " in folded or len(folded) > 2_000:
        raise Unreadable(Sentence("%(value)s er ikke en nettadresse.", value=quoted(text)), cure)
    return folded


def is_orgnr(text: str) -> bool:
    """Nine digits with a right control digit: modulus 11, weights 3 2 7 6 5 4 3 2 (Brønnøysundregistrene)."""
    if not re.fullmatch(r"[0-9]{9}", text):
        return False
    control = -sum(weight * int(digit) for weight, digit in zip(_ORGNR_WEIGHTS, text, strict=False)) % 11
    return control == int(text[8])


def orgnr(text: str) -> str:
    compact = re.sub(r"[\s\u00a0]", "", text)
    if not re.fullmatch(r"[0-9]{9}", compact):
        raise Unreadable(
            Sentence("%(value)s er ikke ni sifre.", value=quoted(text)),
            Sentence("Skriv organisasjonsnummeret med ni sifre."),
        )
    if not is_orgnr(compact):
        raise Unreadable(
            Sentence("%(value)s er ikke et gyldig organisasjonsnummer.", value=quoted(text)),
            Sentence("Kontroller sifrene i Enhetsregisteret; kontrollsifferet stemmer ikke."),
        )
    return compact


def dbh_code(text: str) -> str:
    """Four digits; a spreadsheet takes leading zeros away, so three digits are put back to four."""
    folded = fold(text)
    if not re.fullmatch(r"[0-9]{3,4}", folded):
        raise Unreadable(
            Sentence("%(value)s er ikke en institusjonskode.", value=quoted(text)),
            Sentence("Skriv fire sifre, for eksempel 0238."),
        )
    return folded.zfill(4)


def providers(text: str) -> tuple[ProviderRef, ...]:
    """Several providers, each by organisation number, DBH code or name."""
    found = []
    for item in items(text):
        compact = item.replace(" ", "")
        if re.fullmatch(r"[0-9]{3,4}", compact):
            found.append(ProviderRef(dbh_code=compact.zfill(4)))
        elif re.fullmatch(r"[0-9]+", compact):
            found.append(ProviderRef(orgnr=orgnr(item)))
        else:
            found.append(ProviderRef(name=item))
    return tuple(found)


def nus_code(text: str) -> str:
    folded = fold(text)
    if not re.fullmatch(r"[0-9]{1,6}", folded):
        raise Unreadable(
            Sentence("%(value)s er ikke en NUS-kode.", value=quoted(text)),
            Sentence("Skriv én til seks sifre, for eksempel 625109."),
        )
    return folded


def school_years(text: str) -> str:
    """School years 1 to 13 as "1-7" or "8", from "1.–7. trinn", "5 til 10" or "trinn 8"."""
    cure = Sentence("Skriv for eksempel 1-7 eller 8.")
    if _SPOILT_YEARS.match(fold(text).casefold()):
        raise Unreadable(
            Sentence("%(value)s er en dato: regnearket har gjort om trinnene.", value=quoted(text)),
            Sentence("Sett cellen til formatet tekst, og skriv for eksempel 1-7."),
        )
    compact = re.sub(r"\s", "", text.casefold()).translate(str.maketrans("–—−", "---"))
    match = _YEARS.fullmatch(compact.replace("årstrinn", "trinn").replace(".trinn", "trinn"))
    if not match:
        raise Unreadable(Sentence("%(value)s er ikke skoletrinn.", value=quoted(text)), cure)
    first, last = int(match[1]), int(match[2] or match[1])
    if not 1 <= first <= last <= 13:
        raise Unreadable(
            Sentence("%(value)s er ikke trinn fra 1 til 13 i stigende rekkefølge.", value=quoted(text)), cure
        )
    return str(first) if first == last else f"{first}-{last}"


def step(text: str) -> int:
    """Which part of a subject in steps: 1 to 4, from "2", "II" or "del 2"."""
    compact = re.sub(r"\s", "", text.casefold()).removeprefix("del").removeprefix("part").removesuffix(".0")
    if compact not in _STEPS:
        raise Unreadable(
            Sentence("%(value)s er ikke en del av et fag.", value=quoted(text)), Sentence("Skriv 1, 2, 3 eller 4.")
        )
    return _STEPS[compact]


def municipalities(text: str) -> tuple[str, ...]:
    """Municipalities by four-digit code or by name, as given; a lost leading zero is put back ("301" is "0301")."""
    found = []
    for item in items(text.replace(",", ";")):
        if item.isdecimal():
            if not re.fullmatch(r"[0-9]{3,4}", item):
                raise Unreadable(
                    Sentence("%(value)s er ikke et kommunenummer.", value=quoted(item)),
                    Sentence("Skriv fire sifre, for eksempel 0301."),
                )
            item = item.zfill(4)
        found.append(item)
    return tuple(dict.fromkeys(found))
