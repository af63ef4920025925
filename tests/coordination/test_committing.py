"""A rule of commitment is switched on by who has just seen what it would have done: on the page, and by the operation itself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from registry.access.policy import Actor, Holding
from registry.access.roles import Role
from registry.applications.commitment import CODES, RuleKind, first_days
from registry.applications.queries.commitments import bond, newest_version, stretches
from registry.applications.queries.replays import proof, replays
from registry.coordination.operations import change_rule, switch_off, switch_on
from registry.coordination.operations.committing import Tried
from registry.coordination.operations.ruling import NewVersion
from registry.core import audit, clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import InvalidInput, NeedsReason, NotAllowed, NotFound, Refused, Stale
from registry.offers.states import RunState
from registry.rules.models import Rule
from registry.rules.register import rules_on
from tests.applications import making
from tests.site import Site, open_site

DIRECTORATE = Actor("person:8", (Holding(Role.DIRECTORATE),), person=8)
COORDINATOR = Actor("person:1", (Holding(Role.COORDINATOR),), person=1)
TERM = "2025H"
ONE = CODES[RuleKind.ONE_PLACE]


def took(session: Session, key: str) -> None:
    """One place of a term that is over, offered, taken and used."""
    made = making.application(
        session,
        making.run(session, term=TERM, state=RunState.COMPLETED),
        applicant_key=key,
        decision="offered",
        answer="accepted",
        attendance="started",
    )
    moment = clock.start_of_day(date(2025, 6, 1))
    for life, event, state in (
        ("decision", "offer", "offered"),
        ("answer", "accept", "accepted"),
        ("attendance", "start", "started"),
    ):
        told: dict[str, Any] = {"thing": "application", "thing_id": made.pk, "life": life, "event": event}
        audit.record(session, actor="test", to_state=state, at=moment, **told)


@pytest.fixture
def past(database: Database) -> Database:
    """A term in which somebody took two places and somebody one, and a term to come."""
    with database.write() as session:
        for key in ("k1:both", "k1:both", "k1:one"):
            took(session, key)
        making.run(session, term="2027V")
    return database


def seen(session: Session, kind: RuleKind = RuleKind.ONE_PLACE, limit: float | None = None) -> Tried:
    found = replays(session, kind, limit, [TERM])
    return Tried(kind, limit, [TERM], proof(found, clock.today(), newest_version(session, CODES[kind])))


def coming() -> date:
    return first_days(RuleKind.ONE_PLACE, clock.today())[0]


def test_it_holds_from_a_term_on_and_the_figures_are_kept_with_the_decision(past: Database) -> None:
    with past.write() as session:
        made = switch_on(session, DIRECTORATE, seen(session), coming(), "Vedtatt i nettverket")
        assert (made.number, made.version, made.valid_from) == (1, 2, coming())
    with past.read() as session:
        assert rules_on(session, clock.today())[ONE] == 0
        assert rules_on(session, coming())[ONE] == 1
        assert (bond(session, "2027V").one_place, bond(session, "2026H").one_place) == (coming().year == 2027, False)
        entry = session.exec(select(AuditEntry).where(AuditEntry.thing == "rule")).one()
        assert (entry.reason_text, entry.actor) == ("Vedtatt i nettverket", "person:8")
        assert entry.details is not None
        [told] = entry.details["tried"]
        assert (told["term"], told["offered"], told["people"], told["blocked_people"]) == (TERM, 3, 2, 1)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"proof": ""}, Refused),
        ({"proof": "0" * 64}, Stale),
        ({"terms": []}, Refused),
        ({"terms": ["2031V"]}, InvalidInput),
        ({"kind": RuleKind.MOST_CREDITS, "limit": 30.0}, Stale),
        ({"kind": RuleKind.MOST_CREDITS, "limit": None}, InvalidInput),
        ({"kind": RuleKind.MOST_CREDITS, "limit": 0.5}, InvalidInput),
    ],
)
def test_what_has_not_been_tried_is_not_switched_on(
    past: Database, wrong: dict[str, Any], error: type[Exception]
) -> None:
    with past.write() as session:
        with pytest.raises(error):
            switch_on(session, DIRECTORATE, replace(seen(session), **wrong), coming(), "Derfor")
        assert newest_version(session, ONE) == 1


def test_figures_that_have_changed_since_must_be_seen_again(past: Database) -> None:
    with past.write() as session:
        before = seen(session)
        took(session, "k1:late")
    with past.write() as session:
        with pytest.raises(Stale):
            switch_on(session, DIRECTORATE, before, coming(), "Derfor")
        again = seen(session)
        switch_on(session, DIRECTORATE, again, coming(), "Derfor")
        with pytest.raises(Stale):  # the rule is another since
            switch_on(session, DIRECTORATE, again, coming(), "Derfor")


def test_yesterdays_figures_are_not_todays(past: Database) -> None:
    with past.read() as session:
        found = replays(session, RuleKind.ONE_PLACE, None, [TERM])
    today = clock.today()
    assert proof(found, today, 1) == proof(list(found), today, 1)
    assert len({proof(found, today, 1), proof(found, today - timedelta(days=1), 1), proof(found, today, 2)}) == 3


def test_who_when_and_why(past: Database) -> None:
    with past.write() as session:
        tried = seen(session)
        with pytest.raises(NotAllowed):
            switch_on(session, COORDINATOR, tried, coming(), "Derfor")
        with pytest.raises(NotAllowed):
            switch_off(session, COORDINATOR, RuleKind.ONE_PLACE, clock.today(), "Derfor")
        for day in (clock.today(), coming() + timedelta(days=1)):
            with pytest.raises(InvalidInput):
                switch_on(session, DIRECTORATE, tried, day, "Derfor")
        with pytest.raises(NeedsReason):
            switch_on(session, DIRECTORATE, tried, coming(), " ")


def test_the_register_changes_no_rule_that_has_to_be_tried(past: Database) -> None:
    new = NewVersion(1, coming(), "Derfor", "Kilde", "Tekst.", "Tekst.", 1)
    with past.write() as session:
        for code in CODES.values():
            with pytest.raises(Refused, match="prøves på tidligere semestre"):
                change_rule(session, DIRECTORATE, code, new)


def test_what_is_switched_on_is_switched_off_with_a_reason(past: Database) -> None:
    today = clock.today()
    with past.write() as session:
        with pytest.raises(Refused, match="ikke slått på"):
            switch_off(session, DIRECTORATE, RuleKind.ONE_PLACE, today, "Derfor")
        switch_on(session, DIRECTORATE, seen(session), coming(), "Derfor")
        with pytest.raises(NeedsReason):
            switch_off(session, DIRECTORATE, RuleKind.ONE_PLACE, today, "")
        with pytest.raises(InvalidInput):
            switch_off(session, DIRECTORATE, RuleKind.ONE_PLACE, today - timedelta(days=1), "Derfor")
        switch_off(session, DIRECTORATE, RuleKind.ONE_PLACE, today, "Rammer feil")
        assert [one.number for one in stretches(session, ONE, today)] == [0]
        assert rules_on(session, date(2040, 1, 1))[ONE] == 0
        assert bond(session, "2040V").free


def test_a_deadline_goes_back_to_what_it_was(past: Database) -> None:
    today, days = clock.today(), CODES[RuleKind.ANSWER_WITHIN]
    with past.write() as session:
        switch_on(session, DIRECTORATE, seen(session, RuleKind.ANSWER_WITHIN, 7), today, "Derfor")
        assert rules_on(session, today)[days] == 7
        switch_off(session, DIRECTORATE, RuleKind.ANSWER_WITHIN, today, "For kort")
        assert rules_on(session, today)[days] == 14


def test_a_rule_that_is_not_in_the_register_is_not_found(past: Database) -> None:
    with past.write() as session:
        tried = seen(session)
        for rule in session.exec(select(Rule).where(Rule.code == ONE)):
            session.delete(rule)
        session.flush()
        with pytest.raises(NotFound):
            switch_on(session, DIRECTORATE, tried, coming(), "Derfor")


@pytest.fixture
def site(past: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(past, tmp_path) as opened:
        yield opened


def test_from_the_page_where_it_was_tried(site: Site) -> None:
    directorate = site.signed_in(Role.DIRECTORATE)
    page = directorate.page("/nb/opptak/bindingsregler")
    assert "Én plass per semester: av." in _words(page.select_one("section[aria-labelledby=gjelder]"))
    answer = directorate.press(page, "Slå på regelen", hvorfor="Vedtatt i nettverket", fra=coming().isoformat())
    assert answer.status_code == 303
    page = directorate.page(answer.headers["Location"])
    assert "Tallene du så, er lagret med vedtaket." in page.get_text()
    assert "Én plass per semester: av; på fra" in _words(page.select_one("section[aria-labelledby=gjelder]"))
    rule = directorate.page(f"/nb/samordning/regler/{ONE}")
    assert "3 plasser tilbudt, 0 frigjort tidligere" in _words(rule)
    assert "plasser tilbudt" not in site.visitor().page(f"/nb/samordning/regler/{ONE}").get_text()
    assert not rule.select("form[method=post] textarea")
    directorate.press(page, "Slå av regelen", hvorfor="Rammer feil", fra=clock.today().isoformat())
    assert "Én plass per semester: av." in _words(directorate.page("/nb/opptak/bindingsregler"))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("sett", "", "Se hva regelen ville gjort"),
        ("sett", "x", "Tallene er ikke lenger de du så"),
        ("sett", "å", "Tallene er ikke lenger de du så"),
        ("fra", "i morgen", "Velg når regelen skal gjelde fra."),
        ("grense", "mange", "Grensen må være et tall"),
        ("hvorfor", "", "Skriv hvorfor regelen endres."),
    ],
)
def test_a_form_that_was_not_the_page_is_refused_in_words(site: Site, field: str, value: str, said: str) -> None:
    directorate = site.signed_in(Role.DIRECTORATE)
    page = directorate.page("/nb/opptak/bindingsregler")
    directorate.press(page, "Slå på regelen", **{"hvorfor": "Derfor", field: value})
    assert said in directorate.page("/nb/opptak/bindingsregler").get_text()
    with site.database.read() as session:
        assert newest_version(session, ONE) == 1


def test_what_is_no_rule_is_refused(site: Site) -> None:
    directorate = site.signed_in(Role.DIRECTORATE)
    for path in ("/nb/samordning/regler/binding", "/nb/samordning/regler/binding/av"):
        directorate.post(path, regel="sove_lenge", semester="alle")
        assert "Velg en regel." in directorate.page("/nb/opptak/bindingsregler").get_text()


def _words(part: Any) -> str:
    return " ".join(part.get_text().split())
