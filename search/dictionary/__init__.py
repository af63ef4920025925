"""The Norwegian words that compounds are made of, from Norsk Ordbank, and the nynorsk pieces of words that are read as bokmål.

Sources and licence: README.md beside this file.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_PARTS = Path(__file__).with_name("compound_parts.txt")
_NYNORSK = Path(__file__).with_name("nynorsk.csv")


@cache
def compound_parts() -> frozenset[str]:
    """Words in small letters; one that only stands first in compounds ends with a hyphen (``lese-``)."""
    return frozenset(_PARTS.read_text(encoding="utf-8").split())


@cache
def nynorsk_pieces() -> Mapping[str, str]:
    """A piece of nynorsk words -> the bokmål that it is read as. ``^`` before it: only words that begin so; ``$``: that end so."""
    with _NYNORSK.open(encoding="utf-8", newline="") as file:
        return {row["nynorsk"]: row["bokmal"] for row in csv.DictReader(file)}
