"""The provider's own page: what may be done to each offer and run, and to nobody else's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.access.roles import Role
from registry.core.db import Database
from registry.offers.models import Offer, Run
from registry.offers.states import OfferState, RunState
from tests.applications import making
from tests.site import Site, open_site


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        yield opened


def test_own_offers_and_their_steps(site: Site) -> None:
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation=making.INSTITUTION)
    assert "Ingen tilbud" in staff.page("/nb/mine-tilbud").text
    with site.database.write() as session:
        draft = making.offer(session, state=OfferState.DRAFT)
        run = making.run(session, draft, state=RunState.PLANNED)
        foreign = making.offer(session, making.OTHER_INSTITUTION)
        keys = draft.key, run.key, foreign.key
    page = staff.page("/nb/mine-tilbud?status=draft")
    assert len(page.select("article")) == 1
    for action in ("publish", "dance"):
        assert staff.post(f"/nb/mine-tilbud/{keys[0]}", action=action).status_code == 303
    for action in ("open", "close", "dance"):
        assert staff.post(f"/nb/mine-tilbud/kull/{keys[1]}", action=action).status_code == 303
    assert staff.post(f"/nb/mine-tilbud/{keys[2]}", action="archive").status_code == 404
    with site.database.read() as session:
        assert session.get_one(Offer, draft.pk).state is OfferState.PUBLISHED
        assert session.get_one(Run, run.pk).state is RunState.CLOSED
        assert session.get_one(Offer, foreign.pk).state is OfferState.PUBLISHED


def test_the_end_of_an_offer_and_back(site: Site) -> None:
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation=making.INSTITUTION)
    with site.database.write() as session:
        offer = making.offer(session)
    states = []
    for fields in ({"action": "discontinue", "reason": "merged"}, {"action": "reinstate"}, {"action": "discontinue"}):
        assert staff.post(f"/nb/mine-tilbud/{offer.key}", **fields).status_code == 303
        with site.database.read() as session:
            states.append(session.get_one(Offer, offer.pk).state)
    assert states == [OfferState.DISCONTINUED, OfferState.PUBLISHED, OfferState.PUBLISHED]
    assert "Velg en årsak" in staff.page("/nb/mine-tilbud").text


def test_the_page_is_the_providers(site: Site) -> None:
    assert site.signed_in(Role.OWNER, organisation=making.OWNER).get("/nb/mine-tilbud").status_code == 403
    assert site.visitor().get("/nb/mine-tilbud").status_code == 302
