"""What the providers themselves have given weighs differently from what names tell: subjects, and learning outcomes."""

from decimal import Decimal

import pytest

from registry.matching.grades import Strength
from registry.matching.overlap import OverlapPair, overlaps
from registry.matching.profiles import Profile, make_profile
from registry.matching.text import told_outcomes
from registry.matching.vocabulary import Setting

USUAL = "Etter fullført studium kan du\n– vise bred kunnskap om {0}\n– planlegge, gjennomføre og vurdere arbeid med {0}"


def offer(key: str, title: str, subject: str, outcomes: str = "") -> Profile:
    return make_profile(
        key,
        key,
        title,
        subjects=[subject],
        outcomes=outcomes,
        settings=[Setting.COMPULSORY_SCHOOL],
        step=1,
        credits=Decimal(15),
        school_years="1-7",
    )


def pair_of(a: Profile, b: Profile) -> OverlapPair:
    found = overlaps([a, b], related=True)
    assert len(found) == 1
    return found[0]


def test_words_of_another_subject_are_content_of_their_own() -> None:
    assert make_profile("a", "1", "Musikkvitenskap – ledelse i skolen", subjects=["musikkvitenskap"]).focus == ("led",)
    assert make_profile("a", "1", "Musikkvitenskap – ledelse i skolen").focus == ()


def test_one_topic_taught_in_two_given_subjects_is_not_strong() -> None:
    topic = USUAL.format("språk og litteratur")
    norsk = offer("a", "Norsk 1, 1.–7. trinn: språk og litteratur", "norsk", topic)
    other = offer("b", "Norsk som andrespråk 1, 1.–7. trinn: språk og litteratur", "norsk-andrespraak", topic)
    assert pair_of(norsk, other).strength is not Strength.STRONG


def test_what_all_lists_of_outcomes_say_makes_none_alike() -> None:
    assert told_outcomes(USUAL.format("algebra")) == "algebra algebra"
    assert told_outcomes("Kandidaten har avansert kunnskap om metodar i faget og omgrep") == ""
    plain = offer("a", "Matematikk 1, 1.–7. trinn", "matematikk")
    geometry = offer("b", "Matematikk 1, 1.–7. trinn", "matematikk", USUAL.format("geometri og måling"))
    algebra = offer("c", "Matematikk 1, 1.–7. trinn", "matematikk", USUAL.format("algebra og funksjoner"))
    assert pair_of(geometry, algebra).score < pair_of(plain, algebra).score


@pytest.mark.parametrize(
    ("a", "b", "strength"),
    [
        ("algebra, geometri, statistikk", "algebra, geometri, statistikk", Strength.STRONG),
        ("algebra, geometri, statistikk", "algebra, algebra, geometri", Strength.POSSIBLE),
    ],
)
def test_half_the_topics_do_not_make_a_part_the_whole(a: str, b: str, strength: Strength) -> None:
    whole = offer("a", "Matematikk 1, 1.–7. trinn", "matematikk", USUAL.format(a))
    part = offer("b", "Matematikk 1, 1.–7. trinn – algebra", "matematikk", USUAL.format(b))
    assert pair_of(whole, part).strength is strength
