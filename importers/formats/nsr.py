"""NSR, Udir's national register of schools: units and their owners, as JSON.

Source: https://data-nsr.udir.no/v4 (NLOD). Pages of ``/enheter``, lists by municipality or county, or ``/enhet/{orgnr}``.

Quirks of the register, each met with in ``importers.udir_units``:

- A page tells a unit's name, place and flags, and not its owner: only the whole of one unit has ``ForeldreRelasjoner``.
  What a delivery does not tell, the registry leaves as it was.
- A unit has several parents: the owner is the one by "Eierstruktur", found by the relation's name before its number (6).
- ``Id`` is text for relations and a number elsewhere; numbers of municipalities may have lost their leading zero.
- Test units have numbers such as "U90000001" and lie in municipality 2599: rejected. County 25 is abroad.
- Version 3 says ``Enheter`` for ``EnhetListe``, and the oldest ``OrgNr``, ``KommuneNr`` and ``FylkeNr``.
- Of some 18,000 units about 5,700 are active schools (``ErAktiv``); the others are kept, as not active.
- Leaders and contacts are persons, and are left out of what is kept.
"""

from collections.abc import Iterator

from importers.payloads import MAX_BYTES
from importers.protocol import Payload, Row, Yields
from importers.udir_units import read_units

NAME = "nsr"
TITLE = "Skoler og skoleeiere fra Nasjonalt skoleregister (NSR), som JSON"
YIELDS = Yields.UNITS


def read(payload: Payload, *, max_bytes: int = MAX_BYTES) -> Iterator[Row]:
    """Yield one row for every unit, in the order of the file; positions count units."""
    yield from read_units(payload, "NSR", max_bytes=max_bytes)
