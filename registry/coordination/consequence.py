"""What is at stake in an overlap: ranks the queue of cases. Pure.

People first: applicants of runs that are below their minimum, counted double where both sides are, since then both may be
cancelled. Then unused places, then a small subject, and last the likeness itself, which only breaks ties.
"""

from collections.abc import Sequence
from dataclasses import dataclass

UNUSED_PLACES_WEIGHT = 10.0  # a run with every place empty weighs as ten displaced people
SMALL_SUBJECT_WEIGHT = 5.0


@dataclass(frozen=True, slots=True)
class Side:
    """One offer's runs in the term of the case. None is unknown, and unknown counts for nothing."""

    applicants: int | None = None
    minimum: int | None = None
    places: int | None = None

    @property
    def is_short(self) -> bool:
        """Known to have fewer applicants than needed."""
        return self.applicants is not None and self.minimum is not None and self.applicants < self.minimum

    @property
    def unused(self) -> float:
        """Share of the places that nobody has asked for, 0..1."""
        if self.applicants is None or not self.places:
            return 0.0
        return max(0.0, 1 - self.applicants / self.places)


def consequence(sides: Sequence[Side], *, small_subject: bool, score: float) -> float:
    """A number that is larger the more there is to lose; nought-something where only the likeness is known."""
    short = [side for side in sides if side.is_short]
    people = sum(side.applicants or 0 for side in short) * (2 if len(short) > 1 else 1)
    unused = sum(side.unused for side in sides) / len(sides) if sides else 0.0
    return round(people + unused * UNUSED_PLACES_WEIGHT + small_subject * SMALL_SUBJECT_WEIGHT + score, 4)


PAST_WEIGHT = 0.1  # a pair that only met in terms that are over


def queue_weight(stake: float, score: float) -> float:
    """Where a pair stands in the queue: what is at stake, up to doubled where the likeness is most in doubt."""
    uncertainty = 4 * score * (1 - score)
    return round(stake * (1 + uncertainty), 4)
