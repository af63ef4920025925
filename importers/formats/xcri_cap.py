"""XCRI-CAP 1.2, the British course advertising format: catalog, provider, course, presentation.

Source: XCRI-CAP 1.2 (https://github.com/Cetis/xcri, CC BY 3.0), the profile of EN 15982 Metadata for Learning
Opportunities. One course becomes one offer, and each of its presentations that has a day of start becomes a run.

Quirks of the feeds, each met with below:

- A course has several identifiers. The one typed ``internalID`` is the code that people know; without it the first is.
  A presentation may have the same identifier as its course.
- Two credit schemes stand side by side, most often the university's own and SCQF. Only a scheme that is named ECTS or
  CATS is taken, CATS first where both are; a number is never moved from another scheme, whatever its size. A credit
  without scheme or value is in error (the specification says so), and 0 stands for none.
- ``mlo:start`` is running text ("3 November 2012"); the day is in ``@dtf``, or is the text itself. Where neither is a
  whole day ("OU qualifications have up to three start points in the year"), or there is only a month, nothing is
  guessed: the course comes without that run, and a notice says how many times. The same holds for ``end``,
  ``applyFrom`` and ``applyUntil``; ``end`` is in the XCRI namespace, not in MLO's.
- Presentations may be absent: an offer without runs.
- Codes (``attendanceMode/@identifier``) are recommended, not required, and feeds write labels, or other lists' words.
  What is not known gives no delivery. The two ways of distance study are both "online"; "mixed mode" is "hybrid".
- ``mlo:places`` is text; only a whole number is taken.
- Names of courses lie in ``dc:title`` in several languages, by ``xml:lang``. Descriptions may be XHTML, and those typed
  (``xsi:type``) are keywords or special features, not the description.
- A DOCTYPE is refused. ``@recstatus`` 3 marks what was deleted since the last delivery: its runs are cancelled.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from importers.credits import amount
from importers.days import day, term_of
from importers.faults import missing, rejected, unstorable_in
from importers.languages import iso_639_1, of_title
from importers.payloads import MAX_BYTES, Kind, examine
from importers.protocol import OfferRecord, Payload, PayloadRefused, ProviderRef, RejectedRow, Row, RunRecord
from importers.sentences import Sentence
from importers.sheets.values import is_orgnr
from importers.tally import Tally
from importers.text import fold
from importers.web import address
from importers.xml_rows import flat, mend, records, text_in

NAME = "xcri-cap"
TITLE = "Kurskataloger i XCRI-CAP 1.2 (XML)"

_PREFIXES = {
    "http://xcri.org/profiles/1.2/catalog": "",
    "http://purl.org/net/mlo": "mlo",
    "http://purl.org/net/cm": "credit",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://www.w3.org/2001/XMLSchema-instance": "xsi",
    "http://www.w3.org/XML/1998/namespace": "xml",
}
_X, _MLO, _CREDIT, _DC = (f"{{{namespace}}}" for namespace in list(_PREFIXES)[:4])
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_DELETED = "3"
# The feed has times of Britain where it has times at all; days are taken as they are written.
_ZONE = ZoneInfo("Europe/London")
_SCHEMES = {
    "cats": "CATS",
    "credit accumulation and transfer scheme": "CATS",
    "ects": "ECTS",
    "european credit transfer and accumulation system": "ECTS",
    "european credit transfer system": "ECTS",
}
_DELIVERIES = {
    "cm": "campus", "campus": "campus", "face-to-face": "campus", "da": "hybrid", "distance with attendance": "hybrid",
    "ds": "online", "distance without attendance": "online", "mm": "hybrid", "mixed mode": "hybrid", "on": "online",
    "online": "online", "online (no attendance)": "online",
}  # fmt: skip


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every course, in the order of the file; positions count courses."""
    examined = examine(payload, max_bytes=max_bytes, markup=frozenset({Kind.XML}))
    if examined.kind is not Kind.XML:
        raise PayloadRefused(
            Sentence("Filen er ikke XML."), Sentence("XCRI-CAP er XML: velg riktig format eller riktig fil.")
        )
    tally = Tally()
    keep = frozenset({f"{_DC}identifier", f"{_DC}title"})
    courses = records(examined.path, f"{_X}catalog", f"{_X}course", keep=keep)
    for position, opened in enumerate(courses, start=1):
        provider = next((element for element in reversed(opened) if element.tag == f"{_X}provider"), None)
        mend(opened[-1], payload.repairs.get(position), _PREFIXES)
        yield tally.passing(_understood(position, opened[-1], provider, tally))
    yield from tally.notices(
        Sentence("Filen har ingen kurs (course)."),
        Sentence("Kontroller at katalogen har kurs, og at den er i versjon 1.2 av XCRI-CAP."),
    )


def _understood(position: int, course: Element, provider: Element | None, tally: Tally) -> OfferRecord | RejectedRow:
    raw = flat(course, _PREFIXES)
    identifiers = [(element.get(_TYPE, ""), _text(element)) for element in course.findall(f"{_DC}identifier")]
    codes = [text for kind, text in identifiers if text and kind.endswith("internalID")]
    code = next(iter(codes + [text for _, text in identifiers if text]), None)
    title, language, others = _titles(course)
    owner = _provider(provider)
    faults = unstorable_in(raw)
    if code is None:
        faults.append(missing("dc:identifier", Sentence("Gi kurset en identifikator som er lik fra gang til gang.")))
    if title is None:
        faults.append(missing("dc:title", Sentence("Gi kurset et navn.")))
    if owner is None:
        faults.append(missing("provider", Sentence("Oppgi navnet på tilbyderen (dc:title) før kursene.")))
    if faults or code is None or title is None or owner is None:
        return rejected(position, faults, raw)

    number, scheme = _credits(course, tally)
    deleted = course.get("recstatus") == _DELETED
    presentations = course.findall(f"{_X}presentation")
    runs = [run for run in (_run(element, deleted, tally) for element in presentations) if run]
    spoken = (iso_639_1(text_in(e)) for e in course.iterfind(f"{_X}presentation/{_MLO}languageOfInstruction"))
    return OfferRecord(
        position=position,
        key=code,
        offer_key=code,
        provider=owner,
        title=title,
        raw=raw,
        title_language=language,
        other_titles=others,
        department=_text(course.find(f"{_MLO}isPartOf")),
        description=next((text_in(e) for e in course.findall(f"{_DC}description") if e.get(_TYPE) is None), None)
        or text_in(course.find(f"{_X}abstract")),
        learning_outcomes=text_in(course.find(f"{_X}learningOutcome")),
        credits=number,
        credit_scheme=scheme,
        subject=_text(course.find(f"{_DC}subject")),
        languages=tuple(dict.fromkeys(found for found in spoken if found)),
        url=address(_text(course.find(f"{_MLO}url"))),
        runs=tuple(runs),
    )


def _text(element: Element | None) -> str | None:
    return (fold(text_in(element) or "") or None) if element is not None else None


def _titles(course: Element) -> tuple[str | None, str | None, dict[str, str]]:
    """The first title, its language where it is marked, and the titles in other languages."""
    titles = [(iso_639_1(e.get(_LANG)), text) for e in course.findall(f"{_DC}title") if (text := _text(e))]
    if not titles:
        return None, None, {}
    (language, first), *rest = titles
    return first, of_title(language), {other: text for other, text in rest if other and other != language}


def _provider(provider: Element | None) -> ProviderRef | None:
    if provider is None:
        return None
    name = _text(provider.find(f"{_DC}title"))
    numbers = [(_text(e) or "").replace(" ", "") for e in provider.findall(f"{_DC}identifier")]
    orgnr = next((number for number in numbers if is_orgnr(number)), None)
    return ProviderRef(orgnr=orgnr, name=name) if name or orgnr else None


def _credits(course: Element, tally: Tally) -> tuple[Decimal | None, str | None]:
    """The number and its scheme where exactly one number is given in a scheme that is known."""
    found: dict[str, set[Decimal]] = {}
    unknown = []
    for credit in course.findall(f"{_MLO}credit"):
        name, value = _text(credit.find(f"{_CREDIT}scheme")), _text(credit.find(f"{_CREDIT}value"))
        scheme, number = _SCHEMES.get((name or "").casefold()), amount(value)
        if name and scheme is None:
            unknown.append(name)
        if scheme and number:
            found.setdefault(scheme, set()).add(number)
    for scheme in ("CATS", "ECTS"):
        if len(found.get(scheme, ())) == 1:
            return found[scheme].pop(), scheme
        if scheme in found:
            tally.note(
                Sentence(
                    "Kurs har flere ulike tall i samme poengordning (%(scheme)s), så poengene er utelatt", scheme=scheme
                )
            )
            return None, None
    for name in unknown:
        tally.note(Sentence("Poengordningen er verken CATS eller ECTS, så poengene er utelatt"), name)
    return None, None


def _run(presentation: Element, deleted: bool, tally: Tally) -> RunRecord | None:
    starts_on = _day(presentation.find(f"{_MLO}start"))
    if starts_on is None:
        tally.note(Sentence("Gjennomføringer uten startdag er utelatt"), _text(presentation.find(f"{_MLO}start")))
        return None
    mode = presentation.find(f"{_X}attendanceMode")
    delivery = _DELIVERIES.get((mode.get("identifier") or _text(mode) or "").casefold()) if mode is not None else None
    if mode is not None and delivery is None:
        tally.note(Sentence("Undervisningsformen er ikke kjent"), mode.get("identifier") or _text(mode))
    places = _text(presentation.find(f"{_MLO}places")) or ""
    town = _text(presentation.find(f"{_X}venue/{_X}provider/{_MLO}location/{_MLO}town"))
    cancelled = deleted or presentation.get("recstatus") == _DELETED
    return RunRecord(
        term=term_of(starts_on),
        native_key=_text(presentation.find(f"{_DC}identifier")),
        starts_on=starts_on,
        ends_on=_day(presentation.find(f"{_X}end")),
        application_opens_on=_day(presentation.find(f"{_X}applyFrom")),
        application_closes_on=_day(presentation.find(f"{_X}applyUntil")),
        places=int(places) if re.fullmatch(r"[1-9][0-9]{0,4}", places) else None,
        delivery=delivery,
        municipalities=(town,) if town else (),
        apply_url=address(_text(presentation.find(f"{_X}applyTo"))),
        cancelled=cancelled,
        cancel_reason="Slettet i kilden" if cancelled else None,
    )


def _day(element: Element | None) -> date | None:
    """The day in ``@dtf``, else in the text; None where it is running text, or only a month or a year."""
    if element is None:
        return None
    return day(element.get("dtf"), _ZONE) or day(_text(element), _ZONE)
