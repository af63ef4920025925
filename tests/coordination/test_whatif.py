"""Every rule either shows what another number would do, or says why it cannot be shown."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from registry.access.policy import system
from registry.access.roles import Role
from registry.applications.models import Application
from registry.applications.states import Answer, Attendance, Decision, Endorsement
from registry.coordination.models import Pair
from registry.coordination.operations import change_rule, detect
from registry.coordination.untold import why_untold
from registry.coordination.whatif import WhatIf, what_if
from registry.core import clock
from registry.core.db import Database
from registry.offers.states import RunState
from registry.rules.models import Rule
from registry.rules.register import rules_on
from tests.coordination.country import TODAY, add_offer, add_run, add_taught
from tests.coordination.test_ruling import DIRECTORATE, NEW
from tests.site import Site

ROBOT = system("detect")
SHOWN = {
    "RISK_FLAG", "RISK_HIGH", "DARK_FLAG", "OVERSUBSCRIBED", "LOW_RUN_DEFAULT_MINIMUM", "LOW_OFFER_TREND",
    "LOW_OFFER_TREND_INFO", "LOW_OFFER_TREND_EXEMPT_CYCLES", "SMALL_SUBJECT_INSTITUTIONS", "SMALL_SUBJECT_STARTERS",
    "SMALL_SUBJECT_OFF_STARTERS", "SMALL_SUBJECT_OFF_EXTRA", "NATIONAL_GUARANTEE", "OVL_STRONG", "OVL_POSSIBLE",
    "DUP_SURE", "DUP_POSSIBLE", "ATTENDANCE_DUE_DAYS", "RESULTS_DUE_DAYS",
}  # fmt: skip


def tried(session: Session, code: str, number: float, exceptions: frozenset[str] | None = None) -> WhatIf:
    found = what_if(session, code, number, TODAY, exceptions)
    assert found is not None
    return found


def test_every_rule_of_the_register_shows_its_effect_or_says_why_not(database: Database) -> None:
    with database.write() as session:
        add_taught(session, "0238", "Engelsk 1, 1.–7. trinn", subject_code="engelsk")
    detect(database, ROBOT, today=TODAY)
    shown = set()
    with database.read() as session:
        rules = rules_on(session, TODAY)
        for code in sorted(set(session.exec(select(Rule.code)))):
            number = rules[code] + 0.01
            why = why_untold(code, number, rules[code])
            found = what_if(session, code, number, TODAY)
            assert (found is None) == (why is not None), code
            if why is None:
                shown.add(code)
    assert shown == SHOWN


def test_pairs_that_are_not_kept_are_not_said_to_be_none(database: Database) -> None:
    with database.read() as session:
        for code in ("OVL_POSSIBLE", "DUP_POSSIBLE"):
            assert what_if(session, code, 0.01, TODAY) is None
            assert "er ikke lagret" in (why_untold(code, 0.01, 0.15) or "")


@pytest.fixture
def exempted(database: Database) -> Database:
    """Two subjects that are left alone, each with an overlap, and one that is not."""
    with database.write() as session:
        for subject, title in (
            ("engelsk", "Engelsk 1, 1.–7. trinn"),
            ("norsk", "Norsk 1, 1.–7. trinn"),
            ("matematikk", "Matematikk 1, 1.–7. trinn"),
        ):
            for provider in ("0238", "1160", "1171"):
                add_taught(session, provider, title, subject_code=subject)
        leave_alone(session, "engelsk", "norsk")
    detect(database, ROBOT, today=TODAY)
    return database


def leave_alone(session: Session, *subjects: str) -> None:
    rule = session.exec(select(Rule).where(Rule.code == "OVL_POSSIBLE").order_by(Rule.version.desc())).first()  # type: ignore[attr-defined]  # a column, to SQL
    assert rule is not None
    new = replace(NEW, number=rule.number, valid_from=TODAY, exceptions=frozenset(subjects), seen=rule.version)
    change_rule(session, DIRECTORATE, "OVL_POSSIBLE", new)


def standing(session: Session) -> set[tuple[int, int, str]]:
    return {
        (pair.a_offer_id, pair.b_offer_id, f"{pair.score:.2f}".replace(".", ","))
        for pair in session.exec(select(Pair).where(Pair.gone_on == None))  # noqa: E711 - SQL's own comparison
    }


def test_an_exemption_that_ends_shows_the_overlaps_that_the_next_comparison_finds(exempted: Database) -> None:
    with exempted.read() as session:
        before = standing(session)
        number = rules_on(session, TODAY)["OVL_POSSIBLE"]
        effect = tried(session, "OVL_POSSIBLE", number, frozenset({"norsk"}))
        nothing = tried(session, "OVL_POSSIBLE", number, frozenset({"engelsk", "norsk"}))
        higher = tried(session, "OVL_POSSIBLE", 1, frozenset({"norsk"}))
    assert len(before) == len(effect.on) == 3
    assert {one.text.split()[0] for one in effect.on} == {"Engelsk"}
    assert (effect.off, nothing) == ((), WhatIf((), ()))
    assert (len(higher.on), len(higher.off)) == (0, 3)
    with exempted.write() as session:
        leave_alone(session, "norsk")
    detect(exempted, ROBOT, today=TODAY)
    with exempted.read() as session:
        come = standing(session) - before
    assert sorted(score for *_, score in come) == sorted(one.detail for one in effect.on)


def test_the_page_tries_an_exemption_that_ends_and_says_what_cannot_be_tried(exempted: Database, site: Site) -> None:
    who = site.signed_in(Role.DIRECTORATE)
    page = who.page("/nb/samordning/regler/OVL_POSSIBLE?slutt=engelsk").find(id="virkning")
    assert "3 får flagget." in page.get_text()
    assert [one.get("value") for one in page.select("select[name=slutt] option")] == ["", "engelsk", "norsk"]
    below = who.page("/nb/samordning/regler/OVL_POSSIBLE?tall=0,01").find(id="virkning").get_text()
    assert "er ikke lagret" in below
    for code, why in (("OVL_W_NAME", "inngår i hvordan to tilbud sammenlignes"), ("SMALL_CELL", "rundes av")):
        told = who.page(f"/nb/samordning/regler/{code}").find(id="virkning")
        assert why in told.get_text()
        assert not told.select("form")


def test_runs_that_lack_a_report_come_and_go_with_the_days(database: Database) -> None:
    with database.write() as session:
        offer = add_offer(session, "0238", "Engelsk 1")
        starts = TODAY - timedelta(days=30)
        run = add_run(session, offer, "2026H", state=RunState.RUNNING, starts_on=starts, ends_on=date(2027, 1, 1))
        session.add(
            Application(
                run_id=run.pk,
                applicant_key="k1:1",
                applied_at=clock.now(),
                endorsement=Endorsement.NOT_NEEDED,
                decision=Decision.OFFERED,
                answer=Answer.ACCEPTED,
                attendance=Attendance.ACCEPTED,
            )
        )
    with database.read() as session:
        later, sooner = (tried(session, "ATTENDANCE_DUE_DAYS", days) for days in (60, 14))
        assert [(one.text, one.since) for one in later.off] == [("Engelsk 1", starts + timedelta(days=21))]
        assert (later.on, sooner) == ((), WhatIf((), ()))
