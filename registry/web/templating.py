"""The environment that pages' templates are read in: what would be done again for every page is done once."""

import re
from collections.abc import MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2.ext import Extension

_INDENTATION = re.compile(r"\n[ \t]+")


class PageEnvironment(Environment):
    """No template has globals of its own here, so all of them share one dictionary.

    Jinja would chain an empty one before it, and ask the chain for some hundred names whenever one template imports another.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


class Unindented(Extension):
    """Pages without the indentation of their templates, which nobody sees: it was a third of a page of the search.

    Lines stay lines, so that errors name the right one, and one space stays where there were some: it may be all that parts two
    attributes. Text that is shown as it is written (``<pre>``, ``<textarea>``) comes from expressions, never from a template's lines.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002 - as Jinja calls it
        return _INDENTATION.sub("\n ", source) if name and name.endswith(".html") else source


def init_templating(app: Flask) -> None:
    """Before anything asks for the app's environment."""
    app.jinja_environment = PageEnvironment  # Flask asks for its environment with this
    app.jinja_env.add_extension("jinja2.ext.do")
    app.jinja_env.add_extension(Unindented)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
