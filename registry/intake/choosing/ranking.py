"""Which source is heard first: the order that the rule register states, by format."""

from sqlmodel import Session

from registry.core import clock
from registry.rules.register import rules_on

_BEFORE_THE_REGISTER = 50  # on days before any rule was valid all sources are heard alike


def priority_of(session: Session, format_name: str) -> int:
    """A new source's priority: field by field the source with the higher number wins (rules SOURCE_ORDER_*)."""
    rules = rules_on(session, clock.today())
    named = (f"SOURCE_ORDER_{format_name.upper().replace('-', '_')}", "SOURCE_ORDER_DEFAULT")
    return next((int(rules[code]) for code in named if code in rules), _BEFORE_THE_REGISTER)
