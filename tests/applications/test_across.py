"""The view across: no case, no look; every look has a purpose, is kept, and is shown to the applicant; nothing more leaks."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlmodel import Session, select
from werkzeug.routing import Rule

from registry.access.models import Person
from registry.access.pseudonyms import demo_applicant, short_form
from registry.access.roles import GRANTS, Role
from registry.applications import operations
from registry.applications.models import AcrossLook, Application
from registry.applications.queries.across import Elsewhere, Signals, Where, elsewhere, placed_elsewhere, signals
from registry.core import clock
from registry.core.audit import AuditEntry
from registry.core.db import Database
from registry.core.errors import InvalidInput, NotFound
from registry.reference.models import Organisation
from registry.web.guard import PUBLIC, permission_of
from tests.applications import making
from tests.site import Site, Visitor, open_site

ACCEPTED = {"decision": "offered", "answer": "accepted", "attendance": "accepted"}
KEY = "k1:" + "ab" * 32


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        yield opened


def abroad(session: Session, key: str = KEY, run_given: dict[str, Any] | None = None, **given: Any) -> Application:
    """An application of the same person at another institution."""
    offer = making.offer(session, making.OTHER_INSTITUTION, title="Hemmelig tittel 4711", native_code="HEMMELIG-4711")
    run = making.run(session, offer, **{"state": "closed", **(run_given or {})})
    return making.application(session, run, applicant_key=key, **given)


def at_home(session: Session, key: str = KEY, **given: Any) -> Application:
    return making.application(session, making.run(session, state="closed"), applicant_key=key, **given)


def test_a_look_shows_four_things_and_is_written_down(database: Database) -> None:
    with database.write() as session:
        cast, case = making.cast(session), at_home(session, priority=2)
        abroad(session, **ACCEPTED, priority=1)
        made = operations.look(session, cast.office, case.pk, "places")
        assert (made.shown, made.organisation_id) == (1, cast.organisations[making.INSTITUTION])
        look, _case, others = operations.seen(session, cast.office, made.pk)
        name = session.exec(select(Organisation.name_nb).where(Organisation.key == making.OTHER_INSTITUTION)).one()
        assert others == [Elsewhere(name, "Matematikk", Where.ACCEPTED, 1)]
        assert look.applicant_key == KEY
    with database.read() as session:
        [line] = session.exec(select(AuditEntry).where(AuditEntry.event == "look_across")).all()
        assert line.details is not None
        assert line.details["purpose"] == "places"
        assert KEY not in line.model_dump_json()


def test_no_case_no_look(database: Database) -> None:
    with database.write() as session:
        cast, case, other = making.cast(session), at_home(session), abroad(session)
        gone = at_home(session, "k1:gone", standing="withdrawn", withdraw_reason="personal", withdrawn_at=clock.now())
        ended = at_home(session, "k1:done", **{**ACCEPTED, "attendance": "started"})
        for actor, pk in (
            (cast.other_office, case.pk),
            (cast.office, other.pk),
            (cast.office, gone.pk),
            (cast.office, ended.pk),
            (cast.office, 987_654),
            (cast.provider, case.pk),
            (cast.owner, case.pk),
            (cast.coordinator, case.pk),
        ):
            with pytest.raises(NotFound):
                operations.look(session, actor, pk, "places")
        for purpose in ("", "curiosity"):
            with pytest.raises(InvalidInput):
                operations.look(session, cast.office, case.pk, purpose)
        assert session.exec(select(AcrossLook)).all() == []


def test_a_look_is_for_who_looked_and_not_for_long(database: Database) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        with database.write() as session:
            cast, case = making.cast(session), at_home(session)
            made = operations.look(session, cast.office, case.pk, "guidance")
            with pytest.raises(NotFound):
                operations.seen(session, cast.other_office, made.pk)
            with pytest.raises(NotFound):
                operations.seen(session, cast.office, made.pk + 1)
            office, number, case_pk = cast.office, made.pk, case.pk
        traveller.shift(timedelta(minutes=31))
        with database.write() as session, pytest.raises(NotFound):
            operations.seen(session, office, number)
        with database.write() as session:
            again = operations.look(session, office, case_pk, "guidance").pk
            operations.withdraw(
                session, making.applicant(session, KEY), session.get_one(Application, case_pk), "personal"
            )
            with pytest.raises(NotFound):
                operations.seen(session, office, again)


def test_only_what_overlaps_and_is_still_open_is_seen(database: Database) -> None:
    with database.write() as session:
        case = at_home(session)
        abroad(session, run_given={"term": "2028V"})
        abroad(session, "k1:somebody")
        abroad(session, standing="withdrawn", withdraw_reason="personal", withdrawn_at=clock.now())
        abroad(session, decision="rejected", reject_reason="late")
        abroad(session, decision="offered", answer="declined")
        abroad(session, **{**ACCEPTED, "attendance": "dropped_out"}, result_on=date(2026, 1, 1))
        assert elsewhere(session, case, making.run_of(session, case)) == []
        abroad(session, run_given={"term": "2026H", "starts_on": date(2026, 8, 20), "ends_on": date(2027, 2, 1)})
        abroad(session, run_given={"term": "2026H", "starts_on": date(2026, 8, 20), "ends_on": date(2026, 12, 1)})
        states = ({"decision": "waitlisted"}, {"decision": "offered", "answer": "offered", "answer_by": clock.today()},
                  {**ACCEPTED, "attendance": "started"})  # fmt: skip
        for priority, given in enumerate(states, start=2):
            abroad(session, priority=priority, **given)
        found = elsewhere(session, case, making.run_of(session, case))
        assert [one.state for one in found] == [Where.APPLIED, Where.WAITLISTED, Where.OFFERED, Where.STARTED]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], Signals(has_place=False, likely_to_decline=False)),
        ([(Where.ACCEPTED, 9)], Signals(has_place=True, likely_to_decline=True)),
        ([(Where.STARTED, 9)], Signals(has_place=True, likely_to_decline=True)),
        ([(Where.OFFERED, 1)], Signals(has_place=False, likely_to_decline=True)),
        ([(Where.OFFERED, 3), (Where.WAITLISTED, 1)], Signals(has_place=False, likely_to_decline=False)),
    ],
)
def test_signals(others: list[tuple[Where, int]], expected: Signals) -> None:
    listed = [Elsewhere("I", None, state, priority) for state, priority in others]
    assert signals(2, listed) == expected


def test_the_queue_knows_how_many_have_a_place_elsewhere_and_not_who(database: Database) -> None:
    with database.write() as session:
        run = making.run(session, state="closed")
        for number in range(3):
            making.application(session, run, applicant_key=f"k1:p{number}")
            abroad(session, f"k1:p{number}", **(ACCEPTED if number else {}))
        assert placed_elsewhere(session, run) == 2


# From the page


def test_the_applicant_sees_who_has_looked_and_why(site: Site) -> None:
    me = site.signed_in(Role.SEARCHER)
    office = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
    with site.database.write() as session:
        key = demo_applicant(session.get_one(Person, me.person).subject)
        case = at_home(session, key, priority=2).pk
        abroad(session, key, **ACCEPTED)
    assert "Ingen har sett dem" in me.page("/nb/mine-soknader").text
    assert office.post(f"/nb/opptak/soknad/{case}/innsyn", purpose="").location.endswith(f"/soknad/{case}")
    page = office.page(f"/nb/opptak/soknad/{case}")
    shown = office.press(page, "Se andre søknader", purpose="places")
    result = office.page(shown.location.removeprefix("http://localhost"))
    assert "Matematikk" in result.text
    assert "takket ja til en plass et annet sted" in result.text
    mine = me.page("/nb/mine-soknader").text
    assert "Beregne hvor mange som kommer" in mine
    assert "Universitetet i Innlandet" in mine


def test_no_endpoint_tells_an_office_more(site: Site) -> None:
    """Every page, file and export is read by an office that shares an applicant with another, after a look. The applicant's
    pseudonym is nowhere in full, and stands in short on the office's own pages alone; what the other application is to
    is public where offers are, and nowhere else: not beside the applicant.
    """
    office = site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)
    with site.database.write() as session:
        case = at_home(session)
        planted = abroad(session, **ACCEPTED, priority=7)
        planted_run = making.run_of(session, planted)
        parts = {
            "own": {"key": making.run_of(session, case).key, "number": case.pk},
            "foreign": {"key": planted_run.key, "number": planted.pk},
        }
        offered = ("Hemmelig tittel 4711", "HEMMELIG-4711", planted_run.key)
    looked = office.post(f"/nb/opptak/soknad/{parts['own']['number']}/innsyn", purpose="places")
    assert "prioritet" in office.get(looked.location).text.lower()
    read = 0
    for whose in ("own", "foreign"):
        for address, public in _addresses(site, parts[whose]):
            answer = office.get(address)
            secrets = (KEY.partition(":")[2], *(() if public else offered))
            told = [word for word in secrets if word in answer.text and word not in address]
            assert told == [], (address, answer.status_code)
            if short_form(KEY) in answer.text:
                assert whose == "own", address
                assert address.startswith(("/nb/opptak/", "/nb/tilbud/kull/")), address
            if whose == "foreign" and address.startswith(("/nb/opptak/kull/", "/nb/opptak/soknad/")):
                assert answer.status_code == 404, address
            read += answer.status_code == 200
    assert read > 20


def _addresses(site: Site, values: dict[str, Any]) -> list[tuple[str, bool]]:
    """Every address that can be read, filled with one of two applications or its run; and whether anybody may read it."""
    with site.app.test_request_context():
        adapter = site.app.url_map.bind("localhost")
        return [
            (
                adapter.build(
                    rule.endpoint, {part: _word(rule, part, values) for part in rule.arguments}, method="GET"
                ),
                permission_of(site.app.view_functions[rule.endpoint]) in (PUBLIC, *GRANTS[Role.ANYONE]),
            )
            for rule in site.app.url_map.iter_rules()
            if "GET" in (rule.methods or ()) and rule.endpoint != "static"
        ]


def _word(rule: Rule, part: str, values: dict[str, Any]) -> Any:
    choices = getattr(rule._converters[part], "items", None)  # of <any(…)>
    if choices:
        return min(choices)
    if f"<int:{part}>" in rule.rule:
        return values["number"]
    return {"language": "nb", "kind": "csv", "ending": "csv", "name": "applications"}.get(part, values["key"])


def test_looking_needs_the_right_role(site: Site) -> None:
    with site.database.write() as session:
        case = at_home(session).pk
    visitors: list[tuple[Visitor, int]] = [
        (site.signed_in(Role.PROVIDER_STAFF, organisation=making.INSTITUTION), 403),
        (site.signed_in(Role.OWNER, organisation=making.OWNER), 403),
        (site.signed_in(Role.COORDINATOR), 403),
        (site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.OTHER_INSTITUTION), 404),
    ]
    for visitor, status in visitors:
        assert visitor.post(f"/nb/opptak/soknad/{case}/innsyn", purpose="places").status_code == status
