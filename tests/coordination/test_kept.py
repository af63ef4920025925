"""The index that is kept in memory: always what a new one would say, whatever has changed in between."""

from datetime import date

from sqlmodel import Session

from registry.access.policy import system
from registry.coordination import kept
from registry.coordination.precheck import Planned, precheck
from registry.core import audit
from registry.core.db import Database
from registry.offers.models import Offer
from registry.offers.states import OfferState
from registry.rules.register import rules_on
from tests.coordination.country import TODAY, add_taught

PLANNED = Planned("Engelsk 1, 1.–7. trinn", terms=["2027V"])


def found(database: Database) -> list[str]:
    with database.read() as session:
        return sorted(one.offer["title"] for one in precheck(session, PLANNED, rules_on(session, TODAY)))


def anew(database: Database) -> list[str]:
    kept._KEPT.clear()
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
