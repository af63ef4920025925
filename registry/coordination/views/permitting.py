"""The network's decision to let the last offer of a small subject go: recorded, and taken back before it is used."""

from flask import redirect, request, url_for
from sqlmodel import select
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.coordination import operations
from registry.coordination.forms import PermissionForm
from registry.coordination.presenting import subject_name
from registry.coordination.queries import small_subjects
from registry.coordination.queries.desk.permitted import standing_decision
from registry.coordination.views.shared import LABELS, blueprint
from registry.core import clock
from registry.core.errors import Conflict, NeedsReason, NotFound
from registry.offers.models import Offer, OfferSubject, Run
from registry.web.flashes import flash_done, flash_problem
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext
from registry.web.parts import actor, reading, writing


@blueprint.route("/vedtak/<key>/<subject>", methods=["GET", "POST"])
@guarded(Permission.NATIONAL_DECIDE)
def permit(key: str, subject: str) -> Response:
    """The network's decision to let the last national offer of a small subject go, or with ``kull`` one run of it."""
    form = PermissionForm()
    run: Run | None = None
    with reading() as session:
        offer = session.exec(select(Offer).where(Offer.key == key)).first()
        further = select(OfferSubject.offer_id).where(OfferSubject.subject_code == subject)
        if offer is None or (offer.subject_code != subject and offer.id not in set(session.exec(further))):
            raise NotFound("Tilbudet finnes ikke.")
        if subject not in small_subjects(session, clock.today()):
            flash_problem(gettext("Faget er ikke et lite fag. Tilbudet trenger ikke vedtak."))
            return redirect(url_for("coordination.small"), 303)
        name = subject_name(session, subject)
        if wanted := request.args.get("kull"):
            run = session.exec(select(Run).where(Run.key == wanted, Run.offer_id == offer.pk)).first()
            if run is None:
                raise NotFound("Kullet finnes ikke.")
        if standing_decision(session, offer.pk, subject, None if run is None else run.pk) is not None:
            flash_problem(
                gettext("Nettverket har alt ført et vedtak om dette, og det er ikke brukt. Ett vedtak gjelder ett tap.")
            )
            return redirect(_told(subject), 303)
    if not form.validate_on_submit():
        status = 400 if form.is_submitted() else 200
        return render(
            "coordination/permit.html", status=status, form=form, offer=offer, run=run, subject=name, **LABELS
        )
    try:
        with writing() as session:
            operations.national_decision(
                session, actor(), offer.pk, subject, form.reason.data, run_id=None if run is None else run.pk
            )
    except Conflict as refused:  # somebody has recorded it since the look above
        flash_problem(explained(refused))
        return redirect(_told(subject), 303)
    flash_done(gettext("Vedtaket er ført. Institusjonen kan nå gjøre det som vedtaket gjelder."))
    back = _told(subject) if run is None else url_for("coordination.rescue", key=run.key)
    return redirect(back, 303)


@blueprint.post("/sma-fag/<subject>/vedtak/<int:decision_id>/trekk")
@guarded(Permission.NATIONAL_DECIDE)
def withdraw_permit(subject: str, decision_id: int) -> Response:
    """The network takes back a decision that has not been used."""
    try:
        with writing() as session:
            operations.withdraw_national_decision(session, actor(), decision_id, request.form.get("reason", ""))
        flash_done(gettext("Vedtaket er trukket tilbake. Det kan fortsatt leses."))
    except (Conflict, NeedsReason) as refused:
        flash_problem(explained(refused))
    return redirect(_told(subject), 303)


def _told(subject: str) -> str:
    """Where the decisions about a subject are listed."""
    return f"{url_for('coordination.subject', code=subject)}#vedtak"
