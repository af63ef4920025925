"""What people type or paste is looked at once, before any view: no field of any form holds what cannot be stored.

Feeds and the API refuse the same characters (``importers.text``); a control character often comes along with what is pasted from a document.
"""

from flask import Flask, request

from importers.text import quoted, unstorable
from registry.core.errors import InvalidInput

_AROUND = 30  # letters before the spot, so that it is found in a long text


def init_typed(app: Flask) -> None:
    """Ask every form that is sent."""
    app.before_request(_look)


def _look() -> None:
    """Raises InvalidInput, which names the spot."""
    typed = (text for name, values in request.form.lists() for text in (name, *values))
    names = (one.filename or "" for one in request.files.values())
    for text in (*typed, *names):
        if unstorable(text):
            spot = next(place for place, sign in enumerate(text) if unstorable(sign))
            raise InvalidInput(
                "%(value)s inneholder et usynlig tegn som ikke kan lagres. Slett teksten og skriv den på nytt.",
                value=quoted(text[max(0, spot - _AROUND) :]),
            )
