"""Texts as sparse vectors of character n-grams, with word weights that stay frozen until somebody refits them.

Frozen weights are what makes one changed offer cost its neighbours: adding an offer changes no other offer's vector.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils import murmurhash3_32

_FEATURES: Final = 2**18
_NGRAMS: Final = (3, 3)
_FEW: Final = 64  # texts; fewer are sooner made one by one, since the counts of most are at hand
_HANDFUL: Final = 50  # in a small body of texts nothing is common
DECIMALS: Final = 6  # sums may be taken in another order for one pair than for a million; rounding makes them equal

#: Texts: the names of one term, some hundred bytes to a kilobyte each, and names and learning outcomes of who was changed of late.
_KEPT: Final = 16_384

Floats = npt.NDArray[np.float64]
Vector = tuple[npt.NDArray[np.int32], Floats]  #: places that are not zero, in order, and their values

_COUNTED: Final[dict[str, Vector]] = {}


@cache
def _counter() -> HashingVectorizer:
    return HashingVectorizer(
        analyzer="char_wb", ngram_range=_NGRAMS, n_features=_FEATURES, norm=None, alternate_sign=False, dtype=np.float64
    )


@cache
def _ngrams() -> Callable[[str], list[str]]:
    found: Callable[[str], list[str]] = _counter().build_analyzer()
    return found


def _count(texts: Sequence[str]) -> sp.csr_matrix:
    """How often each n-gram stands in each text. N-grams do not cross words, and words are few: each is taken apart once."""
    number: defaultdict[str, int] = defaultdict(lambda: len(number))
    said: list[int] = []
    ends = [0]
    for text in texts:
        said += [number[word] for word in text.split()]
        ends.append(len(said))
    if not number:
        return sp.csr_matrix((len(texts), _FEATURES))
    words = sp.csr_matrix(_counter().transform(number))
    times = sp.csr_matrix((np.ones(len(said)), np.asarray(said, np.int32), ends), shape=(len(texts), len(number)))
    matrix = sp.csr_matrix(times @ words)
    matrix.sort_indices()
    return matrix


def _counts(texts: Sequence[str]) -> list[Vector]:
    """:func:`_count` of a few texts, row by row; the same few are asked for again and again."""
    found = {text: kept for text in texts if (kept := _COUNTED.get(text)) is not None}
    new = {text: _counted(text) for text in texts if text not in found}
    if new:
        if len(_COUNTED) > _KEPT:
            _COUNTED.clear()
        _COUNTED.update(new)
    return [found.get(text) or new[text] for text in texts]


def _counted(text: str) -> Vector:
    """:func:`_count` of one text, without what the vectorizer asks of every call: twenty times the work of so short a text."""
    counts = Counter(abs(murmurhash3_32(ngram, seed=0)) % _FEATURES for ngram in _ngrams()(text))
    places = sorted(counts)
    return np.array(places, np.int32), np.array([counts[place] for place in places], np.float64)


@dataclass(frozen=True, eq=False)
class TextWeights:
    """How much each n-gram says: rare ones much, common ones little."""

    texts: int  #: how many different texts they were fitted on
    frequency: npt.NDArray[np.int64]  #: in how many of them each n-gram stands
    idf: Floats
    rare: Floats  #: the same, with common n-grams at zero: what candidates are found by

    @classmethod
    def fit(cls, texts: Iterable[str], common_share: float = 1.0) -> "TextWeights":
        """Weights from a body of texts; equal texts count once, so that a crowded title does not become mute.

        An n-gram in more than ``common_share`` of the texts (and in more than a handful) is common.
        """
        unique = sorted(set(texts)) or [""]
        frequency = np.bincount(_count(unique).indices, minlength=_FEATURES)
        return cls._weighing(len(unique), frequency, common_share)

    @classmethod
    def _weighing(cls, texts: int, frequency: npt.NDArray[np.int64], common_share: float) -> "TextWeights":
        idf = np.log((1 + texts) / (1 + frequency)) + 1
        return cls(texts, frequency, idf, np.where(frequency <= max(_HANDFUL, common_share * texts), idf, 0.0))

    def to_json(self) -> dict[str, Any]:
        """As kept: the n-grams that stand in any text, and in how many."""
        told = np.flatnonzero(self.frequency)
        return {"texts": self.texts, "ngrams": told.tolist(), "counts": self.frequency[told].tolist()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any], common_share: float = 1.0) -> "TextWeights":
        """What :meth:`to_json` gave, number for number."""
        frequency = np.zeros(_FEATURES, np.int64)
        frequency[kept["ngrams"]] = kept["counts"]
        return cls._weighing(int(kept["texts"]), frequency, common_share)

    def vectors(self, texts: Sequence[str], *, rare: bool = False) -> sp.csr_matrix:
        """One row of length one per text; an empty text is an empty row. ``rare`` leaves the common n-grams out."""
        unique = list(dict.fromkeys(texts))
        matrix = self._few(unique, rare=rare) if len(unique) <= _FEW else self._many(unique, rare=rare)
        if len(unique) == len(texts):
            return matrix
        place = {text: number for number, text in enumerate(unique)}
        return sp.csr_matrix(matrix[[place[text] for text in texts]])

    def _many(self, texts: Sequence[str], *, rare: bool) -> sp.csr_matrix:
        matrix = _count(texts)
        matrix.data = np.sqrt(matrix.data) * (self.rare if rare else self.idf)[matrix.indices]
        if rare:
            matrix.eliminate_zeros()
        lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
        lengths[lengths == 0] = 1
        matrix = sp.csr_matrix(sp.diags(1 / lengths) @ matrix)
        matrix.sort_indices()
        return matrix

    def _few(self, texts: Sequence[str], *, rare: bool) -> sp.csr_matrix:
        rows = [self._weighed(counts, rare=rare) for counts in _counts(texts)]
        ends = np.cumsum([0, *(len(places) for places, _ in rows)])
        places = np.concatenate([np.empty(0, np.int32), *(places for places, _ in rows)])
        values = np.concatenate([np.empty(0), *(values for _, values in rows)])
        return sp.csr_matrix((values, places, ends), shape=(len(rows), _FEATURES))

    def vector(self, text: str, *, rare: bool = False) -> Vector:
        """The same as the one row of :meth:`vectors`, to the last bit, for a single text."""
        return self._weighed(_counts([text])[0], rare=rare)

    def _weighed(self, counted: Vector, *, rare: bool) -> Vector:
        places, counts = counted
        values = np.sqrt(counts) * (self.rare if rare else self.idf)[places]
        if rare:
            told = values > 0
            places, values = places[told], values[told]
        length = (
            np.sqrt(np.add.reduceat(values * values, [0])[0]) if len(values) else 0.0
        )  # as a matrix adds its rows up
        return places, (1 / length) * values if length else values


def cosines(vectors: sp.csr_matrix, a: npt.NDArray[np.intp], b: npt.NDArray[np.intp]) -> Floats:
    """Cosine of each pair of rows, rounded so that it does not depend on how many pairs are asked for."""
    result = np.empty(len(a))
    step = 200_000  # pairs at a time: bounds the memory
    for start in range(0, len(a), step):
        part = slice(start, start + step)
        result[part] = np.asarray(vectors[a[part]].multiply(vectors[b[part]]).sum(axis=1)).ravel()
    return np.round(result, DECIMALS)
