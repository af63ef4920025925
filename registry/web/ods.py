"""An OpenDocument spreadsheet of one sheet, written row by row as text: a tree of every cell, as libraries build it, takes ten times as long.

OASIS OpenDocument 1.3, parts 2 (packages) and 3 (schema): runs of spaces, tabs and lines inside a cell have elements of their own.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

MEDIA = "application/vnd.oasis.opendocument.spreadsheet"
_NAMES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("fo", "xsl-fo-compatible"),
    )
)
_HEAD = (
    f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMES} office:version="1.3"><office:automatic-styles>'
    '<style:style style:name="head" style:family="table-cell"><style:text-properties fo:font-weight="bold"/></style:style>'
    "</office:automatic-styles><office:body><office:spreadsheet>"
)
_FOOT = "</table:table></office:spreadsheet></office:body></office:document-content>"
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{MEDIA}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)
_WHITE = re.compile(r"^ | {2,}|\t")  # what readers would fold into one space, or away


def as_ods(name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The file. Cells are None, bool, int, float, or text without characters that XML cannot hold."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            "mimetype", MEDIA, zipfile.ZIP_STORED
        )  # first and unpacked, so that it is known by its beginning
        with package.open("content.xml", "w") as content:
            content.write(f"{_HEAD}<table:table table:name={quoteattr(name)}>".encode())
            content.write(_row(headings, ' table:style-name="head"').encode())
            for row in rows:
                content.write(_row(row).encode())
            content.write(_FOOT.encode())
        package.writestr("META-INF/manifest.xml", _MANIFEST)
    return out.getvalue()


def _row(cells: Sequence[Any], style: str = "") -> str:
    return f"<table:table-row>{''.join(_cell(cell, style) for cell in cells)}</table:table-row>"


def _cell(cell: Any, style: str) -> str:
    if cell is None:
        return f"<table:table-cell{style}/>"
    if isinstance(cell, bool):
        return _typed(style, f'boolean" office:boolean-value="{str(cell).lower()}', str(cell))
    if isinstance(cell, (int, float)):
        return _typed(style, f'float" office:value="{cell}', str(cell))
    return _typed(style, "string", escape(str(cell)))


def _typed(style: str, kind: str, shown: str) -> str:
    lines = "".join(f"<text:p>{_WHITE.sub(_spaced, line)}</text:p>" for line in shown.splitlines() or [""])
    return f'<table:table-cell{style} office:value-type="{kind}">{lines}</table:table-cell>'


def _spaced(found: re.Match[str]) -> str:
    return "<text:tab/>" if found[0] == "\t" else f'<text:s text:c="{len(found[0])}"/>'
