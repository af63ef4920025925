"""Credits as feeds write them."""

import re
from decimal import Decimal

_NUMBER = re.compile(r"[0-9]{1,4}(?:[.,][0-9]{1,4})?")
#: The longest programme of the registry's levels is six years.
MOST = Decimal(360)


def amount(text: str | None) -> Decimal | None:
    """A number above 0 and at most 360, None for anything else: 0 stands for no credits, and 180120 for two numbers."""
    compact = (text or "").strip()
    if not _NUMBER.fullmatch(compact):
        return None
    number = Decimal(compact.replace(",", "."))
    return number if 0 < number <= MOST else None
