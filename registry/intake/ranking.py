"""Which source is heard first."""

_DEFAULT = 50
_BY_FORMAT = {"dbh-347": 30, "offers-sheet": 70}


def priority_of(format_name: str) -> int:
    """A new source's priority: field by field the source with the higher number wins."""
    return _BY_FORMAT.get(format_name, _DEFAULT)
