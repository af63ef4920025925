"""The build hook: what is fetched is what the lock file fixes, and an unchanged lock file costs nothing."""

import json
import shutil
from pathlib import Path

import pytest

import hatch_build

ROOT = Path(hatch_build.__file__).parent


def _built(root: Path) -> Path:
    """A folder that a build has just filled."""
    shutil.copy(ROOT / "package-lock.json", root)
    shutil.copytree(ROOT / hatch_build.VENDOR, root / hatch_build.VENDOR)
    manifest = root / hatch_build.VENDOR / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "lock": hatch_build._fingerprint(root)}))
    return root


def _no_install(_root: Path) -> None:
    raise AssertionError("npm was called")


def test_unchanged_lock_file_means_no_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hatch_build, "_install", _no_install)
    assert hatch_build.build_assets(_built(tmp_path)) is False


@pytest.mark.parametrize("damage", ["lock", "file", "manifest"])
def test_anything_else_means_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    root = _built(tmp_path)
    vendor = root / hatch_build.VENDOR
    if damage == "lock":
        (root / "package-lock.json").write_text("{}")
    elif damage == "file":
        next(vendor.glob("htmx.*")).unlink()
    else:
        (vendor / "manifest.json").write_text("{")
    monkeypatch.setattr(hatch_build, "_install", _no_install)
    with pytest.raises(AssertionError, match="npm was called"):
        hatch_build.build_assets(root)


def test_without_node_on_path_the_build_requirement_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    command = hatch_build._npm()
    assert len(command) == 2
    assert all(Path(part).is_file() for part in command)


def test_versions_are_exact_and_locked_by_content() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    assert all(version[0].isdigit() for version in wanted.values())
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    locked = {name: entry for name, entry in packages.items() if name}
    assert {f"node_modules/{name}" for name in wanted} <= set(locked)
    assert all(entry["integrity"].startswith("sha512-") for entry in locked.values())
    assert not [entry["resolved"] for entry in locked.values() if "resolved" in entry]
