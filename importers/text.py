"""Small helpers for text from feeds: folding, quoting, and characters that cannot be stored."""

import re
import unicodedata

from importers.sentences import Sentence, in_quotes

# What a database, a page or a file cannot hold, wherever it comes from: all of C0 but tab and line ends (PostgreSQL takes no NUL; XML 1.0, and
# so a workbook, none of them), DEL, the two that XML leaves out above, and lone surrogates, which JSON escapes can carry and UTF-8 cannot.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_SHOWN = 80


def fold(text: str) -> str:
    """Trim, make every run of white space one space, and compose letters (a Mac may send å as a and a ring)."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def unstorable(text: str) -> bool:
    """Whether the text holds a character that a database or an export cannot hold."""
    return _UNSTORABLE.search(text) is not None


def visible(text: str) -> str:
    """The text with every character that cannot be stored written as ``\\uXXXX``."""
    return _UNSTORABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def storable(text: str) -> str:
    """The text with a space for every character that cannot be stored: for files of what was stored before it was refused."""
    return _UNSTORABLE.sub(" ", text)


def quoted(text: str) -> Sentence:
    """A value as it is quoted in a message: folded, visible, and cut where it is long."""
    shown = fold(visible(text))  # in this order: to fold, some of them are white space
    return in_quotes(f"{shown[:_SHOWN]}…" if len(shown) > _SHOWN else shown)
