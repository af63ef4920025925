"""What the people of the demonstration looked for in vain, so that the report of it has something to tell."""

import random
from datetime import date, timedelta

from sqlmodel import Session

from registry.catalogue.models import UnmetDemand

#: Normalised addresses of searches (``registry.catalogue.parameters``) and about how often each was made in the year.
WISHES = (
    ("q=tegnspr%C3%A5k&fylke=56", 34),
    ("q=kvensk", 27),
    ("q=s%C3%B8rsamisk&form=online", 21),
    ("q=sl%C3%B8yd&rolle=assistant", 16),
    ("q=svaksynte&fylke=18", 12),
    ("q=programmering&malgruppe=kindergarten&fylke=55", 9),
    ("q=skoleleder+deltid&studiepoeng=1-9", 5),
    ("q=astronomi&fylke=33", 2),  # too rare to be shown
)


def add_wishes(session: Session, seed: int, today: date) -> int:
    """Spread over the year before ``today``; returns the number of rows."""
    chance = random.Random(f"{seed} wishes")
    rows: dict[tuple[str, date], int] = {}
    for query, times in WISHES:
        for _ in range(times):
            day = today - timedelta(days=chance.randrange(360))
            rows[query, day] = rows.get((query, day), 0) + 1
    session.add_all(UnmetDemand(query=query, day=day, times=times) for (query, day), times in rows.items())
    session.flush()
    return len(rows)
