"""A home of its own for the command line, and the commands asked as a person asks them."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from registry.cli import main


class House:
    """Commands over one REGISTRY_HOME."""

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self.environment = {"REGISTRY_HOME": str(home), "REGISTRY_DATABASE_URL": "", **environment}

    def run(self, *arguments: str | Path) -> Result:
        """One command; what it was not made for is raised, not swallowed."""
        words = [str(argument) for argument in arguments]
        return CliRunner().invoke(main, words, env=self.environment, catch_exceptions=False)

    def done(self, *arguments: str | Path) -> str:
        """Its answer, where it must succeed."""
        result = self.run(*arguments)
        assert result.exit_code == 0, (arguments, result.output)
        return result.stdout

    def json(self, *arguments: str | Path) -> Any:
        """Its answer to a machine."""
        return json.loads(self.done(*arguments, "--json"))

    def refused(self, *arguments: str | Path, code: int = 1) -> str:
        """The one clear line it refuses with."""
        result = self.run(*arguments)
        assert result.exit_code == code, (arguments, result.output)
        lines = result.stderr.strip().splitlines()
        assert len(lines) == 1, result.stderr
        assert "Traceback" not in result.output
        return lines[0]
