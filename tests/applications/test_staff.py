"""The owner's own part: what waits for its word, whom it stands behind, in which order, and one mail a day about it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlmodel import Session, col, select

from registry.access.models import Membership, Person
from registry.access.roles import Role
from registry.applications import operations
from registry.applications.daily_mail import KIND, tell_owners
from registry.applications.models import Application
from registry.applications.queries.staff import staff_runs, waiting_for_owners
from registry.applications.states import Endorsement
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import IllegalTransition, InvalidInput, NeedsReason, NotAllowed, Refused
from registry.messages.delivering import deliver
from registry.messages.models import Message
from registry.offers.models import Run
from registry.settings import Settings
from tests.applications import making
from tests.messages.sink import open_sink
from tests.site import Site, open_site

MORNING = datetime(2026, 11, 4, 8, tzinfo=UTC)
PAGE = "/nb/eier/soknader"


def owners(session: Session) -> tuple[int, int]:
    ids = making.cast(session).organisations
    return ids[making.OWNER], ids[making.OTHER_OWNER]


def asks(session: Session, run: Run, owner: int, **given: Any) -> Application:
    return making.application(session, run, owner_id=owner, **{"endorsement": "pending", **given})


def test_the_owner_stands_behind_some_and_not_behind_others(database: Database) -> None:
    with database.write() as session:
        cast, (mine, other) = making.cast(session), owners(session)
        run = making.run(session)
        a, b, c = (asks(session, run, mine) for _ in range(3))
        foreign, elsewhere = asks(session, run, other), asks(session, making.run(session), mine)
        assert operations.speak_for(session, cast.owner, run, mine, [a.pk, b.pk]) == 2
        assert operations.speak_for(session, cast.owner, run, mine, [a.pk]) == 0  # said already
        for wrong in ([], [foreign.pk], [a.pk, elsewhere.pk]):
            with pytest.raises(InvalidInput):
                operations.speak_for(session, cast.owner, run, mine, wrong)
        with pytest.raises(NotAllowed):
            operations.speak_for(session, cast.other_owner, run, mine, [c.pk])
        for code, error in (("", NeedsReason), ("rain", InvalidInput), ("other", NeedsReason)):
            with pytest.raises(error):
                operations.speak_for(session, cast.owner, run, mine, [c.pk], (code, None))
        assert operations.speak_for(session, cast.owner, run, mine, [b.pk, c.pk], ("no_substitute", None)) == 2
        with pytest.raises(IllegalTransition):
            operations.speak_for(session, cast.owner, run, mine, [c.pk])
        said = [(one.endorsement, one.endorsement_reason) for one in (a, b, c, foreign)]
        no = (Endorsement.DECLINED, "no_substitute")
        assert said == [(Endorsement.ENDORSED, None), no, no, (Endorsement.PENDING, None)]
        withdrawn = asks(session, run, mine, standing="withdrawn", withdraw_reason="x", withdrawn_at=clock.now())
        with pytest.raises(Refused):
            operations.speak_for(session, cast.owner, run, mine, [withdrawn.pk])
    with database.read() as session:
        lines = session.exec(select(AuditEntry).where(AuditEntry.thing == "application")).all()
        assert sorted((line.thing_id, line.event, line.reason_code) for line in lines) == sorted(
            [(one.pk, "endorse", None) for one in (a, b)]
            + [(one.pk, "decline_endorsement", "no_substitute") for one in (b, c)]
        )


def test_a_new_order_leaves_the_rank_of_who_has_been_decided(database: Database) -> None:
    with database.write() as session:
        cast, (mine, _other) = making.cast(session), owners(session)
        run = making.run(session)
        refused = asks(session, run, mine, owner_rank=1, decision="rejected", reject_reason="late")
        first, second = (asks(session, run, mine, owner_rank=rank) for rank in (2, 3))
        operations.rank(session, cast.owner, run, mine, [second.pk])
        assert [one.owner_rank for one in (refused, first, second)] == [1, None, 1]


def test_what_waits_comes_first_and_what_is_over_is_left_out(database: Database) -> None:
    with database.write() as session:
        mine, other = owners(session)
        day = clock.today()
        late, soon, said, lost = (
            making.run(session, application_closes_on=day + timedelta(days=days), key=key)
            for days, key in ((9, "late"), (3, "soon"), (1, "said"), (1, "lost"))
        )
        for run in (late, soon):
            asks(session, run, mine)
        ranked = asks(session, soon, mine, owner_rank=1)
        asks(session, soon, other)
        asks(session, said, mine, endorsement="endorsed")
        asks(session, late, mine, decision="rejected", reject_reason="late")
        asks(session, lost, mine)
        lost.state, lost.cancel_reason, lost.cancelled_at = "cancelled", "funding", clock.now()  # type: ignore[assignment]  # text of the enum
        making.application(session, late)
    with database.read() as session:
        page = staff_runs(session, frozenset({mine}))
        assert [(one.run.key, one.pending, len(one.applications)) for one in page.items] == [
            ("soon", 2, 2), ("late", 1, 1), ("said", 0, 1),
        ]  # fmt: skip
        assert page.items[0].applications[0].pk == ranked.pk
        assert [one.run.key for one in staff_runs(session, frozenset({mine}), 2, 2).items] == ["said"]
        assert staff_runs(session, frozenset()).total == 0
        assert [(one.owner.pk, one.number) for one in waiting_for_owners(session)] == [(mine, 3), (other, 1)]


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        yield opened


def test_the_owners_page_from_the_first_word_to_the_order(site: Site) -> None:
    visitor = site.signed_in(Role.OWNER, organisation=making.OWNER)
    assert "Ingen søknader venter på dere" in visitor.page(PAGE).get_text()
    with site.database.write() as session:
        mine, other = owners(session)
        run = making.run(session, key="kull")
        ids = [asks(session, run, mine).pk for _ in range(3)]
        foreign = asks(session, run, other).pk
    page = visitor.page(PAGE)
    assert "3 venter på dere" in page.get_text()
    assert [int(one["value"]) for one in page.select("input[name=application]")] == ids

    def say(**fields: Any) -> str:
        sent = {"owner": mine, "listed": ids, **fields}
        assert visitor.post(f"{PAGE}/kull", **sent).status_code == 303
        return " ".join(visitor.page(PAGE).get_text(" ").split())

    assert "2 søknader har støtte." in say(action="endorse", application=ids[:2])
    assert "1 søknad har støtte." in say(action="endorse", application=ids[:1])  # it had before
    assert "Velg en årsak." in say(action="decline", application=ids[2:])
    text = say(action="decline", application=ids[2:], reason="no_substitute")
    assert "1 søknad har ikke støtte." in text
    assert "( Mangler vikar )" in text or "(Mangler vikar)" in text
    assert "Rekkefølgen er lagret." in say(action="rank", **{f"rank-{ids[0]}": 2, f"rank-{ids[1]}": "1"})
    assert "Velg hva du vil gjøre." in say(action="sing")
    assert "egne søkere" in say(action="endorse", application=[foreign])
    with site.database.read() as session:
        ranks = session.exec(select(Application.owner_rank).order_by(col(Application.id))).all()
        assert ranks == [2, 1, None, None]
    assert visitor.post(f"{PAGE}/kull", owner=other, action="endorse", application=foreign).status_code == 404
    assert visitor.post(f"{PAGE}/finnes-ikke", owner=mine, action="endorse", application=ids).status_code == 404
    assert site.signed_in(Role.SEARCHER).get(PAGE).status_code == 403


def test_the_office_and_the_applicant_read_why_in_words(site: Site) -> None:
    with site.database.write() as session:
        cast, (mine, _other) = making.cast(session), owners(session)
        run = making.run(session)
        pk = asks(session, run, mine).pk
        operations.speak_for(session, cast.owner, run, mine, [pk], ("no_substitute", None))
    office = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
    assert "Mangler vikar" in office.page(f"/nb/opptak/soknad/{pk}").get_text()


@pytest.fixture
def traveller() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MORNING, tick=False) as travelled:
        yield travelled


def somebody(session: Session, organisation: int, name: str, **given: Any) -> None:
    values = {"email": f"{name}@kommune.example", "created_at": clock.now(), **given}
    person = Person(issuer="test", subject=name, display_name=name, **values)
    session.add(person)
    session.flush()
    session.add(
        Membership(person_id=person.pk, role=Role.OWNER, organisation_id=organisation, valid_from=date(2026, 1, 1))
    )
    session.flush()


def told(database: Database) -> list[tuple[str | None, int]]:
    tell_owners(database)
    with database.read() as session:
        found = session.exec(select(Message).where(Message.kind == KIND).order_by(col(Message.id))).all()
        return [(one.recipient, one.context["number"]) for one in found]


def test_one_mail_a_day_where_something_new_waits(database: Database, traveller: time_machine.Traveller) -> None:
    with database.write() as session:
        mine, other = owners(session)
        somebody(session, mine, "anne")
        somebody(session, mine, "gone", deactivated_at=clock.now())
        somebody(session, mine, "silent", email=None)
        somebody(session, other, "bo")
        run = making.run(session)
        asks(session, run, mine)
    traveller.shift(timedelta(hours=-3))
    assert told(database) == []  # before the morning
    traveller.shift(timedelta(hours=3))
    first = ("anne@kommune.example", 1)
    assert told(database) == [first] == told(database)
    with database.write() as session:
        asks(session, run, mine)
    assert told(database) == [first]  # not twice in a day
    traveller.shift(timedelta(days=1))
    assert told(database) == [first, ("anne@kommune.example", 2)]
    traveller.shift(timedelta(days=1))
    assert len(told(database)) == 2  # nothing new
    with database.write() as session:
        asks(session, run, mine, endorsement="endorsed")
        for one in session.exec(select(Application).where(Application.owner_id == mine)):
            one.endorsement = Endorsement.ENDORSED
    assert len(told(database)) == 2  # nothing waits


def test_the_mail_holds_a_number_and_a_link(
    database: Database, traveller: time_machine.Traveller, tmp_path: Path
) -> None:
    with database.write() as session:
        mine, _other = owners(session)
        somebody(session, mine, "anne", language="nn")
        key = asks(session, making.run(session), mine).applicant_key
    assert tell_owners(database) == {"told": 1}
    with open_sink() as sink:
        address = "https://registeret.example/"
        mail_from = "r@registeret.example"
        deliver(database, Settings(home=tmp_path, mail_url=sink.url, mail_from=mail_from, public_url=address))
        [mail] = sink.mails
    assert mail["Subject"] == "1 søknad ventar på støtte frå dykk"
    for kind in ("plain", "html"):
        words = str(mail.get_body((kind,)).get_content())
        assert "https://registeret.example/nn/eier/soknader" in words
        assert key not in words


def test_with_nobody_to_tell_nothing_is_written(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "write", None)
    assert tell_owners(database) == {"told": 0}
