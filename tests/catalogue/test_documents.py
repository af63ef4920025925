"""What the search engine is told."""

from datetime import date, timedelta

import pytest
from sqlalchemy import event

from registry.catalogue.documents import build_documents, credit_range, index_settings
from registry.catalogue.texts import lead
from registry.core.db import Database
from registry.offers.states import Delivery, OfferState, RunState
from search.protocol import SearchDocument
from tests.catalogue.making import TODAY, make_offer


def documents(database: Database, today: date = TODAY, keys: list[str] | None = None) -> dict[str, SearchDocument]:
    with database.read() as session:
        return {document.id: document for document in build_documents(session, keys, today=today)}


def test_one_document_for_every_coming_run_of_a_published_offer(database: Database) -> None:
    with database.write() as session:
        make_offer(
            session, key="a", runs=({"key": "a1"}, {"key": "a2", "term": "2027V"}, {"key": "old", "term": "2024H"})
        )
        make_offer(session, key="draft", state=OfferState.DRAFT)
        make_offer(
            session, key="gone", state=OfferState.DISCONTINUED, discontinued_on=TODAY, discontinue_reason="other"
        )
        make_offer(session, key="box", title="Enkeltemner", is_container=True)
    found = documents(database)
    assert {(d.id, d.group) for d in found.values()} == {("a1", "a"), ("a2", "a")}


def test_offers_of_earlier_years_are_found_and_say_so(database: Database) -> None:
    with database.write() as session:
        make_offer(session, runs=({"key": "r21", "term": "2021H"}, {"key": "r25", "term": "2025H"}))
    (document,) = documents(database).values()
    assert document.id == "r25"
    assert document.facets["time"] == ("past",)
    assert document.facets["applying"] == ("ended",)


def test_an_offer_that_has_no_run_yet_is_found_by_its_own_key(database: Database) -> None:
    with database.write() as session:
        make_offer(session, key="new", runs=())
    (document,) = documents(database).values()
    assert (document.id, document.group, document.facets["applying"]) == ("new", "new", ("unknown",))


def test_what_a_document_says(database: Database) -> None:
    with database.write() as session:
        make_offer(
            session,
            "Matematikk 2, 5.–10. trinn",
            provider="1130",
            points=15,
            targets=(("lower_secondary_5_10", "teacher"), (None, "mentor")),
            subject_code="matematikk",
            level_code="HN",
            school_years="5-10",
            step=2,
            languages=["nb", "nn"],
            runs=(
                {
                    "places": ("5601", "1804"),
                    "starts_on": date(2026, 8, 20),
                    "application_closes_on": date(2026, 4, 15),
                },
            ),
        )
    (document,) = documents(database).values()
    facets = document.facets
    assert facets["subject"][0] == "matematikk"
    assert len(facets["subject"]) > 1, "the subject's area and field find it too"
    assert facets["county"] == ("18", "56")
    assert facets["municipality"] == ("1804", "5601")
    assert facets["setting"] == ("lower_secondary_5_10",)
    assert facets["role"] == ("teacher", "mentor")
    assert facets["start_month"] == ("2026-08",)
    assert facets["credits_range"] == ("10-19",)
    assert facets["level"] == ("7",)
    assert facets["provider"] == ("1130",)
    assert facets["language"] == ("nb", "nn")
    assert facets["school_years"] == ("5-10",)
    assert facets["step"] == ("2",)
    assert facets["reach_everywhere"] == facets["demo"] == ()
    assert "Universitetet i Tromsø" in document.text["provider"]
    assert "UiT" in document.text["provider"]
    assert "Bodø" in document.text["place"]
    assert document.position == pytest.approx((67.3, 14.6), abs=0.7), "the first place"
    assert document.numbers["deadline"] == date(2026, 4, 15).toordinal()


def test_a_run_without_places_is_looked_for_where_its_provider_has_its_seat(database: Database) -> None:
    with database.write() as session:
        make_offer(session, provider="1120")
    (document,) = documents(database).values()
    assert document.facets["county"] == ("46",)
    assert document.facets["municipality"] == ()


def test_an_online_run_is_within_reach_of_everyone_and_in_no_county(database: Database) -> None:
    with database.write() as session:
        make_offer(session, runs=({"delivery": Delivery.ONLINE},))
    (document,) = documents(database).values()
    assert document.facets["reach_everywhere"] == ("1",)
    assert document.facets["county"] == ("00",)


def test_the_version_rises_with_a_change_and_on_the_day_after_the_deadline(database: Database) -> None:
    deadline = date(2026, 4, 15)
    with database.write() as session:
        offer = make_offer(session, runs=({"application_closes_on": deadline, "state": RunState.OPEN},))
        key = offer.key
    (before,) = documents(database).values()
    (same,) = documents(database, deadline).values()
    (after,) = documents(database, deadline + timedelta(1)).values()
    assert before.version == same.version < after.version
    assert (same.facets["applying"], after.facets["applying"]) == (("open",), ("closed",))
    with database.write() as session:
        loaded = session.get(type(offer), offer.pk)
        assert loaded is not None
        loaded.version += 1
    (changed,) = documents(database, keys=[key]).values()
    assert changed.version > after.version, "a change outweighs any day"


def test_rooms_above_can_say_more_of_an_offer_and_of_a_run(database: Database) -> None:
    with database.write() as session:
        key = make_offer(session, runs=({"key": "a1"}, {"key": "a2"})).key
    told = {key: {"small_subject": ("1",)}, "a1": {"applying": ("few",)}}
    with database.read() as session:
        one, other = sorted(
            build_documents(session, enrichers=[lambda _session, _ids: told], today=TODAY), key=lambda made: made.id
        )
    assert one.facets["small_subject"] == other.facets["small_subject"] == ("1",)
    assert one.facets["applying"] == (*other.facets["applying"], "few")


def test_the_number_of_queries_does_not_grow_with_offers(database: Database) -> None:
    def queries(offers: int) -> int:
        with database.write() as session:
            for _ in range(offers):
                make_offer(session)
        counted = 0

        def count(*_: object) -> None:
            nonlocal counted
            counted += 1

        event.listen(database.engine, "before_cursor_execute", count)
        documents(database)
        event.remove(database.engine, "before_cursor_execute", count)
        return counted

    assert queries(2) == queries(20)


def test_settings_of_the_index_are_the_same_twice(database: Database) -> None:
    with database.read() as session:
        first, second = index_settings(session), index_settings(session)
    assert first == second
    assert any({"kfk", "kompetanse for kvalitet"} <= set(group) for group in first.synonyms)
    assert "matematikk" in first.compound_parts


@pytest.mark.parametrize(
    ("points", "name"),
    [
        (None, None),
        (2.5, "1-9"),
        (9.5, "1-9"),
        (10, "10-19"),
        (15, "10-19"),
        (20, "20-30"),
        (30, "20-30"),
        (45, "31-60"),
        (120, "61-"),
    ],
)
def test_ranges_of_credits(points: float | None, name: str | None) -> None:
    assert credit_range(points) == name


def test_a_run_that_can_be_applied_for_stands_first_for_its_offer(database: Database) -> None:
    with database.write() as session:
        make_offer(
            session,
            runs=(
                {"key": "full", "state": RunState.CLOSED},
                {"key": "open", "term": "2027V", "state": RunState.OPEN},
            ),
        )
    assert list(documents(database)) == ["open", "full"]


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("Musikk 2, 5.–10. trinn: samspill", "Musikk"),
        ("Utøvende musikk – lek og læring", "Utøvende musikk"),
        ("Barne- og ungdomsarbeid (15 studiepoeng)", "Barne- og ungdomsarbeid"),
        ("1.–7. trinn", ""),
    ],
)
def test_the_lead_is_what_a_title_says_first(title: str, wanted: str) -> None:
    assert lead(title) == wanted


@pytest.mark.parametrize(
    ("subject", "own", "foreign"),
    [
        ("naturfag", "natural sciences", "mathematics"),
        ("musikk", "", "arts"),
        ("mat-helse", "food", "physical"),
        ("dans", "dans", "drama"),
    ],
)
def test_an_area_does_not_bring_the_names_of_its_other_subjects(
    database: Database, subject: str, own: str, foreign: str
) -> None:
    """ "Mathematics and natural sciences" is what naturfag lies in; who looks for mathematics does not look for naturfag."""
    with database.write() as session:
        make_offer(session, "Et tilbud", subject_code=subject)
    (document,) = documents(database).values()
    area = document.text["area"].lower()
    assert own in area
    assert foreign not in area
