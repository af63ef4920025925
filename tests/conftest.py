"""Fixtures that every test may use: a database on each engine, frozen time, no network."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

from registry.core.db import Database
from registry.setup import initialise
from tests.databases import TEMPLATE, Cluster, in_memory, start_cluster

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
# How long a drawn example takes is the machine's affair. What else holds, by the profile for CI or for people, goes on holding.
settings.register_profile("untimed", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("untimed")
_CLUSTER: Cluster | None = None
_FOLDER: Path | None = None


def pytest_configure(config: pytest.Config) -> None:
    """One PostgreSQL and one folder for the whole run: the controller makes them, the workers are told."""
    global _CLUSTER, _FOLDER
    if hasattr(config, "workerinput"):
        return
    memory = in_memory()
    if memory is not None and config.option.basetemp is None:
        _FOLDER = Path(tempfile.mkdtemp(prefix="registry-tests-", dir=memory))
        config.option.basetemp = str(_FOLDER / "tests")
    if "REGISTRY_TEST_POSTGRESQL" not in os.environ:
        _CLUSTER = start_cluster()
        os.environ["REGISTRY_TEST_POSTGRESQL"] = _CLUSTER.address if _CLUSTER else ""


def pytest_unconfigure(config: pytest.Config) -> None:
    if _CLUSTER is not None:
        _CLUSTER.stop()
    if _FOLDER is not None:
        shutil.rmtree(_FOLDER, ignore_errors=True)


def pytest_report_header(config: pytest.Config) -> str:
    where = _CLUSTER.binaries if _CLUSTER else os.environ.get("REGISTRY_TEST_POSTGRESQL")
    return f"databases: SQLite and PostgreSQL ({where})" if where else "databases: SQLite only (no PostgreSQL here)"


def engines() -> list[str]:
    return ["sqlite", "postgresql"] if os.environ.get("REGISTRY_TEST_POSTGRESQL") else ["sqlite"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that asks for a database runs once on each engine."""
    if "engine_name" in metafunc.fixturenames:
        metafunc.parametrize("engine_name", engines(), scope="session")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "registry.sqlite3"
    database = Database(f"sqlite:///{path}")
    initialise(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_template() -> str:
    """The name of a template database of this worker's own."""
    address = os.environ["REGISTRY_TEST_POSTGRESQL"]
    name = f"{TEMPLATE}_{uuid.uuid4().hex[:8]}"
    _admin(address, f'CREATE DATABASE "{name}"')
    database = Database(f"{address}/{name}")
    initialise(database)
    database.dispose()
    return name


def _admin(address: str, statement: str) -> None:
    with psycopg.connect(f"{address.replace('+psycopg', '')}/postgres", autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture
def database(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with the newest schema and the reference data, of this test's own."""
    if engine_name == "sqlite":
        path = tmp_path / "registry.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        made = Database(f"sqlite:///{path}")
        yield made
        made.dispose()
        return
    address = os.environ["REGISTRY_TEST_POSTGRESQL"]
    name = f"t_{uuid.uuid4().hex}"
    _admin(address, f'CREATE DATABASE "{name}" TEMPLATE "{request.getfixturevalue("postgresql_template")}"')
    made = Database(f"{address}/{name}")
    yield made
    made.dispose()
    _admin(address, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def shared_data() -> Path:
    """Real feeds, where they lie beside the repository; elsewhere the test leaves itself out and says so."""
    if not SHARED_DATA.is_dir():
        pytest.skip("real feeds are not here (../shared/data)")
    return SHARED_DATA
