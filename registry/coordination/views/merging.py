"""Two records of one offer made one: the preview of exactly what happens, the act, and its undoing."""

from flask import redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.applications.presenting.lives import RUN
from registry.coordination import operations
from registry.coordination.labels import MERGE_FIELD_LABELS, RUN_FIELD_LABELS, UNLIKE_LABELS
from registry.coordination.models import Pair
from registry.coordination.policy import readable_pair, scope_of_offers
from registry.coordination.presenting import place_names, shown_run_value, shown_value, value_names
from registry.coordination.queries.desk import twins
from registry.coordination.queries.desk.merges import FIELDS, MergePreview, merge_preview, standing_merge
from registry.coordination.queries.reports.offers import offer_cards
from registry.coordination.states import PairKind
from registry.coordination.views.shared import LABELS, address_of, asked, blueprint
from registry.core import clock
from registry.core.errors import Conflict, InvalidInput, NeedsDecision, NotFound, Refused
from registry.offers.models import Offer
from registry.rules.register import rules_on
from registry.web.flashes import flash_done, flash_problem, flash_undo
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext, ngettext
from registry.web.parts import actor, reading, writing


@blueprint.get("/par/<int:pair_id>/slaa-sammen")
@guarded(Permission.OFFER_MERGE)
def merge(pair_id: int) -> Response:
    """What merging would do, before anybody does it."""
    with reading() as session:
        pair = _duplicate(session, pair_id)
        made = standing_merge(session, (pair.a_offer_id, pair.b_offer_id))
        kept, gone = _sides(session, pair)
        preview = merge_preview(session, kept, gone)
        return render(
            "coordination/merge.html",
            pair=pair,
            made=made,
            preview=preview,
            may_move=actor().may(Permission.RUN_CANCEL, scope_of_offers(session, (kept.pk, gone.pk))),
            shown_run=shown_run_value,
            places=place_names(session, _places(preview)),
            run_fields=RUN_FIELD_LABELS,
            run_states=RUN,
            unlike=UNLIKE_LABELS,
            twin_days=int(rules_on(session, clock.today())["TWIN_RUN_DAYS"]),
            cards=offer_cards(session, (kept.pk, gone.pk)),
            names=value_names(session),
            shown=shown_value,
            merge_fields=MERGE_FIELD_LABELS,
            parameters=asked(),
            **LABELS,
        )


@blueprint.post("/par/<int:pair_id>/slaa-sammen/utfor")
@guarded(Permission.OFFER_MERGE)
def merge_now(pair_id: int) -> Response:
    """Merge as previewed."""
    chosen = {name: request.form[name] for name in FIELDS if request.form.get(name)}
    try:
        with writing() as session:
            kept, gone = _sides(session, _duplicate(session, pair_id))
            made = operations.merge(session, actor(), kept.pk, gone.pk, chosen, _twins())
            united = len(made.moved["twins"])
    except (Conflict, InvalidInput, NeedsDecision, Refused) as refused:
        flash_problem(explained(refused))
        return redirect(url_for("coordination.merge", pair_id=pair_id, **asked()), 303)
    done = [gettext("De to oppføringene er nå ett tilbud.")]
    if united:
        done.append(
            ngettext(
                "%(num)s kull sto i begge, og er slått sammen.", "%(num)s kull sto i begge, og er slått sammen.", united
            )
        )
    flash_undo(
        " ".join(done),
        url_for("coordination.unmerge", merge_id=made.pk, pair_id=pair_id, **asked()),
    )
    return redirect(address_of(pair_id), 303)


@blueprint.post("/par/<int:pair_id>/sammenslaaing/<int:merge_id>/angre")
@guarded(Permission.OFFER_MERGE)
def unmerge(pair_id: int, merge_id: int) -> Response:
    """Take the merge apart again; what applicants have done since stays, and is told."""
    try:
        with writing() as session:
            changed = operations.unmerge(session, actor(), merge_id)
    except (Conflict, NeedsDecision) as refused:
        flash_problem(explained(refused))
        return redirect(address_of(pair_id), 303)
    done = [gettext("Sammenslåingen er angret. De to tilbudene er som før.")]
    if changed:
        done.append(
            ngettext(
                "%(num)s søknad er endret siden, og står som den er nå.",
                "%(num)s søknader er endret siden, og står som de er nå.",
                changed,
            )
        )
    flash_done(" ".join(done))
    return redirect(address_of(pair_id), 303)


def _twins() -> dict[int, dict[str, str]]:
    """The runs that the person has left ticked, with the values chosen for each."""
    return {
        run_id: {name: value for name in twins.FIELDS if (value := request.form.get(f"kull-{run_id}-{name}"))}
        for run_id in request.form.getlist("samme", type=int)
    }


def _places(preview: MergePreview) -> set[str]:
    """Municipalities that the choices between runs speak of."""
    return {
        code
        for twin in preview.twins.values()
        for one in twin.choices
        if one.field == "municipalities"
        for code in (*one.kept, *one.gone)
    }


def _duplicate(session: Session, pair_id: int) -> Pair:
    pair = readable_pair(session, actor(), pair_id)
    if pair.kind is not PairKind.DUPLICATE:
        raise NotFound("Bare dubletter kan slås sammen.")
    return pair


def _sides(session: Session, pair: Pair) -> tuple[Offer, Offer]:
    """(kept, gone): the one that the address or form names is kept, else the first."""
    asked_for = request.values.get("behold", "")
    a, b = session.get_one(Offer, pair.a_offer_id), session.get_one(Offer, pair.b_offer_id)
    return (b, a) if asked_for == b.key else (a, b)
