"""Reports of what is flagged: overlaps, duplicates, runs at risk, small subjects, and what becomes of offers."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from registry.catalogue.labels import CANCEL_REASONS
from registry.catalogue.wording import Row
from registry.coordination import queries as coordination
from registry.coordination.labels import CASE_LABELS, SAMENESS_LABELS, VERDICT_LABELS
from registry.offers.views import DISCONTINUE
from registry.reports.shape import RUN, Report, as_written, by_name, day, in_own_words, offer_columns, yes
from registry.web.i18n import N_, gettext, said
from registry.web.tables import Column, Kind

#: Why one thing is flagged.
_REASON = Column(
    "reason",
    N_("Begrunnelse"),
    Kind.REASONS,
    value=lambda row: said(row["reason"]),
    language=lambda row: as_written(row["reason"]),
)
#: The flag's rule and version, as the register names it.
_RULE = Column("rule", N_("Regel"))


def _pair_columns(verdicts: Mapping[str, str], *more: Column) -> tuple[Column, ...]:
    return (
        # Numbered: whoever reads a file by its headings gets both.
        *offer_columns("a", N_("Tilbud 1"), N_("Institusjon 1"), N_("Kode 1")),
        *offer_columns("b", N_("Tilbud 2"), N_("Institusjon 2"), N_("Kode 2")),
        Column("strength", N_("Styrke"), Kind.LABEL, value=lambda row: coordination.STRENGTH_LABELS[row["strength"]]),
        Column("reach", N_("Rekkevidde"), Kind.LABEL, value=lambda row: coordination.REACH_LABELS[row["reach"]]),
        Column("terms", N_("Terminer"), Kind.TERM),
        Column("score", N_("Poeng"), Kind.NUMBER, value=lambda row: round(row["score"], 2)),
        Column(
            "evidence",
            N_("Begrunnelse"),
            Kind.REASONS,
            value=lambda row: " ".join(said(e["sentence"]) for e in row["evidence"]),
            language=lambda row: as_written(*(e["sentence"] for e in row["evidence"])),
        ),
        _RULE,
        Column("judged_on", N_("Sammenlignet"), Kind.DATE, value=lambda row: day(row["judged_on"])),
        Column(
            "decision",
            N_("Avgjørelse"),
            Kind.LABEL,
            value=lambda row: verdicts[row["decision"]["verdict"]] if row["decision"] else None,
        ),
        *more,
    )


def _with_cases(content: Mapping[str, Any]) -> list[Row]:
    """The pairs, each with the cases that both its offers are in."""
    members = [(one, {offer["key"] for offer in one["offers"]}) for one in content["cases"]]
    by_offer: defaultdict[str, list[tuple[dict[str, Any], set[str]]]] = defaultdict(list)
    for one, keys in members:
        for key in keys:
            by_offer[key].append((one, keys))
    return [
        {**pair, "cases": [one for one, keys in by_offer[pair["a"]["key"]] if pair["b"]["key"] in keys]}
        for pair in content["pairs"]
    ]


def _said_cases(row: Mapping[str, Any]) -> str:
    return "; ".join(f"{one['id']}: {gettext(CASE_LABELS[one['state']])}" for one in row["cases"])


#: What befell an offer, and why, as the page says it; the JSON keeps the codes.
EVENTS: Mapping[str, str] = {
    "established": N_("Opprettet"),
    "discontinued": N_("Lagt ned"),
    "cancelled": N_("Avlyst"),
    "postponed": N_("Utsatt"),
    "carried_out": N_("Gjennomført"),
    "changed": N_("Endret"),
    "no_longer_taught": N_("Gis ikke lenger"),
}


def _reason(row: Mapping[str, Any]) -> str | None:
    words = DISCONTINUE if row["event"] == "discontinued" else CANCEL_REASONS
    reason: str | None = row["reason"]
    return words.get(reason, reason) if reason else None


FLAGS: tuple[Report, ...] = (
    Report(
        "overlaps",
        N_("Overlapp"),
        N_("Ulike institusjoner som tilbyr det samme til de samme."),
        lambda session, f: coordination.overlap_report(
            session,
            as_of=f.as_of,
            term=f.term,
            region=f.region,
            provider=f.provider,
            within_reach=f.within_reach,
            shown=f.shown,
        ),
        _with_cases,
        _pair_columns(VERDICT_LABELS, Column("cases", N_("Saker"), value=_said_cases)),
        public=False,
        takes=frozenset({"term", "region", "provider", "within_reach"}),
    ),
    Report(
        "duplicates",
        N_("Dubletter"),
        N_("Det samme tilbudet to ganger, fra to kilder eller ført to ganger."),
        lambda session, f: coordination.duplicate_report(
            session, as_of=f.as_of, term=f.term, region=f.region, provider=f.provider, shown=f.shown
        ),
        lambda content: content["pairs"],
        _pair_columns(SAMENESS_LABELS),
        public=False,
        takes=frozenset({"term", "region", "provider"}),
    ),
    Report(
        "at-risk",
        N_("Utsatte kull"),
        N_("Kull som kan bli avlyst fordi få har søkt."),
        lambda session, f: coordination.at_risk_report(
            session, as_of=f.as_of, term=f.term, region=f.region, provider=f.provider
        ),
        lambda content: content["runs"],
        (
            *RUN,
            Column("applicants", N_("Søkere"), Kind.NUMBER),
            Column("minimum", N_("Minstetall"), Kind.NUMBER),
            Column("probability", N_("Sannsynlighet for avlysning"), Kind.PERCENT),
            Column("last_national", N_("Siste i landet"), Kind.LABEL, value=lambda row: yes(row["last_national"])),
            Column(
                "reasons",
                N_("Begrunnelse"),
                Kind.REASONS,
                value=lambda row: " ".join(map(said, row["reasons"])),
                language=lambda row: as_written(*row["reasons"]),
            ),
            _RULE,
        ),
        public=False,
        takes=frozenset({"term", "region", "provider"}),
    ),
    Report(
        "oversubscribed",
        N_("Overtegnede kull"),
        N_("Kull som mange flere venter på enn det er plass til."),
        lambda session, f: coordination.oversubscribed_report(
            session, as_of=f.as_of, term=f.term, region=f.region, provider=f.provider
        ),
        lambda content: content["runs"],
        (
            *RUN,
            Column("waitlist", N_("Venteliste"), Kind.NUMBER),
            Column("capacity", N_("Plasser"), Kind.NUMBER),
            _REASON,
            _RULE,
        ),
        public=False,
        takes=frozenset({"term", "region", "provider"}),
    ),
    Report(
        "low-trend",
        N_("Vedvarende få deltakere"),
        N_("Tilbud der få har startet i de tre siste kullene."),
        lambda session, f: coordination.low_trend_report(session, as_of=f.as_of, region=f.region, provider=f.provider),
        lambda content: content["offers"],
        (
            *RUN[:2],
            Column("mean", N_("Startet i snitt"), Kind.NUMBER),
            Column("terms", N_("Terminer"), Kind.TERM),
            Column("starters", N_("Startet"), value=lambda row: ", ".join(map(str, row["starters"]))),
            Column("since", N_("Siden"), Kind.DATE, value=lambda row: day(row["since"])),
            _REASON,
            _RULE,
        ),
        public=False,
        takes=frozenset({"region", "provider"}),
    ),
    Report(
        "small-subjects",
        N_("Små fag"),
        N_("Fag som få tilbyr eller få begynner på, og om landet er dekket."),
        lambda session, f: coordination.small_subject_report(session, as_of=f.as_of),
        lambda content: content["subjects"],
        (
            Column("name", N_("Fag"), language=in_own_words),
            Column("small", N_("Lite fag"), Kind.LABEL, value=lambda row: yes(row["small"])),
            Column("since", N_("Siden"), Kind.DATE, value=lambda row: day(row["since"])),
            Column("offers", N_("Tilbud"), Kind.NUMBER),
            Column("national_offers", N_("Tilbud for hele landet"), Kind.NUMBER),
            Column("covered", N_("Dekket"), Kind.LABEL, value=lambda row: yes(row["covered"])),
            Column(
                "reason",
                N_("Begrunnelse"),
                Kind.REASONS,
                value=lambda row: said(row["reason"]),
                language=lambda row: as_written(row["reason"]),
            ),
            _RULE,
        ),
        order=lambda row: (not row["small"], row["covered"], by_name(row)),
    ),
    Report(
        "coverage",
        N_("Dekning"),
        N_("Antall tilbud per fag og region."),
        lambda session, f: coordination.coverage_report(session, as_of=f.as_of, term=f.term, target=f.target),
        lambda content: content["subjects"],
        (
            Column("name", N_("Fag"), language=in_own_words),
            Column("east", N_("Øst"), Kind.NUMBER),
            Column("west", N_("Vest"), Kind.NUMBER),
            Column("north", N_("Nord"), Kind.NUMBER),
            Column("online", N_("På nett"), Kind.NUMBER),
            Column("total", N_("I alt"), Kind.NUMBER),
        ),
        order=by_name,
        takes=frozenset({"term", "target"}),
    ),
    Report(
        "lifecycle",
        N_("Opprettet og lagt ned"),
        N_("Hva som ble opprettet, endret, gjennomført, avlyst og lagt ned, og når."),
        lambda session, f: coordination.lifecycle_report(
            session, as_of=f.as_of, term=f.term, region=f.region, provider=f.provider
        ),
        lambda content: content["events"],
        (
            Column("date", N_("Dato"), Kind.DATE, value=lambda row: day(row["date"])),
            Column("event", N_("Hendelse"), Kind.LABEL, value=lambda row: EVENTS[row["event"]]),
            *RUN,
            Column("reason", N_("Årsak"), Kind.LABEL, value=_reason),
        ),
        takes=frozenset({"term", "region", "provider"}),
    ),
)
