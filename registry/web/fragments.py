"""One template for the page and for the part of it that htmx swaps."""

from typing import Any

from flask import Response, current_app, make_response, render_template, request


def is_fragment_request() -> bool:
    """htmx asks for a part. A boosted link, a restored history entry or a whole-body target wants the page."""
    headers = request.headers
    return (
        headers.get("HX-Request") == "true"
        and headers.get("HX-Request-Type", "partial") != "full"
        and "HX-Boosted" not in headers
        and "HX-History-Restore-Request" not in headers
    )


def render(template: str, block: str | None = None, status: int = 200, **context: Any) -> Response:
    """The page, or only ``block`` of it to htmx. Caches are told that the two differ. Raises KeyError for an unknown block."""
    if block is not None and is_fragment_request():
        body = render_block(template, block, context)
    else:
        body = render_template(template, **context)
    response: Response = current_app.make_response(make_response(body, status))
    if block is not None:
        response.vary.add("HX-Request")
        response.vary.add("HX-Request-Type")
    return response


def render_block(name: str, block: str, context: dict[str, Any]) -> str:
    """One block of a template that extends a layout, with the imports and ``{% set %}`` lines at its top.

    jinja2-fragments leaves those lines out (1.12.0), so every block would have to repeat them. A child template puts out nothing
    before its layout does: asking for the first piece runs exactly those lines.
    """
    variables = dict(context)
    current_app.update_template_context(variables)
    template = current_app.jinja_env.get_template(name)
    shared = template.new_context(variables)
    top = template.root_render_func(shared)
    next(iter(top), None)
    return "".join(shared.blocks[block][0](shared))
