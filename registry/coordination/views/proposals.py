"""Proposals between institutions: put, answered, taken back."""

from flask import redirect, request
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.coordination import operations
from registry.coordination.forms import AnswerForm, DecisionForm, ProposalForm
from registry.coordination.models import Proposal
from registry.coordination.policy import readable_pair
from registry.coordination.queries.desk.board import rows_of
from registry.coordination.queries.desk.proposals import waiting_for
from registry.coordination.views.pairs import pair_page
from registry.coordination.views.shared import LABELS, address_of, blueprint
from registry.core.errors import Conflict, IllegalTransition, InvalidInput, NeedsReason, NotFound
from registry.reference.models import Organisation
from registry.web.flashes import flash_done, flash_problem
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext
from registry.web.parts import actor, reading, writing


@blueprint.get("/forslag")
@guarded(Permission.CASE_READ)
def proposals() -> Response:
    """Proposals that wait for an answer, those put to one's own institution first."""
    mine = actor().organisations(Permission.CASE_READ)
    with reading() as session:
        waiting = waiting_for(session, mine)
        pairs = {row.pair.pk: row for row in rows_of(session, [one.pair_id for one in waiting])}
        waiting.sort(key=lambda one: (mine is not None and one.receiver_id not in mine, one.proposed_at, one.pk))
        rows = [
            (one, pairs[one.pair_id], _name(session, one.sender_id), _name(session, one.receiver_id)) for one in waiting
        ]
        return render("coordination/proposals.html", rows=rows, mine=mine or frozenset(), **LABELS)


def _name(session: Session, organisation_id: int | None) -> str:
    """The institution's name; empty for the network. Organisations are few and stay in the session."""
    found = session.get(Organisation, organisation_id) if organisation_id else None
    return found.name_nb if found else ""


@blueprint.post("/par/<int:pair_id>/forslag")
@guarded(Permission.CASE_ANSWER)
def propose(pair_id: int) -> Response:
    """An institution proposes to the other one."""
    form = ProposalForm()
    sender = request.form.get("sender", "")
    if not form.validate_on_submit():
        return pair_page(pair_id, DecisionForm(formdata=None), 400, proposal_form=form)
    try:
        with writing() as session:
            operations.propose(
                session, actor(), pair_id, int(sender) if sender.isdecimal() else 0, form.way.data, form.text.data
            )
    except (InvalidInput, Conflict) as refused:
        flash_problem(explained(refused))
    else:
        flash_done(gettext("Forslaget er sendt. Ingenting er avgjort før den andre institusjonen har sagt ja."))
    return redirect(address_of(pair_id), 303)


@blueprint.post("/forslag/<int:proposal_id>/svar")
@guarded(Permission.CASE_ANSWER)
def answer(proposal_id: int) -> Response:
    """Yes, or no with a reason."""
    form = AnswerForm()
    with reading() as session:
        pair_id = _pair_of(session, proposal_id)
    said_yes = form.accepted.data == "ja"
    if not form.validate_on_submit():
        flash_problem(gettext("Velg ja eller nei."))
        return redirect(address_of(pair_id), 303)
    try:
        with writing() as session:
            operations.answer_proposal(session, actor(), proposal_id, accepted=said_yes, text=form.text.data)
    except (NeedsReason, IllegalTransition) as refused:
        flash_problem(explained(refused))
    else:
        flash_done(
            gettext("Dere har sagt ja. Svaret gjelder nå.")
            if said_yes
            else gettext("Dere har sagt nei. Nettverket ser begrunnelsen.")
        )
    return redirect(address_of(pair_id), 303)


@blueprint.post("/forslag/<int:proposal_id>/trekk")
@guarded(Permission.CASE_ANSWER)
def withdraw(proposal_id: int) -> Response:
    """Who proposed takes it back."""
    with writing() as session:
        pair_id = operations.withdraw(session, actor(), proposal_id).pair_id
    flash_done(gettext("Forslaget er trukket."))
    return redirect(address_of(pair_id), 303)


def _pair_of(session: Session, proposal_id: int) -> int:
    proposal = session.get(Proposal, proposal_id)
    if proposal is None:
        raise NotFound("Forslaget finnes ikke.")
    return readable_pair(session, actor(), proposal.pair_id).pk
