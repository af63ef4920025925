"""How good are the answers? nDCG@10, recall@20 and the share of queries without hits, over a graded set.

    python bench/relevance.py [--home FOLDER] [--misses 10]

The catalogue is that of ``--home``; without one, the demonstration year and the real feeds that lie beside the repository, made once in
var/relevance. The engine is that of the settings (REGISTRY_ENGINE). Grades: tests/search/relevance/GUIDE.md.
"""

import argparse
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from registry.app import open_search
from registry.catalogue.parameters import CatalogueQuery
from registry.catalogue.queries import search
from registry.catalogue.rows import published
from registry.catalogue.vocabulary import load
from registry.core.db import Database
from registry.settings import Settings
from tests.search.relevance.grading import OfferFacts, grade, meanings, ndcg, recall, span


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--misses", type=int, default=0, help="show this many of the worst answers")
    wanted = parser.parse_args()
    settings = Settings(home=home(wanted.home))
    database = Database(settings.database)
    engine = open_search(settings, database)
    offers = catalogue(database)
    away = 0
    scores: dict[str, list[tuple[float, float, bool]]] = defaultdict(list)
    worst = []
    with database.read() as session:
        for meaning in meanings():
            grades = {key: grade(meaning, offer) for key, offer in offers.items()}
            result = search(engine, session, CatalogueQuery.from_filters(meaning.query), coming_first=True)
            hits, away = result.hits, away + (result.standby or result.degraded)
            found = [grades.get(hit.key, 0.0) for hit in hits]
            every = list(grades.values())
            if not any(one >= 2 for one in every):
                print(f"no offer is what «{meaning.query}» asks for: left out")
                continue
            score = ndcg(found, every), recall(found, every), not hits
            scores[meaning.kind].append(score)
            scores["all"].append(score)
            worst.append(
                (score[0], meaning.query, [(g, offers[h.key].title[:60]) for g, h in zip(found, hits, strict=True)][:6])
            )
    if away:
        print(f"{away} queries were not answered by the engine of the settings, but by what stands in for it")
    print(
        f"\n{len(offers):,} offers, engine {settings.engine}\n\n| queries | number | nDCG@10 | recall@20 | no hit |\n|---|--:|--:|--:|--:|"
    )
    for kind in sorted(scores, key=lambda name: (name == "all", name)):
        some = scores[kind]
        means = [sum(one[place] for one in some) / len(some) for place in range(3)]
        print(f"| {kind} | {len(some)} | {means[0]:.3f} | {means[1]:.3f} | {means[2]:.1%} |")
    for score, query, first in sorted(worst)[: wanted.misses]:
        print(f"\n{score:.3f} {query}")
        for one, title in first:
            print(f"   {one:.1f} {title}")


if __name__ == "__main__":
    main()
