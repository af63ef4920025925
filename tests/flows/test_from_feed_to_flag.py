"""A reply from DBH becomes an offer that a teacher finds, and that a coordinator sees beside another institution's."""

from datetime import date

from registry.access.policy import system
from registry.access.roles import Role
from registry.coordination import operations as coordination
from tests.flows.conftest import Service
from tests.intake.deliveries import dbh


def test_from_feed_to_flag(service: Service) -> None:
    # DBH tells what two institutions teach. Other programmes come in the same reply.
    result = service.feed.dbh(
        dbh("ENG17", "Engelsk 1 for 1.-7. trinn", institution="1150", year=2025),
        dbh("KFK-ENG1", "Engelsk 1, 1.–7. trinn (Kompetanse for kvalitet)", institution="1120", year=2025),
        dbh("MAT510", "Matematikk 2 for 5.-10. trinn", institution="1120", year=2025),
        dbh("BHG-LED", "Styrerutdanning i barnehage", institution="1160", year=2025),
        as_of=date(2026, 2, 1),
    )
    assert (result.seen, result.new, result.quarantined) == (4, 4, 0)
    service.catch_up()

    # A teacher looks for English for the lower years, finds both, and opens one.
    teacher = service.site.visitor()
    found = teacher.page("/nb/tilbud?q=engelsk+1-7")
    links = [link for link in found.select("main a[href*='/nb/tilbud/']") if "Engelsk" in link.get_text()]
    assert {"Engelsk 1 for 1.-7. trinn", "Engelsk 1, 1.–7. trinn (Kompetanse for kvalitet)"} <= {
        " ".join(link.get_text().split()) for link in links
    }
    assert "Matematikk 2" not in found.select_one("main").get_text()
    [own] = [link for link in links if " ".join(link.get_text().split()) == "Engelsk 1 for 1.-7. trinn"]
    assert "Engelsk 1 for 1.-7. trinn" in teacher.page(own["href"]).select_one("h1").get_text()

    # At night the registry looks for overlaps.
    coordination.detect(service.database, system("detect"))

    # The coordinator sees that pair, and no other, with the reason.
    assert teacher.get("/nb/samordning/overlapp").status_code == 302
    coordinator = service.site.signed_in(Role.COORDINATOR)
    queue = coordinator.page("/nb/samordning/overlapp").select_one("main").get_text(" ", strip=True)
    assert "ENG17" in queue or "Engelsk 1 for 1.-7. trinn" in queue
    assert "Matematikk 2" not in queue
    assert "Styrerutdanning" not in queue
    pairs = coordinator.get("/nb/rapporter/overlaps.json?termin=all").json["pairs"]
    assert [{pair["a"]["source_code"], pair["b"]["source_code"]} for pair in pairs] == [{"ENG17", "KFK-ENG1"}]
    assert {pair["a"]["provider"]["dbh_code"] for pair in pairs} < {"1150", "1120"}
    assert pairs[0]["evidence"]
    assert pairs[0]["decision"] is None
