"""Entry, hysteresis and the way off the list; the history is a function of the facts alone."""

from datetime import date
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.sentences import Sentence
from registry.coordination.smallsubjects import CycleFacts, cycle_of, replay
from registry.rules.register import RuleHistory, RuleSet
from registry.web.catalogues import translations

NUMBERS = {
    "SMALL_SUBJECT_INSTITUTIONS": 1,
    "SMALL_SUBJECT_STARTERS": 5,
    "SMALL_SUBJECT_OFF_STARTERS": 15,
    "SMALL_SUBJECT_OFF_EXTRA": 1,
}


def version(number: int, **numbers: float) -> RuleSet:
    return RuleSet({**NUMBERS, **numbers}, dict.fromkeys(NUMBERS, number), dict.fromkeys(NUMBERS, frozenset()))


RULES = RuleHistory(((date(2025, 8, 1), version(1)),))
FACTS = st.lists(
    st.builds(
        CycleFacts,
        cycle=st.integers(2015, 2026),
        institutions=st.frozensets(st.sampled_from("ABCD"), max_size=4),
        starters=st.none() | st.integers(0, 40),
    ),
    unique_by=lambda fact: fact.cycle,
    max_size=10,
)


def told(*years: tuple[str, int | None], first: int = 2020) -> list[CycleFacts]:
    return [CycleFacts(first + place, frozenset(who), starters) for place, (who, starters) in enumerate(years)]


def small(*years: tuple[str, int | None]) -> list[bool]:
    return [standing.is_small for standing in replay(told(*years), RULES)]


def test_a_study_year_begins_in_autumn() -> None:
    assert (cycle_of("2025H"), cycle_of("2026V"), cycle_of("2026H")) == (2025, 2025, 2026)


def test_one_institution_makes_a_small_subject() -> None:
    assert small(("A", None)) == [True]
    assert small(("AB", None)) == [False]


def test_five_starters_a_year_are_few_and_six_are_not() -> None:
    assert small(("AB", 5)) == [True]
    assert small(("AB", 6)) == [False]


def test_unknown_figures_are_not_nought() -> None:
    assert small(("AB", None), ("AB", None)) == [False, False]


def test_it_leaves_the_list_after_a_clear_rise_and_one_year_more() -> None:
    assert small(("AB", 3), ("AB", 20), ("AB", 20)) == [True, True, False]


def test_a_rise_that_does_not_last_starts_the_wait_again() -> None:
    years = (("AB", 0), ("AB", 20), ("A", 0), ("A", 0), ("A", 0), ("AB", 60))
    assert small(*years) == [True, True, False, False, True, True]


def test_a_subject_that_nobody_teaches_any_more_becomes_small() -> None:
    standings = replay(told(("AB", 30)), RULES, through=2023)
    assert [standing.is_small for standing in standings] == [False, False, False, True]
    assert standings[-1].reason.startswith("Ingen institusjon")


@given(FACTS)
def test_why_a_subject_is_small_never_tells_how_many_people(facts: list[CycleFacts]) -> None:
    """The reason is public: its numbers are institutions or the rules' limits, whatever the starters were."""
    others = [CycleFacts(fact.cycle, fact.institutions, fact.starters and fact.starters + 100) for fact in facts]
    known = {
        standing.reason
        for unlike in (facts, others)
        for standing in replay(unlike, RULES)
        if "startet" in standing.reason
    }
    assert known <= {
        "I snitt har 5 eller færre startet per studieår i hele landet.",
        "Flere enn 15 har startet i løpet av tre studieår, og faget har stått ett år til på listen.",
    }


def test_the_reasons_that_speak_of_starters() -> None:
    reasons = [standing.reason for standing in replay(told(("AB", 3), ("AB", 20), ("AB", 20)), RULES)]
    assert reasons[0].startswith("I snitt har 5 eller færre")
    assert reasons[-1].startswith("Flere enn 15")


def test_every_institution_that_carries_it_is_named_in_order() -> None:
    two = RuleHistory(((date(2025, 8, 1), version(1, SMALL_SUBJECT_INSTITUTIONS=2)),))
    facts = [CycleFacts(2024, frozenset({"Østlandet", "NTNU"}), 40), CycleFacts(2027, frozenset({"OsloMet"}), 40)]
    told = [standing.reason for standing in replay(facts, two)]
    assert told[0] == "Bare 2 institusjoner har hatt tilbud i de siste tre studieårene: NTNU og Østlandet."
    assert told[0].by(translations("nn")) == (
        "Berre 2 institusjonar har hatt tilbod dei siste tre studieåra: NTNU og Østlandet."
    )
    assert told[-1] == "Bare én institusjon har hatt tilbud i de siste tre studieårene: OsloMet."


def test_a_reason_that_was_kept_before_it_counted_is_still_said_in_english() -> None:
    kept = "Bare én institusjon har hatt tilbud i de siste tre studieårene: %(institution)s."
    assert Sentence(kept, institution="NTNU").by(translations("en")) == (
        "Only one institution has had courses in the last three academic years: NTNU."
    )


def test_a_year_told_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        replay([*told(("A", 1)), *told(("B", 1))], RULES)


@given(FACTS, st.randoms())
def test_the_order_of_the_facts_does_not_matter(facts: list[CycleFacts], random: Random) -> None:
    shuffled = list(facts)
    random.shuffle(shuffled)
    assert replay(shuffled, RULES) == replay(facts, RULES)


@given(FACTS, st.integers(2015, 2026))
def test_the_history_until_a_year_is_what_was_seen_then(facts: list[CycleFacts], year: int) -> None:
    seen = [fact for fact in facts if fact.cycle <= year]
    whole = replay(facts, RULES, through=2026)
    then = replay(seen, RULES, through=year)
    assert [standing for standing in whole if standing.cycle <= year][: len(then)] == then


def test_a_rule_that_changes_in_a_year_counts_from_its_day_and_never_before() -> None:
    held = RuleHistory(((date(2025, 8, 1), version(1)), (date(2026, 11, 22), version(2, SMALL_SUBJECT_STARTERS=60))))
    facts = told(("AB", 20), ("AB", 20), ("AB", 20), first=2024)
    standings = replay(facts, held, today=date(2026, 11, 22))
    assert [(one.since, one.is_small, one.version) for one in standings] == [
        (date(2024, 7, 1), False, 1),  # before the register's first day its first version holds
        (date(2025, 7, 1), False, 1),
        (date(2026, 7, 1), False, 1),
        (date(2026, 11, 22), True, 2),
    ]
    assert [one.is_small for one in replay(facts, held, today=date(2026, 11, 21))] == [False, False, False]


def test_a_mistyped_rule_that_is_corrected_leaves_nothing_behind() -> None:
    held = RuleHistory(
        (
            (date(2025, 8, 1), version(1)),
            (date(2026, 11, 2), version(2, SMALL_SUBJECT_STARTERS=60)),
            (date(2026, 11, 3), version(3)),
        )
    )
    standings = replay(told(("AB", 20), first=2026), held, today=date(2027, 3, 1))
    assert [one.is_small for one in standings] == [False, True, False]


def test_what_would_hold_from_a_day_leaves_the_days_before_alone() -> None:
    other = RULES.changed("SMALL_SUBJECT_STARTERS", 60, date(2026, 11, 22))
    assert [other.on(day)["SMALL_SUBJECT_STARTERS"] for day in (date(2026, 11, 21), date(2026, 11, 22))] == [5, 60]
