"""Sheets that speak of people and plans, not of offers: read, landed through the rooms that they belong to, and accounted for."""

from importers.protocol import Format, Yields, yields
from registry.intake.operations.landing.applications import APPLICATIONS
from registry.intake.operations.landing.counts import COUNTS
from registry.intake.operations.landing.landed import Landing
from registry.intake.operations.landing.needs import NEEDS

LANDINGS = {Yields.APPLICATIONS: APPLICATIONS, Yields.RUN_COUNTS: COUNTS, Yields.NEEDS: NEEDS}


def landing_of(reader: Format) -> Landing | None:
    """How rows of this format land; None for formats whose rows are offers or facts of a register."""
    return LANDINGS.get(yields(reader))


__all__ = ["LANDINGS", "Landing", "landing_of"]
