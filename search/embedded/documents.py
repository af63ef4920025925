"""A search document as the index stores it, and back."""

import json
from dataclasses import dataclass
from functools import lru_cache

import tantivy

from search.embedded.storage import NAMES, text_field
from search.naming import name_keys
from search.norwegian import index_terms
from search.protocol import IndexSettings, SearchDocument
from search.telling import lightest_field, name_fields, nothing_said


@dataclass(frozen=True, slots=True)
class DocumentColumns:
    """What is kept of a document in memory. A dropped one leaves only its id behind."""

    id: str
    group: str
    version: int
    facets: dict[str, tuple[str, ...]]
    numbers: dict[str, float | None]
    position: tuple[float, float] | None
    dropped: bool


def encode(document: SearchDocument, sequence: int, settings: IndexSettings) -> tantivy.Document:
    """Raises ValueError when the document carries a facet or number that the settings do not know."""
    if unknown := set(document.facets) - set(settings.facets) - {"reach_everywhere"}:
        raise ValueError(f"unknown facets in document {document.id}: {', '.join(sorted(unknown))}")
    if unknown := set(document.numbers) - set(settings.numeric):
        raise ValueError(f"unknown numbers in document {document.id}: {', '.join(sorted(unknown))}")
    encoded = tantivy.Document()
    encoded.add_text("id", document.id)
    encoded.add_unsigned("sequence", sequence)
    for key in dict.fromkeys(key for name in document.names for key in name_keys(name)):
        encoded.add_text(NAMES, key)
    lightest, names = lightest_field(settings), name_fields(settings)
    besides = nothing_said(settings.stop_words | settings.general_words)
    for place, name in enumerate(settings.searchable):
        if text := document.text.get(name):
            terms = _terms(
                text, settings.compound_parts, name != lightest, besides if name in names else None, settings.stop_words
            )
            encoded.add_text(text_field(place), terms)
    columns = [
        document.id,
        document.group,
        document.version,
        {name: values for name, values in document.facets.items() if values},
        {name: value for name, value in document.numbers.items() if value is not None},
        document.position,
    ]
    encoded.add_bytes("columns", json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode())
    encoded.add_bytes("stored", json.dumps(document.stored, ensure_ascii=False, separators=(",", ":")).encode())
    return encoded


@lru_cache(maxsize=4_096)
def _terms(
    text: str, parts: frozenset[str], forms: bool, besides: frozenset[str] | None, silent: frozenset[str]
) -> str:
    """Remembered, since the runs of an offer share most of their texts, and many offers those of a provider or subject."""
    return " ".join(index_terms(text, parts, forms=forms, besides=besides, silent=silent))


def tombstone(document_id: str, sequence: int) -> tantivy.Document:
    """Stands where a dropped document was, so that readers learn of it."""
    encoded = tantivy.Document()
    encoded.add_text("id", document_id)
    encoded.add_unsigned("sequence", sequence)
    encoded.add_bytes("columns", json.dumps([document_id], ensure_ascii=False).encode())
    return encoded


def decode_columns(encoded: tantivy.Document) -> DocumentColumns:
    parts = json.loads(_bytes(encoded, "columns"))
    if len(parts) == 1:
        return DocumentColumns(parts[0], "", 0, {}, {}, None, dropped=True)
    document_id, group, version, facets, numbers, position = parts
    return DocumentColumns(
        document_id,
        group,
        version,
        {name: tuple(values) for name, values in facets.items()},
        numbers,
        (position[0], position[1]) if position else None,
        dropped=False,
    )


def stored_bytes(encoded: tantivy.Document) -> bytes:
    """What is given back with a hit, as JSON."""
    return _bytes(encoded, "stored")


def _bytes(encoded: tantivy.Document, name: str) -> bytes:
    value = encoded.get_first(name)
    if not isinstance(value, bytes):
        raise TypeError(f"{name} is missing in the index")
    return value
