"""Time stands still on the day the small country lives."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from sqlmodel import col, select

from registry.access.policy import system
from registry.coordination.models import Pair
from registry.coordination.operations import detect
from registry.coordination.states import PairKind
from registry.core.db import Database
from tests.coordination.country import TODAY, add_offer, add_run, add_taught
from tests.site import Site, open_site


@pytest.fixture(autouse=True)
def clock_stands() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 22, 12, tzinfo=UTC), tick=False) as travelled:
        yield travelled


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        yield opened


TITLES = (("0238", "Engelsk 1, 1.–7. trinn"), ("1160", "Engelsk 1, trinn 1-7"), ("0256", "Engelsk 1, trinn 1–7"))


@pytest.fixture
def three(database: Database) -> list[int]:
    """Three pairs between three institutions, with 7 applicants at each."""
    with database.write() as session:
        for provider, title in TITLES:
            offer = add_offer(session, provider, title, subject_code="engelsk")
            add_run(session, offer, "2027V", applicants=7, minimum=10, places=20)
        add_taught(session, "1110", "Kinesisk", subject_code="kinesisk", terms_=("2026H",))
    detect(database, system("detect"), today=TODAY)
    with database.read() as session:
        return [
            one.pk for one in session.exec(select(Pair).where(Pair.kind == PairKind.OVERLAP).order_by(col(Pair.id)))
        ]
