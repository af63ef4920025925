"""From a record of a feed to the registry's own words, or to the reason why it cannot be taken. Pure.

What the feed tells in words that the registry does not know (a subject, a place) is left open and told in a remark:
the row is taken, its raw form keeps the word, and a person or the name may fill the gap.
"""

import hashlib
import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from importers.protocol import OfferRecord, ProviderRef, RunRecord
from importers.sentences import Sentence
from registry.core import terms
from registry.core.text import slug
from registry.intake.reading.facts import Facts, Provider, UnknownProvider
from registry.intake.reading.fields import RUN_COLUMNS, told_value
from registry.offers.states import CancelReason, CreditScheme, Delivery

#: Part of every content hash: count up when shaping changes, so that an unchanged feed is read again.
VERSION = 2
MAX_CREDITS = Decimal(300)
_LONGEST_OWN = 60  # of a run's own code within its key
_SCHEMES = frozenset(scheme.value for scheme in CreditScheme)
_DELIVERIES = frozenset(delivery.value for delivery in Delivery)
_REASONS = frozenset(reason.value for reason in CancelReason)
_PLAIN = (
    "title", "title_language", "description", "learning_outcomes", "department", "nus_code", "school_years", "step",
    "credits", "credit_scheme", "url",
)  # fmt: skip
_LISTS = ("languages", "tags")
#: What æ, ø, å and their like become where UTF-8 is read as another encoding, and what stands for a letter that is lost.
_GARBLED = re.compile("Ã[\x80-\xbf†˜…]|â€|\ufffd")


@dataclass(frozen=True, slots=True)
class Remark:
    """A word that the registry does not know: told once per import, with the rows it came in."""

    field: str
    value: str


@dataclass(slots=True)
class Shape:
    """What one record tells. ``told`` is kept with the source record."""

    position: int
    key: str
    provider: Provider
    native_code: str
    term: str | None
    told: dict[str, Any]
    remarks: list[Remark] = field(default_factory=list)


#: Our own words for what is wrong with a row, where the feed's word for it is not known: nobody can repair these by name.
OF_ROWS = frozenset(
    (
        "Tilbyder", "Samarbeidspartnere", "Navn", "Studiepoeng", "Poengordning", "Slutter", "Søknadsfrist", "Plasser",
        "Minste antall",
    )
)  # fmt: skip


class Unfit(ValueError):
    """The record cannot be taken; the reason and the cure are shown to the keeper of the feed."""

    def __init__(self, reason: Sentence, cure: Sentence, field: str | None = None, value: str | None = None) -> None:
        super().__init__(reason)
        assert field is None or field in OF_ROWS, field  # the quarantine must know our words from the feed's
        self.reason, self.cure, self.field, self.value = reason, cure, field, value


def record_key(record: OfferRecord, provider: Provider) -> str:
    """The record's key within its source: the provider's own key in front, whatever code the feed used for it."""
    own = record.key.removeprefix(f"{record.provider.dbh_code}/") if record.provider.dbh_code else record.key
    return f"{provider.key}/{own}"


def content_hash(record: OfferRecord) -> str:
    """Equal exactly when two deliveries say the same of the row, wherever in the file it stands."""
    said = (
        VERSION, record.offer_key, record.provider, record.title, sorted(record.raw.items()), record.title_language,
        record.other_titles, record.partners, record.department, record.description, record.learning_outcomes,
        record.level_code, record.credits, record.credit_scheme, record.nus_code, record.subject, record.target_groups,
        record.school_years, record.step, record.measure, record.languages, record.tags, record.url, record.runs,
    )  # fmt: skip
    return hashlib.sha256(repr(said).encode("utf-8", "backslashreplace")).hexdigest()


def native_key(code: str, taken_by: str | None) -> str:
    """The offer's own part of its key: its code as an address; with a mark where another code is written alike."""
    plain = slug(code, 100)
    if plain and taken_by is None:
        return plain
    mark = hashlib.sha256(code.encode()).hexdigest()[:6]
    return f"{plain}-{mark}" if plain else mark


def shape(record: OfferRecord, provider: Provider, facts: Facts) -> Shape:
    """Read one record against the facts. Raises Unfit."""
    _refuse_garbled(record.title)
    remarks: list[Remark] = []
    offer: dict[str, Any] = {}
    for name in _PLAIN:
        value = getattr(record, name)
        if value is not None and value != "":
            offer[name] = told_value(value)
    for name in _LISTS:
        if value := getattr(record, name):
            offer[name] = list(value)
    if record.other_titles:
        offer["other_titles"] = dict(record.other_titles)
    _codes(record, facts, offer, remarks)
    _credits(record, provider, offer)
    if record.partners:
        offer["partners"] = sorted({_partner(ref, facts).id for ref in record.partners} - {provider.id})
    runs = _told_apart([_run(run, facts, remarks) for run in record.runs])
    return Shape(
        position=record.position,
        key=record_key(record, provider),
        provider=provider,
        native_code=record.offer_key,
        term=max((run.term for run in record.runs), key=terms.sort_key, default=None),
        told={"offer": offer, "runs": runs},
        remarks=remarks,
    )


def _codes(record: OfferRecord, facts: Facts, offer: dict[str, Any], remarks: list[Remark]) -> None:
    if record.level_code:
        if record.level_code in facts.levels:
            offer["level_code"] = record.level_code
        else:
            remarks.append(Remark("Nivå", record.level_code))
    if record.measure:
        if record.measure in facts.measures:
            offer["measure_code"] = record.measure
        else:
            remarks.append(Remark("Tiltak", record.measure))
    if record.subject:
        code = facts.subjects.get(" ".join(record.subject.split()).casefold())
        if code:
            offer["subject_code"] = code
        else:
            remarks.append(Remark("Fag", record.subject))
    targets: list[list[str | None]] = []
    for text in record.target_groups:
        pairs = facts.target(text)
        if pairs is None:
            remarks.append(Remark("Målgruppe", text))
        targets += [list(pair) for pair in pairs or () if list(pair) not in targets]
    if targets:
        offer["targets"] = targets


def _credits(record: OfferRecord, provider: Provider, offer: dict[str, Any]) -> None:
    """Credits need their scheme. Only a vocational college may have either kind, so only there it must be told."""
    if record.credits is None:
        offer.pop("credit_scheme", None)
        return
    if not 0 < record.credits <= MAX_CREDITS:
        raise Unfit(
            Sentence("%(value)s er ikke et antall poeng som et tilbud kan gi.", value=told_value(record.credits)),
            Sentence("Skriv et tall over 0 og til og med %(most)s.", most=str(MAX_CREDITS)),
            Sentence("Studiepoeng"),
            told_value(record.credits),
        )
    if record.credit_scheme is None:
        if provider.is_vocational or record.level_code == "FS":
            raise Unfit(
                Sentence("Poengordningen mangler: en fagskole kan gi både fagskolepoeng og studiepoeng."),
                Sentence("Skriv fagskolepoeng eller studiepoeng."),
                Sentence("Poengordning"),
            )
        offer["credit_scheme"] = CreditScheme.ECTS.value
    elif record.credit_scheme not in _SCHEMES:
        raise Unfit(
            Sentence("«%(value)s» er ikke en kjent poengordning.", value=record.credit_scheme),
            Sentence("Skriv studiepoeng, fagskolepoeng, hp eller CATS."),
            Sentence("Poengordning"),
            record.credit_scheme,
        )


def _partner(ref: ProviderRef, facts: Facts) -> Provider:
    try:
        return facts.provider(ref)
    except UnknownProvider as unknown:
        raise Unfit(unknown.reason, unknown.cure, Sentence("Samarbeidspartnere"), unknown.value) from unknown


def _run(run: RunRecord, facts: Facts, remarks: list[Remark]) -> dict[str, Any]:
    told: dict[str, Any] = {"term": run.term}
    if run.native_key:
        told["native_key"] = run.native_key
    for name in RUN_COLUMNS:
        value = getattr(run, name)
        if value is not None and value is not False and value != "":
            told[name] = told_value(value)
    if run.delivery and run.delivery not in _DELIVERIES:
        remarks.append(Remark("Undervisningsform", run.delivery))
        del told["delivery"]
    places: list[str] = []
    for text in run.municipalities:
        code = facts.municipalities.get(" ".join(text.split()).casefold())
        if code is None:
            remarks.append(Remark("Kommune", text))
        elif code not in places:
            places.append(code)
    if places:
        told["municipalities"] = sorted(places)
    if run.cancelled:
        told["cancelled"] = True
        known = run.cancel_reason in _REASONS
        told["cancel_reason"] = run.cancel_reason if known else CancelReason.OTHER.value
        if not known:
            told["cancel_text"] = run.cancel_reason or "Avlyst i leveransen, uten oppgitt årsak."
    _refuse_disorder(run)
    return told


def _refuse_garbled(title: str) -> None:
    """A name whose letters were broken on the way would take the place of one that is whole."""
    if _GARBLED.search(title):
        raise Unfit(
            Sentence("Bokstaver i navnet er blitt ødelagt på veien: «%(value)s».", value=title),
            Sentence("Lagre filen på nytt som UTF-8, og lever den igjen."),
            Sentence("Navn"),
            title,
        )


def _refuse_disorder(run: RunRecord) -> None:
    """What the database would refuse, refused here in words."""
    if run.starts_on and run.ends_on and run.ends_on < run.starts_on:
        raise Unfit(
            Sentence("Gjennomføringen slutter før den starter."),
            Sentence("Rett en av datoene."),
            Sentence("Slutter"),
            str(run.ends_on),
        )
    opens, closes = run.application_opens_on, run.application_closes_on
    if opens and closes and closes < opens:
        raise Unfit(
            Sentence("Søknadsfristen er før søknaden åpner."),
            Sentence("Rett en av datoene."),
            Sentence("Søknadsfrist"),
            str(closes),
        )
    for label, number, reason in (
        (Sentence("Plasser"), run.places, Sentence("Antall plasser kan ikke være under 0.")),
        (Sentence("Minste antall"), run.minimum, Sentence("Minste antall kan ikke være under 0.")),
    ):
        if number is not None and number < 0:
            raise Unfit(reason, Sentence("Skriv et helt tall."), label, str(number))


def run_suffix(told: dict[str, Any]) -> str:
    """The run's own part of its key: its term, and its own code where the feed gives one.

    A code that is cut, or that has no letter or figure to show, gets a mark: two long codes may begin alike.
    """
    code = told.get("native_key")
    if not code:
        return str(told["term"])
    plain = slug(code, 200)
    if not plain or len(plain) > _LONGEST_OWN:
        mark = hashlib.sha256(code.encode()).hexdigest()[:8]
        plain = f"{plain[: _LONGEST_OWN - 9].rstrip('-')}-{mark}".lstrip("-")
    return f"{told['term']}-{plain}"


def _told_apart(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Runs of one record that would have the same key get their first day as a code of their own; the very same is one run."""
    seen: dict[str, dict[str, Any]] = {}
    for run in runs:
        if run_suffix(run) in seen and seen[run_suffix(run)] != run:
            own = run.get("starts_on") or str(len(seen) + 1)
            run = {**run, "native_key": f"{run.get('native_key', '')} {own}".strip()}
        seen.setdefault(run_suffix(run), run)
    return list(seen.values())
