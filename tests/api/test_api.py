"""The API: what anyone may read, what a key opens, and an answer for every item that is sent."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from bs4 import BeautifulSoup
from sqlmodel import col, select
from werkzeug.test import TestResponse

from registry.access.permissions import Permission
from registry.access.roles import Role
from registry.api.models import ApiKey, ApiScope
from registry.api.openapi import document
from registry.api.operations import issue_key, revoke_key
from registry.applications.models import Application, RunCount
from registry.core import clock
from registry.core.db import Database
from registry.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from registry.offers.states import OfferState
from tests.applications import making
from tests.intake.landing.sheets import ANNE, BODIL
from tests.reading import everything
from tests.site import Site, open_site


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with time_machine.travel(clock.now() - timedelta(hours=1)), database.write() as session:
        offer = making.offer(session, native_code="T1")
        making.run(session, offer, key="ours", term="2027V")
        making.run(session, making.offer(session, making.OTHER_INSTITUTION), key="theirs")
        making.offer(session, state=OfferState.DRAFT, key="draft")
    with open_site(database, tmp_path) as opened:
        yield opened


def key(site: Site, *scopes: ApiScope, institution: str = making.INSTITUTION) -> str:
    with site.database.write() as session:
        cast = making.cast(session)
        return issue_key(
            session, cast.system, cast.organisations[institution], "opptak", scopes or list(ApiScope)
        ).token


def call(site: Site, path: str, token: str | None = None, body: Any = None, **headers: str) -> TestResponse:
    given = {**headers, **({"Authorization": f"Bearer {token}"} if token else {})}
    client = site.app.test_client()
    if body is None:
        return client.get(f"/api/v1{path}", headers=given)
    return client.post(f"/api/v1{path}", json=body, headers=given)


def item(number: str = ANNE, status: str = "received", run: str = "ours", **more: Any) -> dict[str, Any]:
    return {"run": {"key": run}, "national_id": number, "status": status, **more}


def test_anyone_reads_offers_page_by_page_and_no_drafts(site: Site) -> None:
    keys, path = [], "/offers?limit=1"
    while path:
        answer = call(site, path)
        assert answer.status_code == 200
        keys += [one["key"] for one in answer.json["data"]]
        following = answer.json["next"]
        assert (f"<{following}>" in answer.headers.get("Link", "")) is (following is not None)
        path = following.partition("/api/v1")[2] if following else ""
    assert len(keys) == len(set(keys)) == 2
    assert call(site, f"/offers/{keys[0]}").json["key"] == keys[0]
    for missing in ("draft", "nowhere"):
        answer = call(site, f"/offers/{missing}")
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_only_what_changed_since_and_nothing_twice(site: Site) -> None:
    answer = call(site, "/offers")
    assert call(site, "/offers", **{"If-None-Match": answer.headers["ETag"]}).status_code == 304
    later = (clock.now() + timedelta(minutes=1)).isoformat()
    assert call(site, f"/offers?changed_since={later.replace('+', '%2B')}").json["data"] == []
    with time_machine.travel(clock.now() + timedelta(hours=1)), site.database.write() as session:
        run = session.exec(select(making.Run).where(making.Run.key == "ours")).one()
        run.updated_at = clock.now()
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        [changed] = call(site, f"/offers?changed_since={later.replace('+', '%2B')}").json["data"]
        assert len(call(site, "/offers?provider=1177").json["data"]) == 1
    assert [run["key"] for run in changed["runs"]] == ["ours"]
    assert call(site, "/offers?provider=nowhere").status_code == 404


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=x", "cursor=%00", "cursor=W10", "changed_since=i går"]
)
def test_parameters_that_cannot_be_read_are_told(site: Site, query: str) -> None:
    answer = call(site, f"/offers?{query}")
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.json["detail"]


PRIVATE = (("/runs", None, ApiScope.RUNS_READ), ("/applications", {}, ApiScope.APPLICATIONS_WRITE), ("/counts", {}, ApiScope.COUNTS_WRITE))  # fmt: skip


@pytest.mark.parametrize(("path", "body", "scope"), PRIVATE)
def test_a_key_opens_what_it_is_issued_for_and_nothing_else(site: Site, path: str, body: Any, scope: ApiScope) -> None:
    right, wrong = key(site, scope), key(site, *(set(ApiScope) - {scope}))
    stolen = right[:-1] + ("A" if right[-1] != "A" else "B")
    for token in (None, "", "tr_", stolen, "x" * 10_000):
        answer = call(site, path, token, body)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert call(site, path, wrong, body).status_code == 403
    assert call(site, path, right, body).status_code in (200, 422)
    for cookie in (Role.PROVIDER_STAFF, Role.ADMISSIONS_OFFICER):
        visitor = site.signed_in(cookie, organisation=making.INSTITUTION)
        answer = visitor.get(f"/api/v1{path}") if body is None else visitor.client.post(f"/api/v1{path}", json=body)
        assert answer.status_code == 401  # a person's cookie is no key


def test_a_key_that_is_revoked_or_expired_is_worth_nothing(site: Site) -> None:
    token, other = key(site), key(site)
    with site.database.write() as session:
        cast = making.cast(session)
        first = session.exec(select(ApiKey).order_by(col(ApiKey.id))).first()
        assert first is not None
        for stranger in (cast.other_provider, cast.office):
            with pytest.raises(NotFound):
                revoke_key(session, stranger, first.pk)
        revoke_key(session, cast.provider, first.pk)
        with pytest.raises(Conflict):
            revoke_key(session, cast.provider, first.pk)
        with pytest.raises(NotFound):
            revoke_key(session, cast.provider, 10**9)
    assert (call(site, "/runs", token).status_code, call(site, "/runs", other).status_code) == (401, 200)
    with time_machine.travel(clock.now() + timedelta(days=367)):
        assert call(site, "/runs", other).status_code == 401


def test_keys_are_issued_by_an_institutions_own_people_and_kept_as_hashes(site: Site) -> None:
    token = key(site)
    assert not any(token in row or token[12:] in row for row in everything(site.database))
    with site.database.write() as session:
        cast = making.cast(session)
        ours, owner = cast.organisations[making.INSTITUTION], cast.organisations[making.OWNER]
        for actor in (cast.other_provider, cast.office, cast.owner, cast.coordinator):
            assert not actor.may(Permission.API_KEY_ISSUE) or actor is cast.other_provider
            with pytest.raises(NotAllowed):
                issue_key(session, actor, ours, "x", [ApiScope.RUNS_READ])
        with pytest.raises(NotFound):
            issue_key(session, cast.system, owner, "x", [ApiScope.RUNS_READ])
        for name, scopes, days in ((" ", [ApiScope.RUNS_READ], 1), ("x", [], 1), ("x", [ApiScope.RUNS_READ], 400)):
            with pytest.raises(InvalidInput):
                issue_key(session, cast.provider, ours, name, scopes, days=days)


def test_an_institution_reads_its_own_runs_with_exact_figures(site: Site) -> None:
    token = key(site)
    call(site, "/applications", token, {"applications": [item(), item(BODIL, "accepted")]})
    answer = call(site, "/runs?term=2027V", token)
    [run] = answer.json["data"]
    assert (run["key"], run["figures"]["applied"], run["figures"]["accepted"]) == ("ours", 2, 1)
    assert "private" in answer.headers["Cache-Control"]
    assert (
        call(site, "/runs", token, **{"If-None-Match": call(site, "/runs", token).headers["ETag"]}).status_code == 304
    )
    assert call(site, "/runs?term=2026S", token).status_code == 400
    assert call(site, "/runs", key(site, institution="1120")).json["data"] == []
    with site.database.read() as session:
        assert session.exec(select(ApiKey.last_used_on).order_by(col(ApiKey.id))).first() == clock.today()


def test_applications_in_bulk_are_answered_one_by_one_and_may_be_sent_again(site: Site) -> None:
    token = key(site)
    batch = {
        "applications": [
            item(reference="S-1"),
            item(BODIL, "rejected", reason="late"),
            item(ANNE),  # the same again in the same call
            item("01810190091"),  # a wrong control digit
            item(run="theirs"),
            item(run="nowhere"),
            {**item(), "run": {"offer_code": "T1"}},
            item(BODIL, status_on="2090-01-01"),
            {**item("01810190252"), "run": {"offer_code": "t1", "term": "2027V"}},
        ]
    }
    answer = call(site, "/applications", token, batch)
    told = [(one["outcome"], (one["fault"] or {}).get("field")) for one in answer.json["results"]]
    assert told == [
        ("new", None),
        ("new", None),
        ("refused", "national_id"),
        ("refused", "national_id"),
        ("refused", "run"),
        ("refused", "run"),
        ("refused", "run"),
        ("refused", "national_id"),
        ("new", None),
    ]
    assert not any(number in answer.text for number in (ANNE, BODIL))
    again = call(site, "/applications", token, batch)
    assert (again.json["new"], again.json["unchanged"], again.json["refused"]) == (0, 3, 6)
    step = {"applications": [item(BODIL, "accepted")]}
    [refused] = call(site, "/applications", token, step).json["results"]
    assert refused["fault"]["field"] == "status"
    assert not any(number in row for row in everything(site.database) for number in (ANNE, BODIL))
    with site.database.read() as session:
        assert len(session.exec(select(Application)).all()) == 3


def test_counts_in_bulk(site: Site) -> None:
    token = key(site)
    day = "2026-01-01"
    batch = {
        "counts": [
            {"run": {"key": "ours"}, "counted_on": day, "counts": {"applied": 12}},
            {"run": {"key": "theirs"}, "counted_on": day, "counts": {"applied": 12}},
            {"run": {"key": "ours"}, "counted_on": "2090-01-01", "counts": {"applied": 12}},
            {"run": {"key": "ours"}, "counted_on": "2026-01-02", "counts": {}},
            {"run": {"key": "ours"}, "counted_on": "2026-01-02", "counts": {"started": 1, "completed": 2}},
            {"run": {"key": "ours"}, "counted_on": "2026-01-02", "counts": {"offered": 3, "accepted": 4}},
        ]
    }
    answer = call(site, "/counts", token, batch).json
    assert [one["outcome"] for one in answer["results"]] == ["new", *["refused"] * 5]
    assert [one["fault"]["field"] for one in answer["results"][4:]] == ["counts.completed", "counts.accepted"]
    assert call(site, "/counts", token, batch).json["unchanged"] == 1
    with site.database.read() as session:
        assert [one.applied for one in session.exec(select(RunCount))] == [12]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/applications"),
        ({"applications": []}, "/applications"),
        ({"applications": [item(status="maybe")]}, "/applications/0/status"),
        ({"applications": [item("123")]}, "/applications/0/national_id"),
        ({"applications": [{**item(), "name": "Anne"}]}, "/applications/0/name"),
        ({"applications": [item()] * 1_001}, "/applications"),
    ],
)
def test_a_body_that_is_not_as_it_should_be_says_where_and_repeats_nothing(site: Site, body: Any, pointer: str) -> None:
    answer = call(site, "/applications", key(site), body)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert answer.json["errors"][0]["pointer"] == pointer
    assert "123" not in answer.text
    assert "Anne" not in answer.text


@pytest.mark.parametrize(("content", "kind", "status"), [(b"{", "application/json", 422), (b"{}", "text/plain", 415), (b" " * 2_000_001, "application/json", 413)])  # fmt: skip
def test_bodies_that_are_no_json(site: Site, content: bytes, kind: str, status: int) -> None:
    headers = {"Authorization": f"Bearer {key(site)}", "Content-Type": kind}
    assert site.app.test_client().post("/api/v1/applications", data=content, headers=headers).status_code == status


def test_the_description_names_every_address_and_only_those(site: Site) -> None:
    described = {(path, method.upper()) for path, methods in document()["paths"].items() for method in methods}
    served = {
        (rule.rule.replace("<path:key>", "{key}"), method)
        for rule in site.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.description"
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    assert described == served
    assert call(site, "/openapi.json").json["openapi"] == "3.1.0"
    page = site.visitor().get("/nb/api/dokumentasjon").get_data(as_text=True)
    assert all(path in page for path, _ in described)


def test_a_key_is_issued_shown_once_and_revoked_on_the_page(site: Site) -> None:
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation=making.INSTITUTION)
    with site.database.read() as session:
        cast = making.cast(session)
        ours, theirs = (str(cast.organisations[one]) for one in (making.INSTITUTION, making.OTHER_INSTITUTION))
    assert staff.post("/nb/api/nokler", organisation=theirs, name="FS", scopes="runs.read").status_code == 400
    wrong = BeautifulSoup(staff.post("/nb/api/nokler", organisation=ours, name="FS").get_data(), "html5lib")
    [link] = wrong.select(".ds-error-summary a")
    assert wrong.select_one(f"fieldset input{link['href']}"), "the fault leads to the first of the boxes"
    answer = staff.post("/nb/api/nokler", organisation=ours, name="FS", scopes="runs.read")
    page = answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    token = page.partition("<code>tr_")[2].partition("<")[0]
    assert call(site, "/runs", f"tr_{token}").status_code == 200
    assert token not in staff.get("/nb/api/nokler").get_data(as_text=True)
    with site.database.read() as session:
        number = session.exec(select(ApiKey.id)).one()
    stranger = site.signed_in(Role.PROVIDER_STAFF, organisation=making.OTHER_INSTITUTION)
    assert stranger.post(f"/nb/api/nokler/{number}/trekk-tilbake").status_code == 404
    assert staff.post(f"/nb/api/nokler/{number}/trekk-tilbake").status_code == 302
    assert call(site, "/runs", f"tr_{token}").status_code == 401
