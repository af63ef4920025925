"""The subject tree and its words hold together."""

import csv
from importlib.resources import files

import pytest

from registry.matching.reading import read_name
from registry.matching.subjects import subject_finder, subject_tree
from registry.matching.text import fold, tokens


def rows(name: str) -> list[dict[str, str]]:
    with files("registry.reference").joinpath(name).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_three_levels_and_no_more() -> None:
    depths = {len(subject.path) for subject in subject_tree().values()}
    assert depths == {1, 2, 3}


def test_codes_are_unique_and_parents_exist() -> None:
    codes = [row["code"] for row in rows("subjects.csv")]
    assert len(codes) == len(set(codes))
    assert {row["parent"] for row in rows("subjects.csv")} <= {"", *codes}


def test_every_row_has_names_a_source_and_a_date() -> None:
    for row in rows("subjects.csv"):
        assert all(row[field] for field in ("name_nb", "name_nn", "name_en", "source", "source_date")), row["code"]


def test_words_belong_to_leaves() -> None:
    parents = {row["parent"] for row in rows("subjects.csv")}
    for row in rows("subject_words.csv"):
        assert row["code"] in subject_tree()
        assert row["code"] not in parents, "a word names a subject, not an area"
        assert row["kind"] in {"name", "synonym", "abbreviation", "narrower"}


def test_no_words_name_two_subjects() -> None:
    words = [row["words"] for row in rows("subject_words.csv")]
    assert sorted({word for word in words if words.count(word) > 1}) == []


@pytest.mark.parametrize("leaf", [code for code, subject in subject_tree().items() if len(subject.path) == 3])
def test_a_subject_is_found_by_one_of_its_own_words(leaf: str) -> None:
    own = [row["words"].replace("*", "").replace("+", " ") for row in rows("subject_words.csv") if row["code"] == leaf]
    assert any(hit.code == leaf for words in own for hit in subject_finder().find(tokens(fold(words))))


@pytest.mark.parametrize("leaf", [code for code, subject in subject_tree().items() if len(subject.path) == 3])
def test_a_subjects_own_name_leaves_no_word_over(leaf: str) -> None:
    subject = subject_tree()[leaf]
    for name in (subject.name_nb, subject.name_nn):
        reading = read_name(name)
        assert [found.value for found in reading.subjects] == [leaf], name
        assert reading.focus == (), name
