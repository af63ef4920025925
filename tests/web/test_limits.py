"""Limits by address and minute: for the API and for sign-in, each with a way on that says when."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from registry.core import clock
from registry.core.db import Database
from tests.people.providers import START, service
from tests.site import Site, open_site


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    away = service("http://127.0.0.1:9")
    with open_site(database, tmp_path, api_per_minute=3, sign_in_per_minute=2, sign_in=(away,)) as opened:
        yield opened


def test_the_api_answers_so_many_calls_a_minute_and_says_when_to_go_on(site: Site) -> None:
    visitor = site.visitor()
    with time_machine.travel(clock.now(), tick=False) as moment:
        assert [visitor.get("/api/v1/offers").status_code for _ in range(4)] == [200, 200, 200, 429]
        assert visitor.get("/api/v1/offers/unknown").status_code == 429  # the API has one count
        refused = visitor.client.get("/api/v1/offers", headers={"Authorization": "Bearer another"})
        assert refused.status_code == 429  # another key is no new count
        assert refused.mimetype == "application/problem+json"
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        assert visitor.get("/nb/").status_code == 200  # people's pages are not counted
        moment.shift(timedelta(seconds=61))
        assert visitor.get("/api/v1/offers").status_code == 200


def test_another_address_has_a_count_of_its_own(site: Site) -> None:
    client = site.app.test_client()
    for _ in range(4):
        client.get("/api/v1/offers", environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert client.get("/api/v1/offers", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 429
    assert client.get("/api/v1/offers", environ_base={"REMOTE_ADDR": "192.0.2.2"}).status_code == 200


def test_files_feeds_and_reports_have_one_count_and_say_when_to_go_on(database: Database, tmp_path: Path) -> None:
    with open_site(database, tmp_path, files_per_minute=4) as site:
        visitor = site.visitor()
        with time_machine.travel(clock.now(), tick=False) as moment:
            paths = ["/nb/tilbud.csv", "/nb/tilbud.atom", "/nb/rapporter/crossing", "/nb/rapporter/crossing.csv"]
            assert [visitor.get(path).status_code for path in paths] == [200] * 4
            for path in paths:
                refused = visitor.get(path)
                assert (path, refused.status_code) == (path, 429)
                assert 0 < int(refused.headers["Retry-After"]) <= 60
                assert "Vent et minutt og prøv på nytt." in refused.text
            assert visitor.get("/nb/tilbud").status_code == 200  # searching is not counted
            moment.shift(timedelta(seconds=61))
            assert visitor.get("/nb/tilbud.csv").status_code == 200


def test_trying_to_sign_in_is_limited(site: Site) -> None:
    visitor = site.visitor()
    answers = [visitor.get(f"{START}/svar?code=guess&state=guess") for _ in range(3)]
    assert [one.status_code == 429 for one in answers] == [False, False, True]
    assert "Vent et minutt" in answers[-1].text
