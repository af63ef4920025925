"""The API described: OpenAPI 3.1, made from the very models that check what is sent and make what is answered."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from registry import __version__
from registry.api.models import ApiScope
from registry.api.requests import (
    MOST,
    ApplicationBatch,
    BatchAnswer,
    CountBatch,
    OfferOut,
    OfferPage,
    OwnRunPage,
    Problem,
)

BASE = "/api/v1"
LARGEST_PAGE = 200

_MODELS: tuple[type[BaseModel], ...] = (
    ApplicationBatch,
    BatchAnswer,
    CountBatch,
    OfferOut,
    OfferPage,
    OwnRunPage,
    Problem,
)
_PROBLEMS = {
    400: "A parameter cannot be read.",
    401: "The key is missing, unknown, revoked or expired.",
    403: "The key is not issued for this.",
    404: "There is no such thing.",
    413: "The body is too large.",
    415: "The body must be JSON.",
    422: "The body is not as it should be; nothing is stored.",
    429: "Too many calls; Retry-After says when to go on.",
}


def _parameter(name: str, schema: dict[str, Any], text: str, where: str = "query") -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "schema": schema, "description": text}


_PAGING = [
    _parameter("cursor", {"type": "string"}, "Where the page before ended. Follow «next» rather than making one."),
    _parameter("limit", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": 50}, "Items a page."),
    _parameter(
        "changed_since",
        {"type": "string", "format": "date-time"},
        "Only what has changed since, with it. Send the newest «changed_at» that you have, not the time of your own clock: what "
        "is being written is told when it has been, with the moment at which it was. A moment without a zone is UTC.",
    ),
]
_COPY = (
    "In the order they changed. Whoever keeps a copy replaces the whole offer by its «key»: one that has ended, or that was found "
    "to be the same as another («merged_into»), is told of with its state and never falls out."
)
_ETAG = _parameter(
    "If-None-Match", {"type": "string"}, "The ETag of the answer before: 304 where nothing changed.", "header"
)


def _answer(model: str, text: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}}}
    return {"description": text, "content": content}


def _problems(*statuses: int) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {str(status): {"description": _PROBLEMS[status], "content": content} for status in statuses}


def _get(
    name: str, summary: str, text: str, model: str, parameters: list[dict[str, Any]], *problems: int
) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "description": text,
        "parameters": [*parameters, _ETAG],
        "responses": {
            "200": _answer(model, "What was asked for."),
            "304": {"description": "Nothing has changed."},
            **_problems(*problems),
        },
    }


def _post(name: str, summary: str, text: str, body: str, scope: ApiScope) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "description": text,
        "security": [{"key": [str(scope)]}],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{body}"}}},
        },
        "responses": {
            "200": _answer("BatchAnswer", "What became of each item."),
            **_problems(400, 401, 403, 413, 415, 422, 429),
        },
    }


def document() -> dict[str, Any]:
    """The whole description."""
    _, schemas = models_json_schema(
        [(model, "validation") for model in _MODELS], ref_template="#/components/schemas/{model}"
    )
    key = _parameter("key", {"type": "string"}, "The offer's key.", "path")
    provider = _parameter("provider", {"type": "string"}, "DBH code, organisation number or key of an institution.")
    term = _parameter("term", {"type": "string", "pattern": "^[0-9]{4}[VH]$"}, "2026V is spring, 2026H autumn.")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tilbudsregisteret",
            "version": __version__,
            "description": (
                "Offers of further education for staff in kindergartens and schools, for everyone; and for institutions: "
                f"reporting applications and counts, at most {MOST} a call. Figures of applicants are exact for the "
                "institution itself; everybody else finds them rounded to the nearest 5 in the reports."
            ),
            "license": {"name": "NLOD 2.0", "url": "https://data.norge.no/nlod/no/2.0"},
        },
        "paths": {
            f"{BASE}/offers": {
                "get": _get(
                    "listOffers", "Offers with their runs", _COPY, "OfferPage", [*_PAGING, provider], 400, 404, 429
                )
            },
            f"{BASE}/offers/{{key}}": {
                "get": _get("getOffer", "One offer", "Also one that has ended.", "OfferOut", [key], 404, 429)
            },
            f"{BASE}/runs": {
                "get": {
                    **_get(
                        "listOwnRuns",
                        "Own runs with exact figures",
                        "In the order they changed, ended ones too.",
                        "OwnRunPage",
                        [*_PAGING, term],
                        400,
                        401,
                        403,
                        429,
                    ),
                    "security": [{"key": [str(ApiScope.RUNS_READ)]}],
                }
            },
            f"{BASE}/applications": {
                "post": _post(
                    "reportApplications",
                    "Make and update applications",
                    "Each item is known by run and person, and by «reference» where one is given: the same call again answers "
                    "«unchanged». A step back is never taken. An item that cannot be taken stops no other.",
                    "ApplicationBatch",
                    ApiScope.APPLICATIONS_WRITE,
                )
            },
            f"{BASE}/counts": {
                "post": _post(
                    "reportCounts",
                    "Report counts of runs",
                    "For institutions that send no single applications. The same run and day again replaces the figures.",
                    "CountBatch",
                    ApiScope.COUNTS_WRITE,
                )
            },
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "A key issued to the institution."}
            },
        },
    }
