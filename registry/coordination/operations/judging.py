"""A changed run is judged at once: an application, a minimum, a deadline or a state gives it another risk.

It is judged by what the newest detection learnt, whose time the pages tell; what is learnt is learnt anew with the next one, which
also judges everything else. Only the runs that the change can have touched are judged.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session

from registry.access.policy import Actor
from registry.coordination import smallsubjects
from registry.coordination.detection import darkness, marking, reaching, risks, standings, warnings
from registry.coordination.detection.partners import overlapping, partners_of
from registry.coordination.forecast import Model
from registry.coordination.queries.desk.board import newest_detection_day
from registry.coordination.queries.detecting.applicants import Applicants, known_applicants
from registry.coordination.queries.detecting.flags_beside import newest_detection, newest_seen
from registry.coordination.queries.detecting.learnt_forecast import learnt_model
from registry.coordination.queries.detecting.marks import few_among
from registry.coordination.queries.detecting.national import carried_terms, current_terms, last_runs, national_reach
from registry.coordination.queries.detecting.reached import reach_told
from registry.coordination.queries.detecting.runs import RunRow, load_runs, subjects_by_offer, taught_terms
from registry.coordination.queries.detecting.study_years import leaf_subjects, newest_study_year, subject_facts
from registry.coordination.queries.detecting.told_values import subjects_since
from registry.coordination.queries.detecting.touched_runs import (
    Changed,
    awakened,
    changed_named,
    changed_since,
    runs_of,
)
from registry.coordination.queries.reports.risk import standing_last
from registry.coordination.queries.reports.subjects import small_subjects
from registry.core import clock, locks
from registry.core.db import Database
from registry.rules.register import RuleSet, rule_history, rules_on

MOST: Final = 5_000  #: changes; more than this at once are a delivery, and the next full detection takes them


def judge_changed(
    database: Database,
    actor: Actor,
    *,
    offers: Collection[str] = (),
    applications: Collection[int] = (),
    counted: Collection[str] = (),
    since: int | None = None,
    today: date | None = None,
) -> int | None:
    """Judge the runs anew that changes may have touched: of offers by their own keys or a run's, of applications by their ids, of
    counts by the run's key, or of all that the log tells of after the entry ``since``.

    Returns how many runs came to stand otherwise; None where nothing is done: before the first detection, where nobody knows
    what is named, and for very many at once. Doing it again, late or twice changes nothing more.
    """
    day = today or clock.today()
    with database.read() as session:
        model = learnt_model(session)  # read before anybody has to wait for the writing
        changed = (
            changed_named(session, offers, applications, counted) if since is None else changed_since(session, since)
        )
    if model is None or not 0 < len(changed) <= MOST:
        return None
    with database.write() as session:
        locks.hold(session, locks.Lock.DETECTION)
        model = learnt_model(session)  # a detection may have learnt anew meanwhile
        assert model is not None
        return _Judging(session, actor, model, rules_on(session, day), day).judge(changed)


@dataclass(frozen=True, slots=True)
class _Judging:
    session: Session
    actor: Actor
    model: Model
    rules: RuleSet
    today: date

    def judge(self, changed: Changed) -> int:
        session, today = self.session, self.today
        if changed.offers:
            self._stand(changed.offers)
        mine = load_runs(session, only=runs_of(session, changed))
        touched = {run.id for run in mine} | awakened(session, changed, mine)
        last, otherwise = self._last(mine, everywhere=bool(changed.offers))
        touched |= otherwise
        if changed.offers:  # a partner's advice names it
            beside = load_runs(session, offers=overlapping(session, changed.offers))
            touched |= {run.id for run in beside if run.state in risks.OPEN_STATES}
        runs = load_runs(session, only=touched)
        applicants = self._applicants(runs)
        judged = {run.offer_id for run in runs if risks.is_judged(run, applicants, today)}
        partners = partners_of(session, judged) if judged else {}
        found = risks.find_risks(runs, applicants, self.model, partners, last, self.rules, today)
        detection = newest_detection(session)
        few = few_among(session, touched)
        written = risks.store_risks(session, found, detection, today, among=touched)
        marking.tell_few(session, few, touched)
        warned = warnings.store_warnings(session, self.actor, found, self.rules, detection, today)
        warnings.tell(session, warned, found)
        if newest_detection_day(session) == today:  # else the day's first detection is about to tell of every subject
            self._darken(runs, detection)
        return written

    def _applicants(self, runs: list[RunRow]) -> Applicants:
        return Applicants(known_applicants(self.session, runs), {})

    def _last(self, runs: list[RunRow], *, everywhere: bool) -> tuple[frozenset[int], set[int]]:
        """The runs that their small subjects cannot lose, and those of which it has been said otherwise.

        An application changes this of no run; but an edited offer may have been in another subject before, so all of them are
        looked at.
        """
        session = self.session
        small = small_subjects(session, self.today)
        if not everywhere:
            about = subjects_by_offer(session, offers={run.offer_id for run in runs}).values()
            small = small.intersection(code for codes in about for code in codes)
        told = reach_told(session) if everywhere else []
        watched = reaching.watched(session, small, told, self.today) if everywhere else small
        if not watched:
            return frozenset(), set()
        subjects = subjects_by_offer(session, about=watched)
        known = taught_terms(session)
        counted, carried = current_terms(known, self.today), carried_terms(known, self.today)
        carriers = load_runs(session, offers=subjects, during=counted | carried)
        last = frozenset(last_runs(carriers, subjects, small, self.rules, self.today, counted))
        if not everywhere:
            return last, set()
        reach = national_reach(carriers, subjects, self.today, carried)
        reaching.follow(session, self.actor, reach, watched, told, self.rules, self.today)
        return last, standing_last(session, [run.id for run in carriers if run.term in counted]) ^ last

    def _stand(self, offers: Collection[int]) -> None:
        """The subjects that the offers have left or come to since the last detection: whether they are small now."""
        session, today = self.session, self.today
        about = subjects_since(session, newest_seen(session), offers)
        if not about:
            return
        before = small_subjects(session, today) & about
        facts = subject_facts(session, today, None, about)
        held = rule_history(session, smallsubjects.RULES)
        periods = standings.find_periods(facts, held, today, newest_study_year(session, today))
        standings.store_periods(session, self.actor, periods, newest_detection(session), about)
        marking.tell_small(session, before, small_subjects(session, today) & about)

    def _darken(self, runs: list[RunRow], detection: int) -> None:
        """The subjects of the runs, in their terms: whether all that they have may be cancelled."""
        session = self.session
        leaves = leaf_subjects(session)
        mine = subjects_by_offer(session, offers={run.offer_id for run in runs})
        about = {(code, run.term) for run in runs for code in mine.get(run.offer_id, ()) if code in leaves}
        if not about:
            return
        subjects = subjects_by_offer(session, about={code for code, _ in about})
        every = load_runs(session, offers=subjects, during={term for _, term in about})
        found = darkness.find_darkness(
            every, self._applicants(every), subjects, leaves, self.model, self.rules, self.today
        )
        of_these = [one for one in found if (one.subject, one.term) in about]
        darkness.store_darkness(session, of_these, detection, self.today, among=about)
