"""From a learning opportunity to an offer with at most one run."""

import re
from decimal import Decimal
from zoneinfo import ZoneInfo

from importers.credits import amount
from importers.days import day, term_of
from importers.faults import missing, rejected
from importers.formats.elm.nodes import Index, Node
from importers.json_rows import Json
from importers.languages import iso_639_1, main_of, of_title
from importers.nested import at, many, raw_row, said, unstorable_inside
from importers.protocol import OfferRecord, ProviderRef, RejectedRow, RunRecord
from importers.sentences import Sentence
from importers.sheets.values import is_orgnr
from importers.tally import Tally
from importers.web import address, prose

_ZONE = ZoneInfo("Europe/Oslo")
_ECTS_ADDRESS = "http://data.europa.eu/snb/education-credit/6fcec5c5af"
_ECTS = frozenset(("ects", "european credit transfer system", "european credit transfer and accumulation system"))
_SPECIFICATIONS = ("learningAchievementSpecification", "qualification", "qualificationReference")
_DELIVERIES = {
    "online": "online", "distance": "online", "distance learning": "online", "nettbasert": "online",
    "presential": "campus", "on site": "campus", "on-site": "campus", "face to face": "campus", "campus": "campus",
    "blended": "hybrid", "hybrid": "hybrid",
}  # fmt: skip


def understood(position: int, node: Node, index: Index, tally: Tally) -> OfferRecord | RejectedRow:
    """One opportunity as an offer, or all that is wrong with it."""
    specification = _first(node, index, *_SPECIFICATIONS)
    activity = _first(node, index, "learningActivitySpecification") or _first(
        specification, index, "learningActivitySpecification"
    )
    raw = raw_row(node)
    titles = _texts(node.get("title")) or _texts(specification.get("title"))
    owners = _providers(node, index)
    key = _identifier(node) or said(node.get("id"))
    faults = unstorable_inside({**node, "learningAchievementSpecification": specification})
    if key is None:
        faults.append(missing("id", Sentence("Gi læringstilbudet en identifikator som er lik fra gang til gang.")))
    if not titles:
        faults.append(missing("title", Sentence("Gi læringstilbudet et navn.")))
    if not owners:
        faults.append(
            missing("providedBy", Sentence("Ta med organisasjonen som tilbyr det, med navn eller organisasjonsnummer."))
        )
    if faults or key is None:
        return rejected(position, faults, raw)
    language, title = main_of(titles)
    number = _credits(specification, tally)
    run = _run(node, index, activity, key, tally)
    return OfferRecord(
        position=position,
        key=key,
        offer_key=_identifier(specification) or said(specification.get("id")) or key,
        provider=owners[0],
        partners=tuple(owners[1:]),
        title=title,
        raw=raw,
        title_language=of_title(language),
        other_titles={other: text for other, text in titles.items() if other and other != language},
        description=_paragraphs(node.get("description")) or _paragraphs(specification.get("description")),
        learning_outcomes=_outcomes(specification, index),
        credits=number,
        credit_scheme="ECTS" if number else None,
        target_groups=tuple(dict.fromkeys(_labels(activity, specification, "targetGroup"))),
        languages=_spoken(activity) or _spoken(specification),
        url=next((found for page in many(node.get("homepage")) if (found := _page(page))), None),
        runs=(run,) if run else (),
    )


def _first(node: Node, index: Index, *names: str) -> Node:
    for name in names:
        for value in many(node.get(name)):
            found = index.follow(value)
            if isinstance(found, dict) and found:
                return found
    return {}


def _texts(value: Json) -> dict[str | None, str]:
    """Language -> text, of an object by language; None for a text that does not say."""
    found: dict[str | None, str] = {}
    for each in many(value):
        if text := said(each):
            found.setdefault(None, text)
        elif isinstance(each, dict):
            for code, inner in each.items():
                text = next((text for text in map(said, many(inner)) if text), None)
                if text and code not in ("id", "type"):
                    found.setdefault(iso_639_1(code), text)
    return found


def _paragraphs(value: Json) -> str | None:
    texts = _texts(value) or _texts(at(value, "noteLiteral"))
    return prose(main_of(texts)[1]) if texts else None


def _identifier(node: Node) -> str | None:
    for each in many(node.get("identifier")):
        if text := said(at(each, "notation")) or said(each):
            return text
    return None


def _providers(node: Node, index: Index) -> list[ProviderRef]:
    found = []
    for value in many(node.get("providedBy")):
        organisation = index.follow(value)
        told = [at(organisation, name) for name in ("registration", "eidasLegalIdentifier", "vatIdentifier",
                                                    "taxIdentifier", "identifier")]  # fmt: skip
        numbers = (
            re.sub(r"\D", "", said(at(each, "notation")) or said(each) or "") for one in told for each in many(one)
        )
        names = _texts(at(organisation, "legalName")) or _texts(at(organisation, "prefLabel"))
        ref = ProviderRef(orgnr=next(filter(is_orgnr, numbers), None), name=main_of(names)[1] if names else None)
        if ref.orgnr or ref.name:
            found.append(ref)
    return found


def _credits(specification: Node, tally: Tally) -> Decimal | None:
    """The one number in the framework ECTS."""
    in_ects: set[Decimal] = set()
    for credit in many(specification.get("creditPoint")):
        number = amount(said(at(credit, "point")))
        framework = at(credit, "framework")
        labels = [text.casefold() for text in _texts(at(framework, "prefLabel")).values()]
        identifier = said(framework) or said(at(framework, "id"))
        if number and (identifier == _ECTS_ADDRESS or not _ECTS.isdisjoint(labels)):
            in_ects.add(number)
        elif number:
            tally.note(Sentence("Poengordningen er ikke ECTS, så poengene er utelatt"), next(iter(labels), identifier))
    return in_ects.pop() if len(in_ects) == 1 else None


def _last_step(value: Json) -> str:
    return (said(value) or said(at(value, "id")) or "").rstrip("/").rpartition("/")[2]


def _spoken(node: Node) -> tuple[str, ...]:
    codes = (iso_639_1(_last_step(each)) for each in many(node.get("language")))
    return tuple(dict.fromkeys(code for code in codes if code))


def _labels(first: Node, then: Node, name: str) -> list[str]:
    values = [*many(first.get(name)), *many(then.get(name))]
    return [main_of(texts)[1] for each in values if (texts := _texts(at(each, "prefLabel")))]


def _outcomes(specification: Node, index: Index) -> str | None:
    outcomes = (index.follow(each) for each in many(specification.get("learningOutcome")))
    titles = (main_of(texts)[1] for outcome in outcomes if (texts := _texts(at(outcome, "title"))))
    return "\n".join(titles) or _paragraphs(specification.get("learningOutcomeSummary"))


def _page(page: Json) -> str | None:
    return address(said(at(page, "contentUrl")) or said(page))


def _run(node: Node, index: Index, activity: Node, key: str, tally: Tally) -> RunRecord | None:
    times = [each for each in many(node.get("temporal")) if isinstance(each, dict)]
    starts = sorted(found for each in times if (found := day(said(each.get("startDate")), _ZONE)))
    if not starts:
        tally.note(Sentence("Læringstilbud uten startdag er uten gjennomføring"), key)
        return None
    ends = [found for each in times if (found := day(said(each.get("endDate")), _ZONE))]
    closes = [found for each in many(node.get("applicationDeadline")) if (found := day(said(each), _ZONE))]
    places = [index.follow(each) for each in many(node.get("location"))]
    here = (
        place for place in places if any(_last_step(at(a, "countryCode")) == "NOR" for a in many(at(place, "address")))
    )
    towns = (main_of(names)[1] for place in here if (names := _texts(at(place, "geographicName"))))
    return RunRecord(
        term=term_of(starts[0]),
        native_key=key,
        starts_on=starts[0],
        ends_on=max(ends, default=None),
        application_closes_on=min(closes, default=None),
        delivery=_delivery(node, activity, tally),
        municipalities=tuple(dict.fromkeys(towns)),
        cancelled=(said(node.get("status")) or "").casefold() in ("cancelled", "canceled"),
    )


def _delivery(node: Node, activity: Node, tally: Tally) -> str | None:
    """One way of learning, or more than one, which is hybrid."""
    known: set[str] = set()
    for value in [*many(node.get("mode")), *many(activity.get("mode"))]:
        labels = [text.casefold() for text in _texts(at(value, "prefLabel")).values()]
        found = next((_DELIVERIES[label] for label in labels if label in _DELIVERIES), None)
        if found:
            known.add(found)
        else:
            tally.note(Sentence("Undervisningsformen er ikke kjent"), next(iter(labels), _last_step(value)) or None)
    return "hybrid" if len(known) > 1 else next(iter(known), None)
