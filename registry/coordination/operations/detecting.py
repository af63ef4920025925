"""One detection: read, judge, write. Running it again on the same data changes nothing but the list of detections."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from registry.access.policy import Actor
from registry.coordination import smallsubjects
from registry.coordination.detection import cases, darkness, marking, pairs, reaching, risks, standings, warnings
from registry.coordination.detection.country import Country
from registry.coordination.detection.exempting import exempted
from registry.coordination.detection.pairs import Changes, Found
from registry.coordination.detection.partners import partners_among
from registry.coordination.detection.risks import Risk
from registry.coordination.forecast import Model
from registry.coordination.forecast.keeping import to_json
from registry.coordination.models import Detection, LearntForecast
from registry.coordination.operations.following import detect_changed
from registry.coordination.operations.judging import judge_changed
from registry.coordination.operations.reviewing import review_cases, review_decisions
from registry.coordination.queries.desk.duplicate_card import newest_card
from registry.coordination.queries.detecting.applicants import Applicants, load_applicants, starters
from registry.coordination.queries.detecting.decisions import said
from registry.coordination.queries.detecting.landscape import Landscape, load_landscape
from registry.coordination.queries.detecting.learnt_forecast import kept_accuracy
from registry.coordination.queries.detecting.national import Reach, current_terms, last_runs, national_reach
from registry.coordination.queries.detecting.reached import reach_told
from registry.coordination.queries.detecting.runs import RunRow, load_runs, sides, subjects_by_offer
from registry.coordination.queries.detecting.settled_runs import backtest, settled
from registry.coordination.queries.detecting.study_years import leaf_subjects, subject_facts
from registry.coordination.queries.detecting.word_weights import keep_weights, kept_weights
from registry.coordination.queries.reports.oversubscribed import FLAG as OVERSUBSCRIBED
from registry.coordination.queries.reports.oversubscribed import oversubscribed, waitlists
from registry.coordination.queries.reports.trends import low_trends
from registry.coordination.states import WITHIN_REACH, PairKind
from registry.core import clock, locks, terms
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import InvalidInput
from registry.core.table import unindexed
from registry.offers.models import Offer, Run
from registry.rules.register import RuleSet, rule_history, rules_on

Progress = Callable[[int, int], None]  #: (done, total)
_STEPS = 6
#: Things of the audit log whose changes make the flags old.
_THINGS = ("offer", "run", "application", "run_count", "counts", "import_run", "rule", "duplicate_card")


@dataclass(frozen=True, slots=True)
class DetectionResult:
    """What a detection found. ``rules``: id -> version; ``kinds``: pairs by kind and strength; ``flags``: by rule."""

    detection: int
    as_of: date
    term: str | None
    offers: int
    kinds: Mapping[str, int]
    flags: Mapping[str, int]
    changes: Mapping[str, int]
    rules: Mapping[str, int]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """The shape of ``registry detect --json``."""
        return {
            "detection": self.detection,
            "as_of": self.as_of.isoformat(),
            "term": self.term or "all",
            "offers": self.offers,
            "kinds": dict(self.kinds),
            "flags": [{"rule": rule, "version": self.rules.get(rule), "count": n} for rule, n in self.flags.items()],
            "changes": dict(self.changes),
            "seconds": self.seconds,
        }

    def summary(self) -> str:
        """Some lines in bokmål."""
        kinds, flags = self.kinds, self.flags
        return "\n".join(
            (
                f"Sammenlignet {self.offers} tilbud per {self.as_of:%d.%m.%Y} på {self.seconds:.1f} sekunder.",
                (
                    f"Overlapp: {kinds.get('overlap_strong', 0)} sterke og {kinds.get('overlap_possible', 0)} mulige, "
                    f"{kinds.get('within_reach', 0)} innen rekkevidde, {kinds.get('cases', 0)} saker."
                ),
                f"Dubletter: {kinds.get('duplicate_strong', 0)} sikre og {kinds.get('duplicate_possible', 0)} mulige.",
                f"Små fag: {kinds.get('small_subjects', 0)}, av dem {kinds.get('uncovered_subjects', 0)} uten tilbud for hele landet.",
                (
                    f"Kull: {kinds.get('runs_judged', 0)} vurdert, {flags.get(risks.FLAG, 0)} utsatt for avlysning, "
                    f"{flags.get(risks.LOW_RUN, 0)} med færre søkere enn minstetallet."
                ),
                (
                    f"Nye par {self.changes.get('new', 0)}, endret {self.changes.get('changed', 0)}, "
                    f"borte {self.changes.get('gone', 0)}; avgjørelser gjenåpnet {self.changes.get('reopened', 0)}."
                ),
            )
        )


@dataclass(slots=True)
class _Work:
    """What reading and judging gave, ready to be written."""

    rules: RuleSet
    landscape: Landscape
    seen_entry: int
    found: list[Found] = field(default_factory=list)
    periods: list[standings.Period] = field(default_factory=list)
    groups: list[cases.Group] = field(default_factory=list)
    risks: list[Risk] = field(default_factory=list)
    dark: list[darkness.Darkness] = field(default_factory=list)
    wanted: list[str] = field(default_factory=list)
    reach: Mapping[str, Reach] = field(default_factory=dict)
    uncovered: int = 0
    listed: dict[str, int] = field(default_factory=dict)  #: rule -> offers or runs that fall under it
    card: int = 1  #: version of the scorecard of duplicates
    country: Country | None = None
    model: Model | None = None
    accuracy: dict[str, Any] | None = None


def detect(
    database: Database,
    actor: Actor,
    *,
    term: str | None = None,
    today: date | None = None,
    progress: Progress | None = None,
) -> DetectionResult:
    """Find duplicates, overlaps, small subjects and runs at risk, and write them in one transaction.

    Pairs and small subjects are always those of the whole registry; ``term`` limits cases, risk and the counts to one term.
    Raises InvalidInput for a term that is none.
    """
    started = perf_counter()
    day = today or clock.today()
    tell = progress or (lambda _done, _total: None)
    if term is not None:
        try:
            terms.parse(term)
        except ValueError as error:
            raise InvalidInput("Skriv en termin som 2026V eller 2026H.") from error
    with database.read() as session:
        work = _judge(session, day, term, tell)
    with database.write() as session:
        locks.hold(session, locks.Lock.DETECTION)
        edited = _edited_since(session, work.seen_entry)
        result, reopened = _write(session, actor, work, day, term, started, edited)
        keys = dict(session.exec(select(Offer.id, Offer.key).where(col(Offer.id).in_(reopened))).all())
    # What was edited while everything was judged: what has just been written of it is older than it is. And who was kept
    # together by a decision that no longer stands may belong elsewhere.
    detect_changed(database, actor, {*edited.values(), *keys.values()}, today=day)
    judge_changed(database, actor, since=work.seen_entry, today=day)
    tell(_STEPS, _STEPS)
    return result


def _edited_since(session: Session, entry: int) -> dict[int, str]:
    """Offer id -> its key, of those that were edited, or whose runs were, after an entry of the audit log."""
    logged = select(AuditEntry.thing_id).where(col(AuditEntry.id) > entry)
    by_run = select(Run.offer_id).where(col(Run.id).in_(logged.where(unindexed(col(AuditEntry.thing) == "run"))))
    here = col(Offer.id).in_(logged.where(unindexed(col(AuditEntry.thing) == "offer"))) | col(Offer.id).in_(by_run)
    return {one or 0: key for one, key in session.exec(select(Offer.id, Offer.key).where(here))}


def is_stale(session: Session) -> bool:
    """True where nothing has been detected or learnt today, or offers, runs, applications or rules have changed since.

    A detection of one term leaves the cases and risks of the others as they were: only those of every term count.
    """
    whole = select(Detection).where(col(Detection.term).is_(None))
    newest = session.exec(whole.order_by(col(Detection.id).desc()).limit(1)).first()
    if newest is None or newest.as_of < clock.today():
        return True
    if session.exec(select(col(LearntForecast.learnt_on))).first() != clock.today():
        return True
    told_of = unindexed(col(AuditEntry.thing).in_(_THINGS))
    changed = select(AuditEntry.id).where(col(AuditEntry.id) > newest.seen_entry, told_of)
    return session.exec(changed.limit(1)).first() is not None


def _judge(session: Session, today: date, term: str | None, tell: Progress) -> _Work:
    rules = rules_on(session, today)
    seen = session.exec(select(func.max(AuditEntry.id))).one() or 0
    tell(0, _STEPS)
    landscape = load_landscape(session)
    work = _Work(rules, landscape, seen)
    card = newest_card(session)
    work.card = int(card.version)
    tell(1, _STEPS)
    work.country = Country(landscape, rules, card, kept_weights(session, rules), exempted(rules.exceptions))
    work.found = work.country.found()
    tell(2, _STEPS)
    runs = load_runs(session)
    applicants = load_applicants(session)
    work.periods = standings.find_periods(
        subject_facts(session, today, runs), rule_history(session, smallsubjects.RULES), today
    )
    small = frozenset(period.subject for period in work.periods if period.until is None and period.is_small)
    subjects = subjects_by_offer(session)
    work.reach = national_reach(runs, subjects, today)
    work.uncovered = sum(subject not in work.reach or not work.reach[subject].national for subject in small)
    tell(3, _STEPS)
    work.wanted = cases.terms_in_question({run.term for run in runs}, today, term)
    pooled = sides(runs, applicants.eligible, rules[risks.LOW_RUN])
    numbers = pairs.matching_rules(rules)
    work.found = pairs.weigh(work.found, landscape.taught, pooled, small, work.wanted)
    work.groups = cases.find_groups(work.found, landscape.taught, pooled, small, numbers, work.wanted, said(session))
    tell(4, _STEPS)
    partners = partners_among(session, work.found, landscape)
    work.model = risks.learn_from(runs, applicants, rules, today)
    work.accuracy = _accuracy(session, runs, applicants, rules, today)
    last = frozenset(last_runs(runs, subjects, small, rules, today))
    work.risks = risks.find_risks(runs, applicants, work.model, partners, last, rules, today, term)
    leaves = leaf_subjects(session)
    work.dark = darkness.find_darkness(runs, applicants, subjects, leaves, work.model, rules, today)
    trends = low_trends(runs, starters(session, today), rules)
    current = current_terms({run.term for run in runs}, today)
    full = oversubscribed([run for run in runs if run.term in current], waitlists(session, current), rules)
    work.listed = {**{rule: len(offers) for rule, offers in trends.items()}, OVERSUBSCRIBED: len(full)}
    tell(5, _STEPS)
    return work


def _accuracy(
    session: Session, runs: list[RunRow], applicants: Applicants, rules: RuleSet, today: date
) -> dict[str, Any] | None:
    """The back-test as it is kept: made at the first detection of a day, since it takes longer than all else."""
    kept = session.exec(select(LearntForecast)).first()
    if kept is not None and kept.learnt_on == today:
        return kept.accuracy
    found = backtest(settled(runs, applicants, rules), rules)
    return None if found is None else kept_accuracy(found)


def _keep(session: Session, work: _Work, detection_id: int, today: date) -> None:
    assert work.model is not None
    values: dict[str, Any] = {
        "learnt_on": today,
        "detection_id": detection_id,
        "model": to_json(work.model),
        "accuracy": work.accuracy,
    }
    kept = session.exec(select(LearntForecast)).first()
    session.add(LearntForecast(**values) if kept is None else kept.sqlmodel_update(values))


def _write(
    session: Session,
    actor: Actor,
    work: _Work,
    today: date,
    term: str | None,
    started: float,
    edited: Collection[int],
) -> tuple[DetectionResult, set[int]]:
    """What was found is written; the offers of decisions and cases that were reopened are told too."""
    marked = marking.standing_marks(session)
    detection = Detection(
        at=clock.now(), as_of=today, term=term, rules=dict(work.rules.versions), seen_entry=work.seen_entry
    )
    session.add(detection)
    session.flush()
    keys = {one or 0: key for one, key in session.exec(select(Offer.id, Offer.key))}
    assert work.country is not None
    keep_weights(session, work.country.weights, detection.pk, today)
    changes: Changes = pairs.store_pairs(session, work.found, detection.pk, today)
    opened, closed = cases.store_cases(
        session,
        actor,
        work.groups,
        keys.__getitem__,
        wanted=work.wanted,
        looked_at=cases.all_cases(session, term),
        members=cases.all_members(session),
        detection_id=detection.pk,
        today=today,
    )
    standings_changed = standings.store_periods(session, actor, work.periods, detection.pk)
    small = {period.subject for period in work.periods if period.is_small and period.until is None}
    told = reach_told(session)
    watched = reaching.watched(session, small, told, today)
    reaching.follow(session, actor, work.reach, watched, told, work.rules, today)
    _keep(session, work, detection.pk, today)
    risks_written = risks.store_risks(session, work.risks, detection.pk, today)
    darkness.store_darkness(session, work.dark, detection.pk, today)
    marking.tell_marks(session, marked, today)
    warned = warnings.store_warnings(session, actor, work.risks, work.rules, detection.pk, today)
    warnings.tell(session, warned, work.risks)
    reopened = review_decisions(session, actor, work.country.profile, without=edited)
    opened_again = review_cases(session, actor)
    kinds = {
        **pairs.count(work.found, term),
        "within_reach": sum(
            pair.kind is PairKind.OVERLAP and pair.reach in WITHIN_REACH and term in (None, *pair.terms)
            for pair in work.found
        ),
        "cases": len(work.groups),
        "small_subjects": sum(period.is_small and period.until is None for period in work.periods),
        "uncovered_subjects": work.uncovered,
        "runs_judged": len(work.risks),
        "last_national": sum(risk.last_national for risk in work.risks),
        "warnings": len(warned),
        "duplicate_card": work.card,
    }
    flags = {
        risks.FLAG: sum(risk.rule_code == risks.FLAG for risk in work.risks),
        risks.LOW_RUN: sum(risk.is_low for risk in work.risks),
        **work.listed,
        "SMALL_SUBJECT_INSTITUTIONS": _standing(work, "SMALL_SUBJECT_INSTITUTIONS"),
        "SMALL_SUBJECT_STARTERS": _standing(work, "SMALL_SUBJECT_STARTERS"),
        "NATIONAL_GUARANTEE": work.uncovered,
    }
    detection.counts = {**kinds, **flags}
    detection.seconds = round(perf_counter() - started, 2)
    result = DetectionResult(
        detection=detection.pk,
        as_of=today,
        term=term,
        offers=len(work.landscape.profiles),
        kinds=kinds,
        flags=flags,
        changes={
            "new": changes.new,
            "changed": changes.changed,
            "gone": changes.gone,
            "unchanged": changes.unchanged,
            "cases_opened": opened,
            "cases_closed": closed,
            "subjects": standings_changed,
            "risks": risks_written,
            "reopened": len(reopened),
        },
        rules=work.rules.versions,
        seconds=detection.seconds,
    )
    return result, opened_again | {one for two in reopened for one in two}


def _standing(work: _Work, rule: str) -> int:
    return sum(period.is_small and period.until is None and period.rule == rule for period in work.periods)
