"""Which run a row means: by the registry's key, or by the institution's own codes and the term. Asked for all rows at once."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from importers.protocol import ProviderRef, RunRef
from importers.sentences import Sentence
from registry.core.text import slug
from registry.intake.operations.landing.landed import Landed, Manifest, Row
from registry.intake.queries.batches import rows_in
from registry.intake.queries.merged import merged_codes
from registry.intake.queries.united import united_runs
from registry.intake.reading.facts import Facts, UnknownProvider
from registry.offers.models import Offer, OfferProvider, Run


class NoRun(LookupError):
    """The row's run cannot be told. ``reason`` and ``cure`` are sentences, ``column`` the template's heading."""

    def __init__(self, reason: Sentence, cure: Sentence, column: str, value: str | None) -> None:
        super().__init__(reason)
        self.reason, self.cure, self.column, self.value = reason, cure, column, value


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs that the rows of a delivery may mean."""

    facts: Facts
    only: int | None
    by_key: Mapping[str, int] = field(default_factory=dict)
    by_code: Mapping[tuple[int, str, str], Sequence[tuple[int, str]]] = field(default_factory=dict)
    taught_by: Mapping[int, Collection[int]] = field(default_factory=dict)  #: run id → organisations
    #: (organisation, code of an offer that has gone into another) → that one's code
    followed: Mapping[tuple[int, str], str] = field(default_factory=dict)

    def find(self, ref: RunRef, provider: ProviderRef | None) -> int:
        """The run's id. Raises NoRun."""
        organisation = self._organisation(provider)
        run_id = self._by_key(ref) if ref.key else self._by_code(ref, organisation)
        if organisation is not None and organisation not in self.taught_by.get(run_id, ()):
            raise NoRun(
                Sentence("Kullet hører til en annen institusjon."),
                Sentence("Kontroller koden, eller la den andre institusjonen sende raden."),
                "Kull i registeret" if ref.key else "Tilbudskode",
                ref.key or ref.offer_key,
            )
        return run_id

    def _organisation(self, provider: ProviderRef | None) -> int | None:
        if provider is None:
            return self.only
        try:
            found = self.facts.provider(provider).id
        except UnknownProvider as unknown:
            raise NoRun(unknown.reason, unknown.cure, "Institusjonskode", unknown.value) from unknown
        if self.only is not None and found != self.only:
            raise NoRun(
                Sentence("Raden gjelder en annen institusjon enn den leveransen er fra."),
                Sentence("Fjern raden, eller la den andre institusjonen levere den selv."),
                "Institusjonskode",
                provider.dbh_code,
            )
        return found

    def _by_key(self, ref: RunRef) -> int:
        run_id = self.by_key.get(ref.key or "")
        if run_id is None:
            raise NoRun(
                Sentence("Registeret har ikke kullet «%(key)s».", key=ref.key or ""),
                Sentence("Koden står på siden om tilbudet. Du kan også skrive tilbudskode og termin."),
                "Kull i registeret",
                ref.key,
            )
        return run_id

    def _by_code(self, ref: RunRef, organisation: int | None) -> int:
        if organisation is None:
            raise NoRun(
                Sentence("Det står ikke hvilken institusjon tilbudskoden gjelder."),
                Sentence("Skriv institusjonskoden."),
                "Institusjonskode",
                None,
            )
        code = (ref.offer_key or "").casefold()
        found = self.by_code.get((organisation, code, ref.term or ""), ()) or self.by_code.get(
            (organisation, self.followed.get((organisation, code), code), ref.term or ""), ()
        )
        if ref.native_key:
            suffix = f"{ref.term}-{slug(ref.native_key, 60)}".casefold()
            found = [(run_id, key) for run_id, key in found if key.casefold().endswith(suffix)]
        if len(found) == 1:
            return found[0][0]
        if found:
            raise NoRun(
                Sentence(
                    "Tilbudet «%(offer)s» har %(runs)s gjennomføringer i %(term)s.",
                    offer=ref.offer_key or "",
                    runs=len(found),
                    term=ref.term or "",
                ),
                Sentence("Skriv gjennomføringskoden også."),
                "Gjennomføringskode",
                ref.native_key,
            )
        raise NoRun(
            Sentence(
                "Registeret har ikke tilbudet «%(offer)s» i %(term)s.", offer=ref.offer_key or "", term=ref.term or ""
            ),
            Sentence("Kontroller kode og termin, eller lever tilbudet først."),
            "Tilbudskode",
            ref.offer_key,
        )


def load_runs(
    session: Session, facts: Facts, only: int | None, refs: Collection[tuple[RunRef, ProviderRef | None]]
) -> Runs:
    """Everything that telling these runs needs: four queries for every thousand rows."""
    columns = select(Run.id, Run.key, Run.offer_id, Run.term)
    united, followed = united_runs(session), merged_codes(session)
    by_key = {
        row.key: (row.id, row.offer_id)
        for row in rows_in(session, columns, Run.key, {ref.key for ref, _ in refs if ref.key})
    }
    codes = {(ref.offer_key or "").casefold() for ref, _ in refs if not ref.key}
    terms = {ref.term for ref, _ in refs if not ref.key and ref.term}
    offers: dict[int, str] = {}
    if codes:
        mine = select(Offer.id, Offer.native_code)
        if only is not None:
            mine = mine.join(OfferProvider, col(OfferProvider.offer_id) == Offer.id).where(
                OfferProvider.organisation_id == only
            )
        written = {code for ref, _ in refs if not ref.key and ref.offer_key for code in _spelt(ref.offer_key)}
        written |= {kept for (_, gone), (_, kept) in followed.items() if gone in written}
        offers = {row.id: row.native_code.casefold() for row in rows_in(session, mine, Offer.native_code, written)}
    by_offer = list(rows_in(session, columns.where(col(Run.term).in_(terms)), Run.offer_id, offers))
    of_run = dict(by_key.values()) | {row.id: row.offer_id for row in by_offer}
    of_run |= {united[run_id].into: offer_id for run_id, offer_id in of_run.items() if run_id in united}
    providers: dict[int, set[int]] = {}
    taught = select(OfferProvider.offer_id, OfferProvider.organisation_id)
    for offer_id, organisation in rows_in(session, taught, OfferProvider.offer_id, of_run.values()):
        providers.setdefault(offer_id, set()).add(organisation)
    by_code: dict[tuple[int, str, str], list[tuple[int, str]]] = {}
    for row in by_offer:
        for organisation in providers.get(row.offer_id, ()):
            run_id = united[row.id].into if row.id in united else row.id
            by_code.setdefault((organisation, offers[row.offer_id], row.term), []).append((run_id, row.key))
    return Runs(
        facts,
        only,
        {key: united[run_id].into if run_id in united else run_id for key, (run_id, _) in by_key.items()},
        by_code,
        {run_id: providers.get(offer_id, set()) for run_id, offer_id in of_run.items()},
        {(organisation, gone.casefold()): kept.casefold() for (organisation, gone), (_, kept) in followed.items()},
    )


def rows_with_runs(
    session: Session,
    manifest: Manifest,
    landed: Landed,
    *,
    what: Callable[[Any], object],
    same: Callable[[int], Sentence],
    column: str,
) -> Iterator[tuple[Row, int]]:
    """Rows with the run that each means. A row whose run cannot be told is rejected; so is one whose run and ``what`` an
    earlier row has: ``same`` says so of that row, and ``column`` is where that can be seen.
    """
    refs = {(record.run, record.provider) for _, record in manifest.rows}
    runs = load_runs(session, manifest.facts, manifest.only, refs)
    first: dict[tuple[int, object], int] = {}
    for row in manifest.rows:
        record = row[1]
        try:
            run_id = runs.find(record.run, record.provider)
        except NoRun as unknown:
            landed.reject(row, unknown.reason, unknown.cure, unknown.column, unknown.value)
            continue
        earlier = first.setdefault((run_id, what(record)), record.position)
        if earlier == record.position:
            yield row, run_id
        else:
            landed.reject(row, same(earlier), Sentence("Behold den raden som er riktig, og slett den andre."), column)


def _spelt(code: str) -> set[str]:
    """A code as it may have been written: people do not mind its case."""
    return {code, code.upper(), code.lower()}
