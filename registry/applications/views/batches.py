"""Decisions for many: see what would happen, prepare, then send the letters or undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import abort, redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.access.pseudonyms import short_form
from registry.applications import operations, presenting, queries
from registry.applications.letters import paragraphs
from registry.applications.models import Application, DecisionBatch
from registry.applications.states import Decision
from registry.applications.views.room import UNKNOWN, blueprint, own_run
from registry.core import clock
from registry.core.errors import InvalidInput, RegistryError
from registry.offers.models import Offer, Run
from registry.rules.register import rules_on
from registry.web.export import export
from registry.web.flashes import flash_done, flash_problem
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import explained, gettext, ngettext
from registry.web.identifiers import form_ids
from registry.web.parts import actor, reading, writing
from registry.web.tables import Column, Kind, Table


@blueprint.post("/opptak/kull/<key>/avgjor")
@guarded(Permission.APPLICATION_DECIDE)
def rehearse(key: str) -> Response:
    """What the decisions would do, with the letter as it will read. Changes nothing."""
    try:
        with reading() as session:
            found, offer = own_run(session, key, Permission.APPLICATION_DECIDE)
            wish, ids = _wish(), form_ids("application")
            if not ids:
                raise InvalidInput("Velg minst én søker.")
            seen = operations.preview(session, found, wish, ids)
            letters = _letters(session, found, offer, wish)
            letter = letters.paragraphs(seen.fit[0]) if seen.fit else None
    except RegistryError as fault:
        flash_problem(explained(fault))
        return redirect(url_for("applications.run", key=key), code=303)
    return render(
        "applications/rehearsal.html",
        run=found,
        offer=offer,
        wish=wish,
        seen=seen,
        letter=letter,
        ids=ids,
        days=letters.days,
        numbers={one.pk: short_form(one.applicant_key) for one in seen.fit},
        hindered=_hindered(found, seen.hindered),
        words=presenting,
    )


def _hindered(found: Run, hindered: Sequence[operations.Hindrance]) -> list[tuple[str, str]]:
    with reading() as session:
        keys = queries.applicant_keys(session, found, [one.application_id for one in hindered])
    return [(short_form(keys[one.application_id]), presenting.HINDRANCE[one.why]) for one in hindered]


@blueprint.post("/opptak/kull/<key>/klargjor")
@guarded(Permission.APPLICATION_DECIDE)
def prepare(key: str) -> Response:
    """Keep the decisions until the letters are sent."""
    try:
        with writing() as session:
            found, _offer = own_run(session, key, Permission.APPLICATION_DECIDE)
            ids = form_ids("application")
            operations.prepare(session, actor(), found, _wish(), ids)
        flash_done(
            ngettext(
                "%(num)s avgjørelse er klargjort. Søkeren får beskjed når du sender brevet.",
                "%(num)s avgjørelser er klargjort. Søkerne får beskjed når du sender brevene.",
                len(ids),
            )
        )
    except RegistryError as fault:
        flash_problem(explained(fault))
    return redirect(url_for("applications.run", key=key), code=303)


@blueprint.get("/opptak/avgjorelser/<int:number>")
@guarded(Permission.APPLICATION_DECIDE)
def batch(number: int) -> Response:
    """One batch: who is in it, and the letter."""
    with reading() as session:
        made, found, offer = _batch(session, number)
        rows = queries.batch_rows(session, made)
        letter = _letters_of(session, found, offer, made).paragraphs(rows[0].application) if rows else None
    return render(
        "applications/batch.html", batch=made, run=found, offer=offer, rows=rows, letter=letter,
        short_form=short_form, words=presenting,
    )  # fmt: skip


@blueprint.post("/opptak/avgjorelser/<int:number>/avslutt")
@guarded(Permission.APPLICATION_DECIDE)
def settle(number: int) -> Response:
    """Send the letters, or undo."""
    key = None
    try:
        with writing() as session:
            made, found, _offer = _batch(session, number)
            key = found.key
            match request.form.get("action"):
                case "send":
                    sent = len(operations.send(session, actor(), made))
                    said = ngettext("%(num)s søker har fått avgjørelsen.", "%(num)s søkere har fått avgjørelsen.", sent)
                case "undo":
                    operations.undo(session, actor(), made)
                    said = gettext("Avgjørelsene er angret. Ingen har fått beskjed.")
                case _:
                    raise InvalidInput(UNKNOWN)
        flash_done(said)
    except RegistryError as fault:
        flash_problem(explained(fault))
    return redirect(url_for("applications.run", key=key) if key else url_for("applications.office"), code=303)


@blueprint.get("/opptak/avgjorelser/<int:number>/flettefil.csv")
@guarded(Permission.APPLICATION_DECIDE)
def merge_file(number: int) -> Response:
    """The merge fields of every letter, for an institution that prints its own."""
    with reading() as session:
        made, found, offer = _batch(session, number)
        letters = _letters_of(session, found, offer, made)
        rows = [letters.fields(row.application) for row in queries.batch_rows(session, made)]
    columns = [Column(name, label, Kind.TEXT) for name, label in presenting.MERGE_FIELDS.items()]
    return export(Table(f"flettefil-{number}", columns, rows), "csv")


def _batch(session: Session, number: int) -> tuple[DecisionBatch, Run, Offer]:
    made = session.get(DecisionBatch, number)
    if made is None:
        abort(404)
    found, offer = own_run(session, session.get_one(Run, made.run_id).key, Permission.APPLICATION_DECIDE)
    return made, found, offer


def _wish() -> operations.Wish:
    """From the form. Raises InvalidInput for a number that is none."""
    wanted = request.form.get("decision", "")
    if wanted not in (Decision.OFFERED, Decision.WAITLISTED, Decision.REJECTED):
        raise InvalidInput(UNKNOWN)
    return operations.Wish(
        Decision(wanted),
        request.form.get("reason") if wanted == Decision.REJECTED else None,
        _number("days") if wanted == Decision.OFFERED else None,
        (_number("overbooking") or 0) if wanted == Decision.OFFERED else 0,
        request.form.get("note") or None,
    )


def _number(name: str) -> int | None:
    raw = request.form.get(name, "").strip()
    if not raw:
        return None
    if not raw.isascii() or not raw.isdigit() or len(raw) > 4:
        raise InvalidInput("Skriv et helt tall.")
    return int(raw)


@dataclass(frozen=True, slots=True)
class _Letters:
    """What every letter of a batch has in common; ``days`` to answer are counted from ``sent_on``."""

    run: Run
    offer: Offer
    institution: str
    wish: operations.Wish
    days: int
    sent_on: date

    def fields(self, application: Application) -> dict[str, str]:
        """The merge fields of the letter to one of them."""
        answer_by = self.sent_on + timedelta(days=self.days)
        return presenting.merge_values(self.run, self.offer, self.institution, application, self.wish, answer_by)

    def paragraphs(self, application: Application) -> list[str]:
        """The letter to one of them, in the language of the page."""
        text = gettext(presenting.LETTER[self.wish.decision])
        return paragraphs(text, self.wish.note, self.fields(application))


def _letters(
    session: Session, found: Run, offer: Offer, wish: operations.Wish, sent_on: date | None = None
) -> _Letters:
    institution = queries.provider_names(session, [offer.pk]).get(offer.pk, "")
    days = wish.answer_days or int(rules_on(session, clock.today())["ANSWER_DAYS"])
    return _Letters(found, offer, institution, wish, days, sent_on or clock.today())


def _letters_of(session: Session, found: Run, offer: Offer, made: DecisionBatch) -> _Letters:
    """As they were sent, or as they would be today."""
    wish = operations.Wish(made.decision, made.reject_reason, made.answer_days, made.overbooking, made.note)
    return _letters(session, found, offer, wish, clock.local_day(made.sent_at) if made.sent_at else None)
