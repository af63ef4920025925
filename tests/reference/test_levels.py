"""Levels have names in the languages of the pages."""

from sqlmodel import select

from registry.core.db import Database
from registry.reference.load import LOADERS
from registry.reference.models import Level


def test_every_level_has_a_name_in_three_languages(database: Database) -> None:
    with database.write() as session:
        LOADERS["levels"](session)
        levels = {level.code: level for level in session.exec(select(Level))}
    assert len(levels) > 10
    assert all(level.name_nb and level.name_nn and level.name_en for level in levels.values())
    assert levels["AR"].name_en == "One-year programme, 60 credits"
