"""How many applied for, began and completed earlier runs: on the offer's page, for anyone, rounded."""

from pathlib import Path
from typing import Any

from registry.applications.models import RunCount
from registry.core import clock
from registry.core.db import Database
from registry.offers.states import RunState
from tests.applications import making
from tests.site import open_site


def test_earlier_runs_are_shown_with_rounded_figures(database: Database, tmp_path: Path) -> None:
    with open_site(database, tmp_path) as site:
        with site.database.write() as session:
            offer = making.offer(session, key="matte", title="Matte")
            taught = making.run(session, offer, term="2025H", state=RunState.COMPLETED)
            for attendance in ("completed", "completed", "completed", "started", "none", "none", "none", "none"):
                given: dict[str, Any] = {} if attendance == "none" else {"decision": "offered", "answer": "accepted"}
                if attendance == "completed":
                    given["result_on"] = clock.today()
                making.application(session, taught, attendance=attendance, **given)
            told = making.run(session, offer, term="2025V", state=RunState.COMPLETED)
            session.add(
                RunCount(
                    run_id=told.pk,
                    counted_on=clock.today(),
                    recorded_at=clock.now(),
                    actor="test",
                    applied=32,
                    started=1,
                )
            )
            making.run(session, offer, term="2024H", state=RunState.COMPLETED)
            making.run(session, making.offer(session, key="ny", title="Ny"), term="2024H", state=RunState.COMPLETED)
        page = site.visitor().page("/nb/tilbud/matte/matte")
        rows = page.select("section[aria-labelledby=history] tbody tr")
        assert [[cell.get_text(strip=True) for cell in row.select("th, td")] for row in rows] == [
            ["Høst 2025", "Gjennomført.", "10", "5", "5"],
            ["Vår 2025", "Gjennomført.", "30", "0", "–"],
            ["Høst 2024", "Gjennomført.", "–", "–", "–"],
        ]
        assert "nærmeste 5" in page.get_text()
        plain = site.visitor().page("/nb/tilbud/ny/ny").select_one("section[aria-labelledby=history]")
        assert plain is not None
        assert plain.table is None, "no table of what nobody knows"
        assert "Høst 2024: Gjennomført." in plain.get_text()
