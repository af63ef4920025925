"""Kouta and Konfo, the Finnish register of education and its open replies (Opintopolku), as JSON or JSON Lines.

Source: konfo-backend of Opetushallitus (https://opintopolku.fi/konfo-backend). A ``koulutus`` is what is taught, a
``toteutus`` where and how, a ``hakukohde`` what one applies to. A toteutus becomes a record with one run for every term
it starts in, a koulutus one without runs; both have the koulutus' number as the offer's code. The file is one reply, a
search result (``hits``), a list of either, or lines of a dump (``_source``). What a koulutus of the same file tells of
credits holds for its toteutukset.

Quirks of the feed, each met with below:

- ``opintojenLaajuusNumero`` is 180120 for "180+120": where the label has several numbers their sum is taken, and a
  number above 360 that no label explains is left out, with a notice. Only unit 2 (opintopiste) is ECTS; unit 6
  (osaamispiste, of vocational studies) and others are left out.
- Names start with a space, and which languages there are differs from record to record.
- A code carries its version ("kausi_s#1") or not.
- The start is a term and a year; only now and then a day. Different ``haut`` lead to the same start: one toteutus can
  have five windows for applications. Those to the same term are one run, with the earliest opening and the nearest
  closing; a window without an end is open until further notice and has no closing. All are in ``raw``.
- Times have no zone: they are Helsinki's, and the day is taken as it is written.
- Drafts (``tallennettu``) and archived records are in dumps: rejected. A hakukohde that is no more than a draft is passed
  over. Replies of other kinds (hakukohde, haku, oppilaitos) are no offers.
- A search hit names a provider only where there is one (``toteutustenTarjoajat.count``).
- Contacts and editors (``yhteyshenkilot``, ``muokkaaja``) are persons, and are left out of what is kept.
- Finnish municipality codes and names are not taken for Norwegian ones.
"""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TextIO
from zoneinfo import ZoneInfo

from importers.credits import MOST, amount
from importers.days import FIRST_YEAR, LAST_YEAR, day, term_of
from importers.faults import Fault, missing, rejected
from importers.json_rows import Json, documents, elements
from importers.languages import main_of, of_title
from importers.nested import at, first_said, many, mended, raw_row, said, unstorable_inside
from importers.payloads import MAX_BYTES, Examined, Kind, examine, open_text
from importers.protocol import OfferRecord, Payload, PayloadRefused, ProviderRef, RejectedRow, Row, RunRecord
from importers.sentences import Sentence
from importers.tally import Tally
from importers.text import quoted
from importers.web import address, prose

NAME = "kouta"
TITLE = "Utdanninger fra Opintopolku (Kouta og Konfo), som JSON eller JSON Lines"

_ZONE = ZoneInfo("Europe/Helsinki")
_THEN = ("fi", "sv", "en")
_PERSONS = ("yhteyshenkilot", "muokkaaja")
#: The next last step of a number says what it is a number of.
_KINDS = {"13": "koulutus", "17": "toteutus", "20": "hakukohde", "29": "haku", "10": "oppilaitos"}
_PUBLISHED = "julkaistu"
_ECTS = "opintojenlaajuusyksikko_2"
_HALVES = {"kausi_k": "V", "kausi_s": "H"}
_LANGUAGES = {"1": ("fi",), "2": ("sv",), "3": ("fi", "sv"), "4": ("en",), "5": ("se",)}
_DELIVERIES = {"1": "campus", "2": "online", "3": "online", "4": "hybrid"}


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every record of the file, in order; positions count records."""
    examined = examine(payload, max_bytes=max_bytes)
    if examined.kind is not Kind.JSON:
        raise PayloadRefused(Sentence("Filen er ikke JSON."), Sentence("Hent utdanningene fra Opintopolku som JSON."))
    yield from examined.notices
    tally = Tally(("oid", "koulutusOid", "koulutustyyppi", "tila"))
    taught: dict[str, str] = {}
    for record in _records(examined):
        oid = said(at(record, "oid"))
        if oid and _kind(oid) == "koulutus":
            taught[oid] = json.dumps(_extent(record), ensure_ascii=False)
    for position, record in enumerate(_records(examined), start=1):
        yield tally.passing(_understood(position, mended(record, payload.repairs.get(position)), taught, tally))
    yield from tally.notices(
        Sentence("Filen har ingen utdanninger."), Sentence("Kontroller søket i Opintopolku, og hent filen på nytt.")
    )


def _records(examined: Examined) -> Iterator[Json]:
    with open_text(examined) as stream:
        for value in _values(stream):
            record = at(value, "_source") or value
            hits = at(record, "hits")
            if isinstance(hits, list):
                yield from hits
            else:
                yield record


def _values(stream: TextIO) -> Iterator[Json]:
    start = stream.read(1)
    while start.isspace():
        start = stream.read(1)
    stream.seek(0)
    return elements(stream) if start == "[" else documents(stream)


def _kind(oid: str) -> str | None:
    steps = oid.split(".")
    return _KINDS.get(steps[-2]) if len(steps) > 2 else None


def _code(value: Json) -> str:
    """The code of a koodiUri without its version: "kausi_s#1" is "kausi_s"."""
    return (said(at(value, "koodiUri")) or "").split("#")[0]


def _extent(record: Json) -> dict[str, Json]:
    """Size, unit and label of a koulutus: at the top in search hits, under ``metadata`` in whole records."""
    found: dict[str, Json] = {}
    for name in ("opintojenLaajuusNumero", "opintojenLaajuusyksikko", "opintojenLaajuus"):
        found[name] = at(record, name) or at(record, "metadata", name)
    return found


def _understood(position: int, record: Json, taught: dict[str, str], tally: Tally) -> OfferRecord | RejectedRow:
    whole: dict[str, Json] = _without_persons(record) if isinstance(record, dict) else {"": record}
    oid = said(whole.get("oid"))
    kind = _kind(oid) if oid else None
    titles = _texts(whole.get("nimi"))
    owner = _provider(whole)
    faults = unstorable_inside(whole)
    if oid is None:
        faults.append(missing("oid", Sentence("Hent utdanningen på nytt fra Opintopolku.")))
    elif kind not in ("koulutus", "toteutus"):
        faults.append(
            Fault(
                "oid",
                oid,
                Sentence("%(value)s er en %(kind)s, ikke en utdanning.", value=quoted(oid), kind=kind)
                if kind
                else Sentence("%(value)s er ikke en utdanning.", value=quoted(oid)),
                Sentence("Hent koulutus eller toteutus."),
            )
        )
    elif (state := said(whole.get("tila"))) not in (None, _PUBLISHED):
        faults.append(
            Fault(
                "tila",
                state,
                Sentence("Utdanningen er ikke publisert (%(value)s).", value=quoted(state or "")),
                Sentence("Ingenting: den kommer med når den er publisert."),
            )
        )
    else:
        if not titles:
            faults.append(missing("nimi", Sentence("Gi utdanningen et navn.")))
        if owner is None:
            faults.append(
                missing(
                    "organisaatio", Sentence("Hent hele utdanningen: treff i søk sier ikke alltid hvem som tilbyr den.")
                )
            )
    if faults or oid is None or owner is None:
        return rejected(position, faults, raw_row(whole))

    language, title = main_of(titles, _THEN)
    code = first_said(whole.get("koulutusOid")) or oid
    extent = _extent(whole)
    if not extent["opintojenLaajuusNumero"] and code in taught:
        extent = json.loads(taught[code])
    number = _credits(extent, tally)
    metadata = whole.get("metadata")
    return OfferRecord(
        position=position,
        key=oid,
        offer_key=code,
        provider=owner,
        title=title,
        raw=raw_row(whole),
        title_language=of_title(language),
        other_titles={other: text for other, text in titles.items() if other and other != language},
        description=_paragraphs(at(metadata, "kuvaus")) or _paragraphs(whole.get("kuvaus")),
        learning_outcomes=_paragraphs(at(metadata, "osaamistavoitteet")),
        credits=number,
        credit_scheme="ECTS" if number else None,
        languages=_spoken(metadata),
        runs=_runs(oid, whole, tally) if kind == "toteutus" else (),
    )


def _without_persons(record: dict[str, Json]) -> dict[str, Json]:
    kept = {name: value for name, value in record.items() if name not in _PERSONS}
    metadata = kept.get("metadata")
    if isinstance(metadata, dict):
        kept["metadata"] = {name: value for name, value in metadata.items() if name not in _PERSONS}
    return kept


def _texts(value: Json) -> dict[str | None, str]:
    """Language -> text; a person who repairs a row writes the text plainly."""
    if plain := said(value):
        return {None: plain}
    return {code: text for code, inner in value.items() if (text := said(inner))} if isinstance(value, dict) else {}


def _paragraphs(value: Json) -> str | None:
    texts: dict[str | None, str] = {}
    if isinstance(value, dict):
        texts = {code: text for code, text in value.items() if isinstance(text, str) and text.strip()}
    return prose(main_of(texts, _THEN)[1]) if texts else None


def _provider(record: dict[str, Json]) -> ProviderRef | None:
    one = record.get("toteutustenTarjoajat")
    candidates = [
        record.get("organisaatio"),
        *many(record.get("tarjoajat")),
        one if said(at(one, "count")) == "1" else None,
    ]
    names = next((texts for each in candidates if (texts := _texts(at(each, "nimi")))), None)
    return ProviderRef(name=main_of(names, _THEN)[1]) if names else None


def _credits(extent: dict[str, Json], tally: Tally) -> Decimal | None:
    number = said(extent["opintojenLaajuusNumero"])
    if not number or (amount(number) is None and not re.search("[1-9]", number)):
        return None
    if _code(extent["opintojenLaajuusyksikko"]) != _ECTS:
        tally.note(Sentence("Omfanget er ikke oppgitt i studiepoeng (opintopiste), så poengene er utelatt"),
                   _code(extent["opintojenLaajuusyksikko"]) or None)  # fmt: skip
        return None
    labels = _texts(at(extent["opintojenLaajuus"], "nimi")).values()
    parts = next((label.replace(" ", "").split("+") for label in labels if "+" in label), [])
    sizes = [size for size in map(amount, parts) if size]
    found = sum(sizes, Decimal(0)) if parts and len(sizes) == len(parts) else amount(number)
    if found is None or found > MOST:
        tally.note(
            Sentence(
                "Omfanget er over %(most)s studiepoeng eller ikke et tall, så poengene er utelatt", most=str(MOST)
            ),
            number,
        )
        return None
    return found


def _spoken(metadata: Json) -> tuple[str, ...]:
    codes = (_code(value).rpartition("_")[2] for value in many(at(metadata, "opetus", "opetuskieli")))
    return tuple(dict.fromkeys(language for code in codes for language in _LANGUAGES.get(code, ())))


def _runs(oid: str, record: dict[str, Json], tally: Tally) -> tuple[RunRecord, ...]:
    """One run for every term that the toteutus starts in."""
    whole_start = at(record, "metadata", "opetus", "koulutuksenAlkamiskausi")
    by_term: dict[str, list[Json]] = {}
    starts: dict[str, Json] = {}
    for haku in many(record.get("hakutiedot")):
        for target in many(at(haku, "hakukohteet")):
            if said(at(target, "tila")) != _PUBLISHED:
                continue
            start = at(target, "koulutuksenAlkamiskausi") or at(haku, "koulutuksenAlkamiskausi") or whole_start
            if term := _term(start):
                by_term.setdefault(term, []).append(target)
                starts.setdefault(term, start)
    if not by_term and (term := _term(whole_start)):
        by_term[term], starts[term] = [], whole_start
    if not by_term:
        tally.note(Sentence("Utdanninger uten starttermin er uten gjennomføring"), oid)
    return tuple(
        _run(oid, record, term, starts[term], targets) for term, targets in sorted(by_term.items(), key=_in_time)
    )


def _in_time(term_and_targets: tuple[str, list[Json]]) -> tuple[str, bool]:
    """Spring before autumn: "2026V", "2026H", "2027V"."""
    term = term_and_targets[0]
    return term[:4], term[4:] == "H"


def _term(start: Json) -> str | None:
    starts_on = day(said(at(start, "koulutuksenAlkamispaivamaara")), _ZONE)
    if starts_on:
        return term_of(starts_on)
    year, half = (
        said(at(start, "koulutuksenAlkamisvuosi")) or "",
        _HALVES.get(_code(at(start, "koulutuksenAlkamiskausi"))),
    )
    return f"{year}{half}" if half and re.fullmatch("[0-9]{4}", year) and FIRST_YEAR <= int(year) <= LAST_YEAR else None


def _run(oid: str, record: dict[str, Json], term: str, start: Json, targets: list[Json]) -> RunRecord:
    windows = [window for target in targets for window in many(at(target, "hakuajat"))]
    only = targets[0] if len(targets) == 1 else None
    places = said(at(only, "aloituspaikat", "lukumaara")) or ""
    links = _texts(at(only, "hakulomakeLinkki"))
    return RunRecord(
        term=term,
        native_key=oid,
        starts_on=day(said(at(start, "koulutuksenAlkamispaivamaara")), _ZONE),
        ends_on=day(said(at(start, "koulutuksenPaattymispaivamaara")), _ZONE),
        application_opens_on=min(_days(windows, "alkaa"), default=None),
        application_closes_on=min(_days(windows, "paattyy"), default=None),
        places=int(places) if re.fullmatch(r"[1-9][0-9]{0,4}", places) else None,
        delivery=_delivery(record),
        apply_url=address(main_of(links, _THEN)[1]) if links else None,
    )


def _days(windows: list[Json], name: str) -> list[date]:
    return [found for window in windows if (found := day(said(at(window, name)), _ZONE))]


def _delivery(record: dict[str, Json]) -> str | None:
    """One way of teaching, or more than one, which is hybrid. Independent study and apprenticeship say nothing of it."""
    ways = [_code(value).rpartition("_")[2] for value in many(at(record, "metadata", "opetus", "opetustapa"))]
    known = {_DELIVERIES[way] for way in ways if way in _DELIVERIES}
    return "hybrid" if len(known) > 1 else next(iter(known), None)
