"""The rule register: what holds on a day, one rule with its history, what another number would do, and its change."""

import math
from datetime import date

from flask import redirect, request, url_for
from sqlmodel import Session, select
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING
from registry.applications.commitment import CODES
from registry.coordination import operations
from registry.coordination.amounts import amount, is_share
from registry.coordination.detection.exempting import RULE as EXEMPTING
from registry.coordination.forms import RuleForm, written
from registry.coordination.labels import RULE_GROUPS
from registry.coordination.operations.ruling import NewVersion, check_number
from registry.coordination.queries.desk.rules import history, holding, rules_that_hold, to_come
from registry.coordination.untold import why_untold
from registry.coordination.views.shared import LABELS, blueprint, sees_every_case
from registry.coordination.whatif import SHOWN, what_if
from registry.core import clock
from registry.core.errors import InvalidInput, NeedsReason, Refused, Stale
from registry.core.text import norwegian_sort_key
from registry.reference.models import Subject
from registry.web.flashes import flash_done, flash_problem
from registry.web.fragments import render
from registry.web.guard import guarded, public
from registry.web.i18n import current_language, explained, gettext
from registry.web.parts import actor, reading, writing


@blueprint.get("/regler")
@public
def rules() -> Response:
    """Every rule as it held on a day."""
    day = _day(request.args.get("dato"))
    with reading() as session:
        found = rules_that_hold(session, day)
    groups = [
        (name, [rule for rule in found if rule.code.startswith(prefixes)]) for name, prefixes in RULE_GROUPS.items()
    ]
    rest = [rule for rule in found if not any(rule in listed for _, listed in groups)]
    return render(
        "coordination/rules.html",
        groups=[(name, listed) for name, listed in groups if listed],
        rest=rest,
        day=day,
        today=clock.today(),
        amount=amount,
        language=current_language(),
        sees_all=sees_every_case(),
        **LABELS,
    )


@blueprint.get("/regler/<code>")
@public
def rule(code: str) -> Response:
    """One rule: text, number, source, history, and what another number would do."""
    return _rule_page(code, None)


def _rule_page(code: str, form: RuleForm | None, status: int = 200) -> Response:
    tried, wrong = _number(request.args.get("tall")), None
    also, ended = request.args.get("unntak") or None, request.args.get("slutt") or None
    with reading() as session:
        versions = history(session, code)
        current = holding(versions, clock.today())
        sees_all = actor().may(Permission.RISK_READ) and actor().organisations(Permission.RISK_READ) is None
        newest = versions[0].rule
        subjects = _subjects(session) if code == EXEMPTING else []
        exceptions = None
        if code == EXEMPTING and current and (also in dict(subjects) or ended in current.exceptions):
            exceptions = frozenset({*current.exceptions, *({also} & dict(subjects).keys())} - {ended})
            tried = current.number if tried is None else tried
        effect = None
        if request.args.get("tall"):
            wrong = _wrong(newest.unit, tried)
        if wrong is not None:
            tried = None
        if tried is not None and sees_all and current:
            effect = what_if(session, code, tried, clock.today(), exceptions)
    if form is None:
        form = RuleForm(
            formdata=None,
            data={
                "number": tried if tried is not None else newest.number,
                "valid_from": clock.today(),
                "citation": newest.citation,
                "text_nb": newest.text_nb,
                "text_nn": newest.text_nn,
                "seen": newest.version,
                "exceptions": newest.exceptions,
            },
        )
    elif not form.seen.raw_data:
        form.seen.data = newest.version
    _offer_exceptions(form, subjects)
    return render(
        "coordination/rule.html",
        status=status,
        versions=versions,
        current=current or newest,
        tried=tried,
        wrong=wrong,
        written=request.args.get("tall", "") or (written(tried) if tried is not None else ""),
        coming=to_come(versions, clock.today()),
        also=also,
        ended=ended,
        subjects=subjects,
        untold=why_untold(code, tried, current.number) if tried is not None and current else None,
        never_told=why_untold(code, math.inf, 0),
        today=clock.today(),
        effect=effect,
        sees_all=sees_all,
        sees_exact=actor().may(Permission.FIGURES_EXACT, EVERYTHING),
        replayed=next((kind for kind, known in CODES.items() if known == code), None),
        may_try=actor().may(Permission.FIGURES_EXACT),
        may_edit=actor().may(Permission.RULE_EDIT),
        form=form,
        amount=amount,
        is_share=is_share,
        shown=SHOWN,
        language=current_language(),
        **LABELS,
    )


@blueprint.post("/regler/<code>")
@guarded(Permission.RULE_EDIT)
def change_rule(code: str) -> Response:
    """A new version from a day to come."""
    form = RuleForm()
    with reading() as session:
        _offer_exceptions(form, _subjects(session) if code == EXEMPTING else [])
    if not form.validate_on_submit():
        return _rule_page(code, form, 400)
    new = NewVersion(
        number=float(form.number.data),
        valid_from=form.valid_from.data,
        reason=form.reason.data,
        citation=form.citation.data,
        text_nb=form.text_nb.data,
        text_nn=form.text_nn.data,
        seen=form.seen.data,
        exceptions=frozenset(form.exceptions.data or ()) if "exceptions" in form else None,
    )
    try:
        with writing() as session:
            made = operations.change_rule(session, actor(), code, new)
            version = made.version
    except Stale:
        form.form_errors.append(
            gettext(
                "Noen andre har endret regelen siden du åpnet siden. Se hva som gjelder nå. Det du hadde fylt ut, står i skjemaet."
            )
        )
        form.seen.raw_data = None  # what the person sees from now on is the newest version
        return _rule_page(code, form, 400)
    except (InvalidInput, NeedsReason) as refused:
        about = form.reason if isinstance(refused, NeedsReason) else form.number
        if isinstance(refused, InvalidInput) and form.valid_from.data < clock.today():
            about = form.valid_from
        about.errors = [*about.errors, explained(refused)]
        return _rule_page(code, form, 400)
    flash_done(
        gettext("Versjon %(version)s av regelen er ført. Det som gjaldt før, står som det sto.", version=version)
    )
    return redirect(url_for("coordination.rule", code=code), 303)


@blueprint.post("/regler/<code>/trekk")
@guarded(Permission.RULE_EDIT)
def withdraw_version(code: str) -> Response:
    """The version that has yet to take effect is taken back."""
    try:
        with writing() as session:
            seen = request.form.get("seen", type=int) or 0
            operations.withdraw_version(session, actor(), code, seen, request.form.get("reason", ""))
        flash_done(gettext("Versjonen er trukket tilbake. Det som gjelder nå, gjelder også etter den dagen."))
    except (NeedsReason, Refused, Stale) as refused:
        flash_problem(explained(refused))
    return redirect(url_for("coordination.rule", code=code), 303)


def _wrong(unit: str, number: float | None) -> str | None:
    """Why a number cannot be tried."""
    if number is None:
        return gettext("Skriv et tall, for eksempel 0,5 eller 10.")
    try:
        check_number(unit, number)
    except InvalidInput as refused:
        return explained(refused)
    return None


def _subjects(session: Session) -> list[tuple[str, str]]:
    """Code and name of every subject that offers are about, by name in the reader's language."""
    found = [
        (one.code, getattr(one, f"name_{current_language()}", None) or one.name_nb)
        for one in session.exec(select(Subject).where(Subject.depth == 2))
    ]
    return sorted(found, key=lambda one: norwegian_sort_key(one[1]))


def _offer_exceptions(form: RuleForm, subjects: list[tuple[str, str]]) -> None:
    """Only a rule that may leave subjects alone asks for them."""
    if subjects:
        form.exceptions.choices = subjects
    elif "exceptions" in form:
        del form.exceptions


def _number(text: str | None) -> float | None:
    """A number as Norwegians write it; nonsense asks for nothing."""
    try:
        found = float((text or "").replace(",", ".").replace(" ", ""))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text) if text else clock.today()
    except ValueError:
        raise InvalidInput("Datoen skrives som 2026-11-22.") from None
