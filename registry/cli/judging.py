"""Commands that judge and count: detect, report and figures."""

from datetime import datetime
from typing import Any

import click

from registry.access.policy import system
from registry.applications import operations as applications
from registry.cli.context import Tools, answer, json_option, progress, refusals
from registry.coordination import operations as coordination
from registry.reports import library as reports


@click.command("detect")
@click.option("--term", help="A term such as 2026H; otherwise every term.")
@json_option
@click.pass_obj
@refusals
def detect(tools: Tools, term: str | None, as_json: bool) -> None:
    """Find duplicates, overlaps, small subjects and runs at risk."""
    with progress("Leter etter overlapp og risiko") as report:
        found = coordination.detect(tools.database, system("detect"), term=term, progress=report)
    answer(found.to_json(), as_json, lambda: click.echo(found.summary()))


@click.command("report")
@click.argument("name", type=click.Choice(sorted(reports.REPORTS)))
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The figures as they were at the end of this day.")
@click.option("--term", help="A term such as 2026H, or all.")
@click.option("--region", type=click.Choice(["east", "west", "north"]))
@click.option("--provider", metavar="CODE", help="DBH code or organisation number.")
@click.option("--owner", metavar="OWNER", help="Organisation number or key.")
@click.option("--target", metavar="CODE", help="Offers for a setting or role only, such as barnehage or teacher.")
@click.option("--within-reach", is_flag=True, help="Overlaps that people can choose between only.")
@click.option("--format", "kind", type=click.Choice(["json", "csv", "xlsx", "html"]), default="json", show_default=True)
@click.option("--output", type=click.File("wb"), default="-", help="A file; standard output otherwise.")
@click.pass_obj
@refusals
def report(tools: Tools, /, name: str, as_of: datetime | None, kind: str, output: Any, **options: Any) -> None:
    """Print a report, as of any date."""
    with tools.database.read() as session:
        content = reports.render(session, name, as_of=as_of.date() if as_of else None, kind=kind, **options)
    output.write(content)


@click.command("learn-duplicates")
@json_option
@click.pass_obj
@refusals
def learn_duplicates(tools: Tools, as_json: bool) -> None:
    """Learn from what people have answered about duplicates; the next detection judges by it."""
    with tools.database.write() as session:
        card = coordination.learn_duplicates(session, system("learn"))
        told = {"version": card.version, "answers": card.answers, "pairs": card.card["learnt_from"]["pairs"]}
    answer(told, as_json, lambda: click.echo("Versjon {version}, lært av {answers} svar.".format(**told)))


@click.group("figures")
def figures() -> None:
    """Figures of runs by day, folded from the ledger."""


@figures.command("rebuild")
@json_option
@click.pass_obj
@refusals
def rebuild_figures(tools: Tools, as_json: bool) -> None:
    """Fold every run's figures anew from the ledger; meanwhile pages go on answering."""
    folded = applications.fold_figures(tools.database, anew=True)
    answer({"folded": folded}, as_json, lambda: click.echo(f"Tallene for {folded} kull er regnet ut på nytt."))


COMMANDS = (detect, report, learn_duplicates, figures)
