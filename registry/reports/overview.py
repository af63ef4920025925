"""What was gathered, indexed, flagged and tracked: the front page and the end of ``make run``."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import distinct, func
from sqlmodel import Session, col, select

from registry.applications.figures import rounding
from registry.applications.models import Application, RunCount
from registry.applications.states import Answer, Attendance, Standing
from registry.coordination.models import Case, Pair, RiskAssessment, SubjectStatus
from registry.coordination.states import WITHIN_REACH, CaseState, PairKind, Strength
from registry.core import clock
from registry.intake.models import ImportRun, QuarantinedRow, Source, SourceRecord
from registry.intake.states import ImportOutcome, QuarantineState
from registry.offers.models import Offer, OfferProvider, Run, RunPlace
from registry.offers.states import OfferState, RunState
from registry.plans.models import CompetencePlan
from registry.reference.models import Municipality
from registry.rules.register import rules_on
from search.protocol import SearchEngine, SearchUnavailable

Line = tuple[str, int | None, str]
_PERSONS = ("applications", "accepted", "started", "completed", "displaced")


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts over everything the registry holds now. ``data_date`` is the day of the newest delivery taken."""

    data_date: date | None
    sources: int
    deliveries: int
    records: int
    quarantined: int
    offers: int
    runs: int
    providers: int
    indexed: int | None  #: unknown where the search engine does not tell
    subjects: int
    counties: int
    overlaps: int
    strong: int
    within_reach: int
    cases: int
    duplicates: int
    small_subjects: int
    at_risk: int
    applications: int
    accepted: int
    started: int
    completed: int
    counted_runs: int
    cancelled: int
    displaced: int
    plans: int

    def rounded(self, base: int) -> "Overview":
        """As strangers see it: figures of applicants to the nearest ``base`` (rule SMALL_CELL)."""
        figures: dict[str, Any] = {name: rounding(getattr(self, name), base) for name in _PERSONS}
        return replace(self, **figures)

    def sections(self) -> list[tuple[str, list[Line]]]:
        """The summary in words: (section, [(what, number, where to look)])."""
        return [
            (
                "Samlet inn",
                [
                    ("kilder", self.sources, "/nb/innhenting"),
                    ("leveranser tatt imot", self.deliveries, ""),
                    ("rader fra kildene", self.records, ""),
                    ("rader som venter på retting", self.quarantined, "registry quarantine list"),
                    ("institusjoner", self.providers, ""),
                    ("tilbud", self.offers, "/nb/tilbud"),
                    ("kull", self.runs, ""),
                ],
            ),
            (
                "Gjort søkbart",
                [
                    ("kull i søkeindeksen", self.indexed, "registry search «engelsk 1-7»"),
                    ("fag med tilbud", self.subjects, ""),
                    ("fylker med tilbud", self.counties, ""),
                ],
            ),
            (
                "Flagget",
                [
                    ("par som overlapper", self.overlaps, "/nb/samordning/overlapp"),
                    ("  av dem sterke", self.strong, "registry report overlaps"),
                    ("  av dem innen rekkevidde", self.within_reach, ""),
                    ("saker å se på", self.cases, ""),
                    ("mulige dubletter", self.duplicates, "registry report duplicates"),
                    ("små fag", self.small_subjects, "registry report small-subjects"),
                    ("utsatte kull", self.at_risk, "registry report at-risk"),
                ],
            ),
            (
                "Fulgt opp",
                [
                    ("søknader", self.applications, "registry report applications"),
                    ("har takket ja", self.accepted, ""),
                    ("har startet", self.started, ""),
                    ("har fullført", self.completed, "registry report completion"),
                    ("kull med bare tellinger", self.counted_runs, ""),
                    ("avlyste kull", self.cancelled, "registry report lifecycle"),
                    ("søkere som mistet plassen", self.displaced, ""),
                    ("kompetanseplaner", self.plans, "registry report demand"),
                ],
            ),
        ]


def indexed(search: SearchEngine) -> int | None:
    """Runs in the index; None where there is none, or it does not tell."""
    try:
        return search.count()
    except SearchUnavailable:
        return None


def overview(session: Session, indexed: int | None) -> Overview:
    """Count everything; ``indexed`` comes from the search engine."""

    def count(query: object) -> int:
        return int(session.exec(query).one() or 0)  # type: ignore[call-overload]  # a query for one number, of any table

    def applications(*where: object) -> int:
        return count(select(func.count(col(Application.id))).where(*where))  # type: ignore[arg-type]  # conditions of any column

    def pairs(kind: PairKind, *where: object) -> int:
        listed = (Pair.kind == kind, col(Pair.gone_on).is_(None), Pair.strength != Strength.RELATED)
        return count(select(func.count(col(Pair.id))).where(*listed, *where))  # type: ignore[arg-type]  # conditions of any column

    today = clock.today()
    newest = select(func.max(RiskAssessment.assessed_on)).scalar_subquery()
    started = (Attendance.STARTED, Attendance.COMPLETED, Attendance.FAILED, Attendance.DROPPED_OUT, Attendance.DEFERRED)
    published = col(Offer.state) == OfferState.PUBLISHED
    return Overview(
        data_date=session.exec(select(func.max(ImportRun.as_of)).where(ImportRun.outcome == ImportOutcome.DONE)).one(),
        sources=count(select(func.count(col(Source.id)))),
        deliveries=count(select(func.count(col(ImportRun.id))).where(ImportRun.outcome == ImportOutcome.DONE)),
        records=count(select(func.count(col(SourceRecord.id)))),
        quarantined=count(
            select(func.count(col(QuarantinedRow.id))).where(QuarantinedRow.state == QuarantineState.WAITING)
        ),
        offers=count(select(func.count(col(Offer.id))).where(published)),
        runs=count(select(func.count(col(Run.id))).where(Run.state != RunState.ABSORBED)),
        providers=count(select(func.count(distinct(col(OfferProvider.organisation_id))))),
        indexed=indexed,
        subjects=count(select(func.count(distinct(col(Offer.subject_code)))).where(published)),
        counties=count(
            select(func.count(distinct(col(Municipality.county_code)))).join(
                RunPlace, col(RunPlace.municipality_code) == Municipality.code
            )
        ),
        overlaps=pairs(PairKind.OVERLAP),
        strong=pairs(PairKind.OVERLAP, Pair.strength == Strength.STRONG),
        within_reach=pairs(PairKind.OVERLAP, col(Pair.reach).in_(WITHIN_REACH)),
        cases=count(select(func.count(col(Case.id))).where(col(Case.state).in_((CaseState.OPEN, CaseState.REOPENED)))),
        duplicates=pairs(PairKind.DUPLICATE),
        small_subjects=count(
            select(func.count(col(SubjectStatus.id))).where(
                col(SubjectStatus.is_small).is_(True), col(SubjectStatus.until).is_(None)
            )
        ),
        at_risk=count(
            select(func.count(col(RiskAssessment.id))).where(
                RiskAssessment.assessed_on == newest,
                col(RiskAssessment.probability) >= rules_on(session, today)["RISK_FLAG"],
            )
        ),
        applications=applications(),
        accepted=applications(Application.answer == Answer.ACCEPTED),
        started=applications(col(Application.attendance).in_(started)),
        completed=applications(Application.attendance == Attendance.COMPLETED),
        counted_runs=count(select(func.count(distinct(col(RunCount.run_id))))),
        cancelled=count(select(func.count(col(Run.id))).where(Run.state == RunState.CANCELLED)),
        displaced=applications(Application.standing == Standing.DISPLACED),
        plans=count(select(func.count(col(CompetencePlan.id)))),
    )
