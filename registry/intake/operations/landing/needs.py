"""Rows of the sheet of a competence plan, through the owner's room: the sheet is the plan."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from importers.protocol import NeedRecord, ProviderRef
from importers.sentences import Sentence
from registry.access.permissions import Permission
from registry.access.policy import Actor, Scope
from registry.core import clock
from registry.core.text import fold
from registry.intake.operations.landing.landed import Landed, Landing, Manifest, Row
from registry.intake.reading.facts import Facts, words
from registry.plans.models import CompetencePlan, PlanNeed
from registry.plans.operations import FIRST_YEAR, YEARS_AHEAD, Need, save_plan
from registry.reference.models import OWNER_KINDS, Organisation

Plan = tuple[int, int]  #: owner, year
Key = tuple[str, str | None, str | None]  #: subject, setting, role


@dataclass(frozen=True, slots=True)
class _Unfit(Exception):
    reason: Sentence
    cure: Sentence
    column: str
    value: str | None


def scope_of_owner(organisation_id: int | None) -> Scope:
    """Whose a plan is. A sheet for several owners is nobody's in particular: only far-reaching roles may."""
    return Scope() if organisation_id is None else Scope(owners=frozenset({organisation_id}))


def _land(session: Session, actor: Actor, manifest: Manifest) -> Landed:
    landed = Landed(manifest.columns)
    owners = _owners(session)
    told: dict[Plan, dict[Key, tuple[Row, Need]]] = {}
    for row in manifest.rows:
        record: NeedRecord = row[1]
        try:
            owner, need = _need(record, owners, manifest)
        except _Unfit as unfit:
            landed.reject(row, unfit.reason, unfit.cure, unfit.column, unfit.value)
            continue
        key = (need.subject_code, need.setting, need.role)
        earlier = told.setdefault((owner, record.year), {}).setdefault(key, (row, need))
        if earlier[0] is not row:
            text = Sentence("Rad %(row)s har samme år, fag og målgruppe.", row=earlier[0][1].position)
            landed.reject(row, text, Sentence("Slå de to linjene sammen til én."), "Fag", record.subject)
    whole = manifest.complete and not landed.rejections
    for plan, needs in told.items():
        _save(session, actor, plan, needs, landed, whole=whole)
    if manifest.complete and not whole and told:
        landed.notices.append(
            Sentence("Behov som mangler i arket, er latt stå i planen, siden ikke alle rader kunne leses.")
        )
    return landed


def _save(
    session: Session,
    actor: Actor,
    plan: Plan,
    needs: Mapping[Key, tuple[Row, Need]],
    landed: Landed,
    *,
    whole: bool,
) -> None:
    owner, year = plan
    present = _present(session, owner, year)
    wanted = {key: need for key, (_, need) in needs.items()}
    left_out = present.keys() - wanted.keys()
    kept = {} if whole else {key: present[key] for key in left_out}
    if whole:
        landed.vanished += len(left_out)
    if {**kept, **wanted} != present:
        save_plan(session, actor, owner, year, list({**kept, **wanted}.values()))
    for key, (row, need) in needs.items():
        before = present.get(key)
        landed.outcomes.append((row, "new" if before is None else "unchanged" if before == need else "changed"))


def _present(session: Session, owner: int, year: int) -> dict[Key, Need]:
    query = (
        select(PlanNeed)
        .join(CompetencePlan, col(CompetencePlan.id) == PlanNeed.plan_id)
        .where(CompetencePlan.owner_id == owner, CompetencePlan.year == year)
        .order_by(col(PlanNeed.id))
    )
    return {
        (need.subject_code, need.setting, need.role): Need(
            need.subject_code, need.head_count, need.priority, need.setting, need.role
        )
        for need in session.exec(query)
    }


def _need(record: NeedRecord, owners: Mapping[str, int], manifest: Manifest) -> tuple[int, Need]:
    owner = _owner(record.owner, owners, manifest.only)
    if not FIRST_YEAR <= record.year <= clock.today().year + YEARS_AHEAD:
        last = clock.today().year + YEARS_AHEAD
        raise _Unfit(
            Sentence("Planen kan ikke gjelde %(year)s.", year=record.year),
            Sentence("Skriv et år fra %(first)s til %(last)s.", first=FIRST_YEAR, last=last),
            "År",
            str(record.year),
        )
    subject = manifest.facts.subjects.get(words(record.subject))
    if subject is None:
        raise _Unfit(
            Sentence("Registeret kjenner ikke faget «%(value)s».", value=record.subject),
            Sentence("Bruk navnet slik det står i søket etter tilbud."),
            "Fag",
            record.subject,
        )
    setting, role = _target(record, manifest.facts)
    return owner, Need(subject, record.head_count, record.priority, setting, role)


def _target(record: NeedRecord, facts: Facts) -> tuple[str | None, str | None]:
    if record.target is None:
        return None, None
    found = facts.target(record.target)
    if not found:
        raise _Unfit(
            Sentence("Registeret kjenner ikke målgruppen «%(value)s».", value=record.target),
            Sentence("Skriv navnet, eller koden som arbeidssted:rolle, for eksempel kindergarten:teacher."),
            "Målgruppe",
            record.target,
        )
    return found[0]


def _owner(ref: ProviderRef | None, owners: Mapping[str, int], only: int | None) -> int:
    if ref is None:
        if only is None:
            raise _Unfit(
                Sentence("Det står ikke hvem planen gjelder."),
                Sentence("Skriv organisasjonsnummeret til eieren."),
                "Eier",
                None,
            )
        return only
    given = ref.orgnr or ref.name or ""
    column = "Organisasjonsnummer" if ref.orgnr else "Eier"
    found = owners.get(fold(given).casefold())
    if found is None:
        raise _Unfit(
            Sentence("Registeret kjenner ikke eieren «%(value)s».", value=given),
            Sentence("Kontroller navnet eller nummeret."),
            column,
            given,
        )
    if only is not None and found != only:
        raise _Unfit(
            Sentence("Raden gjelder en annen eier enn den planen er fra."), Sentence("Fjern raden."), column, given
        )
    return found


def _owners(session: Session) -> dict[str, int]:
    """Owners by organisation number, key and name; a name that two have is nobody's."""
    found: dict[str, int] = {}
    shared: set[str] = set()
    for one in session.exec(select(Organisation).where(col(Organisation.kind).in_(OWNER_KINDS))):
        for name in {fold(text).casefold() for text in (one.orgnr, one.key, one.name_nb, one.name_nn) if text}:
            if found.setdefault(name, one.pk) != one.pk:
                shared.add(name)
    return {name: pk for name, pk in found.items() if name not in shared}


NEEDS = Landing(Permission.PLAN_EDIT, scope_of_owner, _land)
