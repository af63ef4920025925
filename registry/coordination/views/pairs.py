"""The review room: one pair with its evidence, four answers, undo, remarks, and the same answer to all alike."""

from flask import redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.coordination import operations
from registry.coordination.forms import CommentForm, DecisionForm, ProposalForm
from registry.coordination.labels import SAMENESS_LABELS, VERDICT_LABELS
from registry.coordination.models import Pair
from registry.coordination.operations.deciding import standing_decisions
from registry.coordination.policy import readable_pair
from registry.coordination.presenting import field_rows, reach_tiles, side_marks, term_points
from registry.coordination.queries import board, room
from registry.coordination.queries.cases import cases_with
from registry.coordination.queries.proposals import by_decision, leading, proposals_of, receivers
from registry.coordination.queries.sides import seen_offers
from registry.coordination.states import PairKind, ProposalState, Verdict
from registry.coordination.views.shared import LABELS, address_of, asked, blueprint, may_see_exactly, wanted_pairs
from registry.core import clock
from registry.core.errors import InvalidInput, NeedsReason
from registry.rules.register import rules_on
from registry.web.flashes import flash_done, flash_undo
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext, ngettext
from registry.web.parts import actor, reading, writing


@blueprint.get("/par/<int:pair_id>")
@guarded(Permission.CASE_READ)
def pair(pair_id: int) -> Response:
    """One pair, the evidence first."""
    return pair_page(pair_id, DecisionForm())


def pair_page(pair_id: int, form: DecisionForm, status: int = 200, **more: object) -> Response:
    """The page of a pair with these forms in it; ``more`` are other forms that were sent back."""
    with reading() as session:
        found = readable_pair(session, actor(), pair_id)
        base = int(rules_on(session, clock.today())["SMALL_CELL"])
        left, right = seen_offers(session, (found.a_offer_id, found.b_offer_id), may_see_exactly, base)
        charts, top = term_points(left, right)
        standing = standing_decisions(session, [pair_id]).get(pair_id)
        put = by_decision(session, [standing.pk]).get(standing.pk, []) if standing else []
        mine = actor().organisations(Permission.CASE_ANSWER)
        waiting = [one for one in proposals_of(session, pair_id) if one.state is ProposalState.WAITING]
        return render(
            "coordination/pair.html",
            status=status,
            pair=found,
            sides=(left, right),
            marks=side_marks(2),
            feeds=actor().organisations(Permission.IMPORT_READ),
            cases=cases_with(session, found) if found.kind is PairKind.OVERLAP else [],
            rows=field_rows(session, left, right),
            charts=charts,
            top=top,
            tiles=reach_tiles(session, left, right),
            log=room.log_of(session, pair_id),
            standing=standing,
            put=put,
            receivers=receivers(session, put),
            to_answer=[one for one in waiting if mine is None or one.receiver_id in mine],
            own_waiting=[one for one in waiting if mine and one.sender_id in mine],
            senders=_senders(session, found, mine),
            reopening=room.reopening(session, pair_id) if standing is None else None,
            place=room.place_of(session, wanted_pairs(found.kind), found),
            names={str(left.id): left.card["title"], str(right.id): right.card["title"]},
            may_decide=actor().may(Permission.CASE_DECIDE),
            form=form,
            comment_form=more.get("comment_form") or CommentForm(formdata=None),
            proposal_form=more.get("proposal_form") or ProposalForm(formdata=None),
            answers=answers_of(found.kind),
            parameters=asked(),
            **LABELS,
        )


def answers_of(kind: PairKind) -> list[tuple[str, str]]:
    """The four answers in the order of their keys."""
    labels = VERDICT_LABELS if kind is PairKind.OVERLAP else SAMENESS_LABELS
    return [(verdict.value, labels[verdict]) for verdict in Verdict]


def _senders(session: Session, found: Pair, mine: frozenset[int] | None) -> list[int]:
    """The institutions of the pair that the person asking may propose on behalf of, while nothing is agreed."""
    if not mine or found.kind is not PairKind.OVERLAP or found.gone_on:
        return []
    return sorted(set(leading(session, (found.a_offer_id, found.b_offer_id)).values()) & mine)


@blueprint.post("/par/<int:pair_id>/avgjor")
@guarded(Permission.CASE_DECIDE)
def decide(pair_id: int) -> Response:
    """Record an answer and go on to the next pair; it can be taken back."""
    form = DecisionForm()
    if not form.validate_on_submit():
        return pair_page(pair_id, form, 400)
    try:
        with writing() as session:
            decision = operations.decide(
                session,
                actor(),
                pair_id,
                form.verdict.data,
                form.note.data,
                fault=form.fault.data,
                way=form.way.data,
            )
            kind = session.get_one(Pair, pair_id).kind
    except (InvalidInput, NeedsReason) as refused:
        form.note.errors = [*form.note.errors, explained(refused)]
        return pair_page(pair_id, form, 400)
    told = gettext(dict(answers_of(kind))[decision.verdict])
    undo_at = url_for("coordination.undo", decision_id=decision.pk, **asked())
    if kind is PairKind.DUPLICATE and decision.verdict is Verdict.COORDINATE:
        flash_undo(gettext("Svart: %(answer)s.", answer=told), undo_at)
        return redirect(url_for("coordination.merge", pair_id=pair_id, **asked()), 303)
    with reading() as session:
        following = room.next_of(session, wanted_pairs(kind), session.get_one(Pair, pair_id)) if asked() else None
    flash_undo(gettext("Svart: %(answer)s.", answer=told), undo_at)
    return redirect(address_of(following or pair_id), 303)


@blueprint.post("/avgjorelse/<int:decision_id>/angre")
@guarded(Permission.CASE_DECIDE)
def undo(decision_id: int) -> Response:
    """Take an answer back: what it replaced stands again."""
    with writing() as session:
        found = operations.undo(session, actor(), decision_id)
        pair_id = found.pk
        standing = standing_decisions(session, [pair_id])
    flash_done(
        gettext("Svaret er angret. Det forrige svaret gjelder igjen.")
        if standing
        else gettext("Svaret er angret. Paret venter på svar igjen.")
    )
    return redirect(address_of(pair_id), 303)


@blueprint.post("/par/<int:pair_id>/kommentar")
@guarded(Permission.CASE_READ)
def comment(pair_id: int) -> Response:
    """A remark that everybody who sees the pair reads."""
    form = CommentForm()
    if not form.validate_on_submit():
        return pair_page(pair_id, DecisionForm(formdata=None), 400, comment_form=form)
    with writing() as session:
        operations.comment(session, actor(), pair_id, form.text.data)
    flash_done(gettext("Kommentaren er lagt til."))
    return redirect(f"{address_of(pair_id)}#logg", 303)


@blueprint.get("/par/<int:pair_id>/like")
@guarded(Permission.CASE_DECIDE)
def alike(pair_id: int) -> Response:
    """Pairs with the same pattern of evidence, before one answer is given to them all."""
    return _alike_page(pair_id, DecisionForm())


def _alike_page(pair_id: int, form: DecisionForm, status: int = 200) -> Response:
    with reading() as session:
        found = readable_pair(session, actor(), pair_id)
        rows = board.rows_of(session, [pair_id, *room.alike(session, found)])
        return render(
            "coordination/alike.html",
            status=status,
            pair=found,
            rows=rows,
            form=form,
            answers=answers_of(found.kind),
            parameters=asked(),
            **LABELS,
        )


@blueprint.post("/par/<int:pair_id>/like/avgjor")
@guarded(Permission.CASE_DECIDE)
def decide_alike(pair_id: int) -> Response:
    """The same answer to the pairs that were ticked in the preview."""
    form = DecisionForm()
    chosen = {int(one) for one in request.form.getlist("par") if one.isdecimal()}
    if not form.validate_on_submit():
        return _alike_page(pair_id, form, 400)
    try:
        with writing() as session:
            allowed = {pair_id, *room.alike(session, readable_pair(session, actor(), pair_id))}
            batch = operations.decide_many(
                session,
                actor(),
                chosen & allowed,
                form.verdict.data,
                form.note.data,
                fault=form.fault.data,
                way=form.way.data,
            )
    except (InvalidInput, NeedsReason) as refused:
        form.note.errors = [*form.note.errors, explained(refused)]
        return _alike_page(pair_id, form, 400)
    number = len(chosen & allowed)
    flash_undo(
        ngettext("%(num)s par har fått svaret.", "%(num)s par har fått svaret.", number),
        url_for("coordination.undo_batch", batch=batch, pair_id=pair_id, **asked()),
    )
    return redirect(address_of(pair_id), 303)


@blueprint.post("/par/<int:pair_id>/svargruppe/<batch>/angre")
@guarded(Permission.CASE_DECIDE)
def undo_batch(pair_id: int, batch: str) -> Response:
    """Take back all of a batch that still stands."""
    with writing() as session:
        number = operations.undo_batch(session, actor(), batch)
    flash_done(ngettext("%(num)s svar er angret.", "%(num)s svar er angret.", number))
    return redirect(address_of(pair_id), 303)
