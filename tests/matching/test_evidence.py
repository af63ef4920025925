"""What is said of a pair: words that people can check against the two offers, never codes."""

from decimal import Decimal
from typing import Any

import pytest

from registry.matching.evidence import describe
from registry.matching.profiles import Profile, make_profile
from registry.matching.text import fold, phrase, tokens


def _profile(title: str, **told: Any) -> Profile:
    return make_profile(title, "1177", title, **told)


def test_levels_are_called_by_their_names() -> None:
    a, b = _profile("Norsk 1", level="LN"), _profile("Norsk 2", level="HN")
    assert describe("level", a, a, 1)[1] == "Nivå: Lavere nivå (øvrige) i begge."
    assert describe("level", a, b, -1)[1] == "Nivå er ulikt: Lavere nivå (øvrige) og Høyere nivå (øvrige)."
    unknown = _profile("Norsk 3", level="QQ")
    assert "QQ" in describe("level", a, unknown, -1)[1]


def test_half_credits_have_a_comma() -> None:
    a, b = _profile("Norsk 1", credits=Decimal("7.50")), _profile("Norsk 2", credits=Decimal(30))
    assert describe("credits", a, b, -1)[1] == "Studiepoeng er ulikt: 7,5 og 30."


@pytest.mark.parametrize(
    ("title", "wanted", "said"),
    [
        ("Individuelle planer og tiltak i skolen", ("individuelle", "planer"), "individuelle planer"),
        ("Individuelle planer og tiltak i skolen", ("individuelle", "tiltak"), "individuelle … tiltak"),
        ("Første lese- og skriveopplæring", ("første", "lese"), "første lese"),
        ("Første lese- og skriveopplæring", ("lese", "skriveopplæring"), "lese … skriveopplæring"),
        ("Dans", ("dans",), "dans"),
        ("Dans", (), ""),
    ],
)
def test_words_that_do_not_stand_together_are_not_quoted_as_if_they_did(
    title: str, wanted: tuple[str, ...], said: str
) -> None:
    stems = {token.word: token.stem for token in tokens(fold(title))}
    assert phrase(title, [stems[word] for word in wanted]) == said
