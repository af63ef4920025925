"""A mail server, and settings that know it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from registry.settings import Settings
from tests.messages.sink import Sink, open_sink


@pytest.fixture(autouse=True)
def first_of_march() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False) as travelled:
        yield travelled


@pytest.fixture
def sink() -> Iterator[Sink]:
    with open_sink() as opened:
        yield opened


@pytest.fixture
def settings(sink: Sink, tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path,
        mail_url=sink.url,
        mail_from="Tilbudsregisteret <ikke-svar@registeret.example>",
        public_url="https://registeret.example/",
    )
