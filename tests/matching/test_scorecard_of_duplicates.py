"""The scorecard: learnt from answers, rising with likeness, the same from the same pairs, and good on feeds with known truth."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.matching.defaults import with_defaults
from registry.matching.duplicates import (
    FEATURES,
    DuplicateIndex,
    Judged,
    Scorecard,
    duplicates,
    learn,
    learn_unlabelled,
    shipped_card,
    shipped_pairs,
)
from registry.matching.duplicates.blocking import candidate_pairs, unlike_pairs
from registry.matching.duplicates.features import NAMES, RIVAL, TWIN, Texts, completed, levels
from registry.matching.duplicates.records import Recorder, clean_name
from registry.matching.duplicates.sets import best_first
from registry.matching.profiles import Profile, make_profile
from registry.matching.vectors import TextWeights

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def feeds() -> Iterator[list[tuple[Profile, int]]]:
    sys.path.insert(0, str(ROOT / "bench"))
    try:
        from duplicates_corpus import records  # the bench is scripts, not a package

        yield list(records(1_500, seed=3))
    finally:
        sys.path.remove(str(ROOT / "bench"))


def test_the_shipped_card_is_what_its_pairs_teach() -> None:
    card, again = shipped_card(), learn(shipped_pairs(), "1")
    assert again.learnt_from == card.learnt_from
    for kept, learnt in zip(card.points, again.points, strict=True):
        assert kept == pytest.approx(learnt, abs=0.02)


def assert_likeness_speaks_for(card: Scorecard) -> None:
    for feature, points in zip(FEATURES, card.points, strict=True):
        if feature.ordered:
            rising = list(reversed(points[1:])) if feature.is_turned else list(points[1:])
            assert rising == sorted(rising), feature.name
            assert rising[0] <= points[0] == 0.0 <= rising[-1], feature.name


def test_likeness_never_speaks_against_a_pair_nor_difference_for_it() -> None:
    assert_likeness_speaks_for(shipped_card())


def test_answers_that_say_the_opposite_teach_no_card_to_hold_likeness_against_a_pair() -> None:
    answers = [
        ([level if at == place else 0 for at in range(len(FEATURES))], same, 50.0, "person")
        for place, feature in enumerate(FEATURES)
        if feature.ordered
        for level, same in ((len(feature.levels) - 1, feature.is_turned), (1, not feature.is_turned), (0, True))
    ]
    assert_likeness_speaks_for(learn(shipped_pairs().plus(Judged.of(answers)), "2"))


def test_the_order_of_the_answers_does_not_matter() -> None:
    pairs = shipped_pairs()
    turned = Judged(pairs.levels[::-1], pairs.same[::-1], pairs.weights[::-1], pairs.origins[::-1])
    for one, other in zip(learn(pairs, "x").points, learn(turned, "x").points, strict=True):
        assert one == pytest.approx(other, abs=0.02)


def test_a_card_and_its_pairs_survive_being_kept() -> None:
    card, pairs = shipped_card(), shipped_pairs()
    kept = Scorecard.from_json(card.to_json())
    assert kept.points == card.points
    assert Judged.from_csv(pairs.to_csv()).to_csv() == pairs.to_csv()


def test_answers_that_all_say_the_same_teach_nothing() -> None:
    with pytest.raises(ValueError, match="pairs that are not"):
        learn(Judged.of([([0] * len(FEATURES), True, 1.0, "person")]), "x")


def test_a_persons_answers_move_the_card() -> None:
    coded = [{"code": 4, "title": 7}.get(name, 0) for name in NAMES]
    before = float(shipped_card().probability(np.array([coded], dtype=np.int8))[0])
    after = learn(shipped_pairs().plus(Judged.of([(coded, False, 20.0, "person")])), "2")
    assert float(after.probability(np.array([coded], dtype=np.int8))[0]) < before - 0.1


def test_offers_are_found_again_across_sources_with_and_without_labels(feeds: list[tuple[Profile, int]]) -> None:
    records = Recorder().records([profile for profile, _ in feeds])
    truth = np.array([number for _, number in feeds])
    texts = Texts.of(records, TextWeights.fit(records.found_by))
    a, b = candidate_pairs(records, texts.found_by, with_defaults(), across=True)
    every = sum(n * (n - 1) // 2 for n in np.bincount(truth))
    assert (truth[a] == truth[b]).sum() / every > 0.97
    assert len(a) / len(records) <= 3
    plain = levels(records, texts, a, b)
    x, y = unlike_pairs(records, 5_000)
    source = dict(enumerate(records.extra["source"].tolist()))
    for card, least in ((shipped_card(), 0.95), (learn_unlabelled(plain, levels(records, texts, x, y)), 0.92)):
        chance = card.probability(card.judge(records, a, b, plain))
        order = np.argsort(-chance, kind="stable")
        order = order[chance[order] >= 0.5]
        sets = best_first(zip(a[order].tolist(), b[order].tolist(), strict=True), source)
        found = [(i, j) for members in sets for i in members for j in members if i < j]
        right = sum(truth[i] == truth[j] for i, j in found)
        assert 2 * right / (len(found) + every) > least
        assert all(len({source[i] for i in members}) == len(members) for members in sets)


TITLES = ("Engelsk 1, 1-7", "Engelsk 1 1.-7. trinn", "Engelsk 2, 1-7", "Norsk 1", "Norsk 1 (30 stp)", "Veiledning")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from(TITLES), st.sampled_from("ab"), st.sampled_from("pq")), max_size=14
    ),
    st.lists(st.integers(0, 9), max_size=4),
)
def test_changes_one_by_one_give_what_all_at_once_gives(
    puts: list[tuple[int, str, str, str]], removed: list[int]
) -> None:
    weights = TextWeights.fit(TITLES)
    index, present = DuplicateIndex(weights=weights), {}
    for number, title, source, provider in puts:
        profile = make_profile(f"k{number}", provider, title, source=source, code=f"C{number % 4}", terms=["2025H"])
        index.add(profile)
        present[profile.key] = profile
        index.pairs()
    for number in removed:
        index.remove(f"k{number}")
        present.pop(f"k{number}", None)
    assert index.pairs() == duplicates(present.values(), weights=weights)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("ENG6101 Engelsk 1, 1.-7. trinn (30 stp) - deltid", "engelsk 1, 1–7 trinn"),
        ("Videreutdanning i barnevern (15 studiepoeng), 15 stp", "i barnevern"),
        ("Psykologi I", "Psykologi 1"),
        ("Musikk & helse", "Musikk og helse"),
    ],
)
def test_a_cleaned_name_is_the_name_alone(a: str, b: str) -> None:
    assert clean_name(a) == clean_name(b)


def test_rivals_are_told_by_the_card() -> None:
    assert NAMES[RIVAL] == "rival"
    twin = [
        make_profile(f"{source}{n}", "p", title, source=source, terms=["2025H"])
        for source, titles in (("a", ["Engelsk 1, 1-7"]), ("b", ["Engelsk 1, 1-7", "Engelsk 1, 1-7 og 5-10"]))
        for n, title in enumerate(titles)
    ]
    found = {frozenset((pair.a, pair.b)): pair for pair in duplicates(twin, {"DUP_POSSIBLE": 0.0})}
    best, other = found[frozenset(("a0", "b0"))], found.get(frozenset(("a0", "b1")))
    assert best.levels[RIVAL] > 1
    assert other is None or other.levels[RIVAL] == 1
    own = found[frozenset(("b0", "b1"))]
    assert own.levels[RIVAL] == 0
    assert all(pair.levels[TWIN] == 0 for pair in (best, other) if pair)


def test_the_likest_of_its_own_source_says_less_than_the_likest_of_another() -> None:
    points = {name: points[-1] - points[1] for name, points in zip(NAMES, shipped_card().points, strict=True)}
    assert points["rival"] > points["twin"] > 0


def test_pace_that_one_name_tells_says_less_than_a_place_that_one_name_tells() -> None:
    points = dict(zip(NAMES, shipped_card().points, strict=True))
    assert points["marks"][2] < points["pace"][2] < 0


def test_levels_that_were_kept_before_a_feature_was_learnt_are_completed() -> None:
    before = [1] * TWIN
    before[NAMES.index("source")], before[RIVAL] = 1, 3
    one_source = completed(before)
    assert (len(one_source), one_source[RIVAL], one_source[TWIN], one_source[-1]) == (len(FEATURES), 0, 3, 0)
    before[NAMES.index("source")] = 2
    assert (completed(before)[RIVAL], completed(before)[TWIN]) == (3, 0)
    assert completed(one_source) == one_source
    old = Judged.of([(one_source[:TWIN], True, 1.0, "person")]).to_csv(FEATURES[:TWIN])
    assert Judged.from_csv(old).levels[0].tolist()[TWIN:] == [0, 0]
