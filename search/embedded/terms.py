"""Terms of the text index as arrays: where each occurs and how much it weighs there.

Postings are read from the text index once and kept while the index grows: later reads only fetch what is new. Those of a
snapshot are ready.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from math import log

import numpy as np
import tantivy
from numpy.typing import NDArray

from search.embedded.columns import Columns, Rows
from search.embedded.postings import MENTIONED, NAMED, TOLD, Postings, ReadyTerms, ReadyTermsWriter
from search.embedded.snapshot import Snapshot, SnapshotWriter
from search.embedded.storage import NAMES, text_field
from search.embedded.vocabulary import Vocabulary
from search.norwegian import ALL, FOLDED, PART, STEM, bokmal, fold, stem
from search.protocol import IndexSettings
from search.telling import name_fields, synonym_words

_KEPT_POSTINGS = 8_000_000  #: entries of 9 bytes, or as many as these for each document if that is more
_KEPT_FOR_A_DOCUMENT = 80
_KEPT_FOR_A_TERM = 80  #: entries that fit in the room that a term takes by itself, in no document, too
_KEPT_PREFIXES = 10_000
_MOST_PREFIX_TERMS = 64


class Terms:
    """Look-ups in the text index of one moment, see ``renew``."""

    def __init__(self, columns: Columns, settings: IndexSettings, ready: Snapshot | None = None) -> None:
        self._columns = columns
        self._ready = ready and ReadyTerms(ready)
        self._synonym_words = synonym_words(settings)
        self._weights = [(text_field(place), weight) for place, weight in enumerate(settings.searchable.values())]
        self._parts = settings.compound_parts
        lightest = min(settings.searchable.values())
        self._telling = [pair for pair in self._weights if pair[1] > lightest] or self._weights
        names = name_fields(settings)
        self._names = [pair for pair, name in zip(self._weights, settings.searchable, strict=True) if name in names]
        self._kept: OrderedDict[tuple[str, bool], Postings] = OrderedDict()
        self._kept_entries = 0

    def renew(self, schema: tantivy.Schema, searcher: tantivy.Searcher, until: int) -> None:
        self._schema = schema
        self._searcher = searcher
        self.until = until
        self._words: Vocabulary | None = None
        self._prefixes: dict[str, tuple[str, ...]] = {}
        self._most_kept = max(_KEPT_POSTINGS, _KEPT_FOR_A_DOCUMENT * searcher.num_docs)

    def save(self, to: SnapshotWriter) -> None:
        """Every term of the index, read anew."""
        file = ReadyTermsWriter(to)
        for term in sorted(self._dictionary()):
            file.add(term, *self._found(term, 0))
        file.finish()

    def postings(self, terms: tuple[str, ...], telling: bool = False) -> list[Postings]:
        """Where any of ``terms`` occurs: lists whose rows may overlap, the best weight counts. Rows may be dead.

        ``telling`` leaves out the lightest field.
        """
        known = {term: self._known(term, telling) for term in terms}
        behind = [term for term, postings in known.items() if postings.until < self.until]
        if behind:
            since = min(known[term].until for term in behind)
            # Most terms have nothing new: that is asked for all of them at once.
            some_new = len(behind) == 1 or len(self._hits(tuple(behind), self._weights, since)[0]) > 0
            for term in behind:
                known[term] = (
                    self._later(term, telling, known[term]) if some_new else replace(known[term], until=self.until)
                )
        for term, postings in known.items():
            self._keep((term, telling), postings)
        return [postings for postings in known.values() if len(postings.rows)]

    def _known(self, term: str, telling: bool) -> Postings:
        """What has been read of a term already."""
        kept = self._kept.get((term, telling))
        if kept is not None:
            return kept
        return self._ready.postings(term, telling=telling) if self._ready else Postings.nowhere()

    def called(self, key: str) -> Rows:
        """Rows, rising, of documents that have a name with this key of ``search.naming``. Rows may be dead."""
        documents = self._searcher.doc_freq(NAMES, key)
        if not documents:
            return Postings.nowhere().rows
        query = tantivy.Query.term_query(self._schema, NAMES, key, "basic")
        hits = self._searcher.search(query, documents, count=False).hits
        sequences = self._searcher.fast_field_values("sequence", [address for _, address in hits])
        return self._columns.rows_of_sequences(np.sort(np.array(sequences, np.int64)))

    def frequency(self, term: str) -> int:
        """In how many fields of documents the term occurs."""
        return sum(self._searcher.doc_freq(field, term) for field, _ in self._weights)

    def prefixed(self, prefix: str) -> tuple[str, ...]:
        """The commonest words that begin with ``prefix``, however their Norwegian letters were typed."""
        if prefix not in self._prefixes:
            if len(self._prefixes) >= _KEPT_PREFIXES:
                self._prefixes.clear()
            found: dict[str, int] = {}
            for start in {prefix, fold(prefix), FOLDED + fold(bokmal(prefix))}:
                for field, _ in self._weights:
                    for term, documents in self._searcher.terms_with_prefix(field, start, limit=_MOST_PREFIX_TERMS):
                        found[term] = found.get(term, 0) + documents
            best = sorted(found, key=lambda term: (-found[term], term))
            self._prefixes[prefix] = tuple(best[:_MOST_PREFIX_TERMS])
        return self._prefixes[prefix]

    def vocabulary(self) -> Vocabulary:
        """Every word as written, every known part of a compound and every synonym, and in how many documents."""
        if self._words is None:
            self._words = Vocabulary(self._known_words())
        return self._words

    def _dictionary(self) -> dict[str, int]:
        """Every term of the index and in how many documents it is, field by field."""
        found: dict[str, int] = {}
        for field, _ in self._weights:
            for term, documents in self._searcher.terms_with_prefix(field, ""):
                found[term] = found.get(term, 0) + documents
        return found

    def _known_words(self) -> dict[str, int]:
        terms = self._dictionary()
        words = {
            term: documents
            for term, documents in terms.items()
            if term[0] not in (FOLDED, STEM, PART, ALL) and term.isalpha()
        }
        for part in self._parts:
            if part not in words and (documents := terms.get(PART + stem(part), 0)):
                words[part] = documents
        for word in self._synonym_words:
            words.setdefault(word, 1)
        return words

    def _later(self, term: str, telling: bool, known: Postings) -> Postings:
        """``known`` and what has been written since."""
        new = self._found(term, known.until)[telling]
        return Postings(
            np.concatenate((known.rows, new.rows)),
            np.concatenate((known.weights, new.weights)),
            np.concatenate((known.told, new.told)),
            self.until,
        )

    def _found(self, term: str, since: int) -> tuple[Postings, Postings]:
        """Where a term is that was written after ``since``: in any field, and in any but the lightest."""
        rows, weights = self._hits((term,), self._weights, since)
        if not len(rows):
            return (Postings.nowhere(self.until),) * 2
        telling_rows, telling_weights = rows, weights
        told = np.full(len(rows), NAMED, np.uint8)
        if self._elsewhere(term, self._names):
            named = self._hits((term,), self._names, since)[0]
            told[~np.isin(rows, named, assume_unique=True)] = TOLD
        if self._elsewhere(term, self._telling):
            telling_rows, telling_weights = self._hits((term,), self._telling, since)
            told[~np.isin(rows, telling_rows, assume_unique=True)] = MENTIONED
        telling_told = told[np.searchsorted(rows, telling_rows)]
        return Postings(rows, weights, told, self.until), Postings(
            telling_rows, telling_weights, telling_told, self.until
        )

    def _elsewhere(self, term: str, some: Sequence[tuple[str, float]]) -> bool:
        """Is the term in a field that is not one of ``some``?"""
        return any(self._searcher.doc_freq(pair[0], term) for pair in self._weights if pair not in some)

    def _hits(
        self, terms: tuple[str, ...], fields: Sequence[tuple[str, float]], since: int
    ) -> tuple[Rows, NDArray[np.float32]]:
        """Rows, rising, written after ``since`` that hold any of ``terms`` in any of ``fields``, and their weights."""
        choices = []
        limit, nowhere = 0, Postings.nowhere()
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
            return nowhere.rows, nowhere.weights
        query = choices[0] if len(choices) == 1 else tantivy.Query.disjunction_max_query(choices)
        if since:
            newer = tantivy.Query.range_query(self._schema, "sequence", tantivy.FieldType.Unsigned, since, None)
            query = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, query), (tantivy.Occur.Must, tantivy.Query.const_score_query(newer, 0.0))]
            )
        hits = self._searcher.search(query, min(limit, max(self._searcher.num_docs, 1)), count=False).hits
        if not hits:
            return nowhere.rows, nowhere.weights
        # Not ``zip(*hits)``: with a hundred thousand hits that takes four times as long.
        sequences = np.array(self._searcher.fast_field_values("sequence", [address for _, address in hits]), np.int64)
        order = np.argsort(sequences)
        scores = np.array([score for score, _ in hits], np.float32)
        return self._columns.rows_of_sequences(sequences[order]), scores[order]

    def _rarity(self, documents: int) -> float:
        """BM25's weight of a term by how few documents hold it; taken out here, put back for the whole word."""
        everything = self._searcher.num_docs
        return rarity(documents, max(everything, documents))

    def _keep(self, key: tuple[str, bool], postings: Postings) -> None:
        former = self._kept.get(key)
        self._kept_entries += len(postings.rows) - (len(former.rows) if former else -_KEPT_FOR_A_TERM)
        self._kept[key] = postings
        self._kept.move_to_end(key)
        while self._kept_entries > self._most_kept and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._kept_entries -= len(oldest.rows) + _KEPT_FOR_A_TERM


def rarity(documents: int, everything: int) -> float:
    """Inverse document frequency as in BM25 (Robertson and Zaragoza 2009), never below a tenth."""
    return max(log(1 + (everything - documents + 0.5) / (documents + 0.5)), 0.1)
