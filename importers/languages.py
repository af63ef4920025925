"""Codes of languages as feeds write them, to ISO 639-1 as the registry keeps them."""

from collections.abc import Mapping

#: ISO 639-2 and 639-3 (both the terminological and the bibliographic code) -> ISO 639-1. All Sami languages are "se".
_BY_THREE = {
    "nor": "no", "nob": "nb", "nno": "nn", "eng": "en", "swe": "sv", "dan": "da", "fin": "fi", "isl": "is", "ice": "is",
    "fao": "fo", "kal": "kl", "sme": "se", "smj": "se", "sma": "se", "smn": "se", "sms": "se", "smi": "se", "deu": "de",
    "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it", "por": "pt", "nld": "nl", "dut": "nl", "rus": "ru",
    "pol": "pl", "est": "et", "lav": "lv", "lit": "lt", "ukr": "uk", "zho": "zh", "chi": "zh", "jpn": "ja", "ara": "ar",
    "tur": "tr", "ell": "el", "gre": "el", "lat": "la", "ces": "cs", "cze": "cs", "hun": "hu", "ron": "ro", "rum": "ro",
    "cym": "cy", "wel": "cy", "gle": "ga", "gla": "gd", "eus": "eu", "baq": "eu", "cat": "ca", "hrv": "hr", "srp": "sr",
    "som": "so", "kur": "ku", "fas": "fa", "per": "fa",
}  # fmt: skip
_BY_TWO = frozenset(_BY_THREE.values())
#: The languages that a title can be marked with.
_TITLES = ("nb", "nn", "se", "en")


def iso_639_1(code: str | None) -> str | None:
    """The two-letter code of "swe", "EN", "nl-NL" or "nno"; None where it is not known."""
    first = (code or "").strip().casefold().replace("_", "-").split("-")[0]
    return first if first in _BY_TWO else _BY_THREE.get(first)


def of_title(code: str | None) -> str | None:
    """The language of a title where it is one of those that titles are marked with, else None."""
    found = iso_639_1(code)
    return found if found in _TITLES else None


def main_of(texts: Mapping[str | None, str], then: tuple[str, ...] = ()) -> tuple[str | None, str]:
    """The language and the text that stand first: Norwegian and Sami before ``then``, else the first that is given.

    ``texts`` is language -> text (None for a language that is not known) and may not be empty.
    """
    language = next((code for code in ("nb", "nn", "no", "se", *then) if code in texts), next(iter(texts)))
    return language, texts[language]
