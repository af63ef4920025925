"""What is planted in the demonstration year, and what of it is flagged: found, missed and false, kind by kind.

    registry init && registry demo && registry detect
    python bench/planted.py --home FOLDER [--misses]

``FOLDER`` is a registry home with the demonstration year: its reports of the day of the truth file (demo-truth.json) are held against
that file. Real offers beside the invented ones are left out of pairs; they make small subjects larger, though, so figures of these are
right only of a home with nothing else. An overlap is true when the two offers teach the same content, whether it was planted or arose
by itself; a warning is true when the run will be cancelled for few applicants. *Stated* is what design and bench/README.md promise of
precision and recall.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from registry.coordination.queries import at_risk_report, duplicate_report, overlap_report, small_subject_report
from registry.core.db import Database
from registry.offers.models import Offer, OfferProvider, Run
from registry.offers.states import OfferState, RunState

Pair = frozenset[str]


@dataclass(frozen=True)
class Found:
    """One kind of flag: what was planted, what is flagged, and what of the flags is true."""

    kind: str
    planted: set[Any]
    flagged: set[Any]
    true: set[Any]  #: everything that would rightly be flagged, planted or not
    stated: str = "–"

    def row(self) -> str:
        """As a line of the table."""
        hit, right = len(self.planted & self.flagged), len(self.flagged & self.true)
        recall = f"{hit / len(self.planted):.2f}" if self.planted else "–"
        precision = f"{right / len(self.flagged):.2f}" if self.flagged else "–"
        return f"| {self.kind} | {len(self.planted)} | {hit} | {recall} | {len(self.flagged):,} | {len(self.flagged) - right:,} | {precision} | {self.stated} |"


def invented(report: Mapping[str, Any], contents: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The pairs of a report that the truth file knows of."""
    return [row for row in report["pairs"] if contents.keys() >= {row["a"]["key"], row["b"]["key"]}]


def pairs_of(rows: Iterable[dict[str, Any]]) -> set[Pair]:
    """Pairs of offer keys."""
    return {frozenset((row["a"]["key"], row["b"]["key"])) for row in rows}


def planted_pairs(rows: Iterable[dict[str, str]]) -> set[Pair]:
    """Pairs as the truth file names them."""
    return {frozenset((row["a"], row["b"])) for row in rows}


def taught_twice(session: Session, contents: dict[str, int]) -> set[Pair]:
    """Every two offers of different institutions that teach one content and have a term in common: what is truly an overlap."""
    published = select(Offer.id, Offer.key).where(Offer.state == OfferState.PUBLISHED)
    key = {number: name for number, name in session.exec(published) if name in contents}
    providers, terms = defaultdict(set), defaultdict(set)
    for offer, provider in session.exec(select(OfferProvider.offer_id, OfferProvider.organisation_id)):
        providers[offer].add(provider)
    for offer, term in session.exec(select(Run.offer_id, Run.term).where(Run.state != RunState.CANCELLED).distinct()):
        terms[offer].add(term)
    by_content = defaultdict(list)
    for offer, name in key.items():
        by_content[contents[name]].append(offer)
    return {
        frozenset((key[a], key[b]))
        for offers in by_content.values()
        for a, b in combinations(offers, 2)
        if terms[a] & terms[b] and not providers[a] & providers[b]
    }


def kinds(session: Session, truth: dict[str, Any]) -> Iterator[Found]:
    """Each kind of planted truth against the reports of its day."""
    day, contents = date.fromisoformat(truth["today"]), truth["contents"]
    listed = invented(duplicate_report(session, as_of=day), contents)
    duplicates = planted_pairs(truth["duplicates"])
    for how, name in (("two_sources", "duplicates from two sources"), ("keyed_twice", "duplicates keyed twice")):
        mine = planted_pairs(row for row in truth["duplicates"] if row["how"] == how)
        yield Found(name, mine, pairs_of(listed) & mine, mine)
    sure = pairs_of(row for row in listed if row["strength"] == "strong")
    yield Found(
        "duplicates, sure",
        planted_pairs(r for r in truth["duplicates"] if r["how"] == "two_sources"),
        sure,
        duplicates,
        "F1 0.98",
    )
    yield Found("duplicates, all listed", duplicates, pairs_of(listed), duplicates, "F1 0.98")
    overlaps = invented(overlap_report(session, as_of=day, term="all"), contents)
    strong = pairs_of(row for row in overlaps if row["strength"] == "strong")
    same = taught_twice(session, contents)
    alike = {pair for pair in strong if len({contents[key] for key in pair}) == 1}
    yield Found("overlaps, strong", planted_pairs(truth["overlaps"]["strong"]), strong, alike, "F1 0.95")
    yield Found("every strong overlap", same, strong, alike, "F1 0.95")
    possible = planted_pairs(truth["overlaps"]["possible"])
    yield Found("overlaps, possible: listed", possible, pairs_of(overlaps) & possible, possible)
    yield Found("overlaps, possible: called strong", possible, strong & possible, set())
    tempting = planted_pairs(truth["tempting"])
    yield Found("tempting pairs: called overlap", tempting, pairs_of(overlaps) & tempting, set(), "none")
    subjects = small_subject_report(session, as_of=day)["subjects"]
    small, bare = (
        {r["subject"] for r in truth["small_subjects"]},
        {r["subject"] for r in truth["small_subjects"] if not r["covered"]},
    )
    yield Found("small subjects", small, {row["code"] for row in subjects if row["small"]}, small, "all")
    yield Found(
        "small subjects without national offer",
        bare,
        {r["code"] for r in subjects if r["small"] and not r["covered"]},
        bare,
        "all",
    )
    risk = at_risk_report(session, as_of=day)["runs"]
    lost = set(truth["runs"]["to_be_cancelled"])
    yield Found(
        "doomed runs", set(truth["runs"]["planted_doomed"]), {row["run"] for row in risk}, lost, "precision 0.90"
    )
    yield Found("every run that will be cancelled", lost, {row["run"] for row in risk}, lost)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--misses", action="store_true", help="list what was planted and not found, by title")
    arguments = parser.parse_args()
    truth = json.loads((arguments.home / "demo-truth.json").read_text(encoding="utf-8"))
    with Database(f"sqlite:///{arguments.home}/registry.sqlite3").read() as session:
        found = list(kinds(session, truth))
        print(
            "| kind | planted | found | recall | flagged | false | precision | stated |\n|---|--:|--:|--:|--:|--:|--:|---|"
        )
        for one in found:
            print(one.row())
        if arguments.misses:
            title = dict(session.exec(select(Offer.key, Offer.title)).all())
            for one in found:
                for missed in one.planted - one.flagged:
                    keys = sorted(missed) if isinstance(missed, frozenset) else [missed]
                    named = " | ".join(f"{key} {title.get(key, '')}" for key in keys)
                    print(f"{one.kind}: {named}")


if __name__ == "__main__":
    main()
