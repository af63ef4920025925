"""How true the forecasts have been: what was said against what happened, or that there is too little to tell."""

import json
from dataclasses import replace
from datetime import timedelta

from sqlmodel import select

from registry.access.policy import system
from registry.access.roles import Role
from registry.coordination.forecast import HORIZONS, OpenRun, PastRun, learn
from registry.coordination.forecast.keeping import from_json, to_json
from registry.coordination.forecast.scoring import Bin, Warned
from registry.coordination.models import LearntForecast
from registry.coordination.operations import detect
from registry.coordination.queries.detecting.learnt_forecast import kept_accuracy, learnt_accuracy, learnt_model
from registry.coordination.queries.detecting.settled_runs import Backtest
from registry.core import clock
from registry.core.db import Database
from registry.offers.states import RunState
from tests.coordination.country import TODAY, add_offer, add_run
from tests.site import Site

FOUND = Backtest(
    terms=("2026V", "2026H"),
    runs=200,
    cancelled=80,
    skill={30: 0.51, 7: 0.66},
    rule_skill={30: 0.1, 7: 0.4},
    error={30: 0.02, 7: 0.01},
    bins={30: [Bin(0.1, 0.12, 120), Bin(0.9, 0.85, 80)], 7: [Bin(0.5, 0.5, 200)]},
    threshold=0.62,
    warned=Warned(found=0.8, median_days=28, false_alarms=0.09),
)


def test_with_too_few_settled_runs_nothing_is_claimed(site: Site) -> None:
    assert "For få avsluttede kull" in site.signed_in(Role.COORDINATOR).page("/nb/samordning/treffsikkerhet").get_text()
    assert site.visitor().get("/nb/samordning/treffsikkerhet").status_code == 302


def test_the_plot_has_its_table(site: Site) -> None:
    with site.database.write() as session:
        session.add(LearntForecast(learnt_on=clock.today(), model=to_json(learn([])), accuracy=kept_accuracy(FOUND)))
    page = site.signed_in(Role.COORDINATOR).page("/nb/samordning/treffsikkerhet")
    assert len(page.select("figure svg circle")) == len(page.select("table")[0].select("tbody tr")) == 2
    text = " ".join(page.get_text().split())
    assert "85 %" in text
    assert "28 dager før fristen" in text
    assert "Grensen som gjelder nå, er 80 %." in text, "the rule in force, beside what was found in hindsight"
    assert "0,51" in text
    assert "Målet er minst 21 dager, med høyst 10 % falske varsler. Det er nådd." in text


def test_a_goal_that_is_missed_is_told_with_by_how_much_and_why(site: Site) -> None:
    late = replace(FOUND, warned=replace(FOUND.warned, median_days=14))
    with site.database.write() as session:
        session.add(LearntForecast(learnt_on=clock.today(), model=to_json(learn([])), accuracy=kept_accuracy(late)))
    text = site.signed_in(Role.COORDINATOR).page("/nb/samordning/treffsikkerhet").get_text().replace("\xa0", " ")
    assert "Det er ikke nådd: det skiller 7 dager. Grunnen er at mange søker sent." in " ".join(text.split())
    assert "bare funnet 56 % av avlysningene 21 dager før fristen" in text


def test_detection_keeps_its_model_number_for_number() -> None:
    past = [
        PastRun(
            f"fag{n % 3}|online", 10, tuple(range(5 + n % 12)), 5 + n % 12 < 10, f"org{n % 4}", f"tilbud{n % 20}", n % 5
        )
        for n in range(200)
    ]
    asked = [OpenRun("fag1|online", 10, n, days, "org2", "tilbud7") for n in range(8) for days in HORIZONS]
    model = learn(past).paced(asked)
    assert model.layers
    assert from_json(json.loads(json.dumps(to_json(model)))).judge_all(asked) == model.judge_all(asked)


def test_the_back_test_is_made_once_a_day_and_kept(database: Database) -> None:
    with database.write() as session:
        for number in range(200):
            offer = add_offer(session, "1110", f"Fortid {number}", subject_code="engelsk")
            lost = number % 2 == 1
            add_run(
                session,
                offer,
                "2026V" if number < 100 else "2026H",
                applicants=4 if lost else 20,
                state=RunState.CANCELLED if lost else RunState.COMPLETED,
                minimum=10,
                application_closes_on=TODAY - timedelta(days=200),
            )
    detect(database, system("detect"), today=TODAY)
    with database.write() as session:
        found = learnt_accuracy(session)
        assert found is not None
        assert (found.terms, found.runs, found.cancelled) == (("2026H",), 100, 50)
        assert found.skill[0] > 0.5
        assert learnt_model(session) is not None
        session.exec(select(LearntForecast)).one().accuracy = None
    detect(database, system("detect"), today=TODAY)
    with database.read() as session:
        assert learnt_accuracy(session) is None  # not made again the same day
    detect(database, system("detect"), today=TODAY + timedelta(days=1))
    with database.read() as session:
        assert learnt_accuracy(session) == found
        assert session.exec(select(LearntForecast.learnt_on)).one() == TODAY + timedelta(days=1)
