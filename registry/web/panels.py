"""Panels: a page of a lower room shows what higher rooms know, without knowing them.

The offer's page says ``{{ panels("offer", offer=offer) }}``; coordination registers a panel on "offer" with its template and
a loader. Which slots exist is written in the template that shows them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, render_template
from markupsafe import Markup

from registry.web.guard import allowed

Loader = Callable[..., Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Panel:
    """``loader(**what the slot gives)`` answers the template's variables, or None where there is nothing to show."""

    slot: str
    template: str
    loader: Loader
    permission: Any = None
    order: int = 50


def panels(slot: str, **context: Any) -> Markup:
    """Every panel of a slot that has something to say to the person asking, in order."""
    shown: list[Panel] = current_app.extensions["panels"]
    parts = []
    for panel in shown:
        if panel.slot == slot and allowed(panel.permission):
            loaded = panel.loader(**context)
            if loaded is not None:
                parts.append(render_template(panel.template, **{**context, **loaded}))
    return Markup("\n").join(Markup(part) for part in parts)  # noqa: S704 - templates escape by themselves


def init_panels(app: Flask, registered: Iterable[Panel]) -> None:
    app.extensions["panels"] = sorted(registered, key=lambda panel: (panel.order, panel.template))
    app.jinja_env.globals["panels"] = panels
