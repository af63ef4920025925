"""What commands share: settings, database, search engine, answers in words or JSON, progress bars."""

import functools
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any, NoReturn, ParamSpec

import click
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from registry.core.db import Database
from registry.core.errors import RegistryError
from registry.migrations.run import at_head
from registry.settings import Settings
from search.protocol import SearchEngine, SearchUnavailable

P = ParamSpec("P")
Report = Callable[[int, int], None]  #: (done, total), called as work goes on
Tale = Callable[[str, float], None]  #: (what is going on, share done), for work in steps

NO_INDEX = "Søkeindeksen mangler. Bygg den med «registry index rebuild»."

json_option = click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for machines.")


class Tools:
    """Opened when first used, closed when the command ends."""

    @cached_property
    def settings(self) -> Settings:
        """Exits with one line for each value that cannot be; what the values are is not said, since some are secrets."""
        try:
            return Settings()
        except ValidationError as error:
            fail("\n".join(_wrong_setting(one) for one in error.errors(include_input=False, include_url=False)))
        except SettingsError as error:
            fail(f"Miljøet kan ikke leses: {error}")

    @cached_property
    def database(self) -> Database:
        """The database, at the newest schema. Exits with the cure where it is not."""
        self.settings.home.mkdir(parents=True, exist_ok=True)
        database = Database(self.settings.database)
        if not at_head(database):
            fail("Databasen mangler eller er av eldre form. Kjør «registry init» først.")
        return database

    @cached_property
    def raw_database(self) -> Database:
        """The database whatever its schema: for ``init`` and ``check``."""
        self.settings.home.mkdir(parents=True, exist_ok=True)
        return Database(self.settings.database)

    @cached_property
    def search(self) -> SearchEngine:
        from registry.app import open_search

        return open_search(self.settings, self.database)

    def close(self) -> None:
        for name in ("search", "database", "raw_database"):
            if name in self.__dict__:
                thing = self.__dict__[name]
                (thing.close if name == "search" else thing.dispose)()


def _wrong_setting(error: ErrorDetails) -> str:
    first, *inside = (str(part) for part in error["loc"])
    place = f" ({'.'.join(inside)})" if inside else ""
    return f"REGISTRY_{first.upper()}{place} kan ikke brukes: {error['msg']}."


def fail(message: str, code: int = 1) -> NoReturn:
    """One clear line on stderr, then out."""
    click.echo(message, err=True)
    raise SystemExit(code)


def refusals(command: Callable[P, None]) -> Callable[P, None]:
    """Domain errors and a missing index become one line and exit code 1."""

    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except RegistryError as error:
            fail(error.message)
        except SearchUnavailable:
            fail(NO_INDEX)

    return wrapped


def answer(value: Any, as_json: bool, words: Callable[[], None]) -> None:
    """The JSON shape on stdout, or the same in words."""
    if as_json:
        click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))
    else:
        words()


@contextmanager
def progress(text: str, quiet: bool = False) -> Iterator[Report]:
    """A bar on a terminal; silence elsewhere."""
    console = Console(stderr=True)
    if quiet or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def steps(quiet: bool = False) -> Iterator[Tale]:
    """A bar whose text follows the work."""
    if quiet or not sys.stderr.isatty():
        yield lambda _text, _share: None
        return
    with Progress(TextColumn("{task.description}"), BarColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda text, share: bar.update(task, description=text, completed=share)
