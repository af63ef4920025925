"""Pages under /samordning: what waits, the queue of overlaps, one pair, runs at risk, small subjects, the pre-check."""

from datetime import date
from typing import Any

from flask import redirect, request, url_for
from sqlmodel import Session, col, select
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.catalogue.labels import term_label
from registry.coordination import operations
from registry.coordination.forms import DecisionForm, PermissionForm, PrecheckForm
from registry.coordination.labels import (
    CASE_LABELS,
    FIELD_LABELS,
    REACH_LABELS,
    REGION_LABELS,
    STRENGTH_LABELS,
    VERDICT_LABELS,
)
from registry.coordination.panels import PANELS
from registry.coordination.policy import readable_pair
from registry.coordination.precheck import Planned, precheck
from registry.coordination.presenting import field_rows, pair_table, risk_table, subject_name, subject_table
from registry.coordination.queries import at_risk_report, board, small_subject_report, small_subjects
from registry.coordination.queries.landscape import newest_term
from registry.coordination.states import PairKind, Verdict
from registry.core import clock
from registry.core.errors import InvalidInput, NeedsReason, NotFound
from registry.offers.models import Offer, OfferSubject
from registry.reference.models import Municipality, Organisation
from registry.rules.register import rules_on
from registry.web.export import TYPES, export
from registry.web.flashes import flash_done, flash_problem, flash_undo
from registry.web.fragments import render
from registry.web.guard import guarded, public
from registry.web.i18n import N_, explained, gettext, page_blueprint
from registry.web.navigation import Entry
from registry.web.pagination import Pagination, page_number
from registry.web.parts import actor, reading, writing

blueprint = page_blueprint("coordination", __name__, "/samordning")
blueprints = (blueprint,)
NAVIGATION = (Entry(N_("Samordning"), "coordination.start", Permission.CASE_READ, order=40),)

_PER_PAGE = 25
_PARAMETERS = ("styrke", "rekkevidde", "region", "institusjon", "fag", "avgjort")
_EXPORT_LIMIT = 100_000  # rows; more is a report's job
_LABELS: dict[str, Any] = {
    "strengths": STRENGTH_LABELS,
    "reaches": REACH_LABELS,
    "verdicts": VERDICT_LABELS,
    "regions": REGION_LABELS,
    "states": CASE_LABELS,
    "fields": FIELD_LABELS,
    "term_label": term_label,
}

__all__ = ["NAVIGATION", "PANELS", "blueprint", "blueprints"]


@blueprint.get("/")
@guarded(Permission.CASE_READ)
def start() -> Response:
    """What waits for the person asking, and what detection has found lately."""
    mine = actor().organisations(Permission.CASE_READ)
    with reading() as session:
        cases, total = board.waiting_cases(session, mine)
        return render(
            "coordination/start.html",
            cases=cases,
            total=total,
            counts=board.counts(session, mine),
            at_risk=len(_at_risk(session, {})["runs"]),
            small=sum(row["small"] for row in small_subject_report(session, as_of=clock.today())["subjects"]),
            detections=board.detections(session),
            **_LABELS,
        )


@blueprint.get("/overlapp")
@guarded(Permission.CASE_READ)
def overlaps() -> Response:
    """The queue of overlapping offers."""
    return _queue(PairKind.OVERLAP, "coordination/overlaps.html")


@blueprint.get("/dubletter")
@guarded(Permission.CASE_READ)
def duplicates() -> Response:
    """Offers that may be the same one twice."""
    return _queue(PairKind.DUPLICATE, "coordination/duplicates.html")


def _queue(kind: PairKind, template: str) -> Response:
    wanted = _filter(kind)
    with reading() as session:
        page = page_number()
        rows, total = board.queue(session, wanted, (page - 1) * _PER_PAGE, _PER_PAGE)
        pages = Pagination(page, _PER_PAGE, total)
        if pages.page != page:
            rows, total = board.queue(session, wanted, pages.offset, _PER_PAGE)
        return render(
            template,
            rows=rows,
            pages=pages,
            wanted=wanted,
            choices=board.choices(session),
            downloads=[
                (
                    ending,
                    url_for("coordination.download", kind=str(kind), ending=ending, **_asked()),
                )
                for ending in TYPES
            ],
            **_LABELS,
        )


@blueprint.get("/par.<any(csv, xlsx, ods, json):ending>")
@guarded(Permission.CASE_READ)
def download(ending: str) -> Response:
    """The same list as a file."""
    kind = PairKind.DUPLICATE if request.args.get("kind") == PairKind.DUPLICATE else PairKind.OVERLAP
    with reading() as session:
        rows, _ = board.queue(session, _filter(kind), 0, _EXPORT_LIMIT)
        return export(pair_table(rows, kind), ending)


def _asked() -> dict[str, Any]:
    """This page's own parameters, for addresses of the same list."""
    return {name: value for name, value in request.args.items() if name in _PARAMETERS}


def _filter(kind: PairKind) -> board.PairFilter:
    asked = request.args
    return board.PairFilter(
        kind=kind,
        strength=_one_of(asked.get("styrke"), STRENGTH_LABELS),
        reach=_one_of(asked.get("rekkevidde"), {"within": "", **REACH_LABELS}),
        region=_one_of(asked.get("region"), REGION_LABELS),
        provider=asked.get("institusjon", ""),
        subject=asked.get("fag", ""),
        decided=_one_of(asked.get("avgjort"), {board.DECIDED: "", board.UNDECIDED: ""}),
        organisations=actor().organisations(Permission.CASE_READ),
    )


def _one_of(value: str | None, known: Any) -> str:
    return value if value and value in known else ""


@blueprint.get("/par/<int:pair_id>")
@guarded(Permission.CASE_READ)
def pair(pair_id: int) -> Response:
    """One pair, the evidence first."""
    return _pair_page(pair_id, DecisionForm())


def _pair_page(pair_id: int, form: DecisionForm, status: int = 200) -> Response:
    with reading() as session:
        found = readable_pair(session, actor(), pair_id)
        left, right = board.pair_sides(session, found)
        log = board.decision_log(session, pair_id)
        return render(
            "coordination/pair.html",
            status=status,
            pair=found,
            left=left,
            right=right,
            rows=field_rows(session, left, right),
            log=log,
            standing=next((one for one in log if one.superseded_at is None), None),
            names={str(left.id): left.card["title"], str(right.id): right.card["title"]},
            may_decide=actor().may(Permission.CASE_DECIDE),
            form=form,
            answers=[(verdict.value, VERDICT_LABELS[verdict]) for verdict in Verdict],
            **_LABELS,
        )


@blueprint.post("/par/<int:pair_id>/avgjor")
@guarded(Permission.CASE_DECIDE)
def decide(pair_id: int) -> Response:
    """Record an answer; it can be taken back."""
    form = DecisionForm()
    if not form.validate_on_submit():
        return _pair_page(pair_id, form, 400)
    try:
        with writing() as session:
            decision = operations.decide(session, actor(), pair_id, form.verdict.data, form.note.data)
    except (InvalidInput, NeedsReason) as refused:
        form.note.errors = [*form.note.errors, explained(refused)]
        return _pair_page(pair_id, form, 400)
    answer = gettext(VERDICT_LABELS[decision.verdict])
    flash_undo(gettext("Avgjort: %(answer)s.", answer=answer), url_for("coordination.undo", decision_id=decision.pk))
    return redirect(url_for("coordination.pair", pair_id=pair_id), 303)


@blueprint.post("/avgjorelse/<int:decision_id>/angre")
@guarded(Permission.CASE_DECIDE)
def undo(decision_id: int) -> Response:
    """Take an answer back."""
    with writing() as session:
        found = operations.undo(session, actor(), decision_id)
        pair_id = found.pk
    flash_done(gettext("Avgjørelsen er angret. Paret venter på svar igjen."))
    return redirect(url_for("coordination.pair", pair_id=pair_id), 303)


@blueprint.get("/utsatte")
@guarded(Permission.RISK_READ)
def at_risk() -> Response:
    """Runs that are likely to be cancelled for low application."""
    asked = {"region": _one_of(request.args.get("region"), REGION_LABELS) or None}
    with reading() as session:
        report = _at_risk(session, asked)
        pages = Pagination(page_number(), _PER_PAGE, len(report["runs"]))
        ending = request.args.get("fil", "")
        if ending in TYPES:
            return export(risk_table(report["runs"]), ending)
        return render(
            "coordination/at_risk.html",
            runs=report["runs"][pages.offset : pages.offset + pages.limit],
            pages=pages,
            region=asked["region"] or "",
            day=board.newest_detection_day(session),
            flag=rules_on(session, clock.today())["RISK_FLAG"],
            downloads=[(one, url_for("coordination.at_risk", fil=one, region=asked["region"])) for one in TYPES],
            **_LABELS,
        )


def _at_risk(session: Session, asked: dict[str, Any]) -> dict[str, Any]:
    """The report, narrowed to the institutions of the person asking."""
    report = at_risk_report(session, as_of=clock.today(), **asked)
    mine = actor().organisations(Permission.RISK_READ)
    if mine is not None:
        query = select(Offer.key).where(col(Offer.id).in_(board.of_organisations(mine)))
        keys = set(session.exec(query))
        report["runs"] = [run for run in report["runs"] if run["offer"]["key"] in keys]
    return report


@blueprint.get("/sma-fag")
@public
def small() -> Response:
    """Small subjects, and whether the whole country can reach them."""
    with reading() as session:
        report = small_subject_report(session, as_of=clock.today())
        ending = request.args.get("fil", "")
        if ending in TYPES:
            return export(subject_table(report["subjects"]), ending)
        return render(
            "coordination/small.html",
            small=[
                {**row, "since_day": date.fromisoformat(row["since"])} for row in report["subjects"] if row["small"]
            ],
            others=sum(not row["small"] for row in report["subjects"]),
            downloads=[(one, url_for("coordination.small", fil=one)) for one in TYPES],
            **_LABELS,
        )


@blueprint.route("/vedtak/<key>/<subject>", methods=["GET", "POST"])
@guarded(Permission.NATIONAL_DECIDE)
def permit(key: str, subject: str) -> Response:
    """The network's decision to let the last national offer of a small subject go."""
    form = PermissionForm()
    with reading() as session:
        offer = session.exec(select(Offer).where(Offer.key == key)).first()
        further = select(OfferSubject.offer_id).where(OfferSubject.subject_code == subject)
        if offer is None or (offer.subject_code != subject and offer.id not in set(session.exec(further))):
            raise NotFound("Tilbudet finnes ikke.")
        if subject not in small_subjects(session, clock.today()):
            flash_problem(gettext("Faget er ikke et lite fag. Tilbudet trenger ikke vedtak."))
            return redirect(url_for("coordination.small"), 303)
        name = subject_name(session, subject)
    if not form.validate_on_submit():
        status = 400 if form.is_submitted() else 200
        return render("coordination/permit.html", status=status, form=form, offer=offer, subject=name)
    with writing() as session:
        operations.national_decision(session, actor(), offer.pk, subject, form.reason.data)
    flash_done(gettext("Vedtaket er ført. Institusjonen kan nå avlyse eller legge ned tilbudet."))
    return redirect(url_for("coordination.small"), 303)


@blueprint.get("/forhandssjekk")
@guarded(Permission.CASE_READ)
def planned() -> Response:
    """A planned offer held against what there is."""
    form = PrecheckForm(request.args)
    with reading() as session:
        _fill(session, form)
        neighbours = None
        if request.args.get("tittel") and form.validate():
            chosen = Planned(
                title=form.tittel.data,
                provider_id=int(form.institusjon.data) if form.institusjon.data else None,
                terms=[form.termin.data] if form.termin.data else [],
                municipalities=[form.kommune.data] if form.kommune.data else [],
                online={"online": True, "place": False}.get(form.form.data),
            )
            neighbours = precheck(session, chosen, rules_on(session, clock.today()))
        status = 400 if request.args and form.errors else 200
        return render("coordination/precheck.html", status=status, form=form, neighbours=neighbours, **_LABELS)


def _fill(session: Session, form: PrecheckForm) -> None:
    """The lists to choose from. Provider staff plan for their own institution."""
    mine = actor().organisations(Permission.CASE_READ)
    query = select(Organisation).order_by(Organisation.name_nb)
    providers = [one for one in session.exec(query) if one.is_provider and (mine is None or one.pk in mine)]
    form.institusjon.choices = [("", gettext("Velg")), *((str(one.pk), one.name_nb) for one in providers)]
    newest = newest_term(session)
    listed = [newest] if newest else []
    form.termin.choices = [
        ("", gettext("Alle")),
        *((one, term_label(one)) for one in board.all_terms(session) or listed),
    ]
    places = session.exec(select(Municipality.code, Municipality.name_nb).order_by(Municipality.name_nb))
    form.kommune.choices = [("", gettext("Ikke bestemt")), *((code, name) for code, name in places)]
