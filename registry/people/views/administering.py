"""The administrator's pages: who is there, and one person with roles, access and log."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from flask import redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING
from registry.access.roles import Role
from registry.core import clock
from registry.core.errors import Conflict, InvalidInput, NotFound
from registry.people import labels, operations, queries
from registry.people.forms import EraseForm
from registry.people.queries import Known, State, Wanted, Whom
from registry.reference.models import Region
from registry.web.flashes import flash_done, flash_problem, flash_undo
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext, page_blueprint
from registry.web.pagination import Pagination, page_number
from registry.web.parts import actor, parts, reading, writing

blueprint = page_blueprint("administering", __name__, "/personer")

_Choice = TypeVar("_Choice", bound=StrEnum)


@blueprint.get("")
@guarded(Permission.PEOPLE_GRANT)
def listed() -> Response:
    """Those who hold a role; by a search, a role or a choice, others."""
    wanted = Wanted(
        request.args.get("q", "").strip(),
        _chosen(Role, request.args.get("rolle")),
        _chosen(Whom, request.args.get("hvem")) or Whom.WITH_ROLE,
    )
    today = clock.today()
    with reading() as session:
        page = queries.found_people(session, wanted, today, page_number(), demo=_demo())
    return render(
        "people/list.html",
        page=page,
        pagination=Pagination(page.number, page.size, page.total),
        wanted=wanted,
        today=today,
        state_of=queries.state_of,
        labels=labels,
        roles=[("", gettext("Alle roller")), *_spoken(labels.ROLES)],
        whom=_spoken(labels.WHOM),
    )


@blueprint.get("/<int:person_id>")
@guarded(Permission.PEOPLE_GRANT)
def shown(person_id: int) -> Response:
    """One person: how the access is, every role, and what the log says."""
    with reading() as session:
        known = queries.known(session, person_id, demo=_demo())
        log = queries.log_of(session, person_id) if actor().may(Permission.AUDIT_READ, EVERYTHING) else ()
        return render(
            "people/person.html",
            known=known,
            state=queries.state_of(known.person),
            today=clock.today(),
            log=log,
            names=queries.names_in(session, log),
            labels=labels,
            regions=_spoken(labels.REGIONS),
        )


@blueprint.post("/<int:person_id>/steng")
@guarded(Permission.PEOPLE_GRANT)
def closed(person_id: int) -> Response:
    """No sign-in, role or mail from now on."""
    try:
        with writing() as session:
            _seen(session, person_id)
            operations.deactivate(session, actor(), person_id)
    except Conflict as refused:
        flash_problem(explained(refused))
    else:
        undo = url_for("administering.opened", person_id=person_id)
        flash_undo(gettext("Tilgangen er stengt, og åpne økter er avsluttet."), undo)
    return _back(person_id)


@blueprint.post("/<int:person_id>/apne")
@guarded(Permission.PEOPLE_GRANT)
def opened(person_id: int) -> Response:
    """They may sign in again."""
    try:
        with writing() as session:
            _seen(session, person_id)
            operations.reactivate(session, actor(), person_id)
    except Conflict as refused:
        flash_problem(explained(refused))
    else:
        flash_done(gettext("Tilgangen er åpnet igjen, med rollene som fortsatt gjelder."))
    return _back(person_id)


@blueprint.post("/<int:person_id>/roller/<int:membership_id>/region")
@guarded(Permission.PEOPLE_GRANT)
def region_given(person_id: int, membership_id: int) -> Response:
    """The region that a coordinator is told of."""
    try:
        with writing() as session:
            _held(session, person_id, membership_id)
            said = request.form.get("region", "")
            region = _chosen(Region, said)
            if said and region is None:
                raise InvalidInput("Velg en region.")
            operations.set_region(session, actor(), membership_id, region)
    except (Conflict, InvalidInput) as refused:
        flash_problem(explained(refused))
    else:
        flash_done(gettext("Regionen er lagret."))
    return _back(person_id)


@blueprint.post("/<int:person_id>/roller/<int:membership_id>/avslutt")
@guarded(Permission.PEOPLE_GRANT)
def revoked(person_id: int, membership_id: int) -> Response:
    """A role ends at once."""
    try:
        with writing() as session:
            _held(session, person_id, membership_id)
            operations.revoke(session, actor(), membership_id)
    except Conflict as refused:
        flash_problem(explained(refused))
    else:
        flash_done(gettext("Rollen er avsluttet."))
    return _back(person_id)


@blueprint.route("/<int:person_id>/slett", methods=["GET", "POST"])
@guarded(Permission.PEOPLE_GRANT)
def erased(person_id: int) -> Response:
    """What goes and what stays; then it is done for good, where the box says that it is meant."""
    form = EraseForm()
    if form.validate_on_submit():
        try:
            with writing() as session:
                _seen(session, person_id)
                operations.erase(session, actor(), person_id)
        except Conflict as refused:
            flash_problem(explained(refused))
        else:
            flash_done(gettext("Personopplysningene er slettet."))
        return _back(person_id)
    with reading() as session:
        known = _seen(session, person_id)
        if queries.state_of(known.person) is State.ERASED:
            return _back(person_id)
        going = operations.what_goes(session, person_id)
        return render("people/erase.html", status=400 if form.errors else 200, form=form, known=known, going=going)


def _demo() -> bool:
    return parts().settings.demo


def _seen(session: Session, person_id: int) -> Known:
    """Raises NotFound for whom the pages do not show."""
    return queries.known(session, person_id, demo=_demo())


def _held(session: Session, person_id: int, membership_id: int) -> None:
    """Raises NotFound for a role that is not this person's."""
    if all(held.membership.pk != membership_id for held in _seen(session, person_id).roles):
        raise NotFound("Rollen finnes ikke.")


def _spoken(words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Choices of a list, in the reader's language."""
    return [(value, gettext(text)) for value, text in words.items()]


def _chosen(choices: type[_Choice], text: str | None) -> _Choice | None:
    return next((one for one in choices if one.value == text), None)


def _back(person_id: int) -> Response:
    return redirect(url_for("administering.shown", person_id=person_id), 303)
