"""A meeting's papers are frozen as they were; decisions are recorded against them and never removed."""

import io
import json
import zipfile
from datetime import timedelta
from hashlib import sha256

import openpyxl
import pytest
from odf import teletype
from odf.opendocument import load
from sqlmodel import Session, col, select

from registry.access.policy import Actor, Holding, system
from registry.access.roles import Role
from registry.coordination.meetings import build_pack, digest_of, items_of
from registry.coordination.models import Meeting, MeetingDecision, Pair
from registry.coordination.operations import decide, decide_in_meeting, detect, freeze_meeting, strike_decision
from registry.coordination.papers import as_text, as_workbook
from registry.core.db import Database
from registry.core.errors import Conflict, InvalidInput, NeedsReason, NotAllowed, NotFound
from registry.offers.models import Offer
from tests.coordination.country import TODAY, add_offer, add_run, add_taught
from tests.site import Site

COORDINATOR = Actor("person:1", (Holding(Role.COORDINATOR),), person=1)
DIRECTORATE = Actor("person:8", (Holding(Role.DIRECTORATE),), person=8)


@pytest.fixture
def country(database: Database) -> Database:
    with database.write() as session:
        for provider, title in (("0238", "Engelsk 1, 1.–7. trinn"), ("1160", "Engelsk 1, trinn 1-7")):
            offer = add_offer(session, provider, title, subject_code="engelsk")
            add_run(session, offer, "2027V", applicants=4, minimum=10, places=20)
        add_taught(session, "1110", "Kinesisk", subject_code="kinesisk", terms_=("2026H",))
    detect(database, system("detect"), today=TODAY)
    return database


def freeze(session: Session, title: str = "Møte i nettverket", days: int = 7, region: str | None = None) -> Meeting:
    return freeze_meeting(session, COORDINATOR, title, TODAY + timedelta(days=days), region)


def test_the_papers_tell_what_waits_and_with_which_figures(country: Database) -> None:
    with country.read() as session:
        pack = build_pack(session, as_of=TODAY, region=None, since=None)
    [case] = pack["cases"]
    assert {(one["title"], one["applicants"], one["minimum"], one["places"]) for one in case["offers"]} == {
        ("Engelsk 1, 1.–7. trinn", 4, 10, 20),
        ("Engelsk 1, trinn 1-7", 4, 10, 20),
    }
    assert "Begge gjelder Engelsk." in case["evidence"]
    assert pack["figures"]["cases"] == 1
    assert "kinesisk" in [row["code"] for row in pack["small_subjects"]]
    assert {event["event"] for event in pack["events"]} >= {"established"}


def test_a_region_sees_its_own_and_what_is_national(country: Database) -> None:
    with country.read() as session:
        east, north = (build_pack(session, as_of=TODAY, region=region, since=None) for region in ("east", "north"))
    assert "Kinesisk" in {event["title"] for event in east["events"]}
    assert "Kinesisk" not in {event["title"] for event in north["events"]}


def test_proposals_and_small_subjects_are_those_of_the_region_and_all_of_the_country(country: Database) -> None:
    with country.write() as session:
        decide(session, COORDINATOR, session.exec(select(Pair.id)).one(), "coordinate", way="alternate_terms")
        packs = {
            region: build_pack(session, as_of=TODAY, region=region, since=None)
            for region in (None, "east", "west", "north")
        }
    told = {
        region: (len(pack["proposals"]), [row["code"] for row in pack["small_subjects"]], pack["figures"]["uncovered"])
        for region, pack in packs.items()
    }
    assert told == {None: (2, ["kinesisk"], 1), "east": (0, ["kinesisk"], 1), "west": (2, [], 0), "north": (0, [], 0)}
    assert [pack["figures"]["proposals"] for pack in packs.values()] == [2, 0, 2, 0]


def test_frozen_is_frozen_and_the_next_one_begins_where_it_ended(country: Database) -> None:
    with country.write() as session:
        first = freeze(session)
        frozen, digest = json.dumps(first.pack, sort_keys=True), first.digest
        session.exec(select(Offer).where(Offer.title == "Kinesisk")).one().title = "Mandarin"
        decide(session, COORDINATOR, session.exec(select(Pair.id)).one() or 0, "keep_both", "Ulike fylker")
    with country.write() as session:
        again = session.exec(select(Meeting)).one()
        assert json.dumps(again.pack, sort_keys=True) == frozen
        assert digest_of(again.pack) == digest == again.digest
        second = freeze(session, "Neste møte", days=30)
        assert (second.since, len(second.pack["decided"])) == (first.frozen_at.date(), 1), (
            "answered after the first papers"
        )
        assert freeze(session, "Vest", region="west").since is None


@pytest.mark.parametrize(("title", "days", "region"), [(" ", 7, None), ("Møte", -1, None), ("Møte", 7, "south")])
def test_what_a_meeting_must_have(country: Database, title: str, days: int, region: str | None) -> None:
    with country.write() as session, pytest.raises(InvalidInput):
        freeze(session, title, days, region)


def test_decisions_are_recorded_and_struck_never_removed(country: Database) -> None:
    with country.write() as session:
        meeting = freeze(session)
        item, _words = items_of(meeting.pack)[0]
        one = decide_in_meeting(session, COORDINATOR, meeting.pk, " NTNU tar vårkullet ", item)
        decide_in_meeting(session, COORDINATOR, meeting.pk, "Neste møte i mars")
        strike_decision(session, COORDINATOR, one.pk)
        told = session.exec(select(MeetingDecision).order_by(col(MeetingDecision.id))).all()
        assert [(row.item, row.text, row.struck_by) for row in told] == [
            (item, "NTNU tar vårkullet", "person:1"),
            (None, "Neste møte i mars", None),
        ]
        with pytest.raises(Conflict):
            strike_decision(session, COORDINATOR, one.pk)
        with pytest.raises(NotFound):
            strike_decision(session, COORDINATOR, 987)
        with pytest.raises(NeedsReason):
            decide_in_meeting(session, COORDINATOR, meeting.pk, " ")
        with pytest.raises(InvalidInput):
            decide_in_meeting(session, COORDINATOR, meeting.pk, "Hei", "case:987")
        with pytest.raises(NotFound):
            decide_in_meeting(session, COORDINATOR, 987, "Hei")
        with pytest.raises(NotAllowed):
            decide_in_meeting(session, DIRECTORATE, meeting.pk, "Hei")
        with pytest.raises(NotAllowed):
            freeze_meeting(session, DIRECTORATE, "Møte", TODAY)


def test_page_and_files_say_the_same(site: Site, country: Database) -> None:
    who = site.signed_in(Role.COORDINATOR)
    assert "Engelsk 1, trinn 1-7" in who.page("/nb/samordning/moter/utkast").get_text()
    assert who.post("/nb/samordning/moter", title="", held_on="2026-12-01").status_code == 400
    assert who.post("/nb/samordning/moter", title="Møte", held_on="2020-01-01").status_code == 400
    answer = who.post("/nb/samordning/moter", title="Møte i desember", held_on="2026-12-01", region="")
    address = answer.location
    assert who.post(f"{address}/vedtak", text="Vi venter", item="").status_code == 303
    assert who.post(f"{address}/vedtak", text="", item="").status_code == 303
    assert who.post(f"{address}/vedtak", text="Hei", item="case:987").status_code == 303
    text = who.page(address).get_text()
    assert "Vi venter" in text
    assert "Papirene er ikke som de var" not in text
    odt = load(io.BytesIO(who.get(f"{address}.odt").data))
    words = teletype.extractText(odt.text)
    assert "Møte i desember" in words
    assert "Vi venter" in words
    assert "Engelsk 1, trinn 1-7" in words
    assert "Begge gjelder Engelsk." in words, "the evidence"
    assert words.index("Saksliste") < words.index("Vi venter") < words.rindex("2. Saker")
    sheet = openpyxl.load_workbook(io.BytesIO(who.get(f"{address}.xlsx").data))
    assert "Saker" in sheet.sheetnames
    [heads, *rows] = [[str(cell) for cell in row] for row in sheet["Saker"].iter_rows(values_only=True)]
    assert "Engelsk 1, trinn 1-7" in rows[0] + rows[1]
    assert "Begge gjelder Engelsk." in rows[0][heads.index("Begrunnelse")]
    assert rows[0][heads.index("Sak")].isdecimal()
    assert [cell.value for cell in sheet["Utsatte kull"][1]][-1] == "Begrunnelse"
    assert [[cell.value for cell in row][1] for row in sheet["Vedtak"].iter_rows()] == ["Vedtak", "Vi venter"]
    for language in ("nb", "nn", "en"):
        named = openpyxl.load_workbook(io.BytesIO(who.get(address.replace("/nb/", f"/{language}/") + ".xlsx").data))
        assert all(len(name) < 31 for name in named.sheetnames), "a name that is cut says less than a short one"
    body = who.get(f"{address}.json").data
    assert sha256(body).hexdigest() in text
    assert zipfile.is_zipfile(io.BytesIO(who.get(f"{address}.odt").data))
    with site.database.read() as session:
        decision = session.exec(select(MeetingDecision.id)).one()
    assert who.post(f"/nb/samordning/moter/vedtak/{decision}/stryk").status_code == 303
    assert "strøket" in who.page(address).get_text()


def test_the_papers_say_which_offers_a_proposal_is_about_and_which_case_a_decision(
    site: Site, country: Database
) -> None:
    with site.database.write() as session:
        decide(session, COORDINATOR, session.exec(select(Pair.id)).one(), "coordinate")
        meeting = freeze(session)
        address, item = f"/nb/samordning/moter/{meeting.pk}", items_of(meeting.pack)[0][0]
    page = site.signed_in(Role.COORDINATOR).page(address)
    both = {"Engelsk 1, 1.–7. trinn", "Engelsk 1, trinn 1-7"}
    assert {line.a.get_text() for line in page.find(id="forslag").find_all("li")} <= {" – ".join(sorted(both))}
    chosen = page.find("option", value=item).get_text()
    assert chosen.startswith(f"Sak {item.removeprefix('case:')}: ")
    assert {link["href"] for link in page.select("nav[aria-labelledby=saksliste] a")} == {
        f"#{section['id']}" for section in page.select("main section[id]") if section["id"] != "vedtak"
    }


def test_files_hold_dates_and_shares_in_columns_wide_enough_and_are_marked(country: Database) -> None:
    with country.write() as session:
        decide(session, COORDINATOR, session.exec(select(Pair.id)).one(), "coordinate")
        pack = build_pack(session, as_of=TODAY, region=None, since=None)
    risk = dict.fromkeys(("applicants", "minimum"), 1) | {"title": "A", "provider": "B", "term": "2027V", "reasons": []}
    pack["at_risk"] = [{"item": "run:a", "minimum_is_default": False, "probability": 0.9996, **risk}]
    mark = "Demonstrasjonsdata."
    book = openpyxl.load_workbook(io.BytesIO(as_workbook(pack, [], mark)))
    [heads, first, *_] = book["Forslag som venter"].iter_rows()
    told = dict(zip((cell.value for cell in heads), first, strict=True))
    assert (told["Dato"].value.date(), told["Dato"].number_format) == (TODAY, "dd.mm.yyyy")
    assert "Engelsk 1, trinn 1-7" in told["Tilbudene"].value
    assert book["Forslag som venter"].column_dimensions["D"].width > 40
    assert book["Utsatte kull"]["F2"].number_format == "0 %"
    assert {sheet.oddHeader.center.text for sheet in book} == {mark}
    text = load(io.BytesIO(as_text("Møte", TODAY, pack, [], mark)))
    assert teletype.extractText(text.text).startswith(mark)
    assert mark in teletype.extractText(text.masterstyles)
    assert "Demonstrasjon" not in teletype.extractText(load(io.BytesIO(as_text("Møte", TODAY, pack, []))).text)


def test_papers_are_not_found_by_an_institution(site: Site, country: Database) -> None:
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation="0238")
    for path in ("moter", "moter/utkast", "moter/1", "moter/1.odt"):
        assert staff.get(f"/nb/samordning/{path}").status_code == 404
    assert site.signed_in(Role.COORDINATOR).get("/nb/samordning/moter/987").status_code == 404
