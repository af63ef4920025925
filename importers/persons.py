"""National identity numbers in what is sent to us: known when they are seen, and taken away before anything is kept.

Fødselsnummer and D-nummer: eleven digits, the last two of them control digits modulus 11 (Skatteetaten, folkeregisterforskriften
§ 2-2-1; a D-number has 4 added to its first digit, and Skatteetaten's invented test persons have 80 or 65 added to the month:
the control digits are the same). From 2032 the first control digit may be 0 to 3 off; until then it is strict.
"""

import re

REMOVED = "[fødselsnummer fjernet]"
UNREADABLE = "[ikke gyldig]"

_FIRST = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
_SECOND = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_APART = "[ .\\-\u00a0]"  # people write 010190 12345, and spreadsheets 01.01.90 12345
# Eleven digits in the ways they are written. Whether they are anybody's is not asked: what looks like a number of a person goes.
_LOOKS_LIKE = re.compile(
    rf"(?<![0-9])(?:[0-9]{{11}}|[0-9]{{6}}{_APART}[0-9]{{5}}|[0-9]{{2}}{_APART}[0-9]{{2}}{_APART}[0-9]{{2}}{_APART}[0-9]{{5}})(?![0-9])"
)
# A spreadsheet that takes the number for a sum drops a leading zero; ten digits go only where the eleven would be right.
_SHORTENED = re.compile(r"(?<![0-9])[0-9]{10}(?![0-9])")


def national_id(text: str) -> str | None:
    """The eleven digits of a cell that holds a national identity number and nothing else, else None."""
    digits = re.sub(_APART, "", text.strip())
    if not re.fullmatch(r"[0-9]{10,11}", digits):
        return None
    digits = digits.zfill(11)
    return digits if _controls(digits, _FIRST) and _controls(digits, _SECOND) else None


def _controls(digits: str, weights: tuple[int, ...]) -> bool:
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=False)) % 11 == 0


def without_persons(text: str) -> str:
    """The text with everything that looks like a national identity number taken out."""
    thinned = _LOOKS_LIKE.sub(REMOVED, text)
    return _SHORTENED.sub(lambda found: REMOVED if national_id(found[0]) else found[0], thinned)
