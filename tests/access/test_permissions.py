"""A permission is there because a door asks for it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import registry
from registry.access.permissions import Permission

_ROOT = Path(registry.__file__).parent
_NAMES = ("Permission", "P")  #: as the modules call it; tables of transitions use the short one


def _asked_for(node: ast.AST) -> Iterator[str]:
    """The permissions that code names; a menu that names one hides an entry and guards nothing."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Entry":
        return
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in _NAMES:
        yield node.attr
    for child in ast.iter_child_nodes(node):
        yield from _asked_for(child)


@pytest.fixture(scope="module")
def doors() -> frozenset[str]:
    """What is asked for anywhere but where permissions are named and given to roles."""
    files = [path for path in _ROOT.rglob("*.py") if path.parent.name != "access"]
    return frozenset(name for path in files for name in _asked_for(ast.parse(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize("permission", Permission)
def test_a_permission_guards_something(permission: Permission, doors: frozenset[str]) -> None:
    assert permission.name in doors


def test_an_entry_of_a_menu_is_no_door() -> None:
    menu = ast.parse('Entry("Drift", "schedule.operation", Permission.HEALTH_READ)')
    assert list(_asked_for(menu)) == []
    assert list(_asked_for(ast.parse("actor.require(Permission.HEALTH_READ, scope)"))) == ["HEALTH_READ"]
