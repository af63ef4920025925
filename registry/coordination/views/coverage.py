"""Where each subject is taught, for whom and when; and one subject's history on the list of small subjects."""

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from registry.access.permissions import Permission
from registry.catalogue.labels import DELIVERY
from registry.catalogue.vocabulary import Vocabulary, vocabulary
from registry.catalogue.wording import spoken
from registry.coordination.queries import coverage_report
from registry.coordination.queries.desk.board import all_terms
from registry.coordination.queries.desk.covering import ONLINE, TOTAL, cell_of
from registry.coordination.queries.desk.permitted import permitted_losses
from registry.coordination.queries.reports.offers import offer_cards
from registry.coordination.queries.reports.subjects import carriers, subject_history
from registry.coordination.views.shared import LABELS, blueprint, one_of
from registry.core import clock
from registry.core.errors import NotFound
from registry.core.text import norwegian_sort_key
from registry.reference.models import Subject
from registry.web.export import TYPES, export
from registry.web.fragments import render
from registry.web.guard import allowed, public
from registry.web.i18n import N_, current_language
from registry.web.parts import reading
from registry.web.tables import Column, Kind, Table

_PLACES = (
    ("east", N_("Øst")),
    ("west", N_("Vest")),
    ("north", N_("Nord")),
    (ONLINE, N_("På nett")),
    (TOTAL, N_("I alt")),
)
_GAPS = ("alle", "tilbud", "hull", "sma")


@blueprint.get("/dekning")
@public
def coverage() -> Response:
    """Offers per subject and region, for a target group and a term."""
    asked = request.args
    with reading() as session:
        terms = all_terms(session)
        words = vocabulary(session)
        targets = _targets(words)
        term = one_of(asked.get("termin"), {*terms, "all"}) or None
        target = one_of(asked.get("malgruppe"), dict(targets)) or None
        shown = one_of(asked.get("vis"), _GAPS) or "tilbud"
        report = coverage_report(session, as_of=clock.today(), term=term, target=target)
    rows = spoken([row for row in report["subjects"] if _is_shown(row, shown)], words)
    rows.sort(key=lambda row: norwegian_sort_key(row["name"]))
    table = Table(
        "dekning", (Column("name", N_("Fag")), *(Column(key, label, Kind.NUMBER) for key, label in _PLACES)), rows
    )
    ending = asked.get("fil", "")
    if ending in TYPES:
        return export(table, ending)
    parameters: dict[str, Any] = {"termin": term, "malgruppe": target, "vis": shown}
    return render(
        "coordination/coverage.html",
        rows=rows,
        places=_PLACES,
        term=report["term"],
        terms=terms,
        target=target,
        targets=targets,
        shown=shown,
        downloads=[(one, url_for("coordination.coverage", fil=one, **parameters)) for one in TYPES],
        **LABELS,
    )


@blueprint.get("/dekning/<code>")
@public
def coverage_cell(code: str) -> Response:
    """The offers that a number of the board counts, each with its runs."""
    asked = request.args
    with reading() as session:
        words = vocabulary(session)
        named = words.subjects.get(code)
        if named is None:
            raise NotFound("Faget finnes ikke.")
        terms = all_terms(session)
        targets = _targets(words)
        place = one_of(asked.get("sted"), dict(_PLACES)) or TOTAL
        target = one_of(asked.get("malgruppe"), dict(targets)) or None
        term = one_of(asked.get("termin"), {*terms, "all"}) or None
        cell = cell_of(session, code, as_of=clock.today(), place=place, term=term, target=target)
    return render(
        "coordination/coverage_cell.html",
        code=code,
        name=named.name(current_language()),
        language=named.language(current_language()),
        offers=cell.offers,
        term=cell.term,
        terms=terms,
        place=place,
        places=_PLACES,
        target=target,
        targets=targets,
        deliveries=DELIVERY,
        back=url_for("coordination.coverage", termin=cell.term, malgruppe=target),
        **LABELS,
    )


def _targets(words: Vocabulary) -> list[tuple[str, str]]:
    """Where people work, then what they do there, each by name."""
    named = [
        [(one.code, one.name(current_language())) for one in kind.values()] for kind in (words.settings, words.roles)
    ]
    return [choice for kind in named for choice in sorted(kind, key=lambda choice: norwegian_sort_key(choice[1]))]


def _is_shown(row: dict[str, Any], shown: str) -> bool:
    if shown == "alle":
        return True
    if shown == "sma":
        return bool(row["small"])
    if shown == "hull":
        regions = (row["east"], row["west"], row["north"])
        return bool(row["total"]) and not row["online"] and not all(regions)
    return bool(row["total"])


@blueprint.get("/sma-fag/<code>")
@public
def subject(code: str) -> Response:
    """One subject: when it came on and went off the list of small subjects, why, and who carries it now."""
    with reading() as session:
        found = session.get(Subject, code)
        if found is None:
            raise NotFound("Faget finnes ikke.")
        carried = carriers(session, code, clock.today())
        return render(
            "coordination/subject.html",
            subject=found,
            name=getattr(found, f"name_{current_language()}", None) or found.name_nb,
            history=subject_history(session, code),
            offers=list(offer_cards(session, carried.offers).values()),
            national={card["key"] for card in offer_cards(session, carried.national).values()},
            decisions=permitted_losses(session, [code]) if allowed(Permission.CASE_READ) else [],
            **LABELS,
        )
