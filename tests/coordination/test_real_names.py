"""Real programme names: what must be listed, and what must never be."""

from pathlib import Path
from typing import Any

import pytest

from registry.access.policy import system
from registry.coordination.operations import detect
from registry.coordination.queries import overlap_report
from registry.core.db import Database
from registry.intake import operations as intake
from tests.coordination.country import TODAY


@pytest.mark.slow
def test_ntnu_and_hvl_teach_the_same_english_and_nobody_mixes_steps_or_years(
    database: Database, shared_data: Path, tmp_path: Path
) -> None:
    feeds = sorted((shared_data / "dbh347").glob("347_*.json"))
    intake.import_payloads(database, system("import"), "dbh-347", feeds, payload_folder=tmp_path)
    detect(database, system("detect"), today=TODAY)
    with database.read() as session:
        report = overlap_report(session, as_of=TODAY, term="all")
    pairs = report["pairs"]
    english = [pair for pair in pairs if _codes(pair) == {"1150", "0238"} and _is(pair, "engelsk", "1-7", 1)]
    assert english
    assert {pair["strength"] for pair in english} == {"strong"}
    top = sorted((pair["score"] for pair in pairs), reverse=True)[len(pairs) // 10]
    assert max(pair["score"] for pair in english) >= top, "among the best tenth"
    assert len({frozenset((pair["a"]["key"], pair["b"]["key"])) for pair in pairs}) == len(pairs)
    for pair in pairs:
        for field in ("step", "school_years"):
            a, b = pair["a"][field], pair["b"][field]
            assert a is None or b is None or a == b or {a, b} not in ({1, 2}, {"1-7", "5-10"}), pair


def _codes(pair: dict[str, Any]) -> set[str]:
    return {pair[side]["provider"]["dbh_code"] for side in "ab"}


def _is(pair: dict[str, Any], subject: str, years: str, step: int) -> bool:
    told = (subject, years, step)
    return all((pair[side]["subject"], pair[side]["school_years"], pair[side]["step"]) == told for side in "ab")
