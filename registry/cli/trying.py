"""Commands that hold advice and rules against what happened: backtest."""

from typing import Any

import click

from registry.applications.commitment import RuleKind
from registry.applications.queries.replays import TermReplay, replays
from registry.applications.queries.yields import back_tests
from registry.cli.context import Tools, answer, fail, json_option, refusals


@click.group("backtest")
def backtest() -> None:
    """Advice and rules, held against past terms. Nothing is changed."""


@backtest.command("overbooking")
@json_option
@click.pass_obj
@refusals
def overbooking(tools: Tools, as_json: bool) -> None:
    """The advice on overbooking: each term predicted from the terms before it."""
    with tools.database.read() as session:
        tests = back_tests(session)
    if not tests:
        fail("Det er for få kull som har begynt. Det trengs minst 30 i hver av to terminer.")
    rows: list[dict[str, Any]] = [
        {
            "term": one.term,
            "asked": one.asked,
            "runs": one.test.runs,
            "coverage_80": round(one.test.coverage, 3),
            "mean_error": round(one.test.error, 2),
            "mean_error_plain": round(one.test.error_without, 2),
            "level": round(one.test.level, 3),
        }
        for one in tests
    ]
    asked = {"offered": "av tilbudte", "accepted": "av ja-svar"}

    def words() -> None:
        click.echo("termin  andel         kull  innenfor 80 %  avvik  avvik, landets snitt  nivå")
        for row in rows:
            click.echo(
                f"{row['term']:<7} {asked[row['asked']]:<12} {row['runs']:>5}  {row['coverage_80']:>13.1%}"
                f"  {row['mean_error']:>5.2f}  {row['mean_error_plain']:>20.2f}  {row['level']:>4.2f}"
            )

    answer(rows, as_json, words)


@backtest.command("commitment")
@click.option("--rule", type=click.Choice([kind.value for kind in RuleKind]), default=RuleKind.ONE_PLACE.value)
@click.option("--limit", type=click.FloatRange(min=0), help="Credits a term, or days to answer.")
@click.option("--term", multiple=True, help="A term such as 2025H; every term that has begun otherwise.")
@json_option
@click.pass_obj
@refusals
def commitment(tools: Tools, rule: str, limit: float | None, term: tuple[str, ...], as_json: bool) -> None:
    """A rule of commitment replayed on the places that were really offered."""
    kind = RuleKind(rule)
    if kind != RuleKind.ONE_PLACE and limit is None:
        fail("Oppgi --limit: studiepoeng i terminen, eller dager til svar.", 2)
    with tools.database.read() as session:
        found = replays(session, kind, limit, term or None)
    if not found:
        fail("Ingen kull har begynt ennå, så det er ingenting å prøve regelen på.")

    def words() -> None:
        click.echo("termin  plasser  personer  frigjort  ventet på  dager før  stanset med urett")
        for one in found:
            click.echo(_line(one))

    answer([one.to_json() for one in found], as_json, words)


def _line(one: TermReplay) -> str:
    told = one.replay
    return (
        f"{one.term:<7} {told.offered:>7}  {told.people:>8}  {told.released:>8}  {told.wanted:>9}"
        f"  {told.days_earlier:>9.0f}  {told.blocked_people:>6} ({told.blocked_share:.1%})"
    )


COMMANDS = (backtest,)
