"""The records of an XML file, one element at a time, without holding the file.

defusedxml does the reading, with document types refused: they are the door to entities that grow without end or fetch
other files. What stands outside the records is thrown away as it is closed, and a single record has bounds, so that no
file can fill the memory.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast
from xml.etree.ElementTree import Element, ParseError, SubElement

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from importers.protocol import PayloadRefused
from importers.sentences import Sentence

#: Bounds: bytes between two tags, elements within one record, elements outside the records, elements open at once. The
#: largest course of the Open University's feed has about 100 elements in 6 levels; its whole provider has 12 outside.
MAX_GAP = 4_000_000
MAX_WITHIN = 20_000
MAX_OUTSIDE = 100_000
MAX_DEPTH = 60
_XHTML = "{http://www.w3.org/1999/xhtml}"
_BLOCKS = frozenset(("p", "li", "div", "br", "tr", "ul", "ol", "h1", "h2", "h3", "h4"))
_CURE = Sentence("Hent filen på nytt, og kontroller at hele filen kommer med.")


class _Metered:
    """A stream that stops giving where nothing was opened or closed for ``MAX_GAP`` bytes."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.since = 0

    def read(self, size: int = -1) -> bytes:
        chunk = self.stream.read(size)
        self.since += len(chunk)
        if self.since > MAX_GAP:
            raise PayloadRefused(Sentence("Filen har et element som er for langt."), _CURE)
        return chunk


def records(path: Path, root: str, *record: str, keep: frozenset[str] = frozenset()) -> Iterator[list[Element]]:
    """Yield the open elements from the root to each ``record`` element, the record last, when it has been read whole.

    Names are as ElementTree writes them ("{namespace}local"); where the root is named without a namespace, all names are
    met in any. A record within a record is a part of it. Of what stands outside the records, only elements named in
    ``keep`` are still there, as children of their parents. Raises :class:`PayloadRefused` where the root is another, the
    file is no XML, is cut off, has a DOCTYPE or is beyond the bounds above.
    """
    with path.open("rb") as raw:
        stream = _Metered(raw)
        try:
            yield from _walk(stream, root, frozenset(record), keep)
        except DefusedXmlException as error:
            raise PayloadRefused(
                Sentence("Filen inneholder DOCTYPE eller XML-entiteter, som kan skade tjenesten."),
                Sentence("Be avsenderen om XML uten DOCTYPE."),
            ) from error
        except (ParseError, LookupError, ValueError) as error:  # ValueError: an encoding that expat cannot read
            raise PayloadRefused(Sentence("Filen er ødelagt eller avkortet XML."), _CURE) from error


def _walk(stream: _Metered, root: str, record: frozenset[str], keep: frozenset[str]) -> Iterator[list[Element]]:
    name: Callable[[str], str] = str if root.startswith("{") else local
    opened: list[Element] = []
    within = outside = 0  # elements of the record that is open (0 outside records), and elements outside so far
    depth = 0  # of the record that is open
    for event, element in cast(
        "Iterator[tuple[str, Any]]", iterparse(stream, events=("start", "end"), forbid_dtd=True)
    ):
        stream.since = 0
        if event == "start":
            if not opened and name(element.tag) != root:
                raise PayloadRefused(
                    Sentence(
                        "Filen er XML, men ikke av riktig slag: ytterst står <%(found)s>, ikke <%(wanted)s>.",
                        found=local(element.tag),
                        wanted=local(root),
                    ),
                    Sentence("Velg riktig format eller riktig fil."),
                )
            opened.append(element)
            if not within and name(element.tag) in record:
                depth = len(opened)
            if within or depth:
                within += 1
            else:
                outside += 1
            if within > MAX_WITHIN or outside > MAX_OUTSIDE or len(opened) > MAX_DEPTH:
                raise PayloadRefused(Sentence("Filen har for mange elementer som ikke er tilbud."), _CURE)
            continue
        if len(opened) == depth:
            yield list(opened)
            within = depth = 0
        opened.pop()
        if opened and not within and name(element.tag) not in keep:
            opened[-1].remove(element)


def local(tag: str) -> str:
    """The name without its namespace."""
    return tag.rpartition("}")[2]


def text_in(element: Element | None) -> str | None:
    """All text in an element with its paragraphs kept apart, None where there is none."""
    if element is None:
        return None
    parts: list[str] = []
    _collect(element, parts)
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line) or None


def _collect(element: Element, parts: list[str]) -> None:
    """The text of an element in reading order; how deep it goes is bounded by ``MAX_DEPTH``."""
    breaks = ["\n"] if element.tag.startswith(_XHTML) and local(element.tag) in _BLOCKS else []
    parts += [*breaks, element.text or ""]
    for child in element:
        _collect(child, parts)
        parts.append(child.tail or "")
    parts += breaks


def flat(element: Element, prefixes: dict[str, str]) -> dict[str, str | None]:
    """An element as a raw row: path -> text, "presentation[2]/mlo:start@dtf" -> "2026-08-17".

    ``prefixes`` gives the prefix that the names of a namespace get ("" for none). Empty elements are None.
    """
    row: dict[str, str | None] = {}
    _flatten(element, "", prefixes, row)
    return row


def _flatten(element: Element, path: str, prefixes: dict[str, str], row: dict[str, str | None]) -> None:
    for name, value in element.attrib.items():
        row[f"{path}@{_prefixed(name, prefixes)}"] = value
    text = text_in(element) if any(child.tag.startswith(_XHTML) for child in element) else (element.text or "").strip()
    if path and (text or not len(element)):
        row[path] = text or None
    if any(child.tag.startswith(_XHTML) for child in element):
        return
    names = [_prefixed(child.tag, prefixes) for child in element]
    in_all, so_far = Counter(names), Counter[str]()
    for child, name in zip(element, names, strict=True):
        so_far[name] += 1
        step = f"{name}[{so_far[name]}]" if in_all[name] > 1 else name
        _flatten(child, f"{path}/{step}" if path else step, prefixes, row)


def mend(element: Element, repairs: Mapping[str, str | None] | None, prefixes: dict[str, str]) -> None:
    """Put a person's texts where ``flat`` found the old ones. What was not there is made; an empty text empties it."""
    for path, text in (repairs or {}).items():
        steps, _, attribute = path.partition("@")
        target = element
        for step in filter(None, steps.split("/")):
            target = _at(target, step, prefixes)
        if attribute:
            known = next((name for name in target.attrib if _prefixed(name, prefixes) == attribute), None)
            target.set(known or _whole(attribute, prefixes), text or "")
            continue
        for child in [child for child in target if child.tag.startswith(_XHTML)]:
            target.remove(child)
        target.text = text


def _at(element: Element, step: str, prefixes: dict[str, str]) -> Element:
    name, place = re.fullmatch(r"(.+?)(?:\[([0-9]+)\])?", step).groups()  # type: ignore[union-attr]  # fits every text
    alike = [child for child in element if _prefixed(child.tag, prefixes) == name]
    if len(alike) >= int(place or 1):
        return alike[int(place or 1) - 1]
    return SubElement(element, _whole(name, prefixes))


def _whole(name: str, prefixes: dict[str, str]) -> str:
    prefix, _, plain = name.rpartition(":")
    namespace = next((one for one, known in prefixes.items() if known == prefix), None)
    return f"{{{namespace}}}{plain}" if namespace else plain


def _prefixed(name: str, prefixes: dict[str, str]) -> str:
    namespace = name[1:].partition("}")[0] if name.startswith("{") else ""
    prefix = prefixes.get(namespace)
    return f"{prefix}:{local(name)}" if prefix else local(name)
