"""How good are the answers? nDCG@10, recall@20 and the share of queries without hits, over four graded sets.

The first set is what the search was made with; the others were written later, and held out. Then: whole lists
of subjects, which other orders than relevance show, and compounds.

    python bench/relevance.py [--home FOLDER] [--misses 10]

The catalogue is that of ``--home``; without one, the demonstration year and the real feeds that lie beside the repository, made once in
var/relevance. The engine is that of the settings (REGISTRY_ENGINE). Grades: tests/search/relevance/GUIDE.md.
"""

import argparse
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from registry.app import open_search
from registry.catalogue.documents import index_settings
from registry.catalogue.parameters import PAST, SORTS, UPCOMING, CatalogueQuery
from registry.catalogue.queries import Result, search
from registry.catalogue.rows import published
from registry.catalogue.vocabulary import load
from registry.core.db import Database
from registry.settings import Settings
from search.norwegian import split_compound
from search.protocol import SearchEngine, SearchQuery
from tests.search.relevance.compounds import held_out_words
from tests.search.relevance.grading import (
    HELD_OUT,
    HELD_OUT_LAST,
    HELD_OUT_LATER,
    QUERIES,
    Meaning,
    OfferFacts,
    grade,
    meanings,
    ndcg,
    recall,
    span,
)

_ENOUGH_OFFERS = 5  #: of a subject whose whole list is looked at
_ASKED_FOR = 2.0  #: the least grade of an offer that is what was asked for


def home(given: Path | None) -> Path:
    """A filled home; made where there is none."""
    if given:
        return given
    place = ROOT / "var" / "relevance"
    if not (place / "made").exists():
        place.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "REGISTRY_HOME": str(place)}
        subprocess.run([Path(sys.executable).with_name("registry"), "run", "--no-serve"], check=True, env=environment)
        (place / "made").touch()
    return place


def catalogue(database: Database) -> dict[str, OfferFacts]:
    """What every published offer is, read from the database."""
    found = {}
    with database.read() as session:
        words = load(session)
        for chunk in published(session):
            for rows in chunk:
                offer = rows.offer
                places = {
                    entry[1].code for codes in rows.places.values() for code in codes if (entry := words.place(code))
                }
                found[offer.key] = OfferFacts(
                    key=offer.key,
                    title=offer.title,
                    subjects=frozenset(one for code in rows.subjects for one in words.ancestors(code)),
                    years=span(offer.school_years or ""),
                    step=offer.step,
                    settings=frozenset(setting for setting, _ in rows.targets if setting),
                    forms=frozenset(str(run.delivery) for run in rows.runs if run.delivery),
                    places=frozenset(places),
                )
    return found


@dataclass(frozen=True, slots=True)
class Score:
    """How one query was answered. ``ndcg`` and ``recall`` are None where no offer at all is what it asks for."""

    meaning: Meaning
    ndcg: float | None
    recall: float | None
    none_found: bool
    first: list[tuple[float, str]]  #: grade and title of the first hits


def scored(meaning: Meaning, offers: dict[str, OfferFacts], result: Result) -> Score:
    """The answer to one query, graded."""
    grades = {key: grade(meaning, offer) for key, offer in offers.items()}
    found = [grades.get(hit.key, 0.0) for hit in result.hits]
    first = [(one, offers[hit.key].title[:60]) for one, hit in zip(found, result.hits, strict=True)][:6]
    every = list(grades.values())
    if not any(one >= _ASKED_FOR for one in every):
        return Score(meaning, None, None, not result.hits, first)
    return Score(meaning, ndcg(found, every), recall(found, every), not result.hits, first)


def table(name: str, scores: list[Score]) -> None:
    """One line for each kind of query, and one for all."""
    print(f"\n### {name}\n\n| queries | number | nDCG@10 | recall@20 | no hit |\n|---|--:|--:|--:|--:|")
    for kind in [*sorted({one.meaning.kind for one in scores}), "all"]:
        some = [one for one in scores if kind in (one.meaning.kind, "all")]
        graded = [(one.ndcg, one.recall) for one in some if one.ndcg is not None and one.recall is not None]
        means = [sum(values) / len(graded) for values in zip(*graded, strict=True)] or [float("nan")] * 2
        none_found = sum(one.none_found for one in some) / len(some)
        print(f"| {kind} | {len(graded)} | {means[0]:.3f} | {means[1]:.3f} | {none_found:.1%} |")
    if nowhere := [one.meaning.query for one in scores if one.ndcg is None]:
        print(f"\nNo offer is what these ask for; they count only as without hits or not: {', '.join(nowhere)}.")


def whole_lists(database: Database, engine: SearchEngine, offers: Mapping[str, OfferFacts], worst: int) -> None:
    """Who sorts by deadline, counts or subscribes sees every hit: how many of those for a subject's name are of it, or have it in theirs."""
    with database.read() as session:
        names = {code: entry.nb.lower() for code, entry in load(session).subjects.items()}
    members = {code: {key for key, offer in offers.items() if code in offer.subjects} for code in names}
    rows = []
    for code, name in names.items():
        if len(members[code]) < _ENOUGH_OFFERS:
            continue
        answer = engine.search(SearchQuery(name, sort=SORTS["frist"], every_word=True, per_page=len(offers)))
        own = [hit.group in members[code] or name in offers[hit.group].title.lower() for hit in answer.hits]
        missed = len(members[code] - {hit.group for hit in answer.hits})
        page = own[:20]
        rows.append((sum(own) / len(own), sum(page) / len(page), 1 - missed / len(members[code]), len(own), name))
    print(
        "\n### Whole lists: names of subjects, by deadline\n\n| names | of the subject | first 20 by deadline | found of it |\n|--:|--:|--:|--:|"
    )
    means = [sum(values) / len(rows) for values in zip(*(row[:3] for row in rows), strict=True)]
    print(f"| {len(rows)} | {means[0]:.3f} | {means[1]:.3f} | {means[2]:.3f} |")
    for share, page, found, number, name in sorted(rows)[:worst]:
        print(f"\n{share:.3f} {name}: {number} hits, first 20 {page:.2f}, found {found:.2f}")


def compounds(parts: frozenset[str]) -> None:
    """How many of the held-out compounds are parted as a reader would, and how many other words are cut in pieces."""
    outcomes = Counter(one.outcome(split_compound(one.word, parts)) for one in held_out_words())
    print(f"\n### Compounds, {len(parts):,} known parts\n\n| outcome | words |\n|---|--:|")
    for outcome, number in sorted(outcomes.items()):
        print(f"| {outcome} | {number} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--misses", type=int, default=0, help="show this many of the worst answers of each part")
    wanted = parser.parse_args()
    settings = Settings(home=home(wanted.home))
    database = Database(settings.database)
    engine = open_search(settings, database)
    offers = catalogue(database)
    away = 0
    print(f"{len(offers):,} offers, engine {settings.engine}")
    for name, path in (
        ("Queries that the search was made with", QUERIES),
        ("Held out, looked at since", HELD_OUT),
        ("Held out later, looked at since", HELD_OUT_LATER),
        ("Held out last", HELD_OUT_LAST),
    ):
        scores = []
        with database.read() as session:
            compound_parts = index_settings(session).compound_parts
            for meaning in meanings(path):
                asked = CatalogueQuery.from_filters(meaning.query).at(PAST, UPCOMING)  # the sets grade every offer
                result = search(engine, session, asked, coming_first=True)
                away += result.standby or result.degraded
                scores.append(scored(meaning, offers, result))
        table(name, scores)
        for one in sorted(scores, key=lambda one: (one.ndcg is None, one.ndcg))[: wanted.misses]:
            print(f"\n{one.ndcg if one.ndcg is None else round(one.ndcg, 3)} {one.meaning.query}")
            for points, title in one.first:
                print(f"   {points:.1f} {title}")
    whole_lists(database, engine, offers, wanted.misses)
    compounds(compound_parts)
    if away:
        print(f"\n{away} queries were not answered by the engine of the settings, but by what stands in for it")


if __name__ == "__main__":
    main()
