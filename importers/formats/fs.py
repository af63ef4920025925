"""FS (Felles studentsystem), the student system of Norwegian institutions: what is taught in which term, as JSON.

Source: the REST service at https://api.fellesstudentsystem.no (credentials per institution). The material at hand is
thin: two replies of ``/undervisning``. They have codes and terms, and neither names nor applications, so the name must
come in the same file: a reply of ``/emner``, or a subject expanded where it is pointed at. An offer without a name is no
offer, and is rejected; nothing is looked up and nothing is made up.

Quirks of the service, each met with below:

- A row is one subject in one term; its identifier is an address whose last step is percent-encoded and joined by commas
  ("215,%C3%85,1,2022,V%C3%85R,1"): institution, code, version, year, term, number.
- ``institusjon`` is FS's own number (215), not DBH's code (1175), and no table between them is at hand: the provider is
  taken by name where the institution is expanded (``institusjon.navn``), and never guessed from the number.
- ``limit`` 0 means no limit; ``size`` is the number in the whole, and may be more than the ``items`` that follow: a
  notice tells of it.
- An error is an object with ``status`` and ``errors``: the file is refused with its message.
- Numbers come as numbers (215, 2022) or as text.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import unquote

from importers.credits import amount
from importers.days import FIRST_YEAR, LAST_YEAR
from importers.faults import Fault, missing, rejected
from importers.json_rows import Json, parts
from importers.languages import iso_639_1, main_of, of_title
from importers.nested import at, first_said, many, mended, raw_row, said, unstorable_inside
from importers.payloads import MAX_BYTES, Examined, Kind, examine, open_text
from importers.protocol import Notice, OfferRecord, Payload, PayloadRefused, ProviderRef, RejectedRow, Row, RunRecord
from importers.sentences import Sentence
from importers.tally import Tally
from importers.text import quoted

NAME = "fs"
TITLE = "Undervisning og emner fra Felles studentsystem (FS), som JSON"

_TERMS = {"vår": "V", "høst": "H"}

Subject = dict[str, Json]


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every item of ``/undervisning``, in order; positions count them."""
    examined = examine(payload, max_bytes=max_bytes)
    if examined.kind is not Kind.JSON:
        raise PayloadRefused(Sentence("Filen er ikke JSON."), Sentence("Hent undervisningen fra FS som JSON."))
    yield from examined.notices
    announced, subjects = _first_look(examined)
    tally, rows = Tally(("emne", "semester")), 0
    for item in _items(examined):
        if _is_taught(item):
            rows += 1
            yield tally.passing(_understood(rows, mended(item, payload.repairs.get(rows)), subjects))
    yield from tally.notices(
        Sentence("Filen har ingen undervisning."),
        Sentence("Hent /undervisning for institusjonen og året: emner alene sier ikke når."),
    )
    if announced is not None and announced > rows:
        yield Notice(
            Sentence("Antall rader ifølge FS er %(announced)s, men filen har %(rows)s.", announced=announced, rows=rows)
        )


def _first_look(examined: Examined) -> tuple[int | None, dict[str, Subject]]:
    """The number that the reply announces, and the subjects that the file names. Raises where FS answers with an error."""
    announced: int | None = None
    subjects: dict[str, Subject] = {}
    with open_text(examined) as stream:
        for name, value in parts(stream):
            if name == "errors":
                told = said(at(value, "message"))
                raise PayloadRefused(
                    Sentence("FS svarte med en feil: %(value)s.", value=quoted(told))
                    if told
                    else Sentence("FS svarte med en feil."),
                    Sentence("Rett brukernavn og spørring."),
                )
            size = said(value) or "" if name == "size" else ""
            if re.fullmatch("[0-9]{1,7}", size):
                announced = int(size)
            for item in [value] if name in ("items", "") else []:
                for each in many(at(item, "items")) or [item]:
                    key = _key(at(each, "id")) if not _is_taught(each) else None
                    if key and isinstance(each, dict) and _names(each):
                        subjects[key] = each
    return announced, subjects


def _items(examined: Examined) -> Iterator[Json]:
    """Every item: of a reply, of a list of replies, or of a list of items."""
    alone: dict[str, Json] = {}
    with open_text(examined) as stream:
        for name, value in parts(stream):
            if name == "items":
                yield value
            elif name == "" and at(value, "items") is not None:
                yield from many(at(value, "items"))
            elif name == "":
                yield value
            else:
                alone[name] = value
    if "id" in alone:
        yield alone


def _is_taught(item: Json) -> bool:
    """Whether an item is a subject in a term; a subject itself has no term, and what is neither is a row to reject."""
    return at(item, "id", "semester") is not None or not (_key(at(item, "id")) and _names(item))


def _key(subject: Json) -> str | None:
    """Institution, code and version of a subject, where all three are told."""
    told = [said(at(subject, name)) for name in ("institusjon", "kode", "versjon")]
    institution = said(at(subject, "institusjon", "institusjonsnummer"))
    parts_ = [told[0] or institution, *told[1:]]
    return "/".join(part for part in parts_ if part) if all(parts_) else None


def _names(subject: Json) -> dict[str | None, str]:
    """Names by language: one text, an object by language, or a list of texts with their languages."""
    told = at(subject, "navn")
    if text := said(told):
        return {None: text}
    found: dict[str | None, str] = {}
    if isinstance(told, dict):
        for code, value in told.items():
            if text := said(value):
                found.setdefault(iso_639_1(code), text)
    for each in many(told):
        if text := first_said(at(each, "verdi"), at(each, "navn")):
            found.setdefault(iso_639_1(first_said(at(each, "sprak"), at(each, "språk"))), text)
    return found


def _understood(position: int, item: Json, subjects: dict[str, Subject]) -> OfferRecord | RejectedRow:
    whole: dict[str, Json] = item if isinstance(item, dict) else {"": item}
    pointed = at(whole, "id", "emne")
    key, code = _key(pointed), said(at(pointed, "kode"))
    repaired = whole.get("emne")  # as the raw row shows it, where a person has corrected it
    subject = (
        repaired
        if isinstance(repaired, dict)
        else subjects.get(key or "", pointed if isinstance(pointed, dict) else {})
    )
    titles = _names(subject)
    year, half = said(at(whole, "id", "semester", "ar")) or "", said(at(whole, "id", "semester", "termin"))
    term = _TERMS.get((half or "").casefold())
    owner = first_said(at(subject, "institusjon", "navn"), at(pointed, "institusjon", "navn"))
    number = said(at(pointed, "institusjon"))
    faults = unstorable_inside(whole)
    if code is None or key is None:
        faults.append(missing("emne.kode", Sentence("Hent undervisningen på nytt fra FS.")))
    if not (term and re.fullmatch("[0-9]{4}", year) and FIRST_YEAR <= int(year) <= LAST_YEAR):
        shown = f"{year} {half or ''}".strip()
        faults.append(Fault("semester", shown or None, Sentence("%(value)s er ikke et semester.", value=quoted(shown)),
                            Sentence("Skriv året og VÅR eller HØST.")))  # fmt: skip
    if not titles:
        faults.append(missing("emne.navn", Sentence("Ta med emnene (/emner) i samme fil: FS oppgir bare koden her.")))
    if owner is None:
        faults.append(
            Fault(
                "institusjon",
                number,
                Sentence("FS oppgir bare sitt eget nummer på institusjonen, som ikke er DBHs."),
                Sentence("Ta med institusjonens navn (institusjon.navn)."),
            )
        )
    if faults or code is None or owner is None:
        told = {name: value for name in ("emne", "semester") if (value := at(whole, "id", name)) is not None}
        return rejected(position, faults, raw_row({**whole, **told}))
    language, title = main_of(titles)
    credits_, step = _credits(subject), _last_step(whole)
    spoken = (iso_639_1(said(each) or said(at(each, "kode"))) for each in many(at(subject, "undervisningssprak")))
    return OfferRecord(
        position=position,
        key=f"{key}/{year}{term}/{step}",
        offer_key=code,
        provider=ProviderRef(name=owner),
        title=title,
        raw=raw_row({**whole, "emne": subject}),
        title_language=of_title(language),
        other_titles={other: text for other, text in titles.items() if other and other != language},
        credits=credits_,
        credit_scheme="ECTS" if credits_ else None,
        languages=tuple(dict.fromkeys(found for found in spoken if found)),
        runs=(RunRecord(term=f"{year}{term}", native_key=None if step == "1" else step),),
    )


def _credits(subject: Json) -> Decimal | None:
    """Credits of higher education: FS says ``studiepoeng``, and any other unit by another name."""
    return amount(first_said(at(subject, "studiepoeng"), at(subject, "studiepoeng", "verdi")))


def _last_step(item: Json) -> str:
    """The last part of the identifier: a subject may be taught more than once in a term."""
    address = said(at(item, "id", "href")) or ""
    return unquote(address.rpartition("/")[2]).rpartition(",")[2] or "1"
