"""Addresses and marked-up text from feeds."""

import html
import re
from collections.abc import Iterator

from importers.sheets.columns import Unreadable
from importers.sheets.values import url

_BREAKS = frozenset(("p", "br", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "section"))
_HIDDEN = frozenset(("script", "style", "template"))
_NAME = re.compile(r"/?([a-z][a-z0-9]*)")


def address(text: str | None) -> str | None:
    """The web address where it is one with http or https; one without a scheme ("www.x.no") gets https. Else None."""
    if not text:
        return None
    try:
        return url(text if "://" in text or not text.startswith("www.") else f"https://{text}")
    except Unreadable:
        return None


def prose(text: str | None) -> str | None:
    """Running text without tags, comments or styles; a line for every paragraph, white space folded, None if empty.

    The standard library's parser is not used: its time grows with the square of the length on text such as "<!<!<!".
    """
    if not text:
        return None
    told = html.unescape("".join(_without_tags(text))) if "<" in text or "&" in text else text
    lines = (" ".join(line.replace("\u00ad", "").split()) for line in told.split("\n"))
    return "\n".join(line for line in lines if line) or None


def _without_tags(text: str) -> Iterator[str]:
    """The pieces between the tags, with a line end for every tag that breaks. A "<" that starts no tag is text."""
    lower, at = text.lower(), 0
    if len(lower) != len(text):  # a few capital letters are longer in lower case
        lower = text
    while (start := text.find("<", at)) >= 0:
        yield text[at:start]
        name = _NAME.match(lower, start + 1)
        if text.startswith("<!--", start):
            end = text.find("-->", start)
            end = end + 2 if end >= 0 else -1
        elif name or text[start + 1 : start + 2] in ("!", "?"):
            end = text.find(">", start)
        else:
            yield "<"
            at = start + 1
            continue
        if end < 0:  # a tag that never ends
            return
        at = end + 1
        if name and name[1] in _HIDDEN and text[start + 1] != "/":
            closing = lower.find(f"</{name[1]}", at)
            at = closing if closing >= 0 else len(text)
        elif name and name[1] in _BREAKS:
            yield "\n"
    yield text[at:]
