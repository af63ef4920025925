"""Runs keep apart: long codes that begin alike, codes without letters, and two runs of one course in one term."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from registry.intake.reading.shaping import _told_apart, run_suffix

BEGINNING = "https://courses.example.ac.uk/presentations/2026-27/semester-one/"


def run(code: str | None = None, term: str = "2026H", **more: Any) -> dict[str, Any]:
    return {"term": term, **({"native_key": code} if code else {}), **more}


def test_a_short_code_is_the_key() -> None:
    assert run_suffix(run("Bergen 1")) == "2026H-bergen-1"
    assert run_suffix(run()) == "2026H"


def test_long_codes_that_begin_alike() -> None:
    first, second = run_suffix(run(BEGINNING + "a")), run_suffix(run(BEGINNING + "b"))
    assert first != second
    assert max(len(first), len(second)) <= len("2026H-") + 60


def test_codes_without_a_letter_or_a_figure() -> None:
    assert len({run_suffix(run("###")), run_suffix(run("***")), run_suffix(run())}) == 3


@given(st.lists(st.text(min_size=61, max_size=300), min_size=2, max_size=5, unique=True))
def test_no_two_long_codes_share_a_key(codes: list[str]) -> None:
    assert len({run_suffix(run(code)) for code in codes}) == len(codes)


def test_two_runs_of_one_course_in_one_term() -> None:
    apart = _told_apart([run(starts_on="2026-08-17"), run(starts_on="2026-10-01"), run(places=3)])
    assert [run_suffix(one) for one in apart] == ["2026H", "2026H-2026-10-01", "2026H-3"]


def test_the_same_run_told_twice_is_one() -> None:
    assert len(_told_apart([run("A", places=3), run("A", places=3)])) == 1
