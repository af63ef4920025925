"""Words that were written down before the list of compound parts was made, with the parts that a reader sees in them."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from search.norwegian import stem

WORDS = Path(__file__).with_name("compounds.csv")


@dataclass(frozen=True, slots=True)
class Compound:
    """A word and the ways it may be parted; none for a word that is one piece."""

    word: str
    ways: tuple[tuple[str, ...], ...]

    def outcome(self, found: Sequence[str]) -> str:
        """What became of it: parts are compared by their stems."""
        if not self.ways:
            return "one word, cut in pieces" if found else "one word, left whole"
        if not found:
            return "compound, left whole"
        right = tuple(map(stem, found)) in {tuple(map(stem, way)) for way in self.ways}
        return "compound, parted rightly" if right else "compound, parted wrongly"


def held_out_words() -> list[Compound]:
    with WORDS.open(encoding="utf-8", newline="") as file:
        return [
            Compound(row["word"], tuple(tuple(way.split("+")) for way in row["parts"].split("|") if way))
            for row in csv.DictReader(file, delimiter=";")
        ]
