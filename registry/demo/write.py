"""Rows of the demonstration year into their tables, in bulk, with the log of everything that happened."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, SQLModel, col, select

from registry.applications.models import Application, Relocation, RunCount
from registry.core import audit, clock, events, terms
from registry.core.text import norwegian_sort_key
from registry.demo.offers import PlannedOffer
from registry.demo.own import give_to_demo_searcher
from registry.demo.people_pool import Pool
from registry.demo.runs import four_terms
from registry.demo.season import Season
from registry.demo.tally import counts_of
from registry.intake.models import ImportRun, Source, SourceRecord
from registry.intake.states import ImportOutcome
from registry.offers.models import Offer, OfferProvider, OfferTarget, Run, RunPlace
from registry.reference.models import Organisation

ACTOR = "system:demo"
_CHUNK = 10_000
_DISCONTINUE = ("few_applicants", "few_applicants", "replaced", "merged", "no_teacher", "funding")

#: (at, thing, thing_id, life, event, from, to, reason code)
LedgerRow = tuple[datetime, str, int, str, str, str | None, str, str | None]


def _insert(session: Session, model: type[SQLModel], items: Sequence[dict[str, Any]]) -> None:
    """By the table and not by the model: the ORM would split the rows wherever an empty column comes or goes."""
    table = model.__table__  # type: ignore[attr-defined]  # SQLModel does not tell of its tables
    for start in range(0, len(items), _CHUNK):
        session.execute(insert(table), items[start : start + _CHUNK])


def _ids(session: Session, model: Any) -> dict[str, int]:
    return dict(session.exec(select(model.key, model.id).where(col(model.key).startswith("demo-"))).all())


def offers(session: Session, planned: Sequence[PlannedOffer], today: date) -> tuple[dict[str, int], list[LedgerRow]]:
    """Offers with their providers and target groups. Returns ids by key and the log so far."""
    periods = four_terms(today)
    items, lives = [], []
    for offer in planned:
        item, life = _offer(offer, periods, today)
        items.append(item)
        lives.append(life)
    _insert(session, Offer, items)
    ids = _ids(session, Offer)
    organisations = dict(session.exec(select(Organisation.key, Organisation.id)).all())
    _insert(
        session,
        OfferProvider,
        [
            {"offer_id": ids[offer.key], "organisation_id": organisations[offer.institution.key], "leads": True}
            for offer in planned
        ],
    )
    _insert(
        session,
        OfferTarget,
        [
            {"offer_id": ids[offer.key], "setting": setting, "role": role}
            for offer in planned
            for setting, role in offer.targets
        ],
    )
    ledger: list[LedgerRow] = []
    for offer, life in zip(planned, lives, strict=True):
        ledger += [
            (at, "offer", ids[offer.key], "state", event, before, after, why) for at, event, before, after, why in life
        ]
        events.publish(session, events.OFFER_CHANGED, offer.key)
    return ids, ledger


def _offer(
    offer: PlannedOffer, periods: Sequence[str], today: date
) -> tuple[dict[str, Any], list[tuple[datetime, str, str, str, str | None]]]:
    rng = Random(offer.key)
    created = clock.start_of_day(terms.first_day(periods[offer.first]) - timedelta(days=rng.randint(310, 400)))
    published = created + timedelta(days=rng.randint(1, 9), hours=rng.randint(8, 15))
    life = [(published, "publish", "draft", "published", None)]
    ended: dict[str, Any] = {}
    updated = published
    if offer.last < 3:
        on = terms.first_day(periods[offer.last + 1]) - timedelta(days=rng.randint(20, 70))
        if on < today:
            reason = rng.choice(_DISCONTINUE)
            updated = clock.start_of_day(on) + timedelta(hours=10)
            life.append((updated, "discontinue", "published", "discontinued", reason))  # type: ignore[arg-type]  # a row of the life: its columns differ in type
            ended = {"discontinued_on": on, "discontinue_reason": reason}
    item = {
        "key": offer.key,
        "native_code": offer.native_code,
        "title": offer.text.title,
        "title_language": offer.language,
        "other_titles": offer.other_titles,
        "sort_title": norwegian_sort_key(offer.text.title),
        "description": offer.text.description,
        "learning_outcomes": offer.text.outcomes,
        "level_code": offer.level,
        "credits": Decimal(str(offer.credits)),
        "credit_scheme": "fagskolepoeng" if offer.institution.vocational else "ECTS",
        "subject_code": offer.content.subject.code,
        "school_years": offer.content.years,
        "step": offer.content.step,
        "measure_code": offer.measure,
        "languages": [offer.language],
        "tags": _tags(offer, rng),
        "is_demo": True,
        "state": life[-1][3],
        "discontinued_on": None,
        "discontinue_reason": None,
        "created_at": created,
        "updated_at": updated,
        **ended,
    }
    return item, life  # type: ignore[return-value]  # the rows are put together above


def _tags(offer: PlannedOffer, rng: Random) -> list[str]:
    found = []
    if offer.delivery in ("online", "gatherings"):
        found.append("desentralisert")
    if rng.random() < 0.06:
        found.append("nyskapende")
    if rng.random() < 0.05:
        found.append("kombinert")
    return found


def runs(session: Session, season: Season, offer_ids: dict[str, int], ledger: list[LedgerRow]) -> dict[str, int]:
    """Runs with their places. Returns ids by key; adds to the log."""
    items = []
    for told in season.runs:
        run = told.run
        created = clock.start_of_day(run.opens - timedelta(days=21)) + timedelta(hours=9)
        cancel = next((event for event in told.events if event[2] == "cancel"), None)
        items.append(
            {
                "key": run.key,
                "offer_id": offer_ids[run.offer.key],
                "term": run.term,
                "starts_on": run.starts,
                "ends_on": run.ends,
                "application_opens_on": run.opens,
                "application_closes_on": run.closes,
                "places": run.places,
                "minimum": run.minimum,
                "delivery": run.offer.delivery,
                "state": str(told.state),
                "cancel_reason": cancel[5] if cancel else None,
                "cancel_text": "Fagmiljøet samler søkerne i et senere kull."
                if cancel and cancel[5] == "other"
                else None,
                "cancelled_at": cancel[0] if cancel else None,
                "is_demo": True,
                "created_at": created,
                "updated_at": told.events[-1][0] if told.events else created,
            }
        )
    _insert(session, Run, items)
    ids = _ids(session, Run)
    _insert(
        session,
        RunPlace,
        [
            {"run_id": ids[told.run.key], "municipality_code": place}
            for told in season.runs
            for place in told.run.municipalities
        ],
    )
    for told in season.runs:
        ledger += [(e[0], "run", ids[told.run.key], *e[1:]) for e in told.events]
    return ids


def applications(
    session: Session, season: Season, run_ids: dict[str, int], ledger: list[LedgerRow], seed: int
) -> dict[int, int]:
    """Single applications of the institutions that send them. Returns application ids by ``id(story)``; adds to the log."""
    pool = Pool(session, seed)
    told = [story for story in season.stories() if not story.run.offer.institution.counts_only]
    give_to_demo_searcher(told)
    number = {id(story): index for index, story in enumerate(told)}
    found: dict[int, int] = {}
    for moved in (False, True):  # who was moved points at the application it came from
        batch = [story for story in told if (story.moved_from is not None) is moved]
        items = []
        for story in batch:
            at_owner = story.columns["endorsement"] != "not_needed"
            item = {
                "run_id": run_ids[story.run.key],
                "applicant_key": pool.key(story.person),
                "owner_id": pool.owner(story.person) if at_owner else None,
                "owner_rank": None,
                "applied_at": story.applied_at,
                "moved_from_id": found[id(story.moved_from)] if moved else None,
                "idempotency_key": f"demo-{number[id(story)]}",
                "is_demo": True,
                **_BLANK,
            }
            item.update(story.columns)
            items.append(item)
        _insert(session, Application, items)
        listed = session.exec(
            select(Application.idempotency_key, Application.id).where(
                col(Application.idempotency_key).startswith("demo-")
            )
        ).all()
        by_key = dict(listed)
        for story in batch:
            found[id(story)] = by_key[f"demo-{number[id(story)]}"] or 0
    for story in told:
        ledger += [(e[0], "application", found[id(story)], *e[1:]) for e in story.events]
    return found


_BLANK: dict[str, Any] = {
    "endorsement_reason": None,
    "reject_reason": None,
    "answer_by": None,
    "result_on": None,
    "result_credits": None,
    "withdraw_reason": None,
    "withdrawn_at": None,
    "displaced_at": None,
}


def relocations(session: Session, season: Season, run_ids: dict[str, int], found: dict[int, int]) -> int:
    """Runs proposed to displaced applicants."""
    items = [
        {
            "application_id": found[id(proposal.story)],
            "run_id": run_ids[proposal.run.key],
            "position": proposal.position,
            "score": proposal.score,
            "explanation": proposal.explanation,
            "proposed_at": proposal.story.columns["displaced_at"],
            "chosen_at": proposal.chosen_at,
        }
        for proposal in season.proposals
    ]
    _insert(session, Relocation, items)
    return len(items)


def counts(session: Session, season: Season, run_ids: dict[str, int], now: datetime) -> int:
    """Counts of the institutions that send no single applications."""
    items = [
        {
            "run_id": run_ids[told.run.key],
            "counted_on": day,
            "recorded_at": clock.end_of_day(day),
            "actor": ACTOR,
            **figures,
        }
        for told in season.runs
        if told.run.offer.institution.counts_only
        for day, figures in counts_of(told, now)
    ]
    _insert(session, RunCount, items)
    return len(items)


def source_records(
    session: Session, planned: Sequence[PlannedOffer], offer_ids: dict[str, int], now: datetime, today: date
) -> None:
    """Which feed each offer came from: two feeds, so that the same offer can arrive twice."""
    organisations = dict(session.exec(select(Organisation.key, Organisation.id)).all())
    for key in sorted({source for offer in planned for source in offer.sources}):
        mine = [offer for offer in planned if key in offer.sources]
        source = Source(key=key, format=key.removeprefix("demo-"), is_demo=True, created_at=now)
        session.add(source)
        session.flush()
        run = ImportRun(
            source_id=source.pk,
            format=source.format,
            actor=ACTOR,
            as_of=today,
            started_at=now,
            finished_at=now,
            outcome=ImportOutcome.DONE,
            seen=len(mine),
            new=len(mine),
        )
        session.add(run)
        session.flush()
        items = []
        for offer in mine:
            raw = {"code": offer.native_code, "title": offer.text.title, "credits": f"{offer.credits:g}"}
            items.append(
                {
                    "source_id": source.pk,
                    "key": f"{offer.institution.key}:{offer.native_code}",
                    "organisation_id": organisations[offer.institution.key],
                    "offer_id": offer_ids[offer.key],
                    "raw": raw,
                    "content_hash": hashlib.sha256(repr(sorted(raw.items())).encode()).hexdigest(),
                    "first_seen_id": run.pk,
                    "last_seen_id": run.pk,
                    "seen_on": today,
                }
            )
        _insert(session, SourceRecord, items)


def ledger(session: Session, entries: list[LedgerRow]) -> int:
    """The log in order of time, chained as every other entry."""
    entries.sort(key=lambda row: row[0])
    for chunk in _chunks(entries):
        for at, thing, thing_id, life, event, before, after, reason in chunk:
            audit.record(
                session,
                actor=ACTOR,
                thing=thing,
                thing_id=thing_id,
                event=event,
                at=at,
                recorded_at=at,
                life=life,
                from_state=before and str(before),
                to_state=str(after),
                reason_code=reason,
            )
        audit.write_pending(session)
    return len(entries)


def _chunks(entries: list[LedgerRow]) -> Iterator[Iterable[LedgerRow]]:
    for start in range(0, len(entries), 5 * _CHUNK):
        yield entries[start : start + 5 * _CHUNK]
