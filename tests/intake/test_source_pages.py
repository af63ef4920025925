"""Pages of sources: how each is, who may see and do what, and what is said of an address that may not be."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from registry.core import clock
from registry.core.db import Database
from registry.intake.models import Fetch, Source
from registry.intake.operations import add_source
from registry.intake.presenting import sources
from registry.intake.source_checks import SourceDraft
from registry.intake.states import FetchOutcome
from tests.intake.deliveries import Feed, dbh, operator, rows, sheet, staff
from tests.intake.pages import As, organisation, soup, words

LIST = "/nb/innhenting/kilder"
FORM = {
    "name": "Kurskatalogen", "format": "ooapi", "provider": "", "url": "https://kurs.example.no/v5?nokkel=hemmelig",
    "walk": "ooapi", "every_minutes": "60", "auth": "none", "secret_name": "",
}  # fmt: skip


def added(database: Database, **more: Any) -> int:
    draft = SourceDraft(**{"name": "Katalogen", "format": "ooapi", "url": "https://a.example.no/k?n=hemmelig", **more})
    with database.write() as session:
        return add_source(session, operator(), draft).pk


def fetched(database: Database, source: int, outcome: FetchOutcome, hours: float, message: str | None = None) -> None:
    at = clock.now() - timedelta(hours=hours)
    with database.write() as session:
        session.add(
            Fetch(
                source_id=source, scheduled_for=at, started_at=at, finished_at=at + timedelta(seconds=3),
                outcome=outcome, message=message, bytes=12_000,
            )
        )  # fmt: skip


def test_the_list_puts_what_fails_first(database: Database, client_as: As) -> None:
    good, bad, late, resting = (added(database, name=name, every_minutes=60) for name in ("A", "B", "C", "D"))
    fetched(database, good, FetchOutcome.TAKEN, 0.5)
    fetched(database, bad, FetchOutcome.TAKEN, 3)
    fetched(database, bad, FetchOutcome.FAILED, 1, "Kilden svarte ikke.")
    fetched(database, late, FetchOutcome.UNCHANGED, 5)
    client = client_as(operator())
    assert client.post(f"{LIST}/{resting}/pause").status_code == 302
    page = soup(client.get(LIST))
    assert [link.text for link in page.select("tbody th a")] == ["B", "C", "A", "D"]
    said = words(client.get(LIST))
    for text in ("Feiler", "Forsinket", "I orden", "På pause", "for 2 timer siden", "hver time"):
        assert text in said


def test_a_source_tells_of_its_fetches_and_changes(feed: Feed, database: Database, client_as: As) -> None:
    source = added(database, every_minutes=60)
    fetched(database, source, FetchOutcome.TAKEN, 5)
    fetched(database, source, FetchOutcome.FAILED, 1, "Kilden svarte ikke.")
    said = words(client_as(operator()).get(f"{LIST}/{source}"))
    for text in (
        "Den siste hentingen gikk ikke",
        "Kilden svarte ikke.",
        "De skal ikke være eldre enn 2 timer",
        "Lagt til",
    ):
        assert text in said
    assert "hemmelig" not in said  # an address may hold a key


def test_it_is_asked_for_paused_and_taken_up_again(database: Database, client_as: As) -> None:
    source = added(database)
    client = client_as(operator())
    assert client.post(f"{LIST}/{source}/hent").status_code == 302
    assert "Kilden hentes om litt" in words(client.get(f"{LIST}/{source}"))
    assert client.post(f"{LIST}/{source}/hent").status_code == 409
    assert client.post(f"{LIST}/{source}/pause").status_code == 302
    assert "Ta opp igjen" in words(client.get(f"{LIST}/{source}"))
    assert client.post(f"{LIST}/{source}/fortsett").status_code == 302
    [found] = rows(database, select(Source))
    assert (found.paused_at, found.wanted_at) == (None, None)


def test_a_source_is_added_and_changed(database: Database, client_as: As) -> None:
    client = client_as(operator())
    assert client.get(f"{LIST}/ny").status_code == 200
    assert client.post(f"{LIST}/ny", data=FORM).status_code == 302
    [source] = rows(database, select(Source))
    assert (source.key, source.every_minutes, source.url) == ("ooapi:kurskatalogen", 60, FORM["url"])
    assert "med dette formatet og dette navnet" in words(client.post(f"{LIST}/ny", data=FORM), 400)
    address = f"{LIST}/{source.pk}/endre"
    assert soup(client.get(address)).select_one("input[name=url]")["value"] == FORM["url"]
    assert client.post(address, data={**FORM, "version": "1", "every_minutes": "180"}).status_code == 302
    assert "Noen andre har endret kilden" in words(client.post(address, data={**FORM, "version": "1"}), 400)
    assert "hver 3. time" in words(client.get(f"{LIST}/{source.pk}"))


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/x", "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/",
        "https://10.0.0.8/k", "https://169.254.169.254/latest/meta-data", "https://[::1]/", "https://[fe80::1%25eth0]/",
        "https://[::ffff:10.0.0.1]/", "https://100.64.0.1/", "https://tjener.internal/x", "https://0177.0.0.1/",
    ],
)  # fmt: skip
def test_a_closed_address_is_refused_in_words(database: Database, client_as: As, url: str) -> None:
    said = words(client_as(operator()).post(f"{LIST}/ny", data={**FORM, "url": url}), 400)
    assert "lukket nett" in said
    assert not rows(database, select(Source))


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("url", "http://kurs.example.no/", "begynne med https://"),
        ("url", "https://ola:hemmelig@kurs.example.no/", "Navn og passord skal ikke stå i adressen"),
        ("url", "https://[::1", "kan ikke leses"),
        ("secret_name", "HEMMELIG", "Velg hvordan nøkkelen vises"),
        ("name", "", "Fyll ut"),
    ],
)
def test_what_is_wrong_stands_at_its_field(client_as: As, field: str, value: str, told: str) -> None:
    page = soup(client_as(operator()).post(f"{LIST}/ny", data={**FORM, field: value}), 400)
    error = page.select_one(f"#{field}-error")
    assert error is not None
    assert told in error.text


def test_staff_see_their_own_alone_and_change_none(feed: Feed, database: Database, client_as: As) -> None:
    own_provider, other = organisation(database, "1150"), organisation(database, "0238")
    own, foreign = added(database, name="Vår", provider=own_provider), added(database, name="Deres", provider=other)
    everyones = added(database, name="Alles")
    client = client_as(staff(own_provider))
    assert [link.text for link in soup(client.get(LIST)).select("tbody th a")] == ["Vår"]
    said = words(client.get(f"{LIST}/{own}"))
    assert "Hent nå" in said
    assert "Endre kilden" not in said
    assert client.post(f"{LIST}/{own}/hent").status_code == 302
    for source in (foreign, everyones, 9_999):
        assert client.get(f"{LIST}/{source}").status_code == 404
        assert client.post(f"{LIST}/{source}/hent").status_code == 404
    for address in ("ny", f"{own}/endre"):
        assert client.get(f"{LIST}/{address}").status_code == 403
    assert client.post(f"{LIST}/{own}/pause").status_code == 403


def test_sources_that_people_upload_have_a_page_too(feed: Feed, database: Database, client_as: As) -> None:
    feed.sheet(*(sheet(f"T{n}") for n in range(10)))
    feed.sheet(sheet("T1"))
    feed.dbh(dbh())
    client = client_as(operator())
    first = soup(client.get(LIST)).select("tbody tr")[0].get_text(" ")
    assert "Noen må se på den" in first
    held = rows(database, select(Source).where(Source.format == "offers-sheet"))[0].pk
    said = words(client.get(f"{LIST}/{held}"))
    assert "Kilden har ingen adresse" in said
    assert "Se hva som vil skje, og avgjør" in said
    assert client.get(f"{LIST}/{held}/endre").status_code == 404


@pytest.mark.parametrize(
    ("minutes", "told"),
    [(None, "bare når noen ber om det"), (15, "hvert 15. minutt"), (60, "hver time"), (180, "hver 3. time"),
     (1440, "hvert døgn"), (10_080, "hvert 7. døgn")],
)  # fmt: skip
def test_how_often_is_said_in_words(app: Any, minutes: int | None, told: str) -> None:
    with app.test_request_context("/nb/innhenting"):
        assert sources.often(minutes) == told


def test_spans_are_said_in_their_largest_unit(app: Any) -> None:
    now = clock.now()
    with app.test_request_context("/nb/innhenting"):
        said = [sources.ago(now - timedelta(minutes=each), now) for each in (0, 1, 59, 60, 2_879, 2_880)]
        assert sources.ago(None, now) == "aldri"
    assert [each.removeprefix("for ").removesuffix(" siden") for each in said] == [
        "0 minutter", "1 minutt", "59 minutter", "1 time", "47 timer", "2 døgn",
    ]  # fmt: skip
