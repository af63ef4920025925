"""The applicant's own page: what asks most comes first, the order is their own, and everything kept is theirs to see."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from registry.access.models import Person
from registry.access.pseudonyms import demo_applicant
from registry.access.roles import Role
from registry.applications import operations
from registry.applications.models import ApplicantContact, Application, Relocation
from registry.applications.nearest import Proposed
from registry.applications.operations.changing import must_be_open
from registry.applications.states import Standing
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import InvalidInput, NotAllowed, Refused
from registry.offers.models import Run
from registry.reference.models import Organisation
from tests.applications import making
from tests.site import Site, Visitor, open_site

PAGE = "/nb/mine-soknader"
OFFERED: dict[str, Any] = {"decision": "offered", "answer": "offered", "answer_by": clock.today()}


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        yield opened


def key_of(site: Site, visitor: Visitor) -> str:
    with site.database.read() as session:
        return demo_applicant(session.get_one(Person, visitor.person).subject)


def made(session: Session, key: str, title: str, **given: Any) -> int:
    run = making.run(session, making.offer(session, title=title), state="closed")
    return making.application(session, run, applicant_key=key, **given).pk


def test_what_must_be_answered_comes_first(site: Site) -> None:
    me = site.signed_in(Role.SEARCHER)
    with site.database.write() as session:
        key = key_of(site, me)
        made(session, key, "Avslått", decision="rejected", reject_reason="late")
        made(session, key, "Mottatt", priority=2)
        made(session, key, "Tilbudt", priority=3, **OFFERED)
        made(session, "k1:other", "En annens", **OFFERED)
    page = me.page(PAGE)
    assert [one.get_text(strip=True) for one in page.select("article h3")] == ["Tilbudt", "Mottatt", "Avslått"]
    headings = [one.get_text(strip=True) for one in page.select("h2")]
    assert headings[:3] == ["Du må svare", "Under behandling", "Avsluttet"]


def test_the_order_is_the_applicants_own(site: Site) -> None:
    me = site.signed_in(Role.SEARCHER)
    with site.database.write() as session:
        key = key_of(site, me)
        first, second = (made(session, key, title, priority=place) for place, title in enumerate(("A", "B"), start=1))
    assert me.press(me.page(PAGE), "Sett «B» høyere").status_code == 303
    with site.database.read() as session:
        assert [session.get_one(Application, one).priority for one in (first, second)] == [2, 1]
        [up, down] = session.exec(select(AuditEntry).where(AuditEntry.event == "prioritise")).all()
        assert {(line.details or {})["to"] for line in (up, down)} == {1, 2}
    me.post(f"{PAGE}/{second}", action="up")  # it is first already
    assert me.press(me.page(PAGE), "Sett «B» lavere").status_code == 303
    with site.database.read() as session:
        assert session.get_one(Application, first).priority == 1


def test_nobody_orders_for_somebody_else_or_half_of_it(database: Database) -> None:
    with database.write() as session:
        me = making.applicant(session, "k1:me")
        a, b = (made(session, "k1:me", title) for title in ("A", "B"))
        foreign = made(session, "k1:other", "C")
        for ids in ([a], [a, b, foreign], [a, a], []):
            with pytest.raises(InvalidInput):
                operations.prioritise(session, me, "k1:me", ids)
        operations.prioritise(session, me, "k1:me", [a, b])
        changed = session.get_one(Application, a).version, session.get_one(Application, b).version
        assert changed == (1, 2), "the first was first already"
        with pytest.raises(NotAllowed):
            operations.prioritise(session, making.applicant(session, "k1:other"), "k1:me", [b, a])


def test_a_displaced_applicant_is_shown_where_to_go_but_not_where_they_have_applied(database: Database) -> None:
    with database.write() as session:
        provider = making.cast(session).provider
        run, been, new, more = (making.run(session) for _ in range(4))
        waits = making.application(session, run, applicant_key="k1:me")
        making.application(session, been, applicant_key="k1:me")
        turned_down = making.application(session, run, decision="rejected", reject_reason="late")
        session.expire_all()
        found = [Proposed(one.pk, 0.9, "Nær") for one in (been, new, more)]
        operations.cancel(session, provider, run, "funding", proposer=lambda *_: found)
        shown = session.exec(select(Relocation).order_by(Relocation.position)).all()
        assert [(one.application_id, one.run_id, one.position) for one in shown] == [
            (waits.pk, new.pk, 1),
            (waits.pk, more.pk, 2),
        ]
        assert turned_down.standing == "displaced"


def test_everything_that_is_kept_can_be_read_and_taken_along(site: Site) -> None:
    me = site.signed_in(Role.SEARCHER)
    assert "ingen søknader fra deg" in me.page(f"{PAGE}/mine-opplysninger").text
    key = key_of(site, me)
    with site.database.write() as session:
        office, run = making.cast(session).office, making.run(session)
        actor = making.cast(session).system
        mine = operations.submit(session, actor, run, key)
        operations.look(session, office, mine.pk, "guidance")
        other = operations.submit(session, actor, run, "k1:other")
        operations.reject(session, office, other, "not_qualified")
    me.post(f"{PAGE}/varsler", email="kari@skole.example", language="nn", pace="daily")
    kept = json.loads(me.get(f"{PAGE}/mine-opplysninger.json").text)
    [application] = kept["applications"]
    assert [line["event"] for line in application["history"]] == ["submit", "look_across"]
    assert kept["looks"][0]["purpose"] == "guidance"
    assert kept["contact"] == {"email": "kari@skole.example", "language": "nn", "daily": True}
    assert "not_qualified" not in json.dumps(kept)
    page = me.page(f"{PAGE}/mine-opplysninger").text
    assert "Opptakskontoret så på søkerens andre søknader" in page
    assert "kari@skole.example" in page
    stranger = site.signed_in(Role.SEARCHER)
    assert json.loads(stranger.get(f"{PAGE}/mine-opplysninger.json").text)["applications"] == []


def test_where_to_be_told_is_chosen_on_the_page(site: Site) -> None:
    me = site.signed_in(Role.SEARCHER)
    me.press(me.page(PAGE), "Lagre", email="kari@skole.example", language="nn", pace="daily")
    assert 'value="kari@skole.example"' in str(me.page(PAGE))
    me.post(f"{PAGE}/varsler", email="feil", language="nb")
    with site.database.read() as session:
        assert session.exec(select(ApplicantContact.email)).all() == ["kari@skole.example"]
    me.post(f"{PAGE}/varsler", email="", language="nb")
    with site.database.read() as session:
        assert session.exec(select(ApplicantContact)).all() == []


def test_the_menu_shows_the_page_to_those_who_apply(site: Site) -> None:
    searcher = site.signed_in(Role.SEARCHER)
    office = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)

    def shown(visitor: Visitor) -> bool:
        return "Mine søknader" in visitor.page("/nb/rapporter").select_one(".menu").get_text()

    assert shown(searcher)
    assert not shown(office)
    with site.database.write() as session:
        made(session, key_of(site, office), "Egen")
    assert shown(office)


# Applying


def open_run(session: Session, **given: Any) -> Run:
    return making.run(session, **given)


def test_applying_where_the_institution_takes_applications(site: Site) -> None:
    me = site.signed_in(Role.SEARCHER)
    with site.database.write() as session:
        run, own_system = open_run(session), open_run(session, apply_url="https://soknad.example/")
        owner = session.exec(select(Organisation.id).where(Organisation.key == making.OWNER)).one()
        key, other = run.key, own_system.key
    address = f"/nb/sok/{key}"
    assert me.get(address).status_code == 404, "no admissions office here yet"
    site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
    assert me.get(f"/nb/sok/{other}").status_code == 404
    assert me.get("/nb/sok/nothing").status_code == 404
    page = me.page(address)
    token = page.select_one("input[name=token]")["value"]
    for _ in range(2):  # the button was pressed twice
        assert me.post(address, token=token, owner=owner).location.endswith("/mine-soknader")
    with site.database.read() as session:
        [found] = session.exec(select(Application)).all()
        assert (found.owner_id, found.endorsement, found.priority) == (owner, "pending", 1)
    assert "allerede søkt" in me.page(address).text
    assert me.post(address, token="another").location.endswith(address)


def test_a_closed_run_takes_nobody(site: Site) -> None:
    me = site.signed_in(Role.SEARCHER)
    site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
    with site.database.write() as session:
        key = open_run(session, state="closed").key
    assert "ikke åpent for søknader" in me.page(f"/nb/sok/{key}").text
    assert me.post(f"/nb/sok/{key}").location.endswith(f"/sok/{key}")
    with site.database.write() as session:
        assert session.exec(select(Application)).all() == []


@pytest.mark.parametrize(
    ("standing", "why"),
    [(Standing.WITHDRAWN, "trukket"), (Standing.DISPLACED, "avlyst"), (Standing.ABSORBED, "slått sammen")],
)
def test_what_is_over_is_told_by_why_it_is(standing: Standing, why: str) -> None:
    with pytest.raises(Refused, match=why):
        must_be_open(Application(standing=standing))
