"""What DBH has counted is shown with an offer where it can only be that one's."""

import json
from pathlib import Path
from typing import Any

from sqlmodel import select

from registry.core.db import Database
from registry.intake.operations import import_payloads
from registry.intake.queries.counted import Counted, counted
from registry.intake.views.corrections import counted_panel
from registry.offers.models import Offer
from tests.intake.deliveries import DAY, KEEPER, Feed, dbh


def row(code: str | None = "ENG1", year: int = 2024, **more: Any) -> dict[str, str]:
    told = {"Institusjonskode": "1150", "Årstall": str(year), **({"Studieprogramkode": code} if code else {})}
    return {**told, "Semester": "3", "Søknadsalternativer": "43", "Møtt til studiestart": "21", **more}


def of(database: Database, folder: Path, *rows: dict[str, str], key: str = "1150-eng1") -> list[Counted]:
    path = folder / "379.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    import_payloads(database, KEEPER, "dbh-applicants", [path], as_of=DAY)
    with database.read() as session:
        return counted(session, session.exec(select(Offer).where(Offer.key == key)).one())


def test_a_count_of_the_only_run_is_shown_rounded(feed: Feed, database: Database, tmp_path: Path) -> None:
    feed.dbh(dbh(), dbh("MAT1", "Matematikk 1"), dbh(institution="1110"))
    found = of(database, tmp_path, row(), row("MAT1", Søknadsalternativer="9"), row(None))
    assert [(one.term, dict(one.counts)) for one in found] == [("2024H", {"applied": 45, "started": 20})]
    with database.read() as session:
        elsewhere = session.exec(select(Offer).where(Offer.key == "1110-eng1")).one()
        assert counted(session, elsewhere) == [], "the same code at another institution is another offer"


def test_a_year_is_told_of_the_offer_and_not_of_a_run(feed: Feed, database: Database, tmp_path: Path) -> None:
    feed.dbh(dbh())
    [found] = of(database, tmp_path, row(Semester=""))
    assert found.term == "2024"


def test_parts_of_a_sum_and_rows_that_may_overlap_are_left_out(feed: Feed, database: Database, tmp_path: Path) -> None:
    feed.dbh(dbh(), dbh(year=2023))
    part = row(Kvalifisert="J")
    twice = [row(year=2023, Avdelingskode="10"), row(year=2023, Avdelingskode="20")]
    assert of(database, tmp_path, part, *twice) == []


def test_a_term_in_which_it_was_not_taught_is_left_out(feed: Feed, database: Database, tmp_path: Path) -> None:
    feed.dbh(dbh())
    assert of(database, tmp_path, row(year=2019)) == []


def test_the_page_says_nothing_where_nothing_is_counted(
    feed: Feed, database: Database, tmp_path: Path, app: Any
) -> None:
    feed.dbh(dbh(), dbh("MAT1", "Matematikk 1"))
    of(database, tmp_path, row())
    with database.read() as session:
        offers = {offer.key: offer for offer in session.exec(select(Offer))}
    with app.test_request_context("/nb/innhenting"):
        assert counted_panel(offers["1150-mat1"]) is None
        told = counted_panel(offers["1150-eng1"])
        assert told is not None
        assert told["columns"] == ["applied", "started"]
        page = app.jinja_env.get_template("intake/_counted.html").render(**told)
    assert "Møtt til studiestart" in page
    assert "45" in page
