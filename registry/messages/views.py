"""The operator's page of mail. Addresses and words of messages are shown in a demonstration only, where nobody is real."""

from collections.abc import Callable

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING
from registry.core import clock
from registry.core.errors import NotFound
from registry.messages import queries
from registry.messages.operations import send, usable_address
from registry.messages.rendering import known_language, render
from registry.messages.states import MessageState
from registry.web.flashes import flash_done, flash_problem
from registry.web.fragments import render as page
from registry.web.guard import guarded
from registry.web.i18n import N_, current_language, gettext, page_blueprint
from registry.web.parts import actor, parts, reading, writing
from registry.web.tables import Column, Kind, Table

blueprint = page_blueprint("messages", __name__, "/drift/e-post")
blueprints = (blueprint,)

STATES = {
    MessageState.QUEUED: N_("I kø"),
    MessageState.SENT: N_("Sendt"),
    MessageState.FAILED: N_("Prøves igjen"),
    MessageState.GIVEN_UP: N_("Gitt opp"),
}
_SHOWN = 50


@blueprint.get("")
@guarded(Permission.HEALTH_READ)
def overview() -> Response:
    """How much mail there is of each kind, and what became of the newest."""
    demo = parts().settings.demo
    with reading() as session:
        found, newest = queries.figures(session), queries.newest(session, _SHOWN)
    return page(
        "messages/overview.html",
        server=bool(parts().settings.mail_url),
        keep_days=parts().settings.mail_keep_days,
        figures=Table(
            "e-post",
            (
                Column("kind", N_("Melding")),
                *(Column(state, label, Kind.NUMBER, value=_count_in(state)) for state, label in STATES.items()),
            ),
            found,
        ),
        newest=Table(
            "siste-e-post",
            (
                Column(
                    "kind",
                    N_("Melding"),
                    href=lambda one: url_for("messages.one", message_id=one.pk) if demo and one.context else None,
                ),
                Column("language", N_("Språk")),
                Column("created_at", N_("Bestilt"), Kind.MOMENT),
                Column("state", N_("Status"), Kind.LABEL, value=lambda one: STATES[one.state]),
                Column("attempts", N_("Forsøk"), Kind.NUMBER),
                Column("sent_at", N_("Sendt"), Kind.MOMENT),
                Column("error", N_("Feil")),
            ),
            newest,
        ),
    )


def _count_in(state: MessageState) -> Callable[[queries.KindFigures], int]:
    return lambda row: row.counts.get(state, 0)


@blueprint.get("/<int:message_id>")
@guarded(Permission.HEALTH_READ)
def one(message_id: int) -> Response:
    """The words of one message, in a demonstration; elsewhere they are between us and the reader."""
    settings = parts().settings
    with reading() as session:
        message = queries.find(session, message_id)
    if not settings.demo or message.context is None:
        raise NotFound("Innholdet i meldingen vises ikke her.")
    words = render(
        message.kind,
        known_language(message.language),
        message.context,
        site=settings.site_url,
        stop_path=message.stop_path,
    )
    return page("messages/one.html", message=message, words=words)


@blueprint.post("/prove")
@guarded(Permission.JOB_RUN)
def trial() -> Response:
    """Queue a trial mail to an address that the operator writes."""
    actor().require(Permission.JOB_RUN, EVERYTHING)
    to = request.form.get("to", "").strip()
    if usable_address(to):
        moment = clock.now()
        with writing() as session:
            send(
                session,
                kind="trial",
                to=to,
                language=current_language(),
                context={"at": moment},
                dedupe=f"trial:{actor().name}:{moment.isoformat()}",
            )
        flash_done(gettext("Prøven er lagt i kø."))
    else:
        flash_problem(gettext("Skriv en gyldig e-postadresse."))
    return redirect(url_for("messages.overview"))
