"""The overview counts what is there: every number by hand, with noise beside it."""

from dataclasses import asdict
from datetime import UTC, date, datetime

from sqlmodel import select

from registry.coordination.models import Case, Detection, Pair, RiskAssessment, SubjectStatus
from registry.coordination.states import CaseState, PairKind, Reach, Strength
from registry.core import clock
from registry.core.db import Database
from registry.intake.models import ImportRun, QuarantinedRow, Source, SourceRecord
from registry.intake.states import ImportOutcome, QuarantineState
from registry.offers.models import Offer, Run, RunPlace
from registry.reports.overview import indexed, overview
from search.protocol import SearchUnavailable
from tests.site import Site


def test_an_empty_registry_counts_nothing(database: Database) -> None:
    with database.read() as session:
        found = overview(session, 0)
    assert found.data_date is None
    assert {number for name, number in asdict(found).items() if name != "data_date"} == {0}


def test_every_number_counted_by_hand(year: Database) -> None:
    _flags(year)
    _deliveries(year)
    with year.read() as session:
        found = overview(session, 7)
    assert asdict(found) == {
        "data_date": date(2026, 5, 1),
        "sources": 2,
        "deliveries": 2,
        "records": 1,
        "quarantined": 1,
        "offers": 5,  # the draft is not out
        "runs": 8,
        "providers": 2,
        "indexed": 7,
        "subjects": 3,
        "counties": 2,
        "overlaps": 3,
        "strong": 2,
        "within_reach": 2,
        "cases": 2,
        "duplicates": 1,
        "small_subjects": 1,
        "at_risk": 1,
        "applications": 19,
        "accepted": 5,
        "started": 0,
        "completed": 0,
        "counted_runs": 1,
        "cancelled": 1,
        "displaced": 2,
        "plans": 3,
    }


def test_rounding_touches_people_only(year: Database) -> None:
    with year.read() as session:
        exact = overview(session, 7)
    changed = {name: number for name, number in asdict(exact.rounded(5)).items() if number != asdict(exact)[name]}
    assert changed == {"applications": 20, "displaced": 0}


def test_the_summary_says_every_number_once(year: Database) -> None:
    with year.read() as session:
        found = overview(session, 7)
    said = [number for _, lines in found.sections() for _, number, _ in lines]
    assert sorted(said) == sorted(number for name, number in asdict(found).items() if name != "data_date")
    assert [name for name, _ in found.sections()] == ["Samlet inn", "Gjort søkbart", "Flagget", "Fulgt opp"]


def test_without_an_answer_the_number_in_the_index_is_unknown(site: Site) -> None:
    assert indexed(site.search) == 0

    class Away:
        def count(self) -> int:
            raise SearchUnavailable("away")

    assert indexed(Away()) is None  # not nought: nobody knows


def _flags(database: Database) -> None:
    """Three overlaps that count (two strong, two within reach), one duplicate; gone and related ones beside them."""
    with database.write() as session:
        detection = Detection(at=clock.now(), as_of=date(2026, 5, 1))
        session.add(detection)
        session.flush()
        ids = sorted(session.exec(select(Offer.id)).all())
        kinds = (
            (PairKind.OVERLAP, Strength.STRONG, Reach.SAME_COUNTY, None),
            (PairKind.OVERLAP, Strength.STRONG, Reach.NONE, None),
            (PairKind.OVERLAP, Strength.POSSIBLE, Reach.ONLINE, None),
            (PairKind.OVERLAP, Strength.RELATED, Reach.ONLINE, None),
            (PairKind.OVERLAP, Strength.STRONG, Reach.ONLINE, date(2026, 5, 1)),
            (PairKind.DUPLICATE, Strength.STRONG, Reach.NONE, None),
            (PairKind.DUPLICATE, Strength.RELATED, Reach.NONE, None),
        )
        ends = [(a, b) for a in ids for b in ids if a < b]
        for (kind, strength, reach, gone), (a, b) in zip(kinds, ends, strict=False):
            session.add(
                Pair(
                    kind=kind, a_offer_id=a, b_offer_id=b, score=0.9, strength=strength, reach=reach,
                    fingerprint="f", digest="d", detection_id=detection.pk, first_seen_on=date(2026, 4, 1),
                    since=date(2026, 4, 1), gone_on=gone,
                )
            )  # fmt: skip
        for number, state in enumerate((CaseState.OPEN, CaseState.REOPENED, CaseState.DECIDED, CaseState.CLOSED)):
            closed = date(2026, 5, 1) if state is CaseState.CLOSED else None
            session.add(
                Case(
                    key=f"case-{number}", core_offer_id=ids[0], term="2026H", state=state, opened_on=date(2026, 4, 1),
                    since=date(2026, 4, 1), closed_on=closed, detection_id=detection.pk,
                )
            )  # fmt: skip
        for code, small, until in (
            ("norsk", True, None),
            ("engelsk", False, None),
            ("matematikk", True, date(2026, 5, 1)),
        ):
            session.add(
                SubjectStatus(
                    subject_code=code, is_small=small, since=date(2026, 1, 1), until=until, reason="Få.",
                    rule_code="SMALL_SUBJECT_STARTERS", rule_version=1, detection_id=detection.pk,
                )
            )  # fmt: skip
        runs = sorted(session.exec(select(Run.id)).all())
        for run, day, probability in ((0, 1, 0.9), (1, 1, 0.9), (0, 2, 0.8), (1, 2, 0.79)):
            session.add(
                RiskAssessment(
                    run_id=runs[run], assessed_on=date(2026, 5, day),
                    assessed_at=datetime(2026, 5, day, 6, tzinfo=UTC), applicants=1, minimum=10, minimum_is_default=True,
                    probability=probability, low=0, high=1, expected_final=2, rule_code="RISK_FLAG", rule_version=1,
                    detection_id=detection.pk,
                )
            )  # fmt: skip
        for place in ("4601", "4602", "0301"):
            session.add(RunPlace(run_id=runs[0], municipality_code=place))


def _deliveries(database: Database) -> None:
    """Two taken and one refused, newer than both; one row waits and one was put aside."""
    moment = datetime(2026, 5, 1, tzinfo=UTC)
    with database.write() as session:
        sources = [Source(key=key, format="dbh-347", created_at=moment) for key in ("one", "other")]
        session.add_all(sources)
        session.flush()
        runs = [
            ImportRun(
                source_id=sources[0].pk, format="dbh-347", actor="test", as_of=day, started_at=moment, outcome=outcome,
                message=message,
            )
            for day, outcome, message in (
                (date(2026, 4, 1), ImportOutcome.DONE, None),
                (date(2026, 5, 1), ImportOutcome.DONE, None),
                (date(2026, 5, 9), ImportOutcome.REFUSED, "Skadet."),
            )
        ]  # fmt: skip
        session.add_all(runs)
        session.flush()
        offer = session.exec(select(Offer).where(Offer.key == "norsk")).one()
        provider = 1
        session.add(
            SourceRecord(
                source_id=sources[0].pk, key="r", organisation_id=provider, offer_id=offer.pk, raw={}, content_hash="h",
                first_seen_id=runs[0].pk, last_seen_id=runs[1].pk, seen_on=date(2026, 5, 1),
            )
        )  # fmt: skip
        session.add(QuarantinedRow(import_run_id=runs[0].pk, payload_name="a", position=1, reason="Mangler kode."))
        session.add(
            QuarantinedRow(
                import_run_id=runs[0].pk, payload_name="a", position=2, reason="Mangler kode.",
                state=QuarantineState.DISCARDED, handled_at=moment,
            )
        )  # fmt: skip
