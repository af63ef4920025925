"""Counting: pairs of group and value, looking up by rows, and what is remembered of everything."""

import numpy as np
import pytest

from search.embedded import EmbeddedEngine, columns, counting
from search.protocol import SearchQuery
from tests.search.documents import SETTINGS, run


@pytest.mark.parametrize("most_groups", [10, 100_000])
def test_a_group_counts_once_for_a_value(most_groups: int) -> None:
    groups = np.array([0, 0, 0, 9, 9], np.intp)
    codes = np.array([1, 1, 2, 1, 0], np.int32)
    assert counting._distinct(groups, codes, most_groups, 4).tolist() == [1, 2, 1, 0]


def test_the_first_of_each_group_is_found_in_the_order_given() -> None:
    groups = np.array([7, 2, 7, 0, 2, 9], np.int32)
    assert counting._firsts(groups, 10).tolist() == [0, 1, 3, 5]
    assert counting._firsts(groups[:0], 10).tolist() == []


@pytest.mark.parametrize("chosen", [[], [1, 3], [0, 1, 2, 3]])
def test_values_of_some_rows_or_of_all(chosen: list[int]) -> None:
    values, rows = np.array([4, 5, 6, 7], np.int32), np.array(chosen, np.intp)
    assert columns.at(values, rows).tolist() == values[rows].tolist()
    mask = np.isin(np.arange(4), rows)
    assert columns.those(values, mask).tolist() == values[mask].tolist()


def test_counts_of_everything_follow_every_change() -> None:
    engine = EmbeddedEngine(None, SETTINGS)
    engine.put([run("a", group="A", county="03", term="2026H"), run("b", group="A", county="03", term="2027V")])

    def counted(**filters: tuple[str, ...]) -> dict[str, dict[str, int]]:
        found = engine.search(SearchQuery(filters=filters, facets=("county", "term"))).facets
        return {facet: dict(counts) for facet, counts in found.items()}

    assert counted() == counted() == {"county": {"03": 1}, "term": {"2026H": 1, "2027V": 1}}
    engine.put([run("c", county="46", term="2026H")])
    assert counted() == {"county": {"03": 1, "46": 1}, "term": {"2026H": 2, "2027V": 1}}
    assert counted(county=("46",)) == {"county": {"03": 1, "46": 1}, "term": {"2026H": 1}}
    engine.drop(["b"])
    assert counted() == {"county": {"03": 1, "46": 1}, "term": {"2026H": 2}}
    engine.put([run("c", county="50", term="2026H")])
    assert counted() == {"county": {"03": 1, "50": 1}, "term": {"2026H": 2}}


def test_an_answer_that_is_written_to_spoils_no_other() -> None:
    engine = EmbeddedEngine(None, SETTINGS)
    engine.put([run("a", county="03")])
    everything = SearchQuery(facets=("county",))
    dict.clear(engine.search(everything).facets["county"])  # type: ignore[arg-type]  # a mapping to its readers
    assert engine.search(everything).facets["county"] == {"03": 1}
