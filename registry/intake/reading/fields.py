"""The fields of an offer and of a run that a feed, a name or a person can tell, and how each is kept.

A value has two forms: *told*, which JSON can hold (source records, origins, the audit log), and the column's own.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from registry.offers.states import CreditScheme, Delivery

Told = Any  #: a value that JSON can hold

#: Columns of ``Offer``, in the order that pages show them, with the value of one that nobody has told.
OFFER_COLUMNS: Mapping[str, Told] = {
    "title": None,
    "title_language": None,
    "other_titles": {},
    "description": None,
    "learning_outcomes": None,
    "department": None,
    "level_code": None,
    "credits": None,
    "credit_scheme": None,
    "subject_code": None,
    "nus_code": None,
    "school_years": None,
    "step": None,
    "measure_code": None,
    "languages": [],
    "schemes": [],
    "tags": [],
    "url": None,
    "is_container": False,
}
#: Fields of an offer that lie in tables of their own: pairs of (setting, role), further subjects, partners' ids.
OFFER_RELATIONS: Mapping[str, Told] = {"targets": [], "subjects": [], "partners": []}
OFFER_FIELDS: Mapping[str, Told] = {**OFFER_COLUMNS, **OFFER_RELATIONS}

RUN_COLUMNS: Mapping[str, Told] = {
    "term_assumed": False,
    "starts_on": None,
    "ends_on": None,
    "application_opens_on": None,
    "application_closes_on": None,
    "places": None,
    "minimum": None,
    "delivery": None,
    "apply_url": None,
}
RUN_FIELDS: Mapping[str, Told] = {**RUN_COLUMNS, "municipalities": []}

FIELDS: Mapping[str, Mapping[str, Told]] = {"offer": OFFER_FIELDS, "run": RUN_FIELDS}

_FROM_TOLD: Mapping[str, Callable[[Any], Any]] = {
    "credits": Decimal,
    "credit_scheme": CreditScheme,
    "delivery": Delivery,
    "starts_on": date.fromisoformat,
    "ends_on": date.fromisoformat,
    "application_opens_on": date.fromisoformat,
    "application_closes_on": date.fromisoformat,
}


def column_value(field: str, told: Told) -> Any:
    """The value as its column holds it."""
    make = _FROM_TOLD.get(field)
    return told if make is None or told is None else make(told)


def told_value(value: Any) -> Told:
    """The value as JSON holds it; numbers of credits without trailing noughts, so that 30.0 and 30 are the same."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (CreditScheme, Delivery)):
        return value.value
    if isinstance(value, tuple):
        return list(value)
    return value
