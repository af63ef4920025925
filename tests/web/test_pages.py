"""Fragments, links, pagination, components and assets, as a browser would meet them."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from registry.web.assets import AssetsMissing, asset, load_manifest
from registry.web.pagination import Pagination, page_number
from tests.web.demo import create_app


def test_htmx_gets_the_block_with_the_page_s_own_imports(client: FlaskClient) -> None:
    answer = client.get("/nb/demo/", headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert "250 tilbud" in answer.text
    assert "HX-Request" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "header", [{"HX-Boosted": "true"}, {"HX-History-Restore-Request": "true"}, {"HX-Request-Type": "full"}]
)
def test_htmx_gets_the_page_when_it_swaps_the_page(client: FlaskClient, header: dict[str, str]) -> None:
    answer = client.get("/nb/demo/", headers={"HX-Request": "true", **header})
    assert "<html" in answer.text
    assert "HX-Request" in answer.headers["Vary"]


def test_links_change_one_thing_of_the_query(client: FlaskClient) -> None:
    page = BeautifulSoup(client.get("/nb/demo/?fag=Matematikk&fag=Norsk&q=a&page=3").text, "html5lib")
    chip = page.select_one("a.ds-chip")
    assert chip is not None
    assert chip["href"] == "/nb/demo/?fag=Norsk&q=a"
    assert chip["aria-label"] == "Fjern filter: Matematikk"
    following = page.select_one("a[rel=next]")
    assert following is not None
    assert following["href"] == "/nb/demo/?fag=Matematikk&fag=Norsk&q=a&page=4"
    current = page.select(".ds-pagination [aria-current]")
    assert [link.text for link in current] == ["3"]


@given(st.integers(-5, 10_000), st.integers(1, 100), st.integers(0, 100_000))
def test_a_page_is_always_within_the_list(page: int, size: int, total: int) -> None:
    p = Pagination(page, size, total)
    assert 1 <= p.page <= p.pages
    assert 0 <= p.offset < max(1, total)
    assert p.last - p.first + 1 == min(size, total - p.offset) if total else p.last == 0
    window = [number for number in p.window() if number is not None]
    assert window == sorted(set(window))
    assert {1, p.pages, p.page} <= set(window)


@pytest.mark.parametrize(
    ("asked", "number"), [("3", 3), ("0", 1), ("-1", 1), ("x", 1), ("²", 1), ("9" * 30, 1), ("", 1)]
)
def test_page_numbers_of_the_query(asked: str, number: int) -> None:
    with create_app().test_request_context(f"/?page={asked}"):
        assert page_number() == number


def test_every_file_that_a_page_asks_for_is_there_and_kept_for_ever(client: FlaskClient) -> None:
    page = BeautifulSoup(client.get("/nb/demo/").text, "html5lib")
    addresses = [
        tag.get("src") or tag.get("href")
        for tag in page.select("script[src], link[rel=stylesheet], link[rel=icon], link[rel=preload]")
    ]
    assert len(addresses) >= 7
    for address in addresses:
        with client.get(str(address)) as answer:
            assert answer.status_code == 200, address
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_no_asset_comes_from_elsewhere(client: FlaskClient) -> None:
    for name in ("inter.css", "designsystemet.css", "designsystemet-theme.css"):
        with create_app().test_request_context():
            address = asset(name)
        with client.get(address) as answer:
            style = answer.text
        assert "url(http" not in style.replace(" ", "")
        assert "@import" not in style


def test_missing_assets_stop_the_start_with_the_cure(tmp_path: Path) -> None:
    with pytest.raises(AssetsMissing, match="make run"):
        load_manifest(tmp_path)
    (tmp_path / "manifest.json").write_text('{"files": {"a.css": "a.1.css"}}')
    with pytest.raises(AssetsMissing, match=r"a\.1\.css"):
        load_manifest(tmp_path)


def test_ids_are_unique_and_labels_point_at_something(client: FlaskClient) -> None:
    for address in ("/nb/demo/", "/nb/demo/skjema"):
        page = BeautifulSoup(client.get(address).text, "html5lib")
        ids = [tag["id"] for tag in page.select("[id]")]
        assert len(ids) == len(set(ids))
        for label in page.select("label[for]"):
            assert label["for"] in ids
        for tag in page.select("[aria-describedby]"):
            assert set(str(tag["aria-describedby"]).split()) <= set(ids)


def test_the_table_shows_what_the_download_holds(client: FlaskClient) -> None:
    page = BeautifulSoup(client.get("/nb/demo/").text, "html5lib")
    rows = [[cell.get_text(strip=True) for cell in row.select("th, td")] for row in page.select(".scroll tbody tr")]
    assert rows == [["Nord universitet", "42", "31\xa0%", "01.03.2026"], ["=HYPERLINK(1)", "–", "5\xa0%", "–"]]


def test_a_facet_shows_the_chosen_and_greys_nought(client: FlaskClient) -> None:
    page = BeautifulSoup(client.get("/nb/demo/").text, "html5lib")
    chosen = [box["value"] for box in page.select(".facet input[checked]")]
    assert chosen == ["Matematikk", "Musikk"]
    assert page.select_one(".facet .more input[value=Musikk]") is None, "a chosen value is never hidden"
    assert page.select_one(".facet .more input[value=Kroppsøving]") is not None


def test_errors_of_a_form_are_tied_to_their_fields() -> None:
    app = create_app()
    app.config["WTF_CSRF_ENABLED"] = False
    page = BeautifulSoup(
        app.test_client().post("/nn/demo/skjema", data={"title": "for lang tittel", "credits": "99"}).text, "html5lib"
    )
    title = page.select_one("#title")
    assert title is not None
    assert title["aria-invalid"] == "true"
    assert title["aria-describedby"] == "title-hint title-error"
    assert page.select_one("#title-error").text == "Skriv høgst 10 teikn."
    assert page.select_one("#credits-error").text == "Talet må vere mellom 1 og 60."
    ids = {tag["id"] for tag in page.select("[id]")}
    assert {str(link["href"])[1:] for link in page.select(".ds-error-summary a")} <= ids


def test_undo_is_a_form_with_a_token(client: FlaskClient) -> None:
    token = BeautifulSoup(client.get("/nb/demo/skjema").text, "html5lib").select_one("input[name=csrf_token]")["value"]
    data = {
        "csrf_token": token,
        "title": "Norsk",
        "credits": "15",
        "start": "2026-08-15",
        "subject": "no",
        "delivery": "online",
    }
    page = BeautifulSoup(client.post("/nb/demo/skjema", data=data).text, "html5lib")
    undo = page.select_one(".flash form")
    assert undo is not None
    assert undo["action"] == "/nb/demo/angre"
    assert undo.select_one("input[name=csrf_token]") is not None
