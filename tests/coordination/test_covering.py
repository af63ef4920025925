"""Every number of the coverage board leads to the offers that it counts."""

from collections.abc import Iterable
from itertools import product
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import Tag

from registry.coordination.queries import coverage_report
from registry.coordination.queries.desk.covering import cell_of
from registry.core.db import Database
from registry.core.errors import NotFound
from registry.offers.models import OfferSubject, OfferTarget, RunPlace
from registry.offers.states import Delivery
from tests.coordination.country import TODAY, add_offer, add_run
from tests.site import Site

PLACES = ("east", "west", "north", "online", "total")


@pytest.fixture
def taught(database: Database) -> Database:
    """English in Oslo and Bergen, one of the two online too, one for teachers; a second subject; a run that is not published yet."""
    with database.write() as session:
        one = add_offer(session, "1110", "Engelsk 1", subject_code="engelsk")
        session.add(RunPlace(run_id=add_run(session, one, "2027V", places=30).pk, municipality_code="0301"))
        add_run(session, one, "2027V", delivery=Delivery.ONLINE)
        add_run(session, one, "2026H")
        other = add_offer(session, "0238", "Engelsk 2", subject_code="norsk")
        session.add(OfferSubject(offer_id=other.pk, subject_code="engelsk"))
        session.add(OfferTarget(offer_id=other.pk, setting=None, role="teacher"))
        session.add(RunPlace(run_id=add_run(session, other, "2027V").pk, municipality_code="4601"))
    return database


def test_each_number_is_as_many_offers_as_are_listed(taught: Database) -> None:
    with taught.read() as session:
        for term, target in product((None, "2026H", "2027V", "all"), (None, "teacher")):
            asked = {"as_of": TODAY, "term": term, "target": target}
            report = coverage_report(session, **asked)
            rows = {row["code"]: row for row in report["subjects"]}
            for code, place in product(("engelsk", "norsk", "kinesisk"), PLACES):
                cell = cell_of(session, code, place=place, **asked)
                assert (len(cell.offers), cell.term) == (rows[code][place], report["term"]), (code, place, asked)
                assert all(row.runs for row in cell.offers)


def test_runs_are_told_with_where_and_online_is_what_is_online(taught: Database) -> None:
    with taught.read() as session:
        [west] = cell_of(session, "engelsk", as_of=TODAY, place="west", term="2027V").offers
        assert (west.card["title"], [run.places for run in west.runs]) == ("Engelsk 2", [["Bergen"]])
        [online] = cell_of(session, "engelsk", as_of=TODAY, place="online", term="all").offers
        assert [one.run.delivery for one in online.runs] == [Delivery.ONLINE]
        [all_terms] = cell_of(session, "engelsk", as_of=TODAY, place="east", term="all").offers
        assert [one.run.term for one in all_terms.runs] == ["2026H", "2027V", "2027V"]
        with pytest.raises(NotFound):
            cell_of(session, "engelsk", as_of=TODAY, target="nobody")


def links(cells: Iterable[Tag]) -> list[Tag]:
    return [link for cell in cells for link in cell.select("a")]


def test_the_board_leads_there_and_says_whereto(site: Site, taught: Database) -> None:
    visitor = site.visitor()
    board = visitor.page("/nb/samordning/dekning?termin=2027V&malgruppe=teacher")
    [row] = [row for row in board.select("tbody tr") if row.th.get_text(strip=True).startswith("Engelsk")]
    [west, total] = links(row.select("td"))
    assert west.get_text() == "1 – Engelsk, Vest"
    asked = {name: value for name, [value] in parse_qs(urlsplit(west["href"]).query).items()}
    assert asked == {"sted": "west", "termin": "2027V", "malgruppe": "teacher"}
    page = visitor.page(west["href"])
    assert [cell.get_text(strip=True) for cell in page.select("tbody th")] == ["Engelsk 2"]
    assert page.select_one("tbody li").get_text(strip=True) == "vår 2027, stedbasert, Bergen"
    assert "Engelsk, I alt" in total.get_text()
    back = page.find("a", string="Tilbake til dekning")["href"]
    assert parse_qs(urlsplit(back).query) == {"termin": ["2027V"], "malgruppe": ["teacher"]}
    assert "Ingen tilbud her" in visitor.page("/nb/samordning/dekning/kinesisk?sted=north").get_text()
    assert "Engelsk 1" in visitor.page("/nb/samordning/dekning/engelsk?sted=mars&termin=2020V&malgruppe=x").get_text()
    assert visitor.get("/nb/samordning/dekning/finnes-ikke").status_code == 404
