"""Pages of sheets: own ones only, rehearsed first, repaired in place, and nobody's number on any of them or on disk."""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from sqlmodel import col, select

from registry.access.roles import Role
from registry.applications.models import Application
from registry.core import clock
from registry.core.db import Database
from registry.intake.models import ImportRun, QuarantinedRow
from registry.plans import queries as plans
from tests.applications import making
from tests.intake.landing.sheets import ANNE, BODIL
from tests.site import Site, Visitor, open_site

YEAR = str(clock.today().year + 1)


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with database.write() as session:
        making.run(session, key="ours")
    with open_site(database, tmp_path) as opened:
        yield opened


@pytest.fixture
def office(site: Site) -> Visitor:
    return site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.INSTITUTION)


@pytest.fixture
def owner(site: Site) -> Visitor:
    return site.signed_in(Role.OWNER, organisation=making.OWNER)


def upload(visitor: Visitor, kind: str, content: str, whose: str) -> str:
    """The rehearsal's page."""
    file = (BytesIO(content.encode()), "ark.csv")
    answer = visitor.post(f"/nb/ark/{kind}", file=file, organisation=whose)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def take(visitor: Visitor, kind: str, page: str) -> str:
    """The address of the delivery."""
    fields = dict(re.findall(r'name="(digest|name|organisation)" value="([^"]*)"', page))
    answer = visitor.post(f"/nb/ark/{kind}/ta-inn", **fields)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return str(answer.location)


def test_a_sheet_of_applications_from_template_to_repaired_row(site: Site, office: Visitor, tmp_path: Path) -> None:
    assert office.get("/nb/ark/mal/soknader.xlsx").data.startswith(b"PK")
    sheet = f"Kull;Fødselsnummer;Status\r\nours;{ANNE};søkt\r\nours;{BODIL[:-1]};søkt\r\nfeil;{BODIL};søkt\r\n"
    page = upload(office, "soknader", sheet, making.INSTITUTION)
    assert "Den er slettet hos oss" in page
    with site.database.read() as session:
        assert session.exec(select(Application)).all() == []
    for path in tmp_path.rglob("uploads/*"):
        assert ANNE not in path.read_text()
    delivery = take(office, "soknader", page)
    shown = office.get(delivery).get_data(as_text=True)
    assert not any(number in page + shown for number in (ANNE, BODIL, BODIL[:-1]))
    with site.database.read() as session:
        number, run = session.exec(select(QuarantinedRow).order_by(col(QuarantinedRow.position))).all()
        assert len(session.exec(select(Application)).all()) == 1
    still = office.post(f"/nb/ark/rad/{number.pk}", v0="ours", v1="12", v2=ANNE)
    assert still.status_code == 400
    assert ANNE not in still.get_data(as_text=True)
    assert 'value="12"' in still.get_data(as_text=True)
    assert office.post(f"/nb/ark/rad/{number.pk}", v0="ours", v1=BODIL, v2="søkt").location == delivery
    assert 'aria-invalid="true"' in office.get(f"/nb/ark/rad/{run.pk}").get_data(as_text=True)
    assert office.post(f"/nb/ark/rad/{run.pk}/legg-bort", reason="").status_code == 400
    assert office.post(f"/nb/ark/rad/{run.pk}/legg-bort", reason="gjelder ikke oss").location == delivery
    assert "gjelder ikke oss" in office.get(delivery).get_data(as_text=True)
    with site.database.read() as session:
        assert len(session.exec(select(Application)).all()) == 2
    assert "gjelder ikke oss" not in office.get("/nb/ark").get_data(as_text=True)
    assert delivery.rsplit("/", 1)[1] in office.get("/nb/ark").get_data(as_text=True)


def test_a_plan_is_uploaded_and_sent_in_by_its_owner(site: Site, owner: Visitor) -> None:
    page = upload(owner, "kompetanseplan", f"År;Fag;Antall\r\n{YEAR};Matematikk;6\r\n", making.OWNER)
    delivery = take(owner, "kompetanseplan", page)
    assert "send den inn" in owner.get(delivery).get_data(as_text=True)
    sent = "/nb/eier/send-inn?eier={}&ar={}".format
    assert owner.post(sent(making.OTHER_OWNER, YEAR)).status_code == 404
    assert owner.post(sent(making.OWNER, "2031")).status_code == 404
    assert owner.post(sent(making.OWNER, YEAR)).status_code == 303
    with site.database.read() as session:
        assert plans.needs_on(session, int(YEAR), clock.today()) == {"matematikk": 6}
    assert "Send inn planen" not in owner.get(f"/nb/eier?ar={YEAR}").get_data(as_text=True)


def test_each_sees_the_kinds_and_deliveries_of_their_own(site: Site, office: Visitor, owner: Visitor) -> None:
    delivery = take(
        office,
        "soknader",
        upload(office, "soknader", f"Kull;Fødselsnummer;Status\r\nx;{ANNE};søkt\r\n", making.INSTITUTION),
    )
    with site.database.read() as session:
        row = session.exec(select(QuarantinedRow.id)).one()
    others = [
        owner,
        site.signed_in(Role.ADMISSIONS_OFFICER, organisation=making.OTHER_INSTITUTION),
        site.signed_in(Role.PROVIDER_STAFF, organisation=making.OTHER_INSTITUTION),
    ]
    for visitor in others:
        assert visitor.get(delivery).status_code == 404
        assert visitor.get(f"/nb/ark/rad/{row}").status_code == 404
        assert visitor.post(f"/nb/ark/rad/{row}", v0="ours").status_code == 404
        assert visitor.post(f"/nb/ark/rad/{row}/legg-bort", reason="x").status_code == 404
        assert delivery not in visitor.get("/nb/ark").get_data(as_text=True)
    assert owner.get("/nb/ark/soknader").status_code == 404
    assert office.get("/nb/ark/kompetanseplan").status_code == 404
    assert office.get("/nb/ark/mal/soknader.pdf").status_code == 404
    operator = site.signed_in(Role.OPERATOR)  # sees that something came, and no row of it
    assert operator.get(delivery).status_code == 403
    assert operator.get(f"/nb/innhenting/karantene/{row}").status_code == 404
    assert "Rad 2" not in operator.get("/nb/innhenting/karantene").get_data(as_text=True)


def test_somebody_elses_organisation_cannot_be_chosen(site: Site, office: Visitor) -> None:
    file = (BytesIO(f"Kull;Fødselsnummer;Status\r\nours;{ANNE};søkt\r\n".encode()), "ark.csv")
    answer = office.post("/nb/ark/soknader", file=file, organisation=making.OTHER_INSTITUTION)
    assert answer.status_code == 400
    page = upload(office, "soknader", f"Kull;Fødselsnummer;Status\r\nours;{ANNE};søkt\r\n", making.INSTITUTION)
    digest = dict(re.findall(r'name="(digest)" value="([^"]*)"', page))["digest"]
    for whose in (making.OTHER_INSTITUTION, ""):
        assert office.post("/nb/ark/soknader/ta-inn", digest=digest, organisation=whose).status_code in (400, 403)
    with site.database.read() as session:
        assert session.exec(select(ImportRun)).all() == []


def test_a_copy_of_another_kind_is_not_taken_for_a_protected_one(site: Site) -> None:
    """A sheet of counts may hold anything; it must not come in as applications, whose numbers were taken out."""
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation=making.INSTITUTION)
    page = upload(
        staff,
        "tall",
        f"Kull;Telledato;Søkt;Fødselsnummer;Status\r\nours;01.01.2026;1;{ANNE};søkt\r\n",
        making.INSTITUTION,
    )
    digest = dict(re.findall(r'name="(digest)" value="([^"]*)"', page))["digest"]
    answer = staff.post("/nb/ark/soknader/ta-inn", digest=digest, organisation=making.INSTITUTION)
    assert answer.status_code == 400
    assert "ikke her lenger" in answer.get_data(as_text=True)


@pytest.mark.parametrize("content", ["", "Navn\r\nx\r\n", "\x00\x01\x02" * 50])
def test_a_file_that_cannot_be_trusted_says_why(office: Visitor, content: str) -> None:
    page = upload(office, "soknader", content, making.INSTITUTION)
    assert "Filen kan ikke tas inn" in page
