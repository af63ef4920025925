"""Commands that run the service: run, serve, worker, scheduler, job, check, audit."""

import gc
import subprocess
import threading
from typing import Any

import click
from sqlmodel import col, select

from registry.applications.queries.folded import unlike_the_ledger
from registry.cli import mainjob
from registry.cli.context import NO_INDEX, Tools, answer, fail, json_option, refusals
from registry.coordination import country_cache
from registry.core import audit as chain
from registry.core import clock
from registry.migrations.run import at_head
from registry.schedule import outbox, scheduler
from registry.schedule.invariants import broken
from registry.schedule.jobs import JOBS
from registry.schedule.listeners import LISTENERS
from registry.schedule.models import JobRun
from registry.schedule.runner import Workshop, run_slot
from search.protocol import SearchUnavailable

_WORKER_REST = 1.0  # seconds between two looks at an empty outbox


def workshop(tools: Tools) -> Workshop:
    return Workshop(tools.database, tools.settings, tools.search)


@click.command("run")
@click.option("--serve/--no-serve", default=True, help="Serve the pages afterwards.")
@click.pass_obj
@refusals
def run(tools: Tools, serve: bool) -> None:
    """The main job from nothing: set up, gather, index, flag, track, tell, serve."""
    mainjob.run(tools)
    if serve:
        _serve(tools, with_company=True)


@click.command("serve")
@click.pass_obj
@refusals
def serve(tools: Tools) -> None:
    """The web server alone."""
    _serve(tools, with_company=False)


def _serve(tools: Tools, *, with_company: bool) -> None:
    from waitress import create_server

    from registry.app import create_app

    settings = tools.settings
    app = create_app(settings, tools.database, tools.search)
    gc.collect()
    gc.freeze()  # what lives as long as the server need not be walked through again: that took a quarter of a second, now and then
    try:
        server = create_server(app, host=settings.host, port=settings.port, threads=8, ident="")
    except OSError:
        fail(f"Port {settings.port} er opptatt. Velg en annen med REGISTRY_PORT=8001 make run.")
    company = [subprocess.Popen([*mainjob.THIS_COMMAND, part]) for part in ("worker", "scheduler") if with_company]  # noqa: S603 - our own command
    # A signal sets a flag, and the main thread does nothing but wait for it: an exception that is raised wherever the server
    # happens to be can be swallowed there, and the server would go on for ever.
    stop = mainjob.stop_signal()
    threading.Thread(target=_until_it_ends, args=(server, stop), daemon=True).start()
    # The first pre-check need not wait.
    threading.Thread(target=country_cache.warm, args=(tools.database,), daemon=True).start()
    click.echo(f"Åpne http://{settings.host}:{settings.port}/ i nettleseren. Stopp med Ctrl+C.")
    stop.wait()
    server.task_dispatcher.shutdown()  # what is being answered may end
    for process in company:
        process.terminate()
    for process in company:
        process.wait(timeout=30)


def _until_it_ends(server: Any, stop: threading.Event) -> None:
    try:
        server.run()
    finally:
        stop.set()


@click.command("worker")
@click.option("--once", is_flag=True, help="Stop when nothing waits.")
@click.pass_obj
@refusals
def worker(tools: Tools, once: bool) -> None:
    """The outbox worker: keeps the search index true, and builds it where there is none. SIGTERM finishes the batch first."""
    stop = mainjob.stop_signal()
    outbox.rebuild_where_missing(tools.database, tools.search)
    while not stop.is_set():
        done = outbox.drain(tools.database, tools.search, listeners=LISTENERS)
        if once and not done:
            return
        if not done:
            stop.wait(_WORKER_REST)


@click.command("scheduler")
@click.pass_obj
@refusals
def scheduler_(tools: Tools) -> None:
    """The one scheduler; a second one waits until the first is gone."""
    scheduler.run_forever(workshop(tools), JOBS)


@click.group("job")
def job() -> None:
    """Jobs: list, run one now, history."""


@job.command("list")
@json_option
def job_list(as_json: bool) -> None:
    """Every job with how often it runs."""
    listed = [{"name": j.name, "every_seconds": int(j.every.total_seconds()), "text": j.text} for j in JOBS]
    answer(listed, as_json, lambda: click.echo("\n".join(f"{j.name:<22} {j.every!s:<16} {j.text}" for j in JOBS)))


@job.command("run")
@click.argument("name")
@click.pass_obj
@refusals
def job_run(tools: Tools, name: str) -> None:
    """Run a job now."""
    found = next((j for j in JOBS if j.name == name), None)
    if found is None:
        fail(f"Jobben {name} finnes ikke. Jobbene er: {', '.join(j.name for j in JOBS)}.", 2)
    outcome = run_slot(workshop(tools), found, clock.now())
    click.echo(f"{name}: {outcome}")
    if outcome != "done":
        raise SystemExit(1)


@job.command("history")
@json_option
@click.pass_obj
@refusals
def job_history(tools: Tools, as_json: bool) -> None:
    """The newest fifty runs of jobs."""
    with tools.database.read() as session:
        rows = session.exec(select(JobRun).order_by(col(JobRun.started_at).desc()).limit(50)).all()
    answer(
        [row.model_dump(mode="json") for row in rows],
        as_json,
        lambda: click.echo("\n".join(f"{r.started_at:%Y-%m-%d %H:%M}  {r.job:<22} {r.outcome}" for r in rows)),
    )


@click.command("check")
@json_option
@click.pass_obj
@refusals
def check(tools: Tools, as_json: bool) -> None:
    """Settings, database, migrations, index and impossible states: one line each. Exit code 1 where one fails."""
    lines: list[tuple[str, bool, str]] = [("innstillinger", True, str(tools.settings.home.resolve()))]
    head = at_head(tools.raw_database)
    lines.append(("database", head, "nyeste form" if head else "kjør «registry init»"))
    if head:
        lines.append(("søkeindeks", *_index(tools)))
        with tools.database.read() as session:
            found = broken(session)
            first = chain.first_broken(session)
            unlike = unlike_the_ledger(session)
        lines.append(("umulige tilstander", not found, "ingen" if not found else "; ".join(map(str, found[:5]))))
        folded = f"avviker for {', '.join(unlike[:5])}: kjør «registry figures rebuild»" if unlike else "som loggen"
        lines.append(("tall for hver dag", not unlike, folded))
        lines.append(("endringslogg", first is None, "hel" if first is None else f"brutt ved rad {first}"))
    answer(
        [{"what": what, "ok": ok, "detail": detail} for what, ok, detail in lines],
        as_json,
        lambda: click.echo("\n".join(f"{'ok  ' if ok else 'FEIL'}  {what:<20} {detail}" for what, ok, detail in lines)),
    )
    if not all(ok for _, ok, _ in lines):
        raise SystemExit(1)


def _index(tools: Tools) -> tuple[bool, str]:
    """Whether the index holds what the database holds, and in words."""
    try:
        drift = outbox.check(tools.database, tools.search)
    except SearchUnavailable:
        return False, NO_INDEX
    return not drift.differs, drift.summary()


@click.group("audit")
def audit() -> None:
    """The audit log."""


@audit.command("verify")
@click.pass_obj
@refusals
def audit_verify(tools: Tools) -> None:
    """Recompute the chain; name the first broken row."""
    with tools.database.read() as session:
        first = chain.first_broken(session)
    if first is not None:
        fail(f"Endringsloggen er brutt ved rad {first}.")
    click.echo("Endringsloggen er hel.")


COMMANDS = (run, serve, worker, scheduler_, job, check, audit)
