"""Commands for sources that are fetched: source list, add, change, pause, wake, run, history; deliveries resume."""

from typing import Any

import click
from sqlmodel import select

from registry.access.policy import system
from registry.cli.context import Tools, answer, fail, json_option, progress, refusals
from registry.cli.data import tell_import
from registry.core import clock
from registry.intake import operations as intake
from registry.intake.models import Source
from registry.intake.operations.fetching import Place
from registry.intake.operations.resuming import unfinished
from registry.intake.queries.health import SourceHealth, fetches, source_health
from registry.intake.source_checks import MOST_REDIRECTS, SourceDraft
from registry.intake.states import GOOD_FETCHES, SourceAuth, Walk
from registry.reference.models import Organisation

ACTOR = system("import")


@click.group("source")
def source() -> None:
    """Sources that are fetched: list, add, change, pause, wake, run, history."""


@source.command("list")
@json_option
@click.pass_obj
@refusals
def listed(tools: Tools, as_json: bool) -> None:
    """Every source with its condition, when data last came and when it is fetched next."""
    with tools.database.read() as session:
        found = source_health(session, clock.now())
    rows = [_told(health) for health in found]
    answer(
        rows,
        as_json,
        lambda: click.echo("\n".join(f"{r['key']:<36} {r['condition']:<9} {r['last_good'] or 'aldri'}" for r in rows)),
    )


def _told(health: SourceHealth) -> dict[str, Any]:
    source, bad = health.source, health.last_bad
    return {
        "key": source.key,
        "name": source.name,
        "format": source.format,
        "url": source.url,
        "walk": str(source.walk),
        "every_minutes": source.every_minutes,
        "condition": str(health.condition),
        "last_good": health.last_good.isoformat() if health.last_good else None,
        "last_bad": bad.started_at.isoformat() if bad else None,
        "message": bad.message if bad else None,
        "bad_in_a_row": health.bad_in_a_row,
        "next_at": health.next_at.isoformat() if health.next_at else None,
    }


_CHOICES = (
    click.option(
        "--walk",
        type=click.Choice([str(walk) for walk in Walk]),
        default=str(Walk.SINGLE),
        help="How the service hands out pages.",
    ),
    click.option("--every", type=int, metavar="MINUTES", help="How often; without it only when somebody asks."),
    click.option(
        "--auth",
        type=click.Choice([str(auth) for auth in SourceAuth]),
        default=str(SourceAuth.NONE),
        help="How the secret is shown.",
    ),
    click.option("--secret", metavar="VARIABLE", help="The environment variable with the secret: REGISTRY_FEED_…"),
    click.option(
        "--redirects", type=click.IntRange(0, MOST_REDIRECTS), default=0, help="How many redirects may be followed."
    ),
)


def _described(command: Any) -> Any:
    for option in reversed(_CHOICES):
        command = option(command)
    return command


@source.command("add")
@click.argument("format_name", metavar="FORMAT")
@click.argument("url")
@click.option("--name", required=True, help="What people call it.")
@click.option("--provider", metavar="CODE", help="The DBH code of the only provider it speaks for.")
@_described
@click.pass_obj
@refusals
def add(
    tools: Tools,
    format_name: str,
    url: str,
    name: str,
    provider: str | None,
    walk: str,
    every: int | None,
    auth: str,
    secret: str | None,
    redirects: int,
) -> None:
    """Add a source."""
    with tools.database.write() as session:
        owner = None
        if provider:
            owner = session.exec(select(Organisation.id).where(Organisation.dbh_code == provider)).first()
            if owner is None:
                fail(f"Tilbyderen {provider} finnes ikke i registeret.")
        draft = SourceDraft(name, format_name, url, owner, Walk(walk), every, SourceAuth(auth), secret, redirects)
        key = intake.add_source(session, ACTOR, draft).key
    click.echo(f"Kilden {key} er lagt til.")


@source.command("change")
@click.argument("key")
@click.option("--url", required=True, help="The address.")
@click.option("--name", required=True, help="What people call it.")
@_described
@click.pass_obj
@refusals
def change(
    tools: Tools,
    key: str,
    url: str,
    name: str,
    walk: str,
    every: int | None,
    auth: str,
    secret: str | None,
    redirects: int,
) -> None:
    """Describe a source anew."""
    found = _find(tools, key)
    draft = SourceDraft(
        name, found.format, url, found.organisation_id, Walk(walk), every, SourceAuth(auth), secret, redirects
    )
    with tools.database.write() as session:
        intake.change_source(session, ACTOR, found.pk, found.version, draft)
    click.echo(f"Kilden {key} er endret.")


@source.command("pause")
@click.argument("key")
@click.pass_obj
@refusals
def pause(tools: Tools, key: str) -> None:
    """Fetch it no more until it is woken."""
    with tools.database.write() as session:
        intake.pause_source(session, ACTOR, _find(tools, key).pk)
    click.echo(f"Kilden {key} er satt på pause.")


@source.command("wake")
@click.argument("key")
@click.pass_obj
@refusals
def wake(tools: Tools, key: str) -> None:
    """Fetch it at its times again."""
    with tools.database.write() as session:
        intake.wake_source(session, ACTOR, _find(tools, key).pk)
    click.echo(f"Kilden {key} hentes igjen.")


@source.command("run")
@click.argument("key")
@click.pass_obj
@refusals
def run(tools: Tools, key: str) -> None:
    """Fetch it now, and take in what comes. Nothing usable, or held: exit code 1."""
    place = Place(tools.settings.home, tools.settings.max_payload_bytes)
    with progress("Henter") as report:
        found = intake.fetch_source(
            tools.database, ACTOR, _find(tools, key).pk, place, progress=lambda done: report(done, 0)
        )
    if found is None:
        fail("Kilden hentes allerede.")
    fetch, result = found
    if result is not None:
        tell_import(result)
    elif fetch.message:
        click.echo(fetch.message, err=True)
    if fetch.outcome not in GOOD_FETCHES:
        raise SystemExit(1)


@source.command("history")
@click.argument("key")
@json_option
@click.pass_obj
@refusals
def history(tools: Tools, key: str, as_json: bool) -> None:
    """The newest fetches of a source."""
    found = _find(tools, key)
    with tools.database.read() as session:
        rows = fetches(session, found.pk, size=50).items
    answer(
        [row.model_dump(mode="json") for row in rows],
        as_json,
        lambda: click.echo(
            "\n".join(f"{r.started_at:%Y-%m-%d %H:%M}  {r.outcome:<10} {r.message or ''}".rstrip() for r in rows)
        ),
    )


def _find(tools: Tools, key: str) -> Source:
    with tools.database.read() as session:
        found = session.exec(select(Source).where(Source.key == key)).first()
    if found is None:
        fail(f"Kilden {key} finnes ikke. Se «registry source list».")
    return found


@click.command("resume")
@click.pass_obj
@refusals
def resume(tools: Tools) -> None:
    """Go on with deliveries that were broken off, by a crash or a stop."""
    left = unfinished(tools.database)
    for run_id in left:
        with progress("Importerer") as report:
            result = intake.resume(
                tools.database, ACTOR, run_id, tools.settings.home / "payloads", progress=lambda done: report(done, 0)
            )
        tell_import(result)
    if not left:
        click.echo("Ingen leveranser er avbrutt.")


COMMANDS = (source, resume)
