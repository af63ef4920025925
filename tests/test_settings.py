"""Settings come from the environment; secrets are made once, for our eyes only."""

import os
import secrets
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from registry.app import open_search
from registry.core.db import Database
from registry.core.errors import InvalidInput
from registry.settings import Settings
from search.embedded import EmbeddedEngine
from search.standby import StandbyEngine

ASK = "import sys; from registry.settings import Settings; sys.stdout.write(Settings().secret('secret_key'))"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("REGISTRY_")]:
        monkeypatch.delenv(name)


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {"HOME": str(tmp_path), "PORT": "8001", "DEMO": "1", "DATABASE_URL": "postgresql://x/y"}.items():
        monkeypatch.setenv(f"REGISTRY_{name}", value)
    settings = Settings()
    assert (settings.home, settings.port, settings.demo) == (tmp_path, 8001, True)
    assert settings.database == "postgresql://x/y"


def test_without_an_address_the_database_is_a_file_in_home(tmp_path: Path) -> None:
    assert Settings(home=tmp_path).database == f"sqlite:///{tmp_path / 'registry.sqlite3'}"


def test_demonstration_is_off_unless_asked_for() -> None:
    assert Settings().demo is False


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "eight"), ("ENGINE", "crystal-ball"), ("SECURE_COOKIES", "sometimes")]
)
def test_a_wrong_value_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"REGISTRY_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_settings_do_not_change_after_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings(home=tmp_path).port = 9000


def test_every_setting_is_explained_in_a_sentence() -> None:
    for name, field in Settings.model_fields.items():
        assert (field.description or "").endswith("."), name


def test_a_secret_of_the_environment_is_never_written_down(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, secret_key="given")
    assert settings.secret("secret_key") == "given"
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_made_once_with_mode_600(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "new" / "home")
    made = settings.secret("pseudonym_key")
    path = tmp_path / "new" / "home" / "pseudonym_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(made) >= 64
    assert settings.secret("pseudonym_key") == path.read_text() == made
    assert settings.secret("secret_key") != made


def test_a_generous_umask_does_not_open_the_secret(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Settings(home=tmp_path).secret("secret_key")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_processes_that_start_together_read_the_same_secret(tmp_path: Path) -> None:
    """The one that comes second must not read what the first has not written yet."""
    environment = {**os.environ, "REGISTRY_HOME": str(tmp_path)}
    started = [subprocess.Popen([sys.executable, "-c", ASK], env=environment, stdout=subprocess.PIPE) for _ in range(6)]
    answers = {process.communicate(timeout=60)[0] for process in started}
    assert len(answers) == 1
    assert len(answers.pop()) >= 64


def test_a_secret_is_never_read_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process starts while this one is making the secret: both must end with the same."""
    make = secrets.token_urlsafe
    others: list[str] = []

    def interrupted(length: int) -> str:
        monkeypatch.setattr(secrets, "token_urlsafe", make)
        others.append(Settings(home=tmp_path).secret("secret_key"))
        return make(length)

    monkeypatch.setattr(secrets, "token_urlsafe", interrupted)
    assert [Settings(home=tmp_path).secret("secret_key")] == others
    assert len(others[0]) >= 64
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_search_server_needs_its_address(sqlite_template: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{sqlite_template}")
    with pytest.raises(InvalidInput, match="REGISTRY_MEILI_URL"):
        open_search(Settings(home=tmp_path, engine="meilisearch"), database)


def test_the_engine_is_chosen_by_settings_alone(sqlite_template: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{sqlite_template}")
    assert isinstance(open_search(Settings(home=tmp_path), database), EmbeddedEngine)
    server = open_search(Settings(home=tmp_path, engine="meilisearch", meili_url="http://127.0.0.1:9"), database)
    assert isinstance(server, StandbyEngine)
