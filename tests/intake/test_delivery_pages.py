"""A delivery's page: what it did, what approving it would do, and the word that is given."""

import csv
from io import StringIO

import pytest
from sqlmodel import select

from registry.core.clock import now
from registry.core.db import Database
from registry.core.errors import Conflict, NeedsReason, NotAllowed, NotFound
from registry.intake.models import Fetch, ImportRun
from registry.intake.operations import reject
from registry.intake.reading.result import ImportResult
from registry.intake.states import FetchOutcome, ImportOutcome
from registry.offers.models import Run
from registry.offers.states import RunState
from tests.intake.deliveries import DAY, Feed, operator, rows, sheet, staff
from tests.intake.pages import As, organisation, words


def rows_of(count: int, **more: str) -> list[dict[str, str]]:
    return [sheet(f"T{n}", Søknadsfrist="15.12.2025", **more) for n in range(count)]


def held(feed: Feed) -> ImportResult:
    feed.sheet(*rows_of(10))
    result = feed.sheet(rows_of(1)[0])
    assert result.outcome is ImportOutcome.HELD
    return result


def lines(body: str) -> list[list[str]]:
    return list(csv.reader(StringIO(body.removeprefix("\ufeff")), delimiter=";"))


def test_the_counts_are_one_sentence(feed: Feed, client_as: As) -> None:
    feed.sheet(*rows_of(6))
    result = feed.sheet(*rows_of(5), sheet("NY"), sheet("X", Termin="aldri"))
    said = words(client_as(operator()).get(f"/nb/innhenting/{result.run}"))
    assert "7 rader er lest: 1 nye, 0 endrede, 5 uendrede og 1 i karantene. Én rad fra før mangler." in said


def test_changed_values_are_said_in_words_and_downloaded(feed: Feed, client_as: As) -> None:
    feed.sheet(sheet(Plasser="30", Undervisningsform="samlinger"))
    result = feed.sheet(sheet(Plasser="25", Undervisningsform="nett"), sheet("NY", "=Norsk 2"))
    client = client_as(operator())
    said = words(client.get(f"/nb/innhenting/{result.run}"))
    for text in ("Plasser: 30 → 25", "Undervisningsform: Samlingsbasert → Nettbasert"):
        assert text in said
    found = lines(client.get(f"/nb/innhenting/{result.run}/endringer.csv").text)
    assert found[0] == ["Kode", "Tilbud", "Semester", "Rad hos kilden", "Utfall", "Felt", "Før", "Etter"]
    assert ["Plasser", "30", "25"] in [line[5:] for line in found]
    assert any(line[1] == "'=Norsk 2" for line in found), "no cell may start a formula"
    only_new = lines(client.get(f"/nb/innhenting/{result.run}/endringer.csv?hva=new").text)
    assert [line[4] for line in only_new[1:]] == ["Nye"]
    assert client.get(f"/nb/innhenting/{result.run}/endringer.xlsx").data[:2] == b"PK"
    assert client.get(f"/nb/innhenting/{result.run}/endringer.pdf").status_code == 404


def test_what_approving_would_do_is_shown_before_it_is_done(feed: Feed, database: Database, client_as: As) -> None:
    run = held(feed).run
    client = client_as(operator())
    said = words(client.get(f"/nb/innhenting/{run}"))
    assert "9 gjennomføringer: lukkes hvis den også mangler i neste leveranse" in said
    found = lines(client.get(f"/nb/innhenting/{run}/folger.csv").text)
    assert len(found) == 10
    before = {one.key: one.state for one in rows(database, select(Run))}
    assert client.post(f"/nb/innhenting/{run}/godkjenn").status_code == 302
    assert {one.key: one.state for one in rows(database, select(Run))} == before, "closed by the next delivery alone"
    assert len(lines(client.get(f"/nb/innhenting/{run}/folger.csv").text)) == 1


def test_absence_is_rejected_with_a_reason(feed: Feed, database: Database, client_as: As) -> None:
    run = held(feed).run
    client = client_as(operator())
    assert "Fyll ut" in words(client.post(f"/nb/innhenting/{run}/avvis", data={}), 400)
    assert client.post(f"/nb/innhenting/{run}/avvis", data={"reason": "Utdraget var feil"}).status_code == 302
    [found] = rows(database, select(ImportRun).where(ImportRun.id == run))
    assert found.outcome is ImportOutcome.REFUSED
    assert "Utdraget var feil." in words(client.get(f"/nb/innhenting/{run}"))
    assert {one.state for one in rows(database, select(Run))} == {RunState.OPEN}
    assert client.post(f"/nb/innhenting/{run}/avvis", data={"reason": "igjen"}).status_code == 409


def test_a_rejected_file_that_comes_again_is_held_again(feed: Feed, database: Database) -> None:
    feed.sheet(*rows_of(10))
    for _ in range(2):
        again = feed.sheet(rows_of(1)[0])
        assert again.outcome is ImportOutcome.HELD
        with database.write() as session:
            assert again.run is not None
            reject(session, operator(), again.run, "Feil utdrag.")
    assert {one.state for one in rows(database, select(Run))} == {RunState.OPEN}
    whole = feed.sheet(*rows_of(10))
    assert (whole.outcome, whole.unchanged) == (ImportOutcome.DONE, 10)


def test_deliveries_held_before_it_are_rejected_with_it(feed: Feed, database: Database) -> None:
    first = held(feed).run
    second = feed.sheet(rows_of(2)[1]).run
    assert first
    assert second
    with pytest.raises(Conflict), database.write() as session:
        reject(session, operator(), first, "Feil.")
    with database.write() as session:
        reject(session, operator(), second, "Feil.")
    outcomes = {one.pk: one.outcome for one in rows(database, select(ImportRun))}
    assert (outcomes[first], outcomes[second]) == (ImportOutcome.REFUSED, ImportOutcome.REFUSED)


def test_what_is_decided_is_what_came_of_the_fetch(feed: Feed, database: Database, client_as: As) -> None:
    run = held(feed).run
    with database.write() as session:
        found = session.get_one(ImportRun, run)
        session.add(
            Fetch(
                source_id=found.source_id, scheduled_for=now(), started_at=now(), finished_at=now(),
                outcome=FetchOutcome.HELD, message=found.message, import_run_id=run,
            )
        )  # fmt: skip
    assert client_as(operator()).post(f"/nb/innhenting/{run}/godkjenn").status_code == 302
    assert [one.outcome for one in rows(database, select(Fetch))] == [FetchOutcome.TAKEN]


def test_only_the_operator_decides(feed: Feed, database: Database, client_as: As) -> None:
    feed.sheet(*rows_of(10), provider="1150")
    run = feed.sheet(rows_of(1)[0], provider="1150").run
    assert run
    own = staff(organisation(database, "1150"))
    said = words(client_as(own).get(f"/nb/innhenting/{run}"))
    assert "Driften avgjør om leveransen stemmer" in said
    assert "Avvis fraværet" not in said
    assert client_as(own).post(f"/nb/innhenting/{run}/avvis", data={"reason": "x"}).status_code == 403
    for address in ("endringer.csv", "folger.csv"):
        assert client_as(own).get(f"/nb/innhenting/{run}/{address}").status_code == 200
        foreign = staff(organisation(database, "0238"))
        assert client_as(foreign).get(f"/nb/innhenting/{run}/{address}").status_code == 404


def test_a_rejection_is_refused_where_it_makes_no_sense(feed: Feed, database: Database) -> None:
    done = feed.sheet(*rows_of(2), as_of=DAY).run
    assert done
    for actor, run, reason, wrong in (
        (staff(1), done, "x", NotAllowed),
        (operator(), 9_999, "x", NotFound),
        (operator(), done, " ", NeedsReason),
        (operator(), done, "x", Conflict),
    ):
        with pytest.raises(wrong), database.write() as session:
            reject(session, actor, run, reason)
