"""What would change colour if a rule had another number: runs, subjects, offers and pairs, and since when they stood as they do.

Reads only. Where a number cannot be tried, the answer is None, and :mod:`registry.coordination.untold` says why.
"""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session, col, select

from registry.applications.queries import Unreported, unreported
from registry.coordination.country_cache import country
from registry.coordination.detection.exempting import RULE as EXEMPTING
from registry.coordination.detection.exempting import is_exempt
from registry.coordination.detection.pairs import Found
from registry.coordination.detection.standings import find_periods
from registry.coordination.models import Pair
from registry.coordination.queries.detecting.applicants import starters
from registry.coordination.queries.detecting.landscape import profile_key
from registry.coordination.queries.detecting.national import current_terms, national_reach
from registry.coordination.queries.detecting.runs import RunRow, load_runs, subjects_by_offer
from registry.coordination.queries.detecting.study_years import subject_facts
from registry.coordination.queries.reports.darkness import FLAG as DARK_FLAG
from registry.coordination.queries.reports.darkness import dark_subjects
from registry.coordination.queries.reports.offers import offer_cards
from registry.coordination.queries.reports.oversubscribed import oversubscribed, waitlists
from registry.coordination.queries.reports.risk import assessed_on
from registry.coordination.queries.reports.subjects import small_subject_report, small_subjects
from registry.coordination.queries.reports.trends import EXEMPT, INFORMATION, LOW, Trend, low_trends
from registry.coordination.smallsubjects import RULES as SMALL_RULES
from registry.coordination.states import PairKind
from registry.coordination.untold import why_untold
from registry.reference.models import Subject
from registry.rules.register import RuleSet, rule_history, rules_on

SHOWN = 200  # of each; the numbers count them all


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that changes colour. ``since`` is when it came to stand as it does today, None where that is unknown."""

    text: str
    provider: str = ""
    offer: str | None = None  #: key
    subject: str | None = None  #: code
    pair: int | None = None
    term: str | None = None
    since: date | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What gets the flag, and what loses it."""

    on: tuple[Changed, ...]
    off: tuple[Changed, ...]


def what_if(
    session: Session, code: str, number: float, today: date, exceptions: frozenset[str] | None = None
) -> WhatIf | None:
    """The effect today of another number, and with ``exceptions`` of leaving other subjects alone (rule of overlaps only).

    None where ``untold.why_untold`` has a reason. Raises NotFound for no such rule.
    """
    rules = rules_on(session, today)
    before = rules[code]
    if why_untold(code, number, before) is not None:
        return None
    if exceptions is not None and code == EXEMPTING:
        return _exempting(session, rules, number, exceptions, today)
    tell = _TELLERS.get(code)
    if tell is None:
        return None
    if before == number:
        return WhatIf((), ())
    return tell(session, rules, replace(rules, numbers={**rules.numbers, code: number}), today)


def _risk(session: Session, rules: RuleSet, changed: RuleSet, today: date) -> WhatIf:
    code = next(one for one in ("RISK_FLAG", "RISK_HIGH") if rules[one] != changed[one])
    old, new = rules[code], changed[code]
    found = [
        (risk, run)
        for risk, run in assessed_on(session, today)
        if (risk.probability >= old) != (risk.probability >= new)
    ]
    cards = offer_cards(session, {run.offer_id for _, run in found})
    items = [
        Changed(
            cards[run.offer_id]["title"],
            cards[run.offer_id]["provider"]["name"],
            offer=cards[run.offer_id]["key"],
            term=run.term,
            since=risk.assessed_on,
            detail=f"{risk.probability:.0%}".replace("%", " %"),
        )
        for risk, run in found
    ]
    return WhatIf(tuple(items), ()) if new < old else WhatIf((), tuple(items))


def _low_run(session: Session, rules: RuleSet, changed: RuleSet, today: date) -> WhatIf:
    old, new = (int(one["LOW_RUN_DEFAULT_MINIMUM"]) for one in (rules, changed))
    found = [
        (risk, run)
        for risk, run in assessed_on(session, today)
        if run.minimum is None and (risk.applicants < old) != (risk.applicants < new)
    ]
    cards = offer_cards(session, {run.offer_id for _, run in found})
    items = tuple(
        Changed(
            cards[run.offer_id]["title"],
            cards[run.offer_id]["provider"]["name"],
            offer=cards[run.offer_id]["key"],
            term=run.term,
            since=risk.assessed_on,
            detail=str(risk.applicants),
        )
        for risk, run in found
    )
    return WhatIf(items, ()) if new > old else WhatIf((), items)


def _trends(session: Session, rules: RuleSet, changed: RuleSet, today: date) -> WhatIf:
    """Who falls under the edited line: an offer that goes from one line to the other leaves the first. The cycles that are exempt
    are those of both lines.
    """
    code = next(one for one in (LOW, INFORMATION, EXEMPT) if rules[one] != changed[one])
    lines = (LOW, INFORMATION) if code == EXEMPT else (code,)
    runs, begun = load_runs(session), starters(session, today)
    old, new = (
        {offer: trend for line in lines for offer, trend in low_trends(runs, begun, one)[line].items()}
        for one in (rules, changed)
    )
    cards = offer_cards(session, old.keys() ^ new.keys())

    def told(offers: Iterable[int], trends: Mapping[int, Trend]) -> tuple[Changed, ...]:
        return tuple(
            Changed(
                cards[one]["title"],
                cards[one]["provider"]["name"],
                offer=cards[one]["key"],
                since=trends[one].since,
                detail=f"{trends[one].mean:g}".replace(".", ","),
            )
            for one in sorted(offers)
            if one in cards
        )

    return WhatIf(told(new.keys() - old.keys(), new), told(old.keys() - new.keys(), old))


def _oversubscribed(session: Session, rules: RuleSet, changed: RuleSet, today: date) -> WhatIf:
    runs = load_runs(session)
    wanted = current_terms({run.term for run in runs}, today)
    runs = [run for run in runs if run.term in wanted]
    waiting = waitlists(session, wanted)
    old, new = ({run.id: run for run, _ in oversubscribed(runs, waiting, one)} for one in (rules, changed))
    cards = offer_cards(session, {run.offer_id for run in (*old.values(), *new.values())})

    def told(some: Mapping[int, RunRow], others: Container[int]) -> tuple[Changed, ...]:
        return tuple(
            Changed(
                cards[run.offer_id]["title"],
                cards[run.offer_id]["provider"]["name"],
                offer=cards[run.offer_id]["key"],
                term=run.term,
                detail=f"{waiting[run.id]} / {run.places}",
            )
            for run in some.values()
            if run.id not in others
        )

    return WhatIf(told(new, old), told(old, new))


def _dark(session: Session, rules: RuleSet, changed: RuleSet, today: date) -> WhatIf:
    old, new = rules[DARK_FLAG], changed[DARK_FLAG]
    low, high = sorted((old, new))
    items = tuple(
        Changed(
            row["name"], subject=row["code"], term=row["term"], detail=f"{row['probability']:.0%}".replace("%", " %")
        )
        for row in dark_subjects(session, today, least=low)
        if row["probability"] < high
    )
    return WhatIf(items, ()) if new < old else WhatIf((), items)


def _subjects(session: Session, rules: RuleSet, changed: RuleSet, today: date) -> WhatIf:
    facts = subject_facts(session, today)
    names = dict(session.exec(select(Subject.code, Subject.name_nb)).all())
    since = {row["code"]: row["since"] for row in small_subject_report(session, as_of=today)["subjects"]}
    held = rule_history(session, SMALL_RULES)
    code = next(one for one in SMALL_RULES if rules[one] != changed[one])
    old, new = (
        {
            period.subject: period.reason
            for period in find_periods(facts, one, today)
            if period.until is None and period.is_small
        }
        for one in (held, held.changed(code, changed[code], today))
    )

    def told(codes: Iterable[str], reasons: Mapping[str, str]) -> tuple[Changed, ...]:
        return tuple(
            Changed(
                names[code],
                subject=code,
                since=date.fromisoformat(since[code]) if code in since else None,
                detail=reasons.get(code, ""),
            )
            for code in sorted(codes)
        )

    return WhatIf(told(new.keys() - old.keys(), new), told(old.keys() - new.keys(), old))


def _guarantee(session: Session, rules: RuleSet, changed: RuleSet, today: date) -> WhatIf:
    reach = national_reach(load_runs(session), subjects_by_offer(session), today)
    names = dict(session.exec(select(Subject.code, Subject.name_nb)).all())
    carried = {code: len(reach[code].national) if code in reach else 0 for code in small_subjects(session, today)}
    old, new = ({code for code, n in carried.items() if n < one["NATIONAL_GUARANTEE"]} for one in (rules, changed))

    def told(codes: set[str]) -> tuple[Changed, ...]:
        return tuple(Changed(names[code], subject=code, detail=str(carried[code])) for code in sorted(codes))

    return WhatIf(told(new - old), told(old - new))


def _pairs(kind: PairKind, code: str) -> Callable[[Session, RuleSet, RuleSet, date], WhatIf]:
    def tell(session: Session, rules: RuleSet, changed: RuleSet, today: date) -> WhatIf:  # noqa: ARG001 - one shape for all
        old, new = rules[code], changed[code]
        low, high = sorted((old, new))
        query = select(Pair).where(Pair.kind == kind, col(Pair.gone_on).is_(None), Pair.score >= low, Pair.score < high)
        found = session.exec(query.order_by(col(Pair.weight).desc(), col(Pair.id))).all()
        items = _told_pairs(session, found)
        return WhatIf(items, ()) if new < old else WhatIf((), items)

    return tell


def _told_pairs(session: Session, found: Sequence[Pair | Found]) -> tuple[Changed, ...]:
    """Pairs as they stand, or as they would be found: of those nobody knows yet since when."""
    cards = offer_cards(session, {one for pair in found[:SHOWN] for one in (pair.a_offer_id, pair.b_offer_id)})
    return tuple(
        Changed(
            " – ".join(cards[one]["title"] for one in (pair.a_offer_id, pair.b_offer_id) if one in cards),
            " – ".join(cards[one]["provider"]["name"] for one in (pair.a_offer_id, pair.b_offer_id) if one in cards),
            pair=pair.pk if isinstance(pair, Pair) else None,
            since=pair.first_seen_on if isinstance(pair, Pair) else None,
            detail=f"{pair.score:.2f}".replace(".", ","),
        )
        for pair in found
    )


def _exempting(session: Session, rules: RuleSet, number: float, core: frozenset[str], today: date) -> WhatIf:
    """Overlaps in subjects that are exempted lose their flag; those in subjects that no longer are get theirs, as the next
    comparison would find them.
    """
    changed = replace(rules, numbers={**rules.numbers, EXEMPTING: number})
    by_number = _pairs(PairKind.OVERLAP, EXEMPTING)(session, rules, changed, today)
    query = select(Pair).where(Pair.kind == PairKind.OVERLAP, col(Pair.gone_on).is_(None), Pair.score >= number)
    with country(session, rules) as known:
        lost = [
            pair
            for pair in session.exec(query.order_by(col(Pair.weight).desc(), col(Pair.id)))
            if (a := known.profile(profile_key(pair.a_offer_id)))
            and (b := known.profile(profile_key(pair.b_offer_id)))
            and is_exempt(a, b, core)
        ]
        freed = [pair for pair in known.freed(core) if pair.score >= number]
    return WhatIf((*_told_pairs(session, freed), *by_number.on), (*_told_pairs(session, lost), *by_number.off))


def _unreported(session: Session, rules: RuleSet, changed: RuleSet, today: date) -> WhatIf:  # noqa: ARG001 - one shape for all
    """Runs whose institution is asked for what it has not told."""
    old, new = ({one.run.pk: one for one in unreported(session, None, each)} for each in (rules, changed))
    cards = offer_cards(session, {one.offer.pk for one in (*old.values(), *new.values())})

    def told(some: Mapping[int, Unreported], others: Container[int]) -> tuple[Changed, ...]:
        return tuple(
            Changed(
                one.offer.title,
                cards[one.offer.pk]["provider"]["name"],
                offer=one.offer.key,
                term=one.run.term,
                since=one.since,
                detail=str(one.attendance + one.results),
            )
            for run, one in some.items()
            if run not in others
        )

    return WhatIf(told(new, old), told(old, new))


_TELLERS: Mapping[str, Callable[[Session, RuleSet, RuleSet, date], WhatIf]] = {
    "RISK_FLAG": _risk,
    "RISK_HIGH": _risk,
    "DARK_FLAG": _dark,
    "OVERSUBSCRIBED": _oversubscribed,
    "LOW_RUN_DEFAULT_MINIMUM": _low_run,
    LOW: _trends,
    INFORMATION: _trends,
    EXEMPT: _trends,
    "SMALL_SUBJECT_INSTITUTIONS": _subjects,
    "SMALL_SUBJECT_STARTERS": _subjects,
    "SMALL_SUBJECT_OFF_STARTERS": _subjects,
    "SMALL_SUBJECT_OFF_EXTRA": _subjects,
    "NATIONAL_GUARANTEE": _guarantee,
    "ATTENDANCE_DUE_DAYS": _unreported,
    "RESULTS_DUE_DAYS": _unreported,
    "OVL_STRONG": _pairs(PairKind.OVERLAP, "OVL_STRONG"),
    "OVL_POSSIBLE": _pairs(PairKind.OVERLAP, "OVL_POSSIBLE"),
    "DUP_SURE": _pairs(PairKind.DUPLICATE, "DUP_SURE"),
    "DUP_POSSIBLE": _pairs(PairKind.DUPLICATE, "DUP_POSSIBLE"),
}
