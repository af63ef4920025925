"""Pages of the intake: what they show, to whom, and what they do."""

from io import BytesIO

import pytest
from bs4 import BeautifulSoup
from flask import Flask, g, url_for
from flask.testing import FlaskClient
from sqlmodel import select
from werkzeug.test import TestResponse

from registry.access.policy import ANYONE, Actor, Holding
from registry.access.roles import Role
from registry.core.db import Database
from registry.intake.models import ImportRun, QuarantinedRow
from registry.intake.operations import correct_value
from registry.intake.states import ImportOutcome, QuarantineState
from registry.offers.models import Offer, Run
from registry.web.panels import panels
from tests.intake.deliveries import Feed, dbh, operator, rows, sheet, staff
from tests.intake.pages import As, organisation, soup, words


def test_the_list_tells_of_sources_and_deliveries(feed: Feed, client_as: As) -> None:
    feed.dbh(dbh(), dbh(institution="9999"))
    feed.file(b"")
    page = words(client_as(operator()).get("/nb/innhenting"))
    for text in ("DBH, tabell 347", "1 rad i karantene", "Tatt inn", "Avvist", "Last opp tilbud"):
        assert text in page


def test_an_empty_registry_says_what_to_do(client_as: As) -> None:
    assert "Last ned malen" in words(client_as(operator()).get("/nb/innhenting"))


def test_a_delivery_shows_its_counts_changes_and_rejected_rows(feed: Feed, client_as: As) -> None:
    feed.dbh(dbh(title="Engelsk 1"))
    result = feed.dbh(dbh(title="Engelsk 2"), dbh("NY", "Norsk 1"), dbh(institution="9999"))
    client = client_as(operator())
    page = words(client.get(f"/nb/innhenting/{result.run}"))
    for text in ("Engelsk 1 → Engelsk 2", "Norsk 1", "9999", "Slik retter du det"):
        assert text in page
    only_new = words(client.get(f"/nb/innhenting/{result.run}?hva=new"))
    assert "Norsk 1" in only_new
    assert "→" not in only_new
    assert client.get(f"/nb/innhenting/{result.run}?hva=tull&page=99&rad=7").status_code == 200


def test_staff_see_their_own_deliveries_only(feed: Feed, database: Database, client_as: As) -> None:
    own = feed.dbh(dbh(), provider="1150")
    foreign = feed.dbh(dbh(institution="0238"), dbh(institution="9999"), provider="0238")
    everyones = feed.dbh(dbh(year=2020))
    client = client_as(staff(organisation(database, "1150")))
    listed = soup(client.get("/nb/innhenting"))
    assert [a["href"] for a in listed.select("tbody th a")] == [f"/nb/innhenting/{own.run}"]
    assert client.get(f"/nb/innhenting/{own.run}").status_code == 200
    for run in (foreign.run, everyones.run, 9_999):
        assert client.get(f"/nb/innhenting/{run}").status_code == 404
    [row] = rows(database, select(QuarantinedRow).where(QuarantinedRow.reason.contains("9999")))
    assert client.get(f"/nb/innhenting/karantene/{row.pk}").status_code == 404
    assert client.post(f"/nb/innhenting/karantene/{row.pk}", data={"v0": "x"}).status_code == 404
    assert client.post(f"/nb/innhenting/karantene/{row.pk}/legg-bort", data={"reason": "x"}).status_code == 404
    assert "9999" not in words(client.get("/nb/innhenting/karantene"))


@pytest.mark.parametrize(
    "address",
    [
        "/nb/innhenting",
        "/nb/innhenting/1",
        "/nb/innhenting/ny",
        "/nb/innhenting/mal/tilbud.csv",
        "/nb/innhenting/karantene",
        "/nb/innhenting/karantene/1",
        "/nb/innhenting/tilbud/1150-eng1/rett",
        "/nb/innhenting/tilbud/1150-eng1/rett/offer/1/title",
    ],
)
@pytest.mark.parametrize("role", [None, Role.SEARCHER, Role.OWNER, Role.COUNTY_GOVERNOR])
def test_the_public_sees_none_of_it(feed: Feed, client_as: As, address: str, role: Role | None) -> None:
    feed.dbh(dbh(), dbh(institution="9999"))
    actor = ANYONE if role is None else Actor("person:3", (Holding(role, 1),), person=3)
    assert client_as(actor).get(address).status_code == 403


def test_a_held_delivery_is_let_through_by_an_operator_only(feed: Feed, database: Database, client_as: As) -> None:
    feed.sheet(*(sheet(f"T{n}") for n in range(10)))
    held = feed.sheet(sheet("T1"))
    assert "Godkjenn" not in words(client_as(staff(organisation(database, "1150"))).get(f"/nb/innhenting/{held.run}"))
    address = f"/nb/innhenting/{held.run}/godkjenn"
    assert client_as(staff(organisation(database, "1150"))).post(address).status_code == 403
    client = client_as(operator())
    assert "Godkjenn at radene er borte" in words(client.get(f"/nb/innhenting/{held.run}"))
    assert client.post(address).status_code == 302
    [run] = rows(database, select(ImportRun).where(ImportRun.id == held.run))
    assert run.outcome is ImportOutcome.DONE
    assert client.post(address).status_code == 409


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods"])
def test_the_template_is_handed_out_in_three_kinds(client_as: As, kind: str) -> None:
    answer = client_as(operator()).get(f"/nb/innhenting/mal/tilbud.{kind}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].endswith(f'tilbud.{kind}"')
    assert len(answer.data) > 100
    assert client_as(operator()).get("/nb/innhenting/mal/tilbud.pdf").status_code == 404


def upload(client: FlaskClient, content: bytes, provider: str = "1150", name: str = "mine tilbud.csv") -> TestResponse:
    data = {"format": "offers-sheet", "provider": provider, "file": (BytesIO(content), name)}
    return client.post("/nb/innhenting/ny", data=data, content_type="multipart/form-data")


SHEET = b"Institusjonskode;Tilbudskode;Navn;Termin\n1150;A;Norsk 1;2026V\n9999;B;Norsk 2;2026V\n"


def test_an_upload_is_rehearsed_and_then_taken_in(database: Database, client_as: As) -> None:
    client = client_as(staff(organisation(database, "1150")))
    preview = upload(client, SHEET)
    page = soup(preview)
    text = " ".join(page.get_text(" ").split())
    for expected in ("Ingenting er lagret ennå", "mine tilbud.csv", "Norsk 1", "9999"):
        assert expected in text
    assert not rows(database, select(Offer))
    [form] = [one for one in page.select("form.action") if "Ta inn tilbudene" in one.get_text()]
    fields = {str(one["name"]): str(one["value"]) for one in form.select("input")}
    taken = client.post(str(form["action"]), data=fields)
    assert taken.status_code == 302
    [run] = rows(database, select(ImportRun))
    assert (run.new, run.quarantined, run.payloads[0]["name"]) == (1, 1, "mine tilbud.csv")
    assert client.post(str(form["action"]), data=fields).status_code == 400  # it is gone


def test_a_wrong_upload_is_told_in_words(database: Database, client_as: As) -> None:
    client = client_as(operator())
    assert "Filen er tom" in words(upload(client, b" ", provider=""))
    assert "Velg en fil" in words(
        client.post("/nb/innhenting/ny", data={"format": "offers-sheet", "provider": ""}), 400
    )
    assert not rows(database, select(ImportRun))


@pytest.mark.parametrize("digest", ["", "../../etc/passwd", "0" * 64])
def test_only_a_rehearsed_file_is_taken_in(client_as: As, digest: str) -> None:
    assert client_as(operator()).post("/nb/innhenting/ta-inn", data={"digest": digest}).status_code == 400


def test_staff_cannot_deliver_for_others(database: Database, client_as: As) -> None:
    client = client_as(staff(organisation(database, "1150")))
    assert upload(client, SHEET, provider="0238").status_code == 400
    assert upload(client, SHEET, provider="").status_code == 400
    page = soup(upload(client, SHEET))
    digest = page.select_one("input[name=digest]")
    assert digest is not None
    forged = {"digest": digest["value"], "format": "offers-sheet", "provider": "0238", "name": "x"}
    assert client.post("/nb/innhenting/ta-inn", data=forged).status_code == 403


def test_a_row_is_repaired_on_its_page(feed: Feed, database: Database, client_as: As) -> None:
    feed.dbh(dbh() | {"Årstall": "to tusen"})
    [row] = rows(database, select(QuarantinedRow))
    client = client_as(operator())
    address = f"/nb/innhenting/karantene/{row.pk}"
    page = soup(client.get(address))
    fields = {str(one["name"]): str(one["value"]) for one in page.select("form input[name^=v]")}
    place = list(row.raw).index("Årstall")
    still = client.post(address, data={**fields, f"v{place}": "i fjor"})
    assert "i fjor" in words(still, 400)
    assert client.post(address, data={**fields, f"v{place}": "2024"}).status_code == 302
    assert [offer.key for offer in rows(database, select(Offer))] == ["1150-eng1"]
    assert client.post(address, data={**fields, f"v{place}": "2024"}).status_code == 409
    assert client.get(address).status_code == 200


def test_a_row_is_set_aside_with_a_reason(feed: Feed, database: Database, client_as: As) -> None:
    feed.dbh(dbh(institution="9999"))
    [row] = rows(database, select(QuarantinedRow))
    client = client_as(operator())
    assert client.post(f"/nb/innhenting/karantene/{row.pk}/legg-bort", data={}).status_code == 400
    assert (
        client.post(f"/nb/innhenting/karantene/{row.pk}/legg-bort", data={"reason": "Gjelder Sverige"}).status_code
        == 302
    )
    [row] = rows(database, select(QuarantinedRow))
    assert (row.state, row.handled_note, row.handled_by) == (QuarantineState.DISCARDED, "Gjelder Sverige", "person:1")
    assert "Gjelder Sverige" in words(client.get("/nb/innhenting/karantene?status=discarded"))


def test_a_value_is_corrected_and_the_correction_undone(feed: Feed, database: Database, client_as: As) -> None:
    feed.dbh(dbh())
    [offer] = rows(database, select(Offer))
    client = client_as(staff(organisation(database, "1150")))
    listed = words(client.get("/nb/innhenting/tilbud/1150-eng1/rett"))
    for text in ("Lest ut av navnet", "«1.-7. trinn»", "DBH, tabell 347", "Rett skoletrinn", "Legg til beskrivelse"):
        assert text in listed
    address = f"/nb/innhenting/tilbud/1150-eng1/rett/offer/{offer.pk}/school_years"
    assert soup(client.get(address)).select_one("input[name=value]")["value"] == "1-7"
    assert "første og siste trinn" in words(client.post(address, data={"value": "alle"}), 400)
    assert client.post(address, data={"value": "1-4"}).status_code == 302
    assert rows(database, select(Offer))[0].school_years == "1-4"
    assert "Skrevet av et menneske" in words(client.get("/nb/innhenting/tilbud/1150-eng1/rett"))
    assert client.post(address.replace("/rett/", "/angre/")).status_code == 302
    assert rows(database, select(Offer))[0].school_years == "1-7"
    assert client.post(address.replace("/rett/", "/angre/")).status_code == 404


def test_every_editable_field_has_a_page(feed: Feed, database: Database, client_as: As) -> None:
    from registry.intake.forms import EDITABLE

    feed.sheet(sheet(Søknadsfrist="15.12.2025", Målgrupper="kindergarten:teacher", Fag="Norsk", Studiepoeng="30"))
    things = {"offer": rows(database, select(Offer))[0].pk, "run": rows(database, select(Run))[0].pk}
    client = client_as(operator())
    for thing, fields in EDITABLE.items():
        for field in fields:
            page = soup(client.get(f"/nb/innhenting/tilbud/1150-no1/rett/{thing}/{things[thing]}/{field}"))
            assert page.select("form [name=value], form [name=settings]"), field


def test_target_groups_are_chosen_on_two_axes(feed: Feed, database: Database, client_as: As) -> None:
    from registry.offers.models import OfferTarget

    feed.dbh(dbh())
    [offer] = rows(database, select(Offer))
    address = f"/nb/innhenting/tilbud/1150-eng1/rett/offer/{offer.pk}/targets"
    data = {"settings": ["kindergarten", "sfo"], "roles": ["leader"]}
    client = client_as(operator())
    assert [group["id"] for group in soup(client.get(address)).select("form fieldset:has(legend)")] == [
        "settings",
        "roles",
    ]
    assert client.post(address, data=data).status_code == 302
    assert [(t.setting, t.role) for t in rows(database, select(OfferTarget))] == [
        ("kindergarten", "leader"),
        ("sfo", "leader"),
    ]


def test_only_own_offers_are_corrected(feed: Feed, database: Database, client_as: As) -> None:
    feed.dbh(dbh(), dbh(institution="0238"))
    own, foreign = rows(database, select(Offer).order_by(Offer.key.desc()))
    client = client_as(staff(organisation(database, "1150")))
    assert client.get("/nb/innhenting/tilbud/0238-eng1/rett").status_code == 404
    assert client.get("/nb/innhenting/tilbud/finnes-ikke/rett").status_code == 404
    # a foreign thing under an own offer's address
    for thing_id in (foreign.pk, 9_999):
        address = f"/nb/innhenting/tilbud/{own.key}/rett/offer/{thing_id}/title"
        assert client.post(address, data={"value": "Kapret"}).status_code == 404
        assert client.post(address.replace("/rett/", "/angre/")).status_code == 404
    assert client.get(f"/nb/innhenting/tilbud/{own.key}/rett/offer/{own.pk}/state").status_code == 404
    assert {offer.title for offer in rows(database, select(Offer))} == {"Engelsk 1, 1.-7. trinn"}


def test_the_offers_page_tells_where_each_value_came_from(app: Flask, feed: Feed, database: Database) -> None:
    feed.dbh(dbh(title="Engelsk for barnetrinnet", year=2023), dbh())
    [offer] = rows(database, select(Offer))
    for actor, link in ((ANYONE, False), (operator(), True)):
        with app.test_request_context("/nb/innhenting"):
            g.actor = actor
            shown = str(panels("offer", offer=offer))
            address = url_for("correction.listed", key=offer.key)
        assert "Fra leveransen" in shown
        assert "Hvor kommer dette fra?" in shown
        assert "går foran" in shown
        assert "1. oktober 2025" in shown
        assert ("/nb/innhenting/1" in shown) is link, "deliveries are not everybody's"
        assert "Tidligere: Engelsk for barnetrinnet" in shown
        assert (address in shown) is link


def test_the_offers_page_tells_where_what_is_said_of_a_run_came_from(
    app: Flask, feed: Feed, database: Database
) -> None:
    """What the sheet says comes from the delivery; the form, which was corrected, from a person."""
    feed.sheet(sheet(Starter="2026-08-20", Søknadsfrist="2026-04-01", Kommuner="4601", Undervisningsform="Stedbasert"))
    [offer], [run] = rows(database, select(Offer)), rows(database, select(Run))
    with database.write() as session:
        correct_value(session, operator(), "run", run.pk, "delivery", "online")
    with app.test_request_context("/nb/innhenting"):
        g.actor = ANYONE
        tables = BeautifulSoup(str(panels("offer", offer=offer)), "html5lib").select("table")
    assert [table.caption.get_text() for table in tables][1] == "Hver oppstart og kilden til det som står om den"
    told = {row.th.contents[0]: row.select("td") for row in tables[1].select("tbody tr")}
    assert {"Starter", "Søknadsfrist", "Kommuner", "Undervisningsform"} <= told.keys()
    assert "Fra leveransen" in told["Søknadsfrist"][1].get_text()
    assert "Skrevet av et menneske" in told["Undervisningsform"][1].get_text()
    assert "01.04.2026" in told["Søknadsfrist"][0].get_text()


def test_pages_speak_nynorsk(feed: Feed, client_as: As) -> None:
    result = feed.dbh(dbh(), dbh(institution="9999"))
    client = client_as(operator())
    for address in ("", f"/{result.run}", "/ny", "/karantene", "/tilbud/1150-eng1/rett"):
        page = soup(client.get(f"/nn/innhenting{address}"))
        left = [one.get_text() for one in page.select('main span[lang="nb"]')]
        assert not [text for text in left if "Engelsk" not in text], left
