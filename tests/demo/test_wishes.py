"""What was looked for in vain is written as a search would write it."""

from datetime import date
from urllib.parse import parse_qsl

from sqlmodel import func, select

from registry.catalogue.models import UnmetDemand
from registry.catalogue.operations.following import normal_address
from registry.catalogue.parameters import parse
from registry.catalogue.unmet import wishes
from registry.core.db import Database
from registry.demo.wishes import WISHES, add_wishes

TODAY = date(2026, 11, 22)


def test_wishes_are_normal_addresses() -> None:
    for address, _times in WISHES:
        assert normal_address(parse(parse_qsl(address))) == address


def test_the_year_is_the_same_from_the_same_seed_and_leaves_the_rarest_out(database: Database) -> None:
    with database.write() as session:
        add_wishes(session, 1, TODAY)
        assert session.exec(select(func.sum(UnmetDemand.times))).one() == sum(times for _, times in WISHES)
        shown = wishes(session, TODAY, 3)
    assert [wish.times for wish in shown] == sorted((times for _, times in WISHES if times >= 3), reverse=True)
