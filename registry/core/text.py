"""Small text tools that several rooms share."""

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans({"æ": "ae", "ø": "o", "å": "a", "đ": "d", "ŋ": "n", "ŧ": "t", "ß": "ss"})


@lru_cache(maxsize=8_192)
def slug(text: str, limit: int = 80) -> str:
    """Lower-case ASCII words joined by hyphens, for addresses: "Norsk språk 1" -> "norsk-sprak-1"."""
    lowered = unicodedata.normalize("NFKC", text).lower().translate(_LETTERS)
    dashed = re.sub(r"[\u2010-\u2015\u2212]", "-", lowered)  # dashes part words too: "1–7" is "1-7"
    plain = unicodedata.normalize("NFKD", dashed).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:limit].rstrip("-")


def fold(text: str) -> str:
    """White space folded to single spaces, ends trimmed."""
    return " ".join(text.split())


@lru_cache(maxsize=16_384)
def norwegian_sort_key(text: str) -> str:
    """Sorts by code point as Norwegian does: … z æ ø å, with aa as å. Databases' collations differ; this does not."""
    lowered = unicodedata.normalize("NFKC", text).casefold().replace("aa", "å")
    out = []
    for char in lowered:
        if char in "æä":
            out.append("{a")
        elif char in "øö":
            out.append("{b")
        elif char == "å":
            out.append("{c")
        else:
            out.append(unicodedata.normalize("NFKD", char)[0])
    return "".join(out)


def valid_orgnr(number: str) -> bool:
    """Norwegian organisation number: nine digits, modulus 11 with weights 3 2 7 6 5 4 3 2 (Brønnøysund)."""
    if not re.fullmatch(r"\d{9}", number):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number, (3, 2, 7, 6, 5, 4, 3, 2), strict=False))
    check = (11 - total % 11) % 11
    return check != 10 and check == int(number[8])


def holds_national_id(text: str) -> bool:
    """Is there a Norwegian national identity number (or D number) in the text? Eleven digits with both check digits right.

    Weights: Skatteetaten, "Fødselsnummer". Eleven digits that are none pass one time in a hundred, too few to matter to a guard.
    """
    return any(_is_national_id(found[0] + found[1]) for found in re.findall(r"(?<!\d)(\d{6}) ?(\d{5})(?!\d)", text))


def _is_national_id(number: str) -> bool:
    digits = [int(digit) for digit in number]
    first = sum(a * b for a, b in zip(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1), strict=False))
    second = sum(a * b for a, b in zip(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1), strict=True))
    return first % 11 == 0 and second % 11 == 0
