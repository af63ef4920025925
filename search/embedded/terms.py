"""Terms of the text index as arrays: where each occurs and how much it weighs there.

Postings are read from the text index once and kept while the index grows: later reads only fetch what is new.
"""

from collections import OrderedDict
from dataclasses import dataclass
from math import log

import numpy as np
import tantivy
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

from search.embedded.columns import Columns, Rows
from search.embedded.storage import text_field
from search.norwegian import FOLDED, PART, STEM, bokmal, fold, stem
from search.protocol import IndexSettings

_KEPT_POSTINGS = 8_000_000  #: entries of 8 bytes, or as many as these for each document if that is more
_KEPT_FOR_A_DOCUMENT = 80
_COMMON = 1_000  #: occurrences from which reading a term for the first time would be felt: about a millisecond
_TELLING = "\0"  #: before terms that are read without the lightest field
_MOST_PREFIX_TERMS = 64
_ONE_TYPO_FROM, _TWO_TYPOS_FROM = 4, 8  #: letters
_MOST_CORRECTIONS = 5


@dataclass(frozen=True, slots=True)
class Postings:
    """The rows (rising) that hold a term and the weight of it there, before the rarity of the term is counted in."""

    rows: Rows
    weights: NDArray[np.float32]
    until: int  #: sequence number up to which this is complete


_NOWHERE = Postings(np.empty(0, np.int32), np.empty(0, np.float32), 0)


@dataclass(frozen=True, slots=True)
class Correction:
    """Words of the index that someone may have meant, best first, all ``distance`` typos away."""

    words: tuple[str, ...]
    distance: int


class Terms:
    """Look-ups in the text index of one moment, see ``renew``."""

    def __init__(self, columns: Columns, settings: IndexSettings) -> None:
        self._columns = columns
        self._weights = [(text_field(place), weight) for place, weight in enumerate(settings.searchable.values())]
        self._parts = settings.compound_parts
        lightest = min(settings.searchable.values())
        self._telling = [pair for pair in self._weights if pair[1] > lightest] or self._weights
        self._kept: OrderedDict[tuple[str, ...], Postings] = OrderedDict()
        self._kept_entries = 0

    def renew(self, schema: tantivy.Schema, searcher: tantivy.Searcher, until: int) -> None:
        self._schema = schema
        self._searcher = searcher
        self.until = until
        self._words: dict[str, int] | None = None
        self._folded: dict[str, str] = {}
        self._prefixes: dict[str, tuple[str, ...]] = {}
        self._most_kept = max(_KEPT_POSTINGS, _KEPT_FOR_A_DOCUMENT * searcher.num_docs)

    def warm(self) -> None:
        """Read the commonest terms, so that the first who asks for one waits no longer than the second."""
        found: dict[str, int] = {}
        for field, _ in self._weights:
            for term, documents in self._searcher.terms_with_prefix(field, ""):
                found[term] = found.get(term, 0) + documents
        self._note_vocabulary(found)
        room = self._most_kept
        for term, documents in sorted(found.items(), key=lambda pair: -pair[1]):
            room -= documents
            if documents < _COMMON or room < 0:
                break
            self._postings((term,))

    def postings(self, terms: tuple[str, ...], telling: bool = False) -> list[Postings]:
        """Where any of ``terms`` occurs: lists whose rows may overlap, the best weight counts. Rows may be dead.

        A term that is known alone is not read again with others. ``telling`` leaves out the lightest field.
        """
        if telling:
            return [self._postings((_TELLING, *terms))]
        alone = [term for term in terms if (term,) in self._kept]
        others = tuple(term for term in terms if (term,) not in self._kept)
        return [self._postings((term,)) for term in alone] + ([self._postings(others)] if others else [])

    def _postings(self, terms: tuple[str, ...]) -> Postings:
        kept = self._kept.get(terms)
        if kept is not None and kept.until == self.until:
            self._kept.move_to_end(terms)
            return kept
        return self._keep(terms, self._read(terms, kept), kept)

    def frequency(self, term: str) -> int:
        """In how many fields of documents the term occurs."""
        return sum(self._searcher.doc_freq(field, term) for field, _ in self._weights)

    def prefixed(self, prefix: str) -> tuple[str, ...]:
        """The commonest words that begin with ``prefix``, however their Norwegian letters were typed."""
        if prefix not in self._prefixes:
            found: dict[str, int] = {}
            for start in {prefix, fold(prefix), FOLDED + fold(bokmal(prefix))}:
                for field, _ in self._weights:
                    for term, documents in self._searcher.terms_with_prefix(field, start, limit=_MOST_PREFIX_TERMS):
                        found[term] = found.get(term, 0) + documents
            best = sorted(found, key=lambda term: (-found[term], term))
            self._prefixes[prefix] = tuple(best[:_MOST_PREFIX_TERMS])
        return self._prefixes[prefix]

    def corrections(self, word: str, beginning: bool) -> Correction | None:
        """Words within one typo (two from eight letters on) of ``word``; of its beginning too if ``beginning``."""
        plain = fold(word)
        if len(word) < _ONE_TYPO_FROM or any(letter.isdigit() for letter in word):
            return None
        most = 2 if len(word) >= _TWO_TYPOS_FROM else 1
        vocabulary = self._vocabulary()
        near = process.extract(plain, self._folded, scorer=OSA.distance, score_cutoff=most, limit=64)
        found = [(int(distance), -vocabulary[key], key) for _, distance, key in near]
        if not found and beginning:
            starts = {key: folded[: len(plain)] for key, folded in self._folded.items() if len(folded) > len(plain)}
            near = process.extract(plain, starts, scorer=OSA.distance, score_cutoff=1, limit=64)
            found = [(int(distance), -vocabulary[key], key) for _, distance, key in near]
        if not found:
            return None
        found.sort()
        nearest = found[0][0]
        words = [key for distance, _, key in found if distance == nearest][:_MOST_CORRECTIONS]
        return Correction(tuple(words), nearest)

    def _vocabulary(self) -> dict[str, int]:
        """Every word as written and every known part of a compound, and in how many documents."""
        if self._words is None:
            found: dict[str, int] = {}
            for field, _ in self._weights:
                for term, documents in self._searcher.terms_with_prefix(field, ""):
                    found[term] = found.get(term, 0) + documents
            return self._note_vocabulary(found)
        return self._words

    def _note_vocabulary(self, terms: dict[str, int]) -> dict[str, int]:
        """Out of every term of the index and in how many documents it is."""
        words = {
            term: documents
            for term, documents in terms.items()
            if term[0] not in (FOLDED, STEM, PART) and term.isalpha()
        }
        for part in self._parts:
            if part not in words and (documents := terms.get(PART + stem(part), 0)):
                words[part] = documents
        self._words = words
        self._folded = {word: fold(word) for word in words}
        return words

    def _read(self, terms: tuple[str, ...], kept: Postings | None) -> Postings:
        """Postings of ``terms``, going on from ``kept``."""
        known = kept or _NOWHERE
        choices = []
        limit = 0
        fields = self._weights
        if terms[0] == _TELLING:
            fields, terms = self._telling, terms[1:]
        for term in terms:
            parts = []
            for field, weight in fields:
                documents = self._searcher.doc_freq(field, term)
                if not documents:
                    continue
                limit += documents
                query = tantivy.Query.term_query(self._schema, field, term, "freq")
                parts.append((tantivy.Occur.Should, tantivy.Query.boost_query(query, weight / self._rarity(documents))))
            if parts:
                choices.append(parts[0][1] if len(parts) == 1 else tantivy.Query.boolean_query(parts))
        if not choices:
            return Postings(known.rows, known.weights, self.until)
        query = choices[0] if len(choices) == 1 else tantivy.Query.disjunction_max_query(choices)
        if known.until:
            newer = tantivy.Query.range_query(self._schema, "sequence", tantivy.FieldType.Unsigned, known.until, None)
            query = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, query), (tantivy.Occur.Must, tantivy.Query.const_score_query(newer, 0.0))]
            )
        hits = self._searcher.search(query, min(limit, max(self._searcher.num_docs, 1)), count=False).hits
        if not hits:
            return Postings(known.rows, known.weights, self.until)
        scores, addresses = zip(*hits, strict=True)
        sequences = self._searcher.fast_field_values("sequence", list(addresses))
        rows = self._columns.rows_of_sequences(np.array(sequences, np.int64))
        order = np.argsort(rows)
        weights = np.array(scores, np.float32)
        return Postings(
            np.concatenate((known.rows, rows[order])),
            np.concatenate((known.weights, weights[order])),
            self.until,
        )

    def _rarity(self, documents: int) -> float:
        """BM25's weight of a term by how few documents hold it; taken out here, put back for the whole word."""
        everything = self._searcher.num_docs
        return rarity(documents, max(everything, documents))

    def _keep(self, terms: tuple[str, ...], postings: Postings, former: Postings | None) -> Postings:
        self._kept_entries += len(postings.rows) - (len(former.rows) if former else 0)
        self._kept[terms] = postings
        self._kept.move_to_end(terms)
        while self._kept_entries > self._most_kept and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._kept_entries -= len(oldest.rows)
        return postings


def rarity(documents: int, everything: int) -> float:
    """Inverse document frequency as in BM25 (Robertson and Zaragoza 2009), never below a tenth."""
    return max(log(1 + (everything - documents + 0.5) / (documents + 0.5)), 0.1)
