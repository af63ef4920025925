"""Where a value came from, for rows that were read and for those of which only the row was kept."""

from sqlmodel import select

from registry.core.db import Database
from registry.intake.models import SourceRecord
from registry.intake.queries.provenance import provenance
from registry.offers.models import Origin
from tests.intake.deliveries import Feed, sheet
from tests.intake.test_corrections import correct, the_offer


def origins(database: Database) -> dict[str, tuple[Origin, bool]]:
    with database.read() as session:
        found = provenance(session, the_offer(database))
    return {one.field: (one.origin, one.source is not None) for one in found}


def test_a_row_whose_reading_was_not_kept_told_what_nobody_wrote(feed: Feed, database: Database) -> None:
    feed.sheet(sheet(Studiepoeng="30"))
    correct(database, "title", "Norsk for alle")
    told = origins(database)
    assert (told["credits"], told["title"]) == ((Origin.FEED, True), (Origin.PERSON, False))
    with database.write() as session:
        session.exec(select(SourceRecord)).one().told = {}
    kept = origins(database)
    assert (kept["credits"], kept["title"]) == ((Origin.FEED, True), (Origin.PERSON, False))
    assert [field for field, (origin, _) in kept.items() if origin is Origin.PERSON] == ["title"]
