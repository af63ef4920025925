"""Advice on overbooking: shrinkage that helps, intervals that hold, and never above the risk that was chosen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.applications.advice import Past, Yield, advise, back_test, learn

YIELDS = st.builds(Yield, st.floats(0.05, 0.95), st.floats(1, 500), st.integers(0, 5))


def _world(seed: int, strengths: tuple[float, float, float]) -> tuple[list[Past], list[Past]]:
    """Runs with a known truth: shares drawn subject by subject, offer by offer, run by run. The last run is unseen."""
    rng = np.random.default_rng(seed)

    def share(mean: float, strength: float) -> float:
        return float(np.clip(rng.beta(mean * strength, (1 - mean) * strength), 0.02, 0.98))

    past, unseen = [], []
    for subject in range(40):
        of_subject = share(0.78, strengths[0])
        for offer in range(rng.integers(1, 12)):
            of_offer = share(of_subject, strengths[1])
            for last in [False] * int(rng.integers(0, 5)) + [True]:
                asked = int(rng.integers(4, 60))
                row = Past(
                    str(subject), f"{subject}-{offer}", asked, int(rng.binomial(asked, share(of_offer, strengths[2])))
                )
                (unseen if last else past).append(row)
    return past, unseen


@pytest.mark.parametrize("strengths", [(60, 40, 25), (15, 15, 10), (500, 500, 500)])
def test_intervals_hold_what_they_promise(strengths: tuple[float, float, float]) -> None:
    """80 % intervals over three worlds of each kind: 75–85 % of the outcomes fall within, and sharing helps."""
    tests = [back_test(*_world(seed, strengths)) for seed in range(3)]
    runs = sum(test.runs for test in tests)
    assert 0.75 <= sum(test.coverage * test.runs for test in tests) / runs <= 0.85
    assert 0.45 <= sum(test.level * test.runs for test in tests) / runs <= 0.55
    assert sum(test.error * test.runs for test in tests) < sum(test.error_without * test.runs for test in tests)


def test_own_history_counts_the_more_the_longer_it_is() -> None:
    noise = [Past("noise", f"n{number}", 30, 24) for number in range(20)]
    short = learn([*noise, Past("math", "new", 30, 9)]).of("math", "new")
    long = learn([*noise, *[Past("math", "new", 30, 9)] * 6]).of("math", "new")
    unknown = learn(noise).of("math", "new")
    assert 0.3 < long.mean < short.mean < unknown.mean
    assert (short.runs, long.runs, unknown.runs) == (1, 6, 0)


def test_with_no_past_the_belief_is_wide() -> None:
    low, high = learn([]).of("math", "new").interval()
    assert high - low > 0.35


def test_runs_that_asked_nobody_teach_nothing() -> None:
    assert learn([Past("math", "a", 0, 0)]).of("math", "a") == learn([]).of("math", "a")


@given(
    YIELDS,
    st.integers(0, 40),
    st.integers(0, 30),
    st.integers(0, 20),
    st.sampled_from((0.02, 0.1, 0.3)),
    st.integers(0, 60),
)
def test_the_risk_is_kept_and_the_last_good_offer_is_found(
    believed: Yield, places: int, accepted: int, unanswered: int, risk: float, willing: int
) -> None:
    """More than the advice is too many, unless there is nobody more; and nothing is offered where it is too late."""

    def over(more: int) -> float:
        chance = np.convolve(believed.starters(accepted), believed.starters(unanswered + more))
        return float(chance[places + 1 :].sum())

    told = advise(
        believed, believed, places=places, accepted=accepted, unanswered=unanswered, risk=risk, willing=willing
    )
    assert 0 <= told.offers <= willing
    assert told.over == pytest.approx(over(told.offers))
    assert told.offers == 0 or told.over <= risk
    assert told.offers in (willing, 20 * max(places, 1)) or over(told.offers + 1) > risk
    assert told.low <= told.expected + 1
    assert told.expected <= told.high + 1


def test_a_smaller_risk_never_offers_more() -> None:
    believed = Yield(0.75, 30, 2)
    given_at = [
        advise(believed, believed, places=30, accepted=0, unanswered=0, risk=risk, willing=200).offers
        for risk in (0.01, 0.05, 0.1, 0.2, 0.4)
    ]
    assert given_at == sorted(given_at)
    assert given_at[0] >= 30 * 0.8
    assert given_at[-1] > 30
