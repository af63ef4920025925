"""The review room's pages: the same case for both institutions, each with the figures it may see; alike pairs; proposals; coverage."""

import re

from sqlmodel import Session, col, select

from registry.access.models import Person
from registry.access.policy import system
from registry.access.roles import Role
from registry.coordination.models import Decision, Pair, Proposal
from registry.coordination.operations import detect
from registry.coordination.queries.desk import board, reviewing
from registry.coordination.states import PairKind
from registry.core.db import Database
from registry.offers.models import Offer
from tests.coordination.country import TODAY, add_offer, add_run
from tests.site import Site


def between(session: Session, *providers: str) -> int:
    """The pair of two institutions."""
    ids = [session.exec(select(Offer.id).where(col(Offer.key).startswith(f"{one}-"))).one() for one in providers]
    return session.exec(select(Pair).where(col(Pair.a_offer_id).in_(ids), col(Pair.b_offer_id).in_(ids))).one().pk


def test_each_institution_sees_its_own_figures_and_the_others_rounded(site: Site, three: list[int]) -> None:
    with site.database.read() as session:
        pair = between(session, "0238", "1160")
    for role, where, told in (
        (Role.PROVIDER_STAFF, {"organisation": "0238"}, ["5", "7"]),
        (Role.PROVIDER_STAFF, {"organisation": "1160"}, ["5", "7"]),
        (Role.COORDINATOR, {}, ["7", "7"]),
    ):
        page = site.signed_in(role, **where).page(f"/nb/samordning/par/{pair}")
        shown = [re.sub(r"\D", "", cell.get_text()) for cell in page.select(".term-figures tbody tr td:nth-of-type(1)")]
        assert sorted(shown) == told, where
    assert site.signed_in(Role.PROVIDER_STAFF, organisation="1110").get(f"/nb/samordning/par/{pair}").status_code == 404


def test_an_answer_leads_to_the_next_pair_in_the_queue(site: Site, three: list[int]) -> None:
    who = site.signed_in(Role.COORDINATOR)
    began = who.get("/nb/samordning/gjennomgang/overlapp?styrke=strong")
    seen = [began.location]
    for _ in range(2):
        seen.append(who.press(who.page(seen[-1]), "Ulike behov").location)
    assert len({re.search(r"/par/(\d+)", one)[1] for one in seen if re.search(r"/par/(\d+)", one)}) == 3
    last = who.press(who.page(seen[-1]), "Ulike behov")
    assert re.search(r"/par/(\d+)", last.location)
    assert "3 av 3" in who.page(seen[-1]).get_text().replace("\xa0", " ")
    done = who.get("/nb/samordning/gjennomgang/overlapp")
    assert done.location.endswith("/nb/samordning/overlapp")


def test_wrong_answers_come_back_with_what_was_written(site: Site, three: list[int]) -> None:
    who = site.signed_in(Role.COORDINATOR)
    page = who.page(f"/nb/samordning/par/{three[0]}")
    answer = who.press(page, "Feil i opplysningene", fault="other", note="")
    assert answer.status_code == 400
    assert "Skriv hva som er feil" in answer.text
    assert who.press(page, "Feil i opplysningene", fault="credits").status_code == 303


def test_one_answer_to_all_alike_with_preview_and_undo(site: Site, three: list[int]) -> None:
    who = site.signed_in(Role.COORDINATOR)
    page = who.page(f"/nb/samordning/par/{three[0]}/like")
    boxes = [box["value"] for box in page.select("input[name=par]")]
    assert str(three[0]) in boxes
    with site.database.read() as session:
        assert [str(three[0]), *map(str, reviewing.alike(session, session.get_one(Pair, three[0])))] == boxes
    address = page.select_one("form.stack[method=post]")["action"]
    assert who.post(address, verdict="").status_code == 400
    assert who.post(address, verdict="wrong_data", par=boxes).status_code == 400
    assert who.post(address, verdict="keep_both", par=[]).status_code == 400
    seen = {box["name"]: box["value"] for box in page.select("input[name^=sett-]")}
    assert who.post(address, verdict="keep_both", par=boxes).status_code == 400, "nobody has seen them"
    assert who.post(address, verdict="keep_both", par=[*boxes, "98765"], **seen).status_code == 303
    with site.database.read() as session:
        told = session.exec(select(Decision)).all()
        assert {str(one.pair_id) for one in told} == set(boxes)
        batch = told[0].batch
    assert who.post(f"/nb/samordning/par/{three[0]}/svargruppe/{batch}/angre").status_code == 303
    with site.database.read() as session:
        name = session.get_one(Person, who.person).display_name
    undone = who.page(f"/nb/samordning/par/{three[0]}").find("p", string=re.compile("ble angret")).parent
    assert name in undone.get_text(), "the log says who took it back"
    assert who.post(f"/nb/samordning/par/{three[0]}/svargruppe/{batch}/angre").status_code == 404


def test_a_proposal_from_page_to_answer(site: Site, three: list[int]) -> None:
    with site.database.read() as session:
        pair = between(session, "0238", "1160")
        receiver = session.exec(select(Proposal.receiver_id)).first()
        assert receiver is None
    address = f"/nb/samordning/par/{pair}"
    mine = site.signed_in(Role.PROVIDER_STAFF, organisation="0238")
    sender = mine.page(address).select_one("input[name=sender]")["value"]
    assert mine.post(f"{address}/forslag", sender=sender, way="none").status_code == 400
    assert mine.post(f"{address}/forslag", sender=sender, way="merge", text="Ett kull?").status_code == 303
    assert mine.post(f"{address}/forslag", sender=sender, way="merge").status_code == 303  # said, not done twice
    assert "Ett kull?" in mine.page("/nb/samordning/forslag").get_text()
    theirs = site.signed_in(Role.PROVIDER_STAFF, organisation="1160")
    assert "Dere har forslag å svare på" in theirs.page("/nb/samordning/").get_text()
    with site.database.read() as session:
        number = session.exec(select(Proposal.id)).one()
    answer = f"/nb/samordning/forslag/{number}/svar"
    assert theirs.post(answer, accepted="nei", text="").status_code == 303
    assert theirs.post(answer).status_code == 303
    assert site.signed_in(Role.PROVIDER_STAFF, organisation="1110").post(answer, accepted="ja").status_code == 404
    assert theirs.post(answer, accepted="ja", text="Ja").status_code == 303
    assert "Ja til forslaget" in mine.page(address).get_text()
    assert mine.post(f"/nb/samordning/forslag/{number}/trekk").status_code == 409


def test_a_proposal_can_be_taken_back_and_answered_no(site: Site, three: list[int]) -> None:
    with site.database.read() as session:
        pair = between(session, "0238", "1160")
    address = f"/nb/samordning/par/{pair}"
    mine = site.signed_in(Role.PROVIDER_STAFF, organisation="0238")
    sender = mine.page(address).select_one("input[name=sender]")["value"]
    mine.post(f"{address}/forslag", sender=sender, way="talk")
    with site.database.read() as session:
        number = session.exec(select(Proposal.id)).one()
    assert mine.post(f"/nb/samordning/forslag/{number}/trekk").status_code == 303
    who = site.signed_in(Role.COORDINATOR)
    assert who.press(who.page(address), "Bør samordnes", way="one_online").status_code == 303
    theirs = site.signed_in(Role.PROVIDER_STAFF, organisation="1160")
    with site.database.read() as session:
        waiting = session.exec(select(Proposal).where(Proposal.state == "waiting").order_by(col(Proposal.id))).all()
        own = next(one.pk for one in waiting if one.receiver_id != int(sender))
    assert theirs.post(f"/nb/samordning/forslag/{own}/svar", accepted="nei", text="Ikke nå").status_code == 303
    coordinator = site.signed_in(Role.COORDINATOR)
    text = coordinator.page(address).get_text()
    assert "Gjenåpnet" in text
    assert "Ikke nå" in text
    assert "Engelsk 1" in coordinator.page("/nb/samordning/overlapp?avgjort=gjenapnet").get_text()
    assert "Ingen par passer" in coordinator.page("/nb/samordning/overlapp?avgjort=foreslatt").get_text()


def test_remarks_are_read_by_both(site: Site, three: list[int]) -> None:
    with site.database.read() as session:
        pair = between(session, "0238", "1160")
    address = f"/nb/samordning/par/{pair}"
    mine = site.signed_in(Role.PROVIDER_STAFF, organisation="0238")
    assert mine.post(f"{address}/kommentar", text="").status_code == 400
    assert mine.post(f"{address}/kommentar", text="Vi har avtalt et møte").status_code == 303
    assert "Vi har avtalt et møte" in site.signed_in(Role.PROVIDER_STAFF, organisation="1160").page(address).get_text()


def test_the_queue_has_one_order_and_every_place_in_it(database: Database, three: list[int]) -> None:
    with database.read() as session:
        wanted = board.PairFilter()
        rows, total = board.queue(session, wanted, 0, 100)
        order = [row.pair.pk for row in rows]
        assert total == len(order) == 3
        for place, row in enumerate(rows):
            found = reviewing.place_of(session, wanted, row.pair)
            assert found.previous == (order[place - 1] if place else None)
            assert found.next == (order[place + 1] if place + 1 < len(order) else None)
            assert (found.done, found.total) == (0, 3)


def test_duplicates_are_merged_from_their_page(site: Site) -> None:
    with site.database.write() as session:
        for code in ("ENG1", "ENG2"):
            offer = add_offer(session, "0238", "Engelsk 1, 1.–7. trinn", code=code, subject_code="engelsk")
            add_run(session, offer, "2027V")
    detect(site.database, system("detect"), today=TODAY)
    with site.database.read() as session:
        pair = session.exec(select(Pair).where(Pair.kind == PairKind.DUPLICATE)).one().pk
    who = site.signed_in(Role.COORDINATOR)
    answer = who.press(who.page(f"/nb/samordning/par/{pair}"), "Samme tilbud")
    assert answer.location.endswith("/slaa-sammen")
    page = who.page(f"{answer.location}?behold=0238-eng2")
    assert page.select_one("input[name=samme][checked]")
    for _ in range(2):  # the second time it is refused, and said so
        assert who.press(page, "Slå sammen").status_code == 303
    offer = "/nb/tilbud/0238-eng1/engelsk"
    assert who.get(offer).location == "/nb/tilbud/0238-eng2"
    undo = who.page(answer.location).select_one("form[action*=sammenslaaing]")["action"]
    assert who.post(undo).status_code == 303
    assert who.get(offer).location.startswith("/nb/tilbud/0238-eng1/")


def test_only_duplicates_can_be_merged(site: Site, three: list[int]) -> None:
    assert site.signed_in(Role.COORDINATOR).get(f"/nb/samordning/par/{three[0]}/slaa-sammen").status_code == 404


def test_coverage_by_region_target_and_term(site: Site, three: list[int]) -> None:
    visitor = site.visitor()
    assert "Engelsk" in visitor.page("/nb/samordning/dekning?termin=2027V").get_text()
    assert "Kinesisk" in visitor.page("/nb/samordning/dekning?termin=all&vis=sma").get_text()
    assert "Ingen fag passer" in visitor.page("/nb/samordning/dekning?malgruppe=teacher").get_text()
    assert "Kinesisk" in visitor.page("/nb/samordning/dekning?termin=2026H&vis=hull").get_text()
    assert visitor.get("/nb/samordning/dekning?fil=csv&vis=alle").status_code == 200


def test_a_subject_tells_when_it_became_small_and_why(site: Site, three: list[int]) -> None:
    text = site.visitor().page("/nb/samordning/sma-fag/kinesisk").get_text()
    assert "Ikke dekket for hele landet" in text
    assert "Lite fag: få institusjoner" in text
    assert site.visitor().get("/nb/samordning/sma-fag/finnes-ikke").status_code == 404
