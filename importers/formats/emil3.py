"""EMIL 3 (Swedish standard SS 10700:2024) as Skolverket's Susa-navet delivers it: events, infos and providers, as JSON.

Source: https://api.skolverket.se/susa-navet/emil3. An event (when and where) points at its info (what) and its
providers (who). One event becomes one record with at most one run; events of the same course share the offer's code.
The file is one reply, a list of replies, or one object with the three lists ``educationEvents``, ``educationInfos`` and
``educationProviders``, in any order. What an event points at and the file does not hold is left open.

Quirks of the feed, each met with below:

- Every record is wrapped: ``{id, status, content}``. A deleted one has ``content: null``: it becomes a record with a
  cancelled run where the file holds the info of the same number and the provider that the number starts with, and is
  rejected where it does not. Its term is the end of its number (".20252": 1 is spring, 2 is autumn).
- Identifiers are compared without case. Infos are made anew for every term; ``code`` is the course's own, and
  ``educationBase`` the next best.
- The name stands in up to two languages, coded by ISO 639-2; the Swedish one is the title. ``content: "HTML"`` on a
  text marks what has to be taken out of its tags, and older records have tags without the mark.
- ``execution.condition`` 0 is a course that is established but not planned: no run, whatever dates it has. 2 and 3 have
  no fixed start: the term of the university's extension is used where it is there, else there is no run.
- ``isCancelled`` may be missing, which is no.
- Credits are ``hp`` (högskolepoäng). ``yh`` and ``gy`` are other measures that the registry has no scheme for: left
  out, never converted. A range (``min``) is left out too.
- ``areaCode`` is a Swedish municipality, and some of those codes are Norwegian ones too (1146 is Tysvær), as are names of
  towns (Ås): a place is only taken where its country is Norway, and then its town.
- ``audience`` is only told of courses for those who work in schools, and is the best word on target groups there is.
- Addresses of pages may lack ``https://``.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TextIO
from zoneinfo import ZoneInfo

from importers.credits import amount
from importers.days import day, term_of
from importers.faults import Fault, missing, rejected
from importers.json_rows import Json, parts, text_of
from importers.languages import iso_639_1, main_of, of_title
from importers.nested import at, first_said, many, mended, mended_object, raw_row, said, unstorable_inside
from importers.payloads import MAX_BYTES, Kind, examine, open_text
from importers.protocol import OfferRecord, Payload, PayloadRefused, ProviderRef, RejectedRow, Row, RunRecord
from importers.sentences import Sentence
from importers.sheets.values import is_orgnr
from importers.tally import Tally
from importers.text import quoted
from importers.web import address, prose

NAME = "emil3"
TITLE = "Utdanningstilfeller fra Susa-navet (EMIL 3), som JSON"

_ZONE = ZoneInfo("Europe/Stockholm")
_LISTS = ("educationEvents", "educationInfos", "educationProviders")
_HALVES = {"vt": "V", "ht": "H"}
_THEN = ("sv",)
#: C_Audience -> target groups as "setting:role", or a role alone.
_AUDIENCES = {
    "rektorer": ("leader",),
    "lärare": ("teacher",),
    "förskolelärare": ("kindergarten:teacher",),
    "yrkeslärare": ("upper_secondary:teacher", "adult_education:teacher"),
}


@dataclass(slots=True)
class _Pointed:
    """What events point at: identifier -> content as JSON text, which takes far less room than the objects."""

    infos: dict[str, str] = field(default_factory=dict)
    providers: dict[str, str] = field(default_factory=dict)

    def info(self, identifier: str | None) -> dict[str, Json]:
        return _read_back(self.infos.get((identifier or "").casefold()))

    def provider(self, identifier: str) -> dict[str, Json]:
        return _read_back(self.providers.get(identifier.casefold()))


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every event, in the order of the file; positions count events."""
    examined = examine(payload, max_bytes=max_bytes)
    if examined.kind is not Kind.JSON:
        raise PayloadRefused(Sentence("Filen er ikke JSON."), Sentence("Hent educationEvents fra Susa-navet som JSON."))
    yield from examined.notices
    tally = Tally(("content", "identifier", "education", "providers"))
    pointed = _Pointed()
    with open_text(examined) as stream:
        for name, wrapper in _wrappers(stream):
            _keep(pointed, name, wrapper)
    with open_text(examined) as stream:
        events = (wrapper for name, wrapper in _wrappers(stream) if name == "educationEvents")
        for position, event in enumerate(events, start=1):
            yield tally.passing(_understood(position, _mended(event, payload, position), pointed, tally))
    yield from tally.notices(
        Sentence("Filen har ingen utdanningstilfeller (educationEvents)."),
        Sentence("Ta med educationEvents: utdanninger og tilbydere alene sier ikke hvem som tilbyr hva, og når."),
    )


def _wrappers(stream: TextIO) -> Iterator[tuple[str, Json]]:
    """Every wrapped record with the name of its list; lone records and lists of them are told by their identifier."""
    lone: dict[str, Json] = {}
    for name, value in parts(stream):
        pages = [key for key in _LISTS if isinstance(value, dict) and key in value]
        if name in _LISTS:
            yield name, value
        elif pages:
            yield from ((key, wrapper) for key in pages for wrapper in many(at(value, key)))
        elif name == "":
            yield _list_of(value), value
        else:
            lone[name] = value
    if "content" in lone or "identifier" in lone:
        yield _list_of(lone), lone


def _list_of(wrapper: Json) -> str:
    """The list that a lone record belongs to: identifiers start with e, i or p. What is neither is told as an event."""
    start = (first_said(at(wrapper, "id"), at(wrapper, "identifier")) or "").casefold()[:2]
    return {"i.": "educationInfos", "p.": "educationProviders"}.get(start, "educationEvents")


def _content(wrapper: Json) -> dict[str, Json]:
    """The record without its wrapper, {} where it was deleted."""
    if not isinstance(wrapper, dict):
        return {}
    content = wrapper.get("content", wrapper if "identifier" in wrapper else None)
    return content if isinstance(content, dict) else {}


def _mended(wrapper: Json, payload: Payload, position: int) -> Json:
    """The event with a person's values: those of the wrapper where it has them, else those of its content."""
    repairs = payload.repairs.get(position, {})
    if not repairs or not isinstance(wrapper, dict) or "content" not in wrapper:
        return mended(wrapper, repairs)
    outside = {key: text for key, text in repairs.items() if key in wrapper or key == "id"}
    inside = {key: text for key, text in repairs.items() if key not in outside}
    return {**mended_object(wrapper, outside), "content": mended_object(_content(wrapper), inside)}


def _keep(pointed: _Pointed, name: str, wrapper: Json) -> None:
    content = _content(wrapper)
    identifier = first_said(at(wrapper, "id"), content.get("identifier"))
    target = {"educationInfos": pointed.infos, "educationProviders": pointed.providers}.get(name)
    if target is not None and identifier and content:
        target[identifier.casefold()] = json.dumps(content, ensure_ascii=False)


def _read_back(text: str | None) -> dict[str, Json]:
    found: dict[str, Json] = json.loads(text) if text else {}
    return found


def _understood(position: int, wrapper: Json, pointed: _Pointed, tally: Tally) -> OfferRecord | RejectedRow:
    content = _content(wrapper)
    whole = wrapper if isinstance(wrapper, dict) else {"": wrapper}
    raw = raw_row({**{k: v for k, v in whole.items() if k != "content"}, **content})
    identifier = first_said(at(wrapper, "id"), content.get("identifier"))
    deleted = not content
    education = said(content.get("education"))
    if identifier and deleted and identifier.casefold().startswith("e."):
        education = f"i.{identifier[2:]}"
    repaired = content.pop("educationInfo", None)  # as the raw row shows it, where a person has corrected it
    info = repaired if isinstance(repaired, dict) else pointed.info(education)
    if info:
        raw["educationInfo"] = text_of(info)
    owners = _providers(_owners_of_deleted(identifier) if deleted else content.get("providers"), pointed, known=deleted)
    titles = _texts(info.get("title")) or _texts(content.get("title"))
    faults = unstorable_inside({**whole, "educationInfo": info})
    if identifier is None:
        faults.append(missing("id", Sentence("Hent tilfellet på nytt fra Susa-navet.")))
    elif deleted and not (titles and owners):
        faults.append(
            Fault(
                "content",
                None,
                Sentence("%(value)s er slettet i kilden, og filen sier ikke hva det var.", value=quoted(identifier)),
                Sentence("Avlys gjennomføringen i registeret hvis den finnes der."),
            )
        )
    else:
        if not titles:
            faults.append(
                missing("title", Sentence("Ta med utdanningen (educationInfos), eller gi tilfellet et navn."))
            )
        if not owners:
            faults.append(missing("providers", Sentence("Oppgi hvem som tilbyr utdanningen.")))
    if faults or identifier is None:
        return rejected(position, faults, raw)

    language, title = main_of(titles, _THEN)
    number, scheme = _credits(info, tally)
    run = _run(identifier, content, deleted or at(wrapper, "status") == "DELETED", tally)
    spoken = (iso_639_1(said(code)) for code in many(content.get("languageOfInstructions")))
    return OfferRecord(
        position=position,
        key=identifier.casefold(),
        offer_key=first_said(info.get("code"), info.get("educationBase"), education) or identifier.casefold(),
        provider=owners[0],
        partners=tuple(owners[1:]),
        title=title,
        raw=raw,
        title_language=of_title(language),
        other_titles={other: text for other, text in titles.items() if other and other != language},
        description=_paragraphs(info.get("description")) or _paragraphs(content.get("description")),
        credits=number,
        credit_scheme=scheme,
        target_groups=_audience(info),
        languages=tuple(dict.fromkeys(found for found in spoken if found)),
        tags=tuple(dict.fromkeys(_texts_in_order(content.get("keywords")))),
        url=_url(content.get("url")) or _url(info.get("url")),
        runs=(run,) if run else (),
    )


def _texts(value: Json) -> dict[str | None, str]:
    """A text in several languages: ISO 639-1 code (None where it is not known) -> text. A person writes it plainly."""
    found: dict[str | None, str] = {None: plain} if (plain := said(value)) else {}
    for each in many(at(value, "strings")):
        text = said(at(each, "value"))
        if text:
            found.setdefault(iso_639_1(said(at(each, "lang"))), text)
    return found


def _texts_in_order(value: Json) -> list[str]:
    return [text for each in many(at(value, "strings")) if (text := said(at(each, "value")))]


def _paragraphs(value: Json) -> str | None:
    texts: dict[str | None, str] = {}
    for each in many(at(value, "strings")):
        text = at(each, "value")
        if isinstance(text, str) and text.strip():
            texts.setdefault(iso_639_1(said(at(each, "lang"))), text)
    return prose(main_of(texts, _THEN)[1]) if texts else None


def _url(value: Json) -> str | None:
    return address(next((text for each in many(at(value, "urls")) if (text := said(at(each, "value")))), None))


def _owners_of_deleted(identifier: str | None) -> Json:
    """The provider in the number of an event: "e.uoh.kth.dd1420.60090.20251" is one of "p.uoh.kth"."""
    steps = (identifier or "").split(".")
    return f"p.{steps[1]}.{steps[2]}" if len(steps) > 3 else None


def _providers(identifiers: Json, pointed: _Pointed, *, known: bool) -> list[ProviderRef]:
    """Each provider by its number or name, or, unless it must be ``known``, by its identifier where the file has no more."""
    found = []
    for identifier in (text for text in map(said, many(identifiers)) if text):
        provider = pointed.provider(identifier)
        number = (said(provider.get("organisationNumber")) or "").replace(" ", "")
        names = _texts(provider.get("name"))
        orgnr = number if is_orgnr(number) else None
        if names or not known:
            found.append(ProviderRef(orgnr=orgnr, name=main_of(names, _THEN)[1] if names else identifier))
    return found


def _credits(info: dict[str, Json], tally: Tally) -> tuple[Decimal | None, str | None]:
    system, least = said(at(info, "credits", "system", "code")), amount(said(at(info, "credits", "min")))
    number = amount(said(at(info, "credits", "credits")))
    if number is None:
        return None, None
    if system != "hp":
        tally.note(Sentence("Poengordningen er ikke högskolepoäng (hp), så poengene er utelatt"), system)
        return None, None
    if least is not None and least != number:
        tally.note(Sentence("Poengene er et spenn, så de er utelatt"), f"{least}-{number}")
        return None, None
    return number, "hp"


def _audience(info: dict[str, Json]) -> tuple[str, ...]:
    codes = [text for each in many(info.get("audience")) if (text := said(at(each, "code")))]
    return tuple(dict.fromkeys(group for code in codes for group in _AUDIENCES.get(code.casefold(), (code,))))


def _run(identifier: str, content: dict[str, Json], deleted: bool, tally: Tally) -> RunRecord | None:
    starts_on = day(said(at(content, "execution", "start")), _ZONE)
    term = term_of(starts_on) if starts_on else _term(identifier, content)
    if term is None or said(at(content, "execution", "condition", "code")) == "0":
        tally.note(Sentence("Tilfeller uten start eller som ikke er planlagt, er uten gjennomføring"), identifier)
        return None
    here = (place for place in many(content.get("locations")) if at(place, "country") == "NO")
    towns = (said(at(place, "town")) for place in here)
    places = said(content.get("places")) or ""
    return RunRecord(
        term=term,
        native_key=identifier.casefold(),
        starts_on=starts_on,
        ends_on=day(said(at(content, "execution", "end")), _ZONE),
        application_opens_on=day(said(at(content, "application", "first")), _ZONE),
        application_closes_on=day(said(at(content, "application", "last")), _ZONE),
        places=int(places) if re.fullmatch(r"[1-9][0-9]{0,4}", places) else None,
        delivery=_delivery(content),
        municipalities=tuple(dict.fromkeys(town for town in towns if town)),
        apply_url=_url(at(content, "application", "url")),
        cancelled=deleted or content.get("isCancelled") is True,
        cancel_reason="Slettet i kilden" if deleted else None,
    )


def _term(identifier: str, content: dict[str, Json]) -> str | None:
    """The term of a start without a day: the university's own word on it, or, of what was deleted, its number's end."""
    for extension in many(content.get("extensions")):
        period = at(extension, "startPeriod", "period")
        year, half = said(at(period, "year")) or "", _HALVES.get((said(at(period, "semester")) or "").casefold())
        if re.fullmatch(r"20[0-9]{2}", year) and half:
            return f"{year}{half}"
    number = re.search(r"\.(20[0-9]{2})([12])$", identifier)
    return f"{number[1]}{'V' if number[2] == '1' else 'H'}" if number and not content else None


def _delivery(content: dict[str, Json]) -> str | None:
    """Distance study with gatherings is hybrid, without them online. No word of distance is no word of a campus."""
    distance = content.get("distance")
    if not isinstance(distance, dict):
        return None
    gatherings = (said(distance.get(key)) or "0" for key in ("noOfMandatorySessions", "noOfOptionalSessions"))
    return "hybrid" if any(number != "0" for number in gatherings) else "online"
