"""What is wrong with a delivery is said in the reader's language, on every page, in every download and in every letter."""

import csv
from datetime import date
from io import BytesIO, StringIO

import pytest
from sqlmodel import select

from importers.sentences import Sentence
from registry.access.models import Membership, Person
from registry.access.roles import Role
from registry.core import clock
from registry.core.db import Database
from registry.intake.models import Fetch, ImportRun, QuarantinedRow, Source
from registry.intake.operations import discard
from registry.intake.operations.telling import tell_keepers
from registry.intake.states import FetchOutcome
from registry.messages.models import Message
from registry.messages.rendering import render
from tests.intake.deliveries import Feed, operator, rows, sheet, staff
from tests.intake.pages import As, organisation, soup

#: One reason of the importers and one of the registry, and the cure that two rows share.
SAID = {
    "nn": ("«mange» er ikkje eit heilt tal.", "Tilbydaren «9999» finst ikkje i registeret.", "Skriv eit heilt tal frå"),
    "en": (
        "“mange” is not a whole number.",
        "The provider “9999” is not in the registry.",
        "Enter a whole number from",
    ),
}
BOKMAL = ("er ikke", "finnes ikke", "Skriv et")


def delivered(feed: Feed) -> int:
    """Two rows with one fault, one with another, and one with a word that is not known."""
    many = [sheet(f"T{n}", Plasser="mange") for n in range(2)]
    result = feed.sheet(*many, sheet("X", provider="9999"), sheet("GOD", Fag="tullefag", Ukjent="1"))
    assert result.run
    return result.run


def read(page: object) -> str:
    return " ".join(str(page.get_text(" ")).split())  # type: ignore[attr-defined]  # a page as BeautifulSoup has it


@pytest.mark.parametrize("language", SAID)
def test_the_keepers_pages_are_in_one_language(feed: Feed, database: Database, client_as: As, language: str) -> None:
    run = delivered(feed)
    client = client_as(operator())
    first = rows(database, select(QuarantinedRow).order_by(QuarantinedRow.position))
    mine, ours, cure = SAID[language]
    home = f"/{language}/innhenting"
    pages = {
        f"{home}/karantene": (mine, ours, cure),
        f"{home}/{run}": (mine, ours, cure),
        f"{home}/karantene/{first[0].pk}": (mine, cure),
        f"{home}/karantene/{first[2].pk}": (ours,),
        f"{home}/karantene/like/{first[0].pk}": (mine, cure),
    }
    for address, wanted in pages.items():
        page = soup(client.get(address))
        found = page.main
        assert found is not None
        for text in wanted:
            assert text in read(found), address
        assert [text for text in BOKMAL if text in read(found)] == [], address
        assert found.select('[lang="nb"]') == [], address
    again = soup(client.post(f"{home}/karantene/{first[2].pk}", data={}), 400)
    assert again.select('main [lang="nb"]') == []


@pytest.mark.parametrize("language", SAID)
def test_downloads_and_rehearsals_too(feed: Feed, database: Database, client_as: As, language: str) -> None:
    run = delivered(feed)
    mine, ours, cure = SAID[language]
    client = client_as(operator())
    told = client.get(f"/{language}/innhenting/karantene/feil/{run}.csv").data.decode("utf-8-sig")
    last = [line[-2:] for line in csv.reader(StringIO(told), delimiter=";")]
    assert mine in last[1][0]
    assert cure in last[1][1]
    assert ours in last[3][0]
    client = client_as(staff(organisation(database, "1150")))
    for content, text in ((b"Navn;Termin;Plasser\nA;2026V;mange\n", None), (b"", None)):
        data = {"format": "offers-sheet", "provider": "1150", "file": (BytesIO(content), "ark.csv")}
        page = soup(client.post(f"/{language}/innhenting/ny", data=data, content_type="multipart/form-data"))
        assert page.main is not None
        assert page.main.select('[lang="nb"]') == [], text
        assert not any(word in read(page.main) for word in ("mangler", "Filen er tom")), text


def test_each_keeper_is_told_in_their_language(database: Database) -> None:
    said = Sentence("Tjenesten svarte med en feil (%(status)s).", status=500)
    with database.write() as session:
        source = Source(key="x", format="ooapi", created_at=clock.now(), url="https://x.no")
        people = [
            Person(issuer="test", subject=language, display_name="K", email="k@example.no", created_at=clock.now(), language=language)
            for language in ("nb", "nn", "en")
        ]  # fmt: skip
        session.add_all([source, *people])
        session.flush()
        session.add_all(Membership(person_id=one.pk, role=Role.OPERATOR, valid_from=date(2020, 1, 1)) for one in people)
        fetch = Fetch(source_id=source.pk, scheduled_for=clock.now(), started_at=clock.now(), finished_at=clock.now(),
                      outcome=FetchOutcome.FAILED, message=said)  # fmt: skip
        session.add(fetch)
        session.flush()
        tell_keepers(session, source, fetch)
    letters = rows(database, select(Message))
    wanted = {
        "nb": "Tjenesten svarte med en feil (500).",
        "nn": "Tenesta svara med ein feil (500).",
        "en": "The service answered with an error (500).",
    }
    for one in letters:
        assert wanted[one.language] in render(one.kind, one.language, one.context or {}, site="").text
    assert {one.language for one in letters} == set(wanted)


def test_rows_from_before_are_shown_as_they_were_written(feed: Feed, database: Database, client_as: As) -> None:
    run = delivered(feed)
    with database.write() as session:
        row = session.exec(select(QuarantinedRow)).first()
        assert row is not None
        row.reason, row.cure, kept = "Noe var galt.", "Gjør noe.", row.pk
        session.get_one(ImportRun, run).notices = ["En gammel merknad."]
    page = soup(client_as(operator()).get(f"/en/innhenting/karantene/{kept}"))
    assert [found.text for found in page.select('main [lang="nb"]')][:2] == ["Noe var galt.", "Gjør noe."]
    assert "En gammel merknad." in client_as(operator()).get(f"/en/innhenting/{run}").text
    with database.write() as session:
        discard(session, operator(), kept, "Prøverad")
    assert "Prøverad" in client_as(operator()).get(f"/en/innhenting/{run}").text
