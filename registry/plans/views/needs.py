"""An owner's plan of one year, line by line: what is there, one more, another one in its place, one less."""

from collections.abc import Mapping
from typing import Any

from flask import redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.core.errors import Conflict, InvalidInput
from registry.core.text import norwegian_sort_key
from registry.plans import operations, queries
from registry.plans.forms import ANYBODY, NeedForm
from registry.plans.labels import PRIORITIES, STATES
from registry.plans.models import PlanNeed
from registry.plans.operations import Need, NeedKey
from registry.plans.views.shared import asked, blueprint
from registry.web.flashes import flash_done, flash_undo
from registry.web.forms import choices
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import N_, current_language, explained, gettext, ngettext
from registry.web.parts import actor, reading, writing

Names = Mapping[str, str]
_BETWEEN = "|"  #: of a key's parts: no code has it


@blueprint.get("/plan")
@guarded(Permission.PLAN_EDIT)
def plan() -> Response:
    """The plan, and a form for one more need or, with ``behov`` in the address, for that one."""
    return _page(None)


@blueprint.post("/plan")
@guarded(Permission.PLAN_EDIT)
def need_saved() -> Response:
    """One more need, or another one in place of ``behov``."""
    with reading() as session:
        form = _form(session, said=request.values)
    if not form.validate_on_submit():
        return _page(form, status=400)
    need = Need(
        form.subject.data, form.heads.data, int(form.priority.data), form.setting.data or None, form.role.data or None
    )
    try:
        with writing() as session:
            about = asked(session)
            operations.put_need(session, actor(), about.owner.pk, about.year, need, instead=_key())
    except (Conflict, InvalidInput) as refused:
        form.subject.errors = [explained(refused)]
        return _page(form, status=409 if isinstance(refused, Conflict) else 400)
    flash_done(gettext("Behovet er lagret. Send inn planen når den er ferdig."))
    return redirect(url_for("plans.plan", **about.arguments), 303)


@blueprint.post("/plan/fjern")
@guarded(Permission.PLAN_EDIT)
def need_dropped() -> Response:
    """One need less; it can be put back."""
    with writing() as session:
        about = asked(session)
        gone = operations.drop_need(session, actor(), about.owner.pk, about.year, _key() or ("", None, None))
        subjects, _, _ = _names(session)
    back: dict[str, Any] = {
        "subject": gone.subject_code,
        "setting": gone.setting or "",
        "role": gone.role or "",
        "heads": gone.head_count,
        "priority": gone.priority,
    }
    text = ngettext(
        "Behovet for %(num)d person i %(subject)s er fjernet.",
        "Behovet for %(num)d personer i %(subject)s er fjernet.",
        gone.head_count,
        subject=subjects[gone.subject_code],
    )
    flash_undo(text, url_for("plans.need_saved", **about.arguments, **back))
    return redirect(url_for("plans.plan", **about.arguments), 303)


def _page(form: NeedForm | None, status: int = 200) -> Response:
    with reading() as session:
        about = asked(session)
        held = queries.plan_of(session, about.owner.pk, about.year)
        rows = queries.needs(session, held)
        subjects, settings, roles = _names(session)
        changing = next((row for row in rows if _told(row) == request.args.get("behov")), None)
        form = form or _form(session, changing)
    return render(
        "plans/plan.html",
        status=status,
        about=about,
        plan=held,
        rows=[(row, _told(row)) for row in rows],
        changing=_told(changing) if changing else None,
        form=form,
        subjects=subjects,
        settings=settings,
        roles=roles,
        anybody=ANYBODY,
        priorities=PRIORITIES,
        states=STATES,
    )


def _form(session: Session, row: PlanNeed | None = None, said: Mapping[str, str] | None = None) -> NeedForm:
    """Empty, of a line of the plan, or as it was sent: filled in, or by the button that takes back a removal."""
    data: dict[str, Any] = {}
    if row is not None:
        data = {
            "subject": row.subject_code,
            "setting": row.setting or "",
            "role": row.role or "",
            "heads": row.head_count,
            "priority": str(row.priority),
        }
    form = NeedForm(formdata=said, data=data)
    subjects, settings, roles = _names(session)
    form.subject.choices = choices([("", N_("Velg fag")), *_sorted(subjects)])
    form.setting.choices = choices([("", ANYBODY), *settings.items()])
    form.role.choices = choices([("", ANYBODY), *roles.items()])
    return form


def _names(session: Session) -> tuple[Names, Names, Names]:
    """Code -> name in the reader's language; a nynorsk reader has the nynorsk names."""
    nynorsk = current_language() == "nn"
    subjects, settings, roles = (
        {one.code: one.name_nn if nynorsk else one.name_nb for one in some} for some in queries.names(session)
    )
    return subjects, settings, roles


def _sorted(named: Names) -> list[tuple[str, str]]:
    return sorted(named.items(), key=lambda one: norwegian_sort_key(one[1]))


def _told(row: PlanNeed) -> str:
    """A line's key as addresses and forms have it."""
    return _BETWEEN.join((row.subject_code, row.setting or "", row.role or ""))


def _key() -> NeedKey | None:
    """The line that is spoken of; None where none is."""
    parts = request.values.get("behov", "").split(_BETWEEN)
    return (parts[0], parts[1] or None, parts[2] or None) if len(parts) == 3 else None
