"""The list of runs at risk is narrowed by the address, and an empty one names the filters to drop."""

from datetime import timedelta

import pytest

from registry.access.policy import system
from registry.access.roles import Role
from registry.coordination.operations import detect
from registry.core.db import Database
from tests.coordination.country import TODAY, add_offer, add_run
from tests.site import Site

LIST = "/nb/samordning/utsatte"


@pytest.fixture
def doomed(database: Database) -> Database:
    with database.write() as session:
        for provider, subject, days in (("0238", "engelsk", 3), ("1110", "kinesisk", 20)):
            offer = add_offer(session, provider, subject.capitalize(), subject_code=subject)
            closes = TODAY + timedelta(days=days)
            add_run(session, offer, "2027V", applicants=1, minimum=15, application_closes_on=closes)
    detect(database, system("detect"), today=TODAY)
    return database


def test_each_filter_narrows_and_an_empty_list_names_what_to_drop(site: Site, doomed: Database) -> None:
    who = site.signed_in(Role.COORDINATOR)

    def titles(query: str) -> set[str]:
        return {link.get_text() for link in who.page(f"{LIST}{query}").select("h3 a")}

    both = titles("")
    assert both == {"Engelsk", "Kinesisk"}
    assert titles("?institusjon=0238") == titles("?fag=engelsk") == titles("?frist=7") == {"Engelsk"}
    assert titles("?frist=30") == titles("?frist=tull") == both
    empty = who.page(f"{LIST}?fag=kinesisk&frist=7")
    assert [link.get_text() for link in empty.select("main a") if "Fjern" in link.get_text()] == [
        "Fjern filteret Fag",
        "Fjern filteret Søknadsfrist",
    ]
    assert not titles("?fylke=99")
