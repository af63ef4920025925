"""Kouta and Konfo: 180120 credits, five windows for applications, times without a zone, and dumps in lines."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from importers.formats import kouta
from importers.protocol import OfferRecord, Payload, ProviderRef, RunRecord
from tests.importers.feeds import SAMPLES, Desk, as_json, notices, offers, rejections

SAMPLE = SAMPLES / "kouta" / "dump.jsonl"
OWNER = {"organisaatio": {"nimi": {"fi": "Yliopisto"}}}
ECTS = {"koodiUri": "opintojenlaajuusyksikko_2#1"}
KOULUTUS = {"oid": "1.2.246.562.13.1", "nimi": {"fi": "Koulutus"}, **OWNER}
AUTUMN = {"koulutuksenAlkamiskausi": {"koodiUri": "kausi_s#1"}, "koulutuksenAlkamisvuosi": "2026"}
TOTEUTUS = {"oid": "1.2.246.562.17.1", "koulutusOid": "1.2.246.562.13.1", "nimi": {"fi": "Toteutus"}, **OWNER}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path, "kouta")


def only(desk: Desk, record: dict[str, Any]) -> OfferRecord:
    (offer,) = offers(desk.read(as_json(record)))
    return offer


def runs(desk: Desk, **values: Any) -> tuple[RunRecord, ...]:
    return only(desk, {**TOTEUTUS, **values}).runs


def sample() -> list[OfferRecord]:
    return offers(kouta.read(Payload(SAMPLE, SAMPLE.name)))


def test_a_koulutus_is_an_offer_without_runs() -> None:
    first, _ = sample()
    assert (first.position, first.key, first.offer_key) == (1, "1.2.246.562.13.901", "1.2.246.562.13.901")
    assert (first.title, first.other_titles) == ("Lukemisen alkuopetus", {"sv": "Att börja läsa"})
    assert first.provider == ProviderRef(name="Esimerkin yliopisto")
    assert first.description == "Lukemisesta.\nKaksi tapaamista."
    assert (first.credits, first.credit_scheme, first.runs) == (Decimal(25), "ECTS", ())


def test_a_toteutus_has_the_credits_of_its_koulutus_and_a_run_for_every_term() -> None:
    _, offer = sample()
    assert (offer.position, offer.key, offer.offer_key) == (2, "1.2.246.562.17.902", "1.2.246.562.13.901")
    assert (offer.title, offer.title_language) == ("Att börja läsa, nätkurs", None)
    assert offer.other_titles == {"en": "Starting to read, online"}
    assert (offer.credits, offer.languages, offer.learning_outcomes) == (Decimal(25), ("fi", "sv"), "Osaa opettaa.")
    autumn, spring = offer.runs
    assert (autumn.term, autumn.starts_on, autumn.places, autumn.delivery) == ("2026H", None, None, "online")
    assert (autumn.application_opens_on, autumn.application_closes_on) == (date(2026, 3, 4), date(2026, 3, 25))
    assert (spring.term, spring.starts_on, spring.ends_on) == ("2027V", date(2027, 1, 11), date(2027, 5, 28))
    assert (spring.places, spring.apply_url) == (10, "https://example.fi/hakemus/1")
    assert spring.application_closes_on is None


def test_all_windows_are_kept_and_persons_are_not() -> None:
    _, offer = sample()
    kept = json.loads(offer.raw["hakutiedot"] or "")
    assert [len(target["hakuajat"]) for haku in kept for target in haku["hakukohteet"]] == [1, 1, 2, 0]
    assert "En Person" not in json.dumps(dict(offer.raw))


def test_drafts_and_other_kinds_are_rejected_with_what_they_are() -> None:
    draft, haku = rejections(kouta.read(Payload(SAMPLE, SAMPLE.name)))
    assert (draft.position, draft.reason) == (3, "Rad 3, tila: Utdanningen er ikke publisert («tallennettu»).")
    assert (haku.position, haku.reason) == (4, "Rad 4, oid: «1.2.246.562.29.1» er en haku, ikke en utdanning.")


@pytest.mark.parametrize(
    ("number", "label", "unit", "expected"),
    [
        (180120, "180+120", ECTS, Decimal(300)),
        (180120, "180 + 120", ECTS, Decimal(300)),
        (180120, None, ECTS, None),
        (180180, "180+181", ECTS, None),
        ("60", "60", ECTS, Decimal(60)),
        (330, None, {"koodiUri": "opintojenlaajuusyksikko_2"}, Decimal(330)),
        (150, "150", {"koodiUri": "opintojenlaajuusyksikko_6"}, None),
        (30, "30", None, None),
        (0, None, ECTS, None),
        (None, None, None, None),
        (60, "kuusikymmentä+yksi", ECTS, Decimal(60)),
    ],
)
def test_credits_are_read_with_their_unit_and_label(
    desk: Desk, number: Any, label: str | None, unit: Any, expected: Decimal | None
) -> None:
    extent = {
        "opintojenLaajuusNumero": number,
        "opintojenLaajuusyksikko": unit,
        "opintojenLaajuus": {"nimi": {"fi": label}},
    }
    for record in ({**KOULUTUS, **extent}, {**KOULUTUS, "metadata": extent}):
        offer = only(desk, record)
        assert (offer.credits, offer.credit_scheme) == (expected, expected and "ECTS")


def test_a_number_that_no_label_explains_is_told(desk: Desk) -> None:
    rows = desk.read(as_json({**KOULUTUS, "opintojenLaajuusNumero": 180120, "opintojenLaajuusyksikko": ECTS}))
    assert notices(rows) == [
        "Omfanget er over 360 studiepoeng eller ikke et tall, så poengene er utelatt (1 gang: «180120»)."
    ]


@pytest.mark.parametrize(
    ("start", "term"),
    [
        (AUTUMN, "2026H"),
        ({**AUTUMN, "koulutuksenAlkamiskausi": {"koodiUri": "kausi_k"}}, "2026V"),
        ({"koulutuksenAlkamispaivamaara": "2026-06-30T23:30"}, "2026V"),  # Helsinki's own time: it is still June
        ({**AUTUMN, "koulutuksenAlkamisvuosi": "26"}, None),
        ({"alkamiskausityyppi": "henkilokohtainen suunnitelma"}, None),
        (None, None),
    ],
)
def test_the_term_of_a_start(desk: Desk, start: Any, term: str | None) -> None:
    found = runs(desk, metadata={"opetus": {"koulutuksenAlkamiskausi": start}})
    assert [run.term for run in found] == ([term] if term else [])


@pytest.mark.parametrize(
    ("ways", "delivery"),
    [
        ("1", "campus"),
        ("2", "online"),
        ("3", "online"),
        ("4", "hybrid"),
        ("13", "hybrid"),
        ("23", "online"),
        ("5", None),
        ("6", None),
    ],
)
def test_ways_of_teaching(desk: Desk, ways: str, delivery: str | None) -> None:
    codes = [{"koodiUri": f"opetuspaikkakk_{way}#1"} for way in ways]
    (run,) = runs(desk, metadata={"opetus": {"opetustapa": codes, "koulutuksenAlkamiskausi": AUTUMN}})
    assert run.delivery == delivery


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"oid": None}, "oid"),
        ({"oid": "tekst"}, "oid"),
        ({"tila": "arkistoitu"}, "tila"),
        ({"nimi": {"fi": " "}}, "nimi"),
        ({"organisaatio": None}, "organisaatio"),
        ({"organisaatio": None, "toteutustenTarjoajat": {"count": 2, "nimi": {"fi": "To"}}}, "organisaatio"),
        ({"nimi": {"fi": "A\x00"}}, "nimi"),
    ],
)
def test_records_that_cannot_be_understood_are_rejected_alone(desk: Desk, values: dict[str, Any], field: str) -> None:
    rows = desk.read(as_json([{**KOULUTUS, **values}, KOULUTUS]))
    assert [row.field for row in rejections(rows)] == [field]
    assert [offer.position for offer in offers(rows)] == [2]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (as_json({"total": 0, "hits": []}), "ingen utdanninger"),
        ("[]", "ingen utdanninger"),
        ("a;b", "ikke JSON"),
        ('{"oid": "1"}\n{"oid": ', "avkortet"),
        ('{"oid": !!time3}', "ved element 1"),
    ],
)
def test_files_that_are_refused_whole(desk: Desk, content: str, reason: str) -> None:
    refusal = desk.refused(content)
    assert reason in refusal.reason
    assert refusal.cure.endswith(".")


def test_every_hit_of_a_real_search_is_understood(shared_data: Path) -> None:
    path = shared_data / "kouta" / "konfo-ui.search-koulutukset-all.json"
    rows = list(kouta.read(Payload(path, path.name)))
    found = offers(rows)
    assert (len(found), rejections(rows)) == (20, [])
    assert [offer.credits for offer in found].count(Decimal(300)) == 6
    assert not [offer.title for offer in found if offer.title != offer.title.strip()]


def test_a_real_toteutus_with_five_windows(shared_data: Path, desk: Desk) -> None:
    replies = json.loads((shared_data / "kouta" / "konfo-ui.komoto-amk.mocks.json").read_text(encoding="utf-8"))
    rows = desk.read(as_json([reply["response"]["body"] for reply in replies]))
    koulutus, toteutus = offers(rows)
    assert (koulutus.credits, toteutus.credits, toteutus.offer_key) == (Decimal(240), Decimal(240), koulutus.key)
    spring, autumn = toteutus.runs
    assert (spring.term, spring.application_opens_on, spring.application_closes_on) == (
        "2025V",
        date(2025, 2, 11),
        date(2025, 3, 10),
    )
    assert (autumn.term, autumn.application_opens_on, autumn.application_closes_on) == (
        "2025H",
        date(2025, 3, 4),
        date(2025, 3, 25),
    )
    assert (toteutus.raw["hakutiedot"] or "").count('"paattyy"') == 5


@pytest.mark.parametrize(
    ("name", "seen", "understood", "fields"),
    [
        ("konfo-backend.koulutus-kouta-search", 41, 14, {"organisaatio"}),
        ("konfo-backend.toteutus-kouta-01", 12, 9, {"tila"}),
        ("konfo-backend.hakukohde-kouta", None, 0, {"oid"}),
        ("konfo-backend.haku-kouta", None, 0, {"oid"}),
        ("konfo-backend.oppilaitos-kouta", None, 0, {"oid"}),
        ("konfo-ui.toteutus-ajoneuvoalan", 1, 1, set()),
        ("konfo-ui.search-oppilaitokset", 20, 0, {"oid"}),
        ("konfo-ui.search-hakukohteet", 1, 0, {"oid"}),
    ],
)
def test_every_row_of_the_other_files_is_accounted_for(
    shared_data: Path, name: str, seen: int | None, understood: int, fields: set[str]
) -> None:
    (path,) = (shared_data / "kouta").glob(f"{name}*")
    lines = len([line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()])
    rows = list(kouta.read(Payload(path, path.name)))
    assert len(offers(rows)) + len(rejections(rows)) == (lines if seen is None else seen)
    assert len(offers(rows)) == understood
    assert {row.field for row in rejections(rows)} == fields
