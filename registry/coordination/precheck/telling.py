"""A review as a table for sheets and as JSON; the page shows the same."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from registry.catalogue.labels import CANCEL_REASONS
from registry.coordination.labels import FIELD_LABELS, N_, REACH_LABELS, STRENGTH_LABELS, TIMING_LABELS
from registry.coordination.precheck import RELATED, Review
from registry.coordination.precheck.neighbours import Neighbour
from registry.coordination.precheck.planned import Planned
from registry.coordination.presenting import TermPoint, term_points
from registry.core import terms
from registry.web.formatting import term_name
from registry.web.i18n import gettext, said
from registry.web.tables import Column, Kind, Table

#: Fields of a planned offer, as they are headed; beside those of offers that are compared.
LABELS: Mapping[str, str] = {**FIELD_LABELS, "role": N_("Rolle"), "delivery": N_("Undervisningsform")}
_PAST = 5  # terms before the present one that a chart goes back
_RULES = ("OVL_", "PRECHECK_", "SMALL_", "UNMET_")


def charts(review: Review) -> tuple[dict[int, list[TermPoint]], int]:
    """Offer -> a point per term of the last years and those to come, all on one axis; and the largest number of them all.

    Who tells neither applicants nor minimum is not there.
    """
    first = terms.sort_key(terms.shift(terms.of(review.today), -_PAST))
    sides = [
        replace(side, figures=[one for one in side.figures if terms.sort_key(one.term) >= first])
        for side in review.sides.values()
    ]
    drawn, top = term_points(*sides)
    known = {
        side.id: chart
        for side, chart in zip(sides, drawn, strict=True)
        if any(one.applicants is not None or one.minimum is not None for one in side.figures)
    }
    return known, top


def precheck_table(review: Review) -> Table:
    """Every overlap, then the nearest of what is no overlap, as a download."""

    def of(key: str) -> Any:
        return lambda one: review.cards[one.offer_id][key]

    def room(key: str) -> Any:
        return lambda one: getattr(review.rooms.get(one.offer_id), key, None)

    columns = (
        Column("title", N_("Tilbud"), value=of("title")),
        Column("provider", N_("Institusjon"), value=lambda one: review.cards[one.offer_id]["provider"]["name"]),
        Column("code", N_("Kode"), value=of("source_code")),
        Column("strength", N_("Styrke"), Kind.LABEL, value=lambda one: STRENGTH_LABELS[one.strength]),
        Column("reach", N_("Rekkevidde"), Kind.LABEL, value=lambda one: REACH_LABELS[one.reach]),
        Column("timing", N_("Tid"), Kind.LABEL, value=lambda one: TIMING_LABELS[one.timing]),
        Column("terms", N_("Terminer"), Kind.TERM, value=lambda one: one.terms),
        Column("score", N_("Poeng"), Kind.NUMBER, value=lambda one: round(one.score, 2)),
        Column("cancelled", N_("Avlyst"), value=lambda one: "; ".join(_lost(review, one))),
        Column("places", N_("Plasser"), Kind.NUMBER, value=room("places")),
        Column("left", N_("Ledige plasser"), Kind.NUMBER, value=room("left")),
        Column("waiting", N_("Venteliste"), Kind.NUMBER, value=room("waiting")),
        Column("evidence", N_("Hvorfor"), value=lambda one: " ".join(map(said, one.sentences))),
        Column("objections", N_("Hvorfor ikke overlapp"), value=lambda one: " ".join(map(said, one.objections))),
    )
    return Table("forhandssjekk", columns, [*review.overlaps, *review.related[:RELATED]])


def _lost(review: Review, one: Neighbour) -> list[str]:
    return [
        f"{term_name(run.term)}: {gettext(CANCEL_REASONS[run.reason])}" for run in review.lost.get(one.offer_id, ())
    ]


def content(review: Review) -> dict[str, Any]:
    """The whole review for another program, in the shapes of the reports; sentences are bokmål."""
    versions = review.rules.versions
    return {
        "as_of": review.today.isoformat(),
        "planned": _planned(review.planned),
        "understood": [
            {"field": one.field, "values": list(one.values), "read_from": one.words} for one in review.understood.told
        ],
        "rules": [{"id": code, "version": versions[code]} for code in sorted(versions) if code.startswith(_RULES)],
        "verdict": {
            "kind": review.verdict.kind,
            "sentence": review.verdict.headline,
            "more": list(review.verdict.more),
        },
        "overlaps": [_neighbour(review, one) for one in review.overlaps],
        "related": [{**_neighbour(review, one), "objections": one.objections} for one in review.related[:RELATED]],
        "related_in_all": len(review.related),
        "coverage": [
            {
                "term": row.term,
                **row.cells,
                "anybody": row.anybody,
                "before": {"term": review.before[row.term].term, **review.before[row.term].cells},
            }
            for row in review.coming
        ],
        "gaps": [{"term": one.term, "region": one.region} for one in review.gaps],
        "terms": [
            {"term": one.term, "set_up": one.set_up, "expected": one.expected, "best": one.is_best}
            for one in review.choices
        ],
        "changes": [{"change": one.label, "asked": one.asked, "remaining": one.remaining} for one in review.changes],
        "demand": {
            "plans": [{"year": one.year, "heads": one.heads} for one in review.demand.needed],
            "searches": [
                {"text": one.query.text, "times": one.times, "last": one.last.isoformat()}
                for one in review.demand.wishes
            ],
            "exact": review.demand.is_exact,
        },
        "small_subjects": sorted(review.small),
    }


def _planned(planned: Planned) -> dict[str, Any]:
    return {
        "title": planned.title,
        "terms": list(planned.terms),
        "municipality": planned.municipality,
        "region": planned.region,
    }


def _neighbour(review: Review, one: Neighbour) -> dict[str, Any]:
    room, side = review.rooms.get(one.offer_id), review.sides.get(one.offer_id)
    return {
        **review.cards[one.offer_id],
        "term": one.terms[-1] if one.terms else None,
        "score": one.score,
        "strength": one.strength,
        "reach": str(one.reach),
        "timing": str(one.timing),
        "terms": one.terms,
        "evidence": [
            {"what": line.what, "value": line.value, "weight": line.weight, "sentence": line.sentence}
            for line in one.pair.evidence
        ],
        "cancelled": [{"term": run.term, "reason": run.reason} for run in review.lost.get(one.offer_id, ())],
        "room": room and {"places": room.places, "left": room.left, "waiting": room.waiting},
        "applicants": side
        and {
            "exact": side.is_exact,
            "terms": [
                {"term": told.term, "applicants": told.applicants, "minimum": told.minimum, "cancelled": told.is_lost}
                for told in side.figures
            ],
        },
    }
