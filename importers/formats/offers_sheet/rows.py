"""From one row of the offers sheet to an offer with one run, or to all that is wrong with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

from importers.faults import Fault, missing, rejected
from importers.formats.offers_sheet.columns import ECTS_HEADINGS, OFFER, PROVIDER, RUN
from importers.protocol import OfferRecord, ProviderRef, RejectedRow, RunRecord
from importers.sentences import Sentence
from importers.sheets.columns import plain
from importers.sheets.lines import Line
from importers.sheets.rows import Cells, Values
from importers.text import quoted

_TITLES = {f"title_{language}": language for language in ("nb", "nn", "se", "en")}
_ECTS = {plain(heading) for heading in ECTS_HEADINGS}


@dataclass(slots=True)
class Sheet:
    """What is known of the sheet while its rows pass: which row first told an offer, and which told each run."""

    cells: Cells
    offers: dict[tuple[ProviderRef, str], tuple[int, Values]] = field(default_factory=dict)
    runs: dict[tuple[ProviderRef, str], int] = field(default_factory=dict)

    def row(self, line: Line) -> OfferRecord | RejectedRow:
        """Every row comes out once. All faults of a row are told together."""
        raw = self.cells.found.raw(line.cells)
        if faults := self.cells.unfit(line, raw):
            return rejected(line.number, faults, raw)
        values, faults = self.cells.read(line)
        faults += self._together(values)
        provider = ProviderRef(**{column.field: values.get(column.field) for column in PROVIDER})
        offer, disagreements = self._offer(provider, values)
        faults += disagreements
        faults += self.cells.lacking({**offer, **values}, faults, ("offer_key", "title", "term"))
        if provider == ProviderRef() and not any(self.cells.told(column.field, faults) for column in PROVIDER):
            column = next(column for column in PROVIDER if column.field in self.cells.found.places)
            faults.append(
                missing(
                    self.cells.heading(column.field),
                    Sentence("Skriv tilbyderen, for eksempel %(example)s.", example=column.example),
                )
            )
        if not faults:
            faults += self._same_run(provider, values)
        if faults:
            return rejected(line.number, faults, raw)
        key = _run_key(values)
        self.offers.setdefault((provider, values["offer_key"]), (line.number, offer))
        self.runs[provider, key] = line.number
        return _record(line.number, key, provider, offer, values, raw)

    def _together(self, values: Values) -> list[Fault]:
        """What no cell can say alone."""
        faults = [
            fault
            for fault in (
                self._order(
                    values,
                    "starts_on",
                    "ends_on",
                    lambda first, last: Sentence(
                        "%(last)s er før gjennomføringen starter (%(first)s).", last=last, first=first
                    ),
                ),
                self._order(
                    values,
                    "application_opens_on",
                    "application_closes_on",
                    lambda first, last: Sentence("%(last)s er før søknaden åpner (%(first)s).", last=last, first=first),
                ),
            )
            if fault
        ]
        places, minimum = values.get("places"), values.get("minimum")
        if places is not None and minimum is not None and minimum > places:
            faults.append(
                Fault(
                    self.cells.heading("minimum"),
                    str(minimum),
                    Sentence("%(minimum)s er mer enn %(places)s plasser.", minimum=minimum, places=places),
                    Sentence("Skriv et tall som ikke er større enn antall plasser."),
                )
            )
        if values.get("cancelled") and "cancel_reason" not in values:
            faults.append(
                missing(self.cells.heading("cancel_reason"), Sentence("Skriv grunnen, for eksempel for få søkere."))
            )
        if "cancel_reason" in values and not values.get("cancelled"):
            reason = values["cancel_reason"]
            faults.append(
                Fault(
                    self.cells.heading("cancelled"),
                    None,
                    Sentence("Gjennomføringen har en grunn til avlysning, men er ikke avlyst."),
                    Sentence("Skriv ja, eller slett %(value)s.", value=quoted(reason)),
                )
            )
        return faults

    def _order(self, values: Values, start: str, end: str, say: Callable[[str, str], Sentence]) -> Fault | None:
        """``say`` is given the first and the last day, and is asked where the last is before the first."""
        first, last = values.get(start), values.get(end)
        if first is None or last is None or first <= last:
            return None
        text = say(_shown(first), _shown(last))
        return Fault(self.cells.heading(end), last.isoformat(), text, Sentence("Rett en av datoene."))

    def _offer(self, provider: ProviderRef, values: Values) -> tuple[Values, list[Fault]]:
        """The offer as told by this row and the first row with its code; where they differ, nobody can say which is right."""
        own = {column.field: values[column.field] for column in OFFER if column.field in values}
        told = self.offers.get((provider, values.get("offer_key", "")))
        if told is None:
            return own, self._scheme(own)
        first_row, first = told
        faults = [
            Fault(
                self.cells.heading(name),
                str(value),
                Sentence(
                    "%(value)s er ikke likt rad %(row)s, som har samme tilbudskode og %(other)s.",
                    value=quoted(_words(value)),
                    row=first_row,
                    other=quoted(_words(first[name])),
                ),
                Sentence("Skriv det samme i alle linjene, eller gi tilbudet en egen tilbudskode."),
            )
            for name, value in own.items()
            if name in first and first[name] != value
        ]
        offer = {**first, **own}
        return offer, faults + self._scheme(offer)

    def _scheme(self, offer: Values) -> list[Fault]:
        """Say which credits they are where the sheet does; a vocational college may have either kind, so it must tell."""
        if "credits" not in offer or "credit_scheme" in offer or "credits" not in self.cells.found.places:
            return []
        if offer.get("level_code") == "FS":
            return [missing(self.cells.heading("credit_scheme"), Sentence("Skriv fagskolepoeng eller studiepoeng."))]
        if plain(self.cells.heading("credits")) in _ECTS:
            offer["credit_scheme"] = "ECTS"
        return []

    def _same_run(self, provider: ProviderRef, values: Values) -> list[Fault]:
        earlier = self.runs.get((provider, _run_key(values)))
        if earlier is None:
            return []
        name = "native_key" if "native_key" in values else "term"
        return [
            Fault(
                self.cells.heading(name),
                str(values[name]),
                Sentence("Rad %(row)s har samme tilbudskode, termin og gjennomføringskode.", row=earlier),
                Sentence("Slett den ene raden, eller skriv ulik gjennomføringskode i dem."),
            )
        ]


def _run_key(values: Values) -> str:
    parts = [values["offer_key"], values["term"]]
    return "/".join([*parts, values["native_key"]] if "native_key" in values else parts)


def _shown(value: date) -> str:
    return f"{value:%d.%m.%Y}"


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return "; ".join(_words(item) for item in value)
    if isinstance(value, ProviderRef):
        return value.orgnr or value.dbh_code or value.name or ""
    return str(value)


def _record(
    number: int, key: str, provider: ProviderRef, offer: Values, values: Values, raw: Mapping[str, str | None]
) -> OfferRecord:
    run = RunRecord(**{column.field: values[column.field] for column in RUN if column.field in values})
    plain_fields = {name: value for name, value in offer.items() if name not in _TITLES}
    return OfferRecord(
        position=number,
        key=key,
        provider=provider,
        raw=raw,
        other_titles={language: offer[name] for name, language in _TITLES.items() if name in offer},
        runs=(run,),
        **plain_fields,
    )
