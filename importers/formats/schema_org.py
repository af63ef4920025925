"""schema.org as JSON-LD: Course, CourseInstance and EducationalOccupationalProgram, in files and in the scripts of pages.

Source: https://schema.org/Course (release 30.0), as search engines ask for it. A course becomes an offer and each of its
instances that has a day of start a run; a programme an offer with at most one run; an instance that no course points at
an offer of its own. The file is JSON (one object, a list, ``@graph`` or ``ItemList``) or an HTML page with
``<script type="application/ld+json">``.

Quirks of the feeds, each met with below:

- Anything may be one value or a list: types, instances, ``courseMode``, languages. A text may be plain, or an object
  with ``@value`` and ``@language``, and in any of them.
- Types and properties may be written "Course", "schema:Course" or "http://schema.org/Course".
- What is pointed at by ``@id`` stands elsewhere in the file, or nowhere. Relative and blank identifiers ("./", "_:b0") are
  no keys: they are only good within the file.
- An instance within a course may lack its type.
- ``provider`` is often left out, as the page is the provider's own: nothing in the file says so, and the row is rejected.
- ``numberOfCredits`` is a bare number, and a bare number has no scheme: left out with a notice. With a unit ("30 ECTS",
  ``unitText``) it is taken.
- ``courseMode`` mixes the place, the pace and whatever else; only words on the place are known.
- An instance without a day of start (a course that is always open) is no run.
- A script that is no JSON is one rejected row; the page's other scripts are read.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from importers.credits import amount
from importers.days import day, term_of
from importers.faults import Fault, missing, rejected
from importers.json_rows import MAX_ELEMENT, Json, elements, too_deep, whole
from importers.languages import iso_639_1, main_of, of_title
from importers.nested import at, many, mended_object, raw_row, said, unstorable_inside
from importers.payloads import MAX_BYTES, Examined, Kind, examine, open_text
from importers.protocol import OfferRecord, Payload, PayloadRefused, ProviderRef, RejectedRow, Row, RunRecord
from importers.sentences import Sentence
from importers.sheets.values import is_orgnr
from importers.tally import Tally
from importers.web import address, prose

NAME = "schema-org"
TITLE = "Kurs og programmer etter schema.org (JSON-LD), i filer eller nettsider"

_ZONE = ZoneInfo("Europe/Oslo")
_OFFERS = frozenset(("Course", "EducationalOccupationalProgram"))
_PREFIXES = ("", "schema:", "https://schema.org/", "http://schema.org/")
_BROKEN = "brokenScript"
_CREDITS = re.compile(r"([0-9]{1,4}(?:[.,][0-9]{1,2})?)\s*([^\W\d].*)?")
_SCHEMES = {
    "ects": "ECTS",
    "ects credits": "ECTS",
    "studiepoeng": "ECTS",
    "stp": "ECTS",
    "sp": "ECTS",
    "fagskolepoeng": "fagskolepoeng",
    "fagskulepoeng": "fagskolepoeng",
    "hp": "hp",
    "högskolepoäng": "hp",
    "cats": "CATS",
}
_DELIVERIES = {
    "online": "online", "distance learning": "online", "distance": "online", "mooc": "online", "onsite": "campus",
    "on-site": "campus", "campus": "campus", "in-person": "campus", "blended": "hybrid", "hybrid": "hybrid",
}  # fmt: skip

Node = dict[str, Json]


@dataclass(slots=True)
class _Index:
    """What can be pointed at: ``@id`` -> node as JSON text; and which instances a course points at."""

    nodes: dict[str, str] = field(default_factory=dict)
    instances: set[str] = field(default_factory=set)

    def add(self, node: Node) -> None:
        identifier = said(node.get("@id"))
        if identifier and len(node) > 1:
            self.nodes.setdefault(identifier, json.dumps(node, ensure_ascii=False))
        for instance in many(_get(node, "hasCourseInstance")):
            if pointed := said(at(instance, "@id")):
                self.instances.add(pointed)

    def follow(self, value: Json) -> Json:
        """The node that a value points at, or the value itself."""
        identifier = said(at(value, "@id"))
        if isinstance(value, dict) and len(value) == 1 and identifier in self.nodes:
            found: Json = json.loads(self.nodes[identifier])
            return found
        return value


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every course, programme and lone instance; positions count them."""
    examined = examine(payload, max_bytes=max_bytes, markup=frozenset({Kind.HTML}))
    if examined.kind not in (Kind.JSON, Kind.HTML):
        raise PayloadRefused(
            Sentence("Filen er verken JSON eller en nettside."),
            Sentence("Lagre siden med kurset, eller JSON-LD fra den."),
        )
    yield from examined.notices
    tally, index = Tally(), _Index()
    for node in _nodes(examined):
        index.add(node)
    rows = (node for node in _nodes(examined) if _is_row(node, index))
    for position, node in enumerate(rows, start=1):
        yield tally.passing(_understood(position, mended_object(node, payload.repairs.get(position)), index, tally))
    yield from tally.notices(
        Sentence("Filen har ingen kurs eller programmer etter schema.org."),
        Sentence("Kontroller at siden har JSON-LD av typen Course eller EducationalOccupationalProgram."),
    )


def _get(node: Json, name: str) -> Json:
    """A property, however its name is written."""
    return next((found for prefix in _PREFIXES if (found := at(node, prefix + name)) is not None), None)


def _types(node: Json) -> set[str]:
    return {re.split(r"[/:#]", text)[-1] for text in map(said, many(at(node, "@type"))) if text}


def _is_row(node: Node, index: _Index) -> bool:
    types = _types(node)
    lone = "CourseInstance" in types and said(node.get("@id")) not in index.instances
    return bool(types & _OFFERS) or lone or _BROKEN in node


def _nodes(examined: Examined) -> Iterator[Node]:
    """Every node that stands by itself: the file's own, those of lists and graphs, and those of lists of items."""
    pending: list[Iterator[Json]] = [_values(examined)]
    while pending:
        try:
            value = next(pending[-1])
        except StopIteration:
            pending.pop()
            continue
        if isinstance(value, list):
            pending.append(iter(value))
        elif isinstance(value, dict):
            yield value
            inner = [*many(value.get("@graph")), *many(_get(value, "itemListElement"))]
            if "ListItem" in _types(value):
                inner += many(_get(value, "item"))
            pending.append(iter(inner))


def _values(examined: Examined) -> Iterator[Json]:
    with open_text(examined) as stream:
        if examined.kind is Kind.HTML:
            page = stream.read(MAX_ELEMENT + 1)
            if len(page) > MAX_ELEMENT:
                raise PayloadRefused(
                    Sentence("Nettsiden er for stor."), Sentence("Lagre JSON-LD fra siden i en egen fil.")
                )
            yield from (_script(text) for text in _scripts(page))
            return
        start = stream.read(1)
        while start.isspace():
            start = stream.read(1)
        stream.seek(0)
        yield from elements(stream) if start == "[" else [whole(stream)]


def _scripts(page: str) -> Iterator[str]:
    """The JSON-LD scripts of a page, those in comments left out. Each character is looked at a few times at most."""
    lower, at_ = page.lower(), 0
    if len(lower) != len(page):  # a few capital letters are longer in lower case
        lower = page
    while (start := lower.find("<", at_)) >= 0:
        if lower.startswith("<!--", start):
            end = lower.find("-->", start)
            at_ = end if end >= 0 else len(page)
        elif lower.startswith("<script", start):
            body, end = lower.find(">", start) + 1, lower.find("</script", start)
            if not 0 < body <= end:
                return
            if "application/ld+json" in lower[start:body]:
                yield page[body:end]
            at_ = end + 1
        else:
            at_ = start + 1


def _script(text: str) -> Json:
    try:
        value: Json = json.loads(text, parse_float=str, parse_int=str, parse_constant=str, strict=False)
    except (ValueError, RecursionError):
        return {_BROKEN: text}
    return {_BROKEN: text} if too_deep(value, text.count("[") + text.count("{")) else value


def _understood(position: int, node: Node, index: _Index, tally: Tally) -> OfferRecord | RejectedRow:
    if _BROKEN in node:
        fault = Fault(
            "script", None, Sentence("JSON-LD på siden er ikke gyldig JSON."), Sentence("Rett skriptet på nettsiden.")
        )
        return rejected(position, [fault], raw_row(node))
    titles = _texts(_get(node, "name"))
    owners = _providers(node, index)
    faults = unstorable_inside(node)
    if not titles:
        faults.append(missing("name", Sentence("Gi kurset et navn.")))
    if not owners:
        faults.append(
            missing("provider", Sentence("Oppgi hvem som tilbyr kurset, med navn eller organisasjonsnummer."))
        )
    if faults:
        return rejected(position, faults, raw_row(node))

    language, title = main_of(titles)
    key = _key(node) or title
    number, scheme = _credits(_get(node, "numberOfCredits"), tally)
    groups = (text for each in many(_get(node, "audience")) for text in _audience(each))
    return OfferRecord(
        position=position,
        key=key,
        offer_key=key,
        provider=owners[0],
        partners=tuple(owners[1:]),
        title=title,
        raw=raw_row(node),
        title_language=of_title(language),
        other_titles={other: text for other, text in titles.items() if other and other != language},
        description=_paragraphs(_get(node, "description")),
        learning_outcomes=_outcomes(_get(node, "teaches")),
        credits=number,
        credit_scheme=scheme,
        target_groups=tuple(dict.fromkeys(groups)),
        languages=_spoken(node),
        url=address(_link(_get(node, "url"))) or address(_absolute(said(node.get("@id")))),
        runs=_runs(node, key, index, tally),
    )


def _texts(value: Json) -> dict[str | None, str]:
    """Language -> text; None for a text that does not say."""
    found: dict[str | None, str] = {}
    for each in many(value):
        text = said(each) or said(at(each, "@value"))
        if text:
            found.setdefault(iso_639_1(said(at(each, "@language"))), text)
    return found


def _paragraphs(value: Json) -> str | None:
    found: dict[str | None, str] = {}
    for each in many(value):
        text = at(each, "@value") if isinstance(each, dict) else each
        if isinstance(text, str) and text.strip():
            found.setdefault(iso_639_1(said(at(each, "@language"))), text)
    return prose(main_of(found)[1]) if found else None


def _outcomes(value: Json) -> str | None:
    told = (said(each) or said(at(each, "@value")) or said(_get(each, "name")) for each in many(value))
    return "\n".join(text for text in told if text) or None


def _absolute(identifier: str | None) -> str | None:
    return identifier if identifier and re.match(r"https?://", identifier) else None


def _link(value: Json) -> str | None:
    return said(value) or said(at(value, "@id"))


def _key(node: Node) -> str | None:
    """The course's own code, else an identifier that holds outside the file."""
    told = _get(node, "identifier")
    identifier = said(told) or said(_get(told, "value"))
    return said(_get(node, "courseCode")) or identifier or _absolute(said(node.get("@id"))) or _link(_get(node, "url"))


def _providers(node: Node, index: _Index) -> list[ProviderRef]:
    """The organisations that offer the course; of a lone instance, its organizer."""
    found = []
    for value in many(_get(node, "provider")) or many(_get(node, "organizer")):
        each = index.follow(value)
        numbers = [said(_get(each, name)) or "" for name in ("taxID", "vatID", "identifier", "leiCode")]
        digits = (re.sub(r"\D", "", number) for number in numbers)
        names = _texts(_get(each, "name")) or _texts(each if isinstance(each, str) else None)
        ref = ProviderRef(orgnr=next(filter(is_orgnr, digits), None), name=main_of(names)[1] if names else None)
        if ref.orgnr or ref.name:
            found.append(ref)
    return found


def _credits(value: Json, tally: Tally) -> tuple[Decimal | None, str | None]:
    text = said(value) or said(_get(value, "value"))
    match = _CREDITS.fullmatch(text or "")
    number = amount(match[1]) if match else None
    if match is None or number is None:
        return None, None
    unit = match[2] or said(_get(value, "unitText")) or said(_get(value, "unitCode"))
    scheme = _SCHEMES.get((unit or "").casefold())
    if scheme is None:
        tally.note(Sentence("Poengene har ingen kjent poengordning, så de er utelatt"), unit or text)
        return None, None
    return number, scheme


def _audience(value: Json) -> list[str]:
    told = [said(value), said(_get(value, "audienceType")), said(_get(value, "educationalRole"))]
    return [text for text in told if text]


def _spoken(node: Node) -> tuple[str, ...]:
    instances = [_get(each, "inLanguage") for each in many(_get(node, "hasCourseInstance"))]
    told = [each for value in (_get(node, "inLanguage"), *instances) for each in many(value)]
    codes = (iso_639_1(said(each) or said(_get(each, "alternateName"))) for each in told)
    return tuple(dict.fromkeys(code for code in codes if code))


def _runs(node: Node, key: str, index: _Index, tally: Tally) -> tuple[RunRecord, ...]:
    if "Course" in _types(node):
        instances = [index.follow(each) for each in many(_get(node, "hasCourseInstance"))]
    else:
        instances = [node]
    found = []
    for instance in instances:
        starts_on = day(said(_get(instance, "startDate")), _ZONE)
        if starts_on is None:
            if instance is not node:
                tally.note(Sentence("Gjennomføringer uten startdag er utelatt"), key)
            continue
        found.append(_run(instance, starts_on, node))
    return tuple(found)


def _run(instance: Json, starts_on: date, node: Node) -> RunRecord:
    place = _get(instance, "location")
    town, country = (said(_get(_get(place, "address"), name)) for name in ("addressLocality", "addressCountry"))
    capacity = said(_get(instance, "maximumAttendeeCapacity")) or said(_get(instance, "maximumEnrollment")) or ""
    status = (said(_get(instance, "eventStatus")) or "").rpartition("/")[2]
    own = said(at(instance, "@id")) if instance is not node else None
    return RunRecord(
        term=term_of(starts_on),
        native_key=_absolute(own) or " ".join(filter(None, (starts_on.isoformat(), town or said(place)))),
        starts_on=starts_on,
        ends_on=day(said(_get(instance, "endDate")), _ZONE),
        application_opens_on=day(said(_get(node, "applicationStartDate")), _ZONE),
        application_closes_on=day(said(_get(node, "applicationDeadline")), _ZONE),
        places=int(capacity) if re.fullmatch(r"[1-9][0-9]{0,4}", capacity) else None,
        delivery=_delivery(instance),
        municipalities=(town,) if town and country in (None, "NO", "Norge", "Norway") else (),
        apply_url=address(_link(_get(instance, "url"))) if instance is not node else None,
        cancelled=status == "EventCancelled",
    )


def _delivery(instance: Json) -> str | None:
    modes = many(_get(instance, "courseMode")) or many(_get(instance, "educationalProgramMode"))
    words = (text.casefold().rpartition("/")[2] for text in map(said, modes) if text)
    known = {_DELIVERIES[word] for word in words if word in _DELIVERIES}
    if "VirtualLocation" in _types(_get(instance, "location")):
        known.add("online")
    return "hybrid" if len(known) > 1 else next(iter(known), None)
