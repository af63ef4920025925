"""Cases hold together and do not chain."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.matching.clusters import Edge, case_edges, clusters
from registry.matching.overlap import overlaps
from registry.matching.profiles import make_profile

NODES = st.sampled_from("abcdefgh")
EDGES = st.dictionaries(st.tuples(NODES, NODES).filter(lambda edge: edge[0] < edge[1]), st.floats(0, 1), max_size=20)


def everybody(*names: str, score: float = 0.9) -> dict[Edge, float]:
    return {(a, b): score for n, a in enumerate(names) for b in names[n + 1 :]}


def test_two_crowds_with_one_doubtful_bridge_are_two_cases() -> None:
    edges = everybody("a", "b", "c", "d") | everybody("p", "q", "r", "s") | {("d", "p"): 0.55}
    assert clusters(edges) == [frozenset("abcd"), frozenset("pqrs")]


def test_a_chain_is_cut_so_that_everybody_overlaps_with_a_core() -> None:
    edges = {("a", "b"): 0.9, ("b", "c"): 0.9, ("c", "d"): 0.9, ("d", "e"): 0.9}
    found = clusters(edges)
    assert found == [frozenset("abc"), frozenset("de")]
    for group in found:
        assert any(all(node == core or tuple(sorted((node, core))) in edges for node in group) for core in group)


def test_a_decision_to_keep_apart_holds() -> None:
    [group] = clusters(everybody("a", "b", "c"), apart=[("a", "b")])
    assert group in (frozenset("ac"), frozenset("bc"))


def test_a_decision_to_put_together_holds_without_an_edge() -> None:
    assert frozenset("xy") in clusters(everybody("a", "b"), together=[("x", "y")])


def test_contradicting_decisions_are_refused() -> None:
    with pytest.raises(ValueError, match="contradict"):
        clusters(everybody("a", "b"), together=[("a", "b")], apart=[("b", "a")])


def test_weak_pairs_make_no_case() -> None:
    assert clusters(everybody("a", "b", score=0.2)) == []


def test_a_contradiction_pushes_apart() -> None:
    titles = {"0238": "Engelsk 1, 1-7", "1150": "Engelsk 1, 1.-7. trinn", "1160": "Engelsk 2, 1.-7. trinn"}
    pairs = overlaps([make_profile(provider, provider, title) for provider, title in titles.items()], related=True)
    assert 0.0 in case_edges(pairs).values()
    assert clusters(case_edges(pairs)) == [frozenset({"0238", "1150"})]


@given(EDGES)
def test_groups_are_disjoint_the_same_every_time_and_made_of_edges(edges: dict[Edge, float]) -> None:
    groups = clusters(edges)
    assert groups == clusters(dict(reversed(edges.items())))
    members = [node for group in groups for node in group]
    assert len(members) == len(set(members))
    assert set(members) <= {node for edge in edges for node in edge}


@given(EDGES, st.tuples(NODES, NODES).filter(lambda edge: edge[0] != edge[1]))
def test_apart_always_holds(edges: dict[Edge, float], pair: Edge) -> None:
    assert not any(set(pair) <= group for group in clusters(edges, apart=[pair]))


@given(EDGES, st.tuples(NODES, NODES).filter(lambda edge: edge[0] != edge[1]))
def test_together_always_holds(edges: dict[Edge, float], pair: Edge) -> None:
    assert any(set(pair) <= group for group in clusters(edges, together=[pair]))


@given(EDGES, EDGES)
def test_parts_that_nothing_pulls_together_are_grouped_as_if_alone(
    one: dict[Edge, float], other: dict[Edge, float]
) -> None:
    far = {(a.upper(), b.upper()): score for (a, b), score in other.items()}
    pushed = {("a", "A"): 0.0, ("b", "C"): 0.3}  # pairs that push never bind
    assert clusters(one | far | pushed) == sorted(clusters(one) + clusters(far), key=min)
