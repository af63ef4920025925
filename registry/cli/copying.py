"""Commands on the whole database: backup and restore, export and load."""

import time
from pathlib import Path

import click

from registry.cli.context import Tools, fail, refusals
from registry.core import audit
from registry.migrations.run import at_head, upgrade
from registry.schedule import copies, outbox, portable

a_path = click.argument("path", type=click.Path(path_type=Path))


@click.command("backup")
@a_path
@click.pass_obj
@refusals
def backup(tools: Tools, path: Path) -> None:
    """A copy that can be trusted, also while the service runs: SQLite's backup, or pg_dump. Its digests lie beside it."""
    started = time.monotonic()
    rows = copies.back_up(tools.database, path)
    click.echo(f"Kopien ligger i {path}: {rows} rader på {time.monotonic() - started:.1f} s.")


@click.command("restore")
@a_path
@click.option("--yes", is_flag=True, help="Do not ask first.")
@click.pass_obj
@refusals
def restore(tools: Tools, path: Path, yes: bool) -> None:
    """Put a backup in place of everything in the database, compare it with its digests, and build the index anew.

    Stop the service first. On SQLite the database that stood there is kept beside it as *.before-restore.
    """
    if not yes:
        click.confirm(f"Alt i databasen blir byttet ut med det som ligger i {path}. Vil du det?", abort=True)
    rows = copies.restore(tools.raw_database, path)
    if not at_head(tools.raw_database):
        fail("Kopien er lagt inn, men er av eldre form. Kjør «registry init», så «registry index rebuild».")
    outbox.rebuild(tools.database, tools.search)
    click.echo(f"Lagt inn: {rows} rader, som da kopien ble tatt. Søkeindeksen er bygd på nytt.")


@click.command("export")
@a_path
@click.pass_obj
@refusals
def export(tools: Tools, path: Path) -> None:
    """Everything in one open file (ZIP with a line of JSON a row): for another database, or for leaving us."""
    tables = portable.export_all(tools.database, path)
    click.echo(f"Eksporten ligger i {path}: {sum(tables.values())} rader fra {len(tables)} tabeller.")


@click.command("load")
@a_path
@click.pass_obj
@refusals
def load(tools: Tools, path: Path) -> None:
    """Fill a new, empty database from an export, and build the search index."""
    upgrade(tools.raw_database)
    tables = portable.load_all(tools.raw_database, path)
    with tools.database.read() as session:
        broken = audit.first_broken(session)
    if broken is not None:
        fail(f"Lastet inn, men endringsloggen er brutt ved rad {broken}. Det var den også i eksporten.")
    outbox.rebuild(tools.database, tools.search)
    click.echo(f"Lastet inn {sum(tables.values())} rader i {len(tables)} tabeller. Søkeindeksen er bygd.")


COMMANDS = (backup, restore, export, load)
