"""Two records of one offer made one: the preview of exactly what happens, the act, and its undoing."""

from flask import redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.coordination import operations
from registry.coordination.labels import MERGE_FIELD_LABELS
from registry.coordination.models import Pair
from registry.coordination.policy import readable_pair
from registry.coordination.presenting import shown_value, value_names
from registry.coordination.queries.merges import FIELDS, merge_preview, standing_merge
from registry.coordination.queries.offers import offer_cards
from registry.coordination.states import PairKind
from registry.coordination.views.shared import LABELS, address_of, asked, blueprint
from registry.core.errors import Conflict, InvalidInput, NotFound, Refused
from registry.offers.models import Offer
from registry.web.flashes import flash_done, flash_problem, flash_undo
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext
from registry.web.parts import actor, reading, writing


@blueprint.get("/par/<int:pair_id>/slaa-sammen")
@guarded(Permission.OFFER_MERGE)
def merge(pair_id: int) -> Response:
    """What merging would do, before anybody does it."""
    with reading() as session:
        pair = _duplicate(session, pair_id)
        made = standing_merge(session, (pair.a_offer_id, pair.b_offer_id))
        kept, gone = _sides(session, pair)
        return render(
            "coordination/merge.html",
            pair=pair,
            made=made,
            preview=merge_preview(session, kept, gone),
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
            made = operations.merge(session, actor(), kept.pk, gone.pk, chosen)
    except (Conflict, InvalidInput, Refused) as refused:
        flash_problem(explained(refused))
        return redirect(url_for("coordination.merge", pair_id=pair_id, **asked()), 303)
    flash_undo(
        gettext("De to oppføringene er nå ett tilbud."),
        url_for("coordination.unmerge", merge_id=made.pk, pair_id=pair_id, **asked()),
    )
    return redirect(address_of(pair_id), 303)


@blueprint.post("/par/<int:pair_id>/sammenslaaing/<int:merge_id>/angre")
@guarded(Permission.OFFER_MERGE)
def unmerge(pair_id: int, merge_id: int) -> Response:
    """Take the merge apart again."""
    with writing() as session:
        operations.unmerge(session, actor(), merge_id)
    flash_done(gettext("Sammenslåingen er angret. De to tilbudene er som før."))
    return redirect(address_of(pair_id), 303)


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
