"""What the panel beside a pair tells of an answer that stands, and what it offers."""

import pytest
from sqlmodel import col, select

from registry.access.policy import Actor, Holding, system
from registry.access.roles import Role
from registry.coordination.models import Pair, Proposal
from registry.coordination.operations import answer_proposal, comment, decide, detect
from registry.core.db import Database
from registry.reference.models import Organisation
from tests.coordination.country import TODAY, add_taught
from tests.site import Site

COORDINATOR = Actor("person:1", person=1, holdings=(Holding(Role.COORDINATOR),))


@pytest.fixture
def pair(database: Database) -> int:
    with database.write() as session:
        add_taught(session, "0238", "Engelsk 1, 1.–7. trinn", subject_code="engelsk")
        add_taught(session, "1160", "Engelsk 1, trinn 1-7", subject_code="engelsk")
    detect(database, system("detect"), today=TODAY)
    with database.read() as session:
        return session.exec(select(Pair)).one().pk


def test_each_proposal_names_its_institution_and_undo_is_offered_until_one_says_yes(site: Site, pair: int) -> None:
    with site.database.write() as session:
        decide(session, COORDINATOR, pair, "coordinate")
        comment(session, COORDINATOR, pair, "To\nlinjer")
        asked = session.exec(select(Proposal).order_by(col(Proposal.id))).all()
        names = [session.get_one(Organisation, one.receiver_id).name_nb for one in asked]
        first, receiver = asked[0].pk, asked[0].receiver_id
    coordinator = site.signed_in(Role.COORDINATOR)
    panel = coordinator.page(f"/nb/samordning/par/{pair}").find(id="svar")
    told = [line.get_text() for line in panel.select("ul.plain li")]
    assert sorted(told) == sorted(f"{name}: Bli enige om en måte. Venter på svar" for name in names)
    assert panel.find("form", action=lambda to: to and to.endswith("/angre"))
    assert coordinator.page(f"/nb/samordning/par/{pair}").find("p", "as-written").get_text() == "To\nlinjer"
    with site.database.write() as session:
        staff = Actor("person:2", person=2, holdings=(Holding(Role.PROVIDER_STAFF, organisation=receiver),))
        answer_proposal(session, staff, first, accepted=True)
    panel = coordinator.page(f"/nb/samordning/par/{pair}").find(id="svar")
    assert not panel.find("form", action=lambda to: to and to.endswith("/angre"))
    assert "Gi et nytt svar i stedet for å angre" in panel.get_text()
