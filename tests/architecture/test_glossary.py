"""The glossary and the code speak the same language."""

import re
from pathlib import Path

import pytest

from registry.applications.states import LIVES
from registry.coordination.states import CASE, PROPOSAL
from registry.core.transitions import Life
from registry.offers.states import OFFER, RUN
from registry.tables import metadata

GLOSSARY = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", GLOSSARY, re.MULTILINE | re.DOTALL))


def test_every_table_is_explained_and_no_other() -> None:
    explained = re.findall(r"^\| `(\w+)` \| \S", SECTIONS["Tables"], re.MULTILINE)
    assert explained == sorted(metadata.tables)


ROWS = dict(re.findall(r"^\| (\w+) \| (.+) \|$", SECTIONS["States"], re.MULTILINE))
NAMES = {life.name if life.name != "state" else life.thing: life for life in (OFFER, RUN, *LIVES, CASE, PROPOSAL)}


@pytest.mark.parametrize("name", NAMES)
def test_every_state_is_listed_in_order(name: str) -> None:
    life: Life = NAMES[name]
    assert ROWS[name].split(", ") == [state.value for state in life.states]
