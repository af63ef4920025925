"""Editors change which words find each other: kept with a period and a history, tried first, in force within a minute."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from registry.access.policy import Actor, Holding
from registry.access.roles import Role
from registry.catalogue.documents import index_settings, synonym_groups
from registry.catalogue.operations.synonyms import Wording, clean_terms, save_synonyms
from registry.catalogue.tuning import tuned
from registry.catalogue.wordlists import group, groups, trial
from registry.core.db import Database
from registry.core.errors import InvalidInput, NeedsReason, NotAllowed, NotFound, Stale
from registry.reference.load import LOADERS
from search.embedded import EmbeddedEngine
from search.protocol import SearchDocument, SearchQuery
from tests.catalogue.making import TODAY
from tests.site import open_site

COORDINATOR = Actor("person:1", (Holding(Role.COORDINATOR),), person=1)
SEARCHER = Actor("person:2", (Holding(Role.SEARCHER),), person=2)

pytestmark = pytest.mark.usefixtures("first_of_march")


def wording(
    terms: Mapping[str, Sequence[str]], seen: str = "", reason: str = "Meldt av lærere", to: date | None = None
) -> Wording:
    return Wording(terms, reason, to, seen)


def save(database: Database, actor: Actor, name: str, new: Wording) -> str:
    with database.write() as session:
        return save_synonyms(session, actor, name, new)


def terms(database: Database, name: str, day: date = TODAY) -> list[str]:
    with database.read() as session:
        return synonym_groups(session, day).get(name, [])


def test_a_new_group_is_named_after_its_first_term_and_told_of(database: Database) -> None:
    name = save(database, COORDINATOR, "", wording({"nb": ["sløyd og tre", "trearbeid"], "en": ["woodwork"]}))
    assert name == "sloyd-og-tre"
    assert save(database, COORDINATOR, "", wording({"nb": ["sløyd og tre", "annet"]})) == "sloyd-og-tre-2"
    with database.read() as session:
        known = group(session, name, TODAY)
    assert known.terms == {"nb": ["sløyd og tre", "trearbeid"], "nn": [], "se": [], "en": ["woodwork"]}
    (change,) = known.changes
    assert (change.event, change.reason_text, change.details["added"]) == (
        "create",
        "Meldt av lærere",
        ["sløyd og tre", "trearbeid", "woodwork"],
    )


def test_what_is_taken_out_ends_yesterday_and_may_come_back(database: Database) -> None:
    name = save(database, COORDINATOR, "", wording({"nb": ["en", "to", "tre"]}))

    def seen() -> str:
        with database.read() as session:
            return group(session, name, TODAY).seen

    save(database, COORDINATOR, name, wording({"nb": ["en", "to"]}, seen()))
    assert terms(database, name) == ["en", "to"]
    save(database, COORDINATOR, name, wording({"nb": ["en", "to", "tre"]}, seen()))
    assert terms(database, name) == ["en", "to", "tre"]
    with database.read() as session:
        assert [change.details["removed"] for change in group(session, name, TODAY).changes] == [[], ["tre"], []]


def test_words_hold_until_their_last_day(database: Database) -> None:
    last = TODAY + timedelta(days=10)
    name = save(database, COORDINATOR, "", wording({"nb": ["en", "to"]}, to=last))
    assert terms(database, name, last) == ["en", "to"]
    assert terms(database, name, last + timedelta(days=1)) == []


def test_nobody_overwrites_what_they_have_not_seen(database: Database) -> None:
    name = save(database, COORDINATOR, "", wording({"nb": ["en", "to"]}))
    with pytest.raises(Stale):
        save(database, COORDINATOR, name, wording({"nb": ["en", "fire"]}, seen=""))


@pytest.mark.parametrize(
    ("new", "error"),
    [
        (wording({"nb": ["alene"]}), InvalidInput),
        (wording({"nb": ["ord", "ord"]}), InvalidInput),
        (wording({"nb": ["ord", "123"]}), InvalidInput),
        (wording({"nb": ["ord", "x" * 81]}), InvalidInput),
        (wording({"nb": [f"ord {number}a" for number in range(61)]}), InvalidInput),
        (wording({"nb": ["en", "to"]}, to=TODAY - timedelta(days=1)), InvalidInput),
        (wording({"nb": ["en", "to"]}, reason=" "), NeedsReason),
    ],
)
def test_what_cannot_be_is_refused(database: Database, new: Wording, error: type[Exception]) -> None:
    with pytest.raises(error):
        save(database, COORDINATOR, "", new)


def test_only_editors_may(database: Database) -> None:
    with pytest.raises(NotAllowed):
        save(database, SEARCHER, "", wording({"nb": ["en", "to"]}))


def test_an_unknown_group_is_not_found(database: Database) -> None:
    with database.read() as session, pytest.raises(NotFound):
        group(session, "nothing", TODAY)


def test_terms_are_read_forgivingly() -> None:
    assert clean_terms(" KFK \n\nkompetanse  for kvalitet; kfk ;\r\n") == ["kfk", "kompetanse for kvalitet"]


def test_an_upgrade_adds_new_terms_and_leaves_the_editors_alone(database: Database) -> None:
    with database.read() as session:
        known = group(session, "kfk", TODAY)
    save(database, COORDINATOR, "kfk", wording({"nb": ["kfk", "noe annet"]}, known.seen))
    with database.write() as session:
        LOADERS["synonyms"](session)
    assert terms(database, "kfk") == ["kfk", "noe annet"]


def test_a_group_is_found_by_a_part_of_a_word(database: Database) -> None:
    with database.read() as session:
        assert "kfk" in dict(groups(session, TODAY, "KVALI"))
        assert groups(session, TODAY, "finnes ikke") == []


def engine_of(database: Database) -> EmbeddedEngine:
    with database.read() as session:
        engine = EmbeddedEngine(None, index_settings(session))
    engine.put([SearchDocument("a", "a", {"title": "Trearbeid"}, {}, stored={"title": "Trearbeid"})])
    return engine


def test_a_trial_shows_before_and_after_and_changes_nothing(database: Database) -> None:
    engine = engine_of(database)
    with database.read() as session:
        found = trial(engine, session, "", ["trearbeid", "snekring"], "snekring", TODAY)
    assert (found.before, found.after) == (0, 1)
    assert (found.now, found.then) == ([], [("Trearbeid", False)])
    assert engine.search(SearchQuery("snekring")).total == 0


def test_what_is_saved_is_searched_by(database: Database) -> None:
    engine = engine_of(database)
    with database.read() as session:
        tuned(engine, session)
    save(database, COORDINATOR, "", wording({"nb": ["trearbeid", "snekring"]}))
    with database.read() as session:
        tuned(engine, session)
        assert engine.search(SearchQuery("snekring")).total == 0  # looked a moment ago
        tuned(engine, session, now=True)
    assert engine.search(SearchQuery("snekring")).total == 1


def test_the_history_names_who_changed_the_words(database: Database, tmp_path: Path) -> None:
    with open_site(database, tmp_path) as site:
        coordinator = site.signed_in(Role.COORDINATOR)
        sent = coordinator.post("/nb/sokeord/ny", nb="trearbeid\nsnekring", reason="De mener det samme.", hva="lagre")
        assert sent.status_code == 303
        [change] = coordinator.page(sent.location).select("main section ol > li")
    assert "Kari Nordmann" in change.get_text()
    assert "person:" not in change.get_text()
