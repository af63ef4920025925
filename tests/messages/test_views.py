"""The operator sees how much mail there is, not whose."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from registry.access.roles import Role
from registry.core.db import Database
from registry.messages.delivering import deliver
from registry.messages.models import Message
from registry.messages.operations import send
from tests.messages.sink import Sink
from tests.site import Site, open_site

KARI = "kari@skole.example"


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with open_site(database, tmp_path) as opened:
        yield opened


def test_a_trial_is_queued_and_arrives(site: Site, sink: Sink) -> None:
    operator = site.signed_in(Role.OPERATOR)
    page = operator.page("/nn/drift/e-post")
    assert "Ingen meldingar enno" in page.get_text()
    operator.press(page, "Send ei prøve", to=KARI)
    assert "Prøva er lagd i kø." in operator.page("/nn/drift/e-post").get_text()
    deliver(site.database, site.settings.model_copy(update={"mail_url": sink.url}))
    assert sink.mails[0]["Subject"] == "Prøve frå Tilbudsregisteret"


def test_an_address_that_cannot_be_one_is_said_so(site: Site) -> None:
    operator = site.signed_in(Role.OPERATOR)
    operator.post("/nb/drift/e-post/prove", to="kari")
    page = operator.page("/nb/drift/e-post").get_text()
    assert "Skriv en gyldig e-postadresse." in page
    assert "Ingen meldinger ennå" in page


def test_the_page_counts_and_names_nobody(site: Site) -> None:
    with site.database.write() as session:
        send(session, kind="trial", to=KARI, language="nb", context={"at": None}, dedupe="x")
    text = site.signed_in(Role.OPERATOR).page("/nb/drift/e-post").get_text()
    assert "Meldinger etter type og status" in text
    assert KARI not in text


def test_words_are_shown_in_a_demonstration_only(database: Database, tmp_path: Path) -> None:
    for demo, status in ((True, 200), (False, 404)):
        with open_site(database, tmp_path, demo=demo) as site:
            with site.database.write() as session:
                send(session, kind="trial", to=KARI, language="nb", context={"at": None}, dedupe="x")
            with site.database.read() as session:
                number = session.exec(select(Message.id)).one()
            assert site.signed_in(Role.OPERATOR).get(f"/nb/drift/e-post/{number}").status_code == status
