"""A client that may ask this machine, and a service for it to ask."""

from collections.abc import Iterator

import pytest

from importers.fetch import Client, Limits
from tests.importers.fetch.services import Service, service


@pytest.fixture
def near() -> Iterator[Service]:
    with service() as made:
        yield made


@pytest.fixture
def waits() -> list[float]:
    """How long the client would have slept."""
    return []


@pytest.fixture
def client(waits: list[float]) -> Client:
    return Client(Limits(seconds=5, bytes=2_000_000, pause=0), loopback=True, sleep=waits.append)
