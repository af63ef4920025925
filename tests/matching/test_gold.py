"""The engine against the labels that a person gave to real pairs of names."""

import csv
import sys
from pathlib import Path

import pytest

from registry.matching.grades import Strength
from registry.matching.overlap import overlaps
from registry.matching.profiles import make_profile

ROOT = Path(__file__).resolve().parents[2]
with (Path(__file__).parent / "gold" / "pairs.csv").open(encoding="utf-8", newline="") as stream:
    GOLD = list(csv.DictReader(stream))
ANCHORS = [row for row in GOLD if row["note"].startswith("anker")]


def test_the_labels_are_sound() -> None:
    assert len(GOLD) >= 600
    assert {row["label"] for row in GOLD} == {"strong", "possible", "related", "different"}
    keys = [(row["a_code"], row["b_code"]) for row in GOLD]
    assert len(keys) == len(set(keys))
    assert all(a.split(":")[0] != b.split(":")[0] for a, b in keys)


@pytest.mark.parametrize("row", ANCHORS, ids=lambda row: f"{row['a_title']} – {row['b_title']}")
def test_an_anchor_is_called_what_it_is(row: dict[str, str]) -> None:
    a, b = (make_profile(row[f"{side}_code"], row[f"{side}_code"][:4], row[f"{side}_title"]) for side in "ab")
    found = [pair.strength for pair in overlaps([a, b])]
    assert found == ([Strength.STRONG] if row["label"] == "strong" else [])


def test_quality_on_the_real_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    data = ROOT.parent / "shared" / "data" / "dbh347"
    if not data.is_dir():
        pytest.skip("the real DBH rows (../shared/data/dbh347) are not on this machine")
    monkeypatch.setattr(sys, "path", [str(ROOT / "bench"), *sys.path])
    import quality  # the bench is a script, not a package

    labels = [label for label in quality.read_labels() if label.note != quality.FROM_THE_TOP]
    strength = {(pair.a, pair.b): pair.strength for pair in overlaps(quality.real_profiles(data), related=True)}
    fresh = [label for label in labels if label.note == quality.FRESH]
    second = [label for label in labels if label.note == quality.SECOND]
    third = [label for label in labels if label.note.startswith(quality.THIRD)]
    fourth = [label for label in labels if label.note.startswith(quality.FOURTH)]
    drawn = fresh + second + third + fourth
    older = [label for label in labels if label not in drawn]
    assert quality.measure([label for label in older if not label.held_out], strength).f1 >= 0.96
    assert quality.measure([label for label in older if label.held_out], strength).f1 >= 0.94
    assert quality.measure(fresh, strength).f1 >= 0.93
    assert quality.measure(second, strength).f1 >= 0.91
    assert quality.measure(third, strength).f1 >= 0.95
    assert quality.in_country(third, strength).f1 >= 0.94
    assert quality.measure(fourth, strength).f1 >= 0.95
    assert quality.in_country(fourth, strength, quality.FOURTH).f1 >= 0.93
