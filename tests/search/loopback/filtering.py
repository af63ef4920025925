"""The part of the server's filter language that the engine uses, read by its grammar; anything else is refused."""

import re
from collections.abc import Callable, Collection
from math import asin, cos, radians, sin, sqrt
from typing import Any

from tests.search.loopback.shapes import Refused

Document = dict[str, Any]
Condition = Callable[[Document], bool]
_TOKEN = re.compile(r'\s*(?:("(?:[^"\\]|\\.)*")|(_geoRadius)|(>=|<=|!=|=|[()\[\],])|([\w.\-]+))')
_EARTH_KM = 6371.0


def values(document: Document, attribute: str) -> list[Any]:
    found: Any = document
    for step in attribute.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


class Filter:
    """One expression: ``OR`` of ``AND`` of comparisons."""

    def __init__(self, text: str, filterable: Collection[str]) -> None:
        self._tokens = self._split(text)
        self._filterable = filterable
        self._at = 0
        self.passes = self._either()
        if self._at != len(self._tokens):
            raise Refused("invalid_search_filter", f"left over: {self._tokens[self._at :]}")

    @staticmethod
    def _split(text: str) -> list[str]:
        found, at = [], 0
        while text[at:].strip():
            match = _TOKEN.match(text, at)
            if match is None:
                raise Refused("invalid_search_filter", f"cannot be read: {text[at:]}")
            found.append(match.group().strip())
            at = match.end()
        return found

    def _next(self, *expected: str) -> str:
        if self._at >= len(self._tokens) or (expected and self._tokens[self._at] not in expected):
            raise Refused("invalid_search_filter", f"expected {expected} in {self._tokens}")
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._peek() == "OR":
            self._next()
            parts.append(self._both())
        return lambda document: any(part(document) for part in parts)

    def _both(self) -> Condition:
        parts = [self._one()]
        while self._peek() == "AND":
            self._next()
            parts.append(self._one())
        return lambda document: all(part(document) for part in parts)

    def _one(self) -> Condition:
        if self._peek() == "(":
            self._next()
            inner = self._either()
            self._next(")")
            return inner
        if self._peek() == "_geoRadius":
            return self._circle()
        attribute = self._next()
        if attribute not in self._filterable:
            raise Refused("invalid_search_filter", f"Attribute `{attribute}` is not filterable")
        sign = self._next("IN", "=", "!=", ">=", "<=")
        if sign == "IN":
            wanted = self._list()
            return lambda document: any(_plain(one) in wanted for one in values(document, attribute))
        value = self._next()
        if sign in ("=", "!="):
            equal = sign == "="
            return lambda document: any(_plain(one) == _text(value) for one in values(document, attribute)) is equal
        bound = float(value)
        return lambda document: any(
            one >= bound if sign == ">=" else one <= bound for one in values(document, attribute)
        )

    def _list(self) -> set[str]:
        self._next("[")
        found = set()
        while self._peek() != "]":
            found.add(_text(self._next()))
            if self._peek() == ",":
                self._next()
        self._next("]")
        return found

    def _circle(self) -> Condition:
        if "_geo" not in self._filterable:
            raise Refused("invalid_search_filter", "`_geo` is not filterable")
        self._next()
        self._next("(")
        numbers = []
        for end in (",", ",", ")"):
            numbers.append(float(self._next()))
            self._next(end)
        latitude, longitude, meters = numbers

        def within(document: Document) -> bool:
            geo = document.get("_geo")
            return geo is not None and kilometres(latitude, longitude, geo["lat"], geo["lng"]) * 1000 <= meters

        return within


def _text(token: str) -> str:
    return token[1:-1].replace('\\"', '"').lower() if token.startswith('"') else token.lower()


def _plain(value: Any) -> str:
    return str(value).lower()


def kilometres(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    low, high = radians(latitude), radians(to_latitude)
    chord = sin((high - low) / 2) ** 2 + cos(low) * cos(high) * sin(radians(to_longitude - longitude) / 2) ** 2
    return 2 * _EARTH_KM * asin(min(1.0, sqrt(chord)))
