"""What the registry learns from answers about duplicates: the versions, what the next would change, and the way back."""

from flask import Response as FileResponse
from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING
from registry.coordination import operations
from registry.coordination.forms import ReturnForm
from registry.coordination.queries.desk.card_effects import UNLISTED, Effect, contradicted, effect_of
from registry.coordination.queries.desk.card_lessons import (
    Lesson,
    judged_by,
    next_training,
    prepare,
    prepare_return,
    training_of,
    unseen,
    versions,
)
from registry.coordination.queries.desk.duplicate_card import answers, newest_card
from registry.coordination.queries.detecting.word_weights import fitted_on
from registry.coordination.views.shared import LABELS, blueprint, sees_every_case
from registry.core.errors import Refused, Stale
from registry.web.flashes import flash_done, flash_problem
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext
from registry.web.parts import actor, reading, writing


@blueprint.get("/laering")
@guarded(Permission.CASE_READ)
def learning() -> Response:
    """The versions, the answers that are new, and those that the card contradicts."""
    _sees_all()
    with reading() as session:
        nothing = None
        try:
            next_training(session)
        except Refused as refused:
            nothing = explained(refused)
        return render(
            "coordination/learning.html",
            versions=versions(session),
            judged_by=judged_by(session),
            answers=len(answers(session)),
            unseen=unseen(session),
            nothing=nothing,
            contradicted=contradicted(session, newest_card(session)),
            weights=fitted_on(session),
            may_learn=actor().may(Permission.RULE_EDIT, EVERYTHING),
            **LABELS,
        )


@blueprint.get("/laering/ny")
@guarded(Permission.RULE_EDIT)
def lesson() -> Response:
    """What learning now would change, before anybody does it."""
    with reading() as session:
        try:
            found = prepare(session)
        except Refused as refused:
            flash_problem(explained(refused))
            return redirect(url_for("coordination.learning"))
        return _preview(found, effect_of(session, found.card))


@blueprint.post("/laering/ny")
@guarded(Permission.RULE_EDIT)
def learn() -> Response:
    """Learn as previewed. The arithmetic is done before anything is written."""
    try:
        with reading() as session:
            found = prepare(session)
        if request.form.get("sett") != found.proof:
            raise Stale("Noen har svart eller lært i mellomtiden. Se på virkningen på nytt.")
        with writing() as session:
            version = operations.learn_duplicates(session, actor(), found).version
    except Stale as stale:
        flash_problem(explained(stale))
        return redirect(url_for("coordination.lesson"), 303)
    except Refused as refused:
        flash_problem(explained(refused))
        return _back()
    flash_done(gettext("Versjon %(version)s er lært. Neste leting etter dubletter vurderer med den.", version=version))
    return _back()


@blueprint.route("/laering/<int:version>/tilbake", methods=["GET", "POST"])
@guarded(Permission.RULE_EDIT)
def earlier(version: int) -> Response:
    """What going back to an earlier version would change, and going back: a new version that cites it."""
    if request.method == "GET":
        return _earlier(version, None)
    form = ReturnForm()
    if not form.validate_on_submit():
        return _earlier(version, form, 400)
    seen = form.seen.data or ""
    try:
        with writing() as session:
            made = operations.take_up_again(
                session, actor(), version, seen=int(seen) if seen.isdecimal() else 0, reason=form.reason.data
            ).version
    except Stale as stale:
        form.reason.errors = [*form.reason.errors, explained(stale)]
        return _earlier(version, form, 409)
    except Refused as refused:
        flash_problem(explained(refused))
        return _back()
    flash_done(
        gettext(
            "Versjon %(version)s vurderer som versjon %(earlier)s. Ingenting er slettet.", version=made, earlier=version
        )
    )
    return _back()


@blueprint.get("/laering/<int:version>/treningsdata.csv")
@guarded(Permission.CASE_READ)
def training_data(version: int) -> Response:
    """The pairs that a version was learnt from: levels and answers, no names."""
    _sees_all()
    with reading() as session:
        body = training_of(session, version)
    response = FileResponse(body, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="dubletter-versjon-{version}.csv"'
    return response


def _earlier(version: int, form: ReturnForm | None, status: int = 200) -> Response:
    with reading() as session:
        try:
            found = prepare_return(session, version)
        except Refused as refused:
            flash_problem(explained(refused))
            return _back()
        effect = effect_of(session, found.card)
    if form is None:
        form = ReturnForm(formdata=None)
    form.seen.data = str(found.follows)
    return _preview(found, effect, form, status)


def _preview(found: Lesson, effect: Effect, form: ReturnForm | None = None, status: int = 200) -> Response:
    return render(
        "coordination/lesson.html", status=status, found=found, effect=effect, form=form, unlisted=UNLISTED, **LABELS
    )


def _back() -> Response:
    return redirect(url_for("coordination.learning"), 303)


def _sees_all() -> None:
    """Answers of every institution are told of: seeing the cases of one's own is not enough."""
    if not sees_every_case():
        abort(404)  # as for any foreign thing
