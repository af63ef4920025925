"""Nodes of an ELM file: JSON-LD and XML brought to one shape, and what they point at.

A node is an object by property names without prefix. ``id`` and ``type`` are its own; a text by language is an object of
language -> text. What XML says by ``uri`` or ``idref`` is an object with that ``id`` alone.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from importers.json_rows import Json, parts
from importers.nested import at, many, said
from importers.payloads import Examined, Kind, open_text
from importers.xml_rows import local, records, text_in

Node = dict[str, Json]

_LOQ = "{http://data.europa.eu/snb/model/ap/loq-constraints/}"
_OPPORTUNITY = "learningOpportunity"
_POINTED = ("learningAchievementSpecification", "qualification", "learningActivitySpecification", "organisation",
            "learningOutcome", "location")  # fmt: skip
_LANGUAGE = ("language", "lang", "{http://www.w3.org/XML/1998/namespace}lang")
_PERSONS = frozenset(("contactPoint", "groupMemberOf"))


@dataclass(slots=True)
class Index:
    """What can be pointed at: identifier -> node as JSON text, which takes far less room than the objects."""

    nodes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, examined: Examined) -> "Index":
        index = cls()
        for node in _xml(examined, *_POINTED) if examined.kind is Kind.XML else _json_nodes(examined):
            index._add(node)
        return index

    def _add(self, node: Node) -> None:
        """A node and what it holds, without recursion: how deep it goes is the sender's choice."""
        pending: list[Json] = [node]
        while pending:
            value = pending.pop()
            if isinstance(value, dict):
                identifier = said(value.get("id"))
                if identifier and len(value) > 2 and _OPPORTUNITY not in types(value):
                    self.nodes.setdefault(identifier, json.dumps(value, ensure_ascii=False))
                pending.extend(value.values())
            elif isinstance(value, list):
                pending.extend(value)

    def follow(self, value: Json) -> Json:
        """The node that a value points at; the value itself where it tells something, or points at nothing here."""
        identifier = said(value) or said(at(value, "id"))
        bare = isinstance(value, str) or (isinstance(value, dict) and set(value) <= {"id", "type"})
        if bare and identifier in self.nodes:
            found: Json = json.loads(self.nodes[identifier])
            return found
        return value


def types(node: Json) -> set[str]:
    """The types of a node, with a small first letter: "elm:LearningOpportunity" is "learningOpportunity"."""
    told = (text.rpartition(":")[2].rpartition("/")[2] for text in map(said, many(at(node, "type"))) if text)
    return {name[:1].lower() + name[1:] for name in told}


def opportunities(examined: Examined) -> Iterator[Node]:
    """Every learning opportunity, in the order of the file."""
    if examined.kind is Kind.XML:
        yield from _xml(examined, _OPPORTUNITY)
    else:
        yield from (node for node in _json_nodes(examined) if _OPPORTUNITY in types(node))


def _json_nodes(examined: Examined) -> Iterator[Node]:
    """Every node that stands by itself: in a list, in ``@graph``, or the one that the file is."""
    alone: Node = {}
    with open_text(examined) as stream:
        for name, value in parts(stream):
            if name in ("", "@graph"):
                graph = at(value, "@graph")
                yield from (_plain(node) for node in (many(graph) or [value]) if isinstance(node, dict))
            elif name in alone:
                alone[name] = [*many(alone[name]), value]
            else:
                alone[name] = value
    if alone:
        yield _plain(alone)


def _plain(node: Node) -> Node:
    """A node with names without prefix ("elm:title" and "@id" are "title" and "id"), and without contact points."""
    whole: Node = {}
    pending: list[tuple[Node, Node]] = [(node, whole)]
    while pending:
        source, target = pending.pop()
        for key, value in source.items():
            name = key.removeprefix("@") if "://" not in key else key.rpartition("/")[2].rpartition("#")[2]
            name = name.rpartition(":")[2]
            if name in _PERSONS or name == "context":
                continue
            target[name] = _copied(value, pending)
    return whole


def _copied(value: Json, pending: list[tuple[Node, Node]]) -> Json:
    if isinstance(value, dict):
        target: Node = {}
        pending.append((value, target))
        return target
    if isinstance(value, list):
        return [_copied(each, pending) if isinstance(each, dict) else each for each in value]
    return value


def _xml(examined: Examined, *names: str) -> Iterator[Node]:
    """Every element of those names that stands by itself. Those that only point elsewhere stand within others."""
    wanted = tuple(_LOQ + name for name in (_OPPORTUNITY, *_POINTED))
    for opened in records(examined.path, _LOQ + "Courses", *wanted):
        name = local(opened[-1].tag)
        if name in names:
            told = _of_element(opened[-1])
            yield {"type": name, **(told if isinstance(told, dict) else {"": told})}


def _of_element(element: Element) -> Json:
    """An element as a value. How deep it goes is bounded by ``xml_rows.MAX_DEPTH``."""
    pointed = element.get("idref") or element.get("uri") or element.get("id")
    language = next((element.get(name) for name in _LANGUAGE if element.get(name)), None)
    if language:
        return {language: text_in(element)}
    if not len(element) and not pointed:
        return text_in(element)
    node: Node = {"id": pointed} if pointed else {}
    for child in element:
        name = local(child.tag)
        if name in _PERSONS:
            continue
        value = _of_element(child)
        before = node.get(name)
        if before is None:
            node[name] = value
        elif isinstance(before, dict) and isinstance(value, dict) and "id" not in before and "id" not in value \
                and not set(before) & set(value):  # fmt: skip
            node[name] = {**before, **value}  # a text in one more language
        else:
            node[name] = [*many(before), value]
    if not len(element) and (text := text_in(element)):
        node["prefLabel"] = text
    return node
