"""A page of a long report reads its own rows: the same rows, in the same order, as the whole report has there."""

import pytest

from registry.access.policy import system
from registry.access.roles import Role
from registry.coordination.operations import detect
from registry.coordination.queries import overlap_report
from registry.core.db import Database
from registry.offers.states import Delivery
from registry.reports import views
from tests.coordination.country import TODAY, add_offer, add_run
from tests.site import Site


@pytest.fixture
def pairs(database: Database) -> Database:
    """Three pairs and the case that they make."""
    with database.write() as session:
        for provider, title in (("0238", "1.–7. trinn"), ("1160", "trinn 1-7"), ("0256", "trinn 1–7")):
            offer = add_offer(session, provider, f"Engelsk 1, {title}", subject_code="engelsk")
            add_run(session, offer, "2027V", delivery=Delivery.ONLINE)
    detect(database, system("detect"), today=TODAY)
    return database


def test_a_page_is_a_part_of_the_whole(pairs: Database) -> None:
    with pairs.read() as session:
        whole = overlap_report(session, as_of=TODAY)
        page = overlap_report(session, as_of=TODAY, shown=slice(1, 2))
        beyond = overlap_report(session, as_of=TODAY, shown=slice(50, 100))
    assert len(whole["pairs"]) == 3
    assert page["pairs"] == whole["pairs"][1:2]
    assert (page["cases"], page["in_all"]) == (whole["cases"], 3)
    assert (beyond["pairs"], beyond["cases"], beyond["in_all"]) == ([], [], 3)
    assert "in_all" not in whole, "the report's shape is for others to build on"


def test_pages_tell_of_all_rows_and_beyond_the_last_is_the_last(
    site: Site, pairs: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "_PER_PAGE", 2)
    who = site.signed_in(Role.COORDINATOR)
    shown = [who.page(f"/nb/rapporter/overlaps?page={page}").find("main") for page in (1, 2, 9)]
    assert [len(main.select("table > tbody > tr")) for main in shown] == [2, 1, 1]
    assert all("3 rader" in main.get_text() for main in shown)
