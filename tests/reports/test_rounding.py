"""One rule for figures of people, in every public address and format: to the nearest 5, each sum by itself; one's own exactly."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
import tablib

from registry.access.roles import Role
from registry.applications.figures import COUNTED
from registry.core.db import Database
from registry.reports.library import REPORTS
from registry.web.export import TYPES
from tests.reports.year import NORSK
from tests.site import Site, Visitor

#: What counts people, by the names that files and JSON use.
PEOPLE = {*COUNTED, "needed", "applicants"}
PUBLIC = [name for name, report in REPORTS.items() if report.public]


def people_in(value: Any, inside: bool = False) -> Iterator[tuple[str, Any]]:
    """Every figure of people anywhere in a JSON answer, with its name; reasons' counts are figures too."""
    if isinstance(value, dict):
        for name, one in value.items():
            if (name in PEOPLE or inside) and not isinstance(one, dict | list):
                yield name, one
            else:
                yield from people_in(one, inside or name.endswith("_by"))
    elif isinstance(value, list):
        for one in value:
            yield from people_in(one, inside)


def figure_columns(name: str) -> list[int]:
    return [place for place, column in enumerate(REPORTS[name].columns) if column.key in PEOPLE]


def sheet(visitor: Visitor, name: str, kind: str) -> list[list[Any]]:
    """The figures of people in a file, row by row."""
    data = visitor.get(f"/nb/rapporter/{name}.{kind}?termin=all").data
    book = tablib.Dataset()
    if kind == "csv":
        book.load(data.decode("utf-8-sig"), format="csv", delimiter=";")
    else:
        book.load(io.BytesIO(data), format=kind)
    return [[row[place] for place in figure_columns(name)] for row in book]


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_report_is_rounded_in_json(year: Database, site: Site, name: str) -> None:
    for term in ("all", "2026H", "2025H"):
        content = json.loads(site.visitor().get(f"/nb/rapporter/{name}.json?termin={term}").data)
        assert all(value is None or value % 5 == 0 for _, value in people_in(content)), name


@pytest.mark.parametrize("name", [name for name in PUBLIC if figure_columns(name)])
def test_pages_and_files_show_the_very_figures_of_the_json(year: Database, site: Site, name: str) -> None:
    visitor = site.visitor()
    told = [[_number(cell) for cell in row] for row in sheet(visitor, name, "csv")]
    assert any(cell for row in told for cell in row)
    assert all(cell is None or cell % 5 == 0 for row in told for cell in row)
    for kind in set(TYPES) - {"csv", "json"}:
        assert [[_number(cell) for cell in row] for row in sheet(visitor, name, kind)] == told, kind
    page = visitor.page(f"/nb/rapporter/{name}?termin=all")
    rows = [row.select("th, td") for row in page.select("table tbody tr")]
    shown = [[_number(row[place].get_text()) for place in figure_columns(name)] for row in rows]
    assert shown == told[: len(shown)]


def test_no_public_address_of_machines_tells_of_people(year: Database, site: Site) -> None:
    """Offers are for everyone; how many applied is not in them, rounded or not."""
    for path in ("/api/v1/offers", "/api/v1/openapi.json", "/nb/tilbud.json"):
        content = json.loads(site.visitor().get(path).data)
        if path != "/api/v1/openapi.json":
            assert list(people_in(content)) == [], path


def test_the_front_page_is_rounded(year: Database, site: Site) -> None:
    text = site.visitor().get("/nb/").get_data(as_text=True)
    assert "19" not in [part.strip() for part in site.visitor().page("/nb/").stripped_strings]
    assert text


def test_an_institution_sees_its_own_exactly_and_others_rounded(year: Database, site: Site) -> None:
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation="1120")
    with_all = json.loads(staff.get("/nb/rapporter/applications.json?termin=2026H").data)["runs"]
    exact = {row["run"]: row["applied"] for row in with_all}
    rounded = {
        row["run"]: row["applied"]
        for row in json.loads(site.visitor().get("/nb/rapporter/applications.json?termin=2026H").data)["runs"]
    }
    providers = {row["run"]: row["offer"]["provider"]["dbh_code"] for row in with_all}
    own = {run for run, code in providers.items() if code == "1120"}
    assert own
    assert set(exact) > own
    assert exact["norsk:2026H"] == NORSK["applied"]
    for run in set(exact) - own:
        assert exact[run] == rounded[run]


def test_a_sum_over_ones_own_is_exact_and_over_others_is_not(year: Database, site: Site) -> None:
    def subjects(visitor: Visitor, provider: str) -> dict[str, int]:
        path = f"/nb/rapporter/completion.json?termin=2026H&tilbyder={provider}"
        return {row["code"]: row["applied"] for row in json.loads(visitor.get(path).data)["subjects"]}

    staff = site.signed_in(Role.PROVIDER_STAFF, organisation="1120")
    assert subjects(staff, "1120")["norsk"] == NORSK["applied"]
    assert subjects(site.visitor(), "1120")["norsk"] % 5 == 0
    assert subjects(staff, "0238") == subjects(site.visitor(), "0238")
    assert subjects(site.signed_in(Role.DIRECTORATE), "1120")["norsk"] == NORSK["applied"]


def _number(cell: Any) -> int | None:
    text = "".join(str("" if cell is None else cell).split()).replace("\u00a0", "").replace("–", "")
    return int(float(text)) if text not in ("", "None") else None
