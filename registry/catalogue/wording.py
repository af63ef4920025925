"""Subjects, counties and target groups of a table's rows, called what the reader calls them.

Reports name them in bokmål, and their JSON keeps to that; pages and sheets say them in the language of the page.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from registry.catalogue.vocabulary import Entry, Vocabulary
from registry.web.i18n import current_language, gettext

Row = Mapping[str, Any]


def spoken(rows: Sequence[Row], words: Vocabulary) -> list[Row]:
    """The rows with every {"code", "name"} of a subject, county or target group named in the page's language.

    "language" is what the name came out in.
    """
    parts = {"subject": words.subjects, "county": words.counties, "target": words.settings}
    return [
        {
            **(_named(row, words.subjects) if "code" in row else row),
            **{part: _named(row[part], known) for part, known in parts.items() if isinstance(row.get(part), Mapping)},
        }
        for row in rows
    ]


def _named(thing: Row, known: Mapping[str, Entry]) -> Row:
    entry, kept = known.get(thing["code"] or ""), str(thing["name"])
    if entry is None:
        return {**thing, "name": gettext(kept)}
    return {**thing, "name": entry.name(current_language()), "language": entry.language(current_language())}
