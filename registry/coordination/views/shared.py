"""What the pages of coordination share: the blueprint, words for codes, and the queue's filter in the address."""

from collections.abc import Container
from typing import Any

from flask import request, url_for

from registry.access.permissions import Permission
from registry.access.policy import Scope
from registry.catalogue.labels import term_label
from registry.coordination.labels import (
    CASE_EVENT_LABELS,
    CASE_LABELS,
    FAULT_LABELS,
    FIELD_LABELS,
    PROPOSAL_LABELS,
    REACH_LABELS,
    REGION_LABELS,
    SAMENESS_LABELS,
    STRENGTH_LABELS,
    VERDICT_LABELS,
    WAY_LABELS,
    rule_name,
)
from registry.coordination.queries.desk import board
from registry.coordination.queries.detecting.detections import rules_answered_by
from registry.coordination.states import PairKind
from registry.web.i18n import page_blueprint
from registry.web.parts import actor

blueprint = page_blueprint("coordination", __name__, "/samordning")

PER_PAGE = 25
_LONGEST_ID = 9  # digits: what a key in the database holds
PARAMETERS = ("avgjort", "styrke", "rekkevidde", "region", "fylke", "institusjon", "fag", "sak")
LABELS: dict[str, Any] = {
    "strengths": STRENGTH_LABELS,
    "reaches": REACH_LABELS,
    "verdicts": VERDICT_LABELS,
    "sameness": SAMENESS_LABELS,
    "faults": FAULT_LABELS,
    "ways": WAY_LABELS,
    "proposal_states": PROPOSAL_LABELS,
    "regions": REGION_LABELS,
    "states": CASE_LABELS,
    "case_events": CASE_EVENT_LABELS,
    "fields": FIELD_LABELS,
    "term_label": term_label,
    "rule_name": rule_name,
    "rules_answered_by": rules_answered_by,
}
_ANSWERED = {
    PairKind.OVERLAP: (board.DECIDED, board.UNDECIDED, board.PROPOSED, board.REOPENED),
    PairKind.DUPLICATE: (board.DECIDED, board.UNDECIDED, board.REOPENED, board.MERGED),
}


def one_of(value: str | None, known: Container[str]) -> str:
    """The value where it is known; nonsense in an address narrows nothing."""
    return value if value and value in known else ""


def asked() -> dict[str, Any]:
    """The queue's own parameters in this address, for addresses of the same queue."""
    return {name: value for name in PARAMETERS if (value := request.args.get(name))}


def wanted_pairs(kind: PairKind) -> board.PairFilter:
    """The filter of this address, within what the person asking may see."""
    given = request.args
    return board.PairFilter(
        kind=kind,
        strength=one_of(given.get("styrke"), STRENGTH_LABELS),
        reach=one_of(given.get("rekkevidde"), {"within", *REACH_LABELS}),
        region=one_of(given.get("region"), REGION_LABELS),
        county=given.get("fylke", ""),
        provider=given.get("institusjon", ""),
        subject=given.get("fag", ""),
        decided=one_of(given.get("avgjort"), _ANSWERED[kind]),
        case=case_asked(),
        organisations=actor().organisations(Permission.CASE_READ),
    )


def case_asked() -> int | None:
    """The case whose pairs alone are the queue, where this address names one."""
    given = request.args.get("sak", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) <= _LONGEST_ID else None


def address_of(pair_id: int) -> str:
    """A pair's page within the queue that this address speaks of."""
    return url_for("coordination.pair", pair_id=pair_id, **asked())


@blueprint.app_template_global()
def sees_every_case() -> bool:
    """Whether the person asking may see the cases of every institution, not of some."""
    return actor().may(Permission.CASE_READ) and actor().organisations(Permission.CASE_READ) is None


def may_see_exactly(organisations: frozenset[int]) -> bool:
    """Whether the person asking may see the figures of some institutions as they are; others see them rounded."""
    return actor().may(Permission.FIGURES_EXACT, Scope(organisations=organisations))
