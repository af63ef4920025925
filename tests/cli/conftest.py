"""Two homes: one with a small demonstration year that is only read, and an empty one for each test."""

from pathlib import Path

import pytest

from registry.core import clock
from tests.cli.house import House


@pytest.fixture(scope="package")
def demo_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Sixty runs a term, indexed and looked over for flags. Read only."""
    house = House(tmp_path_factory.mktemp("demo-home"), REGISTRY_DEMO="1")
    house.done("init")
    house.done("demo", "--offers", "60")
    house.done("detect")
    house.done("index", "rebuild")
    return house


@pytest.fixture
def house(tmp_path: Path, sqlite_template: Path) -> House:
    """An empty registry, set up."""
    made = House(tmp_path / "home")
    made.home.mkdir()
    (made.home / "registry.sqlite3").write_bytes(sqlite_template.read_bytes())
    return made


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    """Two offers of the University of Agder, one of them with a fault in its last row."""
    path = tmp_path / "tilbud.csv"
    year = clock.today().year
    path.write_text(
        "Institusjonskode;Tilbudskode;Navn;Termin;Studiepoeng\n"
        f"1110;NO1;Norsk 1, 1.–7. trinn;{year}H;30\n"
        f"1110;EN1;Engelsk 1, 1.–7. trinn;{year}H;30\n"
        f"1110;MA1;Matematikk 1;ingen termin;30\n",
        encoding="utf-8",
    )
    return path
