"""The elements of a JSON array, or of the arrays in an object, one at a time, without holding them all.

The standard decoder does the reading and this module only finds where one element ends. ijson was tried and left: its C
backend crashes the process on an integer of more than 4,300 digits and turns a lone surrogate into ``?`` unseen, so a
hostile feed could stop the service and a damaged row would look whole. Numbers come out as the text that was sent
("60.00" stays "60.00").
"""

import json
import re
from collections.abc import Iterator
from typing import TextIO

from importers.protocol import PayloadRefused
from importers.sentences import Sentence

Json = str | bool | None | list["Json"] | dict[str, "Json"]

#: Longest single element, in characters. The longest row of DBH table 347 is about 1,500.
MAX_ELEMENT = 4_000_000
#: Deepest nesting of one element. What is decoded near Python's own bound could not be written again.
MAX_DEPTH = 200
_CHUNK = 1 << 18
_NUMBER_TAIL = 2  # "1" is a number and so is "1e+5": that much may follow a number before it is seen to go on
_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str, strict=False)
_CURE = Sentence("Hent filen på nytt, og kontroller at hele filen kommer med.")


class _Buffer:
    """A window on the stream that starts at the next character to be read."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.text = ""
        self.at = 0
        self.ended = False

    def more(self) -> None:
        # Doubling keeps the work linear however long an element is.
        chunk = self.stream.read(max(_CHUNK, len(self.text) - self.at))
        self.ended = not chunk
        self.text, self.at = self.text[self.at :] + chunk, 0

    def peek(self) -> str:
        """The next character that is not white space, "" at the end."""
        while True:
            match = _SPACE.match(self.text, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.text) or self.ended:
                return self.text[self.at : self.at + 1]
            self.more()

    def element(self, row: int) -> Json:
        """The element that starts here. What looks like a whole number may go on in the next chunk."""
        while True:
            try:
                value: Json
                value, end = _DECODER.raw_decode(self.text, self.at)
            except (ValueError, RecursionError) as error:
                if isinstance(error, RecursionError):
                    raise _refused(Sentence("Element %(row)s har for mange nivåer inni hverandre.", row=row)) from error
                if self.ended:
                    raise _refused(Sentence("Filen er avkortet eller ødelagt ved element %(row)s.", row=row)) from error
                if len(self.text) - self.at > MAX_ELEMENT:
                    raise _refused(
                        Sentence("Element %(row)s er for langt, eller ikke gyldig JSON.", row=row)
                    ) from error
            else:
                if len(self.text) - end > _NUMBER_TAIL or self.ended:
                    if too_deep(value, self.text.count("[", self.at, end) + self.text.count("{", self.at, end)):
                        raise _refused(Sentence("Element %(row)s har for mange nivåer inni hverandre.", row=row))
                    self.at = end
                    return value
            self.more()


def _refused(reason: Sentence) -> PayloadRefused:
    return PayloadRefused(reason, _CURE)


def _broken(mark: str, row: int) -> PayloadRefused:
    """``mark`` is what stands where the next element should begin, "" where the file ends."""
    if mark:
        return _refused(Sentence("Filen er ikke gyldig JSON etter element %(row)s.", row=row))
    return _refused(Sentence("Filen er avkortet etter element %(row)s.", row=row))


def elements(stream: TextIO) -> Iterator[Json]:
    """Yield the elements of the one array that the stream holds.

    Raises :class:`PayloadRefused` where the stream is not one array, is cut off, or goes on after the array.
    """
    buffer = _Buffer(stream)
    if buffer.peek() != "[":
        raise _refused(Sentence("Filen er ikke en JSON-liste."))
    yield from _array(buffer)
    if buffer.peek():
        raise _refused(Sentence("Filen fortsetter etter at JSON-listen er slutt."))


def _array(buffer: _Buffer) -> Iterator[Json]:
    """The elements of the array that starts here; the buffer is left after its end."""
    buffer.at += 1
    row = 1
    if buffer.peek() == "]":
        buffer.at += 1
        return
    while True:
        buffer.peek()
        yield buffer.element(row)
        mark = buffer.peek()
        buffer.at += 1
        if mark == "]":
            return
        if mark != ",":
            raise _broken(mark, row)
        row += 1


def whole(stream: TextIO, limit: int = MAX_ELEMENT) -> Json:
    """The one JSON value in a small stream. Raises :class:`PayloadRefused` where it is no JSON or longer than ``limit``."""
    text = stream.read(limit + 1)
    try:
        value: Json = json.loads(text, parse_float=str, parse_int=str, parse_constant=str, strict=False)
    except (ValueError, RecursionError) as error:
        raise _refused(Sentence("Filen er ikke gyldig JSON.")) from error
    if too_deep(value, text.count("[") + text.count("{")):
        raise _refused(Sentence("Filen har for mange nivåer inni hverandre."))
    return value


def too_deep(value: Json, openings: int) -> bool:
    """Whether a value is nested deeper than ``MAX_DEPTH``; it can only be where its text has that many ``openings``."""
    if openings <= MAX_DEPTH:
        return False
    pending = [(value, 0)]
    while pending:
        inner, depth = pending.pop()
        if depth > MAX_DEPTH:
            return True
        if isinstance(inner, list):
            pending.extend((each, depth + 1) for each in inner)
        elif isinstance(inner, dict):
            pending.extend((each, depth + 1) for each in inner.values())
    return False


def text_of(value: Json) -> str | None:
    """A JSON value as the text that a raw row keeps; lists and objects stay JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def parts(stream: TextIO) -> Iterator[tuple[str, Json]]:
    """Yield what one JSON value holds, without holding the value, as pairs of a name and a value.

    Of an array every element, named ""; of an object every member, and where that is an array every element of it by
    the member's name, once for each. Raises :class:`PayloadRefused` as :func:`elements` does.
    """
    start = stream.read(1)
    while start.isspace():
        start = stream.read(1)
    stream.seek(0)
    if start != "{":
        yield from (("", element) for element in elements(stream))
        return
    buffer = _Buffer(stream)
    buffer.peek()
    buffer.at += 1
    if buffer.peek() == "}":
        buffer.at += 1
    else:
        yield from _members(buffer)
    if buffer.peek():
        raise _refused(Sentence("Filen fortsetter etter at JSON-objektet er slutt."))


def _members(buffer: _Buffer) -> Iterator[tuple[str, Json]]:
    row = 1
    while True:
        if buffer.peek() != '"':
            raise _refused(Sentence("Filen er ikke gyldig JSON ved element %(row)s.", row=row))
        name = str(buffer.element(row))
        if buffer.peek() != ":":
            raise _refused(Sentence("Filen er ikke gyldig JSON etter element %(row)s.", row=row))
        buffer.at += 1
        if buffer.peek() == "[":
            yield from ((name, element) for element in _array(buffer))
        else:
            yield name, buffer.element(row)
        mark = buffer.peek()
        buffer.at += 1
        if mark == "}":
            return
        if mark != ",":
            raise _broken(mark, row)
        row += 1


def documents(stream: TextIO) -> Iterator[Json]:
    """Yield the JSON values that stand one after another: JSON Lines, or one value alone."""
    buffer = _Buffer(stream)
    row = 1
    while buffer.peek():
        yield buffer.element(row)
        row += 1
