"""Where templates and static files are, and addresses that change with a file's content."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request

PACKAGE = Path(__file__).resolve().parent.parent
STATIC = PACKAGE / "static"
VENDOR = STATIC / "vendor"
OWN = ("css", "js", "img")
A_YEAR = 31_536_000  # seconds


class AssetsMissing(RuntimeError):
    """The third-party style sheet, font and script have not been built."""


def templates_folder() -> Path:
    """``registry/templates`` in an installed wheel, ``templates/`` of the repository otherwise."""
    installed = PACKAGE / "templates"
    return installed if installed.is_dir() else PACKAGE.parent / "templates"


def load_manifest(vendor: Path = VENDOR) -> dict[str, str]:
    """Plain name -> hashed name of every vendored file. Raises AssetsMissing, naming the cure."""
    try:
        files: dict[str, str] = json.loads((vendor / "manifest.json").read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError) as error:
        raise AssetsMissing(
            f"The pages' assets are not built: {vendor} has no readable manifest. Run `make run`, or `pip install -e .`"
        ) from error
    gone = sorted(name for name in files.values() if not (vendor / name).is_file())
    if gone:
        raise AssetsMissing(
            f"The pages' assets are incomplete: {vendor} lacks {', '.join(gone)}. Delete it and install."
        )
    return files


def asset(name: str) -> str:
    """Address of a vendored or own file by its plain name. Raises KeyError for a name that nobody ships."""
    vendored: dict[str, str] = current_app.extensions["assets"]
    if name in vendored:
        return f"{_root()}vendor/{vendored[name]}"
    path, plain = _own(name)
    return f"{_root()}{plain}?v={_digest(path, path.stat().st_mtime_ns)}"


def _root() -> str:
    """Where static files begin. Their names need no quoting, so the router is not asked for each of the nine on a page."""
    return f"{request.script_root}{current_app.static_url_path}/"


@lru_cache(maxsize=64)
def _own(name: str) -> tuple[Path, str]:
    """Where the file is, and what it is called below the static files."""
    for folder in OWN:
        if (STATIC / folder / name).is_file():
            return STATIC / folder / name, f"{folder}/{name}"
    raise KeyError(f"no asset named {name}")


def init_assets(app: Flask, vendor: Path = VENDOR) -> None:
    """Refuse to start without assets; let browsers keep for ever what can never change under its address."""
    app.extensions["assets"] = load_manifest(vendor)
    app.jinja_env.globals["asset"] = asset
    app.after_request(_keep_for_ever)


def _keep_for_ever(response: Response) -> Response:
    if (
        request.endpoint == "static"
        and response.status_code == 200
        and ("vendor/" in request.path or "v" in request.args)
    ):
        response.cache_control.clear()
        response.cache_control.public = True
        response.cache_control.max_age = A_YEAR
        response.cache_control.immutable = True
    return response


@lru_cache(maxsize=64)
def _digest(path: Path, changed: int) -> str:  # noqa: ARG001 - part of the cache's key
    """``changed`` is part of the key, so that an edited file gets a new address in development."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
