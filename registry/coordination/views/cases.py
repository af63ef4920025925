"""Cases: the list of all of them, and one with its offers side by side, its pairs and its log."""

from flask import request
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.coordination.labels import REGION_LABELS
from registry.coordination.policy import readable_case, readable_of
from registry.coordination.presenting import field_rows, reach_tiles, side_marks, term_points
from registry.coordination.queries.desk import board, reviewing
from registry.coordination.queries.desk.cases import EVERY, WAITING, CaseFilter, case_list, members_of, pairs_inside
from registry.coordination.queries.desk.side_by_side import seen_offers
from registry.coordination.states import CaseState
from registry.coordination.views.shared import LABELS, PER_PAGE, blueprint, may_see_exactly, one_of
from registry.core import clock
from registry.rules.register import rules_on
from registry.web.fragments import render
from registry.web.guard import guarded
from registry.web.pagination import Pagination, page_number
from registry.web.parts import actor, reading


@blueprint.get("/saker")
@guarded(Permission.CASE_READ)
def cases() -> Response:
    """Every case, those with most at stake first; those that wait where nothing else is asked for."""
    wanted = _wanted()
    with reading() as session:
        page = page_number()
        rows, total = case_list(session, wanted, (page - 1) * PER_PAGE, PER_PAGE)
        pages = Pagination(page, PER_PAGE, total)
        if pages.page != page:
            rows, total = case_list(session, wanted, pages.offset, PER_PAGE)
        return render(
            "coordination/cases.html",
            rows=rows,
            pages=pages,
            wanted=wanted,
            choices=board.choices(session),
            **LABELS,
        )


def _wanted() -> CaseFilter:
    """The filter of this address, within what the person asking may see."""
    given = request.args
    return CaseFilter(
        state=one_of(given.get("tilstand"), {EVERY, *CaseState}) or WAITING,
        region=one_of(given.get("region"), REGION_LABELS),
        county=given.get("fylke", ""),
        provider=given.get("institusjon", ""),
        subject=given.get("fag", ""),
        organisations=actor().organisations(Permission.CASE_READ),
    )


@blueprint.get("/sak/<int:case_id>")
@guarded(Permission.CASE_READ)
def case(case_id: int) -> Response:
    """One case, the evidence first. Of its pairs everybody sees those of the own institution, coordinators all."""
    with reading() as session:
        found = readable_case(session, actor(), case_id)
        members = members_of(session, [case_id])[case_id]
        members.sort(key=lambda offer: (offer != found.core_offer_id, offer))
        inside = pairs_inside(session, found, members)
        own = readable_of(session, actor(), inside)
        sides = seen_offers(session, members, may_see_exactly, int(rules_on(session, clock.today())["SMALL_CELL"]))
        marks = dict(zip(members, side_marks(len(members)), strict=True))
        rows = board.rows_of(session, own)
        return render(
            "coordination/case.html",
            case=found,
            sides=sides,
            marks=list(marks.values()),
            feeds=actor().organisations(Permission.IMPORT_READ),
            rows=field_rows(session, *sides),
            charts=term_points(*sides)[0],
            tiles=reach_tiles(session, *sides),
            pairs=rows,
            hidden=len(inside) - len(own),
            waiting=[row.pair.pk for row in rows if row.decision is None],
            may_decide=actor().may(Permission.CASE_DECIDE),
            between={row.pair.pk: (marks[row.pair.a_offer_id], marks[row.pair.b_offer_id]) for row in rows},
            log=reviewing.case_log(session, case_id, own, members),
            names={str(side.id): side.card["title"] for side in sides},
            **LABELS,
        )
