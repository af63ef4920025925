"""The Norwegian words that compounds are made of, from Norsk Ordbank. Source and licence: README.md beside this file."""

from functools import cache
from pathlib import Path

_PARTS = Path(__file__).with_name("compound_parts.txt")


@cache
def compound_parts() -> frozenset[str]:
    """Words in small letters; one that only stands first in compounds ends with a hyphen (``lese-``)."""
    return frozenset(_PARTS.read_text(encoding="utf-8").split())
