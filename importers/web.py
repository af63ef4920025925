"""Addresses and marked-up text from feeds."""

from html.parser import HTMLParser

from importers.sheets.columns import Unreadable
from importers.sheets.values import url

_BREAKS = frozenset(("p", "br", "div", "li", "ul", "ol", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table", "section"))
_HIDDEN = frozenset(("script", "style", "template"))


def address(text: str | None) -> str | None:
    """The web address where it is one with http or https; one without a scheme ("www.x.no") gets https. Else None."""
    if not text:
        return None
    try:
        return url(text if "://" in text or not text.startswith("www.") else f"https://{text}")
    except Unreadable:
        return None


class _Prose(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.hidden += tag in _HIDDEN
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.hidden = max(0, self.hidden - (tag in _HIDDEN))
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(data)


def prose(text: str | None) -> str | None:
    """Running text without tags, comments or styles; a line for every paragraph, white space folded, None if empty."""
    if not text:
        return None
    if "<" in text or "&" in text:
        parser = _Prose()
        parser.feed(text)
        parser.close()
        text = "".join(parser.parts)
    lines = (" ".join(line.replace("\u00ad", "").split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line) or None
