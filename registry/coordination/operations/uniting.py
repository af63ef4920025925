"""Two runs of one offer that are the same run, entered twice, made one; and taken apart again.

The run that goes rests at the record that it came from, with its key and every value that it had. What it is known by leads to
the run that stays: its address, its feeds' rows and its applicants.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import column, delete, table, update
from sqlmodel import Session, col, select

from registry.access.policy import Actor
from registry.applications.operations import Gathered, gather, scatter
from registry.coordination.queries.desk.twins import Choice, Twin, municipalities_of, plain
from registry.core import audit, clock, transitions
from registry.core.errors import InvalidInput
from registry.offers.models import FieldOrigin, Offer, Origin, Run, RunPlace
from registry.offers.operations import lock_run
from registry.offers.policy import scope_of
from registry.offers.states import RUN, Delivery

#: Intake stands beside coordination: its tables are written by the names of their columns.
_RECORDS = table("source_record", column("id"), column("run_id"))
_LINKS = table("record_run", column("id"), column("source_record_id"), column("run_id"))
_IN_FEED = "left_feed_on"  #: not chosen: a run that one feed still tells of is in the feed
Kept = dict[str, Any]  #: what was done, as JSON holds it: enough to undo it


def unite(
    session: Session, actor: Actor, gone_offer: Offer, twin: Twin, chosen: Mapping[str, str], merge_id: int
) -> Kept:
    """Let ``twin.gone`` go into ``twin.kept``. ``chosen``: field -> "kept" or "gone", else what the preview suggests. The caller
    holds both runs, and sees to it that no small subject loses its reach. Returns what ``divide`` needs.

    Raises NotAllowed, Refused where letters wait to be sent, InvalidInput for an unknown choice, or dates in no order.
    """
    kept, gone, moment = twin.kept, twin.gone, clock.now()
    fields = [_take(session, kept, one) for one in twin.choices if _is_taken(one, chosen)]
    _refuse_disorder(kept)
    origins = [_origin(kept, one, actor, gone, moment) for one in fields]
    session.add_all(origins)
    if kept.left_feed_on is not None and gone.left_feed_on is None:
        fields.append({"field": _IN_FEED, "before": plain(kept.left_feed_on), "after": None})
        kept.left_feed_on = None
    session.flush()
    done: Kept = {
        "kept": kept.pk,
        "gone": gone.pk,
        "state": str(gone.state),
        "fields": fields,
        "origins": [one.pk for one in origins],
        **_feeds_over(session, gone.pk, kept.pk),
        "applications": gather(session, actor, gone, kept, moment).to_json(),
    }
    with session.no_autoflush:  # the status and what it goes into reach the database together
        details = {"into": kept.key, "merge": merge_id}
        transitions.apply(
            session,
            actor,
            gone,
            RUN,
            "absorb",
            scope=scope_of(session, gone),
            key=gone_offer.key,
            at=moment,
            details=details,
        )
        gone.absorbed_into_id = kept.pk
    values = {one["field"]: [one["before"], one["after"]] for one in fields}
    told = {**details, "gone": gone.key, "fields": list(values), "values": values}
    _changed(session, actor, kept, gone, "unite", told)
    return done


def divide(session: Session, actor: Actor, gone_offer: Offer, done: Kept, merge_id: int) -> int:
    """Take two runs apart: values, feeds' rows and applications go back to where they were. A value that somebody has changed
    since is left as it is. Returns how many applications have changed since; they go back as they are now.

    Raises NotAllowed, and Conflict where the run that stayed has been cancelled or postponed since.
    """
    held = {number: lock_run(session, number) for number in sorted((done["kept"], done["gone"]))}
    kept, gone, moment = held[done["kept"]], held[done["gone"]], clock.now()
    changed = scatter(session, actor, gone, kept, Gathered.from_json(done["applications"]), moment)
    places = municipalities_of(session, [kept.pk])[kept.pk]
    values = {}
    for one in done["fields"]:
        now = places if one["field"] == "municipalities" else plain(getattr(kept, one["field"]))
        if now == one["after"]:
            _put(session, kept, one["field"], one["before"])
            values[one["field"]] = [now, one["before"]]
    session.execute(delete(FieldOrigin).where(col(FieldOrigin.id).in_(done["origins"])))
    for rows, moved in ((_LINKS, done["links"]), (_RECORDS, done["records"])):
        session.execute(update(rows).where(rows.c.id.in_(moved)).values(run_id=gone.pk))
    with session.no_autoflush:
        details = {"from": kept.key, "merge": merge_id}
        event = f"release_to_{done['state']}"
        transitions.apply(
            session,
            actor,
            gone,
            RUN,
            event,
            scope=scope_of(session, gone),
            key=gone_offer.key,
            at=moment,
            details=details,
        )
        gone.absorbed_into_id = None
    _changed(session, actor, kept, gone, "divide", {"gone": gone.key, "merge": merge_id, "values": values})
    return changed


def given_back(done: Kept) -> list[tuple[int, str]]:
    """(run, field) of the values that a person chose, and that are no longer theirs when the two come apart."""
    return [(done["kept"], one["field"]) for one in done["fields"] if one["field"] != _IN_FEED]


def _is_taken(one: Choice, chosen: Mapping[str, str]) -> bool:
    answer = chosen.get(one.field) or one.suggested
    if answer not in ("kept", "gone"):
        raise InvalidInput("Velg hvilken verdi som skal gjelde.", field=one.field)
    return answer == "gone" and not one.is_locked


def _take(session: Session, kept: Run, one: Choice) -> Kept:
    _put(session, kept, one.field, plain(one.gone))
    return {"field": one.field, "before": plain(one.kept), "after": plain(one.gone)}


def _put(session: Session, run: Run, name: str, value: Any) -> None:
    """``value`` as JSON holds it."""
    if name == "municipalities":
        session.execute(delete(RunPlace).where(col(RunPlace.run_id) == run.pk))
        session.add_all(RunPlace(run_id=run.pk, municipality_code=code) for code in value)
    elif value is not None and name.endswith("_on"):
        setattr(run, name, datetime.fromisoformat(value).date())
    else:
        setattr(run, name, Delivery(value) if name == "delivery" and value else value)


def _refuse_disorder(run: Run) -> None:
    """What the database would refuse, refused here in words: dates from two records may not fit."""
    for first, last, text in (
        (run.starts_on, run.ends_on, "Kullet kan ikke slutte før det begynner. Velg datoene fra samme oppføring."),
        (
            run.application_opens_on,
            run.application_closes_on,
            "Søknadsfristen kan ikke være før søknaden åpner. Velg datoene fra samme oppføring.",
        ),
    ):
        if first and last and last < first:
            raise InvalidInput(text)


def _origin(kept: Run, one: Kept, actor: Actor, gone: Run, moment: datetime) -> FieldOrigin:
    return FieldOrigin(
        thing="run",
        thing_id=kept.pk,
        field=one["field"],
        value=one["after"],
        origin=Origin.PERSON,
        evidence=gone.key,
        actor=actor.name,
        at=moment,
    )


def _feeds_over(session: Session, gone: int, kept: int) -> dict[str, list[int]]:
    """Feeds' rows that told of the run that goes tell of the one that stays; a row that told of both already is left."""
    already = select(_LINKS.c.source_record_id).where(_LINKS.c.run_id == kept)
    found = {
        "links": select(_LINKS.c.id).where(_LINKS.c.run_id == gone, _LINKS.c.source_record_id.not_in(already)),
        "records": select(_RECORDS.c.id).where(_RECORDS.c.run_id == gone),
    }
    ids = {name: sorted(session.scalars(query)) for name, query in found.items()}
    for rows, moved in ((_LINKS, ids["links"]), (_RECORDS, ids["records"])):
        session.execute(update(rows).where(rows.c.id.in_(moved)).values(run_id=kept))
    return ids


def _changed(session: Session, actor: Actor, kept: Run, gone: Run, event: str, details: dict[str, Any]) -> None:
    for one in (kept, gone):
        one.updated_at = clock.now()
        one.version += 1
    audit.record(session, actor=actor.name, thing="run", thing_id=kept.pk, event=event, details=details)
    session.flush()
