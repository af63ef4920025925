"""NBR, Udir's national register of kindergartens: units and their owners, as JSON.

Source: https://data-nbr.udir.no/v4 (NLOD). Pages of ``/enheter``, lists by municipality or county, or ``/enhet/{orgnr}``.

Quirks of the register, each met with in ``importers.udir_units``:

- A page tells a unit's name, place and flags, and not its owner: only the whole of one unit has ``ForeldreRelasjoner``.
- The municipality may be parent four times over (owner, inspection, administration, and one of its departments by
  "Tilknytningsstruktur"): the owner is the one by "Eierstruktur", found by name before number (6).
- ``ErInaktivIBasil`` says that a kindergarten does not report; it may be active all the same, and ``ErAktiv`` decides.
- Coordinates 0/0 with the source "Undefined" are missing; places are taken by municipality number only.
- Test units ("U9…") are rejected; leaders and contacts are left out of what is kept.
"""

from collections.abc import Iterator

from importers.payloads import MAX_BYTES
from importers.protocol import Payload, Row, Yields
from importers.udir_units import read_units

NAME = "nbr"
TITLE = "Barnehager og barnehageeiere fra Nasjonalt barnehageregister (NBR), som JSON"
YIELDS = Yields.UNITS


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every unit, in the order of the file; positions count units."""
    yield from read_units(payload, "NBR", max_bytes=max_bytes)
