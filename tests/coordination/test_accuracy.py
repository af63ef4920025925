"""How true the forecasts have been: what was said against what happened, or that there is too little to tell."""

from registry.access.roles import Role
from registry.coordination.forecast.scoring import Bin, Warned
from registry.coordination.queries.history import Backtest
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
    site.app.extensions["coordination.backtest"] = {"mark": 0, "found": FOUND}
    page = site.signed_in(Role.COORDINATOR).page("/nb/samordning/treffsikkerhet")
    assert len(page.select("figure svg circle")) == len(page.select("table")[0].select("tbody tr")) == 2
    text = page.get_text().replace("\xa0", " ")
    assert "85 %" in text
    assert "28 dager før fristen" in text
    assert "0,51" in text
