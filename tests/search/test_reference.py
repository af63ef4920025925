"""Counts, filters and pages against the plainest possible way to work them out."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.embedded import EmbeddedEngine
from search.protocol import SearchDocument, SearchQuery
from tests.search.documents import SETTINGS, run

VALUES = {"subject": ("x", "y", "z"), "county": ("03", "46", "50"), "term": ("s", "f"), "target": ("t", "l", "a")}
FACETS = tuple(VALUES)


def some(values: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=2).map(tuple)


documents = st.lists(
    st.builds(
        lambda number, group, title, values, points: run(
            f"r{number}", title, group=f"g{group}", numbers={"credits": points}, **values
        ),
        st.integers(0, 30),
        st.integers(0, 8),
        st.sampled_from(("Engelsk", "Norsk drama", "Drama")),
        st.fixed_dictionaries({name: some(values) for name, values in VALUES.items()}),
        st.sampled_from((None, 7.5, 15.0, 30.0)),
    ),
    max_size=40,
)
queries = st.builds(
    lambda text, filters, low: SearchQuery(text, filters=filters, facets=FACETS, ranges={"credits": (low, None)}),
    st.sampled_from(("", "drama", "engelsk")),
    st.dictionaries(st.sampled_from(FACETS), st.just(()), max_size=2).flatmap(
        lambda chosen: st.fixed_dictionaries({name: some(VALUES[name]) for name in chosen})
    ),
    st.sampled_from((None, 10.0)),
)


def matching(held: list[SearchDocument], query: SearchQuery, ignored: str | None = None) -> list[SearchDocument]:
    def passes(document: SearchDocument) -> bool:
        low = query.ranges["credits"][0]
        points = document.numbers.get("credits")
        return (
            query.text.lower() in document.text["title"].lower()
            and (low is None or (points is not None and points >= low))
            and all(
                facet == ignored or not values or set(values) & set(document.facets.get(facet, ()))
                for facet, values in query.filters.items()
            )
        )

    return [document for document in held if passes(document)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents, documents, st.sets(st.integers(0, 30), max_size=5), queries)
def test_totals_counts_and_pages_equal_the_reference(
    first: list[SearchDocument], second: list[SearchDocument], dropped: set[int], query: SearchQuery
) -> None:
    engine = EmbeddedEngine(None, SETTINGS)
    held: dict[str, SearchDocument] = {}
    for batch in (first, second):
        engine.put(batch)
        held |= {document.id: document for document in batch}
        engine.search(query)  # so that what was read before must be brought up to date
    gone = [f"r{number}" for number in dropped]
    assert engine.drop(gone) == len(set(gone) & set(held))
    kept = [document for key, document in held.items() if key not in gone]

    page = engine.search(query)
    wanted = matching(kept, query)
    assert page.total == len({document.group for document in wanted})
    for facet in FACETS:
        pairs = {
            (document.group, value)
            for document in matching(kept, query, ignored=facet)
            for value in document.facets.get(facet, ())
        }
        counts: dict[str, int] = {}
        for _, value in pairs:
            counts[value] = counts.get(value, 0) + 1
        assert page.facets[facet] == counts

    runs: list[str] = []
    groups: list[str] = []
    for number in range(1, 6):
        hits = engine.search(SearchQuery(query.text, query.filters, query.ranges, page=number, per_page=3)).hits
        groups += [hit.group for hit in hits]
        runs += [one for hit in hits for one in hit.matched]
    assert sorted(groups) == sorted({document.group for document in wanted})
    assert sorted(runs) == sorted(document.id for document in wanted)
    assert dict(engine.digests()) == {document.id: document.version for document in kept}
