"""A sheet has a fault in one row: the rest is taken, the row is repaired on its page, and found like the others."""

import io

from bs4 import BeautifulSoup

from registry.access.roles import Role
from tests.flows.conftest import Service

SHEET = """Institusjonskode;Tilbudskode;Navn;Termin;Studiepoeng
1150;NO1;Norsk 1 for 1.-7. trinn;2026H;30
1150;EN1;Engelsk 1 for 1.-7. trinn;2026H;30
1150;MA1;Matematikk 1 for 1.-7. trinn;til høsten;30
"""


def test_a_sheet_with_a_fault(service: Service) -> None:
    # The keeper of the feeds uploads the sheet and is shown what it would do. Nothing is stored yet.
    keeper = service.site.signed_in(Role.OPERATOR)
    form = keeper.page("/nb/innhenting/ny")
    file = (io.BytesIO(SHEET.encode()), "tilbud.csv")
    preview = keeper.press(form, "Se hva som vil skje", file=file)
    assert preview.status_code == 200
    assert keeper.get("/nb/innhenting/karantene").text.count("tilbud.csv") == 0

    # It is taken: two rows are in, one waits with a reason in words.
    taken = keeper.press(BeautifulSoup(preview.text, "html5lib"), "Ta inn")
    assert taken.status_code == 302
    service.catch_up()
    teacher = service.site.visitor()
    assert "Engelsk 1 for 1.-7. trinn" in teacher.page("/nb/tilbud?q=engelsk").select_one("main").get_text()
    assert "Matematikk 1" not in teacher.page("/nb/tilbud").select_one("main").get_text()
    waiting = keeper.page("/nb/innhenting/karantene")
    [link] = {a["href"] for a in waiting.select("main a[href*='/karantene/']")}
    row = keeper.page(link)
    assert "til høsten" in str(row)

    # A repair that is no better is refused on the spot, with what was written still there.
    [column] = [label["for"] for label in row.select("label") if label.get_text(strip=True) == "Termin"]
    still = keeper.press(row, "Prøv igjen", **{column: "høst"})
    assert still.status_code == 400
    assert "kan fortsatt ikke tas inn" in still.text

    # The right term: taken in, and found by the teacher.
    repaired = keeper.press(BeautifulSoup(still.text, "html5lib"), "Prøv igjen", **{column: "2026H"})
    assert repaired.status_code == 302
    service.catch_up()
    assert "Matematikk 1 for 1.-7. trinn" in teacher.page("/nb/tilbud?q=matematikk").select_one("main").get_text()
    assert keeper.page("/nb/innhenting/karantene").select("main a[href*='/karantene/']") == []
