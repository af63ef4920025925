"""The invented applicants: their pseudonyms and their employers."""

from bisect import bisect
from itertools import accumulate

from sqlmodel import Session, col, select

from registry.access.pseudonyms import demo_applicant
from registry.demo.season import person_region
from registry.reference.models import County, Organisation, OrganisationKind

SEARCHER = -1  #: the demonstration person who searches and applies
SEARCHER_NAME = "soker"
_LARGE = frozenset(
    [
        "0301",
        "4601",
        "5001",
        "1103",
        "3301",
        "4204",
        "1108",
        "3107",
        "3105",
        "5501",
        "1804",
        "3201",
        "3205",
        "1508",
        "3403",
        "3907",
        "5035",
        "4003",
        "1106",
        "3301",
        "4626",
        "5601",
    ]
)


class Pool:
    """Answers who an invented person is: the same person always has the same key and the same employer."""

    def __init__(self, session: Session, seed: int) -> None:
        self.seed = seed
        self._owners: dict[str, tuple[list[int], list[float]]] = {}
        query = (
            select(Organisation.id, Organisation.key, County.region)
            .join(County, col(County.code) == Organisation.county_code)
            .where(col(Organisation.kind).in_((OrganisationKind.MUNICIPALITY, OrganisationKind.COUNTY_AUTHORITY)))
            .order_by(col(Organisation.key))
        )
        found: dict[str, list[tuple[int, float]]] = {}
        for owner, key, region in session.exec(query):
            large = key.startswith("fylke-") or key.removeprefix("kommune-") in _LARGE
            found.setdefault(str(region), []).append((owner or 0, 12.0 if large else 1.0))
        for region, owners in found.items():
            self._owners[region] = ([owner for owner, _ in owners], list(accumulate(weight for _, weight in owners)))

    def key(self, person: int) -> str:
        """The applicant's pseudonym."""
        return demo_applicant(SEARCHER_NAME if person == SEARCHER else f"{self.seed}:{person}")

    def owner(self, person: int) -> int:
        """Id of the employer's owner, in the person's own region."""
        owners, weights = self._owners["east" if person == SEARCHER else person_region(person)]
        share = ((person + 1) * 2_654_435_761 % 2**32) / 2**32
        return owners[min(bisect(weights, share * weights[-1]), len(owners) - 1)]
