"""Field by field the source that knows best is heard; people before all, and what is gone after all. Pure."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.formats import formats
from registry.intake.choosing.merging import Voice, choose, strongest_first
from registry.intake.choosing.order import GROUPS
from registry.intake.reading.fields import FIELDS
from registry.offers.models import Origin

DOCS = Path(__file__).parents[3] / "docs" / "importers.md"
RANKS = {"offers-sheet": 70, "fs": 50, "xcri-cap": 50, "dbh-347": 30}
OFFER = {"title": "t", "level_code": "l", "subject_code": "s", "credits": "5"}
RUN = {"places": 1, "delivery": "campus"}


def voice(form: str, *, gone: bool = False, silent: frozenset[str] = frozenset()) -> Voice:
    """What a source of that format says: each value names the format."""
    offer = {name: f"{value}:{form}" for name, value in OFFER.items() if name not in silent}
    run = {name: f"{value}:{form}" for name, value in RUN.items() if name not in silent}
    return Voice(form, (not gone, RANKS[form], "", ""), offer, {"r": run}, form)


def heard(thing: str, voices: list[Voice], **corrected: Any) -> dict[str, Any]:
    chosen = choose(thing, strongest_first(voices), {}, corrected, "r" if thing == "run" else None)
    return {name: str(one.value).rpartition(":")[2] for name, one in chosen.items()}


def test_who_is_heard_of_what() -> None:
    all_ = [voice(form) for form in RANKS]
    offer = heard("offer", all_)
    assert offer["title"] == offer["credits"] == "offers-sheet", "the general order"
    assert (offer["level_code"], offer["subject_code"]) == ("dbh-347", "offers-sheet")
    without_sheet = [one for one in all_ if one.form != "offers-sheet"]
    assert heard("run", all_)["places"] == "offers-sheet"
    assert heard("run", without_sheet)["places"] == "fs"


def test_who_is_silent_lets_the_next_speak() -> None:
    voices = [voice("dbh-347", silent=frozenset({"level_code"})), voice("xcri-cap"), voice("fs")]
    assert heard("offer", voices)["level_code"] == "fs"


def test_what_is_no_longer_delivered_comes_last() -> None:
    assert heard("offer", [voice("dbh-347", gone=True), voice("xcri-cap")])["level_code"] == "xcri-cap"


def test_a_person_is_heard_before_them_all() -> None:
    chosen = choose("offer", strongest_first([voice("dbh-347"), voice("offers-sheet")]), {}, {"level_code": "HN"})
    assert (chosen["level_code"].value, chosen["level_code"].origin) == ("HN", Origin.PERSON)


@given(st.permutations(sorted(RANKS)), st.sets(st.sampled_from(sorted(RANKS)), min_size=1))
def test_the_order_in_which_sources_came_is_nothing(order: list[str], there: set[str]) -> None:
    voices = [voice(form) for form in order if form in there]
    for thing in ("offer", "run"):
        assert heard(thing, voices) == heard(thing, sorted(voices, key=lambda one: one.form))


def test_the_table_names_what_there_is() -> None:
    for group in GROUPS:
        assert set(group.fields) <= set(FIELDS[group.thing])
        assert set(group.first) <= set(formats())
    named = [(group.thing, field) for group in GROUPS for field in group.fields]
    assert len(named) == len(set(named)), "a field has one order"


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.fields[0])
def test_the_documentation_has_the_same_table(group: Any) -> None:
    fields = ", ".join(f"`{name}`" for name in group.fields)
    first = ", then ".join(f"`{name}`" for name in group.first)
    assert f"| {group.thing} | {fields} | {first} | {group.why} |" in DOCS.read_text(encoding="utf-8")
