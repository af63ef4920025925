"""The forecast: what must hold of any, and how true it is on runs whose fate we drew ourselves."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.coordination.forecast import Model, OpenRun, PastRun, as_seen, learn


def drawn(seed: int, number: int) -> list[PastRun]:
    """Runs by the model's own story: Gamma–Poisson numbers, a rush before the deadline, a soft edge at the minimum."""
    rng = np.random.default_rng(seed)
    runs = []
    for place in range(number):
        final = rng.poisson(12 * rng.gamma(4, 1 / 4))
        days = np.minimum(90, rng.exponential(20, final)).astype(int)
        cancelled = final + rng.normal(0, 1.2) < 10
        runs.append(PastRun(f"g{place % 5}", 10, tuple(int(day) for day in days), bool(cancelled)))
    return runs


SMALL = learn(drawn(3, 60))


@pytest.fixture(scope="module")
def model() -> Model:
    return learn(drawn(1, 800))


@given(applicants=st.integers(0, 25), minimum=st.integers(1, 25), days=st.integers(0, 120))
def test_one_more_applicant_never_makes_it_worse(applicants: int, minimum: int, days: int) -> None:
    plain = learn([])
    less, more = (plain.judge(OpenRun("x", minimum, n, days)).probability for n in (applicants, applicants + 1))
    assert more <= less + 1e-9


@given(applicants=st.integers(0, 30), minimum=st.integers(0, 30))
def test_at_the_deadline_the_chance_is_nought_or_one(applicants: int, minimum: int) -> None:
    run = OpenRun("x", minimum, applicants, 0)
    assert learn([PastRun("x", 10, (3, 2), False)]).chances([run])[0] == (1.0 if applicants < minimum else 0.0)


@given(st.integers(0, 30), st.integers(1, 30), st.integers(0, 90))
def test_the_interval_holds_the_probability(applicants: int, minimum: int, days: int) -> None:
    found = SMALL.judge(OpenRun("g1", minimum, applicants, days))
    assert 0 <= found.low <= found.probability <= found.high <= 1
    assert found.expected_final >= applicants


def test_the_order_of_the_past_does_not_matter() -> None:
    runs = drawn(2, 200)
    shuffled = list(runs)
    Random(7).shuffle(shuffled)
    asked = [OpenRun("g2", 10, n, 14) for n in range(12)]
    one, other = (learn(past).judge_all(asked) for past in (runs, shuffled))
    assert [f.probability for f in one] == pytest.approx([f.probability for f in other])


def test_many_at_once_are_judged_as_one_by_one(model: Model) -> None:
    asked = [OpenRun(f"g{n % 6}", 10, n, 5 * n) for n in range(15)]
    assert model.judge_all(asked) == [model.judge(run) for run in asked]
    assert model.judge_all([]) == []


@pytest.mark.parametrize(("days", "skill"), [(30, 0.3), (7, 0.6)])
def test_it_is_calibrated_and_better_than_the_base_rate(model: Model, days: int, skill: float) -> None:
    fresh = drawn(99, 1500)
    outcome = np.array([run.cancelled for run in fresh], dtype=float)
    said = np.array([found.probability for found in model.judge_all([as_seen(run, days) for run in fresh])])
    base = outcome.mean()
    assert 1 - np.mean((said - outcome) ** 2) / (base * (1 - base)) > skill
    bins = np.clip((said * 5).astype(int), 0, 4)
    error = sum(abs(said[bins == b].mean() - outcome[bins == b].mean()) * (bins == b).mean() for b in set(bins))
    assert error < 0.05


def test_from_one_night_to_the_next_the_chance_does_not_jump(model: Model) -> None:
    told = model.probabilities([OpenRun("g1", 10, 2, days) for days in range(91)])
    assert np.abs(np.diff(told)).max() < 0.05


def test_little_known_is_wider_and_like_the_usual_group_not_like_the_largest() -> None:
    large = [PastRun("large", 10, (5,) * 40, False, "p", f"l{n % 9}", n % 3) for n in range(270)]
    small = [PastRun(f"s{n % 20}", 10, (5,) * 8, False, "p", f"o{n % 20}", n % 3) for n in range(60)]
    demand = learn([*large, *small]).demand
    known, unheard = OpenRun("large", 10, 0, 60, "p", "l1"), OpenRun("new", 10, 0, 60, "p", "n")
    assert demand.means([known])[0] > 30 > 16 > demand.means([unheard])[0] > 6
    assert demand.dispersions([unheard])[0] < demand.dispersions([known])[0]


def test_without_any_past_the_chance_is_wide_open() -> None:
    found = learn([]).judge(OpenRun("x", 10, 3, 60))
    assert found.high - found.low > 0.3
