"""What people decide about pairs. A decision stands until it is undone, replaced, declined, or its data change."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import uuid4

from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor, Scope
from registry.coordination.models import CaseMember, Decision, Pair
from registry.coordination.operations.proposing import put_to_institutions, take_back, take_up_again
from registry.coordination.operations.reviewing import review_cases
from registry.coordination.policy import scopes_of_pairs
from registry.coordination.queries.desk.deciding_fields import deciding_fields
from registry.coordination.queries.desk.merges import merge_of_pair
from registry.coordination.queries.desk.proposals import accepted
from registry.coordination.queries.detecting.landscape import load_landscape, offer_id_of
from registry.coordination.states import Fault, PairKind, Verdict, Way
from registry.core import audit, clock
from registry.core.errors import Conflict, InvalidInput, NeedsReason, NotFound, Stale
from registry.matching.evidence import fingerprint
from registry.matching.profiles import Profile
from registry.rules.register import rules_on

NOTE_LIMIT = 2_000  # characters
BATCH_LIMIT = 200  # pairs answered at once: a person must be able to look through the preview


def decide(
    session: Session,
    actor: Actor,
    pair_id: int,
    verdict: str,
    note: str | None = None,
    *,
    fault: str | None = None,
    way: str = Way.TALK,
    seen: str | None = None,
) -> Decision:
    """Record a decision on the pair as it is now; one that stood before is replaced and kept.

    To coordinate an overlap is a proposal to both institutions until they have answered. ``seen`` is the pair as the
    person had it (``as_seen``); None is one who looks now. Raises NotFound, NotAllowed, InvalidInput for an unknown verdict,
    fault or way, NeedsReason where "wrong data" does not say what is wrong, and Stale where the pair is another than was seen.
    """
    known = None if seen is None else {pair_id: seen}
    return _decide(session, actor, [pair_id], verdict, note, fault, way, None, known)[0]


def decide_many(
    session: Session,
    actor: Actor,
    pair_ids: Collection[int],
    verdict: str,
    note: str | None = None,
    *,
    fault: str | None = None,
    way: str = Way.TALK,
    seen: Mapping[int, str] | None = None,
) -> str:
    """The same answer to several pairs. Returns the batch's name, by which ``undo_batch`` takes all of it back.

    ``seen`` is what the person had of each pair. Raises as ``decide``, and InvalidInput for none or more than ``BATCH_LIMIT``
    pairs; nothing is decided then. A Stale's detail ``pairs`` names those that are no longer as they were seen.
    """
    if not 0 < len(set(pair_ids)) <= BATCH_LIMIT:
        raise InvalidInput("Velg mellom 1 og %(limit)s par.", limit=BATCH_LIMIT)
    batch = uuid4().hex
    _decide(session, actor, pair_ids, verdict, note, fault, way, batch, seen)
    return batch


def undo(session: Session, actor: Actor, decision_id: int) -> Pair:
    """Take a standing decision back; what it replaced stands again, else the pair is undecided.

    Raises Conflict where it no longer stands, or an institution has built on it by accepting.
    """
    decision = session.get(Decision, decision_id)
    if decision is None:
        raise NotFound("Avgjørelsen finnes ikke.")
    return _undo(session, actor, [decision])[0]


def undo_batch(session: Session, actor: Actor, batch: str) -> int:
    """Take back what is left standing of a batch; what replaced the rest of it does not bring that back when it is undone.

    Returns how many. Raises NotFound, and Conflict as ``undo`` does.
    """
    pairs = select(Decision.pair_id).where(Decision.batch == batch)
    # All of them: whoever undoes an answer that has replaced one of the batch's comes before or after.
    session.exec(select(Pair.id).where(col(Pair.id).in_(pairs)).order_by(col(Pair.id)).with_for_update()).all()
    decisions = session.exec(
        select(Decision)
        .where(Decision.batch == batch, col(Decision.superseded_at).is_(None))
        .order_by(col(Decision.id))
    ).all()
    if not decisions:
        raise NotFound("Avgjørelsen finnes ikke.")
    return len(_undo(session, actor, decisions, "undone_with_batch"))


def _decide(
    session: Session,
    actor: Actor,
    pair_ids: Collection[int],
    verdict: str,
    note: str | None,
    fault: str | None,
    way: str,
    batch: str | None,
    seen: Mapping[int, str] | None,
) -> list[Decision]:
    pairs, scopes = _locked(session, actor, pair_ids)
    if seen is not None:
        _require_as_seen(session, pairs, seen)
    chosen, chosen_way, chosen_fault = _known(verdict, way, fault)
    words = (note or "").strip()[:NOTE_LIMIT] or None
    if chosen is Verdict.WRONG_DATA and words is None and chosen_fault in (None, Fault.OTHER):
        raise NeedsReason("Skriv hva som er feil i opplysningene.")
    decisions = _record(session, actor, pairs, scopes, chosen, chosen_fault, words, batch)
    if chosen is Verdict.COORDINATE:
        overlaps = {pair.pk: pair for pair in pairs if pair.kind is PairKind.OVERLAP}
        asked = [(overlaps[one.pair_id], one) for one in decisions if one.pair_id in overlaps]
        put_to_institutions(session, actor, asked, chosen_way, words)
    review_cases(session, actor, cases_of(session, pairs))
    return decisions


def record_agreement(session: Session, actor: Actor, pair: Pair, text: str | None) -> Decision:
    """Two institutions have agreed to coordinate: the decision that follows, recorded by the one that said yes."""
    scopes = scopes_of_pairs(session, [pair.pk])
    return _record(session, actor, [pair], scopes, Verdict.COORDINATE, None, text, None)[0]


def _record(
    session: Session,
    actor: Actor,
    pairs: Sequence[Pair],
    scopes: Mapping[int, Scope],
    chosen: Verdict,
    fault: Fault | None,
    words: str | None,
    batch: str | None,
) -> list[Decision]:
    moment = clock.now()
    before = standing_decisions(session, [pair.pk for pair in pairs])
    take_back(session, actor, [decision.pk for decision in before.values()], scopes)
    profiles = {
        offer_id_of(profile.key): profile
        for profile in load_landscape(session, {one for pair in pairs for one in _offers(pair)}).profiles
    }
    versions = rules_on(session, clock.today()).versions
    decisions = []
    for pair in pairs:
        earlier = before.get(pair.pk)
        if earlier is not None:
            earlier.superseded_at, earlier.superseded_reason = moment, "new_decision"
        decision = Decision(
            pair_id=pair.pk,
            verdict=chosen,
            fault=fault if chosen is Verdict.WRONG_DATA else None,
            note=words,
            batch=batch,
            replaces_id=earlier.pk if earlier else None,
            actor=actor.name,
            at=moment,
            rules=_rules(pair, versions),
            **_as_it_is(pair, profiles),
        )
        session.add(decision)
        decisions.append(decision)
    session.flush()
    for decision in decisions:
        details = {"verdict": str(chosen), "decision": decision.pk}
        audit.record(
            session, actor=actor.name, thing="pair", thing_id=decision.pair_id, event="decide", details=details
        )
    return decisions


def _undo(session: Session, actor: Actor, decisions: Sequence[Decision], reason: str = "undone") -> list[Pair]:
    pairs, scopes = _locked(session, actor, [decision.pair_id for decision in decisions])
    for decision in decisions:
        session.refresh(decision)
        if decision.superseded_at is not None:
            raise Conflict("Avgjørelsen gjelder ikke lenger.")
    ids = [decision.pk for decision in decisions]
    if accepted(session, ids):
        raise Conflict("En institusjon har sagt ja til forslaget. Gi et nytt svar i stedet for å angre.")
    if any(merge_of_pair(session, decision.pair_id) for decision in decisions):
        raise Conflict("Svaret er satt ut i livet: Tilbudene er slått sammen. Angre sammenslåingen først.")
    take_back(session, actor, ids, scopes)
    earlier = _earlier(session, decisions)
    moment = clock.now()
    restored: list[tuple[Decision, Decision]] = []
    for decision in decisions:
        decision.superseded_at, decision.superseded_reason = moment, reason
        audit.record(
            session,
            actor=actor.name,
            thing="pair",
            thing_id=decision.pair_id,
            event="undo",
            details={"decision": decision.pk},
        )
        old = earlier.get(decision.pk)
        if old is not None:
            values = old.model_dump(exclude={"id", "at", "superseded_at", "superseded_reason", "changes"})
            restored.append((old, Decision(**values, at=moment)))
    session.add_all(new for _old, new in restored)
    session.flush()
    by_id = {pair.pk: pair for pair in pairs}
    take_up_again(session, actor, [(by_id[new.pair_id], old, new) for old, new in restored])
    review_cases(session, actor, cases_of(session, pairs))
    return pairs


def standing_decisions(session: Session, pair_ids: Collection[int]) -> dict[int, Decision]:
    """Pair id -> the decision that stands, where one does."""
    query = select(Decision).where(col(Decision.pair_id).in_(list(pair_ids)), col(Decision.superseded_at).is_(None))
    return {decision.pair_id: decision for decision in session.exec(query.order_by(col(Decision.id)))}


def as_seen(pair: Pair, standing: Decision | None) -> str:
    """What a person has seen of a pair: the answer that stood, and all that the comparison had found. For forms to send back."""
    return f"{standing.pk if standing else 0}.{pair.digest}.{pair.gone_on or ''}"


def _require_as_seen(session: Session, pairs: Sequence[Pair], seen: Mapping[int, str]) -> None:
    standing = standing_decisions(session, [pair.pk for pair in pairs])
    changed = [pair.pk for pair in pairs if seen.get(pair.pk) != as_seen(pair, standing.get(pair.pk))]
    if changed:
        raise Stale("Svaret er ikke lagret: Noe er endret siden du åpnet siden.", pairs=changed)


def _locked(session: Session, actor: Actor, pair_ids: Collection[int]) -> tuple[list[Pair], dict[int, Scope]]:
    """The pairs, held until the end of the transaction: two people's decisions come one after the other."""
    ids = sorted(set(pair_ids))
    scopes = scopes_of_pairs(session, ids)
    for one in ids:
        if one not in scopes or not actor.may(Permission.CASE_READ, scopes[one]):
            raise NotFound("Vi finner ikke dette paret.")
        actor.require(Permission.CASE_DECIDE, scopes[one])
    query = select(Pair).where(col(Pair.id).in_(ids)).order_by(col(Pair.id)).with_for_update()
    return list(session.exec(query.execution_options(populate_existing=True)).all()), scopes


def _known(verdict: str, way: str, fault: str | None) -> tuple[Verdict, Way, Fault | None]:
    try:
        return Verdict(verdict), Way(way), Fault(fault) if fault else None
    except ValueError as error:
        raise InvalidInput("Velg ett av svarene.") from error


def _as_it_is(pair: Pair, profiles: Mapping[int, Profile]) -> dict[str, Any]:
    """What the decision was made on: the deciding fields now. An offer that is no longer published has none."""
    mine = [profiles[one] for one in _offers(pair) if one in profiles]
    return {
        "fingerprint": fingerprint(*mine) if len(mine) == 2 else pair.fingerprint,
        "deciding": {str(offer_id_of(profile.key)): deciding_fields(profile) for profile in mine},
    }


def _rules(pair: Pair, versions: Mapping[str, int]) -> dict[str, int]:
    prefix = "DUP_" if pair.kind is PairKind.DUPLICATE else "OVL_"
    return {code: version for code, version in versions.items() if code.startswith(prefix)}


def _earlier(session: Session, decisions: Sequence[Decision]) -> dict[int, Decision]:
    """Decision id -> the one that stands again where it is undone: what it replaced. What was answered with a batch that has been
    undone since has gone with it, and what that replaced stands.
    """
    found: dict[int, Decision] = {}
    wanted = {decision.pk: decision.replaces_id for decision in decisions}
    while ids := sorted({one for one in wanted.values() if one}):
        before = {one.pk: one for one in session.exec(select(Decision).where(col(Decision.id).in_(ids)))}
        gone = _undone_batches(session, {one.batch for one in before.values() if one.batch})
        asked = [(pk, before[one]) for pk, one in wanted.items() if one in before]
        found.update((pk, old) for pk, old in asked if old.batch not in gone)
        wanted = {pk: old.replaces_id for pk, old in asked if old.batch in gone}
    return found


def _undone_batches(session: Session, batches: Collection[str]) -> set[str | None]:
    if not batches:
        return set()
    query = select(Decision.batch).where(
        col(Decision.batch).in_(sorted(batches)), Decision.superseded_reason == "undone_with_batch"
    )
    return set(session.exec(query).all())


def _offers(pair: Pair) -> tuple[int, int]:
    return pair.a_offer_id, pair.b_offer_id


def cases_of(session: Session, pairs: Sequence[Pair]) -> list[int]:
    """Cases that hold both offers of one of the pairs."""
    offers = {one for pair in pairs for one in _offers(pair)}
    holding: dict[int, set[int]] = {}
    query = select(CaseMember.case_id, CaseMember.offer_id).where(col(CaseMember.offer_id).in_(offers))
    for case_id, offer_id in session.exec(query):
        holding.setdefault(case_id, set()).add(offer_id)
    return [case for case, members in holding.items() if any(set(_offers(pair)) <= members for pair in pairs)]
