"""OOAPI (Open Onderwijs API) v5 and v6, the Dutch interface of courses, programmes and their offerings, as JSON.

Source: https://openonderwijsapi.nl (v5 and v6). An offering becomes a record with one run, a course or a programme one
without runs; both have the offer's code. The file is a page of the interface (``items``), a list of pages or of items,
or one item. Offerings must be asked for with ``expand=course`` (or ``programme``), or come with their courses in the
same file.

Quirks of the feeds, each met with below:

- Names differ: v5 has ``organization``, ``program``, ``teachingLanguage``, ``modeOfDelivery``, ``startDate`` and one
  ``studyLoad``; v6 has ``organisation``, ``programme``, ``teachingLanguages``, ``modesOfDelivery``, ``startDateTime`` and
  several study loads. Both are read wherever they stand, for servers mix them.
- "" and [] stand for null, also where the specification has a date, a list or an object, and ``[[]]`` for no outcomes.
- An offering is named after its period ("Blok 1"): the title is always the course's, never the offering's.
- The name of a course is a list by language, and plain text on older servers; so is the name of an organisation.
- Texts hold HTML with styles and empty paragraphs, non-breaking spaces and soft hyphens.
- Study load may be hours (``sbu``, ``contacttime``): only ``ects`` is credits.
- A number of students of 0 means that none is set.
- ``state`` (v6): "cancelled" is a cancelled run; "concept" and "inactive" give no run; without it the offering is active.
- There may be several enrolment periods, by target group: the earliest opening and the nearest closing are taken. All
  of them are in ``raw``.
- The academic session says when an offering without days is held: it gives the term, and no days.
- Cities are only taken where their country is Norway, or none is given: there is a Bergen in the Netherlands too.
- Components and tests have offerings too; they are parts of a course, and are rejected.
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TextIO
from zoneinfo import ZoneInfo

from importers.credits import amount
from importers.days import day, term_of
from importers.faults import Fault, missing, rejected
from importers.json_rows import Json, parts
from importers.languages import iso_639_1, main_of, of_title
from importers.nested import at, first_said, many, mended, raw_row, said, unstorable_inside
from importers.payloads import MAX_BYTES, Kind, examine, open_text
from importers.protocol import OfferRecord, Payload, PayloadRefused, ProviderRef, RejectedRow, Row, RunRecord
from importers.sentences import Sentence
from importers.sheets.values import is_orgnr
from importers.tally import Tally
from importers.text import fold, quoted
from importers.web import address, prose

NAME = "ooapi"
TITLE = "Kurs, programmer og tilbud fra OOAPI versjon 5 og 6, som JSON"

_ZONE = ZoneInfo("Europe/Amsterdam")
_COMPONENTS = ("componentOfferingId", "learningComponentOfferingId", "testComponentOfferingId")
_OFFERINGS = ("offeringId", "courseOfferingId", "programOfferingId", "programmeOfferingId", *_COMPONENTS)
_TAUGHT = ("courseId", "programId", "programmeId", "id")
_DELIVERIES = {
    "on campus": "campus", "on-campus": "campus", "on_campus": "campus", "presential": "campus",
    "online": "online", "distance-learning": "online", "distance learning": "online", "distance_learning": "online",
    "hybrid": "hybrid", "blended": "hybrid",
}  # fmt: skip


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every item, in the order of the file; positions count items."""
    examined = examine(payload, max_bytes=max_bytes)
    if examined.kind is not Kind.JSON:
        raise PayloadRefused(Sentence("Filen er ikke JSON."), Sentence("Hent kursene og tilbudene fra OOAPI som JSON."))
    yield from examined.notices
    tally = Tally((*_OFFERINGS, *_TAUGHT[:-1], "offeringType", "primaryCode", "studyLoad", "learningOutcomes"))
    taught: dict[str, str] = {}
    with open_text(examined) as stream:
        for item in _items(stream):
            if isinstance(item, dict) and not _is_offering(item) and (identifier := _identifier(item, _TAUGHT)):
                taught[identifier] = json.dumps(item, ensure_ascii=False)
    with open_text(examined) as stream:
        for position, item in enumerate(_items(stream), start=1):
            yield tally.passing(_understood(position, mended(item, payload.repairs.get(position)), taught, tally))
    yield from tally.notices(
        Sentence("Filen har ingen kurs, programmer eller tilbud."),
        Sentence("Kontroller at siden fra OOAPI har noe i «items»."),
    )


def _items(stream: TextIO) -> Iterator[Json]:
    """Every item of a page, of a list of pages or items, or the one item that the file is."""
    alone: dict[str, Json] = {}
    for name, value in parts(stream):
        if name == "items":
            yield value
        elif name == "" and isinstance(value, dict) and isinstance(value.get("items"), list):
            yield from many(value["items"])
        elif name == "":
            yield value
        elif name in alone:
            alone[name] = [*many(alone[name]), value]
        else:
            alone[name] = value
    if _identifier(alone, (*_OFFERINGS, *_TAUGHT)):
        yield alone
    elif "status" in alone and first_said(alone.get("title"), alone.get("detail")):
        told = first_said(alone.get("detail"), alone.get("title")) or ""
        raise PayloadRefused(
            Sentence("Tjenesten svarte med en feil: %(value)s.", value=quoted(told)),
            Sentence("Rett spørringen og hent på nytt."),
        )


def _identifier(item: dict[str, Json], names: tuple[str, ...]) -> str | None:
    return first_said(*(item.get(name) for name in names))


def _is_offering(item: dict[str, Json]) -> bool:
    return "offeringType" in item or any(name in item for name in _OFFERINGS)


def _understood(position: int, item: Json, taught: dict[str, str], tally: Tally) -> OfferRecord | RejectedRow:
    whole: dict[str, Json] = item if isinstance(item, dict) else {"": item}
    offering = whole if _is_offering(whole) else {}
    course = _taught_in(offering, taught) if offering else whole
    identifier = _identifier(offering, _OFFERINGS) if offering else _identifier(whole, _TAUGHT)
    titles = _texts(course.get("name"))
    owner = _provider(offering) or _provider(course)
    faults = unstorable_inside(whole)
    kind = (said(offering.get("offeringType")) or "").casefold()
    if "component" in kind or any(name in offering for name in _COMPONENTS):
        faults.append(Fault("offeringType", kind or None, Sentence("Dette er en del av et kurs, ikke et tilbud."),
                            Sentence("Hent tilbud på kurs og programmer (course, program).")))  # fmt: skip
    elif offering and not course:
        faults.append(
            missing(
                "course", Sentence("Hent tilbudet med expand=course (eller program), eller ta med kursene i filen.")
            )
        )
    elif not titles:
        faults.append(missing("name", Sentence("Gi kurset et navn.")))
    if identifier is None:
        faults.append(missing("offeringId" if offering else "courseId", Sentence("Gi elementet en identifikator.")))
    if owner is None:
        faults.append(
            missing("organization", Sentence("Hent elementet med expand=organization, eller oppgi organisasjonen."))
        )
    if faults or identifier is None or owner is None:
        return rejected(position, faults, raw_row(whole))

    language, title = main_of(titles)
    number = _credits(course, tally)
    run = _run(identifier, offering, course, tally) if offering else None
    spoken = [*_spoken(offering), *_spoken(course)] if not _spoken(offering) else _spoken(offering)
    return OfferRecord(
        position=position,
        key=identifier,
        offer_key=_code(course) or identifier,
        provider=owner,
        title=title,
        raw=raw_row(whole),
        title_language=of_title(language),
        other_titles={other: text for other, text in titles.items() if other and other != language},
        description=_paragraphs(course.get("description")),
        learning_outcomes=_outcomes(course.get("learningOutcomes")),
        credits=number,
        credit_scheme="ECTS" if number else None,
        languages=tuple(dict.fromkeys(spoken)),
        url=address(said(course.get("link"))) or address(said(offering.get("link"))),
        runs=(run,) if run else (),
    )


def _taught_in(offering: dict[str, Json], taught: dict[str, str]) -> dict[str, Json]:
    """The course or programme of an offering: expanded in it, or elsewhere in the file. {} where it is neither."""
    for name in ("course", "program", "programme"):
        expanded = offering.get(name)
        if isinstance(expanded, dict):
            return expanded
        identifier = first_said(expanded, offering.get(f"{name}Id"))
        if identifier in taught:
            found: dict[str, Json] = json.loads(taught[identifier])
            return found
    return {}


def _code(course: dict[str, Json]) -> str | None:
    """The code that people know: the abbreviation, else a primary code that is not made by a machine."""
    primary = course.get("primaryCode")
    kind = (said(at(primary, "codeType")) or "").casefold()
    return first_said(course.get("abbreviation"), at(primary, "code") if kind != "uuid" else None,
                      *(course.get(name) for name in _TAUGHT))  # fmt: skip


def _texts(value: Json) -> dict[str | None, str]:
    """Language -> text, of a list by language or of plain text (language None)."""
    if isinstance(value, str):
        return {None: fold(value)} if value.strip() else {}
    found: dict[str | None, str] = {}
    for each in many(value):
        if text := said(at(each, "value")):
            found.setdefault(iso_639_1(said(at(each, "language"))), text.replace("\u00ad", ""))
    return found


def _paragraphs(value: Json) -> str | None:
    if isinstance(value, str):
        return prose(value)
    found: dict[str | None, str] = {}
    for each in many(value):
        text = at(each, "value")
        if isinstance(text, str) and text.strip():
            found.setdefault(iso_639_1(said(at(each, "language"))), text)
    return prose(main_of(found)[1]) if found else None


def _outcomes(value: Json) -> str | None:
    """Learning outcomes: text, a list by language, a list of such lists (v5), or a list of objects with names (v6)."""
    if isinstance(value, str) or any(at(each, "value") for each in many(value)):
        return _paragraphs(value)
    told = (_paragraphs(each if isinstance(each, list) else at(each, "description") or at(each, "name"))
            for each in many(value))  # fmt: skip
    return "\n".join(text for text in told if text) or None


def _provider(item: dict[str, Json]) -> ProviderRef | None:
    """The organisation by its Norwegian number or its name, or by its identifier where it is not expanded."""
    for name in ("organization", "organisation"):
        told = item.get(name)
        codes = [at(told, "primaryCode"), *many(at(told, "otherCodes"))]
        numbers = [(said(at(code, "code")) or "").replace(" ", "") for code in codes]
        names = _texts(at(told, "name"))
        found = ProviderRef(
            orgnr=next((number for number in numbers if is_orgnr(number)), None),
            name=main_of(names)[1] if names else first_said(told, at(told, f"{name}Id"), item.get(f"{name}Id")),
        )
        if found.orgnr or found.name:
            return found
    return None


def _credits(course: dict[str, Json], tally: Tally) -> Decimal | None:
    loads = [
        (said(at(load, "studyLoadUnit")) or "", amount(said(at(load, "value"))))
        for load in many(course.get("studyLoad"))
    ]
    in_ects = {number for unit, number in loads if number and unit.casefold() == "ects"}
    if len(in_ects) == 1:
        return in_ects.pop()
    for unit, number in loads:
        if number and unit.casefold() != "ects":
            tally.note(Sentence("Studiemengden er ikke oppgitt i ECTS, så poengene er utelatt"), unit or None)
    return None


def _spoken(item: dict[str, Json]) -> list[str]:
    codes = [*many(item.get("teachingLanguages")), *many(item.get("teachingLanguage"))]
    return [found for code in codes if (found := iso_639_1(said(code)))]


def _run(identifier: str, offering: dict[str, Json], course: dict[str, Json], tally: Tally) -> RunRecord | None:
    state = (said(offering.get("state")) or "active").casefold()
    starts_on = _first_day(offering, "startDateTime", "startDate")
    session = offering.get("academicSession")
    held_from = starts_on or (_first_day(session, "startDateTime", "startDate") if isinstance(session, dict) else None)
    if held_from is None or state in ("concept", "inactive"):
        tally.note(Sentence("Tilbud uten start eller som ikke er aktive, er uten gjennomføring"), identifier)
        return None
    opens, closes = _enrolment(offering)
    here = [place for place in many(offering.get("addresses")) if said(at(place, "countryCode")) in (None, "NO")]
    cities = (said(at(place, "city")) for place in here)
    return RunRecord(
        term=term_of(held_from),
        native_key=identifier,
        starts_on=starts_on,
        ends_on=_first_day(offering, "endDateTime", "endDate"),
        application_opens_on=opens,
        application_closes_on=closes,
        places=_students(offering.get("maxNumberStudents")),
        minimum=_students(offering.get("minNumberStudents")),
        delivery=_delivery(offering, tally) or _delivery(course, tally),
        municipalities=tuple(dict.fromkeys(city for city in cities if city)),
        apply_url=address(said(offering.get("link"))),
        cancelled=state in ("cancelled", "canceled"),
    )


def _first_day(item: dict[str, Json], *names: str) -> date | None:
    return next((found for name in names if (found := day(said(item.get(name)), _ZONE))), None)


def _enrolment(offering: dict[str, Json]) -> tuple[date | None, date | None]:
    """The earliest opening and the nearest closing of all enrolment periods (v6), or of the one that v5 has."""
    periods = [period for period in many(offering.get("enrolmentPeriods")) if isinstance(period, dict)]
    opens = [_first_day(period, "startDateTime", "startDate") for period in periods]
    closes = [_first_day(period, "endDateTime", "endDate") for period in periods]
    opens.append(_first_day(offering, "enrollStartDate", "enrolStartDate"))
    closes.append(_first_day(offering, "enrollEndDate", "enrolEndDate"))
    return min(filter(None, opens), default=None), min(filter(None, closes), default=None)


def _students(value: Json) -> int | None:
    text = said(value) or ""
    return int(text.split(".")[0]) if re.fullmatch(r"[1-9][0-9]{0,4}(\.0+)?", text) else None


def _delivery(item: dict[str, Json], tally: Tally) -> str | None:
    """One way of delivery; more than one known way, or a mixed one, is hybrid."""
    words = [
        word for word in map(said, [*many(item.get("modesOfDelivery")), *many(item.get("modeOfDelivery"))]) if word
    ]
    known = {_DELIVERIES[word.casefold()] for word in words if word.casefold() in _DELIVERIES}
    for word in words:
        if word.casefold() not in _DELIVERIES:
            tally.note(Sentence("Undervisningsformen er ikke kjent"), word)
    return "hybrid" if len(known) > 1 else next(iter(known), None)
