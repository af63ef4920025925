"""Searching: through the engine, and without it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from registry.catalogue.following import picture
from registry.catalogue.parameters import PAST, UPCOMING
from registry.catalogue.plain import RULES
from registry.catalogue.queries import COUNTED, CatalogueQuery, containers, every_match, parse, search
from registry.core.db import Database
from registry.offers.states import Delivery
from search.embedded import EmbeddedEngine
from search.protocol import SearchEngine
from tests.catalogue.making import make_offer


@pytest.fixture
def offers(database: Database) -> None:
    with database.write() as session:
        make_offer(
            session,
            "Norsk 1, 1.–7. trinn",
            key="norsk17",
            provider="1120",
            targets=(("primary_1_7", "teacher"),),
            subject_code="norsk",
            level_code="LN",
            school_years="1-7",
            step=1,
            languages=["nb"],
            runs=(
                {"places": ("4601",), "starts_on": date(2026, 8, 20), "delivery": Delivery.GATHERINGS},
                {"term": "2027V"},
            ),
        )
        make_offer(
            session,
            "Norsk 2, 5.–10. trinn",
            key="norsk510",
            provider="1130",
            points=60,
            targets=(("lower_secondary_5_10", "teacher"),),
            subject_code="norsk",
            level_code="HN",
            school_years="5-10",
            step=2,
            runs=({"places": ("5501",), "delivery": Delivery.GATHERINGS},),
        )
        make_offer(
            session,
            "Matematikk for barnehagen",
            key="mattebhg",
            provider="1150",
            points=7.5,
            targets=(("kindergarten", "teacher"),),
            subject_code="matematikk",
            measure_code="further_education",
            runs=({"delivery": Delivery.ONLINE},),
        )
        make_offer(session, "Enkeltemner", is_container=True)


def keys(engine: SearchEngine, database: Database, text: str, *filters: str) -> set[str]:
    with database.read() as session:
        return {
            hit.key
            for hit in search(
                engine, session, CatalogueQuery.from_filters(text, [one.split("=") for one in filters])
            ).hits
        }


@pytest.mark.usefixtures("offers")
def test_the_shape_of_an_answer(database: Database, engine: EmbeddedEngine, index: Callable[[], None]) -> None:
    index()
    with database.read() as session:
        answer = search(engine, session, CatalogueQuery.from_filters("norsk")).to_json()
        assert containers(session) == 1
    assert answer["total"] == 2
    assert {hit["key"] for hit in answer["hits"]} == {"norsk17", "norsk510"}
    assert answer["hits"][0].keys() == {"key", "title", "provider", "score"}
    assert {hit["provider"] for hit in answer["hits"]} == {
        "Universitetet i Bergen",
        "Universitetet i Tromsø – Norges arktiske universitet",
    }
    assert answer["facets"]["county"] == {"46": 1, "55": 1}
    assert set(answer["facets"]) == set(COUNTED)


@pytest.mark.usefixtures("offers")
@pytest.mark.parametrize("text", ["norsk 1-7", "norsk for 1. til 7. trinn", "norsk 1.-7. årssteg"])
def test_school_years_are_understood(
    database: Database, engine: EmbeddedEngine, index: Callable[[], None], text: str
) -> None:
    index()
    with database.read() as session:
        assert search(engine, session, CatalogueQuery.from_filters(text)).hits[0].key == "norsk17"


FILTERS = [
    ("subject=norsk", {"norsk17", "norsk510"}),
    ("setting=kindergarten", {"mattebhg"}),
    ("role=teacher", {"norsk17", "norsk510", "mattebhg"}),
    ("school_years=5-10", {"norsk510"}),
    ("step=2", {"norsk510"}),
    ("county=46", {"norsk17"}),
    ("county=00", {"mattebhg"}),
    ("municipality=5501", {"norsk510"}),
    ("delivery=gatherings", {"norsk17", "norsk510"}),
    ("term=2027V", {"norsk17"}),
    ("start_month=2026-08", {"norsk17"}),
    ("credits_range=31-60", {"norsk510"}),
    ("level=6", {"norsk17"}),
    ("measure=further_education", {"mattebhg"}),
    ("language=nb", {"norsk17"}),
    ("provider=1130", {"norsk510"}),
]


@pytest.mark.usefixtures("offers")
def test_every_filter_finds_the_same_with_and_without_the_engine(
    database: Database, engine: EmbeddedEngine, index: Callable[[], None], away: SearchEngine
) -> None:
    index()
    for condition, expected in FILTERS:
        assert keys(engine, database, "", condition) == expected, condition
        assert keys(away, database, "", condition) == expected, f"{condition} without the engine"
    assert {condition.partition("=")[0] for condition, _ in FILTERS} == set(RULES), "every rule is tried"


@pytest.mark.usefixtures("offers")
def test_without_the_engine_the_answer_says_so(database: Database, away: SearchEngine) -> None:
    with database.read() as session:
        result = search(away, session, CatalogueQuery.from_filters("norsk"))
        assert list(every_match(away, session, CatalogueQuery.from_filters("norsk"), lambda _session, _ids: {})) == [
            "norsk17",
            "norsk510",
        ]
    assert result.degraded
    assert result.total == 2
    assert [hit.key for hit in result.hits] == ["norsk17", "norsk510"]
    assert result.hits[0].stored["title"] == "Norsk 1, 1.–7. trinn"
    assert keys(away, database, "tromsø norsk") == {"norsk510"}


@pytest.mark.usefixtures("offers")
def test_the_nearest_first_and_what_is_only_online_last(
    database: Database, engine: EmbeddedEngine, index: Callable[[], None]
) -> None:
    index()
    with database.read() as session:
        result = search(engine, session, parse([("fra", "Tromsø"), ("avstand", "50"), ("sorter", "avstand")]))
        assert [hit.key for hit in result.hits] == ["norsk510", "mattebhg"]
        everywhere = parse([("fra", "Bergen"), ("sorter", "avstand")])
        assert [hit.key for hit in search(engine, session, everywhere).hits] == ["norsk17", "mattebhg"]


@pytest.mark.usefixtures("offers")
@pytest.mark.parametrize(("place", "near"), [("øygarden", "norsk17"), ("5501", "norsk510")])
def test_distance_from_a_municipality(
    database: Database, engine: EmbeddedEngine, index: Callable[[], None], away: SearchEngine, place: str, near: str
) -> None:
    """Øygarden lies beside Bergen, 5501 is Tromsø; what is online is near everywhere."""
    index()
    with database.read() as session:
        for one in (engine, away):
            result = search(one, session, parse([("fra", place), ("avstand", "50")]))
            assert result.place is not None
            assert {hit.key for hit in result.hits} == {near, "mattebhg"}


@pytest.mark.usefixtures("offers")
def test_a_place_that_does_not_exist_restricts_nothing_and_is_said(
    database: Database, engine: EmbeddedEngine, index: Callable[[], None]
) -> None:
    index()
    with database.read() as session:
        result = search(engine, session, parse([("fra", "Langtvekkistan")]))
    assert result.place is None
    assert result.total == 3


@pytest.mark.usefixtures("offers")
def test_exports_go_through_every_page(
    database: Database, engine: EmbeddedEngine, index: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    index()
    monkeypatch.setattr("registry.catalogue.queries._EXPORT_PAGE", 1)
    with database.read() as session:
        assert sorted(every_match(engine, session, CatalogueQuery.from_filters(""), lambda _session, _ids: {})) == [
            "mattebhg",
            "norsk17",
            "norsk510",
        ]


@pytest.mark.usefixtures("offers")
def test_without_words_what_is_still_to_come_goes_first(
    database: Database, engine: EmbeddedEngine, index: Callable[[], None]
) -> None:
    with database.write() as session:
        make_offer(session, "Gammelt", key="old", runs=({"term": "2022H"},))
        make_offer(session, "Eldre", key="older", runs=({"term": "2021H"},))
    index()
    with database.read() as session:
        shown, everything = (
            [hit.key for hit in search(engine, session, query).hits]
            for query in (parse([]), parse([]).at(PAST, UPCOMING))
        )
    assert everything == [*shown, "old", "older"]


def test_on_the_page_what_is_to_come_goes_before_earlier_years(
    database: Database, engine: EmbeddedEngine, index: Callable[[], None]
) -> None:
    with database.write() as session:
        for number in range(7):
            make_offer(session, "Svømming for alle", key=f"old{number}", runs=({"term": "2022H"},))
        for number in range(4):
            make_offer(session, "Svømming og livredning for alle på skolen", key=f"new{number}")
    index()
    asked = parse([("q", "svømming"), ("tid", "past"), ("tid", "upcoming")])
    with database.read() as session:
        shown = [
            [hit.key for hit in search(engine, session, replace(asked.on_page(page), per_page=3),
                                       coming_first=True).hits]
            for page in range(1, 5)
        ]  # fmt: skip
        plainly = search(engine, session, asked)
    keys_shown = [key for page in shown for key in page]
    assert [len(page) for page in shown] == [3, 3, 3, 2]
    assert {key[:3] for key in keys_shown[:4]} == {"new"}
    assert len(set(keys_shown)) == 11, "nothing twice, nothing left out"
    assert plainly.hits[0].key.startswith("old"), "elsewhere relevance alone decides"


def test_a_followed_search_tells_only_of_what_has_every_word(
    database: Database, engine: EmbeddedEngine, index: Callable[[], None]
) -> None:
    with database.write() as session:
        make_offer(session, "Dans og drama", key="both")
        make_offer(session, "Dans", key="dans")
        make_offer(session, "Drama", key="drama")
    index()
    query = parse([("q", "dans drama")])
    with database.read() as session:
        assert search(engine, session, query).total > 1, "a page is filled up"
        followed = picture(session, engine, query, 20, date(2026, 3, 1))
    assert (followed.total, list(followed.seen)) == (1, ["both"])
