"""Services that answer by pages: every page once, whatever breaks on the way."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from importers.fetch import Client, forget, walk
from importers.fetch import walking as walks
from importers.fetch.faults import FetchFailed, Interrupted, Moved, NotData, TooLarge, Unavailable
from tests.importers.fetch.services import Answer, Request, Service

Page = Callable[[int, str], dict[str, Any]]


def paged(name: str, first: int, page: Page, fails: dict[int, Answer] | None = None) -> Callable[[Request], Answer]:
    """Answers with ``page(number, url path)``; ``fails`` are answers that are given once, by page."""

    def answer(request: Request) -> Answer:
        number = int(request.query.get(name, first))
        if fails and number in fails:
            return fails.pop(number)
        return 200, {"Content-Type": "application/json"}, json.dumps(page(number, request.path)).encode()

    return answer


def ooapi(number: int, _: str) -> dict[str, Any]:
    return {"pageNumber": number, "hasNextPage": number < 3, "items": [{"courseId": f"{number}-{i}"} for i in "ab"]}


def emil(number: int, path: str) -> dict[str, Any]:
    name = path.rsplit("/", 1)[-1]
    items = [{"id": f"{name}-{number}"}]
    return {name: items, "page": {"totalPages": 2, "totalElements": 2, "pageNumber": number}}


def hal(number: int, _: str) -> dict[str, Any]:
    links = {"next": {"href": f"/units?page={number + 1}"}} if number < 2 else {}
    return {"_embedded": {"enheter": [{"n": number}]}, "_links": links, "page": {"totalElements": 3}}


def nsr(number: int, _: str) -> dict[str, Any]:
    return {"Sidenummer": number, "AntallSider": 3, "TotaltAntallEnheter": 3, "EnhetListe": [{"n": number}]}


def pages(path: Path) -> list[Any]:
    found: list[Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(
    ("kind", "name", "first", "page", "count"),
    [("ooapi", "pageNumber", 1, ooapi, 3), ("hal", "page", 0, hal, 3), ("nsr", "sidenummer", 1, nsr, 3)],
)
def test_every_page_is_kept_as_it_came(
    client: Client, near: Service, tmp_path: Path, kind: str, name: str, first: int, page: Page, count: int
) -> None:
    url = near.does("/units", paged(name, first, page))
    reply = walk(client, kind, url, tmp_path / "walk")
    assert pages(reply.path) == [page(number, "/units") for number in range(first, first + count)]
    assert reply.size == reply.path.stat().st_size


def test_emil_is_three_lists_and_one_where_the_address_names_it(client: Client, near: Service, tmp_path: Path) -> None:
    for name in ("educationProviders", "educationInfos", "educationEvents"):
        near.does(f"/emil3/{name}", paged("page", 0, emil))
    found = pages(walk(client, "emil", near.url + "/emil3", tmp_path / "all").path)
    assert [next(iter(page)) for page in found] == [
        "educationProviders", "educationProviders", "educationInfos", "educationInfos", "educationEvents",
        "educationEvents",
    ]  # fmt: skip
    one = walk(client, "emil", near.url + "/emil3/educationEvents?schoolType=HS", tmp_path / "one")
    assert len(pages(one.path)) == 2
    assert near.asked[-1].query["schoolType"] == "HS"


def test_a_walk_goes_on_where_it_was_broken_off(client: Client, near: Service, tmp_path: Path) -> None:
    url = near.does("/units", paged("pageNumber", 1, ooapi, {3: (404, {}, b"")}))
    with pytest.raises(Unavailable):
        walk(client, "ooapi", url, tmp_path)
    reply = walk(client, "ooapi", url, tmp_path)
    assert [page["pageNumber"] for page in pages(reply.path)] == [1, 2, 3]
    assert [asked.query["pageNumber"] for asked in near.asked] == ["1", "2", "3", "3"]


def test_half_a_page_after_a_crash_is_cut_away(client: Client, near: Service, tmp_path: Path) -> None:
    url = near.does("/units", paged("pageNumber", 1, ooapi, {3: (404, {}, b"")}))
    with pytest.raises(Unavailable):
        walk(client, "ooapi", url, tmp_path)
    with (tmp_path / "pages.json").open("ab") as stream:
        stream.write(b',\n{"pageNumber": 3, "ite')
    assert [page["pageNumber"] for page in pages(walk(client, "ooapi", url, tmp_path).path)] == [1, 2, 3]


@pytest.mark.parametrize("how", ["old", "other address", "file gone", "cursor broken"])
def test_a_walk_that_cannot_be_gone_on_with_begins_anew(
    client: Client, near: Service, tmp_path: Path, how: str
) -> None:
    url = near.does("/units", paged("pageNumber", 1, ooapi, {2: (404, {}, b"")}))
    with pytest.raises(Unavailable):
        walk(client, "ooapi", url, tmp_path)
    if how == "old":
        os.utime(tmp_path / "cursor.json", (0, 0))
    elif how == "other address":
        url += "?level=master"
    elif how == "file gone":
        (tmp_path / "pages.json").unlink()
    else:
        (tmp_path / "cursor.json").write_text("{", encoding="utf-8")
    assert [page["pageNumber"] for page in pages(walk(client, "ooapi", url, tmp_path).path)] == [1, 2, 3]
    assert [asked.query["pageNumber"] for asked in near.asked] == ["1", "2", "1", "2", "3"]


def test_what_is_forgotten_begins_anew(client: Client, near: Service, tmp_path: Path) -> None:
    url = near.does("/units", paged("pageNumber", 1, ooapi))
    walk(client, "ooapi", url, tmp_path / "walk")
    forget(tmp_path / "walk")
    assert not (tmp_path / "walk").exists()


def fewer(number: int, _: str) -> dict[str, Any]:
    return {**nsr(number, ""), "TotaltAntallEnheter": 300}


def circle(number: int, _: str) -> dict[str, Any]:
    return {"hasNextPage": True, "items": [{"courseId": "1"}]}


def elsewhere(number: int, _: str) -> dict[str, Any]:
    return {"_embedded": {"a": [1]}, "_links": {"next": {"href": "http://127.0.0.2:1/units"}}}


def problem(number: int, _: str) -> dict[str, Any]:
    return {"status": 500, "title": "Oops"}


@pytest.mark.parametrize(
    ("kind", "name", "page", "fault"),
    [
        ("nsr", "sidenummer", fewer, Interrupted),
        ("ooapi", "pageNumber", circle, Interrupted),
        ("hal", "page", elsewhere, Moved),
        ("ooapi", "pageNumber", problem, NotData),
        ("emil", "page", problem, NotData),
        ("hal", "page", problem, NotData),
        ("nsr", "sidenummer", problem, NotData),
    ],
)
def test_services_that_lose_their_way(
    client: Client, near: Service, tmp_path: Path, kind: str, name: str, page: Page, fault: type[FetchFailed]
) -> None:
    near.does("/units/educationEvents", paged(name, 1, page))
    with pytest.raises(fault):
        walk(client, kind, near.url + "/units/educationEvents", tmp_path)


def test_no_hits_in_hal_is_a_page_without_units(client: Client, near: Service, tmp_path: Path) -> None:
    near.says("/units", json.dumps({"_links": {}, "page": {"totalElements": 0}}).encode())
    assert len(pages(walk(client, "hal", near.url + "/units", tmp_path).path)) == 1


def test_a_service_without_end_is_left(
    client: Client, near: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walks, "MAX_PAGES", 3)
    page: Page = lambda number, _: {"hasNextPage": True, "items": [{"courseId": str(number)}]}  # noqa: E731 - a page in one line
    with pytest.raises(TooLarge):
        walk(client, "ooapi", near.does("/units", paged("pageNumber", 1, page)), tmp_path)
    monkeypatch.setattr(walks, "MAX_PAGE_BYTES", 10)
    with pytest.raises(TooLarge):
        walk(client, "ooapi", near.url + "/units", tmp_path)


def test_where_servers_say_less_the_pages_end_with_an_empty_one(client: Client, near: Service, tmp_path: Path) -> None:
    page: Page = lambda number, _: {"items": [{"courseId": str(number)}] if number < 3 else []}  # noqa: E731 - a page in one line
    assert len(pages(walk(client, "ooapi", near.does("/units", paged("pageNumber", 1, page)), tmp_path).path)) == 3
