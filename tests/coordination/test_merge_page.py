"""The page where two records are made one: runs that both have are shown, ticked, and made one as the person leaves them."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from registry.access.policy import system
from registry.access.roles import Role
from registry.applications.models import Application, DecisionBatch
from registry.coordination import operations
from registry.coordination.models import Case, Pair
from registry.coordination.operations import detect
from registry.coordination.states import PairKind, Verdict
from registry.core import clock
from registry.core.db import Database
from registry.core.errors import Conflict
from registry.offers.models import Run, RunPlace
from registry.offers.states import CancelReason, RunState
from tests.coordination.country import TODAY, add_offer, add_run
from tests.site import Site, open_site


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as site:
        yield site


@pytest.fixture
def pair(site: Site) -> tuple[int, Run, Run]:
    """A duplicate whose records have the run of 2027V both, with three applicants each, and one more run each."""
    with site.database.write() as session:
        runs = []
        for code, starts_on in (("ENG1", date(2027, 1, 11)), ("ENG2", date(2027, 1, 18))):
            offer = add_offer(session, "0238", "Engelsk 1, 1.–7. trinn", code=code, subject_code="engelsk")
            runs.append(add_run(session, offer, "2027V", 3, starts_on=starts_on, places=2))
            add_run(session, offer, "2027H", starts_on=starts_on + timedelta(days=30 * len(runs)))
        session.add_all(RunPlace(run_id=runs[1].pk, municipality_code=code) for code in ("0301", "4601"))
        shared, other = (session.exec(select(Application).where(Application.run_id == run.pk)).all()[0] for run in runs)
        other.applicant_key = shared.applicant_key
        for one in session.exec(select(Application)):
            one.decision, one.answer, one.attendance = "offered", "accepted", "accepted"  # type: ignore[assignment]  # as kept
    detect(site.database, system("detect"), today=TODAY)
    with site.database.read() as session:
        return session.exec(select(Pair).where(Pair.kind == PairKind.DUPLICATE)).one().pk, *runs


def words(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_what_would_become_of_a_run_and_its_applicants_is_told_and_done(site: Site, pair: tuple[int, Run, Run]) -> None:
    who = site.signed_in(Role.PROVIDER_STAFF, organisation="0238")
    address = f"/nb/samordning/par/{pair[0]}/slaa-sammen"
    page = who.page(address)
    told = words(page.get_text())
    assert "3 søknader går over til kullet som blir stående" in told
    assert "1 har søkt på begge" in told
    assert "Kullet får 3 flere med plass enn det har plasser til" in told
    assert "For langt mellom startdatoene." in told
    assert "Oslo, Bergen" in told
    assert page.select_one(f"input[name=samme][value='{pair[2].pk}'][checked]")
    answer = who.press(page, "Slå sammen")
    text = words(who.page(answer.location).get_text())
    assert "1 kull sto i begge, og er slått sammen." in text
    assert "avlyst" not in text, "a run that went into another has not been called off"
    with site.database.read() as session:
        gone, kept = session.get_one(Run, pair[2].pk), session.get_one(Run, pair[1].pk)
        assert (gone.state, gone.absorbed_into_id) == (RunState.ABSORBED, kept.pk)
        old, standing = gone.key, kept.key
        places = session.exec(select(RunPlace.municipality_code).where(RunPlace.run_id == kept.pk)).all()
    assert set(places) == {"0301", "4601"}
    gone_offer, kept_offer = old.rsplit("-", 2)[0], standing.rsplit("-", 2)[0]
    moved = who.get(f"/nb/tilbud/{gone_offer}")
    assert (moved.status_code, moved.location) == (301, f"/nb/tilbud/{kept_offer}")
    assert moved.headers["Cache-Control"] == "no-cache"
    kept_page = who.page(who.get(moved.location).location)
    assert address in [link["href"] for link in kept_page.select("a") if "Angre" in link.text]
    assert kept_offer in who.get(f"/nb/huskeliste?id={gone_offer}").text
    assert f"UID:{standing}-start" in who.get(f"/nb/huskeliste.ics?id={gone_offer}").text
    undo = who.page(address).select_one("form[action*=sammenslaaing]")
    with site.database.write() as session:
        moved = session.exec(select(Application).where(Application.run_id == pair[1].pk)).all()[-1]
        moved.version += 1
    answer = who.post(undo["action"])
    assert "1 søknad er endret siden, og står som den er nå." in words(who.page(answer.location).get_text())
    assert gone_offer in who.get(f"/nb/tilbud/{gone_offer}").location


def test_who_takes_the_tick_away_keeps_two_runs(site: Site, pair: tuple[int, Run, Run]) -> None:
    who = site.signed_in(Role.PROVIDER_STAFF, organisation="0238")
    assert who.post(f"/nb/samordning/par/{pair[0]}/slaa-sammen/utfor", samme=["x"]).status_code == 303
    with site.database.read() as session:
        runs = session.exec(select(Run)).all()
        assert {run.state for run in runs} == {RunState.PLANNED}
        assert len({run.offer_id for run in runs}) == 1


def test_who_may_not_move_applicants_cannot_tick_it(site: Site, pair: tuple[int, Run, Run]) -> None:
    who = site.signed_in(Role.COORDINATOR)
    address = f"/nb/samordning/par/{pair[0]}/slaa-sammen"
    page = who.page(address)
    assert "bare institusjonen kan flytte dem" in page.get_text()
    assert page.select_one("input[name=samme][disabled]")
    assert who.post(f"{address}/utfor", samme=[str(pair[2].pk)]).status_code == 403
    assert who.post(f"{address}/utfor").status_code == 303


def test_answers_that_wait_to_be_sent_stop_it(site: Site, pair: tuple[int, Run, Run]) -> None:
    with site.database.write() as session:
        session.add(DecisionBatch(run_id=pair[2].pk, decision="waitlisted", actor="o", prepared_at=clock.now()))
    who = site.signed_in(Role.PROVIDER_STAFF, organisation="0238")
    address = f"/nb/samordning/par/{pair[0]}/slaa-sammen"
    assert "klargjort svar" in who.page(address).get_text()
    assert who.post(f"{address}/utfor", samme=[str(pair[2].pk)]).status_code == 303
    assert "forberedt og ikke sendt" in who.page(address).get_text()


def test_what_can_no_longer_be_undone_is_said(site: Site, pair: tuple[int, Run, Run]) -> None:
    who = site.signed_in(Role.PROVIDER_STAFF, organisation="0238")
    address = f"/nb/samordning/par/{pair[0]}/slaa-sammen"
    who.press(who.page(address), "Slå sammen")
    undo = who.page(address).select_one("form[action*=sammenslaaing]")["action"]
    with site.database.write() as session:
        run = session.get_one(Run, pair[1].pk)
        run.state, run.cancel_reason, run.cancelled_at = RunState.CANCELLED, CancelReason.NO_TEACHER, clock.now()
    answer = who.post(undo)
    assert answer.status_code == 303
    assert "søkerne har fått beskjed" in who.page(answer.location).get_text()


def test_the_pair_says_that_it_was_merged_and_the_answer_stands_until_that_is_undone(
    site: Site, pair: tuple[int, Run, Run]
) -> None:
    who = site.signed_in(Role.COORDINATOR)
    address = f"/nb/samordning/par/{pair[0]}"
    with site.database.write() as session:
        decision = operations.decide(session, system("t"), pair[0], Verdict.COORDINATE).pk
    who.post(f"{address}/slaa-sammen/utfor")
    detect(site.database, system("detect"), today=TODAY)
    page = who.page(address)
    text = words(page.get_text())
    assert "Slått sammen til ett tilbud" in text
    assert "likner tilbudene ikke nok" not in text
    assert "Angre svaret" not in text
    with site.database.write() as session, pytest.raises(Conflict, match="Angre sammenslåingen først"):
        operations.undo(session, system("t"), decision)
    who.press(page, "Angre sammenslåingen")
    page = who.page(address)
    assert "Angre svaret" in page.get_text()
    undone, done = (line for one in page.select("#logg .log li") if "ENG2" in (line := words(one.get_text())))
    assert "Sammenslåingen er angret. Disse er to tilbud igjen: Engelsk 1, 1.–7. trinn (ENG1), " in undone
    assert "Tilbudet som står: Engelsk 1, 1.–7. trinn (ENG1). Oppføringen som gikk inn i det: " in done
    assert all("Kari Nordmann" in line for line in (undone, done))


def test_merged_pairs_are_found_by_a_filter_of_their_own_and_do_not_wait(
    site: Site, pair: tuple[int, Run, Run]
) -> None:
    who = site.signed_in(Role.COORDINATOR)
    lists = {state: f"/nb/samordning/dubletter?avgjort={state}" for state in ("slatt-sammen", "venter", "")}

    def shown() -> dict[str, int]:
        return {state: len(who.page(path).select("main tbody tr")) for state, path in lists.items()}

    assert shown() == {"slatt-sammen": 0, "venter": 1, "": 1}
    who.post(f"/nb/samordning/par/{pair[0]}/slaa-sammen/utfor")
    assert shown() == {"slatt-sammen": 1, "venter": 0, "": 1}
    detect(site.database, system("detect"), today=TODAY)
    assert shown() == {"slatt-sammen": 1, "venter": 0, "": 0}, "one offer is not alike itself"
    page = who.page(lists["slatt-sammen"])
    assert "Slått sammen 22.11.2026" in words(page.select_one("main tbody tr").get_text())
    assert "Gå gjennom én for én" not in page.get_text()
    assert "2026-11-22" in who.get("/nb/samordning/par.csv?kind=duplicate&avgjort=slatt-sammen").text
    assert who.page("/nb/samordning/overlapp?avgjort=slatt-sammen").find("option", value="slatt-sammen") is None
    who.press(who.page(f"/nb/samordning/par/{pair[0]}"), "Angre sammenslåingen")
    assert shown()["slatt-sammen"] == 0


def test_the_log_of_a_case_tells_what_went_into_its_offers(site: Site, pair: tuple[int, Run, Run]) -> None:
    with site.database.write() as session:
        other = add_offer(session, "1160", "Engelsk 1, trinn 1-7", subject_code="engelsk")
        add_run(session, other, "2027V", 4)
    detect(site.database, system("detect"), today=TODAY)
    who = site.signed_in(Role.COORDINATOR)
    who.post(f"/nb/samordning/par/{pair[0]}/slaa-sammen/utfor")
    with site.database.read() as session:
        case = session.exec(select(Case.id).where(Case.term == "2027V").order_by(col(Case.id))).first()
    assert "Oppføringen som gikk inn i det:" in words(who.page(f"/nb/samordning/sak/{case}").get_text())
