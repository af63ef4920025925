"""Advice before a decision: how many places to offer, and what a rule of commitment would have done."""

from dataclasses import dataclass, replace
from datetime import date

from flask import abort, request
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.access.policy import Scope
from registry.applications.advice import Advice
from registry.applications.commitment import CODES, Replay, RuleKind, first_days, known_limit
from registry.applications.figures import rounding
from registry.applications.queries.commitments import is_changed, newest_version, stretches
from registry.applications.queries.replays import TermReplay, begun_terms, proof, replays
from registry.applications.queries.yields import run_advice
from registry.applications.views.room import blueprint, own_run
from registry.core import clock
from registry.core.errors import InvalidInput
from registry.core.terms import of as term_of
from registry.rules.register import rules_on
from registry.web.formatting import term_name
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import N_, gettext
from registry.web.parts import actor, reading
from registry.web.tables import Column, Kind, Table

#: A scale to compare on, beside the risk that the rule OVERBOOKING_RISK proposes; no rule by itself.
RISKS = (0.02, 0.05, 0.1, 0.2, 0.3)
_TERM_OF_STUDY = 30.0  # credits: half of a full-time year's 60 (ECTS); what the form proposes
KINDS = {
    RuleKind.ONE_PLACE: N_("Én plass per semester"),
    RuleKind.MOST_CREDITS: N_("Høyst et antall studiepoeng per semester"),
    RuleKind.ANSWER_WITHIN: N_("Svar innen et antall dager"),
}


@dataclass(frozen=True, slots=True)
class RiskRow:
    """The advice at one risk; ``usual`` is the risk that the rule register proposes."""

    risk: float
    advice: Advice
    usual: bool


@blueprint.get("/opptak/kull/<key>/overbooking")
@guarded(Permission.APPLICATION_DECIDE)
def overbooking(key: str) -> Response:
    """How many more to offer a place now, at several risks of more starters than places."""
    with reading() as session:
        run, offer = own_run(session, key, Permission.APPLICATION_DECIDE)
        usual = rules_on(session, clock.today())["OVERBOOKING_RISK"]
        told = run_advice(session, run, sorted({*RISKS, usual}))
    rows = [RiskRow(risk, advice, risk == usual) for risk, advice in told.at.items()] if told else []
    return render("applications/overbooking.html", run=run, offer=offer, told=told, rows=rows, usual=usual)


@blueprint.get("/opptak/bindingsregler")
@guarded(Permission.FIGURES_EXACT)
def commitment() -> Response:
    """A rule of commitment replayed on past terms. Changes nothing; national figures are exact for who may see all.

    Who may edit rules switches one on from here, and from nowhere else: what was seen goes along with it.
    """
    today = clock.today()
    with reading() as session:
        rules = rules_on(session, today)
        kind, limit = _rule(rules["ANSWER_DAYS"])
        terms = begun_terms(session)[::-1]
        chosen = request.args.get("semester") or (terms[0] if terms else "")
        if chosen not in (*terms, "alle", ""):
            raise InvalidInput("Velg et semester fra listen.")
        found = replays(session, kind, limit, terms if chosen == "alle" else [chosen] if chosen else [])
        seen = proof(found, today, newest_version(session, CODES[kind]))
        changed = {one for one, code in CODES.items() if is_changed(session, code, today)}
        standing = [(one, stretches(session, code, today)) for one, code in CODES.items()]
        if not actor().may(Permission.FIGURES_EXACT, Scope()):
            found = [TermReplay(one.term, _rounded(one.replay, int(rules["SMALL_CELL"]))) for one in found]
    return render(
        "applications/commitment.html",
        kind=kind,
        limit=limit,
        kinds=[(value, gettext(text)) for value, text in KINDS.items()],
        names=KINDS,
        codes=CODES,
        terms=[*((term, term_name(term)) for term in terms), ("alle", gettext("Alle"))],
        chosen=chosen,
        found=found,
        table=Table("bindingsregel", COLUMNS, found),
        seen=seen,
        standing=standing,
        changed=changed,
        may_switch=actor().may(Permission.RULE_EDIT),
        coming=_coming(kind, today),
        ending=_coming(RuleKind.ANSWER_WITHIN, today),
        today=today,
    )


def _coming(kind: RuleKind, today: date) -> list[tuple[str, str]]:
    """Days from which a rule may hold, as choices."""
    return [
        (day.isoformat(), gettext("i dag") if day == today else term_name(term_of(day)))
        for day in first_days(kind, today)
    ]


COLUMNS = (
    Column("term", N_("Semester"), Kind.TERM),
    Column("offered", N_("Plasser tilbudt"), Kind.NUMBER, value=lambda row: row.replay.offered),
    Column("released", N_("Frigjort tidligere"), Kind.NUMBER, value=lambda row: row.replay.released),
    Column("wanted", N_("Mens noen ventet"), Kind.NUMBER, value=lambda row: row.replay.wanted),
    Column("days", N_("Dager tidligere (median)"), Kind.NUMBER, value=lambda row: row.replay.days_earlier),
    Column("blocked", N_("Personer stanset med urett"), Kind.NUMBER, value=lambda row: row.replay.blocked_people),
    Column("share", N_("Andel av alle med tilbud"), Kind.PERCENT, value=lambda row: row.replay.blocked_share),
)


def _rule(answer_days: float) -> tuple[RuleKind, float | None]:
    """The rule asked for and its limit; where none is written, the present deadline or half a year's credits."""
    try:
        kind = RuleKind(request.args.get("regel", RuleKind.ONE_PLACE))
    except ValueError:
        abort(404)
    told = request.args.get("grense", "").replace(",", ".").strip()
    try:
        limit = float(told) if told else answer_days if kind is RuleKind.ANSWER_WITHIN else _TERM_OF_STUDY
    except ValueError:
        limit = -1.0
    return kind, known_limit(kind, limit)


def _rounded(told: Replay, base: int) -> Replay:
    """Every number of people or places by itself, so that none can be worked out from the others."""

    def near(number: int) -> int:
        return rounding(number, base) or 0

    return replace(
        told,
        offered=near(told.offered),
        people=near(told.people),
        released=near(told.released),
        wanted=near(told.wanted),
        blocked=near(told.blocked),
        blocked_people=near(told.blocked_people),
    )
