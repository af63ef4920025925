"""Cases: offers of one region and term that overlap with a core offer, the same case at every detection."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from registry.access.policy import EVERYTHING, Actor
from registry.coordination.consequence import Side, consequence
from registry.coordination.models import Case, CaseMember
from registry.coordination.queries.landscape import Taught, profile_key
from registry.coordination.queries.said import Said
from registry.coordination.states import CASE, WITHIN_REACH, CaseState, PairKind, Reach
from registry.core import audit, terms, transitions
from registry.matching.clusters import clusters

Scope = tuple[str, str]  #: region ("" is the whole country), term
_FEW = 1_000  # cases; more than this are faster read all at once
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
    edges: defaultdict[Scope, dict[tuple[str, str], float]] = defaultdict(dict)
    chosen = set(wanted)
    for pair in pairs:
        if pair.kind is PairKind.OVERLAP and pair.reach in WITHIN_REACH:
            a, b = profile_key(pair.a_offer_id), profile_key(pair.b_offer_id)
            for term in chosen.intersection(pair.terms):
                for region in _regions(taught, a, b, term):
                    edges[region, term][a, b] = pair.score
    found = []
    for (region, term), scored in sorted(edges.items()):
        together, apart = said.within(scored.keys(), region, term)
        groups = clusters(scored, rules, together=together, apart=apart)
        home = {key: place for place, members in enumerate(groups) for key in members}
        inside: list[dict[tuple[str, str], float]] = [{} for _ in groups]
        for (a, b), score in scored.items():
            if home.get(a, -1) == home.get(b, -2):
                inside[home[a]][a, b] = score
        for members, mine in zip(groups, inside, strict=True):
            found.append(_group(region, term, members, mine, taught, sides, small))
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


def _group(
    region: str,
    term: str,
    members: frozenset[str],
    inside: Mapping[tuple[str, str], float],
    taught: Mapping[str, Taught],
    sides: Mapping[tuple[int, str], Side],
    small: frozenset[str],
) -> Group:
    pull = dict.fromkeys(members, 0.0)
    for (a, b), score in sorted(inside.items()):
        pull[a] += score
        pull[b] += score
    core = min(members, key=lambda key: (-pull[key], key))
    subjects = {subject for key in members for subject in taught[key].subjects}
    ids = frozenset(taught[key].offer_id for key in members)
    return Group(
        region=region,
        term=term,
        core=taught[core].offer_id,
        members=ids,
        consequence=consequence(
            [sides.get((one, term), Side()) for one in sorted(ids)],
            small_subject=bool(subjects & small),
            score=max(inside.values(), default=0.0),
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
    detection_id: int,
    today: date,
) -> tuple[int, int]:
    """Match clusters with the cases that were looked at again. Returns (new, closed).

    A case that no cluster answers to is closed; so is one of a term that is not ``wanted``.
    """
    members = members_of(session, [case.pk for case in looked_at])
    by_scope: defaultdict[Scope, list[Case]] = defaultdict(list)
    for case in looked_at:
        by_scope[case.region or "", case.term].append(case)
    matched: set[int] = set()
    fresh: list[Group] = []
    for group in sorted(groups, key=lambda one: (-len(one.members), one.core)):
        known = _best(group, [one for one in by_scope[group.region, group.term] if one.pk not in matched], members)
        if known is None:
            fresh.append(group)
        else:
            matched.add(known.pk)
            _refresh(session, actor, known, group, members[known.pk], key_of, detection_id)
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


def members_of(session: Session, case_ids: Collection[int]) -> dict[int, frozenset[int]]:
    """The offers of some cases."""
    found: dict[int, set[int]] = {case_id: set() for case_id in case_ids}
    query = select(CaseMember.case_id, CaseMember.offer_id)
    if len(found) <= _FEW:
        query = query.where(col(CaseMember.case_id).in_(list(found)))
    for case_id, offer_id in session.exec(query):
        if case_id in found:
            found[case_id].add(offer_id)
    return {case_id: frozenset(offers) for case_id, offers in found.items()}


def _best(group: Group, candidates: list[Case], members: Mapping[int, frozenset[int]]) -> Case | None:
    """The case with most offers in common, at least half of them; an open one before a closed one."""
    rated = []
    for case in candidates:
        mine = members[case.pk]
        share = len(mine & group.members) / len(mine | group.members)
        if share >= _SAME_CASE:
            rated.append((case.state is not CaseState.CLOSED, share, -case.pk, case))
    return max(rated, key=lambda one: one[:3])[3] if rated else None


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
    taken = set(session.exec(select(Case.key)))
    keys = []
    for group in groups:
        base = f"{group.core}|{group.region}|{group.term}"
        keys.append(next(key for key in (base, *(f"{base}|{n}" for n in range(2, 10_000))) if key not in taken))
        taken.add(keys[-1])
    if not groups:
        return
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
                "detection_id": detection_id,
                "version": 1,
            }
            for key, group in zip(keys, groups, strict=True)
        ],
    )
    ids: dict[str, int] = dict(
        session.exec(select(Case.key, Case.id).where(Case.detection_id == detection_id)).all()  # type: ignore[arg-type]  # every case that is stored has its id
    )
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


def _move(session: Session, actor: Actor, case: Case, event: str, reason: str, key_of: Callable[[int], str]) -> None:
    transitions.apply(
        session, actor, case, CASE, event, scope=EVERYTHING, key=key_of(case.core_offer_id), reason_code=reason
    )
