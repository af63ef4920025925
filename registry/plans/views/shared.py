"""What the owner's pages share: the blueprint, and for whom and which year a page is."""

from dataclasses import dataclass
from typing import Any

from flask import abort, request
from sqlmodel import Session

from registry.access.permissions import Permission
from registry.core import clock
from registry.plans import queries
from registry.plans.operations import FIRST_YEAR, YEARS_AHEAD
from registry.reference.models import Organisation
from registry.web.i18n import page_blueprint
from registry.web.parts import actor

blueprint = page_blueprint("plans", __name__, "/eier")


@dataclass(frozen=True, slots=True)
class Asked:
    """An owner of whom the person may see all, and a year; ``years`` can be planned for or have been."""

    owner: Organisation
    owners: tuple[Organisation, ...]
    year: int
    years: tuple[int, ...]

    @property
    def arguments(self) -> dict[str, Any]:
        """For the address of a page of the same owner and year."""
        return {"eier": self.owner.key, "ar": self.year}


def asked(session: Session) -> Asked:
    """From ``eier`` and ``ar`` in the address; the first owner and the newest year begun where they say nothing.

    An owner that the person has nothing to do with is not found.
    """
    listed = queries.owners(session, actor().organisations(Permission.PLAN_EDIT))
    wanted = request.args.get("eier")
    owner = next((one for one in listed if one.key == wanted), listed[0] if listed and not wanted else None)
    if owner is None:
        abort(404)
    today = clock.today()
    kept = queries.years(session, owner.pk)
    years = sorted({*kept, *range(FIRST_YEAR, today.year + YEARS_AHEAD + 1)}, reverse=True)
    wanted_year = request.args.get("ar", type=int)
    newest = next((one for one in kept if one <= today.year), today.year)
    year = wanted_year if wanted_year is not None and wanted_year in years else newest
    return Asked(owner, tuple(listed), year, tuple(years))
