"""EMIL 3: events, infos and providers joined, what was cancelled and deleted, and what is not the registry's to guess."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importers.formats import emil3
from importers.protocol import OfferRecord, Payload, ProviderRef, RunRecord
from tests.importers.feeds import SAMPLES, Desk, as_json, notices, offers, rejections

SAMPLE = SAMPLES / "emil3" / "joined.json"
START = {"condition": {"code": "1"}, "start": "2026-08-31"}


@pytest.fixture
def emil(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "emil3")


def strings(**texts: str) -> dict[str, Any]:
    return {"strings": [{"lang": lang, "value": value} for lang, value in texts.items()]}


def event(**content: Any) -> dict[str, Any]:
    base = {
        "identifier": "e.a.b.c",
        "education": "i.a.b",
        "providers": ["p.a"],
        "title": strings(swe="Kurs"),
        "execution": START,
    }
    return {"id": "e.a.b.c", "status": "ACTIVE", "content": {**base, **content}}


def info(**content: Any) -> dict[str, Any]:
    return {"id": "i.a.b", "status": "ACTIVE", "content": {"identifier": "i.a.b", **content}}


def only(emil: Desk, *wrappers: dict[str, Any]) -> OfferRecord:
    (offer,) = offers(emil.read(as_json(wrappers)))
    return offer


def run(emil: Desk, **content: Any) -> RunRecord:
    (found,) = only(emil, event(**content)).runs
    return found


def sample() -> list[OfferRecord]:
    return offers(emil3.read(Payload(SAMPLE, SAMPLE.name)))


def test_an_event_is_joined_with_its_info_and_providers_whatever_their_order_and_case() -> None:
    first, *_ = sample()
    assert (first.position, first.key, first.offer_key) == (1, "e.uoh.exa.lf1.10001.20262", "LF1")
    assert first.provider == ProviderRef(name="Exempels universitet")
    assert first.partners == (ProviderRef(name="p.uoh.other"),)
    assert (first.title, first.title_language) == ("Läsning i förskolan", None)
    assert first.other_titles == {"en": "Reading in preschool"}
    assert first.description == "Kursen behandlar läsning.\nTre träffar."
    assert (first.credits, first.credit_scheme) == (Decimal("7.5"), "hp")
    assert (first.target_groups, first.languages, first.tags) == (("kindergarten:teacher",), ("sv", "en"), ("läsning",))
    assert first.url == "https://www.exempel.se/lf1"
    assert json.loads(first.raw["educationInfo"] or "")["code"] == "LF1"
    (found,) = first.runs
    assert (found.term, found.starts_on, found.ends_on) == ("2026H", date(2026, 8, 31), date(2027, 1, 17))
    assert (found.application_opens_on, found.application_closes_on) == (date(2026, 3, 16), date(2026, 4, 15))
    assert (found.places, found.delivery, found.municipalities) == (30, "hybrid", ("Halden",))
    assert (found.apply_url, found.cancelled) == ("https://www.exempel.se/sok", False)


def test_a_cancelled_event_without_a_day_has_the_term_of_the_university() -> None:
    (found,) = sample()[1].runs
    assert (found.term, found.starts_on, found.cancelled, found.cancel_reason) == ("2027V", None, True, None)


def test_what_is_established_but_not_planned_has_no_run_and_other_points_are_left_out() -> None:
    rows = list(emil3.read(Payload(SAMPLE, SAMPLE.name)))
    offer = offers(rows)[2]
    assert (offer.runs, offer.credits, offer.target_groups) == ((), None, ("nya",))
    assert notices(rows) == [
        "Poengordningen er ikke högskolepoäng (hp), så poengene er utelatt (1 gang: «yh»).",
        "Tilfeller uten start eller som ikke er planlagt, er uten gjennomføring (1 gang: «e.sv.yh.exb.20262»).",
    ]


def test_a_deleted_event_is_a_cancelled_run_where_the_file_tells_what_it_was() -> None:
    rows = list(emil3.read(Payload(SAMPLE, SAMPLE.name)))
    deleted = offers(rows)[3]
    assert (deleted.position, deleted.offer_key, deleted.provider.name) == (4, "LF1", "Exempels universitet")
    (found,) = deleted.runs
    assert (found.term, found.cancelled, found.cancel_reason) == ("2025H", True, "Slettet i kilden")
    (row,) = rejections(rows)
    assert row.position == 5
    assert row.reason == "Rad 5, content: «e.sv.gone.1» er slettet i kilden, og filen sier ikke hva det var."
    assert row.cure == "Avlys gjennomføringen i registeret hvis den finnes der."


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ({"system": {"code": "hp"}, "credits": 30}, (Decimal(30), "hp")),
        ({"system": {"code": "hp"}, "credits": 30, "min": 30}, (Decimal(30), "hp")),
        ({"system": {"code": "hp"}, "credits": 30, "min": 15}, (None, None)),
        ({"system": {"code": "hp"}, "credits": 0}, (None, None)),
        ({"system": {"code": "gy"}, "credits": 100}, (None, None)),
        ({"credits": 30}, (None, None)),
        ("", (None, None)),
    ],
)
def test_credits_are_hp_or_none(emil: Desk, points: Any, expected: tuple[Decimal | None, str | None]) -> None:
    offer = only(emil, info(credits=points), event())
    assert (offer.credits, offer.credit_scheme) == expected


@pytest.mark.parametrize(
    ("code", "groups"),
    [
        ("rektorer", ("leader",)),
        ("lärare", ("teacher",)),
        ("förskolelärare", ("kindergarten:teacher",)),
        ("yrkeslärare", ("upper_secondary:teacher", "adult_education:teacher")),
    ],
)
def test_audience_codes_become_target_groups(emil: Desk, code: str, groups: tuple[str, ...]) -> None:
    assert only(emil, info(audience={"type": "C_Audience", "code": code}), event()).target_groups == groups


@pytest.mark.parametrize(
    ("distance", "delivery"),
    [
        (None, None),
        ({"noOfMandatorySessions": 0, "noOfOptionalSessions": 0}, "online"),
        ({"noOfMandatorySessions": 0, "noOfOptionalSessions": 1}, "hybrid"),
        ({"noOfMandatorySessions": 2}, "hybrid"),
        ({}, "online"),
    ],
)
def test_distance_study_is_online_or_hybrid(emil: Desk, distance: Any, delivery: str | None) -> None:
    assert run(emil, distance=distance).delivery == delivery


def test_a_deleted_event_with_its_content_is_cancelled(emil: Desk) -> None:
    (found,) = only(emil, {**event(), "status": "DELETED"}).runs
    assert found.cancelled


def test_moments_are_days_in_sweden(emil: Desk) -> None:
    assert run(emil, execution={"start": "2026-06-30T22:30:00Z"}).starts_on == date(2026, 7, 1)


def test_without_its_info_an_event_has_its_own_name_and_the_education_as_code(emil: Desk) -> None:
    offer = only(emil, event())
    assert (offer.title, offer.offer_key, offer.provider.name) == ("Kurs", "i.a.b", "p.a")


@pytest.mark.parametrize(
    ("wrapper", "field"),
    [
        (event(title=None), "title"),
        (event(title={"strings": [{"lang": "swe", "value": " "}]}), "title"),
        (event(providers=[]), "providers"),
        ({"status": "ACTIVE", "content": {}}, "id"),
        ("tekst", "id"),
        (event(title=strings(swe="A\x00")), "content"),
        (event(education="A\ud800"), "content"),
    ],
)
def test_an_event_that_cannot_be_understood_is_rejected_alone(emil: Desk, wrapper: Any, field: str) -> None:
    rows = emil.read(as_json([wrapper, event()]))
    assert [row.field for row in rejections(rows)] == [field]
    assert [row.position for row in offers(rows)] == [2]


@pytest.mark.parametrize(
    "shape",
    [
        lambda one: {"educationEvents": [one], "page": {"size": 1}},
        lambda one: [{"educationInfos": []}, {"educationEvents": [one]}],
        lambda one: [one],
        lambda one: one,
        lambda one: one["content"],
    ],
    ids=["reply", "replies", "list", "wrapper", "content"],
)
def test_replies_lists_and_single_records_are_read(emil: Desk, shape: Any) -> None:
    (offer,) = offers(emil.read(as_json(shape(event()))))
    assert offer.key == "e.a.b.c"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (as_json([info()]), "ingen utdanningstilfeller"),
        (as_json({"educationEvents": []}), "ingen utdanningstilfeller"),
        ("{}", "ingen utdanningstilfeller"),
        ("a;b", "ikke JSON"),
        ('{"educationEvents": [{"id": "e.1"}', "avkortet"),
        ('{"educationEvents": [{"id": "e.1"} {}]}', "ikke gyldig JSON"),
        ('{"a" 1}', "ikke gyldig JSON"),
        ("{} {}", "fortsetter"),
    ],
)
def test_files_that_are_refused_whole(emil: Desk, content: str, reason: str) -> None:
    refusal = emil.refused(content)
    assert reason in refusal.reason
    assert refusal.cure.endswith(".")


def test_the_stored_events_of_susa_navet(shared_data: Path) -> None:
    path = shared_data / "emil3" / "susa_navet_events.json"
    rows = list(emil3.read(Payload(path, path.name)))
    assert (len(offers(rows)), [row.position for row in rejections(rows)]) == (3, [4])
    assert [run.cancelled for offer in offers(rows) for run in offer.runs] == [False, False, True]
    assert "slettet i kilden" in rejections(rows)[0].reason


def test_events_and_infos_that_were_stored_one_by_one_are_joined(shared_data: Path, emil: Desk) -> None:
    folder = shared_data / "emil3"
    both = [json.loads((folder / name).read_text()) for name in ("susa_navet_info.json", "susa_navet_events.json")]
    both[1]["educationEvents"][0]["content"]["education"] = both[0]["id"]
    first, *_ = offers(emil.read(as_json(both)))
    assert (first.offer_key, first.credits, first.title) == ("1TE686", Decimal("7.5"), "Elektronik för ingenjörer")
    assert "ingen utdanningstilfeller" in emil.refused((folder / "susa_navet_info.json").read_bytes()).reason
