"""Applicants against the minimum: where the reader sees rounded numbers, and where the provider tells none."""

import pytest

from registry.access.policy import system
from registry.access.roles import Role
from registry.applications.figures import rounding
from registry.coordination.meetings import build_pack
from registry.coordination.operations import detect
from registry.coordination.queries.desk.side_by_side import TermFigures, seen_offers
from registry.core.db import Database
from tests.coordination.country import TODAY, add_offer, add_run
from tests.site import Site


@pytest.mark.parametrize(
    ("applicants", "unsure", "short"),
    [(5, 0, True), (6, 0, False), (5, 2, False), (0, 2, True), (None, 0, False)],
)
def test_what_is_rounded_is_below_only_where_the_real_number_must_be(
    applicants: int | None, unsure: int, short: bool
) -> None:
    assert TermFigures("2027V", applicants, 6, None, False, unsure).is_short is short


@pytest.mark.parametrize("minimum", range(1, 13))
def test_nothing_that_has_enough_is_said_to_be_below(minimum: int) -> None:
    for exact in range(30):
        told = TermFigures("2027V", rounding(exact, 5), minimum, None, False, 5 // 2)
        assert not told.is_short or exact < minimum


def test_the_rules_minimum_stands_in_where_the_provider_tells_none(database: Database) -> None:
    """It is said to be the rule's; of a run whose applicants are unknown there is nothing to hold it against."""
    with database.write() as session:
        offer = add_offer(session, "0238", "Engelsk 1, trinn 1-7", subject_code="engelsk")
        add_run(session, offer, "2026V", applicants=3, minimum=2)
        add_run(session, offer, "2026H", minimum=None)
        for minimum in (None, 4):
            add_run(session, offer, "2027V", applicants=1, minimum=minimum)
    with database.read() as session:
        [seen] = seen_offers(session, [offer.pk], lambda _: True, 5)
        told = {one.term: (one.minimum, one.minimum_is_default, one.is_short) for one in seen.figures}
    assert told == {"2026V": (2, False, False), "2026H": (None, False, False), "2027V": (14, True, True)}


def test_case_and_papers_say_that_the_minimum_is_the_rules(site: Site, database: Database) -> None:
    with database.write() as session:
        for provider, title in (("0238", "Engelsk 1, 1.–7. trinn"), ("1160", "Engelsk 1, trinn 1-7")):
            offer = add_offer(session, provider, title, subject_code="engelsk")
            add_run(session, offer, "2027V", applicants=2)
    detect(database, system("detect"), today=TODAY)
    coordinator = site.signed_in(Role.COORDINATOR)
    with database.read() as session:
        pack = build_pack(session, as_of=TODAY, region=None, since=None)
        number, pair = pack["cases"][0]["item"].removeprefix("case:"), pack["cases"][0]["pair"]
    for address, words in (
        (f"sak/{number}", "2 av 10"), (f"par/{pair}", "fra regelen"), ("moter/utkast", "fra regelen"),
    ):  # fmt: skip
        text = coordinator.page(f"/nb/samordning/{address}").find("main").get_text(" ")
        assert "▼" in text, address
        assert words in " ".join(text.split()), address
