"""The facts that a feed's own words are read against: providers, subjects, target groups, places.

Loaded once per import; every look-up after that is a dictionary's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from importers.protocol import ProviderRef
from importers.sentences import Sentence
from registry.core.text import fold
from registry.reference.models import (
    Level,
    Measure,
    Municipality,
    Organisation,
    OrganisationCode,
    OrganisationKind,
    Subject,
    SubjectWord,
    TargetRole,
    TargetSetting,
)

Pair = tuple[str | None, str | None]  #: setting, role


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider as the importer needs it."""

    id: int
    key: str
    name: str
    kind: OrganisationKind

    @property
    def is_vocational(self) -> bool:
        return self.kind is OrganisationKind.VOCATIONAL_COLLEGE


class UnknownProvider(LookupError):
    """The feed's provider cannot be found, or its codes point at different ones."""

    def __init__(self, reason: Sentence, cure: Sentence, value: str) -> None:
        super().__init__(reason)
        self.reason, self.cure, self.value = reason, cure, value


@dataclass(frozen=True, slots=True)
class Facts:
    """Look-ups by code and by folded name."""

    by_dbh: Mapping[str, Provider]
    by_orgnr: Mapping[str, Provider]
    by_name: Mapping[str, Provider]
    not_providers: frozenset[str]
    levels: frozenset[str]
    measures: frozenset[str]
    subjects: Mapping[str, str]
    settings: Mapping[str, str]
    roles: Mapping[str, str]
    municipalities: Mapping[str, str]
    _known: dict[ProviderRef, Provider] = field(default_factory=dict)

    def provider(self, ref: ProviderRef) -> Provider:
        """By DBH code (a predecessor's too), organisation number, then name. Raises UnknownProvider."""
        found = self._known.get(ref)
        if found is None:
            found = self._known[ref] = self._resolve(ref)
        return found

    def _resolve(self, ref: ProviderRef) -> Provider:
        by_code = self.by_dbh.get(ref.dbh_code or "")
        by_number = self.by_orgnr.get(ref.orgnr or "")
        if by_code and by_number and by_code.id != by_number.id:
            raise UnknownProvider(
                Sentence(
                    "Institusjonskoden %(code)s er %(by_code)s, men organisasjonsnummeret %(orgnr)s er %(by_number)s.",
                    code=ref.dbh_code or "",
                    by_code=by_code.name,
                    orgnr=ref.orgnr or "",
                    by_number=by_number.name,
                ),
                Sentence("Rett den av de to som er feil."),
                f"{ref.dbh_code} / {ref.orgnr}",
            )
        found = by_code or by_number
        if found is None and not (ref.dbh_code or ref.orgnr):
            found = self.by_name.get(words(ref.name or ""))
        if found is not None:
            return found
        given = ref.dbh_code or ref.orgnr or ref.name or ""
        if given in self.not_providers:
            raise UnknownProvider(
                Sentence("«%(value)s» er ikke en tilbyder av videreutdanning.", value=given),
                Sentence("Oppgi universitetet, høgskolen eller fagskolen som har tilbudet."),
                given,
            )
        raise UnknownProvider(
            Sentence("Tilbyderen «%(value)s» finnes ikke i registeret.", value=given),
            Sentence(
                "Sjekk institusjonskoden eller organisasjonsnummeret, eller be driften om å legge inn tilbyderen."
            ),
            given,
        )

    def target(self, text: str) -> list[Pair] | None:
        """Target groups told as "setting:role", a code or a name; None where they are not known."""
        setting, colon, role = (part.strip() for part in text.partition(":"))
        if colon:
            where, who = self.settings.get(words(setting)), self.roles.get(words(role))
            return [(where, who)] if where and who else None
        where, who = self.settings.get(words(text)), self.roles.get(words(text))
        return [(where, who)] if where or who else None


def words(text: str) -> str:
    """A name as it is looked up: folded, without case."""
    return fold(text).casefold()


def load_facts(session: Session) -> Facts:
    """Read every fact that shaping needs: eight short queries."""
    providers: dict[int, Provider] = {}
    by_dbh: dict[str, Provider] = {}
    by_orgnr: dict[str, Provider] = {}
    by_name: dict[str, Provider] = {}
    others: set[str] = set()
    for organisation in session.exec(select(Organisation)):
        if not organisation.is_provider:
            others.update(text for text in (organisation.orgnr, organisation.name_nb) if text)
            continue
        provider = Provider(organisation.pk, organisation.key, organisation.name_nb, organisation.kind)
        providers[provider.id] = provider
        if organisation.dbh_code:
            by_dbh[organisation.dbh_code] = provider
        if organisation.orgnr:
            by_orgnr[organisation.orgnr] = provider
        names = (organisation.short_name, organisation.name_en, organisation.name_se, organisation.name_nn)
        for name in (*names, organisation.name_nb):
            if name:
                by_name[words(name)] = provider
    for code, organisation_id in session.exec(select(OrganisationCode.code, OrganisationCode.organisation_id)):
        if organisation_id in providers:
            by_dbh.setdefault(code, providers[organisation_id])
    return Facts(
        by_dbh=by_dbh,
        by_orgnr=by_orgnr,
        by_name=by_name,
        not_providers=frozenset(others),
        levels=frozenset(session.exec(select(Level.code))),
        measures=frozenset(session.exec(select(Measure.code))),
        subjects=_subjects(session),
        settings=_named(session.exec(select(TargetSetting))),
        roles=_named(session.exec(select(TargetRole))),
        municipalities=_municipalities(session),
    )


def _subjects(session: Session) -> dict[str, str]:
    """A word that means several subjects means none."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    synonyms = select(SubjectWord.word, SubjectWord.subject_code).where(col(SubjectWord.kind) != "abbreviation")
    for word, code in session.exec(synonyms):
        if found.setdefault(words(word), code) != code:
            shared.add(words(word))
    for word in shared:
        del found[word]
    for subject in session.exec(select(Subject).order_by(col(Subject.depth))):
        for name in (subject.name_en, subject.name_se, subject.name_nn, subject.name_nb, subject.code):
            if name:
                found[words(name)] = subject.code
    return found


def _named(rows: Iterable[TargetSetting | TargetRole]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in rows:
        for name in (*row.words, row.name_en, row.name_se, row.name_nn, row.name_nb, row.code):
            if name:
                found[words(name)] = row.code
    return found


def _municipalities(session: Session) -> dict[str, str]:
    """Names that two municipalities share (Herøy, Våler) are told by their number only."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    for place in session.exec(select(Municipality)):
        found[place.code] = place.code
        for name in {words(n) for n in (place.name_nb, place.name_nn, place.name_se) if n}:
            if found.setdefault(name, place.code) != place.code:
                shared.add(name)
    return {name: code for name, code in found.items() if name not in shared}
