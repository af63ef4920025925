"""An offer's values: where each came from, and how to correct it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import redirect, request, url_for
from sqlmodel import Session, select
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.core.errors import InvalidInput, NeedsDecision, NotFound
from registry.intake import labels
from registry.intake.forms import EDITABLE, LISTS, correction_form, written
from registry.intake.operations import correct_value, undo_correction
from registry.intake.policy import may_correct
from registry.intake.presenting.wording import choices, wording
from registry.intake.queries.counted import counted, rounded_to
from registry.intake.queries.overview import tellers
from registry.intake.queries.provenance import Provenance, provenance
from registry.intake.reading.fields import FIELDS
from registry.offers.models import Offer, OfferProvider, Run
from registry.web.flashes import flash_done, flash_undo
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext, page_blueprint
from registry.web.parts import actor, reading, writing

blueprint = page_blueprint("correction", __name__, "/innhenting/tilbud")


@blueprint.get("/<key>/rett")
@guarded(Permission.OFFER_CORRECT)
def listed(key: str) -> Response:
    """Every value with where it came from; choose one to correct."""
    with reading() as session:
        offer = _offer(session, key)
        found = _shown(session, offer)
        told = {(one.thing, one.thing_id, one.field) for one in found}
        missing = [name for name in EDITABLE["offer"] if ("offer", offer.pk, name) not in told]
        return render(
            "intake/correct.html",
            offer=offer,
            values=_readable(session, found),
            missing=missing,
            tellers=tellers(session, offer.pk),
            **_labels(),
        )


@blueprint.route("/<key>/rett/<thing>/<int:thing_id>/<field>", methods=["GET", "POST"])
@guarded(Permission.OFFER_CORRECT)
def value(key: str, thing: str, thing_id: int, field: str) -> Response:
    """Correct one value."""
    if field not in EDITABLE.get(thing, ()):
        raise NotFound("Dette feltet kan ikke rettes.")
    with reading() as session:
        offer = _offer(session, key)
        _belongs(session, offer, thing, thing_id)
        form = correction_form(field, choices(session))
        present = next(
            (p for p in _shown(session, offer) if (p.thing, p.thing_id, p.field) == (thing, thing_id, field)), None
        )
        if request.method == "GET":
            _fill(form, field, present.value if present else FIELDS[thing][field])
        address: dict[str, Any] = {"key": key, "thing": thing, "thing_id": thing_id, "field": field}
        if form.validate_on_submit():
            try:
                with writing() as change:
                    correct_value(change, actor(), thing, thing_id, field, _given(form, field))
            except (InvalidInput, NeedsDecision) as fault:
                form.form_errors.append(explained(fault))
            else:
                flash_undo(gettext("Verdien er rettet."), url_for("correction.undone", **address))
                return redirect(url_for("correction.listed", key=key))
        readable = _readable(session, [present])[0] if present else None
        return render(
            "intake/value.html",
            offer=offer,
            form=form,
            field=field,
            present=readable,
            tellers=tellers(session, offer.pk),
            status=400 if form.errors else 200,
            **_labels(),
        )


@blueprint.post("/<key>/angre/<thing>/<int:thing_id>/<field>")
@guarded(Permission.OFFER_CORRECT)
def undone(key: str, thing: str, thing_id: int, field: str) -> Response:
    """Take a correction back."""
    with reading() as session:
        _belongs(session, _offer(session, key), thing, thing_id)
    with writing() as session:
        undo_correction(session, actor(), thing, thing_id, field)
    flash_done(gettext("Rettelsen er angret."))
    return redirect(url_for("correction.listed", key=key))


def panel(offer: Any) -> Mapping[str, Any] | None:
    """Where the values on the offer's page came from: for anyone, since the sources are public."""
    with reading() as session:
        found = session.exec(select(Offer).where(Offer.key == offer.key)).first()
        if found is None:
            return None
        values = _readable(session, provenance(session, found))
        providers = _provider_ids(session, found)
        return {
            "key": found.key,
            "values": [one for one in values if one[0].thing == "offer"],
            "runs": [one for one in values if one[0].thing == "run" and one[0].field != "term"],
            "tellers": tellers(session, found.pk),
            "correctable": may_correct(actor(), providers),
            **_labels(),
        }


def counted_panel(offer: Any) -> Mapping[str, Any] | None:
    """What DBH has counted of the offer, for anyone: nothing is shown where it has counted nothing."""
    with reading() as session:
        found = session.exec(select(Offer).where(Offer.key == offer.key)).first()
        rows = counted(session, found) if found is not None else []
        base = rounded_to(session) if rows else None
    told = {name for row in rows for name in row.counts}
    columns = [name for name in labels.COUNTED if name in told]
    return {"rows": rows, "columns": columns, "names": labels.COUNTED, "base": base} if rows else None


def _labels() -> dict[str, Any]:
    return {
        "fields": labels.FIELDS,
        "origins": labels.ORIGINS,
        "editable": EDITABLE,
        "source_name": labels.source_name,
        "giver_name": labels.giver_name,
    }


def _offer(session: Session, key: str) -> Offer:
    """Raises NotFound, also where the offer is somebody else's to correct."""
    offer = session.exec(select(Offer).where(Offer.key == key)).first()
    if offer is None or not may_correct(actor(), _provider_ids(session, offer)):
        raise NotFound("Tilbudet finnes ikke.")
    return offer


def _provider_ids(session: Session, offer: Offer) -> set[int]:
    return set(session.exec(select(OfferProvider.organisation_id).where(OfferProvider.offer_id == offer.id)))


def _belongs(session: Session, offer: Offer, thing: str, thing_id: int) -> None:
    if thing == "offer" and thing_id == offer.pk:
        return
    run = session.get(Run, thing_id) if thing == "run" else None
    if run is None or run.offer_id != offer.pk:
        raise NotFound("Tilbudet finnes ikke.")


def _shown(session: Session, offer: Offer) -> list[Provenance]:
    return provenance(session, offer)


def _fill(form: Any, field: str, present: Any) -> None:
    if field == "targets":
        form.settings.data = [setting for setting, _ in present if setting]
        form.roles.data = [role for _, role in present if role]
    elif form.value.type == "DateField":
        form.value.data = date.fromisoformat(present) if present else None
    else:
        form.value.data = written(present)


def _given(form: Any, field: str) -> Any:
    if field == "targets":
        where, who = form.settings.data or [None], form.roles.data or [None]
        return [] if where == who == [None] else [[setting, role] for setting in where for role in who]
    given = form.value.data
    if field in LISTS:
        return [part.strip() for part in (given or "").split(";") if part.strip()]
    return given


def _readable(session: Session, values: list[Provenance]) -> list[tuple[Provenance, str]]:
    """Each value with the words that stand for its codes."""
    partners = {one for value in values if value.field == "partners" for one in value.value}
    words = wording(session, partners)
    return [(one, words.value(one.field, one.value)) for one in values]
