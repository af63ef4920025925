"""Commands that bring data in: init, demo, import, formats, quarantine."""

import json
import tempfile
from datetime import datetime
from pathlib import Path

import click
from sqlmodel import col, select

from importers.fetch import Client, FetchFailed, Limits
from importers.formats import formats as known_formats
from importers.protocol import Payload
from registry.access.keyring import Keyring
from registry.access.policy import system
from registry.cli.context import Tools, answer, fail, json_option, progress, refusals, steps
from registry.demo import DemoResult, fill
from registry.intake import operations as intake
from registry.intake.models import QuarantinedRow
from registry.intake.reading.result import ImportResult
from registry.intake.states import ImportOutcome, QuarantineState
from registry.setup import initialise

ACTOR = system("import")
_SHOWN = 10


@click.command("init")
@json_option
@click.pass_obj
@refusals
def init(tools: Tools, as_json: bool) -> None:
    """Database to the newest schema; reference data (areas, subjects, target groups, rules)."""
    counts = initialise(tools.raw_database)
    answer(counts, as_json, lambda: click.echo("\n".join(f"{name:<20} {count:>6}" for name, count in counts.items())))


@click.command("demo")
@click.option("--seed", default=2026, show_default=True, help="The same seed gives the same year.")
@click.option("--offers", "runs_per_term", default=3000, show_default=True, help="Runs a term.")
@json_option
@click.pass_obj
@refusals
def demo(tools: Tools, seed: int, runs_per_term: int, as_json: bool) -> None:
    """Fill with the demonstration year: real institutions and places, invented offers, marked as such."""
    result = make_demo(tools, seed, runs_per_term)
    counts = ", ".join(f"{number} {what}" for what, number in result.counts.items())
    answer(
        {"created": result.created, "seconds": result.seconds, **result.counts},
        as_json,
        lambda: click.echo(f"{result.message} {counts}".strip()),
    )


def make_demo(tools: Tools, seed: int = 2026, runs_per_term: int = 3000) -> DemoResult:
    """Fill, and write down what was planted beside the database."""
    with steps() as tale:
        result = fill(tools.database, seed=seed, runs_per_term=runs_per_term, progress=tale)
    if result.created:
        path = tools.settings.home / "demo-truth.json"
        path.write_text(json.dumps(result.truth, ensure_ascii=False, indent=1), encoding="utf-8")
    return result


@click.command("import")
@click.argument("format_name", metavar="FORMAT")
@click.argument("paths", metavar="PATH|URL…", nargs=-1, required=True)
@click.option("--provider", metavar="ORGNR|CODE", help="The feed speaks for this provider only.")
@click.option("--dry-run", is_flag=True, help="Do everything, tell what would happen, change nothing.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day the delivery speaks of; today otherwise.")
@json_option
@click.pass_obj
@refusals
def import_(
    tools: Tools,
    format_name: str,
    paths: tuple[str, ...],
    provider: str | None,
    dry_run: bool,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """Take one or more files of a format, or what lies at an address. Refused or held: exit code 1."""
    with tempfile.TemporaryDirectory() as folder, progress("Importerer") as report:
        payloads = [_payload(tools, text, Path(folder) / str(number)) for number, text in enumerate(paths)]
        result = intake.import_payloads(
            tools.database,
            ACTOR,
            format_name,
            payloads,
            provider=provider,
            dry_run=dry_run,
            as_of=as_of.date() if as_of else None,
            payload_folder=tools.settings.home / "payloads",
            max_bytes=tools.settings.max_payload_bytes,
            keyring=Keyring.of(tools.settings),
            progress=lambda done: report(done, 0),
        )
    answer(result.to_json(), as_json, lambda: tell_import(result))
    if result.exit_code:
        raise SystemExit(result.exit_code)


def _payload(tools: Tools, text: str, into: Path) -> Payload:
    """The file, or what lies at the https address, fetched as a source's is."""
    if "://" not in text:
        if not Path(text).is_file():
            fail(f"Finner ikke filen {text}.", 2)
        return Payload(Path(text), Path(text).name)
    try:
        reply = Client(Limits(bytes=tools.settings.max_payload_bytes)).get(text, into, pages=True)
    except FetchFailed as failed:
        fail(failed.message)
    assert reply is not None  # nothing was asked with conditions
    return Payload(reply.path, text.partition("?")[0], reply.media_type)


def tell_import(result: ImportResult) -> None:
    """What became of the rows, and the first that were refused."""
    if result.message:
        click.echo(result.message, err=result.exit_code != 0)
    if result.outcome is ImportOutcome.REFUSED:
        return
    click.echo(
        f"{result.seen} rader lest: {result.new} nye, {result.changed} endret, {result.unchanged} uendret, "
        f"{result.quarantined} i karantene. {result.vanished} borte, {result.held} holdt tilbake."
    )
    for notice in result.notices:
        click.echo(f"Merk: {notice}")
    for rejection in result.rejections[:_SHOWN]:
        click.echo(f"  {rejection.payload} rad {rejection.position}: {rejection.reason} {rejection.cure}".rstrip())
    if result.quarantined > _SHOWN:
        click.echo(f"  … og {result.quarantined - _SHOWN} til. Se «registry quarantine list».")


@click.command("formats")
@json_option
def formats(as_json: bool) -> None:
    """The formats that can be imported, a line each."""
    listed = {name: module.TITLE for name, module in sorted(known_formats().items())}
    answer(listed, as_json, lambda: click.echo("\n".join(f"{name:<14} {title}" for name, title in listed.items())))


@click.group("quarantine")
def quarantine() -> None:
    """Rows that could not be taken: list, retry, discard."""


@quarantine.command("list")
@json_option
@click.pass_obj
@refusals
def quarantine_list(tools: Tools, as_json: bool) -> None:
    """Rows that wait, with the reason and the cure."""
    with tools.database.read() as session:
        query = select(QuarantinedRow).where(QuarantinedRow.state == QuarantineState.WAITING)
        rows = session.exec(query.order_by(col(QuarantinedRow.id))).all()
    listed = [
        {
            "id": row.pk,
            "payload": row.payload_name,
            "position": row.position,
            "reason": row.reason,
            "field": row.field,
            "value": row.value,
            "cure": row.cure,
        }
        for row in rows
    ]

    def words() -> None:
        for row in rows:
            click.echo(f"{row.pk:>6}  {row.payload_name} rad {row.position}: {row.reason} {row.cure}")
        click.echo(f"{len(rows)} rader venter.")

    answer(listed, as_json, words)


@quarantine.command("retry")
@click.argument("row_id", type=int)
@click.pass_obj
@refusals
def quarantine_retry(tools: Tools, row_id: int) -> None:
    """Take a row once more, for example after its provider became known."""
    with tools.database.write() as session:
        row = session.get(QuarantinedRow, row_id)
        result = intake.retry(
            session,
            ACTOR,
            row_id,
            row.raw if row else {},
            keyring=Keyring.of(tools.settings),
            payload_folder=tools.settings.home / "payloads",
        )
    tell_import(result)


@quarantine.command("discard")
@click.argument("row_id", type=int)
@click.option("--reason", required=True, help="Why the row is not wanted.")
@click.pass_obj
@refusals
def quarantine_discard(tools: Tools, row_id: int, reason: str) -> None:
    """Put a row aside for good; it is kept, with the reason."""
    with tools.database.write() as session:
        intake.discard(session, ACTOR, row_id, reason)
    click.echo("Raden er lagt bort.")


COMMANDS = (init, demo, import_, formats, quarantine)
