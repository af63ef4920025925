"""The index that is kept in memory: always what a new one would say, whatever has changed in between."""

from datetime import date

from sqlmodel import Session, select

from registry.access.policy import system
from registry.applications.models import Application
from registry.coordination import country_cache
from registry.coordination.detection.country import Country
from registry.coordination.models import WordWeights
from registry.coordination.operations import detect
from registry.coordination.precheck import Planned, find
from registry.coordination.queries.detecting.applicants import known_applicants
from registry.coordination.queries.detecting.runs import load_runs
from registry.core import audit
from registry.core.db import Database
from registry.offers.models import Offer, OfferProvider
from registry.offers.states import OfferState
from registry.rules.register import rules_on
from tests.coordination.country import TODAY, add_run, add_taught

PLANNED = Planned("Engelsk 1, 1.–7. trinn", terms=["2027V"])


def found(database: Database) -> list[str]:
    with database.read() as session:
        _, neighbours, _ = find(session, PLANNED, rules_on(session, TODAY), TODAY)
        titles = dict(session.exec(select(Offer.id, Offer.title)).all())
        return sorted(titles[one.offer_id] for one in neighbours if one.is_overlap)


def anew(database: Database) -> list[str]:
    country_cache._KEPT.clear()
    return found(database)


def told(session: Session, offer: Offer, event: str = "edit") -> None:
    audit.record(session, actor=system("test").name, thing="offer", thing_id=offer.pk, event=event)


def test_every_change_is_seen(database: Database) -> None:
    with database.write() as session:
        one = add_taught(session, "0238", "Engelsk 1, 1.–7. trinn")
        add_taught(session, "1160", "Norsk 1, 1.–7. trinn")
        told(session, one)
    assert found(database) == ["Engelsk 1, 1.–7. trinn"]
    with database.write() as session:
        other = add_taught(session, "1171", "Engelsk 1 for 1.-7. trinn")
        told(session, other, "publish")
    assert found(database) == ["Engelsk 1 for 1.-7. trinn", "Engelsk 1, 1.–7. trinn"]
    with database.write() as session:
        changed = session.get_one(Offer, one.pk)
        changed.title = "Kroppsøving 1, 1.–7. trinn"
        told(session, changed)
    assert found(database) == ["Engelsk 1 for 1.-7. trinn"]
    with database.write() as session:
        gone = session.get_one(Offer, other.pk)
        gone.state, gone.discontinued_on = OfferState.DISCONTINUED, date(2026, 11, 1)
        gone.discontinue_reason = "other"
        told(session, gone, "discontinue")
    assert found(database) == anew(database) == []


def test_the_first_application_to_an_institution_is_heard_of(database: Database) -> None:
    """Until it comes, it is unknown how many have applied to its runs; then none have, where none is told of."""
    with database.write() as session:
        other = add_taught(session, "0238", "Engelsk 1, 1.–7. trinn").pk
        offer = add_taught(session, "0238", "Norsk 1, 1.–7. trinn")

    def applicants() -> dict[int, int]:
        with database.read() as session, country_cache.country(session, rules_on(session, TODAY)):
            return known_applicants(session, load_runs(session, offers=[other]), country_cache.senders(session))

    assert applicants() == {}
    with database.write() as session:
        run = add_run(session, offer, "2027V", applicants=1)
        application = session.exec(select(Application).where(Application.run_id == run.pk)).one()
        audit.record(session, actor="person:1", thing="application", thing_id=application.pk, event="submit")
    assert list(applicants().values()) == [0]


def test_an_institution_that_no_longer_leads_what_was_applied_to_is_forgotten(database: Database) -> None:
    with database.write() as session:
        other = add_taught(session, "0238", "Engelsk 1, 1.–7. trinn").pk
        offer = add_taught(session, "0238", "Norsk 1, 1.–7. trinn", "1160")
        add_run(session, offer, "2027V", applicants=1)

    def applicants() -> dict[int, int]:
        with database.read() as session, country_cache.country(session, rules_on(session, TODAY)):
            return known_applicants(session, load_runs(session, offers=[other]), country_cache.senders(session))

    assert list(applicants().values()) == [0]
    with database.write() as session:
        for link in session.exec(select(OfferProvider).where(OfferProvider.offer_id == offer.pk)):
            link.leads = not link.leads
        told(session, offer)
    assert applicants() == {}


def test_weights_that_are_fitted_anew_on_the_same_day_are_taken_up(database: Database) -> None:
    with database.write() as session:
        add_taught(session, "0238", "Engelsk 1, 1.–7. trinn")

    def country() -> Country:
        with database.read() as session, country_cache.country(session, rules_on(session, TODAY)) as found:
            return found

    detect(database, system("detect"), today=TODAY)
    first = country()
    assert country() is first
    with database.write() as session:
        add_taught(session, "1160", "Norsk 1, 1.–7. trinn")
    detect(database, system("detect"), today=TODAY)
    assert country() is not first
    with database.read() as session:
        assert {row.fitted_on for row in session.exec(select(WordWeights))} == {TODAY}
