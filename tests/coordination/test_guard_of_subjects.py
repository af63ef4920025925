"""The last offer that the country can reach in a small subject is not moved out of it without a decision either."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, select

from registry.access.policy import system
from registry.access.roles import Role
from registry.coordination.guards import install, remove
from registry.coordination.models import NationalDecision
from registry.coordination.operations import detect, merge, national_decision, unmerge
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import NeedsDecision
from registry.intake.operations import correct_value, undo_correction
from registry.offers.models import Offer, OfferSubject, Run
from registry.offers.states import Delivery
from registry.rules.models import Rule
from tests.coordination.country import TODAY, add_offer, add_run
from tests.coordination.test_guard import COORDINATOR, chinese
from tests.intake.deliveries import Feed, sheet
from tests.site import Site

ROBOT = system("detect")
MOVED = "flyttes ut av faget"


@pytest.fixture(autouse=True)
def guarded() -> Iterator[None]:
    install()
    yield
    remove()


def subject_of(database: Database, offer: Offer) -> str | None:
    with database.read() as session:
        return session.get_one(Offer, offer.pk).subject_code


def used(session: Session) -> list[bool]:
    return [decision.used_at is not None for decision in session.exec(select(NationalDecision))]


@pytest.mark.parametrize(
    ("field", "value"), [("subject_code", "engelsk"), ("subject_code", None), ("is_container", True)]
)
def test_a_correction_does_not_take_the_last_one_out_of_its_subject(
    database: Database, field: str, value: object
) -> None:
    offer, _ = chinese(database)
    with pytest.raises(NeedsDecision, match=MOVED) as refused, database.write() as session:
        correct_value(session, ROBOT, "offer", offer.pk, field, value)
    assert refused.value.details == {"title": "Kinesisk", "name": "Kinesisk", "subject": "kinesisk", "offer": offer.key}
    with database.read() as session:
        stands = session.get_one(Offer, offer.pk)
        assert (stands.subject_code, stands.is_container) == ("kinesisk", False)


@pytest.mark.parametrize("about_the_run", [True, False])
def test_the_recorded_decision_that_lifts_other_losses_lifts_this_one_once(
    database: Database, about_the_run: bool
) -> None:
    offer, run = chinese(database)
    with database.write() as session:
        number = run.pk if about_the_run else None
        national_decision(session, COORDINATOR, offer.pk, "kinesisk", "Feil fag", run_id=number)
        correct_value(session, ROBOT, "offer", offer.pk, "subject_code", "engelsk")
    assert subject_of(database, offer) == "engelsk"
    with database.write() as session:
        assert used(session) == [True]
        correct_value(session, ROBOT, "offer", offer.pk, "subject_code", "kinesisk")  # nobody loses by that
        with pytest.raises(NeedsDecision):
            correct_value(session, ROBOT, "offer", offer.pk, "subject_code", "engelsk")


def test_whoever_keeps_it_beside_another_subject_or_leaves_it_to_others_loses_nothing(database: Database) -> None:
    offer, _ = chinese(database)
    with database.write() as session:
        session.add(OfferSubject(offer_id=offer.pk, subject_code="kinesisk"))
        correct_value(session, ROBOT, "offer", offer.pk, "subject_code", "engelsk")
        with pytest.raises(NeedsDecision, match=MOVED):
            correct_value(session, ROBOT, "offer", offer.pk, "subjects", [])
        session.rollback()
    with database.write() as session:
        other = add_offer(session, "1160", "Kinesisk for alle", subject_code="kinesisk")
        campus = add_run(session, other, "2027V")
        with pytest.raises(NeedsDecision, match=MOVED):  # not everybody reaches that
            correct_value(session, ROBOT, "offer", offer.pk, "subject_code", "engelsk")
        session.rollback()
    with database.write() as session:
        other = add_offer(session, "1160", "Kinesisk for alle", subject_code="kinesisk")
        campus = add_run(session, other, "2027V", delivery=Delivery.ONLINE)
        correct_value(session, ROBOT, "offer", offer.pk, "subject_code", "engelsk")
        assert session.get_one(Run, campus.pk)
    assert subject_of(database, offer) == "engelsk"


def test_a_large_subject_and_a_rule_that_is_off_hold_nobody(database: Database) -> None:
    offer, _ = chinese(database)
    with database.write() as session:
        english = session.exec(select(Offer).where(Offer.subject_code == "engelsk").order_by(Offer.id)).first()
        assert english is not None
        correct_value(session, ROBOT, "offer", english.pk, "subject_code", "norsk")
        session.exec(select(Rule).where(Rule.code == "NATIONAL_GUARANTEE")).one().number = 0
        session.flush()
        correct_value(session, ROBOT, "offer", offer.pk, "subject_code", "engelsk")
    assert subject_of(database, offer) == "engelsk"


@pytest.fixture
def feed(database: Database, tmp_path: Path) -> Feed:
    return Feed(database, tmp_path)


def delivered(feed: Feed, database: Database, title: str) -> Offer:
    """An offer whose subject is read out of its name."""
    feed.sheet(sheet("KIN1", title, provider="1110", term="2027V", Undervisningsform="nett"), as_of=TODAY)
    with database.write() as session:
        for provider in ("0238", "1160"):
            add_run(session, add_offer(session, provider, "Engelsk 1", subject_code="engelsk"), "2027V")
        return session.exec(select(Offer).where(Offer.native_code == "KIN1")).one()


def test_a_corrected_name_does_not_take_it_out_of_the_subject_that_is_read_from_it(
    feed: Feed, database: Database
) -> None:
    offer = delivered(feed, database, "Kinesisk 1")
    assert offer.subject_code == "kinesisk"
    detect(database, ROBOT, today=TODAY)
    with pytest.raises(NeedsDecision, match=MOVED), database.write() as session:
        correct_value(session, ROBOT, "offer", offer.pk, "title", "Engelsk 1")
    with database.write() as session:
        national_decision(session, COORDINATOR, offer.pk, "kinesisk", "Det var engelsk")
        correct_value(session, ROBOT, "offer", offer.pk, "title", "Engelsk 1")
    assert subject_of(database, offer) == "engelsk"
    with database.read() as session:  # the log tells of both subjects
        told = session.exec(select(AuditEntry.details).where(AuditEntry.event == "reread")).one()
        assert told is not None
        assert told["fields"]["subject_code"] == ["kinesisk", "engelsk"]


def test_taking_a_correction_back_is_a_loss_where_only_it_tells_the_subject(feed: Feed, database: Database) -> None:
    offer = delivered(feed, database, "Engelsk 2")
    with database.write() as session:
        correct_value(session, ROBOT, "offer", offer.pk, "subject_code", "kinesisk")
    detect(database, ROBOT, today=TODAY)
    with pytest.raises(NeedsDecision, match=MOVED), database.write() as session:
        undo_correction(session, ROBOT, "offer", offer.pk, "subject_code")
    assert subject_of(database, offer) == "kinesisk"


def test_it_does_not_go_into_an_offer_of_another_subject(database: Database) -> None:
    offer, _ = chinese(database)
    with database.write() as session:
        other = add_offer(session, "1110", "Engelsk og kinesisk", subject_code="engelsk")
    with pytest.raises(NeedsDecision, match=MOVED), database.write() as session:
        merge(session, ROBOT, other.pk, offer.pk)
    with pytest.raises(NeedsDecision, match=MOVED), database.write() as session:
        merge(session, ROBOT, offer.pk, other.pk, {"subject_code": "gone"})
    with database.write() as session:
        merge(session, ROBOT, other.pk, offer.pk, {"subject_code": "gone"})  # the one that stays takes the subject over
        national_decision(session, COORDINATOR, other.pk, "kinesisk", "Feil fag")
        correct_value(session, ROBOT, "offer", other.pk, "subject_code", "engelsk")
        assert used(session) == [True]


def test_two_that_were_one_do_not_come_apart_at_the_subjects_cost(database: Database) -> None:
    with database.write() as session:
        for provider in ("0238", "1160"):
            add_run(session, add_offer(session, provider, "Engelsk 1", subject_code="engelsk"), "2027V")
        kept = add_offer(session, "1110", "Engelsk og kinesisk", subject_code="engelsk")
        add_run(session, kept, "2027V", delivery=Delivery.ONLINE)
        gone = add_offer(session, "1110", "Kinesisk", subject_code="kinesisk")  # without a run of its own
        made = merge(session, ROBOT, kept.pk, gone.pk, {"subject_code": "gone"})
    detect(database, ROBOT, today=TODAY)
    with pytest.raises(NeedsDecision, match=MOVED), database.write() as session:
        unmerge(session, ROBOT, made.pk)
    with database.write() as session:
        national_decision(session, COORDINATOR, kept.pk, "kinesisk", "De hører ikke sammen")
        unmerge(session, ROBOT, made.pk)
    assert subject_of(database, kept) == "engelsk"


def test_who_corrects_is_told_beside_the_form(site: Site, database: Database) -> None:
    offer, _ = chinese(database)
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation="1110")
    address = f"/nb/innhenting/tilbud/{offer.key}/rett/offer/{offer.pk}/subject_code"
    answer = staff.post(address, value="engelsk")
    assert answer.status_code == 400
    assert "Uten et vedtak i nettverket" in answer.get_data(as_text=True)
    assert subject_of(database, offer) == "kinesisk"
