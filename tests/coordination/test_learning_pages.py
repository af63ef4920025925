"""What is learnt of answers about duplicates, on its pages: seen by who sees every case, decided by who edits rules."""

import csv
import io

import pytest
from sqlmodel import col, select

from registry.access.policy import system
from registry.access.roles import Role
from registry.coordination.models import DuplicateCard, Pair
from registry.coordination.operations import decide, detect
from registry.coordination.states import PairKind
from registry.matching.duplicates import FEATURES
from tests.coordination.country import TODAY, add_taught
from tests.site import Site

PAGE = "/nb/samordning/laering"
ROBOT = system("detect")


@pytest.fixture
def pairs(site: Site) -> list[int]:
    """Two possible duplicates; somebody has said of the first that both are to be kept."""
    with site.database.write() as session:
        for name in ("Engelsk", "Matematikk"):
            add_taught(session, "0238", f"{name} 1, 1.–7. trinn", code=f"{name}1", level_code="LN")
            add_taught(session, "0238", f"{name} 1, 1.-7. TRINN", code=f"{name}-B", level_code="LN")
    detect(site.database, ROBOT, today=TODAY)
    with site.database.write() as session:
        found = session.exec(select(Pair.id).where(Pair.kind == PairKind.DUPLICATE).order_by(col(Pair.id))).all()
        decide(session, ROBOT, found[0] or 0, "keep_both")
    return [one or 0 for one in found]


def words(page: object) -> str:
    return " ".join(page.get_text().replace("\xa0", " ").split())  # type: ignore[attr-defined]  # a page


def test_learning_is_seen_before_it_is_done_and_can_be_gone_back_from(site: Site, pairs: list[int]) -> None:
    directorate = site.signed_in(Role.DIRECTORATE)
    page = directorate.page(PAGE)
    assert "1 svar er gitt, 1 av dem siden versjon 1." in words(page)
    assert page.select(f'a[href$="/samordning/par/{pairs[0]}"]'), "the answer that the card contradicts"
    preview = directorate.page(f"{PAGE}/ny")
    said = words(preview)
    assert "av 2 par" in said
    assert "Målt på 1 svar" in said
    assert len(preview.select("figure svg circle")) + len(preview.select("figure svg rect")) == 2
    assert directorate.press(preview, "Lær nå").location.endswith(PAGE)
    learnt = directorate.page(PAGE)
    assert "Versjon 2 er lært." in words(learnt)
    assert "Ingen har svart på flere mulige dubletter siden sist." in words(learnt)
    assert "Dagens par er vurdert med versjon 1." in words(learnt)
    assert directorate.get(f"{PAGE}/ny").location.endswith(PAGE)  # there is nothing new
    back = directorate.page(f"{PAGE}/1/tilbake")
    refused = directorate.press(back, "Gå tilbake")
    assert refused.status_code == 400
    assert directorate.press(back, "Gå tilbake", reason="Lært av et galt svar").location.endswith(PAGE)
    assert "Tilbake til versjon 1" in words(directorate.page(PAGE))
    with site.database.read() as session:
        assert [(one.version, one.cites) for one in session.exec(select(DuplicateCard))] == [(2, None), (3, 1)]
    assert directorate.get(f"{PAGE}/3/tilbake").location.endswith(PAGE)  # it is the one that holds


def test_what_was_overtaken_is_shown_anew(site: Site, pairs: list[int]) -> None:
    directorate = site.signed_in(Role.DIRECTORATE)
    preview = directorate.page(f"{PAGE}/ny")
    with site.database.write() as session:
        decide(session, ROBOT, pairs[1], "keep_both")
    assert directorate.press(preview, "Lær nå").location.endswith(f"{PAGE}/ny")
    preview = directorate.page(f"{PAGE}/ny")
    assert "Noen har svart eller lært i mellomtiden." in words(preview)
    directorate.press(preview, "Lær nå")
    again = directorate.page(f"{PAGE}/1/tilbake")
    directorate.press(again, "Gå tilbake", reason="Først")
    stale = directorate.press(again, "Gå tilbake", reason="En gang til")
    assert stale.status_code == 409
    assert "En annen versjon gjelder nå." in stale.text
    assert directorate.post(f"{PAGE}/ny", sett="x").location.endswith(f"{PAGE}/ny")
    assert directorate.post(f"{PAGE}/3/tilbake", seen="3", reason="Den gjelder").location.endswith(PAGE)


def test_the_training_data_hold_levels_and_answers_alone(site: Site, pairs: list[int]) -> None:
    directorate = site.signed_in(Role.DIRECTORATE)
    directorate.press(directorate.page(f"{PAGE}/ny"), "Lær nå")
    found = directorate.get(f"{PAGE}/2/treningsdata.csv")
    assert "attachment" in found.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(found.text)))
    assert set(rows[0]) == {*(feature.name for feature in FEATURES), "same", "weight", "origin"}
    assert [row["origin"] for row in rows].count("person") == 1
    assert {row["origin"] for row in rows} == {"generated", "read", "person"}
    assert directorate.get(f"{PAGE}/9/treningsdata.csv").status_code == 404


def test_who_sees_and_who_decides(site: Site) -> None:
    coordinator = site.signed_in(Role.COORDINATOR)
    page = coordinator.page(PAGE)
    assert "Ingen har svart ennå." in words(page)
    assert not page.select('a[href$="/laering/ny"]')
    assert coordinator.get(f"{PAGE}/ny").status_code == 403
    assert coordinator.get(f"{PAGE}/1/tilbake").status_code == 403
    staff = site.signed_in(Role.PROVIDER_STAFF, organisation="0238")
    assert [staff.get(path).status_code for path in (PAGE, f"{PAGE}/1/treningsdata.csv")] == [404, 404]
    for path in ("/nb/samordning/dubletter", "/nb/samordning/treffsikkerhet", "/nb/samordning/regler"):
        assert coordinator.page(path).select('a[href$="/samordning/laering"]'), path
    assert not staff.page("/nb/samordning/dubletter").select('a[href$="/samordning/laering"]')
    assert not site.visitor().page("/nb/samordning/regler").select('a[href$="/samordning/laering"]')
