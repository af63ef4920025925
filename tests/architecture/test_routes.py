"""Every route says who may call it, and means it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.routing import Rule

from registry.access.permissions import Permission
from registry.access.policy import ANYONE
from registry.access.roles import GRANTS, Role
from registry.app import ROOMS
from registry.core.db import Database
from registry.setup import initialise
from registry.web.guard import PUBLIC, permission_of
from tests.reading import digests
from tests.site import Site, open_site

#: What stands for a part of an address; nothing by these names exists.
PARTS = {
    "language": "nb",
    "syntax": "atom",
    "kind": "csv",
    "ending": "csv",
    "name": "national",
    "filename": "css/none.css",
    "queue": "overlapp",
    "paper": "odt",
}
#: Posted by mail programs, which know no token of ours: the address itself is the secret (RFC 8058).
ONE_CLICK = {"catalogue.stop_notice"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("routes")
    database = Database(f"sqlite:///{home}/registry.sqlite3")
    initialise(database)
    with open_site(database, home) as opened:
        yield opened
    database.dispose()


def rules(site: Site, method: str) -> list[Rule]:
    return [rule for rule in site.app.url_map.iter_rules() if method in (rule.methods or ())]


def address(site: Site, rule: Rule) -> str:
    """An address of the rule, with a number or a word for each part."""
    values: dict[str, Any] = {}
    for part in rule.arguments:
        is_number = f"<int:{part}>" in rule.rule
        values[part] = 987654 if is_number else PARTS.get(part, "finnes-ikke")
    with site.app.test_request_context():
        return site.app.url_map.bind("localhost").build(rule.endpoint, values, method=next(iter(rule.methods or ())))


def guarded(site: Site, rule: Rule) -> bool:
    return permission_of(site.app.view_functions[rule.endpoint]) != PUBLIC


def test_every_endpoint_says_who_may_call_it(site: Site) -> None:
    forgotten = [name for name, view in site.app.view_functions.items() if permission_of(view) is None]
    assert forgotten == []


def test_what_guards_is_a_permission_that_somebody_holds(site: Site) -> None:
    held = {permission for role, grants in GRANTS.items() if role is not Role.SYSTEM for permission in grants}
    for name, view in site.app.view_functions.items():
        mark = permission_of(view)
        assert mark == PUBLIC or (isinstance(mark, Permission) and mark in held), name


def test_reading_changes_nothing_whoever_reads(site: Site) -> None:
    visitors = [site.visitor(), *(site.signed_in(role) for role in (Role.OPERATOR, Role.COORDINATOR))]
    before = digests(site.database)
    for visitor in visitors:
        for rule in rules(site, "GET"):
            visitor.get(address(site, rule))
    assert digests(site.database) == before


def test_every_form_is_refused_without_our_token(site: Site) -> None:
    """A stranger is turned away for the token, and so is somebody with every right."""
    clients = [site.visitor().client, *(site.signed_in(role).client for role in (Role.OPERATOR, Role.COORDINATOR))]
    before = digests(site.database)
    posts = rules(site, "POST")
    assert len(posts) >= 5
    for rule in posts:
        for client in clients:
            response = client.post(address(site, rule), data={})
            refused = (
                (404,) if rule.endpoint in ONE_CLICK else (401,) if rule.endpoint.startswith("api.") else (400, 403)
            )
            assert response.status_code in refused, (rule.endpoint, response.status_code)
    assert digests(site.database) == before


def test_a_stranger_with_a_token_is_refused_where_a_right_is_needed(site: Site) -> None:
    before = digests(site.database)
    for rule in rules(site, "POST"):
        if guarded(site, rule):
            assert site.visitor().post(address(site, rule)).status_code == 403, rule.endpoint
    assert digests(site.database) == before


def test_a_stranger_is_sent_to_sign_in_from_every_guarded_page(site: Site) -> None:
    pages = [rule for rule in rules(site, "GET") if guarded(site, rule)]
    assert len(pages) >= 5
    for rule in pages:
        path = address(site, rule)
        response = site.visitor().get(path)
        assert response.status_code == 302, (rule.endpoint, response.status_code)
        assert response.location.startswith("/nb/logg-inn?next=/nb/"), rule.endpoint


def test_no_public_page_falls_over_what_does_not_exist(site: Site) -> None:
    for rule in rules(site, "GET"):
        if not guarded(site, rule):
            response = site.visitor().get(address(site, rule))
            assert response.status_code < 500, (rule.endpoint, response.status_code)


@pytest.mark.parametrize("number", [0, 2**31, 2**63, 10**30])
def test_a_number_that_no_row_can_have_is_not_found(site: Site, number: int) -> None:
    visitors = [site.signed_in(role) for role in (Role.OPERATOR, Role.COORDINATOR)]
    for rule in site.app.url_map.iter_rules():
        if "<int:" in rule.rule:
            path = re.sub(r"<(\w+:)?(\w+)>", lambda part: PARTS.get(part[2], str(number)), rule.rule)
            method = "GET" if "GET" in (rule.methods or ()) else "POST"
            for visitor in visitors:
                response = visitor.get(path) if method == "GET" else visitor.post(path)
                assert response.status_code in (400, 403, 404), (rule.endpoint, response.status_code)


def test_a_number_in_a_form_that_no_row_can_have_is_not_found(site: Site) -> None:
    assert site.visitor().post("/nb/logg-inn", person=str(10**30)).status_code == 404


@pytest.mark.parametrize(
    ("role", "where"),
    [
        (Role.SEARCHER, {}),
        (Role.PROVIDER_STAFF, {"organisation": "1120"}),
        (Role.ADMISSIONS_OFFICER, {"organisation": "1120"}),
        (Role.COORDINATOR, {}),
        (Role.OWNER, {"organisation": "kommune-4601"}),
        (Role.COUNTY_GOVERNOR, {"county": "46"}),
        (Role.DIRECTORATE, {}),
        (Role.OPERATOR, {}),
        (Role.ADMINISTRATOR, {}),
    ],
)
def test_each_role_is_let_in_where_its_rights_reach_and_nowhere_else(
    site: Site, role: Role, where: dict[str, str]
) -> None:
    visitor = site.signed_in(role, **where)
    rights = set(GRANTS[role]) | set(GRANTS[Role.SEARCHER]) | set(GRANTS[Role.ANYONE])
    for rule in rules(site, "GET"):
        if guarded(site, rule):
            mark = permission_of(site.app.view_functions[rule.endpoint])
            status = visitor.get(address(site, rule)).status_code
            assert status < 500, (rule.endpoint, status)
            if mark not in rights:
                assert status == 403, (rule.endpoint, status)
            elif not rule.arguments - {"language"}:
                assert status in (200, 302, 404), (rule.endpoint, status)


def test_every_entry_of_the_navigation_is_a_page_and_is_shown_to_who_may_follow_it(site: Site) -> None:
    entries = [entry for room in ROOMS for entry in getattr(room, "NAVIGATION", ())]
    assert entries
    for entry in entries:
        view = site.app.view_functions[entry.endpoint]
        mark = permission_of(view)
        if entry.permission is None:
            assert mark == PUBLIC or ANYONE.may(mark), entry
        else:
            assert mark == entry.permission, entry
        with site.app.test_request_context("/nb/"):
            site.app.url_map.bind("localhost").build(entry.endpoint, {"language": "nb"})


def test_templates_and_tests_know_the_same_pages(site: Site) -> None:
    """An address without a language is for machines, and says so by standing in no room's menu."""
    endpoints = {entry.endpoint for room in ROOMS for entry in getattr(room, "NAVIGATION", ())}
    for rule in site.app.url_map.iter_rules():
        if "language" not in rule.arguments:
            assert rule.endpoint not in endpoints
            assert not guarded(site, rule), rule.endpoint
