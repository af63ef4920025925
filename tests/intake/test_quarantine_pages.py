"""Pages of the quarantine: errors beside the cells, one repair for many rows, and the wrong rows to take home."""

import csv
from io import BytesIO, StringIO

from openpyxl import load_workbook
from sqlmodel import select

from registry.core.db import Database
from registry.intake.models import ImportRun, QuarantinedRow
from registry.intake.states import QuarantineState
from registry.offers.models import Offer
from tests.intake.deliveries import Feed, operator, rows, sheet, staff
from tests.intake.pages import As, organisation, soup, words

HOME = "/nb/innhenting/karantene"


def wrong(feed: Feed, **options: str) -> int:
    """Three rows with one fault and one with another."""
    many = [sheet(f"T{n}", Plasser="mange") for n in range(2)]
    result = feed.sheet(*many, sheet("T2", Plasser="få"), sheet("T3", Termin="aldri"), sheet("GOD"), **options)
    assert result.run
    return result.run


def waiting(database: Database) -> list[QuarantinedRow]:
    query = select(QuarantinedRow).where(QuarantinedRow.state == QuarantineState.WAITING)
    return rows(database, query.order_by(QuarantinedRow.position))


def test_what_is_wrong_stands_beside_the_cell(feed: Feed, database: Database, client_as: As) -> None:
    wrong(feed)
    row = waiting(database)[0]
    client = client_as(operator())
    page = soup(client.get(f"{HOME}/{row.pk}"))
    marked = page.select("[aria-invalid=true]")
    assert [one["value"] for one in marked] == ["mange"]
    told = page.find(id=str(marked[0]["aria-describedby"]))
    assert told is not None
    assert "er ikke et helt tall" in told.text
    fields = {str(one["name"]): str(one["value"]) for one in page.select("form input[name^=v]")}
    place = list(row.raw).index("Plasser")
    again = soup(client.post(f"{HOME}/{row.pk}", data={**fields, f"v{place}": "mange flere"}), 400)
    assert [one["value"] for one in again.select("[aria-invalid=true]")] == ["mange flere"]


def test_rows_with_the_same_fault_are_gathered(feed: Feed, database: Database, client_as: As) -> None:
    run = wrong(feed)
    client = client_as(operator())
    for address in (HOME, f"/nb/innhenting/{run}"):
        said = words(client.get(address))
        assert "Samme feil i flere rader" in said
        assert "3 rader i leveranse" in said
    assert "3 rader har samme feil: rett dem samlet" in words(client.get(f"{HOME}/{waiting(database)[0].pk}"))


def test_one_repair_for_all_rows_with_a_value(feed: Feed, database: Database, client_as: As) -> None:
    wrong(feed)
    first = waiting(database)[0].pk
    client = client_as(operator())
    said = words(client.get(f"{HOME}/like/{first}"))
    for text in ("3 rader med samme feil", "2 rader har «mange»", "Én rad har «få»", "Prøv alle på nytt"):
        assert text in said
    address = f"{HOME}/like/{first}"
    still = client.post(address, data={"gjor": "rett", "gammel": "mange", "verdi": "mange flere"})
    assert "kan fortsatt ikke tas inn" in words(still, 400)
    assert "kan fortsatt ikke tas inn" in words(client.post(address, data={"gjor": "igjen"}), 400)
    assert client.post(address, data={"gjor": "rett", "gammel": "mange", "verdi": "30"}).status_code == 302
    assert {one.key for one in rows(database, select(Offer))} == {"1150-god", "1150-t0", "1150-t1"}
    assert [row.value for row in waiting(database)] == ["få", "aldri"]


def test_all_are_set_aside_with_one_reason(feed: Feed, database: Database, client_as: As) -> None:
    wrong(feed)
    address = f"{HOME}/like/{waiting(database)[0].pk}"
    client = client_as(operator())
    assert client.post(f"{address}/legg-bort", data={}).status_code == 400
    assert client.post(f"{address}/legg-bort", data={"reason": "Prøverader"}).status_code == 302
    assert [row.field for row in waiting(database)] == ["Termin"]
    assert client.get(address).status_code == 409


def test_wrong_rows_are_downloaded_repaired_and_uploaded_again(feed: Feed, database: Database, client_as: As) -> None:
    run = wrong(feed)
    client = client_as(operator())
    book = load_workbook(BytesIO(client.get(f"{HOME}/feil/{run}.xlsx").data))
    found = [list(line) for line in book.active.iter_rows(values_only=True)]
    assert found[0][-2:] == ["Hva som er galt", "Slik retter du det"]
    assert len(found) == 5
    places = found[0].index("Plasser")
    out = StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerows([found[0], *([*line[:places], "30", *line[places + 1 :]] for line in found[1:4])])
    data = {"format": "offers-sheet", "provider": "", "file": (BytesIO(out.getvalue().encode()), "rettet.csv")}
    page = soup(client.post("/nb/innhenting/ny", data=data, content_type="multipart/form-data"))
    assert "Nye" in page.text
    form = page.select_one("form.action")
    assert form is not None
    client.post(str(form["action"]), data={str(one["name"]): str(one["value"]) for one in form.select("input")})
    newest = max(rows(database, select(ImportRun)), key=lambda one: one.pk)
    assert (newest.seen, newest.new, newest.quarantined) == (3, 3, 0)


def test_staff_repair_their_own_alone(feed: Feed, database: Database, client_as: As) -> None:
    run = wrong(feed, provider="1150")
    first = waiting(database)[0].pk
    client = client_as(staff(organisation(database, "0238")))
    for address in (f"like/{first}", f"feil/{run}.csv"):
        assert client.get(f"{HOME}/{address}").status_code == 404
    assert client.post(f"{HOME}/like/{first}", data={"gjor": "igjen"}).status_code == 404
    assert client.post(f"{HOME}/like/{first}/legg-bort", data={"reason": "x"}).status_code == 404
    assert "Samme feil" not in words(client.get(HOME))
    client = client_as(staff(organisation(database, "1150")))
    assert client.get(f"{HOME}/feil/{run}.csv").status_code == 200
    assert client.get(f"{HOME}/feil/{run}.pdf").status_code == 404
    assert client.get(f"{HOME}/like/{first}").status_code == 200


def test_a_rehearsal_shows_errors_beside_cells_and_hands_out_the_wrong_rows(database: Database, client_as: As) -> None:
    client = client_as(staff(organisation(database, "1150")))
    content = "Institusjonskode;Tilbudskode;Navn;Termin;Plasser\n1150;A;Norsk 1;2026V;30\n1150;B;Norsk 2;2026V;mange\n"
    data = {"format": "offers-sheet", "provider": "1150", "file": (BytesIO(content.encode()), "ark.csv")}
    page = soup(client.post("/nb/innhenting/ny", data=data, content_type="multipart/form-data"))
    assert "2 rader er lest: 1 nye, 0 endrede, 0 uendrede og 1 i karantene." in " ".join(page.get_text(" ").split())
    cells = {
        line.th.text.strip(): [td.text.strip() for td in line.select("td")]
        for line in page.select("tbody tr")
        if line.th
    }
    assert cells["Plasser"][0] == "mange"
    assert "helt tall" in cells["Plasser"][1]
    assert cells["Navn"][1] == ""
    form = page.select_one("form[action$='feil.xlsx']")
    assert form is not None
    fields = {str(one["name"]): str(one["value"]) for one in form.select("input")}
    book = load_workbook(BytesIO(client.post(str(form["action"]), data=fields).data))
    found = [list(line) for line in book.active.iter_rows(values_only=True)]
    assert [line[1] for line in found] == ["Tilbudskode", "B"]
    assert client.post("/nb/innhenting/ny/feil.pdf", data=fields).status_code == 404
    assert client.post("/nb/innhenting/ny/feil.csv", data={}).status_code == 400
    forged = {**fields, "provider": "0238"}
    assert client.post("/nb/innhenting/ny/feil.csv", data=forged).status_code == 403
    assert not rows(database, select(ImportRun))
