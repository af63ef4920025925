"""The API under /api/v1, its description and its documentation; and the page where institutions issue their keys."""

from datetime import UTC, datetime
from typing import Any, TypeVar

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for
from pydantic import BaseModel
from werkzeug.wrappers import Response as AnyResponse

from registry.access.keyring import Keyring
from registry.access.permissions import Permission
from registry.api import queries
from registry.api.batches import take_applications, take_counts
from registry.api.forms import KeyForm
from registry.api.models import ApiScope
from registry.api.openapi import BASE, LARGEST_PAGE, document
from registry.api.operations import Caller, Issued, caller_of, issue_key, keys_of, note_use, revoke_key
from registry.api.problems import init_problems, problem
from registry.api.requests import ApplicationBatch, CountBatch, OfferPage, OwnRunPage
from registry.core import clock, terms
from registry.core.errors import InvalidInput
from registry.web.flashes import flash_done
from registry.web.forms import choices
from registry.web.fragments import render
from registry.web.guard import guarded, public
from registry.web.i18n import N_, gettext, page_blueprint
from registry.web.limits import a_minute, limiter
from registry.web.navigation import Entry
from registry.web.parts import actor, parts, reading, writing

machine = Blueprint("api", __name__, url_prefix=BASE)
pages = page_blueprint("api_keys", __name__, "/api")
blueprints = (machine, pages)
NAVIGATION = (Entry(N_("API-nøkler"), "api_keys.listed", Permission.API_KEY_ISSUE, order=70),)

SCOPES = {
    ApiScope.RUNS_READ: N_("Lese egne kull med tall"),
    ApiScope.APPLICATIONS_WRITE: N_("Sende søknader"),
    ApiScope.COUNTS_WRITE: N_("Sende tall per kull"),
}
LARGEST_BODY = 2_000_000  # bytes; a thousand full items are about half of it
Body = TypeVar("Body", bound=BaseModel)

init_problems(machine)
limiter.shared_limit(a_minute(lambda settings: settings.api_per_minute), scope="api")(machine)


@machine.get("/openapi.json")
@public
def description() -> AnyResponse:
    """OpenAPI 3.1."""
    response = make_response(document())
    response.headers["Access-Control-Allow-Origin"] = "*"
    return _cached(response)


@machine.get("/offers")
@public
def offers() -> AnyResponse:
    """Offers with their runs, in the order they changed."""
    until = parts().database.settled()  # before the session, so that it sees all of it
    with reading() as session:
        found, cursor = queries.offers(
            session,
            until=until,
            since=_since(),
            cursor=_cursor(),
            provider=request.args.get("provider") or None,
            limit=_limit(),
        )
    return _cached(_page(OfferPage(data=found, next=_next(cursor))))


@machine.get("/offers/<path:key>")
@public
def offer(key: str) -> AnyResponse:
    """One offer."""
    with reading() as session:
        return _cached(_json(queries.offer(session, key)))


@machine.get("/runs")
@public
def own_runs() -> AnyResponse:
    """The caller's own runs with exact figures."""
    caller = _caller(ApiScope.RUNS_READ)
    if not isinstance(caller, Caller):
        return caller
    term = request.args.get("term") or None
    if term is not None:
        try:
            terms.parse(term)
        except ValueError:
            raise InvalidInput("Terminen skrives som 2026H (høst) eller 2026V (vår).") from None
    until = parts().database.settled()
    with reading() as session:
        found, cursor = queries.own_runs(
            session, caller.organisation_id, until=until, since=_since(), cursor=_cursor(), term=term, limit=_limit()
        )
    return _private(_page(OwnRunPage(data=found, next=_next(cursor))))


@machine.post("/applications")
@public
def applications() -> AnyResponse:
    """Make and bring on applications."""
    caller = _caller(ApiScope.APPLICATIONS_WRITE)
    if not isinstance(caller, Caller):
        return caller
    batch = _body(ApplicationBatch)
    with writing() as session:
        answer = take_applications(session, caller, Keyring.of(parts().settings), batch)
    return _private(_json(answer))


@machine.post("/counts")
@public
def counts() -> AnyResponse:
    """Take counts of runs."""
    caller = _caller(ApiScope.COUNTS_WRITE)
    if not isinstance(caller, Caller):
        return caller
    batch = _body(CountBatch)
    with writing() as session:
        answer = take_counts(session, caller, batch)
    return _private(_json(answer))


@pages.get("/dokumentasjon")
@public
def documentation() -> AnyResponse:
    """The description as a page that people read; made from it, so that the two never differ."""
    return render("api/documentation.html", api=document(), example=_EXAMPLE)


@pages.route("/nokler", methods=["GET", "POST"])
@guarded(Permission.API_KEY_ISSUE)
def listed() -> AnyResponse:
    """The institution's keys; a new one is shown once."""
    reach = actor().organisations(Permission.API_KEY_ISSUE)
    form = KeyForm()
    with reading() as session:
        form.organisation.choices = choices(queries.institutions(session, reach))
    form.scopes.choices = choices((str(scope), text) for scope, text in SCOPES.items())
    issued: Issued | None = None
    if form.validate_on_submit():
        with writing() as session:
            issued = issue_key(
                session,
                actor(),
                int(form.organisation.data),
                form.name.data,
                {ApiScope(one) for one in form.scopes.data},
            )
    with reading() as session:
        found = keys_of(session, reach)
    response = render(
        "api/keys.html",
        form=form,
        issued=issued,
        keys=found,
        scopes={str(scope): text for scope, text in SCOPES.items()},
        today=clock.today(),
        status=400 if request.method == "POST" and issued is None else 200,
    )
    if issued is not None:
        response.headers["Cache-Control"] = "no-store"  # the token is on the page: no browser keeps it
    return response


@pages.post("/nokler/<int:key_id>/trekk-tilbake")
@guarded(Permission.API_KEY_ISSUE)
def revoked(key_id: int) -> AnyResponse:
    """The key is worth nothing from now."""
    with writing() as session:
        revoke_key(session, actor(), key_id)
    flash_done(gettext("Nøkkelen er trukket tilbake."))
    return redirect(url_for("api_keys.listed"))


def _caller(scope: ApiScope) -> Caller | Response:
    """Whose key this is, or the problem with it. A signed-in person's cookie opens nothing here."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    with reading() as session:
        caller = caller_of(session, token.strip()) if kind.lower() == "bearer" else None
    if caller is None:
        answer = problem(401, gettext("Send en gyldig nøkkel: Authorization: Bearer tr_…"))
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    if not caller.may(scope):
        answer = problem(403, gettext("Nøkkelen er ikke utstedt for dette."))
        answer.headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{scope}"'
        return answer
    if caller.key.last_used_on != clock.today():
        with writing() as session:
            note_use(session, caller.key.pk, clock.today())
    return caller


def _body(model: type[Body]) -> Body:
    """The body, checked. Raises ValidationError, which is answered with where it is wrong."""
    if request.mimetype != "application/json":
        abort(415)
    if (request.content_length or 0) > LARGEST_BODY:
        abort(413)
    return model.model_validate_json(request.get_data())


def _limit() -> int:
    text = request.args.get("limit", "50")
    if not text.isascii() or not text.isdecimal() or len(text) > 4 or not 1 <= int(text) <= LARGEST_PAGE:
        raise InvalidInput("Antall per side («limit») er fra 1 til %(most)s.", most=LARGEST_PAGE)
    return int(text)


def _cursor() -> queries.Cursor | None:
    text = request.args.get("cursor")
    return queries.Cursor.parse(text) if text else None


def _since() -> datetime | None:
    text = request.args.get("changed_since")
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign that was not written as %2B
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput("Tidspunktet («changed_since») skrives som 2026-11-22T08:00:00Z.") from None


def _next(cursor: queries.Cursor | None) -> str | None:
    """The address of the next page: the same question, from where this page ended."""
    if cursor is None:
        return None
    asked = {name: value for name, value in request.args.items() if name != "cursor"}
    return url_for(str(request.endpoint), **asked, cursor=str(cursor), _external=True)


def _json(model: BaseModel) -> Response:
    return make_response(model.model_dump_json(), 200, {"Content-Type": "application/json"})


def _page(model: Any) -> Response:
    response = _json(model)
    if model.next is not None:
        response.headers["Link"] = f'<{model.next}>; rel="next"'
    return response


def _cached(response: Response) -> AnyResponse:
    """For everyone, and the same answer is not sent twice."""
    response.headers["Cache-Control"] = "public, max-age=60"
    response.add_etag()
    return response.make_conditional(request)


def _private(response: Response) -> AnyResponse:
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Authorization"
    if request.method == "GET":
        response.add_etag()
        return response.make_conditional(request)
    return response


_EXAMPLE = """curl -X POST https://…/api/v1/applications \\
  -H "Authorization: Bearer tr_…" -H "Content-Type: application/json" \\
  -d '{"applications": [{"run": {"offer_code": "KENG1", "term": "2026H"},
       "national_id": "…", "status": "accepted", "status_on": "2026-05-15"}]}'"""
