"""Somebody looked for something that is not there: counted, and nothing else is kept."""

import re
from datetime import date

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from registry.catalogue.models import UnmetDemand
from registry.catalogue.parameters import CatalogueQuery

_LONGEST = 200
_PERSONAL = re.compile(r"\d[\d ]{5,}|@")


def note_unmet_demand(session: Session, query: CatalogueQuery, today: date) -> None:
    """Count one more search without hits on a day. No identifier of any kind is kept, and nobody is asked who they are.

    Words are kept in small letters and filters in their order, so that the same wish is one row. A search too long to keep
    whole is not counted: cut short it would be another search. Nor is one whose words may be somebody's number or address.
    """
    asked = query.saying(query.text.casefold()).sorted_by("").address()
    if not asked or len(asked) > _LONGEST or _PERSONAL.search(query.text):
        return
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    insert = dialect.insert(UnmetDemand).values(query=asked, day=today, times=1)
    session.execute(
        insert.on_conflict_do_update(index_elements=["query", "day"], set_={"times": UnmetDemand.times + 1})
    )
