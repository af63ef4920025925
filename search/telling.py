"""What of a text tells of the subject, by an engine's settings: the same for who finds and for who marks what was found."""

from search.levels import Kind
from search.norwegian import Token, split_compound, stem
from search.protocol import IndexSettings
from search.synonyms import Synonyms

#: Letters that a beginning must have: one letter begins a tenth of all words.
SHORTEST_BEGINNING = 2


class Telling:
    """Made once of an engine's settings; keeps nothing of what is asked."""

    def __init__(self, settings: IndexSettings) -> None:
        self.compound_parts = settings.compound_parts
        self.stop_words = frozenset(map(stem, settings.stop_words))
        self.general = frozenset(map(stem, settings.general_words))
        self.synonyms = Synonyms(settings.synonyms, self.words)

    def words(self, found: list[Token]) -> list[Token]:
        """Without stop words, unless there is nothing else."""
        return [one for one in found if one.kind is not Kind.WORD or stem(one.text) not in self.stop_words] or found

    def parts(self, word: str) -> tuple[str, ...]:
        """Of a compound, without general ones, unless there is nothing else: *danseundervisning* is *dans*."""
        parts = split_compound(word, self.compound_parts)
        return tuple(part for part in parts if stem(part) not in self.general) or parts


def ended(text: str) -> bool:
    """Does the text end behind a whole word? Otherwise its last word may be the beginning of one."""
    return text.endswith((" ", ".", ","))
