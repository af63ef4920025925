"""The state machine over applications: Hypothesis chooses who does what, the world says what must hold."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as with_seed
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from registry.core.db import Database
from tests.applications.walking import PEOPLE, World


def machine(world: World) -> type[RuleBasedStateMachine]:
    """A machine whose every example is a new run in the same world."""

    class Applications(RuleBasedStateMachine):
        @initialize()
        def begin(self) -> None:
            world.begin_with_applicants()
            world.rank([1, 0])
            world.offer_and_let_wait()

        @rule(
            what=st.sampled_from(("submit", "rank", "send", "undo", "cancel")),
            number=st.integers(1, PEOPLE),
            places=st.lists(st.integers(0, PEOPLE), max_size=3),
        )
        def do_something_else(self, what: str, number: int, places: list[int]) -> None:
            match what:
                case "submit":
                    world.submit(number, employed=bool(places))
                case "rank":
                    world.rank(places)
                case "cancel":
                    world.cancel()
                case _:
                    world.prepare(number, send=what == "send")

        @rule(place=st.integers(0, 30))
        def walk_somewhere(self, place: int) -> None:
            self._walk(place)

        @rule(steps=st.integers(5, 15))
        def walk_where_few_have_been(self, steps: int) -> None:
            for _ in range(steps):
                self._walk(0)

        def _walk(self, place: int) -> None:
            possible = world.possible()
            if possible:
                edge, one = possible[place % len(possible)]
                world.walk(edge, one)
            else:  # the run is lost and everybody has left
                self.begin()

    return Applications


def walk(
    database: Database, *, examples: int, steps: int, world: World | None = None, shrink: bool = True, seed: int = 0
) -> World:
    """Run the machine over a database that is set up; what was walked is in the world that comes back.

    Without ``shrink`` the first fault ends it, for who wants to know only that there is one. The same ``seed`` walks
    the same way.
    """
    made = world or World(database)
    run_state_machine_as_test(
        with_seed(seed)(machine(made)),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
            suppress_health_check=list(HealthCheck),
        ),
    )
    return made
