"""Pseudonyms: the same person and key give the same, anything else another; the number itself is nowhere in it."""

from hypothesis import given
from hypothesis import strategies as st

from registry.access.pseudonyms import demo_applicant, pseudonym, short_form

NUMBERS = st.from_regex(r"[0-9]{11}", fullmatch=True)


@given(NUMBERS, NUMBERS)
def test_one_person_one_pseudonym(number: str, other: str) -> None:
    made = pseudonym(number, key="secret", key_id="k1")
    assert made == pseudonym(number, key="secret", key_id="k1")
    assert (made == pseudonym(other, key="secret", key_id="k1")) is (number == other)
    assert made.startswith("k1:")
    assert number not in made
    assert len(made) <= 80


@given(NUMBERS)
def test_another_key_or_use_cannot_be_joined_with_it(number: str) -> None:
    made = {
        pseudonym(number, key="secret", key_id="k1"),
        pseudonym(number, key="newer", key_id="k1"),
        pseudonym(number, key="secret", key_id="k1", purpose="statistics"),
    }
    assert len(made) == 3


def test_the_short_form_can_be_read_aloud() -> None:
    assert short_form("k1:a1b2c3d4e5f6") == "A1B2-C3D4"


def test_the_invented_have_pseudonyms_that_say_so() -> None:
    assert demo_applicant("ingrid").startswith("demo:")
    assert demo_applicant("ingrid") != demo_applicant("per")
    assert len(demo_applicant("ingrid")) <= 80
