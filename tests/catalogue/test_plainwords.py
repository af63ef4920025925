"""Without a search engine words still mean what they mean with one: every language, synonyms, school years."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.catalogue.parameters import CatalogueQuery
from registry.catalogue.queries import parse, search
from registry.core.db import Database
from search.protocol import SearchEngine
from tests.catalogue.making import make_offer
from tests.site import Site, open_site


@pytest.fixture
def offers(database: Database) -> None:
    with database.write() as session:
        make_offer(
            session, "Regning og tall 1–7", key="tall17", subject_code="matematikk", school_years="1-7", points=60
        )
        make_offer(session, "Tall og mønstre", key="tall510", subject_code="matematikk", school_years="5-10")
        make_offer(session, "Veiledning av nyutdannede", key="veiledning", points=15)
        make_offer(session, "Davvisámegiella álgui", key="samisk", subject_code="nordsamisk")
        make_offer(session, "Addictive design", key="design")


@pytest.fixture
def site(database: Database, offers: None, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        yield opened


def found(engine: SearchEngine, database: Database, text: str, sort: str = "") -> list[str]:
    with database.read() as session:
        result = search(engine, session, parse([("q", text), ("sorter", sort)]))
    assert result.degraded
    return [hit.key for hit in result.hits]


@pytest.mark.usefixtures("offers")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("matematikk", ["tall17", "tall510"]),
        ("mathematics", ["tall17", "tall510"]),  # the subject's English name
        ("matte", ["tall17", "tall510"]),  # a synonym of the subject's name
        ("matte 5-10", ["tall510", "tall17"]),  # school years put in order and leave none out
        ("matte 5.–10. trinn", ["tall510", "tall17"]),
        ("tall for ungdomsskole", ["tall510", "tall17"]),
        ("5-10", ["tall510"]),  # nothing else was said
        ("rettleiing", ["veiledning"]),
        ("veiledning i for", ["veiledning"]),
        ("davvisámegiella", ["samisk"]),
        ("northern sami", ["samisk"]),
        ("finnesikke", []),
        ("", ["design", "samisk", "tall17", "tall510", "veiledning"]),
    ],
)
def test_words_mean_the_same_without_the_engine(
    database: Database, away: SearchEngine, text: str, expected: list[str]
) -> None:
    assert found(away, database, text) == expected


@pytest.mark.usefixtures("offers")
def test_a_short_synonym_is_no_part_of_other_words(database: Database, away: SearchEngine) -> None:
    """``IKT`` and *ICT* are one: a word of its own, not three letters of another."""
    with database.write() as session:
        make_offer(session, "Practical ICT for teachers", key="ict")
    assert found(away, database, "ikt") == ["ict"]


def test_credits_can_be_sorted_by_and_what_cannot_is_named(site: Site, away: SearchEngine) -> None:
    with site.database.read() as session:
        by_credits = search(away, session, CatalogueQuery("matematikk", sort="studiepoeng"))
    assert [hit.key for hit in by_credits.hits] == ["tall17", "tall510"]
    site.search.search = away.search  # type: ignore[method-assign]  # the index is away
    said = site.visitor().get("/nb/tilbud?q=matematikk&sorter=frist").text
    assert "kan ikke sorteres etter «Søknadsfrist» nå" in said
    assert "kan ikke sorteres" not in site.visitor().get("/nb/tilbud?q=matematikk&sorter=studiepoeng").text
