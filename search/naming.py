"""What something is called as a whole: who types a name word for word gets what bears it before all else."""

import hashlib
import unicodedata

from search.levels import Kind
from search.norwegian import fold, tokens

_KEY_BYTES = 10  #: a million names meet by chance once in 10^12


def name_keys(name: str) -> tuple[str, ...]:
    """Letters and digits that stand for a name: first for it as written, then for its words and levels, whatever signs are set between them.

    *Spansk II* is *Spansk 2*, and *Norsk 1, trinn 5–10* is *norsk 1 (5.-10. trinn)*; the one that was typed is still the nearest. A name
    without any word has none.
    """
    words = [token.text if token.kind is not Kind.WORD else fold(token.text) for token in tokens(name)]
    if not words:
        return ()
    written = " ".join(unicodedata.normalize("NFC", name).casefold().split())
    return _key(f"={written}"), _key(" ".join(words))


def _key(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).hexdigest()
