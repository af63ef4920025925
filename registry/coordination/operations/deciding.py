"""What people decide about a pair. A decision stands until it is undone, replaced, or the data it was made on change."""

from sqlmodel import Session, col, select

from registry.access.permissions import Permission
from registry.access.policy import Actor
from registry.coordination.models import CaseMember, Decision, Pair
from registry.coordination.operations.reviewing import review_cases
from registry.coordination.policy import readable_pair, scope_of_offers
from registry.coordination.queries.deciding import deciding_fields
from registry.coordination.queries.landscape import load_landscape, offer_id_of
from registry.coordination.states import Verdict
from registry.core import audit, clock
from registry.core.errors import Conflict, InvalidInput, NeedsReason, NotFound
from registry.matching.evidence import fingerprint
from registry.rules.register import rules_on

NOTE_LIMIT = 2_000  # characters


def decide(session: Session, actor: Actor, pair_id: int, verdict: str, note: str | None = None) -> Decision:
    """Record a decision on the pair as it is now; one that stood before is replaced and kept.

    Raises NotFound, NotAllowed, InvalidInput for an unknown verdict, NeedsReason where "wrong data" does not say what is wrong.
    """
    pair = _locked(session, actor, pair_id)
    try:
        chosen = Verdict(verdict)
    except ValueError as error:
        raise InvalidInput("Velg ett av svarene.") from error
    words = (note or "").strip()[:NOTE_LIMIT] or None
    if chosen is Verdict.WRONG_DATA and words is None:
        raise NeedsReason("Skriv hva som er feil i opplysningene.")
    before = standing_decision(session, pair.pk)
    if before is not None:
        before.superseded_at, before.superseded_reason = clock.now(), "new_decision"
        session.add(before)
    profiles = load_landscape(session, (pair.a_offer_id, pair.b_offer_id)).profiles
    decision = Decision(
        pair_id=pair.pk,
        verdict=chosen,
        note=words,
        actor=actor.name,
        at=clock.now(),
        fingerprint=fingerprint(*profiles) if len(profiles) == 2 else pair.fingerprint,
        deciding={str(offer_id_of(profile.key)): deciding_fields(profile) for profile in profiles},
        rules=_rules(session, pair),
    )
    session.add(decision)
    session.flush()
    audit.record(
        session, actor=actor.name, thing="pair", thing_id=pair.pk, event="decide", details={"verdict": str(chosen)}
    )
    review_cases(session, actor, _cases_of(session, pair))
    return decision


def undo(session: Session, actor: Actor, decision_id: int) -> Pair:
    """Take a standing decision back; the pair is undecided again. Raises Conflict where it no longer stands."""
    decision = session.get(Decision, decision_id)
    if decision is None:
        raise NotFound("Avgjørelsen finnes ikke.")
    pair = _locked(session, actor, decision.pair_id)
    session.refresh(decision)
    if decision.superseded_at is not None:
        raise Conflict("Avgjørelsen gjelder ikke lenger.")
    decision.superseded_at, decision.superseded_reason = clock.now(), "undone"
    session.add(decision)
    session.flush()
    audit.record(
        session, actor=actor.name, thing="pair", thing_id=pair.pk, event="undo", details={"decision": decision.pk}
    )
    review_cases(session, actor, _cases_of(session, pair))
    return pair


def standing_decision(session: Session, pair_id: int) -> Decision | None:
    """The decision that stands, if any."""
    query = select(Decision).where(Decision.pair_id == pair_id, col(Decision.superseded_at).is_(None))
    return session.exec(query.order_by(col(Decision.id).desc()).limit(1)).first()


def _locked(session: Session, actor: Actor, pair_id: int) -> Pair:
    """The pair, held until the end of the transaction: two people's decisions come one after the other."""
    pair = readable_pair(session, actor, pair_id)
    actor.require(Permission.CASE_DECIDE, scope_of_offers(session, (pair.a_offer_id, pair.b_offer_id)))
    session.refresh(pair, with_for_update=True)
    return pair


def _rules(session: Session, pair: Pair) -> dict[str, int]:
    prefix = "DUP_" if pair.kind == "duplicate" else "OVL_"
    versions = rules_on(session, clock.today()).versions
    return {code: version for code, version in versions.items() if code.startswith(prefix)}


def _cases_of(session: Session, pair: Pair) -> list[int]:
    """Cases that hold both offers."""
    query = select(CaseMember.case_id).where(CaseMember.offer_id == pair.a_offer_id)
    other = select(CaseMember.case_id).where(CaseMember.offer_id == pair.b_offer_id)
    return list(session.exec(query.where(col(CaseMember.case_id).in_(other))))
