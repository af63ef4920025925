"""What is said to people is a literal with named values, so that a catalogue can know it.

That nothing but a sentence is given where one is asked for, mypy sees; here it is what sentences are made of.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: How many of a call's first arguments are msgids.
MSGIDS = {"Sentence": 1, "counted": 2}
#: Which of a call's arguments are said to people, for what importers tell of files and rows.
TOLD = {
    "PayloadRefused": slice(0, 2), "RejectedRow": slice(1, 2), "Notice": slice(0, 1), "Fault": slice(2, 4), "missing": slice(1, 2),
    "Unreadable": slice(0, 2), "note": slice(0, 1), "notices": slice(0, 2), "FetchFailed": slice(0, 1), "Unavailable": slice(0, 1),
    "AddressRefused": slice(0, 1), "Moved": slice(0, 1), "TooSlow": slice(0, 1), "TooLarge": slice(0, 1), "NotData": slice(0, 1),
    "Interrupted": slice(0, 1),
}  # fmt: skip


def calls(room: str, mark: str = "") -> Iterator[tuple[str, str, ast.Call]]:
    """(place, name, call) of every call in the files that have the mark in them."""
    for path in sorted((ROOT / room).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if mark in text and path.name != "sentences.py":
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Call):
                    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                    yield f"{path.relative_to(ROOT)}:{node.lineno} {name}", name, node


def test_msgids_are_literals() -> None:
    found = [
        place
        for room in ("importers", "registry")
        for place, name, call in calls(room, "importers.sentences")
        for argument in call.args[: MSGIDS.get(name, 0)]
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str))
    ]
    assert {place.partition(":")[0] for place in found} == {"registry/core/errors.py"}  # there raising marks the msgid


def test_no_importer_puts_a_sentence_together() -> None:
    """Neither an f-string, nor a sum, nor a format: a catalogue knows none of them."""
    assert [
        place
        for place, name, call in calls("importers")
        for argument in call.args[TOLD.get(name, slice(0))]
        if isinstance(argument, ast.JoinedStr | ast.BinOp | ast.Constant)
    ] == []
