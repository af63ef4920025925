"""What waits, and the queues of pairs."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.coordination.presenting import pair_table
from registry.coordination.queries import small_subject_report
from registry.coordination.queries.desk import board, reviewing
from registry.coordination.queries.desk.cases import CaseFilter, case_list
from registry.coordination.queries.desk.proposals import waiting_for
from registry.coordination.states import PairKind
from registry.coordination.views.boards import flagged_runs
from registry.coordination.views.shared import (
    LABELS,
    PER_PAGE,
    asked,
    blueprint,
    case_asked,
    sees_every_case,
    wanted_pairs,
)
from registry.core import clock
from registry.web.export import TYPES, export
from registry.web.flashes import flash_done
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.i18n import gettext
from registry.web.pagination import Pagination, page_number
from registry.web.parts import actor, reading

_CASES_SHOWN = 10  # on the first page; the list has them all
_EXPORT_LIMIT = 100_000  # rows; more is a report's job


@blueprint.get("/")
@guarded(Permission.CASE_READ)
def start() -> Response:
    """What waits for the person asking, and what detection has found lately."""
    mine = actor().organisations(Permission.CASE_READ)
    with reading() as session:
        cases, total = case_list(session, CaseFilter(organisations=mine), 0, _CASES_SHOWN)
        waiting = waiting_for(session, mine)
        return render(
            "coordination/start.html",
            cases=cases,
            total=total,
            counts=board.counts(session, mine),
            proposals=len(waiting),
            to_answer=[one for one in waiting if mine is not None and one.receiver_id in mine],
            at_risk=len(flagged_runs(session, {})["runs"]),
            small=sum(row["small"] for row in small_subject_report(session, as_of=clock.today())["subjects"]),
            detections=board.detections(session),
            **LABELS,
        )


@blueprint.get("/overlapp")
@guarded(Permission.CASE_READ)
def overlaps() -> Response:
    """The queue of overlapping offers."""
    return _queue(PairKind.OVERLAP)


@blueprint.get("/dubletter")
@guarded(Permission.CASE_READ)
def duplicates() -> Response:
    """Offers that may be the same one twice."""
    return _queue(PairKind.DUPLICATE)


def _queue(kind: PairKind) -> Response:
    wanted = wanted_pairs(kind)
    with reading() as session:
        page = page_number()
        rows, total = board.queue(session, wanted, (page - 1) * PER_PAGE, PER_PAGE)
        pages = Pagination(page, PER_PAGE, total)
        if pages.page != page:
            rows, total = board.queue(session, wanted, pages.offset, PER_PAGE)
        return render(
            "coordination/queue.html",
            rows=rows,
            pages=pages,
            wanted=wanted,
            choices=board.choices(session),
            parameters=asked(),
            sees_all=sees_every_case(),
            downloads=[
                (ending, url_for("coordination.download", kind=str(kind), ending=ending, **asked())) for ending in TYPES
            ],
            **LABELS,
        )


@blueprint.get("/gjennomgang/<any(overlapp, dubletter):queue>")
@guarded(Permission.CASE_READ)
def review(queue: str) -> Response:
    """To the first pair of the filtered queue that nobody has answered."""
    of = PairKind.OVERLAP if queue == "overlapp" else PairKind.DUPLICATE
    with reading() as session:
        first = reviewing.first_waiting(session, wanted_pairs(of))
    if first is None:
        flash_done(gettext("Alle parene i denne køen er besvart."))
        if case_id := case_asked():
            return redirect(url_for("coordination.case", case_id=case_id), 303)
        endpoint = "coordination.overlaps" if of is PairKind.OVERLAP else "coordination.duplicates"
        return redirect(url_for(endpoint, **asked()), 303)
    parameters = {"avgjort": board.UNDECIDED, **asked()}
    return redirect(url_for("coordination.pair", pair_id=first, **parameters), 303)


@blueprint.get("/par.<any(csv, xlsx, ods, json):ending>")
@guarded(Permission.CASE_READ)
def download(ending: str) -> Response:
    """The same list as a file."""
    kind = PairKind.DUPLICATE if request.args.get("kind") == PairKind.DUPLICATE else PairKind.OVERLAP
    with reading() as session:
        rows, _ = board.queue(session, wanted_pairs(kind), 0, _EXPORT_LIMIT)
        return export(pair_table(rows, kind), ending)
