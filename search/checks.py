"""What every engine refuses before it searches."""

from search.protocol import IndexSettings, SearchQuery


def check(query: SearchQuery, settings: IndexSettings) -> None:
    """Raises ValueError when the query names a facet or number that is not in the settings, no real page, or is near nothing."""
    if unknown := (set(query.filters) | set(query.facets)) - set(settings.facets) - {"reach_everywhere"}:
        raise ValueError(f"unknown facets: {', '.join(sorted(unknown))}")
    numbers = set(query.ranges) | ({query.sort[0]} if query.sort else set()) | ({query.first} if query.first else set())
    if unknown := numbers - set(settings.numeric):
        raise ValueError(f"unknown numbers: {', '.join(sorted(unknown))}")
    if query.nearest and query.near is None:
        raise ValueError("nearest to what?")
    if query.page < 1 or query.per_page < 1:
        raise ValueError("pages are counted from 1 and hold at least one hit")
