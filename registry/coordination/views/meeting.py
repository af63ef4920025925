"""Meetings: the papers as they would be, frozen for a meeting, as page, print and files, with what was decided."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import Response as FileResponse
from flask import abort, redirect, request, url_for
from sqlmodel import Session, col, select
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.coordination import operations
from registry.coordination.forms import MeetingDecisionForm, MeetingForm, WithdrawPapersForm
from registry.coordination.labels import EVENT_LABELS, PERMITTED_LABELS, REGION_LABELS
from registry.coordination.meetings import (
    Pack,
    begun_from,
    build_pack,
    canonical,
    digest_of,
    has_decided,
    instead_of,
    items_of,
    last_meeting,
)
from registry.coordination.models import Meeting, MeetingDecision
from registry.coordination.papers import DEMONSTRATION, FIGURES, as_text, as_workbook
from registry.coordination.queries.desk.people import names_of
from registry.coordination.views.shared import LABELS, blueprint, one_of
from registry.core import clock
from registry.core.errors import Conflict, InvalidInput, NotFound
from registry.core.text import slug
from registry.web.export import TYPES
from registry.web.flashes import flash_done, flash_problem
from registry.web.formatting import long_date, term_name
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext
from registry.web.parts import actor, parts, reading, writing

_ODT = "application/vnd.oasis.opendocument.text"


@blueprint.get("/moter")
@guarded(Permission.CASE_READ)
def meetings() -> Response:
    """Every meeting whose papers were frozen, newest first, and the form for one more."""
    return _meetings_page(MeetingForm(formdata=None))


def _meetings_page(form: MeetingForm, status: int = 200) -> Response:
    _sees_all()
    with reading() as session:
        found = session.exec(select(Meeting).order_by(col(Meeting.held_on).desc(), col(Meeting.id).desc())).all()
        return render(
            "coordination/meetings.html",
            status=status,
            meetings=found,
            form=form,
            may_decide=actor().may(Permission.CASE_DECIDE),
            **LABELS,
        )


@blueprint.get("/moter/utkast")
@guarded(Permission.CASE_READ)
def draft() -> Response:
    """The papers as they would be today."""
    _sees_all()
    region = one_of(request.args.get("region"), REGION_LABELS) or None
    with reading() as session:
        before = last_meeting(session, region, clock.today())
        pack = build_pack(session, as_of=clock.today(), region=region, since=before.frozen_at if before else None)
    return _papers(None, pack, [])


@blueprint.post("/moter")
@guarded(Permission.CASE_DECIDE)
def freeze() -> Response:
    """Freeze the papers for a meeting."""
    form = MeetingForm()
    if not form.validate_on_submit():
        return _meetings_page(form, 400)
    try:
        with writing() as session:
            region = form.region.data or None
            made = operations.freeze_meeting(session, actor(), form.title.data, form.held_on.data, region)
            meeting_id = made.pk
    except InvalidInput as refused:
        form.held_on.errors = [*form.held_on.errors, explained(refused)]
        return _meetings_page(form, 400)
    flash_done(gettext("Sakspapirene er frosset. De endrer seg ikke mer."))
    return redirect(url_for("coordination.meeting", meeting_id=meeting_id), 303)


@blueprint.get("/moter/<int:meeting_id>")
@guarded(Permission.CASE_READ)
def meeting(meeting_id: int) -> Response:
    """A meeting's papers as they were frozen, and what was decided."""
    _sees_all()
    return _meeting_page(meeting_id, WithdrawPapersForm(formdata=None))


def _meeting_page(meeting_id: int, withdrawal: WithdrawPapersForm, status: int = 200) -> Response:
    with reading() as session:
        found = _found(session, meeting_id)
        instead = instead_of(session, found) if found.withdrawn_at else None
        return _papers(
            found,
            found.pack,
            _decisions(session, meeting_id),
            status=status,
            withdrawal=withdrawal,
            instead=instead,
            has_decided=has_decided(session, meeting_id),
            begun_from=begun_from(session, found),
            who=names_of(session, (found.withdrawn_by or "",)).get(found.withdrawn_by or "", ""),
        )


@blueprint.get("/moter/<int:meeting_id>.<any(odt, xlsx, json):paper>")
@guarded(Permission.CASE_READ)
def meeting_file(meeting_id: int, paper: str) -> Response:
    """The same papers as a file."""
    _sees_all()
    with reading() as session:
        found = _found(session, meeting_id)
        words = _words(found.pack)
        mark = " ".join(_marks(found))
        decided = [
            (words.get(one.item or "", ""), one.text) for one in _decisions(session, meeting_id) if not one.struck_at
        ]
        name = f"{found.held_on.isoformat()}-{slug(found.title) or 'mote'}{'-trukket-tilbake' if found.withdrawn_at else ''}"
        if paper == "json":
            return _file(canonical(found.pack), TYPES["json"], f"{name}.json")
        if paper == "xlsx":
            return _file(as_workbook(found.pack, decided, mark), TYPES["xlsx"], f"{name}.xlsx")
        return _file(as_text(found.title, found.held_on, found.pack, decided, mark), _ODT, f"{name}.odt")


@blueprint.post("/moter/<int:meeting_id>/vedtak")
@guarded(Permission.CASE_DECIDE)
def decide_in_meeting(meeting_id: int) -> Response:
    """Record what the meeting decided."""
    form = MeetingDecisionForm()
    if form.validate_on_submit():
        try:
            with writing() as session:
                operations.decide_in_meeting(session, actor(), meeting_id, form.text.data, form.item.data or None)
            flash_done(gettext("Vedtaket er ført."))
        except (InvalidInput, Conflict) as refused:
            flash_problem(explained(refused))
    else:
        with reading() as session:
            _found(session, meeting_id)
        flash_problem(gettext("Skriv hva møtet vedtok."))
    return redirect(f"{url_for('coordination.meeting', meeting_id=meeting_id)}#vedtak", 303)


@blueprint.post("/moter/vedtak/<int:decision_id>/stryk")
@guarded(Permission.CASE_DECIDE)
def strike(decision_id: int) -> Response:
    """Strike out what was recorded by mistake."""
    with writing() as session:
        meeting_id = operations.strike_decision(session, actor(), decision_id).meeting_id
    flash_done(gettext("Vedtaket er strøket. Det kan fortsatt leses."))
    return redirect(f"{url_for('coordination.meeting', meeting_id=meeting_id)}#vedtak", 303)


@blueprint.post("/moter/<int:meeting_id>/trekk")
@guarded(Permission.CASE_DECIDE)
def withdraw_papers(meeting_id: int) -> Response:
    """Say that frozen papers no longer hold, and why."""
    form = WithdrawPapersForm()
    if not form.validate_on_submit():
        return _meeting_page(meeting_id, form, 400)
    try:
        with writing() as session:
            operations.withdraw_papers(session, actor(), meeting_id, form.reason.data)
    except Conflict as refused:
        flash_problem(explained(refused))
    else:
        flash_done(gettext("Papirene er trukket tilbake. De kan fortsatt leses."))
    return redirect(url_for("coordination.meeting", meeting_id=meeting_id), 303)


def _papers(
    found: Meeting | None, pack: Pack, decisions: list[MeetingDecision], *, status: int = 200, **more: Any
) -> Response:
    form = MeetingDecisionForm(formdata=None)
    return render(
        "coordination/papers.html",
        status=status,
        permitted=PERMITTED_LABELS,
        meeting=found,
        pack=pack,
        figures=FIGURES,
        events=EVENT_LABELS,
        decisions=decisions,
        words=_words(pack),
        form=form,
        is_whole=found is None or digest_of(pack) == found.digest,
        may_decide=actor().may(Permission.CASE_DECIDE),
        day_of=date.fromisoformat,
        **more,
        **LABELS,
    )


def _marks(found: Meeting) -> Iterator[str]:
    """What stands at the head of every page of the papers' files."""
    if found.withdrawn_at is not None:
        yield gettext(
            "Trukket tilbake %(date)s: %(reason)s",
            date=long_date(clock.local_day(found.withdrawn_at)),
            reason=found.withdrawal_reason or "",
        )
    if parts().settings.demo:
        yield gettext(DEMONSTRATION)


def _words(pack: Pack) -> dict[str, str]:
    """What a decision may be about, told so that two of one title are told apart."""
    terms = {run["item"]: term_name(run["term"]) for run in pack["at_risk"]}
    told = {}
    for item, words in items_of(pack):
        kind, _, key = item.partition(":")
        if kind == "case":
            told[item] = f"{gettext('Sak %(number)s', number=key)}: {words}"
        elif kind == "run":
            told[item] = f"{gettext('Utsatt kull')}: {words}, {terms[item]}"
        else:
            told[item] = f"{gettext('Lite fag')}: {words}"
    return told


def _found(session: Session, meeting_id: int) -> Meeting:
    found = session.get(Meeting, meeting_id)
    if found is None:
        raise NotFound("Møtet finnes ikke.")
    return found


def _decisions(session: Session, meeting_id: int) -> list[MeetingDecision]:
    query = select(MeetingDecision).where(MeetingDecision.meeting_id == meeting_id)
    return list(session.exec(query.order_by(col(MeetingDecision.id))).all())


def _sees_all() -> None:
    """The papers hold every institution's figures: seeing the cases of one's own is not enough."""
    if actor().organisations(Permission.CASE_READ) is not None:
        abort(404)  # as for any foreign thing


def _file(body: bytes, media: str, name: str) -> Response:
    response = FileResponse(body, content_type=media)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
