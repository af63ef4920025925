"""CDM 2.1 (Course Description Metadata) with the profile CDM-U, as XML: organisations, programmes and courses.

Source: CDM, made in Norway from 2001 (USIT and NOU), version 2.1 of 2009; ``program`` and ``course`` become one offer each.
The material at hand is thin: the schema is no longer where it was published and no Norwegian document has been found.
Names are those of the schema as classes made from it in France have them (CDM-fr is the same core); what they do not
settle is left out and told of, never guessed.

Quirks of the format, each met with below:

- The namespace differs from version to version, and may be absent: names are met in any.
- A name is text, or ``<text language="…">`` once for each language. Other texts are blocks of headers, texts and blocks.
- The provider is the ``orgUnit`` around the course, or else the first one in the file.
- ``credits/@ECTScredits`` is ECTS. A number in the running text of ``credits`` has no scheme: left out with a notice.
- The start is ``admissionInfo/teachingStart/@date``, or ``teachingTerm/@start`` where that is a day. ``@term`` has no year:
  without a day there is no run.
- ``courseCode`` and ``programCode`` have a ``codeSet``; only one named NUS is taken as a NUS code.
- ``formOfTeaching/@org`` says how in words of the schema; a word that is not known gives no delivery.
- ``level/@level`` is no level code of DBH: kept in ``raw`` only.
- ``contacts`` and ``person`` are persons, and are left out of what is kept.
- A DOCTYPE is refused, though old files may have one.
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
from importers.languages import iso_639_1, main_of, of_title
from importers.payloads import MAX_BYTES, Kind, examine
from importers.protocol import OfferRecord, Payload, PayloadRefused, ProviderRef, RejectedRow, Row, RunRecord
from importers.sentences import Sentence
from importers.sheets.values import is_orgnr
from importers.tally import Tally
from importers.text import fold
from importers.web import address
from importers.xml_rows import flat, local, mend, records, text_in

NAME = "cdm"
TITLE = "Studieprogrammer og emner i CDM 2.1 (CDM-U), som XML"

_ZONE = ZoneInfo("Europe/Oslo")
_KEEP = frozenset(("orgUnit", "orgUnitName", "orgUnitID", "orgUnitCode", "text"))
_PERSONS = frozenset(("contacts", "contactData", "person", "refPerson", "managingTeacher", "teacher"))
_LANGUAGE = ("language", "{http://www.w3.org/XML/1998/namespace}lang")
_LONGEST_GROUP = 80
#: Word within ``formOfTeaching/@org`` -> delivery, the most telling first.
_DELIVERIES = (
    ("mixed", "hybrid"),
    ("blended", "hybrid"),
    ("combin", "hybrid"),
    ("distance", "online"),
    ("online", "online"),
    ("web", "online"),
    ("class", "campus"),
    ("campus", "campus"),
    ("present", "campus"),
)


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every programme and course, in the order of the file; positions count them."""
    examined = examine(payload, max_bytes=max_bytes, markup=frozenset({Kind.XML}))
    if examined.kind is not Kind.XML:
        raise PayloadRefused(
            Sentence("Filen er ikke XML."), Sentence("CDM er XML: velg riktig format eller riktig fil.")
        )
    tally = Tally()
    for position, opened in enumerate(records(examined.path, "CDM", "program", "course", keep=_KEEP), start=1):
        mend(opened[-1], payload.repairs.get(position), {})
        yield tally.passing(_understood(position, opened, tally))
    yield from tally.notices(
        Sentence("Filen har ingen studieprogrammer eller emner (program, course)."), Sentence("Kontroller utvalget.")
    )


def _understood(position: int, opened: list[Element], tally: Tally) -> OfferRecord | RejectedRow:
    taught = opened[-1]
    kind = local(taught.tag)
    _leave_out_persons(taught)
    raw = flat(taught, {})
    titles = _names(_child(taught, f"{kind}Name"))
    codes = [
        (element.get("codeSet") or "", text) for element in _children(taught, f"{kind}Code") if (text := _text(element))
    ]
    key = _text(_child(taught, f"{kind}ID")) or taught.get("ident") or taught.get("id")
    owner = _provider(opened)
    faults = unstorable_in(raw)
    if not key:
        faults.append(missing(f"{kind}ID", Sentence("Gi studiet en identifikator som er lik fra gang til gang.")))
    if not titles:
        faults.append(missing(f"{kind}Name", Sentence("Gi studiet et navn.")))
    if owner is None:
        faults.append(missing("orgUnit", Sentence("Ta med organisasjonen (orgUnit) med navn i samme fil.")))
    if faults or not key or owner is None:
        return rejected(position, faults, raw)
    language, title = main_of(titles)
    number = _credits(taught, tally)
    run = _run(taught, key, tally)
    nus = next(
        (code for code_set, code in codes if "nus" in code_set.casefold() and re.fullmatch("[0-9]{1,6}", code)), None
    )
    group = _text(_child(taught, "targetGroup"))
    spoken = (iso_639_1(element.get("teachingLang")) for element in _children(taught, "instructionLanguage"))
    words = (_text(element) for element in _children(taught, "searchword"))
    link = _child(taught, "webLink")
    return OfferRecord(
        position=position,
        key=key,
        offer_key=next((code for code_set, code in codes if "nus" not in code_set.casefold()), key),
        provider=owner,
        title=title,
        raw=raw,
        title_language=of_title(language),
        other_titles={other: text for other, text in titles.items() if other and other != language},
        description=_paragraphs(_child(taught, f"{kind}Description"))
        or _paragraphs(_child(taught, f"{kind}Introduction")),
        learning_outcomes=_paragraphs(_child(taught, "learningObjectives")),
        credits=number,
        credit_scheme="ECTS" if number else None,
        nus_code=nus,
        target_groups=(group,) if group and len(group) <= _LONGEST_GROUP else (),
        languages=tuple(dict.fromkeys(found for found in spoken if found)),
        tags=tuple(dict.fromkeys(word for word in words if word)),
        url=address(_text(_child(link, "href"))) or address(link.get("href") or _text(link))
        if link is not None
        else None,
        runs=(run,) if run else (),
    )


def _children(element: Element | None, name: str) -> list[Element]:
    return [child for child in element if local(child.tag) == name] if element is not None else []


def _child(element: Element | None, name: str) -> Element | None:
    return next(iter(_children(element, name)), None)


def _text(element: Element | None) -> str | None:
    return fold(text_in(element) or "") or None


def _names(element: Element | None) -> dict[str | None, str]:
    """Language -> name, of text or of one text for each language."""
    if element is None:
        return {}
    found: dict[str | None, str] = {}
    for each in _children(element, "text") or [element]:
        code = next(
            (each.get(name) or element.get(name) for name in _LANGUAGE if each.get(name) or element.get(name)), None
        )
        if text := _text(each):
            found.setdefault(iso_639_1(code), text)
    return found


def _paragraphs(element: Element | None) -> str | None:
    """The text of a block: a line for every block in it, or the text in the one language that stands first."""
    if element is None:
        return None
    texts = [text for text in _children(element, "text") if any(text.get(name) for name in _LANGUAGE)]
    if texts:
        return main_of(_names(element))[1] if _names(element) else None
    lines = [text for child in element if (text := text_in(child))]
    own = fold(element.text or "")
    return "\n".join([own, *lines] if own else lines) or None


def _leave_out_persons(element: Element) -> None:
    for parent in list(element.iter()):
        for child in list(parent):
            if local(child.tag) in _PERSONS:
                parent.remove(child)


def _provider(opened: list[Element]) -> ProviderRef | None:
    around = [element for element in reversed(opened[:-1]) if local(element.tag) == "orgUnit"]
    for unit in [*around, *_children(opened[0], "orgUnit")]:
        names = _names(_child(unit, "orgUnitName"))
        numbers = [_text(e) or "" for e in (*_children(unit, "orgUnitCode"), *_children(unit, "orgUnitID"))]
        orgnr = next((number for number in (text.replace(" ", "") for text in numbers) if is_orgnr(number)), None)
        if names or orgnr:
            return ProviderRef(orgnr=orgnr, name=main_of(names)[1] if names else None)
    return None


def _credits(taught: Element, tally: Tally) -> Decimal | None:
    told = _child(taught, "credits")
    if told is None:
        return None
    number = amount(told.get("ECTScredits"))
    if number is None and (text := _text(told)):
        tally.note(Sentence("Poengene står i løpende tekst uten poengordning, så de er utelatt"), text)
    return number


def _run(taught: Element, key: str, tally: Tally) -> RunRecord | None:
    admission, term = _child(taught, "admissionInfo"), _child(taught, "teachingTerm")
    starts_on = _day(_child(admission, "teachingStart")) or (
        day(term.get("start"), _ZONE) if term is not None else None
    )
    if starts_on is None:
        tally.note(Sentence("Studier uten startdag er uten gjennomføring"), key)
        return None
    seats = _child(admission, "studentPlaces")
    places = (seats.get("places") or "") if seats is not None else ""
    towns = [
        _text(e) for place in _children(taught, "teachingPlace") for e in place.iter() if local(e.tag) == "locality"
    ]
    return RunRecord(
        term=term_of(starts_on),
        native_key=key,
        starts_on=starts_on,
        application_closes_on=_day(_child(admission, "registrationDeadline")),
        places=int(places) if re.fullmatch("[1-9][0-9]{0,4}", places) else None,
        delivery=_delivery(taught, tally),
        municipalities=tuple(dict.fromkeys(town for town in towns if town)),
    )


def _day(element: Element | None) -> date | None:
    """The day in ``@date``, or the text where that is a day."""
    return day(element.get("date") or _text(element), _ZONE) if element is not None else None


def _delivery(taught: Element, tally: Tally) -> str | None:
    for form in _children(taught, "formOfTeaching"):
        word = (form.get("org") or "").casefold()
        found = next((delivery for part, delivery in _DELIVERIES if part in word), None)
        if found:
            return found
        if word:
            tally.note(Sentence("Undervisningsformen er ikke kjent"), word)
    return None
