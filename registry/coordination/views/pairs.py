"""The review room: one pair with its evidence, four answers, undo, remarks, and the same answer to all alike."""

from collections.abc import Sequence
from typing import cast

from flask import redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.coordination import operations
from registry.coordination.forms import AnswerToManyForm, CommentForm, DecisionForm, ProposalForm
from registry.coordination.labels import SAMENESS_LABELS, VERDICT_LABELS
from registry.coordination.models import Decision, Pair
from registry.coordination.operations.deciding import as_seen, standing_decisions
from registry.coordination.policy import readable_pair, scope_of_offers
from registry.coordination.presenting import field_rows, reach_tiles, side_marks, term_points, told_of_many
from registry.coordination.queries.desk import board, reviewing
from registry.coordination.queries.desk.cases import cases_with
from registry.coordination.queries.desk.merges import merge_of_pair
from registry.coordination.queries.desk.proposals import by_decision, leading, proposals_of, receivers
from registry.coordination.queries.desk.side_by_side import seen_offers
from registry.coordination.queries.detecting.detections import judged_by, rule_of
from registry.coordination.states import PairKind, ProposalState, Verdict
from registry.coordination.views.shared import (
    LABELS,
    address_of,
    asked,
    blueprint,
    case_asked,
    may_see_exactly,
    wanted_pairs,
)
from registry.core import clock
from registry.core.errors import Conflict, InvalidInput, NeedsReason, Stale
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


def pair_page(
    pair_id: int, form: DecisionForm, status: int = 200, refused: Conflict | None = None, **more: object
) -> Response:
    """The page of a pair with these forms in it; ``more`` are other forms that were sent back.

    ``refused`` is why an answer or its undoing was not done: somebody came first, which the page tells of.
    """
    with reading() as session:
        found = readable_pair(session, actor(), pair_id)
        base = int(rules_on(session, clock.today())["SMALL_CELL"])
        left, right = seen_offers(session, (found.a_offer_id, found.b_offer_id), may_see_exactly, base)
        charts, top = term_points(left, right)
        standing = standing_decisions(session, [pair_id]).get(pair_id)
        put = by_decision(session, [standing.pk]).get(standing.pk, []) if standing else []
        mine = actor().organisations(Permission.CASE_ANSWER)
        waiting = [one for one in proposals_of(session, pair_id) if one.state is ProposalState.WAITING]
        if refused or not form.seen.data:  # a form sent back for another reason is still about what was seen then
            form.seen.data = as_seen(found, standing)
        return render(
            "coordination/pair.html",
            status=status,
            pair=found,
            rule=rule_of(found, judged_by(session, [found])[found.detection_id].rules),
            sides=(left, right),
            marks=side_marks(2),
            feeds=actor().organisations(Permission.IMPORT_READ),
            cases=cases_with(session, found) if found.kind is PairKind.OVERLAP else [],
            rows=field_rows(session, left, right),
            charts=charts,
            top=top,
            tiles=reach_tiles(session, left, right),
            log=reviewing.log_of(session, pair_id),
            standing=standing,
            merged=merge_of_pair(session, pair_id),
            may_merge=actor().may(
                Permission.OFFER_MERGE, scope_of_offers(session, (found.a_offer_id, found.b_offer_id))
            ),
            refused=refused and explained(refused),
            first=reviewing.answered_by(session, pair_id).get(pair_id) if refused else None,
            put=put,
            receivers=receivers(session, put),
            to_answer=[one for one in waiting if mine is None or one.receiver_id in mine],
            own_waiting=[one for one in waiting if mine and one.sender_id in mine],
            senders=_senders(session, found, mine),
            reopening=reviewing.reopening(session, pair_id) if standing is None else None,
            place=reviewing.place_of(session, wanted_pairs(found.kind), found),
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
                seen=form.seen.data,
            )
            kind = session.get_one(Pair, pair_id).kind
    except (InvalidInput, NeedsReason) as refused:
        form.note.errors = [*form.note.errors, explained(refused)]
        return pair_page(pair_id, form, 400)
    except Stale as stale:
        return pair_page(pair_id, form, 409, stale)
    told = gettext(dict(answers_of(kind))[decision.verdict])
    undo_at = url_for("coordination.undo", decision_id=decision.pk, **asked())
    if kind is PairKind.DUPLICATE and decision.verdict is Verdict.COORDINATE:
        flash_undo(gettext("Svart: %(answer)s.", answer=told), undo_at)
        return redirect(url_for("coordination.merge", pair_id=pair_id, **asked()), 303)
    with reading() as session:
        following = reviewing.next_of(session, wanted_pairs(kind), session.get_one(Pair, pair_id)) if asked() else None
    flash_undo(gettext("Svart: %(answer)s.", answer=told), undo_at)
    return redirect(address_of(following or pair_id), 303)


@blueprint.post("/avgjorelse/<int:decision_id>/angre")
@guarded(Permission.CASE_DECIDE)
def undo(decision_id: int) -> Response:
    """Take an answer back: what it replaced stands again."""
    try:
        with writing() as session:
            pair_id = operations.undo(session, actor(), decision_id).pk
            standing = standing_decisions(session, [pair_id])
    except Conflict as conflict:
        return pair_page(_pair_of(decision_id), DecisionForm(formdata=None), 409, conflict)
    flash_done(
        gettext("Svaret er angret. Det forrige svaret gjelder igjen.")
        if standing
        else gettext("Svaret er angret. Paret venter på svar igjen.")
    )
    return redirect(address_of(pair_id), 303)


def _pair_of(decision_id: int) -> int:
    with reading() as session:
        return session.get_one(Decision, decision_id).pair_id


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
    return _alike_page(pair_id, AnswerToManyForm())


def _alike_page(
    pair_id: int,
    form: AnswerToManyForm,
    status: int = 200,
    chosen: frozenset[int] | None = None,
    changed: Sequence[int] = (),
) -> Response:
    """The preview. ``chosen`` are the pairs that were ticked, None is all; ``changed`` those that others came first to."""
    with reading() as session:
        found = readable_pair(session, actor(), pair_id)
        whole = case_asked() if request.args.get("gjelder") == "saken" else None
        others = reviewing.waiting(session, wanted_pairs(found.kind)) if whole else reviewing.alike(session, found)
        rows = board.rows_of(session, [pair_id, *(one for one in others if one != pair_id)])
        base = int(rules_on(session, clock.today())["SMALL_CELL"])
        offers = {offer for row in rows for offer in (row.pair.a_offer_id, row.pair.b_offer_id)}
        sides = seen_offers(session, sorted(offers), may_see_exactly, base)
        shared, own = told_of_many(rows)
        ticked = {row.pair.pk for row in rows} if chosen is None else chosen.difference(changed)
        return render(
            "coordination/alike.html",
            status=status,
            pair=found,
            rows=rows,
            seen={row.pair.pk: as_seen(row.pair, row.decision) for row in rows},
            ticked=ticked,
            whole=whole,
            shared=shared,
            own=own,
            applicants={side.id: {figures.term: figures.applicants for figures in side.figures} for side in sides},
            changed=board.rows_of(session, changed),
            first=reviewing.answered_by(session, *changed) if changed else {},
            form=form,
            answers=answers_of(found.kind),
            parameters=asked(),
            **LABELS,
        )


@blueprint.post("/par/<int:pair_id>/like/avgjor")
@guarded(Permission.CASE_DECIDE)
def decide_alike(pair_id: int) -> Response:
    """The same answer to the pairs that were ticked in the preview."""
    form = AnswerToManyForm()
    seen = _ticked()
    chosen = frozenset(seen)
    if not form.validate_on_submit():
        return _alike_page(pair_id, form, 400, chosen)
    try:
        with writing() as session:
            batch = operations.decide_many(
                session,
                actor(),
                chosen,
                form.verdict.data,
                form.note.data,
                fault=form.fault.data,
                way=form.way.data,
                seen=seen,
            )
    except (InvalidInput, NeedsReason) as refused:
        form.note.errors = [*form.note.errors, explained(refused)]
        return _alike_page(pair_id, form, 400, chosen)
    except Stale as stale:
        return _alike_page(pair_id, form, 409, chosen, cast("list[int]", stale.details["pairs"]))
    flash_undo(
        ngettext("%(num)s par har fått svaret.", "%(num)s par har fått svaret.", len(chosen)),
        url_for("coordination.undo_batch", batch=batch, pair_id=pair_id, **asked()),
    )
    if request.args.get("gjelder") == "saken" and (case_id := case_asked()):
        return redirect(url_for("coordination.case", case_id=case_id), 303)
    return redirect(address_of(pair_id), 303)


def _ticked() -> dict[int, str]:
    """Pair id -> the pair as it stood in the preview. A pair that was not in it has nothing to be held against."""
    boxes = (int(one) for one in request.form.getlist("par") if one.isdecimal())
    return {one: seen for one in boxes if (seen := request.form.get(f"sett-{one}"))}


@blueprint.post("/par/<int:pair_id>/svargruppe/<batch>/angre")
@guarded(Permission.CASE_DECIDE)
def undo_batch(pair_id: int, batch: str) -> Response:
    """Take back all of a batch that still stands."""
    try:
        with writing() as session:
            number = operations.undo_batch(session, actor(), batch)
    except Conflict as conflict:
        return pair_page(pair_id, DecisionForm(formdata=None), 409, conflict)
    flash_done(ngettext("%(num)s svar er angret.", "%(num)s svar er angret.", number))
    return redirect(address_of(pair_id), 303)
