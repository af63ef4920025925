"""The network's decisions about last offers are seen by those who work with cases, permit one loss each, and can be taken back."""

from collections.abc import Iterator

import pytest
from sqlmodel import Session, select

from registry.access.policy import Actor, Holding
from registry.access.roles import Role
from registry.coordination.guards import install, last_of, remove
from registry.coordination.meetings import build_pack
from registry.coordination.models import NationalDecision
from registry.coordination.operations import detect, national_decision, withdraw_national_decision
from registry.coordination.papers import sections
from registry.coordination.queries.desk.permitted import permitted_losses
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import Conflict, NeedsDecision, NeedsReason, NotAllowed, NotFound
from registry.offers.models import Offer, Run
from registry.offers.states import Delivery
from tests.coordination.country import TODAY, add_offer, add_run
from tests.coordination.test_guard import COORDINATOR, ROBOT, cancel
from tests.site import Site


@pytest.fixture(autouse=True)
def guarded() -> Iterator[None]:
    install()
    yield
    remove()


@pytest.fixture
def last(database: Database) -> tuple[Offer, Run]:
    """The only offer of a small subject."""
    with database.write() as session:
        offer = add_offer(session, "1110", "Kinesisk", subject_code="kinesisk")
        run = add_run(session, offer, "2027V", delivery=Delivery.ONLINE)
    detect(database, ROBOT, today=TODAY)
    return offer, run


def the_only(session: Session) -> NationalDecision:
    return session.exec(select(NationalDecision)).one()


def test_a_second_decision_waits_until_the_first_is_used(database: Database, last: tuple[Offer, Run]) -> None:
    offer, run = last
    with database.write() as session:
        national_decision(session, COORDINATOR, offer.pk, "kinesisk", "Vedtatt", run_id=run.pk)
        with pytest.raises(Conflict, match="ikke brukt"):
            national_decision(session, COORDINATOR, offer.pk, "kinesisk", "Vedtatt", run_id=run.pk)
        national_decision(session, COORDINATOR, offer.pk, "kinesisk", "Legges ned etterpå")
        with pytest.raises(Conflict):
            national_decision(session, COORDINATOR, offer.pk, "kinesisk", "Legges ned")
    with database.write() as session:
        cancel(session, run)
        assert [one.state for one in permitted_losses(session, ["kinesisk"])].count("used") == 1


def test_an_unused_decision_is_taken_back_and_permits_nothing(database: Database, last: tuple[Offer, Run]) -> None:
    offer, run = last
    with database.write() as session:
        national_decision(session, COORDINATOR, offer.pk, "kinesisk", "Vedtatt", run_id=run.pk)
        withdraw_national_decision(session, COORDINATOR, the_only(session).pk, "Feil kull")
        with pytest.raises(NeedsDecision):
            cancel(session, run)
    with database.read() as session:
        [told] = permitted_losses(session, ["kinesisk"])
        assert (told.state, told.reason, told.run) == ("withdrawn", "Vedtatt", run.key)
        assert told.withdrawn is not None
        assert told.withdrawn.reason == "Feil kull"
        assert permitted_losses(session, ["engelsk"]) == []
        entry = session.exec(select(AuditEntry).where(AuditEntry.event == "withdraw_permitted_loss")).one()
        assert entry.actor == COORDINATOR.name


def test_what_is_used_cannot_be_taken_back_nor_by_others_nor_without_a_reason(
    database: Database, last: tuple[Offer, Run]
) -> None:
    offer, run = last
    staff = Actor("person:2", (Holding(Role.PROVIDER_STAFF, 1),), person=2)
    with database.write() as session:
        decision = national_decision(session, COORDINATOR, offer.pk, "kinesisk", "Vedtatt")
        with pytest.raises(NotAllowed):
            withdraw_national_decision(session, staff, decision.pk, "Vi vil ikke")
        with pytest.raises(NeedsReason):
            withdraw_national_decision(session, COORDINATOR, decision.pk, " ")
        with pytest.raises(NotFound):
            withdraw_national_decision(session, COORDINATOR, decision.pk + 1, "Finnes ikke")
        cancel(session, run)
        with pytest.raises(Conflict, match="brukt"):
            withdraw_national_decision(session, COORDINATOR, decision.pk, "For sent")


def test_board_subject_and_papers_tell_of_it(site: Site, database: Database, last: tuple[Offer, Run]) -> None:
    offer, _ = last
    board, about = "/nb/samordning/sma-fag", "/nb/samordning/sma-fag/kinesisk"
    add = f"/nb/samordning/vedtak/{offer.key}/kinesisk"
    coordinator = site.signed_in(Role.COORDINATOR)
    assert coordinator.page(board).find("a", href=add)
    answer = coordinator.post(add, reason="Ingen lærer")
    assert answer.location.endswith(f"{about.removeprefix('/nb')}#vedtak")
    assert not coordinator.page(board).find("a", href=add)
    assert coordinator.page(board).find("a", href=f"{about}#vedtak")
    page = coordinator.page(about)
    assert "Ingen lærer" in page.get_text()
    assert "Ikke brukt" in page.get_text()
    assert coordinator.post(add, reason="En gang til").status_code == 303  # the second tab
    with database.read() as session:
        number = the_only(session).pk
        pack = build_pack(session, as_of=TODAY, region=None, since=None)
        cells = [cell for one in sections(pack) for row in one.rows for cell in row]
        assert last_of(session, session.get_one(Offer, offer.pk)) == ["kinesisk"]
    assert any("Ingen lærer" in str(cell) for cell in cells)
    assert "Ingen lærer" in coordinator.page("/nb/samordning/moter/utkast").get_text()
    assert "Ingen lærer" not in site.visitor().page(about).get_text()
    back = f"{about}/vedtak/{number}/trekk"
    assert coordinator.post(back, reason="").status_code == 303
    assert coordinator.post(back, reason="Det ble løst").status_code == 303
    assert "Det ble løst" in coordinator.page(about).get_text()
    assert coordinator.page(board).find("a", href=add)
