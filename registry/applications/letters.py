"""The office's own words in a letter, with merge fields: ``{{svarfrist}}`` becomes the day. Pure."""

import re
from collections.abc import Mapping
from typing import Any

#: What may be merged. People write it in bokmål, as they know it from other letters.
FIELDS = ("tilbud", "institusjon", "semester", "svarfrist", "studiestart", "begrunnelse", "søkernummer")
_FIELD = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def unknown_fields(text: str) -> list[str]:
    """Fields in the text that are not among ``FIELDS``, as written; loose braces count as one."""
    found = [name for name in _FIELD.findall(text) if name not in FIELDS]
    rest = _FIELD.sub("", text)
    if "{{" in rest or "}}" in rest:
        found.append("{{")
    return found


def merged(text: str, values: Mapping[str, Any]) -> str:
    """The text with its fields filled. Raises KeyError for a field that is not given."""
    return _FIELD.sub(lambda match: str(values[match[1]]), text)


def paragraphs(text: str, note: str | None, values: Mapping[str, Any]) -> list[str]:
    """A letter: the decision, then each line of the office's own words, with their fields filled."""
    return [merged(line.strip(), values) for line in (text, *(note or "").splitlines()) if line.strip()]
