"""The house rules that no linter knows."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from registry.core import errors

ROOT = Path(__file__).parents[2]
ROOMS = (
    "offers",
    "intake",
    "catalogue",
    "applications",
    "coordination",
    "plans",
    "reports",
    "people",
    "schedule",
    "messages",
)
BELOW_THE_VIEWS = ("states", "models", "queries", "policy", "operations", "jobs")
SOURCES = sorted(path for part in ("registry", "importers", "search") for path in (ROOT / part).rglob("*.py"))


def test_imports_keep_their_contracts() -> None:
    result = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if "versions" not in p.parts], ids=lambda p: str(p.relative_to(ROOT))
)
def test_no_file_is_crowded(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 410


def test_what_an_error_says_can_be_translated() -> None:
    """A sentence put together by an f-string is a msgid that no catalogue knows: name the values instead."""
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type)}
    found = []
    for path in (path for path in SOURCES if path.is_relative_to(ROOT / "registry")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in kinds and node.args:
                found += [f"{path}:{node.lineno}" for part in ast.walk(node.args[0]) if isinstance(part, ast.JoinedStr)]
    assert found == []


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("name", BELOW_THE_VIEWS)
def test_no_flask_below_the_views(room: str, name: str) -> None:
    room_folder = ROOT / "registry" / room
    for path in (room_folder / f"{name}.py", *sorted((room_folder / name).glob("*.py"))):
        if path.exists():
            text = path.read_text(encoding="utf-8")
            assert "import flask" not in text
            assert "from flask" not in text
            assert "registry.web" not in text.replace("registry.web.i18n import N_", "")


def test_what_is_called_pure_knows_neither_database_nor_pages() -> None:
    """A file of a room's craft that says *Pure.* can be called with plain values, anywhere."""
    forbidden = ("flask", "werkzeug", "sqlmodel", "sqlalchemy", "registry.web", "registry.core.db")
    found, pure = [], 0
    for path in (path for path in SOURCES if path.is_relative_to(ROOT / "registry")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if "Pure." not in (ast.get_docstring(tree) or "").partition("\n\n")[0]:
            continue
        pure += 1
        for node in ast.walk(tree):
            named = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            named += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            found += [f"{path}: {one}" for one in named if f"{one}.".startswith(tuple(f"{f}." for f in forbidden))]
    assert found == []
    assert pure > 10


@pytest.mark.parametrize("room", ROOMS)
def test_models_are_read_without_deferred_annotations(room: str) -> None:
    path = ROOT / "registry" / room / "models.py"
    if path.exists():
        assert "from __future__ import annotations" not in path.read_text(encoding="utf-8")
