"""Nested JSON from feeds that mean the same by null, "", [] and a missing key."""

import json
from collections.abc import Iterator, Mapping

from importers.faults import Fault
from importers.json_rows import Json, text_of
from importers.sentences import Sentence
from importers.text import fold, quoted, unstorable, visible


def at(value: Json, *keys: str) -> Json:
    """The value at a path of keys, None where any step is missing or is no object."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def many(value: Json) -> list[Json]:
    """A list as it is, one value as a list of one, nothing ("" and null) as an empty list."""
    if isinstance(value, list):
        return value
    return [] if value is None or value == "" else [value]


def said(value: Json) -> str | None:
    """A text with white space folded, None where it is empty, or no text and no number."""
    return (fold(value) or None) if isinstance(value, str) else None


def first_said(*values: Json) -> str | None:
    """The first that says something."""
    return next((text for text in map(said, values) if text), None)


def raw_row(value: dict[str, Json]) -> dict[str, str | None]:
    """The object as a raw row: its keys with their values as text, lists and objects as JSON."""
    return {key: text_of(inner) for key, inner in value.items()}


def mended(value: Json, repairs: Mapping[str, str | None] | None) -> Json:
    """The object with a person's values under the keys of its raw row; whatever nobody has changed is as it came."""
    return mended_object(value if isinstance(value, dict) else {}, repairs) if repairs else value


def mended_object(value: dict[str, Json], repairs: Mapping[str, str | None] | None) -> dict[str, Json]:
    """As ``mended``, for what is known to be an object."""
    return {**value, **{key: json_of(text) for key, text in repairs.items()}} if repairs else value


def json_of(text: str | None) -> Json:
    """What ``json_rows.text_of`` made a text of: lists and objects are what they were, other texts are texts."""
    if not text or text[:1] not in ("{", "["):
        return text or None
    try:
        found: Json = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return text
    return found


def unstorable_inside(value: dict[str, Json]) -> list[Fault]:
    """One fault for every key under which, however deep, a text cannot be stored."""
    faults = []
    for key, inner in value.items():
        spoilt = next((text for text in _texts(key, inner) if unstorable(text)), None)
        if spoilt is not None:
            text = Sentence("%(value)s inneholder et usynlig tegn som ikke kan lagres.", value=quoted(spoilt))
            faults.append(Fault(visible(key), visible(spoilt), text, Sentence("Slett teksten og skriv den på nytt.")))
    return faults


def _texts(key: str, value: Json) -> Iterator[str]:
    """Every text in a value, keys too, without recursion: how deep it goes is the sender's choice."""
    pending: list[Json] = [key, value]
    while pending:
        inner = pending.pop()
        if isinstance(inner, str):
            yield inner
        elif isinstance(inner, list):
            pending.extend(inner)
        elif isinstance(inner, dict):
            pending.extend(inner)
            pending.extend(inner.values())
