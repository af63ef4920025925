"""Which source is heard first of one field: the one table of it, told in ``docs/importers.md`` too. Pure.

The general order is the sources' own: rules ``SOURCE_ORDER_*`` give each format its place when a source is added. Here are
the fields where another source knows better than that order says. Formats that are not named come after those that are,
in the general order. A person's correction goes before them all, and what a feed no longer carries comes last.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that one source knows best, with the reason that the documentation gives."""

    thing: str  #: "offer" or "run"
    fields: tuple[str, ...]
    first: tuple[str, ...]  #: formats, the one that is heard first in front
    why: str


GROUPS: tuple[Group, ...] = (
    Group(
        "offer",
        ("level_code", "nus_code"),
        ("dbh-347", "fs"),
        "DBH checks the codes that institutions report; FS is where they report from",
    ),
    Group(
        "offer",
        ("subject_code", "subjects", "targets", "school_years", "step", "measure_code"),
        ("offers-sheet",),
        "only the registry's own sheet is written in the registry's own words",
    ),
    Group(
        "run",
        (
            "starts_on",
            "ends_on",
            "application_opens_on",
            "application_closes_on",
            "places",
            "minimum",
        ),
        ("offers-sheet", "fs"),
        "dates and places are kept where applicants are admitted; catalogues copy them",
    ),
)


def first_heard(thing: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each field that has an order of its own, with its formats."""
    yield from _BY_THING.get(thing, {}).items()


_BY_THING: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    thing: {field: group.first for group in GROUPS if group.thing == thing for field in group.fields}
    for thing in ("offer", "run")
}


def place(formats: tuple[str, ...], form: str) -> int:
    """A format's place in the order of a field; all that are not named share the last one."""
    return formats.index(form) if form in formats else len(formats)
