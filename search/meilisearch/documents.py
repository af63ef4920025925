"""A search document as the server keeps it, and back."""

import hashlib
from collections.abc import Sequence
from typing import Any

from search.meilisearch.settings import BUILD, EVERYWHERE, GROUP, NAMES, PRIMARY_KEY, RUN, WORDS, varying
from search.meilisearch.wording import distinct_words, field_texts
from search.naming import name_keys
from search.protocol import IndexSettings, SearchDocument

_KEY_BYTES = 10  #: a million keys meet by chance once in 10^12


def key_of(text: str) -> str:
    """A run's or offer's key as the server takes one: letters and digits, whatever the key is made of."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).hexdigest()


def encode(document: SearchDocument, settings: IndexSettings, build: str) -> dict[str, Any]:
    """Raises ValueError when the document carries a facet or number that the settings do not know."""
    if unknown := set(document.facets) - set(settings.facets) - {EVERYWHERE}:
        raise ValueError(f"unknown facets in document {document.id}: {', '.join(sorted(unknown))}")
    if unknown := set(document.numbers) - set(settings.numeric):
        raise ValueError(f"unknown numbers in document {document.id}: {', '.join(sorted(unknown))}")
    group = key_of(document.group)
    facets = {name: list(dict.fromkeys(values)) for name, values in document.facets.items() if values}
    found: dict[str, Any] = {
        PRIMARY_KEY: key_of(document.id),
        GROUP: group,
        RUN: document.id,
        "offer": document.group,
        "version": document.version,
        BUILD: build,
        WORDS: distinct_words(document.text, _telling(settings)),
        NAMES: list(dict.fromkeys(key for name in document.names for key in name_keys(name))),
        "facets": facets,
        # Facets are counted by group: see asking.py.
        "pairs": {name: [f"{group}|{value}" for value in facets.get(name, ())] for name in varying(settings)},
        "numbers": {name: value for name, value in document.numbers.items() if value is not None},
        "stored": dict(document.stored),
    }
    if document.position is not None:
        found["_geo"] = {"lat": document.position[0], "lng": document.position[1]}
    found["text"] = {}
    for field in settings.searchable:
        if text := document.text.get(field):
            found["text"] |= field_texts(field, text, settings)
    return found


def _telling(settings: IndexSettings) -> Sequence[str]:
    """The fields whose words are suggested: all but the lightest, which is where whole descriptions stand."""
    lightest = min(settings.searchable.values())
    return [field for field, weight in settings.searchable.items() if weight > lightest]
