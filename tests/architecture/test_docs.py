"""Settings, jobs, roles and formats each have a line in the guides."""

from pathlib import Path

import pytest

from importers.formats import formats
from registry.access.roles import Role
from registry.reports.library import REPORTS
from registry.schedule.jobs import JOBS
from registry.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
OPERATORS = (DOCS / "operators.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_has_a_line(name: str) -> None:
    field = Settings.model_fields[name]
    assert f"| `REGISTRY_{name.upper()}` |" in OPERATORS
    assert field.description
    assert field.description in OPERATORS


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_every_job_has_a_line(job: object) -> None:
    assert f"| `{job.name}` |" in OPERATORS


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ANYONE, Role.SYSTEM)])
def test_every_role_has_a_line(role: Role) -> None:
    assert f"| `{role.value}` |" in OPERATORS


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_report_has_a_line(name: str) -> None:
    assert f"| `{name}` |" in OPERATORS


@pytest.mark.parametrize("name", sorted(formats()))
def test_every_format_has_a_line(name: str) -> None:
    assert f"`{name}`" in (DOCS / "importers.md").read_text(encoding="utf-8")
