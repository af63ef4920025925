"""The breaker opens after failures in a row, rests, lets one through, and closes or rests again."""

from search.breaker import Breaker, State


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> Breaker:
    breaker = Breaker(failures=3, rest_seconds=10, clock=clock)
    for _ in range(3):
        assert breaker.admits()
        breaker.failed()
    return breaker


def test_two_failures_are_borne() -> None:
    breaker = Breaker(failures=3)
    breaker.failed()
    breaker.failed()
    assert (breaker.admits(), breaker.state) == (True, State.CLOSED)


def test_a_success_between_starts_the_count_anew() -> None:
    breaker = Breaker(failures=2)
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert breaker.admits()


def test_three_failures_open_it() -> None:
    breaker = opened(Clock())
    assert (breaker.admits(), breaker.state) == (False, State.OPEN)


def test_after_a_rest_one_call_is_let_through_and_no_other() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 9.9
    assert not breaker.admits()
    clock.now += 0.1
    assert breaker.state is State.HALF_OPEN
    assert [breaker.admits(), breaker.admits(), breaker.admits()] == [True, False, False]


def test_the_one_that_succeeds_closes_it() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 10
    assert breaker.admits()
    breaker.succeeded()
    assert (breaker.state, breaker.admits()) == (State.CLOSED, True)


def test_the_one_that_fails_lets_it_rest_again() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += 10
    assert breaker.admits()
    breaker.failed()
    assert not breaker.admits()
    clock.now += 10
    assert breaker.admits()
