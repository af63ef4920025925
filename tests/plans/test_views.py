"""The owner's pages."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from registry.access.roles import Role
from registry.core.db import Database
from registry.plans import operations, queries
from registry.plans.models import MoneyKind
from registry.plans.operations import Need
from tests.applications import making
from tests.site import Site, Visitor, open_site


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        yield opened


@pytest.fixture
def owner(site: Site) -> Visitor:
    return site.signed_in(Role.OWNER, organisation=making.OWNER)


def test_plan_and_money_of_ones_own(site: Site, owner: Visitor) -> None:
    assert "Ingen plan for dette året" in owner.page("/nb/eier").text
    with site.database.write() as session:
        cast = making.cast(session)
        pk = cast.organisations[making.OWNER]
        operations.save_plan(session, cast.owner, pk, 2026, [Need("kvensk", 3, 1)])
        operations.book_money(session, cast.owner, pk, 2026, MoneyKind.GRANT_RECEIVED, Decimal(750_000))
    page = owner.page("/nb/eier?ar=2026").text
    assert "Kvensk" in page
    assert "750" in page
    assert "Tilskuddet dekker 75 % av kostnaden" in page
    assert owner.get("/nb/eier?eier=kommune-5001").status_code == 404


@pytest.mark.parametrize("path", ["/nb/eier", "/nb/eier/plan", "/nb/eier/midler"])
def test_the_pages_are_the_owners(site: Site, path: str) -> None:
    assert site.signed_in(Role.COORDINATOR).get(path).status_code == 403
    assert site.visitor().get(path).status_code == 302


NEED = {"subject": "kvensk", "setting": "kindergarten", "role": "teacher", "heads": "3", "priority": "1"}
HERE = "/nb/eier/plan?ar=2027"
KVENSK = "behov=kvensk|kindergarten|teacher"


def _rows(page: BeautifulSoup) -> list[list[str]]:
    """The table's cells, without the last."""
    rows = page.select("tbody tr")
    return [[cell.get_text(" ", strip=True) for cell in row.find_all(["th", "td"])][:-1] for row in rows]


def test_a_plan_is_written_line_by_line(owner: Visitor) -> None:
    """One more, another in its place, one less and back again, and in."""
    page = owner.page(HERE)
    assert "Planen har ingen behov ennå" in page.text
    owner.press(page, "Lagre behovet", **NEED)
    owner.press(page, "Lagre behovet", subject="norsk", heads="12")
    page = owner.page(HERE)
    assert _rows(page) == [
        ["Kvensk", "Barnehage", "Lærer", "3", "1 – haster mest"],
        ["Norsk", "Alle", "Alle", "12", "3 – vanlig"],
    ]
    assert "Planen har 2 behov, for 15 personer." in page.text
    changing = owner.page(page.find("a", string="Endre")["href"])
    owner.press(changing, "Lagre behovet", heads="4")
    page = owner.page(HERE)
    assert _rows(page)[0][3] == "4"
    gone = page.select_one("tbody form")
    assert owner.post(gone["action"]).status_code == 303
    page = owner.page(HERE)
    assert "Behovet for 4 personer i Kvensk er fjernet." in page.text
    assert len(_rows(page)) == 1
    owner.press(page, "Angre")
    page = owner.page(HERE)
    assert _rows(page)[0] == ["Kvensk", "Barnehage", "Lærer", "4", "1 – haster mest"]
    owner.press(page, "Send inn planen")
    assert "Sendt inn" in owner.page("/nb/eier?ar=2027").text


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"subject": ""}, 400, "Fyll ut dette feltet."),
        ({"subject": "astrologi"}, 400, "Velg ett av alternativene."),
        ({"heads": "0"}, 400, "Tallet må være mellom 1 og 100000."),
        ({"heads": "mange"}, 400, "Skriv et helt tall."),
        ({"heads": "5"}, 409, "Planen har et behov for dette faget og denne målgruppen fra før."),
    ],
)
def test_what_a_need_cannot_be_is_told_beside_the_field(
    owner: Visitor, wrong: dict[str, str], status: int, said: str
) -> None:
    owner.post(HERE, **NEED)
    answer = owner.post(HERE, **NEED | wrong)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert len(_rows(owner.page(HERE))) == 1


def test_a_need_that_somebody_else_took_away_is_not_written_over(owner: Visitor) -> None:
    owner.post(HERE, **NEED)
    away = f"/nb/eier/plan/fjern?ar=2027&{KVENSK}"
    assert owner.post(away).status_code == 303
    assert owner.post(away).status_code == 409
    answer = owner.post(f"{HERE}&{KVENSK}", **NEED | {"heads": "9"})
    assert answer.status_code == 409
    assert "Behovet er endret eller fjernet av noen andre." in answer.text


def test_a_plan_sent_in_twice_is_told_and_stays_with_its_owner(owner: Visitor) -> None:
    owner.post(HERE, **NEED)
    sent = f"/nb/eier/send-inn?eier={making.OWNER}&ar=2027"
    for said in ("Planen er sendt inn.", "Planen er allerede sendt inn."):
        answer = owner.post(sent)
        assert answer.location == f"/nb/eier?eier={making.OWNER}&ar=2027"
        assert said in owner.page(answer.location).text


def test_money_is_booked_and_struck_and_booked_again(owner: Visitor) -> None:
    here = "/nb/eier/midler?ar=2026"
    page = owner.page(here)
    assert "Ingen beløp er ført for dette året" in page.text
    money = {"kind": "grant_received", "amount": "750000", "on": "2026-03-01", "note": "Første del"}
    owner.press(page, "Før beløpet", **money)
    page = owner.page(here)
    assert _rows(page) == [["01.03.2026", "Tilskudd mottatt", "750\xa0000\xa0kr", "Første del"]]
    for wrong, said in (
        ({"amount": "-1"}, "Tallet må være mellom 1 og"),
        ({"amount": "mye"}, "Skriv et tall."),
        ({"on": "2999-01-01"}, "Datoen kan ikke ligge i fremtiden."),
    ):
        answer = owner.post(here, **money | wrong)
        assert (answer.status_code, said in answer.text) == (400, True)
    strike = page.select_one("tbody form")["action"]
    assert owner.post(strike).status_code == 303
    page = owner.page(here)
    assert "er strøket." in page.text
    assert owner.post(strike).status_code == 404
    owner.post(page.select_one(".flash form")["action"])
    assert len(_rows(owner.page(here))) == 1


def test_another_owners_money_is_not_found(site: Site, owner: Visitor) -> None:
    with site.database.write() as session:
        cast = making.cast(session)
        other = cast.organisations[making.OTHER_OWNER]
        line = operations.book_money(session, cast.other_owner, other, 2026, MoneyKind.OWN_SHARE, Decimal(1)).pk
    assert owner.post(f"/nb/eier/midler/{line}/stryk?ar=2026").status_code == 404
    with site.database.read() as session:
        assert len(queries.money_lines(session, other, 2026)) == 1
