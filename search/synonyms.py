"""Terms that find each other, single words or several."""

from collections.abc import Callable, Iterable, Sequence

from search.levels import Kind
from search.norwegian import Token, stem, tokens

Key = tuple[str, ...]


class Synonyms:
    """Built from the settings' sets of terms; inflection and written language do not matter."""

    def __init__(self, sets: Iterable[Sequence[str]], wanted: Callable[[list[Token]], list[Token]]) -> None:
        """``wanted`` leaves out stop words, as is done with what people search for."""
        self._others: dict[Key, list[tuple[Token, ...]]] = {}
        for terms in sets:
            members = {_key(words): words for words in (tuple(wanted(tokens(term))) for term in terms) if words}
            for key in members:
                others = self._others.setdefault(key, [])
                others.extend(words for other, words in members.items() if other != key and words not in others)
        self._longest = max(map(len, self._others), default=1)

    def longest(self, words: Sequence[Token], at: int) -> tuple[int, Sequence[tuple[Token, ...]]]:
        """How many words from ``at`` on are one term with synonyms (1 if none), and the synonyms."""
        for length in range(min(self._longest, len(words) - at), 0, -1):
            if others := self._others.get(_key(words[at : at + length])):
                return length, others
        return 1, ()


def _key(words: Sequence[Token]) -> Key:
    return tuple(stem(word.text) if word.kind is Kind.WORD else word.text for word in words)
