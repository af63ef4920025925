"""A changed offer is judged at once, and as a detection of everything would judge it."""

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from registry.access.policy import Actor, Holding, system
from registry.access.roles import Role
from registry.coordination import country_cache
from registry.coordination.models import Case, CaseMember, LearntForecast, Pair, Proposal
from registry.coordination.operations import decide, detect, detect_changed, detecting
from registry.coordination.operations.following import MANY
from registry.coordination.states import CaseState, PairKind, ProposalState, Verdict
from registry.core import audit, clock, events
from registry.core.db import Database
from registry.offers.models import Offer, Run
from registry.offers.states import Delivery, OfferState
from registry.rules.models import Rule
from registry.schedule import outbox
from registry.schedule.listeners import LISTENERS
from tests.coordination.country import TODAY, add_run, add_taught
from tests.site import Site

ROBOT = system("detect")
COORDINATOR = Actor("person:1", (Holding(Role.COORDINATOR),), person=1)
PROVIDERS = ("0238", "1160", "1171", "1120", "1173")
TITLES = (
    "Engelsk 1, 1.–7. trinn",
    "Engelsk 1 for trinn 1-7",
    "Engelsk 2, 1.–7. trinn",
    "Engelsk 1, 5.–10. trinn",
    "Norsk 1, 1.–7. trinn",
    "Spesialpedagogikk",
    "Spesialpedagogikk i barnehagen",
)


@pytest.fixture
def _words_keep_their_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """A single new name is much, among a handful."""
    monkeypatch.setattr("registry.coordination.detection.country._AGED", 10.0)


def add_offers(database: Database, count: int) -> None:
    with database.write() as session:
        for number in range(count):
            add_taught(session, PROVIDERS[number % len(PROVIDERS)], TITLES[number % 3])


def listed(session: Session) -> list[tuple[Any, ...]]:
    rows = session.exec(select(Pair)).all()
    return sorted((p.kind, p.a_offer_id, p.b_offer_id, p.digest, p.gone_on is None) for p in rows)


def standing_cases(session: Session) -> list[tuple[Any, ...]]:
    members: dict[int, set[int]] = {}
    for row in session.exec(select(CaseMember)):
        members.setdefault(row.case_id, set()).add(row.offer_id)
    return [
        (case.id, case.region, case.term, case.state, case.core_offer_id, case.consequence, sorted(members[case.pk]))
        for case in session.exec(select(Case).order_by(Case.id))
    ]


def edit(session: Session, chance: random.Random) -> list[str]:
    """One change that somebody may make to an offer, or an answer about two; returns the offers' keys."""
    offer = chance.choice(session.exec(select(Offer).order_by(Offer.id)).all())
    match chance.choice(("title", "title", "title", "state", "run", "gone", "delivery", "decide", "decide")):
        case "title":
            offer.title = chance.choice(TITLES)
        case "state":
            published = offer.state is OfferState.PUBLISHED
            offer.state = OfferState.DISCONTINUED if published else OfferState.PUBLISHED
            offer.discontinued_on = TODAY if published else None
            offer.discontinue_reason = "other" if published else None
        case "run":
            add_run(session, offer, chance.choice(("2027V", "2027H")), places=20)
        case "gone":
            run = session.exec(select(Run).where(Run.offer_id == offer.pk).order_by(Run.id)).first()
            assert run is not None
            run.left_feed_on = None if run.left_feed_on else TODAY
        case "delivery":
            run = session.exec(select(Run).where(Run.offer_id == offer.pk).order_by(Run.id)).first()
            assert run is not None
            run.delivery = Delivery.CAMPUS if run.delivery is Delivery.ONLINE else Delivery.ONLINE
        case _:
            pairs = session.exec(select(Pair).where(Pair.gone_on == None, Pair.kind == PairKind.OVERLAP)).all()  # noqa: E711 - SQL's own comparison
            if pairs:
                pair = chance.choice(sorted(pairs, key=lambda one: one.pk))
                decide(session, COORDINATOR, pair.pk, chance.choice(("keep_both", "cannot_decide", "coordinate")))
                accept_all(session)
                return [session.get_one(Offer, one).key for one in (pair.a_offer_id, pair.b_offer_id)]
    return [offer.key]


def accept_all(session: Session) -> None:
    """Every institution that was asked says yes."""
    for proposal in session.exec(select(Proposal).where(Proposal.state == ProposalState.WAITING)):
        proposal.state = ProposalState.ACCEPTED
        proposal.answered_at, proposal.answered_by = clock.now(), "person:2"


def tell(session: Session, keys: list[str]) -> None:
    """The log has every change that people make: by it a process knows what it has seen of an offer before."""
    for offer in session.exec(select(Offer.id).where(Offer.key.in_(keys))):
        audit.record(session, actor="person:1", thing="offer", thing_id=offer, event="edit")


@pytest.mark.parametrize(("seed", "logged"), [(0, False), (1, True), (2, True), (3, False)])
@pytest.mark.usefixtures("_words_keep_their_weights")
def test_any_run_of_changes_leaves_what_a_full_detection_finds(database: Database, seed: int, *, logged: bool) -> None:
    chance = random.Random(seed)
    add_offers(database, 9)
    detect(database, ROBOT, today=TODAY)
    for _ in range(10):
        with database.write() as session:
            keys = edit(session, chance)
            if logged:
                tell(session, keys)
        detect_changed(database, ROBOT, keys, today=TODAY)
    expect_nothing_of_a_full_detection(database)


def test_an_edited_offer_shows_its_overlaps_when_the_outbox_is_drained(database: Database, site: Site) -> None:
    with database.write() as session:
        add_taught(session, "0238", "Engelsk 1, 1.–7. trinn")
        other = add_taught(session, "1160", "Kroppsøving 1, trinn 1-7")
    detect(database, ROBOT, today=TODAY)
    with database.write() as session:
        session.get_one(Offer, other.pk).title = "Engelsk 1, trinn 1-7"
        events.publish(session, events.OFFER_CHANGED, other.key)
    outbox.drain(database, site.search, listeners=LISTENERS)
    with database.read() as session:
        assert session.exec(select(Pair)).one().gone_on is None
        assert session.exec(select(Case)).one().state is CaseState.OPEN


def draw_nobody_together(database: Database) -> None:
    """No overlap alone makes a case."""
    with database.write() as session:
        session.exec(select(Rule).where(Rule.code == "CLU_NEUTRAL")).one().number = 0.99


def to_be_coordinated(database: Database) -> tuple[int, int]:
    """The offers of a pair, of whom both institutions have said that they will coordinate."""
    with database.write() as session:
        pair = session.exec(select(Pair).where(Pair.kind == PairKind.OVERLAP).order_by(Pair.id)).first()
        assert pair is not None
        decide(session, COORDINATOR, pair.pk, Verdict.COORDINATE)
        accept_all(session)
        return pair.a_offer_id, pair.b_offer_id


def expect_nothing_of_a_full_detection(database: Database) -> None:
    """A full detection has nothing to say about pairs and cases that was not said already."""
    with database.read() as session:
        pairs, cases = listed(session), standing_cases(session)
    full = detect(database, ROBOT, today=TODAY)
    with database.read() as session:
        assert listed(session) == pairs
        assert standing_cases(session) == cases
    assert {full.changes[name] for name in ("new", "changed", "gone", "cases_opened", "cases_closed")} == {0}


@pytest.mark.usefixtures("_words_keep_their_weights")
def test_offers_that_are_to_be_coordinated_are_judged_together(database: Database) -> None:
    """However little they overlap: here too little for a case, and then the run of one of them changes."""
    add_offers(database, 2)
    draw_nobody_together(database)
    detect(database, ROBOT, today=TODAY)
    with database.read() as session:
        assert standing_cases(session) == []
    one, other = to_be_coordinated(database)
    with database.write() as session:
        run = session.exec(select(Run).where(Run.offer_id == one)).one()
        run.places = 30
        key = session.get_one(Offer, one).key
    detect_changed(database, ROBOT, [key], today=TODAY)
    with database.read() as session:
        assert [members for *_, members in standing_cases(session)] == [[one, other]]
    expect_nothing_of_a_full_detection(database)


@pytest.mark.usefixtures("_words_keep_their_weights")
def test_what_is_no_longer_to_be_coordinated_no_longer_holds_a_case_together(database: Database) -> None:
    add_offers(database, 2)
    draw_nobody_together(database)
    detect(database, ROBOT, today=TODAY)
    two = to_be_coordinated(database)
    with database.read() as session:
        keys = [session.get_one(Offer, one).key for one in two]
    detect_changed(database, ROBOT, keys, today=TODAY)
    with database.write() as session:
        assert [members for *_, members in standing_cases(session)] == [list(two)]
        session.get_one(Offer, two[0]).title = "Engelsk 1 (1.–7. trinn), samling i Bodø"
    detect_changed(database, ROBOT, keys[:1], today=TODAY)
    with database.read() as session:
        assert {state for _, _, _, state, *_ in standing_cases(session)} == {CaseState.CLOSED}
    expect_nothing_of_a_full_detection(database)


@pytest.mark.usefixtures("_words_keep_their_weights")
def test_an_edit_that_a_full_detection_finds_first_parts_its_case_at_once_too(database: Database) -> None:
    add_offers(database, 2)
    draw_nobody_together(database)
    detect(database, ROBOT, today=TODAY)
    two = to_be_coordinated(database)
    detect(database, ROBOT, today=TODAY)
    with database.write() as session:
        assert [members for *_, members in standing_cases(session)] == [list(two)]
        session.get_one(Offer, two[0]).title = "Engelsk 1 (1.–7. trinn), samling i Bodø"
    detect(database, ROBOT, today=TODAY)
    with database.read() as session:
        assert {state for _, _, _, state, *_ in standing_cases(session)} == {CaseState.CLOSED}
    expect_nothing_of_a_full_detection(database)


@pytest.mark.usefixtures("_words_keep_their_weights")
@pytest.mark.parametrize(("title", "pairs_listed"), [("Engelsk 1 for trinn 1-7", 3), ("Engelsk 2, 1.–7. trinn", 1)])
def test_a_rival_that_is_another_offer_now_is_missed_by_a_process_that_never_knew_it(
    database: Database, title: str, pairs_listed: int
) -> None:
    """The pair that it stood behind is surer without it, also where the country is first read after the change."""
    with database.write() as session:
        for one in ("Engelsk 1, 1.–7. trinn", "Engelsk 1, 1.-7. trinn", title):
            rival = add_taught(session, "0238", one)
    detect(database, ROBOT, today=TODAY)
    with database.write() as session:
        assert len(listed(session)) == pairs_listed
        session.get_one(Offer, rival.pk).title = "Spesialpedagogikk i barnehagen"
    country_cache._KEPT.clear()
    detect_changed(database, ROBOT, [rival.key], today=TODAY)
    expect_nothing_of_a_full_detection(database)


def test_what_was_edited_while_everything_was_judged_is_judged_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_offers(database, 3)
    judge = detecting._judge

    def slow(session: Session, *rest: Any) -> Any:
        work = judge(session, *rest)
        with database.write() as writing:
            offer = writing.get_one(Offer, 1)
            offer.title = "Spesialpedagogikk"
            audit.record(writing, actor="person:1", thing="offer", thing_id=1, event="edit")
        return work

    detect(database, ROBOT, today=TODAY)
    with database.read() as session:
        assert any(1 in (pair[1], pair[2]) for pair in listed(session) if pair[4])
    monkeypatch.setattr(detecting, "_judge", slow)
    detect(database, ROBOT, today=TODAY)
    with database.read() as session:
        assert not any(1 in (pair[1], pair[2]) for pair in listed(session) if pair[4])


def test_a_forecast_of_yesterday_is_old(database: Database) -> None:
    add_offers(database, 2)
    detect(database, ROBOT)
    with database.write() as session:
        assert not detecting.is_stale(session)
        for learnt in session.exec(select(LearntForecast)):
            learnt.learnt_on -= timedelta(days=1)
        session.flush()
        assert detecting.is_stale(session)


def test_nothing_is_done_before_a_detection_nor_for_nobody_nor_for_a_whole_delivery(database: Database) -> None:
    add_offers(database, 2)
    with database.read() as session:
        keys = [offer.key for offer in session.exec(select(Offer))]
    assert detect_changed(database, ROBOT, keys, today=TODAY) is None
    detect(database, ROBOT, today=TODAY)
    assert detect_changed(database, ROBOT, ["unknown"], today=TODAY) is None
    add_offers(database, MANY)
    with database.read() as session:
        every = [offer.key for offer in session.exec(select(Offer))]
    assert detect_changed(database, ROBOT, every, today=TODAY) is None


def test_a_changed_decision_field_reopens_and_doing_it_again_changes_nothing(database: Database) -> None:
    add_offers(database, 2)
    detect(database, ROBOT, today=TODAY)
    with database.write() as session:
        pair = session.exec(select(Pair)).one()
        decide(session, COORDINATOR, pair.pk, "keep_both")
        offer = session.get_one(Offer, pair.a_offer_id)
        offer.title = "Engelsk 1 for 1.–7. trinn (15 studiepoeng)"
        key = offer.key
    first = detect_changed(database, ROBOT, [key], today=TODAY)
    again = detect_changed(database, ROBOT, [key], today=TODAY)
    assert first is not None
    assert again is not None
    assert (first.changed, again.changed) == (1, 0)
    with database.read() as session:
        assert session.exec(select(Case)).one().state is CaseState.REOPENED
