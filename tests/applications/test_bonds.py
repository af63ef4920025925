"""A rule of commitment that is in force: who it binds, from which term, and how the applicant gets out of it."""

import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from registry.access.models import Person
from registry.access.policy import Actor
from registry.access.pseudonyms import demo_applicant
from registry.access.roles import Role
from registry.applications import operations
from registry.applications.commitment import CODES, RuleKind, binding_day, first_days
from registry.applications.models import Application
from registry.applications.operations import answering
from registry.applications.queries.commitments import bond, is_changed, stretches, two_places
from registry.applications.states import Answer, Decision, Standing
from registry.core import audit, clock
from registry.core.db import Database
from registry.core.errors import InvalidInput, Refused
from registry.rules.models import Rule
from tests.applications import making
from tests.site import Site, open_site

ME = "k1:me"


def rule(session: Session, kind: RuleKind, number: float, since: date, version: int = 2) -> Rule:
    """A further version of a rule, as ``coordination.operations.switch_on`` writes it."""
    first = session.exec(select(Rule).where(Rule.code == CODES[kind], Rule.version == 1)).one()
    told: dict[str, Any] = {
        "unit": first.unit,
        "owner": first.owner,
        "citation": "A test",
        "text_nb": "Ny.",
        "text_nn": "Ny.",
    }
    made = Rule(code=first.code, version=version, number=number, valid_from=since, **told)
    session.add(made)
    session.flush()
    return made


def offered(session: Session, *, term: str = "2027V", worth: float | None = 15, **given: Any) -> Application:
    scheme = None if worth is None else "ECTS"
    offer = making.offer(session, title=given.pop("title", "Engelsk 1"), credits=worth, credit_scheme=scheme)
    run = making.run(session, offer, term=term, places=1, state="closed")
    deadline = clock.today() + timedelta(days=9)
    values = {"applicant_key": ME, "decision": "offered", "answer": "offered", "answer_by": deadline, **given}
    return making.application(session, run, **values)


def in_force(session: Session, kind: RuleKind, number: float = 1) -> Actor:
    rule(session, kind, number, date(2027, 1, 1))
    return making.applicant(session, ME)


@pytest.mark.parametrize(
    ("term", "day", "bound_on"),
    [
        ("2027V", date(2026, 5, 1), date(2027, 1, 1)),
        ("2027V", date(2027, 2, 3), date(2027, 2, 3)),
        ("2027V", date(2027, 9, 1), date(2027, 6, 30)),
    ],
)
def test_a_term_is_judged_by_the_rules_of_its_own_days(term: str, day: date, bound_on: date) -> None:
    assert binding_day(term, day) == bound_on


def test_a_rule_begins_with_a_term_to_come_and_a_deadline_from_today() -> None:
    today = date(2026, 11, 22)
    coming = [date(2027, 1, 1), date(2027, 7, 1), date(2028, 1, 1), date(2028, 7, 1)]
    assert first_days(RuleKind.ONE_PLACE, today) == coming
    assert first_days(RuleKind.ANSWER_WITHIN, today) == [today, *coming]


def test_nothing_binds_until_it_is_switched_on(database: Database) -> None:
    with database.write() as session:
        me = making.applicant(session, ME)
        for title in ("Første", "Andre"):
            operations.accept(session, me, offered(session, title=title))
        assert bond(session, "2027V").free
        assert two_places(session) == []


def test_a_second_place_is_refused_until_the_first_is_given_up(database: Database) -> None:
    with database.write() as session:
        me = in_force(session, RuleKind.ONE_PLACE)
        first, second = offered(session, title="Første"), offered(session, title="Andre")
        waits = making.application(session, making.run_of(session, first), decision=Decision.WAITLISTED)
        elsewhere, earlier = offered(session, term="2027H"), offered(session, term="2026H")
        operations.accept(session, me, first)
        with pytest.raises(operations.Committed, match="Du har takket ja til «Første»"):
            operations.accept(session, me, second)
        assert (first.answer, second.answer) == (Answer.ACCEPTED, Answer.OFFERED)
        for free in (elsewhere, earlier):
            operations.accept(session, me, free)
        assert operations.accept(session, me, second, giving_up=[first.pk]) == [first]
        assert (first.standing, first.withdraw_reason) == (Standing.WITHDRAWN, "commitment_rule")
        assert (second.answer, waits.answer) == (Answer.ACCEPTED, Answer.OFFERED)


def test_who_withdraws_is_free_to_take_another(database: Database) -> None:
    with database.write() as session:
        me = in_force(session, RuleKind.ONE_PLACE)
        first, second = offered(session), offered(session)
        operations.accept(session, me, first)
        operations.withdraw(session, me, first, "personal")
        operations.accept(session, me, second)
        assert second.answer is Answer.ACCEPTED


def test_a_course_that_has_begun_is_not_given_up_here(database: Database) -> None:
    with database.write() as session:
        me = in_force(session, RuleKind.ONE_PLACE)
        begun = offered(session, answer="accepted", attendance="started")
        with pytest.raises(Refused, match="Studiet har begynt"):
            operations.accept(session, me, offered(session), giving_up=[begun.pk])


def test_nobody_holds_up_the_runs_of_others(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []
    lock = answering.lock_run
    monkeypatch.setattr(answering, "lock_run", lambda session, run_id: held.append(run_id) or lock(session, run_id))
    with database.write() as session:
        me = in_force(session, RuleKind.ONE_PLACE)
        mine, foreign = offered(session), offered(session, applicant_key="k1:other")
        with pytest.raises(InvalidInput, match="egne plasser"):
            operations.accept(session, me, mine, giving_up=[foreign.pk])
        assert held == [mine.run_id]
        assert (mine.answer, foreign.standing) == (Answer.OFFERED, Standing.OPEN)


def test_credits_are_counted_within_the_term(database: Database) -> None:
    with database.write() as session:
        me = in_force(session, RuleKind.MOST_CREDITS, 22.5)
        first, small = offered(session), offered(session, worth=7.5)
        too_much, unknown = offered(session, worth=10), offered(session, worth=None)
        for one in (first, small, unknown, offered(session, term="2027H", worth=20)):
            if one is not small:
                operations.accept(session, me, one)
        with pytest.raises(operations.Committed, match=r"høyst 22,5 studiepoeng per semester.* blir det 25\."):
            operations.accept(session, me, too_much)
        operations.accept(session, me, small)
        assert operations.accept(session, me, too_much, giving_up=[first.pk, unknown.pk]) == [first, unknown]


def test_the_answers_of_a_stranger_tell_nothing_of_the_other_place(database: Database) -> None:
    with database.write() as session:
        operations.accept(session, in_force(session, RuleKind.ONE_PLACE), offered(session, title="Hemmelig"))
        second = offered(session)
        with pytest.raises(Exception, match="ikke tilgang"):
            operations.accept(session, making.applicant(session, "k1:other"), second)


def test_two_answers_at_the_same_moment_take_one_place(database: Database) -> None:
    with database.write() as session:
        me = in_force(session, RuleKind.ONE_PLACE)
        ids = [offered(session).pk for _ in range(8)]
    said: list[str] = []
    together = threading.Barrier(len(ids))

    def say_yes(application_id: int) -> None:
        together.wait()
        try:
            with database.write() as session:
                operations.accept(session, me, operations.get_application(session, application_id))
            said.append("yes")
        except operations.Committed:
            said.append("bound")

    threads = [threading.Thread(target=say_yes, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["bound"] * 7 + ["yes"]


def accepted(session: Session, moment: datetime, **given: Any) -> str:
    """A yes that was reported from another system: nobody could refuse it."""
    made = offered(session, answer="accepted", attendance="accepted", **given)
    told = {"actor": "test", "thing": "application", "thing_id": made.pk, "life": "answer", "event": "accept"}
    audit.record(session, **told, to_state="accepted", at=moment)  # type: ignore[arg-type]  # one dict of texts and an id
    return making.run_of(session, made).key


def test_places_taken_in_spite_of_the_rule_are_found_by_the_rule_of_the_day(database: Database) -> None:
    spring = datetime(2027, 2, 1, 12, tzinfo=clock.OSLO)
    with database.write() as session:
        for day, key in ((0, "k1:a"), (3, "k1:b")):
            accepted(session, spring + timedelta(days=day), applicant_key=key)
        accepted(session, spring, applicant_key="k1:old", term="2026H")
        accepted(session, spring, applicant_key="k1:old", term="2026H")
        second = accepted(session, spring + timedelta(days=4), applicant_key="k1:a")
        accepted(session, spring + timedelta(days=90), applicant_key="k1:b")
        accepted(session, spring, applicant_key="k1:b", term="2027H")
    with database.read() as session:
        assert two_places(session) == []
    with database.write() as session:
        rule(session, RuleKind.ONE_PLACE, 1, date(2027, 1, 1))
        rule(session, RuleKind.ONE_PLACE, 0, date(2027, 3, 1), version=3)
    with database.read() as session:
        assert two_places(session) == [second]


def test_who_had_both_before_the_rule_was_made_broke_nothing(database: Database) -> None:
    with database.write() as session:
        made = rule(session, RuleKind.ONE_PLACE, 1, date(2027, 1, 1))
        audit.record(session, actor="test", thing="rule", thing_id=made.pk, event="change")
        for days in (-3, -2):
            accepted(session, clock.now() + timedelta(days=days), applicant_key="k1:early")
        late = [accepted(session, clock.now() + timedelta(days=days), applicant_key="k1:late") for days in (-1, 1)]
    with database.read() as session:
        assert two_places(session) == late[1:]


def test_a_rule_is_told_as_it_holds_today_and_later(database: Database) -> None:
    today = date(2026, 11, 22)
    code = CODES[RuleKind.ONE_PLACE]
    with database.write() as session:
        assert [(one.number, one.version) for one in stretches(session, code, today)] == [(0, 1)]
        assert not is_changed(session, code, today)
        rule(session, RuleKind.ONE_PLACE, 1, date(2027, 1, 1))
        rule(session, RuleKind.ONE_PLACE, 1, date(2027, 7, 1), version=3)
        told = [(one.since, one.number, one.version) for one in stretches(session, code, today)]
        assert told == [(date(2025, 8, 1), 0, 1), (date(2027, 1, 1), 1, 2)]
        assert is_changed(session, code, today)
        assert stretches(session, code, date(2020, 1, 1))[0].since == date(2025, 8, 1)
        session.execute(text("DELETE FROM rule WHERE code = :code"), {"code": code})
        assert stretches(session, code, today) == []


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        yield opened


def test_the_applicant_reads_what_a_yes_binds_to_and_chooses(site: Site) -> None:
    me = site.signed_in(Role.SEARCHER)
    with site.database.write() as session:
        key = demo_applicant(session.get_one(Person, me.person).subject)
        rule(session, RuleKind.ONE_PLACE, 1, date(2027, 1, 1))
        rule(session, RuleKind.MOST_CREDITS, 60, date(2027, 1, 1))
        first, second = (offered(session, title=title, applicant_key=key).pk for title in ("Første", "Andre"))
        begun = offered(
            session, title="I gang", applicant_key=key, answer="accepted", attendance="started", term="2027H"
        )
        later = offered(session, title="Senere", applicant_key=key, term="2027H").pk
        others = offered(session, applicant_key="k1:other").pk
        assert begun.pk
    page = me.page("/nb/mine-soknader")
    card = " ".join(page.select_one(f"#soknad-{first}").get_text(" ").split())  # type: ignore[union-attr]  # it is there
    assert "Sier du ja her, kan du ikke si ja til en annen plass i samme semester" in card
    assert "høyst 60 studiepoeng per semester. Denne plassen gir 15, og du har takket ja til 0." in card
    assert me.get(f"/nb/mine-soknader/{first}/velg").status_code == 303  # nothing to choose between
    me.post(f"/nb/mine-soknader/{first}", action="accept")
    refused = me.post(f"/nb/mine-soknader/{second}", action="accept")
    assert refused.headers["Location"].endswith(f"/nb/mine-soknader/{second}/velg")
    choice = me.page(refused.headers["Location"])
    assert "Du har takket ja til «Første» og kan ha én plass per semester." in choice.get_text()
    assert [one["value"] for one in choice.select("input[name=giving_up]")] == [str(first)]
    me.press(choice, "Takk ja, og gi fra deg")
    text = me.page("/nb/mine-soknader").get_text()
    assert "Du har takket ja til plassen og gitt fra deg den andre." in text
    stuck = me.page(f"/nb/mine-soknader/{later}/velg")
    assert "Du har begynt på «I gang». Be institusjonen" in " ".join(stuck.get_text().split())
    assert stuck.select("input[name=giving_up]") == []
    assert me.get(f"/nb/mine-soknader/{others}/velg").status_code == 404
