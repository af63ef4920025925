"""Where a subject is missing: coming terms in which nobody near teaches it. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from registry.coordination.queries.desk.coverage_cells import Covered


@dataclass(frozen=True, slots=True)
class Gap:
    """A coming term without an offer. ``region`` is one of the planned ones; None where the whole country has none."""

    term: str
    region: str | None


def find_gaps(coming: Sequence[Covered], regions: Collection[str]) -> list[Gap]:
    """Terms without anything in the country, and without anything in one of the regions that could not be followed online."""
    found = []
    for row in coming:
        if not row.cells["total"]:
            found.append(Gap(row.term, None))
        elif not row.cells["online"]:
            found += [Gap(row.term, region) for region in sorted(regions) if not row.cells[region]]
    return found
