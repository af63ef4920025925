"""The main job: gather, index, flag, track — and tell what was found."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from registry.access.policy import system
from registry.applications import operations as applications
from registry.cli.context import Tools, progress
from registry.cli.data import make_demo
from registry.coordination import operations as coordination
from registry.core.errors import Refused
from registry.demo.in_use import refuse_where_in_use
from registry.intake import operations as intake
from registry.reports.overview import Overview, indexed, overview
from registry.schedule import outbox
from registry.setup import initialise

THIS_COMMAND = (sys.executable, "-m", "registry.cli")
BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"  # where real feeds may lie beside the repository


def run(tools: Tools) -> None:
    """Do everything once; the second time only what is new. Prints the summary.

    It is a demonstration. Raises Refused where REGISTRY_DEMO does not ask for one and the registry is in use.
    """
    given = "REGISTRY_DEMO" in os.environ
    os.environ.setdefault("REGISTRY_DEMO", "1")
    if not (given and tools.settings.demo):
        if tools.settings.sign_in:
            raise Refused(
                "REGISTRY_SIGN_IN er satt: dette er ingen demonstrasjon. Kjør delene hver for seg med «registry serve», «registry worker» og "
                "«registry scheduler»."
            )
        refuse_where_in_use(tools.raw_database)
    with step("Gjør klar databasen"):
        initialise(tools.raw_database)
    with step("Lager demonstrasjonsåret"):
        made = make_demo(tools)
    feeds = real_feeds(tools.settings.feeds or BESIDE)
    if feeds:
        with step(f"Importerer {len(feeds)} virkelige filer fra DBH"), progress("Import") as report:
            intake.import_payloads(
                tools.database,
                system("import"),
                "dbh-347",
                feeds,
                payload_folder=tools.settings.home / "payloads",
                progress=lambda done: report(done, 0),
            )
    # Else the scheduler does it at its first start, while everybody waits to write.
    with step("Teller opp dag for dag"):
        applications.fold_figures(tools.database)
    with step("Oppdaterer søkeindeksen"), progress("Søkeindeks") as report:
        if not indexed(tools.search):
            outbox.rebuild(tools.database, tools.search, progress=report)
        outbox.drain(tools.database, tools.search, progress=report, wait=True)
    with tools.database.read() as session:
        stale = coordination.is_stale(session)
    if made.created or stale:
        with step("Leter etter overlapp og risiko"), progress("Flagg") as report:
            coordination.detect(tools.database, system("detect"), progress=report)
        outbox.drain(tools.database, tools.search, wait=True)
    with tools.database.read() as session:
        tell(overview(session, indexed(tools.search)))


def real_feeds(folder: Path) -> list[Path]:
    """DBH replies in a folder of feeds, or in its ``dbh347``."""
    return sorted((folder / "dbh347").glob("*.json")) or sorted(folder.glob("347_*.json"))


@contextmanager
def step(text: str) -> Iterator[None]:
    """One line per step, with the time it took."""
    started = time.monotonic()
    click.echo(f"{text} …", nl=False)
    yield
    click.echo(f" {time.monotonic() - started:.1f} s")


def tell(found: Overview) -> None:
    """The summary: gathered, indexed, flagged, tracked, and where to look next."""
    table = Table(title="Tilbudsregisteret", show_header=False, title_justify="left")
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    for section, lines in found.sections():
        table.add_section()
        table.add_row(f"[bold]{section}[/bold]", "", "")
        for label, number, hint in lines:
            table.add_row(f"  {label}", "–" if number is None else f"{number:,}".replace(",", " "), hint)
    Console().print(table)


def stop_signal() -> threading.Event:
    """Set when the process is asked to stop."""
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    return stop
