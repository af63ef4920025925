"""What is worked out from the words alone is worked out once, and goes with them."""

import pytest

from registry.catalogue import vocabulary as kept
from registry.catalogue.vocabulary import load
from registry.core.db import Database


def test_what_hangs_on_the_words_alone_is_worked_out_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def named(words: kept.Vocabulary, code: str) -> str:
        asked.append(code)
        return words.counties[code].nb

    with database.read() as session:
        words, fresh = load(session), load(session)
    assert [words.once(named, code) for code in ("03", "18", "03")] == ["Oslo", "Nordland", "Oslo"]
    assert asked == ["03", "18"]
    fresh.once(named, "03")
    assert asked == ["03", "18", "03"], "other words have other answers"
    monkeypatch.setattr(kept, "MOST_ANSWERS", 2)
    words.once(named, "46")
    words.once(named, "18")
    assert asked[3:] == ["46", "18"], "when they are too many, all are forgotten"
