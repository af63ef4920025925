"""Templates as source: no bare text, clean by djlint, every macro has its own file."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from registry.web.assets import templates_folder

TEMPLATES = sorted(templates_folder().rglob("*.html"))
MACROS = sorted((templates_folder() / "components").glob("*.html"))
_CODE = re.compile(r"{#.*?#}|{%.*?%}|{{.*?}}|<(script|style|svg)\b.*?</\1>|<!--.*?-->", re.DOTALL)
_ATTRIBUTE = re.compile(r'\b(?:aria-label|title|placeholder|alt)="([^"]*)"')
_TAG = re.compile(r"<[^>]*>")
_LETTER = re.compile(r"[^\W\d_]{2,}")


def _name(path: Path) -> str:
    return str(path.relative_to(templates_folder()))


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_every_visible_word_goes_through_gettext(path: Path) -> None:
    code_free = _CODE.sub(" ", path.read_text(encoding="utf-8"))
    visible = _TAG.sub(" ", code_free).replace("&nbsp;", " ")
    assert not _LETTER.findall(re.sub(r"&\w+;", " ", visible))
    assert not [text for text in _ATTRIBUTE.findall(code_free) if _LETTER.search(text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=_name)
def test_templates_obey_the_content_security_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|\son[a-z]+=|hx-on|javascript:", text)


@pytest.mark.parametrize("path", MACROS, ids=lambda path: path.stem)
def test_a_component_file_holds_the_macro_of_its_name(path: Path) -> None:
    public = re.findall(r"{% macro (?!_)(\w+)\(", path.read_text(encoding="utf-8"))
    assert public == [path.stem]
    readme = (templates_folder() / "README.md").read_text(encoding="utf-8")
    assert f"| `{path.stem}(" in readme


def test_djlint_finds_nothing() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "djlint", str(templates_folder()), "--lint", "--quiet"], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout
