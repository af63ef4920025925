"""The owner's page."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from registry.access.roles import Role
from registry.core.db import Database
from registry.plans import operations
from registry.plans.models import MoneyKind
from registry.plans.operations import Need
from tests.applications import making
from tests.site import Site, open_site


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        yield opened


def test_plan_and_money_of_ones_own(site: Site) -> None:
    owner = site.signed_in(Role.OWNER, organisation=making.OWNER)
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


def test_the_page_is_the_owners(site: Site) -> None:
    assert site.signed_in(Role.COORDINATOR).get("/nb/eier").status_code == 403
    assert site.visitor().get("/nb/eier").status_code == 302
