"""The examples for a server name commands and settings that exist."""

import re
from pathlib import Path

from registry.cli import main
from registry.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"


def test_the_unit_starts_what_there_is() -> None:
    unit = (DEPLOY / "tilbudsregisteret@.service").read_text(encoding="utf-8")
    started = set(re.findall(r"tilbudsregisteret@(\w+)", unit))
    assert started == {"serve", "worker", "scheduler"}
    assert started <= set(main.commands)
    assert "bin/registry %i" in unit


def test_settings_that_are_named_are_settings() -> None:
    known = {f"REGISTRY_{name.upper()}" for name in Settings.model_fields}
    for path in DEPLOY.iterdir():
        named = set(re.findall(r"REGISTRY_[A-Z_]+", path.read_text(encoding="utf-8")))
        assert named, path
        assert named <= known, path
