"""The applicant's own page: what has happened, what to answer and by when, who has looked, and everything that is kept."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import Response as FlaskResponse
from flask import abort, g, redirect, request, url_for
from sqlmodel import Session, select
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.access.roles import Role
from registry.applications import operations, presenting, queries
from registry.applications.models import ApplicantContact, Application, Relocation
from registry.applications.queries.across import looks_at
from registry.applications.queries.commitments import Bond, Held, bond, held_places
from registry.applications.queries.ownership import everything_about
from registry.applications.states import Answer, Standing
from registry.applications.views.room import UNKNOWN, blueprint
from registry.core.errors import InvalidInput, RegistryError
from registry.offers.models import Offer, Run
from registry.web.flashes import flash_done, flash_problem
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext, ngettext
from registry.web.identifiers import form_id, form_ids
from registry.web.parts import actor, reading, writing


@dataclass(frozen=True, slots=True)
class Shown:
    """An application as the page shows it. ``up`` and ``down`` say whether it may be moved in the person's own order;
    ``terms`` are what a yes binds to where a rule of commitment holds.
    """

    item: queries.OwnApplication
    next: presenting.Next
    up: bool
    down: bool
    terms: presenting.Terms | None = None


def applies() -> bool:
    """Is the page of use to who asks? To those who have no work here, and to those who have applied."""
    if all(holding.role in (Role.ANYONE, Role.SEARCHER) for holding in actor().holdings):
        return True
    if "applies" not in g:
        with reading() as session:
            key = queries.own_key(session, actor().person)
            g.applies = key is not None and queries.has_any(session, key)
    return bool(g.applies)


@blueprint.get("/mine-soknader")
@guarded(Permission.APPLICATION_ANSWER)
def own() -> Response:
    """Everything the person has applied for: what must be answered first, then what is under way, then what is over."""
    with reading() as session:
        key = queries.own_key(session, actor().person)
        found = queries.own_applications(session, key) if key else []
        looks = looks_at(session, key) if key else []
        contact = _contact(session, key)
        bonds = _bonds(session, found)
        held = held_places(session, key) if key and bonds else []
    g.applies = bool(found)  # so that the menu need not ask
    shown = _shown(found, bonds, held)
    groups = [
        (group, [one for one in shown if one.next.group is group])
        for group in presenting.Group
        if any(one.next.group is group for one in shown)
    ]
    return render(
        "applications/own.html",
        groups=groups,
        looks=looks,
        contact=contact,
        known=key is not None,
        words=presenting,
        mail_languages=presenting.LANGUAGES,
    )


def _bonds(session: Session, found: Sequence[queries.OwnApplication]) -> dict[str, Bond]:
    """What binds in each term in which there is a place to answer."""
    asked = {one.run.term for one in found if one.application.answer is Answer.OFFERED}
    bonds = {term: bond(session, term) for term in asked}
    return {term: one for term, one in bonds.items() if not one.free}


def _shown(found: Sequence[queries.OwnApplication], bonds: Mapping[str, Bond], held: Sequence[Held]) -> list[Shown]:
    shown = []
    for item in found:
        moved = any(way.relocation.chosen_at for way in item.ways)
        line = _line(found, item)
        place = line.index(item.application.pk) if item.application.pk in line else -1
        shown.append(
            Shown(
                item,
                presenting.what_next(item.application, item.run, moved=moved),
                place > 0,
                0 <= place < len(line) - 1,
                _terms(item, bonds, held),
            )
        )
    return shown


def _terms(item: queries.OwnApplication, bonds: Mapping[str, Bond], held: Sequence[Held]) -> presenting.Terms | None:
    bound = bonds.get(item.run.term)
    if bound is None:
        return None
    there = [one for one in held if one.term == item.run.term and one.application_id != item.application.pk]
    return presenting.terms_of(bound, there, item.offer.credits)


def _line(found: Sequence[queries.OwnApplication], item: queries.OwnApplication) -> list[int]:
    """The person's open applications of the same term, in their own order."""
    return [
        one.application.pk
        for one in found
        if one.run.term == item.run.term and one.application.standing is Standing.OPEN
    ]


@blueprint.get("/mine-soknader/<int:application_id>/velg")
@guarded(Permission.APPLICATION_ANSWER)
def choose(application_id: int) -> Response:
    """Which place to keep, where a rule of commitment allows no further one."""
    with reading() as session:
        application = _own(session, application_id)
        run = session.get_one(Run, application.run_id)
        offer = session.get_one(Offer, run.offer_id)
        bound = bond(session, run.term)
        held = held_places(session, application.applicant_key, run.term)
    terms = presenting.terms_of(bound, held, offer.credits)
    if application.answer is not Answer.OFFERED or application.standing is not Standing.OPEN or not terms.hindered:
        return redirect(url_for("applications.own", _anchor=f"soknad-{application_id}"), code=303)
    return render("applications/choose.html", application=application, run=run, offer=offer, held=held, terms=terms)


@blueprint.post("/mine-soknader/<int:application_id>")
@guarded(Permission.APPLICATION_ANSWER)
def answer(application_id: int) -> Response:
    """Accept, decline, withdraw, move to another run, or change the order."""
    action = request.form.get("action", "")
    try:
        with writing() as session:
            application = _own(session, application_id)
            said = _answered(session, application, action)
        flash_done(said)
    except operations.Committed as fault:
        flash_problem(explained(fault))
        return redirect(url_for("applications.choose", application_id=application_id), code=303)
    except RegistryError as fault:
        flash_problem(explained(fault))
    return redirect(url_for("applications.own", _anchor=f"soknad-{application_id}"), code=303)


def _answered(session: Session, application: Application, action: str) -> str:
    match action:
        case "accept":
            given_up = operations.accept(session, actor(), application, giving_up=form_ids("giving_up"))
            if given_up:
                return ngettext(
                    "Du har takket ja til plassen og gitt fra deg den andre.",
                    "Du har takket ja til plassen og gitt fra deg %(num)s andre.",
                    len(given_up),
                )
            return gettext("Du har takket ja til plassen.")
        case "decline":
            operations.decline(session, actor(), application, request.form.get("reason") or None)
            return gettext("Du har takket nei til plassen.")
        case "withdraw":
            operations.withdraw(
                session, actor(), application, request.form.get("reason", ""), request.form.get("text") or None
            )
            return gettext("Søknaden er trukket.")
        case "move":
            relocation = session.get(Relocation, form_id("relocation") or 0)
            if relocation is None or relocation.application_id != application.pk:
                abort(404)
            operations.take_relocation(session, actor(), relocation)
            return gettext("Du er flyttet og har beholdt plassen i køen.")
        case "up" | "down":
            _reorder(session, application, -1 if action == "up" else 1)
            return gettext("Rekkefølgen er endret.")
    raise InvalidInput(UNKNOWN)


def _reorder(session: Session, application: Application, by: int) -> None:
    found = queries.own_applications(session, application.applicant_key)
    item = next(one for one in found if one.application.pk == application.pk)
    line = _line(found, item)
    place = line.index(application.pk) if application.pk in line else -1
    if place < 0 or not 0 <= place + by < len(line):
        raise InvalidInput("Søknaden kan ikke flyttes lenger.")
    line[place], line[place + by] = line[place + by], line[place]
    operations.prioritise(session, actor(), application.applicant_key, line)


@blueprint.post("/mine-soknader/varsler")
@guarded(Permission.APPLICATION_ANSWER)
def contact() -> Response:
    """Where and in which language the person is told; an empty address takes it away."""
    try:
        with writing() as session:
            key = queries.own_key(session, actor().person)
            if key is None:
                abort(404)
            address = request.form.get("email", "")
            operations.set_contact(
                session,
                actor(),
                key,
                address,
                request.form.get("language", ""),
                daily=request.form.get("pace") == "daily",
            )
        flash_done(
            gettext("Du får varsler til %(address)s.", address=address.strip())
            if address.strip()
            else gettext("Du får ikke lenger varsler. Adressen er slettet.")
        )
    except RegistryError as fault:
        flash_problem(explained(fault))
    return redirect(url_for("applications.own", _anchor="varsler"), code=303)


@blueprint.get("/mine-soknader/mine-opplysninger")
@guarded(Permission.APPLICATION_ANSWER)
def data() -> Response:
    """Everything that is kept of the person's applications, to read or print."""
    with reading() as session:
        key = queries.own_key(session, actor().person)
        kept = everything_about(session, key) if key else None
    return render("applications/data.html", kept=kept, words=presenting)


@blueprint.get("/mine-soknader/mine-opplysninger.json")
@guarded(Permission.APPLICATION_ANSWER)
def data_file() -> Response:
    """The same for a machine."""
    with reading() as session:
        key = queries.own_key(session, actor().person)
        kept = everything_about(session, key).to_json() if key else {}
    response = FlaskResponse(json.dumps(kept, ensure_ascii=False, indent=1), content_type="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="mine-soknader.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _contact(session: Session, key: str | None) -> ApplicantContact | None:
    if key is None:
        return None
    return session.exec(select(ApplicantContact).where(ApplicantContact.applicant_key == key)).first()


def _own(session: Session, application_id: int) -> Application:
    """Somebody else's application is not found."""
    key = queries.own_key(session, actor().person)
    found = session.get(Application, application_id)
    if found is None or key is None or found.applicant_key != key:
        abort(404)
    return found
