"""Columns for what is said to people: kept so that it can be said in another language than it was written in.

A sentence (``importers.sentences``) is kept as JSON with its msgid and values, and comes out as a sentence again: bokmål to
whoever takes it for text, and the reader's language by ``registry.web.i18n.say``. Plain text, of people or of rows from
before there were sentences, is kept and comes out as it is.
"""

import json
from typing import Any

from sqlalchemy import JSON, Dialect, String, TypeDecorator

from importers.sentences import Sentence, joined, restored

_MARK = '{"msgid": '


class SentenceType(TypeDecorator[str]):
    """One sentence or text in a column of text."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        if value is not None and not isinstance(value, Sentence) and value.startswith(_MARK):
            value = joined((value,))  # somebody's words that look like a kept sentence stay words
        return json.dumps(value.kept(), ensure_ascii=False) if isinstance(value, Sentence) else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - as above
        return restored(json.loads(value)) if value is not None and value.startswith(_MARK) else value


class KeptLines(list[Any]):
    """Lines that ``as_kept`` has taken apart already: they are written as they are."""


class SentencesType(TypeDecorator[list[Any]]):
    """A list in a column of JSON: of sentences or texts, or of lines with some of each."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> list[Any] | None:  # noqa: ARG002 - as above
        kept: list[Any] | None = value if isinstance(value, KeptLines) else as_kept(value)
        return kept

    def process_result_value(self, value: Any | None, dialect: Dialect) -> list[Any] | None:  # noqa: ARG002 - as above
        told: list[Any] | None = as_said(value)
        return told


def as_kept(one: Any) -> Any:
    """A sentence, or a line or a list that holds some, as JSON keeps it; any other value as it is."""
    if isinstance(one, Sentence):
        return one.kept()
    if isinstance(one, list):
        return [as_kept(value) for value in one]
    return {name: as_kept(value) for name, value in one.items()} if isinstance(one, dict) else one


def as_said(one: Any) -> Any:
    """What ``as_kept`` took apart."""
    if isinstance(one, list):
        return [as_said(value) for value in one]
    if not isinstance(one, dict):
        return one
    return restored(one) if "msgid" in one else {name: as_said(value) for name, value in one.items()}
