"""Reports as pages and files: the same table, formula-safe, rounded for strangers, with the cure for a wrong address."""

import csv
import io
import json
import re
from datetime import date
from typing import Any

import html5lib
import openpyxl
import pytest
from bs4 import BeautifulSoup

from registry.access.roles import Role
from registry.core.db import Database
from registry.core.errors import InvalidInput
from registry.reports.library import REPORTS, render
from registry.web.tables import Column, Kind, Table
from tests.reports.year import NORSK
from tests.site import Site, Visitor

PUBLIC = sorted(name for name, report in REPORTS.items() if report.public)
CLOSED = sorted(name for name, report in REPORTS.items() if not report.public)
EXACT = {"19", "13", "11", "7", "23", "18", "36", "17", "6", "2"}


def page_rows(page: BeautifulSoup) -> list[list[str]]:
    """The cells of the report's table, the way a reader sees them."""
    return [[_plain(cell) for cell in row.select("th, td")] for row in page.select("table tbody tr")]


def _plain(cell: Any) -> str:
    return " ".join(cell.get_text(" ", strip=True).split()).replace("\u00a0", "").replace("–", "")


def csv_rows(visitor: Visitor, path: str) -> list[list[str]]:
    body = visitor.get(path).data.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(body), delimiter=";"))


def xlsx_rows(visitor: Visitor, path: str) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(visitor.get(path).data))
    return [list(row) for row in book.active.iter_rows(values_only=True)]


def numbers(cells: list[Any]) -> set[str]:
    return {found for cell in cells for found in re.findall(r"(?<![\w.])\d+(?![\w.])", str(cell))}


def test_a_long_reason_is_folded_behind_its_beginning(site: Site) -> None:
    reason = "Fem har søkt, ti trengs. " * 5
    columns = (Column("name", "Fag"), Column("reason", "Begrunnelse", Kind.REASONS))
    table = Table("fag", columns, [{"name": "A", "reason": reason}, {"name": "B", "reason": "Kort."}])
    with site.app.test_request_context("/nb/rapporter"):
        macro = site.app.jinja_env.get_template("components/table.html").module.table
        page = BeautifulSoup(macro(table, "Fag"), "html.parser")
    assert len(page.select("details")) == 1
    assert page.select_one("details summary").get_text() in reason
    assert page_rows(page) == [["A", reason.strip()], ["B", "Kort."]]


def test_strangers_are_shown_the_public_reports_only(site: Site) -> None:
    links = [link["href"] for link in site.visitor().page("/nb/rapporter").select("main a[href*='/rapporter/']")]
    assert sorted(link.rpartition("/")[2] for link in links) == PUBLIC


def test_the_coordinator_is_shown_every_report(site: Site) -> None:
    links = [
        link["href"]
        for link in site.signed_in(Role.COORDINATOR).page("/nb/rapporter").select("main a[href*='/rapporter/']")
    ]
    assert sorted(link.rpartition("/")[2] for link in links) == sorted(REPORTS)


@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_report_asks_for_sign_in(site: Site, name: str) -> None:
    for ending in ("", ".csv", ".json"):
        response = site.visitor().get(f"/nb/rapporter/{name}{ending}")
        assert response.status_code == 403
        assert "Logg inn" in response.text


@pytest.mark.parametrize("role", [Role.PROVIDER_STAFF, Role.ADMISSIONS_OFFICER])
def test_who_sees_the_cases_of_one_institution_is_not_shown_the_reports_of_all(site: Site, role: Role) -> None:
    staff = site.signed_in(role, organisation="1120")
    for name in CLOSED:
        for ending in ("", ".json"):
            assert staff.get(f"/nb/rapporter/{name}{ending}").status_code == 403
    assert (
        sorted(
            link["href"].rpartition("/")[2]
            for link in staff.page("/nb/rapporter").select("main a[href*='/rapporter/']")
        )
        == PUBLIC
    )


def test_every_report_answers_with_and_without_anything_in_it(site: Site, year: Database) -> None:
    visitor = site.signed_in(Role.COORDINATOR)
    for name in REPORTS:
        for ending in ("", ".csv", ".xlsx", ".ods", ".json"):
            for query in ("", "?dato=2019-01-01", "?termin=all&rekkevidde=1"):
                path = f"/nb/rapporter/{name}{ending}{query}"
                assert visitor.get(path).status_code == 200, path


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_pages_are_valid_html_with_one_heading(site: Site, year: Database, language: str) -> None:
    for path in ("", "rapporter", "logg-inn", *(f"rapporter/{name}" for name in PUBLIC)):
        response = site.visitor().get(f"/{language}/{path}")
        assert response.status_code == 200, path
        html5lib.HTMLParser(strict=True).parse(response.text)  # raises at the first fault
        page = BeautifulSoup(response.text, "html5lib")
        assert len(page.select("h1")) == 1, path
        assert page.html is not None
        assert page.html["lang"] == language


def test_the_page_and_its_files_hold_the_same_table(site: Site, year: Database) -> None:
    visitor = site.visitor()
    page = visitor.page("/nb/rapporter/applications")
    links = {link["href"].rpartition(".")[2]: link["href"] for link in page.select("main a[href*='applications.']")}
    assert set(links) == {"csv", "xlsx", "ods", "json"}
    shown = page_rows(page)
    headings, *listed = csv_rows(visitor, links["csv"])
    assert [cell.get_text(strip=True) for cell in page.select("table thead th")] == headings
    assert [[cell.removeprefix("'") for cell in row] for row in listed] == shown
    assert [[("" if cell is None else str(cell)) for cell in row] for row in xlsx_rows(visitor, links["xlsx"])] == [
        headings,
        *listed,
    ]
    content = json.loads(visitor.get(links["json"]).data)
    assert [str(row["applied"]) for row in content["runs"]] == [row[headings.index("Søkt")] for row in listed]


def test_the_files_follow_the_filters_of_the_page(site: Site, year: Database) -> None:
    visitor = site.visitor()
    page = visitor.page("/nb/rapporter/applications?termin=2025H&dato=2026-05-01")
    [link] = [link["href"] for link in page.select("main a[href*='applications.csv']")]
    assert [row[2] for row in csv_rows(visitor, link)[1:]] == ["høst 2025"]


def test_no_cell_of_a_file_starts_a_formula(site: Site, year: Database) -> None:
    """«=Engelsk 1» is somebody's title; in a spreadsheet it must stay words."""
    visitor = site.visitor()
    cells = {row[0] for row in csv_rows(visitor, "/nb/rapporter/applications.csv")}
    assert "'=Engelsk 1" in cells
    assert not any(cell.startswith("=") for cell in cells)
    assert {row[0] for row in xlsx_rows(visitor, "/nb/rapporter/applications.xlsx")} == cells
    content = json.loads(visitor.get("/nb/rapporter/applications.json").data)
    assert "=Engelsk 1" in {row["offer"]["title"] for row in content["runs"]}  # data is left as it is


def test_strangers_never_meet_an_exact_figure(site: Site, year: Database) -> None:
    """Counts of offers, runs and places are nobody's secret; counts of people are."""
    for name in ("applications", "completion", "demand", "national"):
        for term in ("2026H", "all"):
            _all_rounded(site.visitor(), f"/nb/rapporter/{name}", term)


def _all_rounded(visitor: Visitor, address: str, term: str) -> None:
    open_columns = {"Tilbud", "Institusjon", "Termin", "Fag", "Kull", "Avlyst", "Plasser"}
    headings, *rows = csv_rows(visitor, f"{address}.csv?termin={term}")
    secret = [index for index, heading in enumerate(headings) if heading not in open_columns]
    found: list[Any] = [row[index] for row in rows for index in secret]
    found += [row[index] for row in page_rows(visitor.page(f"{address}?termin={term}")) for index in secret]
    found += [row[index] for row in xlsx_rows(visitor, f"{address}.xlsx?termin={term}")[1:] for index in secret]
    content = json.loads(visitor.get(f"{address}.json?termin={term}").data)
    [listed] = [value for value in content.values() if isinstance(value, list)]
    persons = {*NORSK, "needed"}
    found += [value for row in listed for key, value in row.items() if key in persons and value is not None]
    assert len(rows) == len(listed) > 0
    assert numbers(found)
    assert all(int(number) % 5 == 0 for number in numbers(found))
    assert not numbers(found) & EXACT


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.DIRECTORATE])
def test_who_coordinates_sees_exact_figures(site: Site, year: Database, role: Role) -> None:
    rows = page_rows(site.signed_in(role).page("/nb/rapporter/applications"))
    assert rows[0][4:] == [str(number) for number in NORSK.values()]


def test_an_institution_sees_everybody_elses_figures_rounded(site: Site, year: Database) -> None:
    """The University of Bergen sees the thirteen of its own; the next institution sees them rounded."""
    own = page_rows(site.signed_in(Role.PROVIDER_STAFF, organisation="1120").page("/nb/rapporter/applications"))
    others = page_rows(site.signed_in(Role.PROVIDER_STAFF, organisation="1130").page("/nb/rapporter/applications"))
    assert "13" in own[0]
    assert "13" not in others[0]


def test_the_page_says_that_figures_are_rounded(site: Site, year: Database) -> None:
    sentence = "rundet av til nærmeste 5"
    assert sentence in site.visitor().get("/nb/rapporter/applications").text
    assert sentence not in site.signed_in(Role.COORDINATOR).get("/nb/rapporter/applications").text


def test_the_newest_term_is_chosen_where_none_is(site: Site, year: Database) -> None:
    page = site.visitor().page("/nb/rapporter/applications")
    assert {row[2] for row in page_rows(page)} == {"høst 2026"}
    every = site.visitor().page("/nb/rapporter/applications?termin=all")
    assert {row[2] for row in page_rows(every)} == {"høst 2025", "høst 2026"}
    chosen = every.select_one("select[name=termin] option[selected]")
    assert chosen is not None
    assert chosen["value"] == "all"


def test_as_of_a_day_before_anything_the_page_says_so(site: Site, year: Database) -> None:
    page = site.visitor().page("/nb/rapporter/applications?dato=2020-01-01")
    assert page.select("table") == []
    assert "Ingen rader" in page.get_text()


def test_a_wrong_filter_is_answered_with_the_cure(site: Site) -> None:
    for query, cure in (
        ("termin=2026", "2026H"),
        ("termin=vår", "2026V"),
        ("termin=2026H%0A", "2026H"),
        ("region=south", "øst, vest eller nord"),
        ("dato=i+går", "2026-11-22"),
        ("dato=2026-02-30", "2026-11-22"),
        ("dato=01.03.2026", "2026-11-22"),
    ):
        for ending in ("", ".csv"):
            response = site.visitor().get(f"/nb/rapporter/national{ending}?{query}")
            assert (response.status_code, cure in response.text) == (400, True), query


def test_an_unknown_provider_is_not_found_in_words(site: Site, year: Database) -> None:
    response = site.visitor().get("/nb/rapporter/applications?tilbyder=9999")
    assert response.status_code == 404
    assert "9999" in response.text


@pytest.mark.parametrize("path", ["weather", "weather.csv", "national.pdf", "national.html", "../national"])
def test_what_is_no_report_is_not_found(site: Site, path: str) -> None:
    assert site.visitor().get(f"/nb/rapporter/{path}").status_code == 404


def test_the_beginning_of_time_is_a_day_too(site: Site, year: Database) -> None:
    for name in PUBLIC:
        assert site.visitor().get(f"/nb/rapporter/{name}?dato=0001-01-01&termin=all").status_code == 200, name


@pytest.mark.parametrize("day", [date(2100, 1, 1), date.max])
def test_a_day_to_come_is_refused_in_words(site: Site, year: Database, day: date) -> None:
    """What will be applied for is not known, and the rules of that day do not hold yet."""
    for name in PUBLIC:
        for address in (name, f"{name}.json"):
            answer = site.visitor().get(f"/nb/rapporter/{address}?dato={day}&termin=all")
            said = answer.json["detail"] if address.endswith(".json") else answer.text
            assert (answer.status_code, "en dag som ikke har vært" in said) == (400, True), address
    with year.read() as session, pytest.raises(InvalidInput, match="en dag som ikke har vært"):
        render(session, "at-risk", as_of=day)


def test_a_long_report_comes_in_pages_and_as_one_file(
    site: Site, year: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.reports.views._PER_PAGE", 3)
    visitor = site.visitor()
    first = page_rows(visitor.page("/nb/rapporter/applications"))
    second = page_rows(visitor.page("/nb/rapporter/applications?page=2"))
    assert (len(first), len(second)) == (3, 1)
    assert len(csv_rows(visitor, "/nb/rapporter/applications.csv")) == 1 + 4
    assert "4 rader" in visitor.page("/nb/rapporter/applications").get_text()


def test_the_front_page_rounds_applicants_for_strangers(site: Site, year: Database) -> None:
    """19 have applied."""
    assert tracked(site.visitor()) == {"søknader": "20", "har startet": "0", "har fullført": "0", "avlyste kull": "1"}
    assert tracked(site.signed_in(Role.COORDINATOR))["søknader"] == "19"


def tracked(visitor: Visitor) -> dict[str, str]:
    section = visitor.page("/nb/").select_one("section[aria-labelledby=tracked]")
    assert section is not None
    return {_plain(dt): _plain(dd) for dt, dd in zip(section.select("dt"), section.select("dd"), strict=True)}


def test_the_front_page_stands_without_an_index(site: Site, year: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from search.protocol import SearchUnavailable

    def away() -> int:
        raise SearchUnavailable("away")

    monkeypatch.setattr(site.search, "count", away)
    assert site.visitor().get("/nb/").status_code == 200


def test_a_file_is_named_as_the_report(site: Site, year: Database) -> None:
    response = site.visitor().get("/nb/rapporter/national.csv")
    assert response.headers["Content-Disposition"] == 'attachment; filename="national.csv"'
    assert response.mimetype == "text/csv"
