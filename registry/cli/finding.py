"""Commands over the search index: search, index rebuild, check and drain."""

import click

from registry.catalogue import queries as catalogue
from registry.cli.context import Tools, answer, fail, json_option, progress, refusals
from registry.schedule import outbox
from registry.schedule.listeners import LISTENERS


@click.command("search")
@click.argument("query")
@click.option("--filter", "filters", metavar="FACET=VALUE", multiple=True, help="May be given several times.")
@click.option("--page", default=1, show_default=True)
@json_option
@click.pass_obj
@refusals
def search(tools: Tools, query: str, filters: tuple[str, ...], page: int, as_json: bool) -> None:
    """Search as the page does."""
    split = [part.partition("=")[::2] for part in filters]
    if any(not name or not value for name, value in split):
        fail("Et filter skrives fasett=verdi, for eksempel fylke=46.", 2)
    asked = catalogue.CatalogueQuery.from_filters(query, split, page)
    with tools.database.read() as session:
        found = catalogue.search(tools.search, session, asked, or_earlier=True)
    value = found.to_json()

    def words() -> None:
        click.echo(f"{found.total} tilbud")
        if found.did_you_mean:
            click.echo(f"Mente du {found.did_you_mean}?")
        for hit in value["hits"]:
            click.echo(f"{hit['score']:>7.2f}  {hit['title']}  ({hit['provider']})  {hit['key']}")

    answer(value, as_json, words)


@click.group("index")
def index() -> None:
    """Keep the search index true."""


@index.command("rebuild")
@click.pass_obj
@refusals
def rebuild(tools: Tools) -> None:
    """A second index is built, compared with the database, and put in the first one's place."""
    with progress("Bygger indeksen") as report:
        count = outbox.rebuild(tools.database, tools.search, progress=report)
    click.echo(f"Indeksen er bygget på nytt med {count} kull.")


@index.command("check")
@click.option("--repair", is_flag=True, help="Mend what differs.")
@json_option
@click.pass_obj
@refusals
def check(tools: Tools, repair: bool, as_json: bool) -> None:
    """Compare index and database. Exit code 1 where they differ."""
    found = outbox.check(tools.database, tools.search, repair=repair)
    answer(found.to_json(), as_json, lambda: click.echo(found.summary()))
    if found.differs and not repair:
        raise SystemExit(1)


@index.command("drain")
@click.pass_obj
@refusals
def drain(tools: Tools) -> None:
    """Apply everything that waits in the outbox."""
    with progress("Oppdaterer indeksen") as report:
        count = outbox.drain(tools.database, tools.search, listeners=LISTENERS, progress=report, wait=True)
    click.echo(f"{count} endringer er brakt videre.")


COMMANDS = (search, index)
