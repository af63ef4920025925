"""From a saved search to a letter in the mailbox, and one click that ends it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from sqlmodel import select

from registry.access.models import Person
from registry.access.roles import Role
from registry.catalogue.documents import build_documents
from registry.catalogue.jobs import tell_followers
from registry.catalogue.models import SavedSearch
from registry.core import clock
from registry.core.db import Database
from registry.messages.delivering import deliver
from registry.offers.models import Offer, Run
from registry.offers.states import CancelReason, OfferState, RunState
from registry.people import operations as people
from registry.people.views import SESSION_COOKIE
from registry.rules.models import Rule
from search.embedded import EmbeddedEngine
from search.protocol import SearchEngine
from tests.catalogue.making import make_offer, make_run
from tests.messages.sink import Sink, open_sink, part
from tests.site import Site, Visitor, open_site

KARI = "kari@skole.example"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def travel() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def site(database: Database, travel: time_machine.Traveller, tmp_path: Path) -> Iterator[Site]:
    with database.write() as session:
        make_offer(
            session, "Norsk 1", key="norsk", subject_code="norsk",
            runs=({"key": "norsk-h", "places": ("4601",), "application_opens_on": date(2026, 3, 10),
                   "application_closes_on": date(2026, 4, 15)},),
        )  # fmt: skip
        make_offer(session, "Dans", key="dans", runs=({"key": "dans-h"},))
    with open_site(database, tmp_path, public_url="http://localhost") as opened:
        tell_index(opened)
        yield opened


@pytest.fixture
def sink() -> Iterator[Sink]:
    with open_sink() as opened:
        yield opened


def again(site: Site, visitor: Visitor) -> None:
    """A session lasts a day at most: signed in once more."""
    with site.database.write() as session:
        visitor.client.set_cookie(SESSION_COOKIE, people.sign_in(session, visitor.person or 0))


def tell_index(site: Site) -> None:
    with site.database.read() as session:
        site.search.rebuild(build_documents(session))


@pytest.fixture
def kari(site: Site) -> Visitor:
    """Signed in, with an address, and following what is found for «norsk»."""
    visitor = site.signed_in(Role.SEARCHER)
    visitor.post("/nb/mine-lagrede-sok/adresse", epost=f" {KARI} ")
    page = visitor.page("/nb/tilbud?q=Norsk&sorter=frist")
    answer = visitor.press(page, "Lagre søket", navn="Norsk på kveldstid", rytme="daily")
    assert (answer.status_code, answer.location) == (303, "/nb/mine-lagrede-sok")
    return visitor


@pytest.fixture
def morning(site: Site, travel: time_machine.Traveller, sink: Sink) -> Callable[..., dict[str, Any]]:
    """The next day (or so many): the index is told, the job runs, the mail goes out. What the job said."""

    def pass_night(days: int = 1) -> dict[str, Any]:
        travel.shift(timedelta(days=days))
        tell_index(site)
        said = dict(tell_followers(site.database, site.search))
        deliver(site.database, site.settings.model_copy(update={"mail_url": sink.url}))
        return said

    return pass_night


def saved(site: Site) -> SavedSearch:
    with site.database.read() as session:
        return session.exec(select(SavedSearch)).one()


def change(site: Site, key: str, **values: Any) -> None:
    with site.database.write() as session:
        run = session.exec(select(Run).where(Run.key == key)).one()
        for name, value in values.items():
            setattr(run, name, value)
        run.version += 1


def test_a_search_is_saved_as_its_normal_address(site: Site, kari: Visitor) -> None:
    row = saved(site)
    assert (row.query, row.name, row.rhythm, row.language) == ("q=Norsk", "Norsk på kveldstid", "daily", "nb")
    assert row.expires_on == date(2027, 3, 1)
    page = kari.page("/nb/mine-lagrede-sok").get_text()
    assert "Norsk på kveldstid" in page
    assert f"E-post sendes til {KARI}" in page


def test_saving_again_renews_and_doubles_nothing(site: Site, kari: Visitor) -> None:
    kari.post("/nb/lagre-sok", q="Norsk", navn="Nytt navn", rytme="weekly")
    assert (saved(site).name, saved(site).rhythm) == ("Nytt navn", "weekly")


def test_where_nothing_is_new_nobody_is_written_to(kari: Visitor, morning: Callable[..., Any], sink: Sink) -> None:
    assert morning() == {"looked_at": 1, "told": 0, "failed": 0, "forgotten": 0}
    assert sink.mails == []


def test_everything_new_comes_in_one_letter_in_ones_own_words(
    site: Site, kari: Visitor, morning: Callable[..., Any], sink: Sink
) -> None:
    with site.database.write() as session:
        make_run(session, session.exec(select(Offer).where(Offer.key == "norsk")).one(), places=("4640",))
        make_offer(session, "Norsk <2>", key="norsk2", subject_code="norsk")
        make_offer(session, "Keramikk", key="keramikk")
    change(site, "norsk-h", starts_on=date(2026, 8, 20))
    assert morning()["told"] == 1
    [mail] = sink.mails
    assert (mail["To"], mail["Subject"]) == (KARI, "Nytt om 2 tilbud: Norsk på kveldstid")
    text = part(mail, "plain")
    for said in ("Ny studiestart: høst 2026, Bergen. Starter 20. august 2026.", "Nytt studiested: høst 2026, Sogndal.",
                 "Nytt tilbud: høst 2026.", "http://localhost/nb/tilbud/norsk/norsk-1", "http://localhost/nb/tilbud?q=Norsk"):  # fmt: skip
        assert said in text, said
    assert "Keramikk" not in text
    assert "Norsk &lt;2&gt;" in part(mail, "html")
    morning()
    assert len(sink.mails) == 1, "told once"


def test_what_is_told_on_its_day(site: Site, kari: Visitor, morning: Callable[..., Any], sink: Sink) -> None:
    """Opens on 10 March, deadline 15 April; cancelled on 5 April."""
    for days in (8, 1, 1, 20, 1, 1):  # the 9th, 10th, 11th and 31st of March, the 1st and 2nd of April
        morning(days)
    lost = {"cancel_reason": CancelReason.FEW_APPLICANTS, "cancelled_at": clock.now()}
    change(site, "norsk-h", state=RunState.CANCELLED, **lost)
    morning(3)
    days = [mail["Date"].datetime.date() for mail in sink.mails]
    assert days == [date(2026, 3, 10), date(2026, 4, 1), date(2026, 4, 5)]
    opens, deadline, cancelled = (part(mail, "plain") for mail in sink.mails)
    assert "Åpnet for søknad: høst 2026, Bergen. Søknadsfrist 15. april 2026." in opens
    assert "Fristen nærmer seg: høst 2026, Bergen. Søknadsfrist 15. april 2026." in deadline
    assert "Avlyst: høst 2026, Bergen." in cancelled


def test_what_is_not_there_yet_can_be_followed_too(site: Site, morning: Callable[..., Any], sink: Sink) -> None:
    visitor = site.signed_in(Role.SEARCHER)
    visitor.post("/nb/mine-lagrede-sok/adresse", epost=KARI)
    assert not site.visitor().page("/nb/tilbud?q=keramikk").select("form[action$=lagre-sok]")
    page = visitor.page("/nb/tilbud?q=keramikk")
    assert page.h1.get_text(strip=True) == "Ingen tilbud for «keramikk»"
    assert [link["href"] for link in page.select("#results .follow a")] == [
        "/nb/tilbud.ics?q=keramikk", "/nb/tilbud.atom?q=keramikk",
    ]  # fmt: skip
    assert not page.select_one("[data-search-name]").get("data-search-name"), "nothing to look at again"
    assert visitor.press(page, "Lagre søket").status_code == 303
    with site.database.write() as session:
        make_offer(session, "Keramikk", key="keramikk")
    assert morning(7)["told"] == 1
    assert "Nytt tilbud: høst 2026." in part(sink.mails[0], "plain")


def test_an_offer_that_is_discontinued_is_told_of(
    site: Site, kari: Visitor, morning: Callable[..., Any], sink: Sink
) -> None:
    with site.database.write() as session:
        offer = session.exec(select(Offer).where(Offer.key == "norsk")).one()
        offer.state, offer.discontinued_on, offer.discontinue_reason = (
            OfferState.DISCONTINUED,
            date(2026, 3, 1),
            "other",
        )
    morning()
    assert "Tilbudet er lagt ned." in part(sink.mails[0], "plain")


def test_weekly_is_weekly(site: Site, kari: Visitor, morning: Callable[..., Any], sink: Sink) -> None:
    page = kari.page("/nb/mine-lagrede-sok")
    kari.press(page, "Lagre endringen", rytme="weekly")
    looked = [morning()["looked_at"] for _ in range(9)]
    assert [day for day, count in enumerate(looked, start=1) if count] == [1, 8]


def test_nobody_is_woken_at_night(site: Site, kari: Visitor, travel: time_machine.Traveller) -> None:
    travel.move_to(datetime(2026, 3, 3, 4, 59, tzinfo=UTC))
    assert tell_followers(site.database, site.search) == {"skipped": "night"}
    travel.shift(timedelta(minutes=1))
    assert dict(tell_followers(site.database, site.search))["looked_at"] == 1


def test_the_end_is_announced_once_and_can_be_put_off_without_signing_in(
    site: Site, kari: Visitor, morning: Callable[..., Any], sink: Sink
) -> None:
    morning(365 - 14)
    morning()
    ends = [mail for mail in sink.mails if "slutter" in mail["Subject"]]
    assert [mail["Subject"] for mail in ends] == ["Varslene slutter 1. mars 2027: Norsk på kveldstid"]
    path = f"/nb/varsel/{saved(site).token}"
    assert f"http://localhost{path}" in part(ends[0], "plain")
    stranger = site.visitor()
    stranger.press(stranger.page(path), "Forleng")
    assert saved(site).expires_on == clock.today() + timedelta(days=365)
    assert stranger.get("/nb/mine-lagrede-sok").status_code == 302, "the link opens nothing else"


def test_past_its_end_a_search_rests(site: Site, kari: Visitor, morning: Callable[..., Any]) -> None:
    morning(365)
    assert saved(site).stopped_at is not None
    assert morning()["looked_at"] == 0
    again(site, kari)
    assert "Varsler ikke" in kari.page("/nb/mine-lagrede-sok").get_text()


def test_one_click_stops_the_mail_without_signing_in(
    site: Site, kari: Visitor, morning: Callable[..., Any], sink: Sink
) -> None:
    """As a mail program does it (RFC 8058): the header's address, that very body, no cookie and no token of a form."""
    change(site, "norsk-h", starts_on=date(2026, 8, 20))
    morning()
    [mail] = sink.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = urlsplit(mail["List-Unsubscribe"].strip("<>")).path
    assert path in part(mail, "plain")
    program = site.app.test_client()
    assert program.get(path).status_code == 200
    assert saved(site).stopped_at is None, "a program that looks ahead stops nothing"
    for _ in range(2):
        assert program.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 303
    assert saved(site).stopped_at is not None
    change(site, "norsk-h", starts_on=date(2026, 9, 1))
    morning()
    assert len(sink.mails) == 1
    assert program.post("/nb/varsel/guessed", data={"List-Unsubscribe": "One-Click"}).status_code == 404


def test_stopping_and_starting_on_ones_own_page(site: Site, kari: Visitor) -> None:
    kari.press(kari.page("/nb/mine-lagrede-sok"), "Lagre endringen", rytme="never", navn="Norsk")
    assert (saved(site).stopped_at is not None, saved(site).name) == (True, "Norsk")
    kari.press(kari.page("/nb/mine-lagrede-sok"), "Lagre endringen", rytme="daily")
    assert saved(site).stopped_at is None
    kari.press(kari.page("/nb/mine-lagrede-sok"), "Lagre endringen", navn="  ")
    assert "Gi søket et navn." in kari.page("/nb/mine-lagrede-sok").get_text()


def test_removing_can_be_undone_for_a_day(site: Site, kari: Visitor, morning: Callable[..., Any]) -> None:
    kari.press(kari.page("/nb/mine-lagrede-sok"), "Slett")
    page = kari.page("/nb/mine-lagrede-sok")
    assert "Ingen lagrede søk" in page.get_text()
    assert site.visitor().get(f"/nb/varsel/{saved(site).token}").status_code == 404
    kari.press(page, "Angre")
    assert "Norsk på kveldstid" in kari.page("/nb/mine-lagrede-sok").get_text()
    assert morning()["looked_at"] == 1
    again(site, kari)
    kari.press(kari.page("/nb/mine-lagrede-sok"), "Slett")
    assert morning(2)["forgotten"] == 1


def test_a_removed_search_that_was_stopped_stays_stopped_when_it_is_back(site: Site, kari: Visitor) -> None:
    kari.press(kari.page("/nb/mine-lagrede-sok"), "Lagre endringen", rytme="never")
    kari.press(kari.page("/nb/mine-lagrede-sok"), "Slett")
    kari.press(kari.page("/nb/mine-lagrede-sok"), "Angre")
    assert saved(site).next_look_on is None


def test_somebody_elses_search_is_not_found(site: Site, kari: Visitor) -> None:
    number, other = saved(site).pk, site.signed_in(Role.OPERATOR)
    assert "Norsk" not in other.page("/nb/mine-lagrede-sok").main.get_text()
    for path in (f"/nb/mine-lagrede-sok/{number}", f"/nb/mine-lagrede-sok/{number}/angre"):
        assert other.post(path, navn="Mitt").status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Skriv et ord eller velg et filter"),
        ({"q": "norsk", "navn": ""}, "Gi søket et navn."),
        ({"tilbyder": [f"{'x' * 70}{number}" for number in range(30)]}, "for mange filtre"),
    ],
)
def test_what_cannot_be_followed_is_explained(site: Site, fields: dict[str, Any], said: str) -> None:
    visitor = site.signed_in(Role.SEARCHER)
    answer = visitor.post("/nb/lagre-sok", **{"navn": "Alt", "rytme": "daily", **fields})
    assert said in visitor.page(answer.location).get_text()
    with site.database.read() as session:
        assert session.exec(select(SavedSearch)).all() == []


def test_a_search_that_finds_too_much_must_be_narrowed(site: Site) -> None:
    with site.database.write() as session:
        session.exec(select(Rule).where(Rule.code == "FOLLOW_MOST_OFFERS")).one().number = 1
    visitor = site.signed_in(Role.SEARCHER)
    answer = visitor.post("/nb/lagre-sok", termin="2026H", navn="Alt")
    assert "Søket finner 2 tilbud. Avgrens det til høyst 1." in visitor.page(answer.location).get_text()


def test_who_has_no_address_is_asked_for_one_and_told_nothing_meanwhile(
    site: Site, morning: Callable[..., Any], sink: Sink
) -> None:
    visitor = site.signed_in(Role.SEARCHER)
    visitor.post("/nb/lagre-sok", q="norsk", navn="Norsk", rytme="daily")
    page = visitor.page("/nb/mine-lagrede-sok")
    assert "Vi har ingen adresse å sende til" in page.get_text()
    visitor.press(page, "Lagre adressen", epost="kari")
    assert "Skriv en gyldig e-postadresse." in visitor.page("/nb/mine-lagrede-sok").get_text()
    change(site, "norsk-h", starts_on=date(2026, 8, 20))
    assert morning()["told"] == 0
    with site.database.read() as session:
        assert session.exec(select(Person.email)).all() == [None]


def test_who_has_left_is_written_to_no_more(site: Site, kari: Visitor, morning: Callable[..., Any], sink: Sink) -> None:
    with site.database.write() as session:
        session.exec(select(Person).where(Person.email == KARI)).one().deactivated_at = clock.now()
    change(site, "norsk-h", starts_on=date(2026, 8, 20))
    assert morning()["told"] == 0


def test_with_the_engine_away_everything_waits(
    site: Site,
    kari: Visitor,
    morning: Callable[..., Any],
    sink: Sink,
    away: SearchEngine,
    travel: time_machine.Traveller,
) -> None:
    change(site, "norsk-h", starts_on=date(2026, 8, 20))
    travel.shift(timedelta(days=1))
    assert dict(tell_followers(site.database, away)) == {"looked_at": 0, "told": 0, "failed": 0, "forgotten": 0}
    assert morning()["told"] == 1, "and is told the day after"


def test_saving_with_the_engine_away_says_so(
    database: Database, site: Site, away: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site.search, "search", away.search)
    visitor = site.signed_in(Role.SEARCHER)
    answer = visitor.post("/nb/lagre-sok", q="norsk", navn="Norsk")
    assert "Søket kan ikke lagres akkurat nå." in visitor.page(answer.location).get_text()


def test_one_search_that_fails_stops_no_other(
    site: Site, kari: Visitor, morning: Callable[..., Any], sink: Sink
) -> None:
    kari.post("/nb/lagre-sok", q="dans", navn="Dans", rytme="daily")
    with site.database.write() as session:
        session.exec(select(SavedSearch).where(SavedSearch.query == "q=Norsk")).one().seen = {"norsk": {"norsk-h": {}}}
    change(site, "dans-h", starts_on=date(2026, 8, 20))
    assert morning() == {"looked_at": 1, "told": 1, "failed": 1, "forgotten": 0}
    assert sink.mails[0]["Subject"] == "Nytt om 1 tilbud: Dans"


def test_a_search_from_before_it_was_followed_learns_first(
    site: Site, kari: Visitor, morning: Callable[..., Any], sink: Sink
) -> None:
    with site.database.write() as session:
        session.exec(select(SavedSearch)).one().seen = None
    assert morning() == {"looked_at": 1, "told": 0, "failed": 0, "forgotten": 0}
    assert saved(site).seen


def test_a_letter_is_in_the_language_the_search_was_saved_in(
    site: Site, morning: Callable[..., Any], sink: Sink
) -> None:
    visitor = site.signed_in(Role.SEARCHER)
    visitor.post("/nn/mine-lagrede-sok/adresse", epost=KARI)
    visitor.post("/nn/lagre-sok", q="norsk", navn="Norsk", rytme="daily")
    change(site, "norsk-h", starts_on=date(2026, 8, 20))
    morning()
    assert "Endre namn eller kor ofte" in part(sink.mails[0], "plain")
    assert "/nn/tilbud/norsk/norsk-1" in part(sink.mails[0], "html")
