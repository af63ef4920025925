"""What an offer's page shows besides the offer: others that can be applied for, nearest first, never at the same time."""

from collections.abc import Callable
from datetime import date

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from registry.core import clock
from registry.core.db import Database
from registry.offers.states import CancelReason, Delivery, RunState
from search.embedded import EmbeddedEngine
from search.protocol import SearchEngine
from tests.catalogue.making import make_offer

BERGEN, VOSS, OSLO, TROMSO = "4601", "4621", "0301", "5501"
CANCELLED = {"state": RunState.CANCELLED, "cancel_reason": CancelReason.FEW_APPLICANTS, "cancelled_at": clock.now()}
AUTUMN = {"starts_on": date(2026, 8, 20), "ends_on": date(2026, 12, 10)}
PASSED = {"application_opens_on": date(2026, 1, 5), "application_closes_on": date(2026, 2, 1)}

#: Own runs of the offer -> heading of what is shown besides, titles in order.
CASES = {
    "open": ([AUTUMN], "Lignende tilbud til andre tider", ["Voss vår", "Oslo tidlig"]),
    "cancelled": ([AUTUMN | CANCELLED], "Dette kan du ta i stedet", ["Voss vår", "Nett", "Oslo tidlig", "Tromsø høst"]),
    "deadline passed": (
        [AUTUMN | PASSED],
        "Dette kan du ta i stedet",
        ["Voss vår", "Nett", "Oslo tidlig", "Tromsø høst"],
    ),
    "earlier years": (
        [{"term": "2024H"}],
        "Dette kan du ta i stedet",
        ["Voss vår", "Nett", "Oslo tidlig", "Tromsø høst"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_alternatives(
    case: str,
    database: Database,
    engine: EmbeddedEngine,
    index: Callable[[], None],
    browse: Callable[[SearchEngine], FlaskClient],
) -> None:
    runs, heading, titles = CASES[case]
    with database.write() as session:
        make_offer(
            session, "Kor", key="kor", subject_code="musikk", runs=tuple({"places": (BERGEN,), **run} for run in runs)
        )
        others = {
            "Tromsø høst": ({**AUTUMN, "places": (TROMSO,)},),
            "Nett": ({"delivery": Delivery.ONLINE},),  # without dates: the whole autumn
            "Oslo tidlig": ({"places": (OSLO,), "starts_on": date(2026, 5, 1), "ends_on": date(2026, 8, 19)},),
            # The nearest run is at the same time; the other one is not.
            "Voss vår": ({**AUTUMN, "places": (VOSS,)}, {"term": "2027V", "places": (VOSS,)}),
            "Avlyst": ({"places": (BERGEN,), **CANCELLED},),
            "For sent": ({"places": (BERGEN,), **PASSED},),
        }
        for title, theirs in others.items():
            make_offer(session, title, subject_code="musikk", runs=theirs)
        make_offer(session, "Annet fag", subject_code="norsk", runs=({"places": (BERGEN,)},))
    index()
    page = BeautifulSoup(browse(engine).get("/nb/tilbud/kor/kor").text, "html5lib")
    section = page.select_one("section[aria-labelledby=alternatives]")
    assert section is not None
    assert section.h2.get_text(strip=True) == heading
    cards = {one.h3.get_text(strip=True): one.get_text(" ", strip=True) for one in section.select("article")}
    assert list(cards) == titles
    assert "Vestland · Voss" in cards["Voss vår"]
    assert "km" in cards["Voss vår"]
    assert ("vår 2027" if case == "open" else "20. august 2026") in cards["Voss vår"]
    assert "Søknadsdatoer ikke oppgitt" in cards["Oslo tidlig"]
    assert ("1 av dem er på nett" in section.get_text()) == ("Nett" in titles)
    assert ("samtidig" in section.get_text()) == (case == "open")


FITTING = {
    "Norsk 1 5-10": ("Norsk 1 8-10", "Norsk uten trinn"),
    "Norsk 2 5-10": ("Norsk uten trinn",),
    "Norsk 3 11-13": ("Norsk uten trinn",),
}


@pytest.mark.parametrize("title", FITTING)
def test_who_is_to_take_part_one_is_not_sent_to_part_two_or_to_other_years(
    title: str,
    database: Database,
    engine: EmbeddedEngine,
    index: Callable[[], None],
    browse: Callable[[SearchEngine], FlaskClient],
) -> None:
    others = {
        "Norsk 1 8-10": (1, "8-10"),
        "Norsk 1 1-7": (1, "1-7"),
        "Norsk 2 1-7": (2, "1-7"),
        "Norsk uten trinn": (None, None),
    }
    step, years = title.split()[1:]
    with database.write() as session:
        make_offer(session, title, key="asked", subject_code="norsk", step=int(step), school_years=years)
        for other, (part, span) in others.items():
            make_offer(session, other, subject_code="norsk", step=part, school_years=span, runs=({"term": "2027H"},))
    index()
    page = BeautifulSoup(browse(engine).get("/nb/tilbud/asked", follow_redirects=True).text, "html5lib")
    cards = page.select("section[aria-labelledby=alternatives] article h3")
    assert {one.get_text(strip=True) for one in cards} == set(FITTING[title])


def test_where_no_other_fits_the_subject_is_shown_all_the_same(
    database: Database,
    engine: EmbeddedEngine,
    index: Callable[[], None],
    browse: Callable[[SearchEngine], FlaskClient],
) -> None:
    with database.write() as session:
        make_offer(session, "Norsk 1", key="asked", subject_code="norsk", step=1)
        make_offer(session, "Norsk 2", subject_code="norsk", step=2, runs=({"term": "2027H"},))
    index()
    page = BeautifulSoup(browse(engine).get("/nb/tilbud/asked", follow_redirects=True).text, "html5lib")
    cards = page.select("section[aria-labelledby=alternatives] article h3")
    assert [one.get_text(strip=True) for one in cards] == ["Norsk 2"]


def test_an_offer_with_nothing_but_cancelled_runs_says_so(
    database: Database,
    engine: EmbeddedEngine,
    index: Callable[[], None],
    browse: Callable[[SearchEngine], FlaskClient],
) -> None:
    with database.write() as session:
        make_offer(session, "Kor", key="kor", runs=(AUTUMN | CANCELLED,))
        make_offer(session, "Korps", key="korps", runs=(AUTUMN | PASSED,))
    index()
    client = browse(engine)
    assert "Alt som var meldt, er avlyst eller utsatt" in client.get("/nb/tilbud/kor/kor").text
    assert "Søknadsfristen er ute" in client.get("/nb/tilbud/korps/korps").text.partition("ds-alert")[2]


def test_where_the_engine_is_away_the_page_stands_without(
    database: Database, away: SearchEngine, browse: Callable[[SearchEngine], FlaskClient]
) -> None:
    with database.write() as session:
        make_offer(session, "Kor", key="kor", subject_code="musikk")
    answer = browse(away).get("/nb/tilbud/kor/kor")
    assert answer.status_code == 200
    assert 'id="alternatives"' not in answer.text


def test_side_by_side_the_next_start_is_one_that_will_be_taught(
    database: Database,
    engine: EmbeddedEngine,
    index: Callable[[], None],
    browse: Callable[[SearchEngine], FlaskClient],
) -> None:
    past = {"term": "2024H", "places": (OSLO,), "state": RunState.COMPLETED}
    with database.write() as session:
        make_offer(session, "Kor", key="past", runs=(past,))
        make_offer(session, "Kor", key="cancelled", runs=(AUTUMN | CANCELLED | {"places": (OSLO,)}, past))
        make_offer(session, "Kor", key="closed", runs=(AUTUMN | PASSED, past))
        make_offer(session, "Kor", key="open", runs=({"term": "2027V"}, AUTUMN | PASSED))
        begun = {"term": "2026V", "starts_on": date(2026, 1, 24), "ends_on": date(2026, 6, 1)}
        make_offer(session, "Kor", key="begun", runs=(begun,))
    index()
    client = browse(engine)
    begun_too = BeautifulSoup(client.get("/nb/sammenlign?id=begun&id=open").text, "html5lib")
    starts = begun_too.find("th", string="Neste oppstart").parent
    assert [td.get_text() for td in starts.select("td")] == ["Ingen meldt", "vår 2027"]
    address = "/nb/sammenlign?id=past&id=cancelled&id=closed&id=open"
    page = BeautifulSoup(client.get(address).text, "html5lib")
    rows = {tr.th.get_text(): [td.get_text() for td in tr.select("td")] for tr in page.select("tbody tr")}
    assert rows["Neste oppstart"] == ["Ingen meldt", "Ingen meldt", "20. august 2026", "vår 2027"]
    assert rows["Søknad"] == ["–", "–", "Søknadsfristen er ute", "Søknadsdatoer ikke oppgitt"]
    assert "Sted" not in rows, "no place of what is not to be taught"
