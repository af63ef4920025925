"""Small subjects and how well each subject covers the country, as of any date."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, or_, select

from importers.sentences import Sentence
from registry.coordination.models import SubjectStatus
from registry.coordination.queries.detecting.detections import compared_on, content_before
from registry.coordination.queries.detecting.landscape import newest_term
from registry.coordination.queries.detecting.national import Reach, national_reach
from registry.coordination.queries.detecting.past import is_past, regions_on, runs_on, subjects_on, targets_on
from registry.coordination.queries.detecting.runs import RunRow
from registry.core.errors import NotFound
from registry.core.table import columns_of
from registry.core.text import norwegian_sort_key
from registry.offers.models import Offer, OfferTarget
from registry.offers.states import Delivery
from registry.reference.models import Region, Subject, TargetRole, TargetSetting
from registry.rules.register import rules_on

_LESS_THAN_ALL = Sentence(
    "Tallene er slik endringsloggen forteller for dagen. "
    "Hvor institusjonene hører hjemme og hvordan fagene er inndelt, er slik det er nå."
)


def small_subject_report(session: Session, *, as_of: date) -> dict[str, Any]:
    """Every subject that somebody has taught: the small ones first, and of those the uncovered."""
    names: dict[str, str] = dict(session.exec(select(Subject.code, Subject.name_nb)).all())
    since = _since(session, as_of)
    guarantee = rules_on(session, as_of).numbers.get("NATIONAL_GUARANTEE", 0)
    reach = national_reach(runs_on(session, as_of), subjects_on(session, as_of), as_of)
    rows = []
    for status in standing_on(session, as_of):
        found = reach.get(status.subject_code, Reach((), ()))
        rows.append(
            {
                "code": status.subject_code,
                "name": names[status.subject_code],
                "small": status.is_small,
                "since": since[status.subject_code].isoformat(),
                "reason": status.reason,
                "rule": f"{status.rule_code} v{status.rule_version}",
                "offers": len(found.offers),
                "national_offers": len(found.national),
                "covered": len(found.national) >= guarantee,
            }
        )
    rows.sort(key=lambda row: (not row["small"], row["covered"], norwegian_sort_key(str(row["name"]))))
    compared = compared_on(session, as_of)
    return {
        "as_of": as_of.isoformat(),
        "compared": compared,
        "note": None if rows else content_before(compared),  # history is told of days before, too
        "subjects": rows,
    }


def last_carriers(session: Session, as_of: date) -> dict[str, str]:
    """Small subject -> key of the offer that must not go: the only one that the whole country reaches, else the only one."""
    reach = national_reach(runs_on(session, as_of), subjects_on(session, as_of), as_of)
    last = {
        subject: group[0]
        for subject in small_subjects(session, as_of)
        if subject in reach
        for group in (reach[subject].national or reach[subject].offers,)
        if len(group) == 1
    }
    keys = dict(session.exec(select(Offer.id, Offer.key).where(col(Offer.id).in_(last.values()))).all())
    return {subject: keys[offer] for subject, offer in last.items()}


def standing_on(session: Session, as_of: date) -> list[SubjectStatus]:
    """How each subject stood on a day."""
    return list(session.exec(select(SubjectStatus).where(*_on(as_of)).order_by(SubjectStatus.subject_code)))


def _on(day: date) -> tuple[Any, ...]:
    return SubjectStatus.since <= day, or_(col(SubjectStatus.until).is_(None), col(SubjectStatus.until) >= day)


def small_subjects(session: Session, as_of: date) -> frozenset[str]:
    """Codes of the subjects that are small on a day."""
    return frozenset(session.execute(_small(), {"day": as_of}).scalars())


@cache
def _small() -> Any:
    status, day = columns_of(SubjectStatus), sa.bindparam("day", type_=sa.Date)
    return sa.select(status.subject_code).where(
        status.is_small, status.since <= day, status.until.is_(None) | (status.until >= day)
    )


def _since(session: Session, as_of: date) -> dict[str, date]:
    """When each subject became what it is: periods that differ in reason only are one."""
    found: dict[str, tuple[bool, date, date | None]] = {}
    query = select(SubjectStatus).where(SubjectStatus.since <= as_of).order_by(col(SubjectStatus.since))
    for row in session.exec(query):
        before = found.get(row.subject_code)
        goes_on = before is not None and before[0] == row.is_small and before[2] == row.since - timedelta(days=1)
        found[row.subject_code] = (row.is_small, before[1] if before and goes_on else row.since, row.until)
    return {code: since for code, (_, since, _) in found.items()}


def coverage_report(
    session: Session, *, as_of: date, term: str | None = None, target: str | None = None
) -> dict[str, Any]:
    """Offers per subject and region in a term (None is the newest that had runs then, "all" every term).

    ``target`` is a setting or role: only offers for it count. An offer that tells no target group is for nobody in particular
    and does not count then. Raises NotFound for one that is none.

    Of a day before, it is what the log tells of it; ``note`` says what it does not.
    """
    wanted = term or newest_term(session, as_of) or "all"
    subjects = subjects_on(session, as_of)
    meant = None if target is None else meant_for(session, target, as_of)
    every = runs_on(session, as_of)
    where = regions_on(session, as_of, every)
    runs = (run for run in every if wanted in ("all", run.term))
    places = places_by_subject(runs, subjects, where, meant)
    columns = (*(str(region) for region in Region), "online", "total")
    small = small_subjects(session, as_of)
    rows = [
        {
            "code": code,
            "name": name,
            **{column: len(places[code][column]) if code in places else 0 for column in columns},
            "small": code in small,
        }
        for code, name in session.exec(select(Subject.code, Subject.name_nb).where(Subject.depth == 2))
    ]
    rows.sort(key=lambda row: norwegian_sort_key(str(row["name"])))
    note = _LESS_THAN_ALL if is_past(as_of) else None
    return {"as_of": as_of.isoformat(), "term": wanted, "target": target, "note": note, "subjects": rows}


def places_by_subject(
    runs: Iterable[RunRow],
    subjects: Mapping[int, Collection[str]],
    where: Mapping[int, Collection[str]],
    meant: Collection[int] | None = None,
) -> Mapping[str, Mapping[str, set[int]]]:
    """Subject -> region, "online" or "total" -> offers that are taught there by these runs; ``meant``: only of these offers."""
    places: defaultdict[str, defaultdict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for run in runs:
        if not run.published or not run.counts_as_taught or (meant is not None and run.offer_id not in meant):
            continue
        for subject in subjects.get(run.offer_id, ()):
            places[subject]["total"].add(run.offer_id)
            if run.delivery is Delivery.ONLINE:
                places[subject]["online"].add(run.offer_id)
            for region in where.get(run.offer_id, ()):
                places[subject][region].add(run.offer_id)
    return places


def meant_for(session: Session, target: str, day: date | None = None) -> set[int]:
    """The offers that say that they are for a setting or a role, or said so on a day. Raises NotFound for one that is none."""
    if session.get(TargetSetting, target) is None and session.get(TargetRole, target) is None:
        raise NotFound("Vi kjenner ingen målgruppe med koden %(code)s.", code=target)
    if day is not None and is_past(day):
        return {offer for offer, codes in targets_on(session, day).items() if target in codes}
    query = select(OfferTarget.offer_id).where(or_(OfferTarget.setting == target, OfferTarget.role == target))
    return set(session.exec(query))


def subject_history(session: Session, code: str) -> list[SubjectStatus]:
    """Every period of a subject, newest first: entries to and exits from the list, each with its date and reason."""
    query = select(SubjectStatus).where(SubjectStatus.subject_code == code)
    return list(session.exec(query.order_by(col(SubjectStatus.since).desc(), col(SubjectStatus.id).desc())).all())


def carriers(session: Session, code: str, as_of: date) -> Reach:
    """The offers that carry a subject now, and those of them that the whole country can reach."""
    return national_reach(runs_on(session, as_of), subjects_on(session, as_of), as_of).get(code, Reach((), ()))
