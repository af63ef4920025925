"""Commands of the administrator and the keeper of keys: user, key, api-key, template."""

from datetime import datetime
from pathlib import Path

import click

from importers.formats import formats as known_formats
from registry.access.keyring import Keyring, add_key, drop_key
from registry.access.policy import system
from registry.access.roles import Role
from registry.api.models import ApiScope
from registry.api.operations import LONGEST_DAYS, issue_key, keys_of, revoke_key
from registry.applications.queries.keys import uses_of_keys
from registry.cli.context import Tools, answer, fail, json_option, refusals
from registry.core import audit, clock
from registry.intake.operations.landing.door import find_organisation
from registry.people import operations, queries
from registry.reference.models import Region

ADMINISTRATOR = system("administrator")
_KINDS = ("xlsx", "ods", "csv")


@click.group("user")
def user() -> None:
    """People and their roles: invite, grant, revoke, close, open, erase, list."""


@user.command("invite")
@click.argument("email")
@click.option("--name", required=True, help="As shown in the pages.")
@click.option("--language", default="nb", show_default=True)
@click.pass_obj
@refusals
def user_invite(tools: Tools, email: str, name: str, language: str) -> None:
    """Somebody who may sign in; holds no role before one is granted."""
    with tools.database.write() as session:
        number = operations.invite(session, ADMINISTRATOR, email, name, language=language).pk
    click.echo(f"{number}  {name} er invitert. Gi en rolle med «registry user grant {number} ROLLE».")


@user.command("grant")
@click.argument("person")
@click.argument("role", type=click.Choice([role.value for role in Role if role not in (Role.ANYONE, Role.SYSTEM)]))
@click.option("--organisation", help="Key, DBH code, organisation number or name, where the role is held for one.")
@click.option("--county", help="Code of a county, where the role is held for one.")
@click.option("--region", type=click.Choice([one.value for one in Region]), help="Of a coordinator; else the country.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day; for good otherwise.")
@click.pass_obj
@refusals
def user_grant(
    tools: Tools,
    person: str,
    role: str,
    organisation: str | None,
    county: str | None,
    region: str | None,
    until: datetime | None,
) -> None:
    """Give PERSON (number, or what they are known as) a role from today."""
    with tools.database.write() as session:
        membership = operations.grant(
            session,
            ADMINISTRATOR,
            queries.person_of(session, person).pk,
            Role(role),
            organisation_id=None if organisation is None else find_organisation(session, organisation).pk,
            county_code=county,
            region=Region(region) if region else None,
            until=until.date() if until else None,
        )
        number = membership.pk
    click.echo(f"Rollen er gitt. Ta den tilbake med «registry user revoke {number}».")


@user.command("revoke")
@click.argument("membership", type=int)
@click.pass_obj
@refusals
def user_revoke(tools: Tools, membership: int) -> None:
    """End a role at once, by the number that «user list» shows."""
    with tools.database.write() as session:
        operations.revoke(session, ADMINISTRATOR, membership)
    click.echo("Rollen er avsluttet.")


@user.command("close")
@click.argument("person")
@click.pass_obj
@refusals
def user_close(tools: Tools, person: str) -> None:
    """Close PERSON's access at once (number, or what they are known as); roles are kept."""
    with tools.database.write() as session:
        number = queries.person_of(session, person).pk
        operations.deactivate(session, ADMINISTRATOR, number)
    click.echo(f"Tilgangen er stengt. Åpne den igjen med «registry user open {number}».")


@user.command("open")
@click.argument("number", type=int)
@click.pass_obj
@refusals
def user_open(tools: Tools, number: int) -> None:
    """Open an access that was closed, by the person's number."""
    with tools.database.write() as session:
        operations.reactivate(session, ADMINISTRATOR, number)
    click.echo("Tilgangen er åpnet igjen.")


@user.command("erase")
@click.argument("number", type=int)
@click.confirmation_option(prompt="Opplysningene om personen slettes for godt. Fortsette?")
@click.pass_obj
@refusals
def user_erase(tools: Tools, number: int) -> None:
    """Erase a person's name, addresses, roles and sessions for good, by number; the log keeps the number."""
    with tools.database.write() as session:
        operations.erase(session, ADMINISTRATOR, number)
    click.echo("Personopplysningene er slettet.")


@user.command("list")
@click.option("--demo", is_flag=True, help="The invented people too.")
@json_option
@click.pass_obj
@refusals
def user_list(tools: Tools, demo: bool, as_json: bool) -> None:
    """Everybody with their roles."""
    with tools.database.read() as session:
        found = queries.people(session, demo=demo)
    today = clock.today()
    listed = [
        {
            "id": one.person.pk,
            "name": one.person.display_name,
            "known_as": one.person.known_as,
            "email": one.person.email,
            "state": str(queries.state_of(one.person)),
            "signed_in_before": one.person.issuer != queries.INVITED,
            "roles": [
                {
                    "id": held.membership.pk,
                    "role": str(held.membership.role),
                    "where": held.where,
                    "region": held.membership.region,
                    "from": held.membership.valid_from,
                    "to": held.membership.valid_to,
                    "holds": held.membership.valid_to is None or held.membership.valid_to >= today,
                }
                for held in one.roles
            ],
        }
        for one in found
    ]

    def words() -> None:
        for one in found:
            click.echo(f"{one.person.pk:>5}  {one.person.display_name}  {one.person.known_as or ''}".rstrip())
            for held in one.roles:
                until = f" til {held.membership.valid_to}" if held.membership.valid_to else ""
                click.echo(f"       {held.membership.pk:>5}  {held.membership.role} {held.where}{until}".rstrip())
        click.echo(f"{len(found)} personer.")

    answer(listed, as_json, words)


@click.group("key")
def key() -> None:
    """Keys of applicants' pseudonyms: rotate, list, drop."""


@key.command("rotate")
@click.pass_obj
@refusals
def key_rotate(tools: Tools) -> None:
    """A new key in use from now; earlier ones are recognised, and each applicant moves to the new one when next seen."""
    key_id = add_key(tools.settings)
    _record(tools, "key_rotated", key_id)
    click.echo(f"Nøkkelen {key_id} er i bruk. Ta kopi av {tools.settings.home}, utenom databasen.")


@key.command("list")
@json_option
@click.pass_obj
@refusals
def key_list(tools: Tools, as_json: bool) -> None:
    """Ids of the keys, and how many applications each still stands for."""
    ring = Keyring.of(tools.settings)
    with tools.database.read() as session:
        uses = uses_of_keys(session, ring.keys)
    listed = [{"id": one, "in_use": one == ring.current, "applications": uses[one]} for one in ring.keys]
    answer(
        listed,
        as_json,
        lambda: click.echo(
            "\n".join(
                f"{one}{' (i bruk)' if one == ring.current else '':<9}  {uses[one]:>7} søknader" for one in ring.keys
            )
        ),
    )


@key.command("drop")
@click.argument("key_id")
@click.option(
    "--force", is_flag=True, help="Even where applications stand under it: their people can never be recognised."
)
@click.pass_obj
@refusals
def key_drop(tools: Tools, key_id: str, force: bool) -> None:
    """Forget an earlier key for good."""
    with tools.database.read() as session:
        left = uses_of_keys(session, [key_id])[key_id]
    if left and not force:
        fail(
            f"{left} søknader står under {key_id}. De kan ikke kjennes igjen uten den. Bruk --force hvis det er meningen."
        )
    drop_key(tools.settings, key_id)
    _record(tools, "key_dropped", key_id)
    click.echo(f"Nøkkelen {key_id} er slettet.")


def _record(tools: Tools, event: str, key_id: str) -> None:
    with tools.database.write() as session:
        audit.record(
            session, actor=ADMINISTRATOR.name, thing="pseudonym_key", thing_id=0, event=event, details={"key": key_id}
        )


@click.group("api-key")
def api_key() -> None:
    """Keys of the API: issue, list, revoke."""


@api_key.command("issue")
@click.argument("organisation")
@click.option("--name", required=True, help="Which system uses it.")
@click.option("--scope", "scopes", multiple=True, required=True, type=click.Choice([str(one) for one in ApiScope]))
@click.option("--days", default=LONGEST_DAYS, show_default=True, help="How long it lasts.")
@click.pass_obj
@refusals
def api_key_issue(tools: Tools, organisation: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    """A key for an institution (key, DBH code, organisation number or name). Its token is shown once, on standard output."""
    with tools.database.write() as session:
        whose = find_organisation(session, organisation).pk
        issued = issue_key(session, ADMINISTRATOR, whose, name, {ApiScope(one) for one in scopes}, days=days)
        number, until = issued.key.pk, issued.key.expires_on
    click.echo(f"Nøkkel {number} varer til {until}. Den vises bare nå:", err=True)
    click.echo(issued.token)


@api_key.command("list")
@json_option
@click.pass_obj
@refusals
def api_key_list(tools: Tools, as_json: bool) -> None:
    """Every key; never a token."""
    with tools.database.read() as session:
        found = keys_of(session, None)
    listed = [
        {
            "id": one.pk,
            "institution": name,
            "name": one.name,
            "prefix": one.prefix,
            "scopes": one.scopes,
            "expires_on": one.expires_on,
            "last_used_on": one.last_used_on,
            "revoked": one.revoked_at is not None,
        }
        for one, name in found
    ]

    def words() -> None:
        for one in listed:
            ended = " trukket tilbake" if one["revoked"] else ""
            click.echo(f"{one['id']:>5}  tr_{one['prefix']}…  {one['institution']}: {one['name']}{ended}")
        click.echo(f"{len(listed)} nøkler.")

    answer(listed, as_json, words)


@api_key.command("revoke")
@click.argument("number", type=int)
@click.pass_obj
@refusals
def api_key_revoke(tools: Tools, number: int) -> None:
    """The key is worth nothing from now."""
    with tools.database.write() as session:
        revoke_key(session, ADMINISTRATOR, number)
    click.echo("Nøkkelen er trukket tilbake.")


@click.command("template")
@click.argument("format_name", metavar="FORMAT")
@click.argument("path", type=click.Path(path_type=Path))
@refusals
def template(format_name: str, path: Path) -> None:
    """Write an empty sheet to fill in; the ending of PATH (xlsx, ods or csv) says which kind."""
    made = {name: module for name, module in known_formats().items() if hasattr(module, "template")}
    if format_name not in made:
        fail(f"Formatet {format_name} har ingen mal. Maler: {', '.join(made)}.", 2)
    kind = path.suffix.removeprefix(".").lower()
    if kind not in _KINDS:
        fail(f"Filnavnet må slutte på {', '.join(f'.{one}' for one in _KINDS)}.", 2)
    if path.exists():
        fail(f"{path} finnes fra før. Velg et annet navn.")
    path.write_bytes(made[format_name].template(kind))
    click.echo(f"Malen ligger i {path}.")


COMMANDS = (user, key, api_key, template)
