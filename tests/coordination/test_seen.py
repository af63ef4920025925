"""Two coordinators at the same pairs: the second is told what the first answered, and overwrites nothing unseen."""

import pytest
from sqlmodel import Session, select

from registry.access.models import Person
from registry.access.policy import system
from registry.access.roles import Role
from registry.coordination.models import Decision, Pair, Proposal
from registry.coordination.operations import detect
from registry.coordination.states import Reach
from registry.core.db import Database
from registry.offers.models import Run
from registry.offers.states import Delivery
from tests.coordination.country import TODAY, add_offer, add_run
from tests.site import Site, Visitor


@pytest.fixture
def online(database: Database) -> list[int]:
    """Two pairs with the very same evidence and reach."""
    with database.write() as session:
        for provider in ("0238", "1160", "0256"):
            offer = add_offer(session, provider, "Engelsk 1, 1.–7. trinn", subject_code="engelsk")
            add_run(session, offer, "2027V", delivery=Delivery.ONLINE)
    detect(database, system("detect"), today=TODAY)
    with database.read() as session:
        return sorted(one.pk for one in session.exec(select(Pair).where(Pair.reach == Reach.ONLINE)))


def verdicts(session: Session, *pairs: int) -> list[str]:
    """The answers that stand."""
    found = session.exec(select(Decision).where(Decision.superseded_at == None))  # noqa: E711 - SQL's own null
    return [str(one.verdict) for one in found if one.pair_id in pairs]


def name_of(session: Session, visitor: Visitor) -> str:
    return session.get_one(Person, visitor.person).display_name


def test_the_second_answer_is_not_kept_and_the_first_is_told(site: Site, three: list[int]) -> None:
    first, second = site.signed_in(Role.COORDINATOR), site.signed_in(Role.COORDINATOR)
    address = f"/nb/samordning/par/{three[0]}"
    page, other = first.page(address), second.page(address)
    assert first.press(page, "Ulike behov", note="Ulike fylker").status_code == 303
    met = second.press(other, "Bør samordnes", note="Slå dem sammen", way="merge")
    assert met.status_code == 409
    with site.database.read() as session:
        assert verdicts(session, three[0]) == ["keep_both"]
        assert not session.exec(select(Proposal)).all()
        assert name_of(session, first) in met.text
    for told in ("svarte «Ulike behov – behold begge»", "Ulike fylker", "Slå dem sammen"):
        assert told in met.text, told
    again = second.press(second.parsed(met), "Bør samordnes")
    assert again.status_code == 303, "whoever has seen the first answer may replace it"
    with site.database.read() as session:
        assert verdicts(session, three[0]) == ["coordinate"]


def test_an_answer_about_other_evidence_than_was_seen_is_not_kept(site: Site, three: list[int]) -> None:
    who = site.signed_in(Role.COORDINATOR)
    page = who.page(f"/nb/samordning/par/{three[0]}")
    with site.database.write() as session:
        for run in session.exec(select(Run)):
            run.term = "2027H"
    detect(site.database, system("detect"), today=TODAY)
    met = who.press(page, "Ulike behov")
    assert met.status_code == 409
    assert "sammenlignet på nytt" in met.text
    with site.database.read() as session:
        assert verdicts(session, three[0]) == []


def test_a_form_that_was_sent_back_for_another_reason_is_still_about_what_was_seen(
    site: Site, three: list[int]
) -> None:
    first, second = site.signed_in(Role.COORDINATOR), site.signed_in(Role.COORDINATOR)
    address = f"/nb/samordning/par/{three[0]}"
    page, other = first.page(address), second.page(address)
    first.press(page, "Ulike behov")
    back = second.press(other, "Bør samordnes", note="x" * 2_001)
    assert back.status_code == 400
    assert second.press(second.parsed(back), "Bør samordnes", note="Kort").status_code == 409


def test_of_many_none_is_answered_where_somebody_came_first_to_one(site: Site, online: list[int]) -> None:
    first, second = site.signed_in(Role.COORDINATOR), site.signed_in(Role.COORDINATOR)
    page = second.page(f"/nb/samordning/par/{online[0]}/like")
    boxes = [box["value"] for box in page.select("input[name=par]")]
    assert sorted(map(int, boxes)) == online
    taken = int(boxes[-1])
    first.press(first.page(f"/nb/samordning/par/{taken}"), "Bør samordnes")
    seen = {box["name"]: box["value"] for box in page.select("input[name^=sett-]")}
    address = page.select_one("form.stack[method=post]")["action"]
    met = second.post(address, verdict="keep_both", par=boxes, note="Til alle", **seen)
    assert met.status_code == 409
    with site.database.read() as session:
        assert verdicts(session, *map(int, boxes)) == ["coordinate"]
        assert name_of(session, first) in met.text
    again = second.parsed(met)
    assert again.select_one("textarea[name=note]").get_text().strip() == "Til alle"
    ticked = [box["value"] for box in again.select("input[name=par][checked]")]
    assert ticked == boxes[:-1]
    seen = {box["name"]: box["value"] for box in again.select("input[name^=sett-]")}
    assert second.post(address, verdict="keep_both", par=ticked, **seen).status_code == 303


def test_an_answer_that_was_replaced_cannot_be_taken_back_unseen(site: Site, three: list[int]) -> None:
    first, second = site.signed_in(Role.COORDINATOR), site.signed_in(Role.COORDINATOR)
    address = f"/nb/samordning/par/{three[0]}"
    first.press(first.page(address), "Ulike behov")
    page = first.page(address)
    second.press(second.page(address), "Bør samordnes")
    met = first.press(page, "Angre svaret")
    assert met.status_code == 409
    assert "svarte «Bør samordnes»" in met.text
    with site.database.read() as session:
        assert verdicts(session, three[0]) == ["coordinate"]


def test_an_answer_leads_on_and_the_way_back_is_to_what_was_answered(site: Site, three: list[int]) -> None:
    """With U, which takes back what the message tells of, and with K, though what was answered has left the queue."""
    who = site.signed_in(Role.COORDINATOR)
    at = who.get("/nb/samordning/gjennomgang/overlapp?avgjort=venter").location
    there = who.press(who.page(at), "Ulike behov").location
    page = who.page(there)
    assert page.select_one("[data-key=u]").find_parent("form")["action"].startswith("/nb/samordning/avgjorelse/")
    assert page.select_one("a[data-key=k]")["href"].split("?")[0] in at


def test_every_flag_and_every_answer_names_its_rule_and_version(site: Site, three: list[int]) -> None:
    who = site.signed_in(Role.COORDINATOR)
    address = f"/nb/samordning/par/{three[0]}"
    who.press(who.page(address), "Ulike behov")
    page = who.page(address)
    rules = [link.get_text() for link in page.select("main a[href*='/regler/OVL_']")]
    assert any("versjon 1" in rule for rule in rules)
    assert len(page.select("#logg a[href*='/regler/OVL_']")) == 2, "strong and possible, as they were then"
    cases = who.page("/nb/samordning/saker?tilstand=alle")
    case = cases.select_one("tbody a[href*='/sak/']")["href"]
    assert cases.select("tbody a[href*='/regler/OVL_']")
    assert who.page(case).select("#par a[href*='/regler/OVL_']")


def test_a_case_is_worked_through_pair_by_pair_and_at_once(site: Site, online: list[int]) -> None:
    who = site.signed_in(Role.COORDINATOR)
    case = who.page("/nb/samordning/saker?tilstand=alle").select_one("tbody a[href*='/sak/']")["href"]
    page = who.page(case)
    inside = {link["href"].split("?")[0] for link in page.select("#par tbody th a")}
    assert len(inside) > 1
    assert f"0 av {len(inside)}" in page.select_one("#par").get_text().replace("\xa0", " ")
    at = who.get(page.find("a", string="Gå gjennom én for én")["href"]).location
    walked = []
    for _ in inside:
        walked.append(at.split("?")[0])
        at = who.press(who.page(at), "Ulike behov").location
    assert {one.removeprefix("http://localhost") for one in walked} == inside
    page = who.page(case)
    assert f"{len(inside)} av {len(inside)}" in page.select_one("#par").get_text().replace("\xa0", " ")
    assert who.get(f"/nb/samordning/gjennomgang/overlapp?sak={case.split('/')[-1]}").location.endswith(case)
    assert "Ingen par passer" in who.get("/nb/samordning/overlapp?sak=999999").text
    for nonsense in ("x", "9" * 40, "-1"):
        assert who.get(f"/nb/samordning/overlapp?sak={nonsense}").status_code == 200


def test_one_answer_to_a_whole_case_goes_through_the_preview(site: Site, online: list[int]) -> None:
    who = site.signed_in(Role.COORDINATOR)
    case = who.page("/nb/samordning/saker?tilstand=alle").select_one("tbody a[href*='/sak/']")["href"]
    page = who.page(who.page(case).find("a", string="Gi samme svar til alle som venter")["href"])
    boxes = [box["value"] for box in page.select("input[name=par]")]
    seen = {box["name"]: box["value"] for box in page.select("input[name^=sett-]")}
    address = page.select_one("form.stack[method=post]")["action"]
    met = who.post(address, verdict="keep_both", par=boxes, **seen)
    assert met.status_code == 303
    assert met.location.endswith(case)
    with site.database.read() as session:
        assert verdicts(session, *map(int, boxes)) == ["keep_both"] * len(boxes)


def test_the_preview_tells_of_each_pair_what_is_not_common_to_all(site: Site) -> None:
    """That the names have words in common is another thing than that they say nothing: those are not alike."""
    titles = {
        "0238": "Naturfag 1, ferdsel i friluftsliv",
        "1160": "Naturfag 1, ferdsel i friluftsliv",
        "0256": "Naturfag 1",
    }
    with site.database.write() as session:
        for provider, title in titles.items():
            offer = add_offer(session, provider, title, subject_code="naturfag")
            add_run(session, offer, "2027V", applicants=7, delivery=Delivery.ONLINE)
    detect(site.database, system("detect"), today=TODAY)
    who = site.signed_in(Role.COORDINATOR)
    with site.database.read() as session:
        pairs = session.exec(select(Pair)).all()
        kinds = {one.pk: {line["sentence"].msgid for line in one.evidence if line["what"] == "focus"} for one in pairs}
    for one, kind in kinds.items():
        page = who.page(f"/nb/samordning/par/{one}/like")
        listed = {int(box["value"]) for box in page.select("input[name=par]")}
        assert all(kinds[other] == kind for other in listed)
        assert "7 og 7 søkere" in page.select_one("fieldset").get_text()


def test_texts_are_read_side_by_side_with_the_words_that_they_share(site: Site) -> None:
    told = {
        "0238": ("Studenten kan planlegge friluftsliv.", Delivery.ONLINE),
        "1160": ("Studenten kan vurdere friluftsliv.", Delivery.CAMPUS),
    }
    with site.database.write() as session:
        for provider, (text, delivery) in told.items():
            offer = add_offer(session, provider, "Engelsk 1", subject_code="engelsk", learning_outcomes=text)
            add_run(session, offer, "2027V", delivery=delivery, starts_on=TODAY)
    detect(site.database, system("detect"), today=TODAY)
    with site.database.read() as session:
        pair = session.exec(select(Pair.id)).one()
    table = site.signed_in(Role.COORDINATOR).page(f"/nb/samordning/par/{pair}").select_one("table.compare")
    rows = {
        row.th.get_text(): [cell.get_text().strip() for cell in row.select("td")] for row in table.select("tbody tr")
    }
    assert rows["Læringsutbytte"] == [told["0238"][0], told["1160"][0], "Felles ord er markert"]
    assert [mark.get_text() for mark in table.select("mark")] == ["Studenten", "friluftsliv"] * 2
    assert rows["Undervisningsform"][:2] == ["Nettbasert", "Stedbasert"]
    assert "Oppstart" in rows
