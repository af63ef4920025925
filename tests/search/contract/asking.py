"""What the tests of the contract share: a few offers, and short ways to ask."""

from search.protocol import SearchEngine, SearchPage, SearchQuery
from tests.search.documents import run

ENGLISH = (
    run("e1-17", "Engelsk 1, 1.-7. trinn", subject="engelsk", county="50"),
    run("e1-510", "Engelsk 1, 5.-10. trinn", subject="engelsk", county="46"),
    run("e2-17", "Engelsk 2 for trinn 1-7", subject="engelsk", county="50"),
    run("m1-17", "Matematikk 1, 1.-7. trinn", subject="matematikk", county="46"),
)
BERGEN, TRONDHEIM, OSLO = (60.39, 5.32), (63.43, 10.40), (59.91, 10.75)


def ids(page: SearchPage) -> list[str]:
    return [hit.id for hit in page.hits]


def find(engine: SearchEngine, text: str = "", **more: object) -> list[str]:
    return ids(engine.search(SearchQuery(text=text, **more)))
