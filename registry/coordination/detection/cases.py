"""Cases: offers of one region and term that overlap with a core offer, the same case at every detection."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol

from sqlalchemy import delete, insert, or_
from sqlmodel import Session, col, select

from registry.access.policy import EVERYTHING, Actor
from registry.coordination.consequence import Side, consequence
from registry.coordination.models import Case, CaseMember, CaseVersion
from registry.coordination.queries.detecting.decisions import Said
from registry.coordination.queries.detecting.landscape import Taught, profile_key
from registry.coordination.states import CASE, WITHIN_REACH, CaseState, PairKind, Reach
from registry.core import audit, terms, transitions
from registry.matching.clusters import clusters

Scope = tuple[str, str]  #: region ("" is the whole country), term
_AT_A_TIME = 500  # keys asked for in one statement
_NOBODY: Final[frozenset[int]] = frozenset()
_SAME_CASE = 0.5  # as large a share of the offers in common makes it the same case


class Met(Protocol):
    """A pair, newly found or read from the table."""

    @property
    def kind(self) -> PairKind: ...
    @property
    def a_offer_id(self) -> int: ...
    @property
    def b_offer_id(self) -> int: ...
    @property
    def score(self) -> float: ...
    @property
    def reach(self) -> Reach: ...
    @property
    def terms(self) -> list[str]: ...


#: Profile keys of two offers, their score, and the terms in which both are taught.
Overlap = tuple[str, str, float, Collection[str]]


@dataclass(frozen=True, slots=True)
class Formed:
    """Who belongs together, by profile keys, with the overlaps among them."""

    region: str
    term: str
    members: frozenset[str]
    inside: Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Group:
    """One cluster of a detection."""

    region: str
    term: str
    core: int
    members: frozenset[int]
    consequence: float


def terms_in_question(all_terms: Iterable[str], today: date, term: str | None = None) -> list[str]:
    """Terms for which there still is something to coordinate: this one and later, else the newest that is known."""
    if term is not None:
        return [term]
    known = sorted(all_terms, key=terms.sort_key)
    now = terms.sort_key(terms.of(today))
    return [one for one in known if terms.sort_key(one) >= now] or known[-1:]


def find_groups(
    pairs: Iterable[Met],
    taught: Mapping[str, Taught],
    sides: Mapping[tuple[int, str], Side],
    small: frozenset[str],
    rules: Mapping[str, float],
    wanted: Iterable[str],
    said: Said,
) -> list[Group]:
    """Clusters by region and term of the overlaps that people can choose between, and by what people have decided."""
    edges = (
        (profile_key(pair.a_offer_id), profile_key(pair.b_offer_id), pair.score, pair.terms)
        for pair in pairs
        if pair.kind is PairKind.OVERLAP and pair.reach in WITHIN_REACH
    )
    return [weighed(one, taught, sides, small) for one in formed(edges, taught, rules, wanted, said)]


def formed(
    overlaps: Iterable[Overlap],
    taught: Mapping[str, Taught],
    rules: Mapping[str, float],
    wanted: Iterable[str],
    said: Said,
) -> list[Formed]:
    """Who belongs together in each region and term, by overlaps that people can choose between."""
    edges: defaultdict[Scope, dict[tuple[str, str], float]] = defaultdict(dict)
    chosen = set(wanted)
    for a, b, score, when in overlaps:
        for term in chosen.intersection(when):
            for region in _regions(taught, a, b, term):
                edges[region, term][a, b] = score
    found = []
    for (region, term), scored in sorted(edges.items()):
        together, apart = said.within(scored.keys(), region, term)
        groups = clusters(scored, rules, together=together, apart=apart)
        home = {key: place for place, members in enumerate(groups) for key in members}
        inside: list[dict[tuple[str, str], float]] = [{} for _ in groups]
        for (a, b), score in scored.items():
            if home.get(a, -1) == home.get(b, -2):
                inside[home[a]][a, b] = score
        found += [Formed(region, term, members, mine) for members, mine in zip(groups, inside, strict=True)]
    return found


def _regions(taught: Mapping[str, Taught], a: str, b: str, term: str) -> list[str]:
    """Where people can choose between the two in that term; online reaches everybody."""
    one, other = taught[a], taught[b]
    left = None if term in one.online_terms else one.places_by_term.get(term, frozenset())
    right = None if term in other.online_terms else other.places_by_term.get(term, frozenset())
    if left is None and right is None:
        return [""]
    if left is None or right is None:
        return sorted(left or right or ())
    return sorted(left & right)


def weighed(
    formed: Formed, taught: Mapping[str, Taught], sides: Mapping[tuple[int, str], Side], small: frozenset[str]
) -> Group:
    """A cluster with its core, the offer that the others pull at hardest, and with what is at stake."""
    pull = dict.fromkeys(formed.members, 0.0)
    for (a, b), score in sorted(formed.inside.items()):
        pull[a] += score
        pull[b] += score
    core = min(formed.members, key=lambda key: (-pull[key], key))
    subjects = {subject for key in formed.members for subject in taught[key].subjects}
    ids = frozenset(taught[key].offer_id for key in formed.members)
    return Group(
        region=formed.region,
        term=formed.term,
        core=taught[core].offer_id,
        members=ids,
        consequence=consequence(
            [sides.get((one, formed.term), Side()) for one in sorted(ids)],
            small_subject=bool(subjects & small),
            score=max(formed.inside.values(), default=0.0),
        ),
    )


def store_cases(
    session: Session,
    actor: Actor,
    groups: list[Group],
    key_of: Callable[[int], str],
    *,
    wanted: Iterable[str],
    looked_at: list[Case],
    members: Mapping[int, frozenset[int]],
    detection_id: int,
    today: date,
) -> tuple[int, int]:
    """Match clusters with the cases that were looked at again, by their ``members``. Returns (new, closed).

    A case that no cluster answers to is closed; so is one of a term that is not ``wanted``.
    """
    by_scope: defaultdict[Scope, list[Case]] = defaultdict(list)
    for case in looked_at:
        by_scope[case.region or "", case.term].append(case)
    matched: set[int] = set()
    fresh: list[Group] = []
    were: list[dict[str, Any]] = []
    for group in sorted(groups, key=lambda one: (-len(one.members), one.core)):
        known = _best(group, [one for one in by_scope[group.region, group.term] if one.pk not in matched], members)
        if known is None:
            fresh.append(group)
        else:
            matched.add(known.pk)
            before = members.get(known.pk, _NOBODY)
            were += _was(known, group, before, today)
            _refresh(session, actor, known, group, before, key_of, detection_id)
    if were:
        session.execute(insert(CaseVersion), were)
    _open(session, actor, fresh, detection_id, today)
    over = set(wanted)
    closed = 0
    for case in looked_at:
        if case.pk not in matched and case.state is not CaseState.CLOSED:
            reason = "gone" if case.term in over else "term_over"
            _move(session, actor, case, "close", reason, key_of)
            case.closed_on = today
            closed += 1
    session.flush()
    return len(fresh), closed


def all_cases(session: Session, only: str | None = None) -> list[Case]:
    """Every case; ``only`` those of one term."""
    query = select(Case).order_by(col(Case.id))
    return list(session.exec(query if only is None else query.where(Case.term == only)).all())


def all_members(session: Session) -> dict[int, frozenset[int]]:
    """The offers of every case."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for case_id, offer_id in session.exec(select(CaseMember.case_id, CaseMember.offer_id)):
        found[case_id].add(offer_id)
    return {case_id: frozenset(offers) for case_id, offers in found.items()}


def _best(group: Group, candidates: list[Case], members: Mapping[int, frozenset[int]]) -> Case | None:
    """The case with most offers in common, at least half of them; an open one before a closed one."""
    rated = []
    for case in candidates:
        mine = members.get(case.pk, _NOBODY)  # a case may have lost all of its members
        share = len(mine & group.members) / len(mine | group.members)
        if share >= _SAME_CASE:
            rated.append((case.state is not CaseState.CLOSED, share, -case.pk, case))
    return max(rated, key=lambda one: one[:3])[3] if rated else None


def _was(case: Case, group: Group, before: frozenset[int], today: date) -> list[dict[str, Any]]:
    """What the case was at the end of yesterday, where it is another from today; what it was only for hours is not kept."""
    if (before, case.consequence) == (group.members, group.consequence):
        return []
    since, case.since = case.since, max(case.since, today)
    if since == case.since:
        return []
    kept = {"consequence": case.consequence, "offers": sorted(before)}
    return [{"case_id": case.pk, "since": since, "until": case.since, **kept}]


def _refresh(
    session: Session,
    actor: Actor,
    case: Case,
    group: Group,
    before: frozenset[int],
    key_of: Callable[[int], str],
    detection_id: int,
) -> None:
    changed = False
    if case.state is CaseState.CLOSED:
        case.closed_on = None
        _move(session, actor, case, "reopen", "seen_again", key_of)
        changed = True
    if before != group.members:
        session.execute(delete(CaseMember).where(col(CaseMember.case_id) == case.pk))
        rows = [{"case_id": case.pk, "offer_id": offer} for offer in sorted(group.members)]
        session.execute(insert(CaseMember), rows)
        changed = True
    for name, value in (("core_offer_id", group.core), ("consequence", group.consequence)):
        if getattr(case, name) != value:
            setattr(case, name, value)
            changed = True
    if changed:
        case.detection_id = detection_id
        case.version += 1


def _open(session: Session, actor: Actor, groups: list[Group], detection_id: int, today: date) -> None:
    """New cases, in bulk: the first detection of a country has thousands."""
    if not groups:
        return
    keys = _new_keys(session, [f"{group.core}|{group.region}|{group.term}" for group in groups])
    session.execute(
        insert(Case),
        [
            {
                "key": key,
                "core_offer_id": group.core,
                "region": group.region or None,
                "term": group.term,
                "state": CaseState.OPEN,
                "consequence": group.consequence,
                "opened_on": today,
                "since": today,
                "detection_id": detection_id,
                "version": 1,
            }
            for key, group in zip(keys, groups, strict=True)
        ],
    )
    ids = _stored(session, keys)
    rows = [
        {"case_id": ids[key], "offer_id": one}
        for key, group in zip(keys, groups, strict=True)
        for one in sorted(group.members)
    ]
    session.execute(insert(CaseMember), rows)
    for key in keys:
        audit.record(
            session,
            actor=actor.name,
            thing=CASE.thing,
            thing_id=ids[key],
            life=CASE.name,
            event="find",
            to_state=CASE.start,
        )


def _new_keys(session: Session, wanted: list[str]) -> list[str]:
    """Each of the keys, or with a number behind it where a case of old has it: that offer was a core before."""
    taken = set(_stored(session, wanted))
    again = [col(Case.key).startswith(f"{key}|", autoescape=True) for key in sorted(taken)]
    for some in _parts(again):
        taken.update(session.exec(select(Case.key).where(or_(*some))))
    keys = []
    for key in wanted:
        keys.append(next(one for one in (key, *(f"{key}|{n}" for n in range(2, 10_000))) if one not in taken))
        taken.add(keys[-1])
    return keys


def _stored(session: Session, keys: list[str]) -> dict[str, int]:
    """Key -> id of the cases that have one of the keys."""
    found: dict[str, int] = {}
    for some in _parts(keys):
        found.update(
            {key: case or 0 for key, case in session.exec(select(Case.key, Case.id).where(col(Case.key).in_(some)))}
        )
    return found


def _parts(many: list[Any]) -> Iterator[list[Any]]:
    return (many[start : start + _AT_A_TIME] for start in range(0, len(many), _AT_A_TIME))


def _move(session: Session, actor: Actor, case: Case, event: str, reason: str, key_of: Callable[[int], str]) -> None:
    transitions.apply(
        session, actor, case, CASE, event, scope=EVERYTHING, key=key_of(case.core_offer_id), reason_code=reason
    )
