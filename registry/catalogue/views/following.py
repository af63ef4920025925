"""Searches that somebody follows: save one, the list of one's own, and the page behind the link in every letter."""

from datetime import timedelta

from flask import abort, redirect, request, url_for
from sqlmodel import Session, col, select
from werkzeug.wrappers import Response

from registry.access.models import Person
from registry.access.permissions import Permission
from registry.catalogue import addresses, operations
from registry.catalogue.following import picture, query_of
from registry.catalogue.labels import RHYTHMS
from registry.catalogue.models import Rhythm, SavedSearch
from registry.catalogue.news import mark_deadlines
from registry.catalogue.operations.following import by_token
from registry.catalogue.parameters import parse
from registry.catalogue.views.pages import pages
from registry.core import clock
from registry.core.errors import RegistryError
from registry.rules.register import rules_on
from registry.web.flashes import flash_done, flash_problem, flash_undo
from registry.web.fragments import render
from registry.web.guard import guarded, public
from registry.web.i18n import current_language, explained, gettext
from registry.web.parts import actor, parts, reading, writing
from registry.web.security import csrf
from search.protocol import SearchUnavailable


@pages.post("/lagre-sok")
@guarded(Permission.SEARCH_SAVE)
def save() -> Response:
    """Follow the search whose address the form holds. It is asked before anything is written: a slow engine keeps no writer waiting."""
    query = parse((name, value) for name, value in request.form.items(multi=True) if name not in ("navn", "rytme"))
    today = clock.today()
    try:
        with reading() as session:
            rules = rules_on(session, today)
            notice = timedelta(days=rules["FOLLOW_DEADLINE_DAYS"])
            now = picture(session, parts().search, query, int(rules["FOLLOW_MOST_OFFERS"]), today)
        with writing() as session:
            saved = operations.follow(
                session,
                actor(),
                query,
                name=request.form.get("navn", ""),
                rhythm=_rhythm() or Rhythm.WEEKLY,
                language=current_language(),
                found=now.total,
                seen=mark_deadlines({}, now.seen, today, notice),
            )
            has_address = bool(_person(session).email)
    except SearchUnavailable:
        flash_problem(gettext("Søket kan ikke lagres akkurat nå. Prøv igjen om litt."))
        return redirect(addresses.address(query), code=303)
    except RegistryError as fault:
        flash_problem(explained(fault))
        return redirect(addresses.address(query), code=303)
    flash_done(gettext("«%(name)s» er lagret.", name=saved.name))
    if not has_address:
        flash_problem(gettext("Skriv inn e-postadressen din for å få varsler."))
    return redirect(url_for("catalogue.saved"), code=303)


@pages.get("/mine-lagrede-sok")
@guarded(Permission.SEARCH_SAVE)
def saved() -> Response:
    """One's own searches, and where mail goes."""
    with reading() as session:
        rows = session.exec(
            select(SavedSearch)
            .where(SavedSearch.person_id == actor().person, col(SavedSearch.removed_at).is_(None))
            .order_by(col(SavedSearch.id))
        ).all()
        email = _person(session).email
    return render(
        "catalogue/saved.html",
        rows=[(row, addresses.address(query_of(row.query))) for row in rows],
        email=email,
        rhythms=[(value, gettext(label)) for value, label in RHYTHMS.items()],
    )


@pages.post("/mine-lagrede-sok/<int:saved_id>")
@guarded(Permission.SEARCH_SAVE)
def change_saved(saved_id: int) -> Response:
    """Another name, another rhythm, or gone; what is gone may be taken back."""
    with writing() as session:
        row = _own(session, saved_id)
        match request.form.get("gjor"):
            case "slett":
                operations.remove(session, actor(), row)
                undo = url_for("catalogue.restore_saved", saved_id=saved_id)
                flash_undo(gettext("«%(name)s» er slettet.", name=row.name), undo)
            case _:
                try:
                    operations.rename(session, actor(), row, request.form.get("navn", ""))
                    operations.set_rhythm(session, actor(), row, _rhythm())
                    flash_done(gettext("«%(name)s» er endret.", name=row.name))
                except RegistryError as fault:
                    flash_problem(explained(fault))
    return redirect(url_for("catalogue.saved"), code=303)


@pages.post("/mine-lagrede-sok/<int:saved_id>/angre")
@guarded(Permission.SEARCH_SAVE)
def restore_saved(saved_id: int) -> Response:
    """Take a removal back."""
    with writing() as session:
        row = _own(session, saved_id)
        operations.restore(session, actor(), row)
    flash_done(gettext("«%(name)s» er tilbake.", name=row.name))
    return redirect(url_for("catalogue.saved"), code=303)


@pages.post("/mine-lagrede-sok/adresse")
@guarded(Permission.SEARCH_SAVE)
def change_address() -> Response:
    """Where one's mail goes."""
    try:
        with writing() as session:
            operations.set_address(session, actor(), request.form.get("epost", ""))
        flash_done(gettext("Adressen er lagret."))
    except RegistryError as fault:
        flash_problem(explained(fault))
    return redirect(url_for("catalogue.saved"), code=303)


@pages.get("/varsel/<token>")
@public
def notice(token: str) -> Response:
    """The page behind the link in every letter. Reading it changes nothing: mail programs open links by themselves."""
    with reading() as session:
        row = by_token(session, token)
        until = clock.today() + timedelta(days=rules_on(session, clock.today())["FOLLOW_DAYS"])
    return render("catalogue/notice.html", row=row, until=until, search=addresses.address(query_of(row.query)))


@pages.post("/varsel/<token>")
@public
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF has no types
def stop_notice(token: str) -> Response:
    """One click, without sign-in: the mail program posts ``List-Unsubscribe=One-Click`` by itself (RFC 8058)."""
    with writing() as session:
        operations.stop(session, token)
    return redirect(url_for("catalogue.notice", token=token), code=303)


@pages.post("/varsel/<token>/forleng")
@public
def extend_notice(token: str) -> Response:
    """Go on, or begin again."""
    with writing() as session:
        operations.extend(session, token)
    flash_done(gettext("Varslene fortsetter."))
    return redirect(url_for("catalogue.notice", token=token), code=303)


def _rhythm() -> Rhythm | None:
    """None for never, and for what cannot be one."""
    given = request.form.get("rytme", "")
    return Rhythm(given) if given in set(Rhythm) else None


def _person(session: Session) -> Person:
    return session.get(Person, actor().person) or abort(403)


def _own(session: Session, saved_id: int) -> SavedSearch:
    """Somebody else's is not found."""
    found = session.get(SavedSearch, saved_id) if saved_id < 2**31 else None
    if found is None or found.person_id != actor().person:
        abort(404)
    return found
