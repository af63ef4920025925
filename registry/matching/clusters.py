"""Cases: groups of offers that overlap with one another, without chaining.

Connected components join a whole country through a few doubtful pairs. Here every pair pulls together or pushes apart by its
score, pairs that do not overlap push a little, and each offer moves to the group that wants it most until nobody moves
(correlation clustering by local moves). At the end everybody in a group overlaps with its core offer; who does not, leaves.
"""

from collections.abc import Iterable, Mapping

from registry.matching.defaults import MatchingRules, with_defaults
from registry.matching.overlap import OverlapPair

Edge = tuple[str, str]


def case_edges(pairs: Iterable[OverlapPair]) -> dict[Edge, float]:
    """Pairs as edges. Give it the related pairs too: a contradiction pushes apart as hard as a pair can."""
    return {(pair.a, pair.b): 0.0 if pair.against else pair.score for pair in pairs}


def clusters(
    edges: Mapping[Edge, float],
    rules: Mapping[str, float] | None = None,
    *,
    together: Iterable[Edge] = (),
    apart: Iterable[Edge] = (),
) -> list[frozenset[str]]:
    """Groups of two or more, each pair of which is worth looking at together; the same input gives the same groups.

    ``edges``: pair of keys -> overlap score 0..1. ``together`` and ``apart`` are people's decisions and always hold.
    Raises ValueError where the decisions contradict each other.
    """
    numbers = with_defaults(rules)
    home = tied(edges, together)
    barred = _barred(home, apart)
    pull: dict[str, dict[str, float]] = {node: {} for node in sorted(set(home.values()))}
    for (a, b), score in sorted(edges.items()):
        one, other = home[a], home[b]
        if one != other:
            weight = score - numbers["CLU_NEUTRAL"]
            pull[one][other] = pull[one].get(other, 0.0) + weight
            pull[other][one] = pull[other].get(one, 0.0) + weight
    groups = _local_moves(pull, barred, numbers)
    members: dict[str, list[str]] = {}
    for node, one in home.items():
        members.setdefault(one, []).append(node)
    found = [
        frozenset(node for one in group for node in members[one])
        for whole in groups
        for group in _round_cores(whole, pull)
    ]
    return sorted((group for group in found if len(group) > 1), key=min)


def tied(edges: Mapping[Edge, float], together: Iterable[Edge]) -> dict[str, str]:
    """Each key's representative: keys that a decision ties together move as one."""
    home = {key: key for edge in edges for key in edge}

    def root(key: str) -> str:
        home.setdefault(key, key)
        while home[key] != key:
            key = home[key]
        return key

    for a, b in together:
        one, other = sorted((root(a), root(b)))
        home[other] = one
    return {key: root(key) for key in sorted(home)}


def _barred(home: Mapping[str, str], apart: Iterable[Edge]) -> dict[str, set[str]]:
    barred: dict[str, set[str]] = {}
    for a, b in apart:
        one, other = home.get(a, a), home.get(b, b)
        if one == other:
            raise ValueError(f"Decisions contradict each other: {a!r} and {b!r} are to be both together and apart")
        barred.setdefault(one, set()).add(other)
        barred.setdefault(other, set()).add(one)
    return barred


def _local_moves(
    pull: Mapping[str, Mapping[str, float]], barred: Mapping[str, set[str]], rules: MatchingRules
) -> list[set[str]]:
    missing = rules["CLU_MISSING"]
    group = {node: place for place, node in enumerate(pull)}
    members: dict[int, set[str]] = {place: {node} for node, place in group.items()}
    order = sorted(pull, key=lambda node: (-sum(weight for weight in pull[node].values() if weight > 0), node))
    for _ in range(int(rules["CLU_ROUNDS"])):
        moved = False
        for node in order:
            here = group[node]
            gains: dict[int, float] = {here: 0.0}
            met: dict[int, int] = {}
            for other, weight in pull[node].items():
                gains[group[other]] = gains.get(group[other], 0.0) + weight
                met[group[other]] = met.get(group[other], 0) + 1
            best, best_gain = -1, 0.0  # alone
            for place in sorted(gains):
                others = len(members[place]) - (place == here)
                gain = gains[place] - missing * (others - met.get(place, 0))
                if gain > best_gain + 1e-12 and not barred.get(node, set()) & members[place]:
                    best, best_gain = place, gain
            if best == here or (best == -1 and len(members[here]) == 1):
                continue
            if best == -1:
                best = max(members) + 1
                members[best] = set()
            members[here].discard(node)
            if not members[here]:
                del members[here]
            members[best].add(node)
            group[node] = best
            moved = True
        if not moved:
            break
    return [members[place] for place in sorted(members)]


def _round_cores(whole: set[str], pull: Mapping[str, Mapping[str, float]]) -> Iterable[set[str]]:
    """Split a group so that every member overlaps with its core, the offer that the others pull at hardest."""
    left = set(whole)
    while left:
        core = max(sorted(left), key=lambda node: sum(w for other, w in pull[node].items() if other in left and w > 0))
        round_it = {node for node in left if node == core or pull[core].get(node, -1.0) > 0}
        yield round_it
        left -= round_it
