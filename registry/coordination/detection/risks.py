"""Runs at risk: learn from past runs, judge the open ones, and say why and what could be done."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert, update
from sqlmodel import Session, col, select

from importers.sentences import Sentence, counted
from registry.coordination.detection.partners import Partner, Partners
from registry.coordination.forecast import Forecast, Model, OpenRun, learn
from registry.coordination.models import RiskAssessment
from registry.coordination.queries.detecting.applicants import Applicants
from registry.coordination.queries.detecting.runs import RunRow
from registry.coordination.queries.detecting.settled_runs import kind_of, settled
from registry.core import clock
from registry.offers.states import Delivery, RunState
from registry.rules.register import RuleSet

LOW_RUN, FLAG = "LOW_RUN_DEFAULT_MINIMUM", "RISK_FLAG"
OPEN_STATES = frozenset({RunState.PLANNED, RunState.OPEN, RunState.CLOSED})


@dataclass(frozen=True, slots=True)
class Risk:
    """One assessment, as the table holds it. ``applicants`` are eligible and not withdrawn."""

    run_id: int
    applicants: int
    minimum: int
    minimum_is_default: bool
    probability: float
    low: float
    high: float
    expected_final: float
    reasons: list[Sentence]
    advice: list[Sentence]
    last_national: bool
    rule_code: str
    rule_version: int

    @property
    def is_low(self) -> bool:
        """Rule LOW_RUN: fewer applicants than the minimum, now."""
        return self.applicants < self.minimum


def find_risks(
    runs: Iterable[RunRow],
    applicants: Applicants,
    model: Model,
    partners: Partners,
    last_national: frozenset[int],
    rules: RuleSet,
    today: date,
    term: str | None = None,
) -> list[Risk]:
    """Assessments of the runs that are neither confirmed nor cancelled. Runs without any figures are left out.

    ``model`` is what :func:`learn_from` gives for the same runs and day; ``last_national`` are the ids of the runs that a small
    subject cannot lose.
    """
    open_rows = [run for run in runs if is_judged(run, applicants, today) and term in (None, run.term)]
    judged = model.judge_all([as_open(run, applicants.eligible[run.id], rules, today) for run in open_rows])
    return [
        _risk(
            run,
            forecast,
            applicants.eligible[run.id],
            partners.get((run.offer_id, run.term), []),
            last_national,
            rules,
            today,
        )
        for run, forecast in zip(open_rows, judged, strict=True)
    ]


def learn_from(runs: Iterable[RunRow], applicants: Applicants, rules: RuleSet, today: date | None = None) -> Model:
    """What the runs whose fate is known teach about the open ones, and with ``today`` how this term goes so far."""
    rows = list(runs)
    model = learn(settled(rows, applicants, rules))
    if today is None:
        return model
    going = [
        as_open(run, applicants.eligible[run.id], rules, today) for run in rows if is_judged(run, applicants, today)
    ]
    return model.paced(going)


def as_open(run: RunRow, number: int, rules: RuleSet, today: date) -> OpenRun:
    """A run with a deadline as the model judges it, with that many applicants."""
    assert run.closes_on is not None
    return OpenRun(
        kind_of(run.subject, run.delivery),
        _minimum(run, int(rules[LOW_RUN])),
        number,
        max(0, (run.closes_on - today).days),
        str(run.lead or ""),
        str(run.offer_id),
    )


def is_judged(run: RunRow, applicants: Applicants, today: date) -> bool:
    """Neither confirmed nor cancelled, open for application, and with figures."""
    return (
        run.published
        and run.state in OPEN_STATES
        and run.left_feed_on is None
        and run.closes_on is not None
        and (run.opens_on is None or run.opens_on <= today)
        and run.id in applicants.eligible
    )


def _minimum(run: RunRow, default: int) -> int:
    return default if run.minimum is None else run.minimum


def _risk(
    run: RunRow,
    forecast: Forecast,
    number: int,
    partners: list[Partner],
    last_national: frozenset[int],
    rules: RuleSet,
    today: date,
) -> Risk:
    assert run.closes_on is not None
    minimum, days = _minimum(run, int(rules[LOW_RUN])), max(0, (run.closes_on - today).days)
    rule = rule_of(forecast, rules)
    last = run.id in last_national
    return Risk(
        run_id=run.id,
        applicants=number,
        minimum=minimum,
        minimum_is_default=run.minimum is None,
        probability=round(forecast.probability, 4),
        low=round(min(forecast.low, forecast.probability), 4),
        high=round(max(forecast.high, forecast.probability), 4),
        expected_final=round(forecast.expected_final, 1),
        reasons=reasons_of(number, minimum, run.minimum is None, days, forecast),
        advice=_advice(run, number, minimum, days, partners, last),
        last_national=last,
        rule_code=rule,
        rule_version=rules.versions[rule],
    )


def rule_of(forecast: Forecast, rules: RuleSet) -> str:
    """The rule that speaks of a run: the one whose number is reached, else that of too few applicants."""
    return FLAG if forecast.probability >= rules[FLAG] else LOW_RUN


def reasons_of(number: int, minimum: int, is_default: bool, days: int, forecast: Forecast) -> list[Sentence]:
    """Why a run is judged as it is, the plainest first: with so many applicants and so many days left."""
    came = Sentence("%(number)s har søkt", number=number) if number else Sentence("Ingen har søkt")
    needed = Sentence("%(minimum)s trengs", minimum=minimum)
    if is_default:
        needed = Sentence(
            "%(minimum)s trengs (regelens minstetall, institusjonen har ikke oppgitt noe)", minimum=minimum
        )
    found = [Sentence("%(came)s, %(needed)s.", came=came, needed=needed)]
    if days == 0:
        return [*found, Sentence("Søknadsfristen er ute.")]
    found.append(
        counted(
            "Det er %(count)s dag igjen til søknadsfristen.", "Det er %(count)s dager igjen til søknadsfristen.", days
        )
    )
    found.append(
        Sentence(
            "Kull av dette slaget har til vanlig fått %(share)s av søkerne på dette tidspunktet.",
            share=f"{round(forecast.share_by_now * 100)} %",
        )
    )
    if number < minimum:
        found.append(
            counted(
                "Med samme utvikling blir det om lag %(count)s søker.",
                "Med samme utvikling blir det om lag %(count)s søkere.",
                round(forecast.expected_final),
            )
        )
    return found


def _advice(
    run: RunRow, number: int, minimum: int, days: int, partners: list[Partner], last_national: bool
) -> list[Sentence]:
    """The ways out that apply, best first. Nothing to advise where enough have applied."""
    if number >= minimum:
        return []
    found = []
    if last_national:
        found.append(
            Sentence(
                "Dette er det siste tilbudet som hele landet kan nå i et lite fag. Det kan bare avlyses etter et vedtak i "
                "nettverket."
            )
        )
    found += [
        Sentence(
            "Slå sammen med «%(title)s» ved %(provider)s, som går %(where)s i samme termin.",
            title=partner.title,
            provider=partner.provider,
            where=Sentence("på nett") if partner.online else Sentence("innen rekkevidde"),
        )
        for partner in partners[:2]
    ]
    if run.delivery is not Delivery.ONLINE:
        found.append(Sentence("Gjør kullet nettbasert, slik at søkere i hele landet kan følge det."))
    if days > 0:
        found.append(Sentence("Flytt søknadsfristen, og si fra til eierne i regionen om at det er plass."))
    else:
        found.append(Sentence("Åpne for søkere etter fristen, og si fra til eierne i regionen om at det er plass."))
    found.append(Sentence("Utvid målgruppen, der opptakskravet åpner for det."))
    return found


def store_risks(
    session: Session, risks: list[Risk], detection_id: int, today: date, among: Collection[int] | None = None
) -> int:
    """One assessment a run and day; an equal one of the same day is left alone. Returns the number written.

    ``among``: the runs that were judged; all of them where nothing is said.
    """
    of_today = select(RiskAssessment).where(RiskAssessment.assessed_on == today)
    if among is not None:
        of_today = of_today.where(col(RiskAssessment.run_id).in_(among))
    standing: dict[int, RiskAssessment] = {row.run_id: row for row in session.exec(of_today)}
    written = {"detection_id": detection_id, "assessed_at": clock.now()}
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for risk in risks:
        values = {name: getattr(risk, name) for name in Risk.__dataclass_fields__}
        row = standing.get(risk.run_id)
        if row is None:
            new.append({**values, **written, "assessed_on": today})
        elif any(getattr(row, name) != value for name, value in values.items()):
            changed.append({**values, **written, "id": row.pk})
    if new:
        session.execute(insert(RiskAssessment), new)
    if changed:
        session.execute(update(RiskAssessment), changed)
    return len(new) + len(changed)
