"""A meeting's papers are frozen, what the meeting decides is recorded against them, and papers that were a mistake are withdrawn."""

from datetime import date

from sqlmodel import Session, select

from registry.access.permissions import Permission
from registry.access.policy import EVERYTHING, Actor
from registry.coordination.meetings import begun_from, build_pack, digest_of, has_decided, items_of, last_meeting
from registry.coordination.models import Meeting, MeetingDecision
from registry.core import audit, clock
from registry.core.errors import Conflict, InvalidInput, NeedsReason, NotFound
from registry.reference.models import Region

TITLE_LIMIT = 200  # characters
TEXT_LIMIT = 2_000


def freeze_meeting(session: Session, actor: Actor, title: str, held_on: date, region: str | None = None) -> Meeting:
    """Keep the papers as they are now for a meeting of the network, or of one region.

    Raises NotAllowed, or InvalidInput for an empty title, an unknown region, or a day that has been.
    """
    actor.require(Permission.CASE_DECIDE, EVERYTHING)
    words = title.strip()[:TITLE_LIMIT]
    if not words:
        raise InvalidInput("Gi møtet et navn.")
    if region is not None and region not in list(Region):
        raise InvalidInput("Regionen er ukjent.")
    if held_on < clock.today():
        raise InvalidInput("Sakspapirer kan ikke lages for et møte som har vært.")
    before = last_meeting(session, region, held_on)
    since = before.frozen_at if before else None
    pack = build_pack(session, as_of=clock.today(), region=region, since=since)
    meeting = Meeting(
        title=words,
        held_on=held_on,
        region=region,
        since=clock.local_day(since) if since else None,
        pack=pack,
        digest=digest_of(pack),
        frozen_by=actor.name,
        frozen_at=clock.now(),
    )
    session.add(meeting)
    session.flush()
    audit.record(
        session,
        actor=actor.name,
        thing="meeting",
        thing_id=meeting.pk,
        event="freeze",
        details={"digest": meeting.digest, "region": region},
    )
    return meeting


def decide_in_meeting(
    session: Session, actor: Actor, meeting_id: int, text: str, item: str | None = None
) -> MeetingDecision:
    """Record what the meeting decided, about one item of its papers or in general.

    Raises NotFound, NotAllowed, NeedsReason for an empty text, InvalidInput for an item that the papers do not have, and Conflict
    where the papers are withdrawn.
    """
    meeting = _meeting(session, actor, meeting_id)
    if meeting.withdrawn_at is not None:
        raise Conflict("Papirene er trukket tilbake. Før vedtaket på papirene som gjelder.")
    words = text.strip()[:TEXT_LIMIT]
    if not words:
        raise NeedsReason("Skriv hva møtet vedtok.")
    if item and item not in dict(items_of(meeting.pack)):
        raise InvalidInput("Saken står ikke i sakspapirene.")
    made = MeetingDecision(meeting_id=meeting.pk, item=item or None, text=words, actor=actor.name, at=clock.now())
    session.add(made)
    session.flush()
    details = {"decision": made.pk, "item": made.item}
    audit.record(session, actor=actor.name, thing="meeting", thing_id=meeting.pk, event="decide", details=details)
    return made


def strike_decision(session: Session, actor: Actor, decision_id: int) -> MeetingDecision:
    """Strike out what was recorded by mistake; it stays readable. Raises NotFound, NotAllowed, Conflict the second time."""
    made = session.get(MeetingDecision, decision_id)
    if made is None:
        raise NotFound("Vedtaket finnes ikke.")
    _meeting(session, actor, made.meeting_id)
    if made.struck_at is not None:
        raise Conflict("Vedtaket er strøket før.")
    made.struck_at, made.struck_by = clock.now(), actor.name
    session.flush()
    details = {"decision": made.pk}
    audit.record(session, actor=actor.name, thing="meeting", thing_id=made.meeting_id, event="strike", details=details)
    return made


def withdraw_papers(session: Session, actor: Actor, meeting_id: int, reason: str) -> Meeting:
    """Say that frozen papers no longer hold, and why. They stay readable, and the next papers begin where those before them ended.

    Raises NotFound, NotAllowed, NeedsReason, or Conflict where that was done before, where the meeting has decided something that is
    not struck out, or where later papers begin where these end.
    """
    meeting = _meeting(session, actor, meeting_id)
    words = reason.strip()[:TEXT_LIMIT]
    if not words:
        raise NeedsReason("Skriv hvorfor papirene trekkes tilbake.")
    if meeting.withdrawn_at is not None:
        raise Conflict("Papirene er trukket tilbake før.")
    if has_decided(session, meeting_id):
        raise Conflict("Møtet har vedtak som står. Stryk dem først, hvis papirene skal trekkes tilbake.")
    if (later := begun_from(session, meeting)) is not None:
        raise Conflict(
            "Papirene for «%(title)s» begynner der disse slutter. Trekk dem tilbake først, og frys dem så på nytt.",
            title=later.title,
        )
    meeting.withdrawn_at, meeting.withdrawn_by, meeting.withdrawal_reason = clock.now(), actor.name, words
    session.flush()
    audit.record(session, actor=actor.name, thing="meeting", thing_id=meeting_id, event="withdraw", reason_text=words)
    return meeting


def _meeting(session: Session, actor: Actor, meeting_id: int) -> Meeting:
    """The meeting, whose papers nobody withdraws while something is decided against them."""
    actor.require(Permission.CASE_DECIDE, EVERYTHING)
    query = select(Meeting).where(Meeting.id == meeting_id)
    meeting = session.exec(query.with_for_update().execution_options(populate_existing=True)).first()
    if meeting is None:
        raise NotFound("Møtet finnes ikke.")
    return meeting
