"""Why offers are alike and why a run is near is said in the reader's language, with nothing of bokmål left."""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest

from importers.sentences import Sentence
from registry.matching.duplicates.features import FEATURES
from registry.matching.duplicates.telling import account
from registry.matching.evidence import describe
from registry.matching.nearest import nearest_runs
from registry.matching.profiles import Profile, make_profile
from registry.web.catalogues import translations

MARK = "\ue000"
WHATS = (
    "subject", "focus", "name", "school_years", "step", "part", "kind", "credits", "level", "setting", "role", "outcomes",
)  # fmt: skip
BOKMAL = re.compile(
    r"\b(begge|ukjent|ulik|ulike|ulikt|lærere|barnehage|navnene|fagene|ikke|samme|trinn|målgruppe)\b", re.IGNORECASE
)


def offer(key: str, title: str, **more: object) -> Profile:
    return make_profile(key, f"02{key}", title, terms=["2025H"], counties=["46"], regions=["vest"], **more)  # type: ignore[arg-type]  # as make_profile takes them


OFFERS = (
    offer("1", "Engelsk 1, 1.-7. trinn", credits=Decimal(30), level="LN", code="E1"),
    offer("2", "Engelsk 2, 5.-10. trinn", credits=Decimal(15), level="HN", code="E2"),
    offer("3", "Veiledning av nyutdannede lærere i barnehagen", credits=Decimal(30)),
    offer("4", "PPU for yrkesfaglærere"),
)


def spoken() -> Iterator[Sentence]:
    pairs = [(a, b) for a in OFFERS for b in OFFERS]
    for a, b in pairs:
        for weight in (1.0, -1.0):
            for what in WHATS:
                value, sentence = describe(what, a, b, weight)
                assert isinstance(sentence, Sentence)
                yield from (one for one in (value, sentence) if isinstance(one, Sentence))
        for number in range(4):
            levels = {feature.name: min(number, len(feature.levels) - 1) for feature in FEATURES}
            yield from (line.sentence for line in account(a, b, levels, dict.fromkeys(levels, 1.0)))
        yield from (near.sentence for near in nearest_runs(a, [b]))


@pytest.mark.parametrize("language", ["nn", "en"])
def test_everything_is_said_in_the_readers_language(language: str) -> None:
    known = translations(language, MARK, MARK)
    said = {sentence.by(known) for sentence in spoken()}
    assert len(said) > 60
    assert not [text for text in said if MARK in text]
    if language == "en":
        assert not [text for text in said if BOKMAL.search(re.sub(r"“[^”]*”", "", text))]


def test_subjects_are_called_what_they_are_called_in_the_language() -> None:
    _, sentence = describe("subject", OFFERS[0], OFFERS[0], 1.0)
    assert [sentence.by(translations(language)) for language in ("nb", "nn", "en")] == [
        "Begge gjelder Engelsk.", "Begge gjeld Engelsk.", "Both are about English.",
    ]  # fmt: skip
