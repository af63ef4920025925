"""How good the overlap engine is on real names: precision, recall and F1 for strong pairs, and precision at 20 per region.

    python bench/quality.py [--misses] [--data ../shared/data/dbh347]

Needs the DBH replies (names of real programmes), which are not part of the repository. The labels are in tests/matching/gold.
"""

import argparse
import csv
import hashlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from registry.matching.grades import Strength
from registry.matching.overlap import OverlapPair, overlaps
from registry.matching.profiles import Profile, make_profile

ROOT = Path(__file__).resolve().parent.parent
GOLD = ROOT / "tests" / "matching" / "gold" / "pairs.csv"
DATA = ROOT.parent / "shared" / "data" / "dbh347"

#: Note of pairs labelled only because the engine listed them first: they serve precision@20 and would flatter F1.
FROM_THE_TOP = "topp 20 i regionen"
#: Note of pairs drawn and labelled after the last change of reading and rules that somebody made by looking at labels.
FRESH = "ny trekning"
#: Note of pairs drawn and labelled a second time in that way.
SECOND = "andre trekning"
#: Start of the note of pairs drawn a third time, at random inside heaps of known size; what follows is the heap.
THIRD = "tredje trekning: "
#: Start of the note of pairs drawn a fourth time in the same way (bench/tools/draw_pairs.py --seed 5).
FOURTH = "fjerde trekning: "
#: How many pairs, each of other names, each heap of a draw held: what the drawn ones stand for.
HEAPS = {
    THIRD: {
        "sterk høy": 471,
        "sterk lav": 109,
        "mulig høy": 459,
        "mulig lav": 755,
        "beslektet": 4_823,
        "ikke oppført": 9_264,
    },
    FOURTH: {
        "sterk høy": 562,
        "sterk lav": 111,
        "mulig høy": 500,
        "mulig lav": 790,
        "beslektet": 5_414,
        "ikke oppført": 5_581,
    },
}

DRAWS = 2_000  # for the interval

#: The three regions of the UH network, for this bench only: the product takes them from its reference data.
REGIONS = {
    "Øst": {"0256", "1110", "1173", "1175", "1176"},
    "Vest": {"0238", "1120", "1160", "1171"},
    "Nord og Midt": {"0232", "1130", "1150"},
}


@dataclass(frozen=True, slots=True)
class Label:
    """One labelled pair."""

    a: str
    b: str
    label: str
    note: str

    @property
    def held_out(self) -> bool:
        """A third of the pairs, chosen by their codes alone."""
        return hashlib.sha256(f"{self.a}|{self.b}".encode()).digest()[0] % 3 == 0


@dataclass(frozen=True, slots=True)
class Quality:
    """Counts of one part of the labels."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)


def read_labels(path: Path = GOLD) -> list[Label]:
    """The labelled pairs."""
    with path.open(encoding="utf-8", newline="") as stream:
        return [Label(row["a_code"], row["b_code"], row["label"], row["note"]) for row in csv.DictReader(stream)]


def real_profiles(folder: Path = DATA) -> list[Profile]:
    """One profile per programme of the DBH replies; the years a programme is registered stand for its terms."""
    names: dict[tuple[str, str], dict[str, str]] = {}
    terms: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for path in sorted(folder.glob("*.json")):
        for row in json.loads(path.read_text(encoding="utf-8")):
            if "status" in row:
                continue
            code = (row["Institusjonskode"], row["Studieprogramkode"])
            names[code] = row
            terms[code].add(f"{row['Årstall']}H")
    home = {institution: region for region, members in REGIONS.items() for institution in members}
    return [
        make_profile(
            f"{institution}:{programme}",
            institution,
            row["Studieprogramnavn"],
            level=row["Nivåkode"],
            code=programme,
            source="dbh-347",
            terms=terms[institution, programme],
            regions=[home[institution]],
        )
        for (institution, programme), row in names.items()
    ]


def measure(labels: Iterable[Label], strength: dict[tuple[str, str], Strength]) -> Quality:
    """Strong against not strong."""
    right = wrong = missed = 0
    for label in labels:
        said = strength.get((label.a, label.b)) is Strength.STRONG
        right += said and label.label == "strong"
        wrong += said and label.label != "strong"
        missed += not said and label.label == "strong"
    return Quality(right, wrong, missed)


def in_country(labels: Iterable[Label], strength: dict[tuple[str, str], Strength], draw: str = THIRD) -> Quality:
    """What a draw from heaps says of the whole country: each drawn pair stands for its share of its heap."""
    drawn = [(label, label.note.removeprefix(draw)) for label in labels]
    taken = Counter(heap for _, heap in drawn)
    parts = Counter[str]()
    for label, heap in drawn:
        found = measure([label], strength)
        for name, count in (("right", found.right), ("wrong", found.wrong), ("missed", found.missed)):
            parts[name] += count * HEAPS[draw][heap] / taken[heap]
    return Quality(round(parts["right"]), round(parts["wrong"]), round(parts["missed"]))


def interval(labels: Sequence[Label], strength: dict[tuple[str, str], Strength]) -> tuple[float, float]:
    """95 % of the F1 that draws of this size give: the same pairs drawn again and again with some of them twice."""
    chance = random.Random(DRAWS)
    found = sorted(measure(chance.choices(labels, k=len(labels)), strength).f1 for _ in range(DRAWS))
    return found[DRAWS // 40], found[-1 - DRAWS // 40]


def precision_at_20(
    region: str, pairs: list[OverlapPair], profiles: dict[str, Profile], labels: dict[tuple[str, str], str]
) -> str:
    """Share of labelled strong among the first 20 listed pairs inside the region; unlabelled pairs are told, not guessed."""
    inside = [p for p in pairs if region in profiles[p.a].regions & profiles[p.b].regions][:20]
    known = [labels[p.a, p.b] for p in inside if (p.a, p.b) in labels]
    right = sum(label == "strong" for label in known)
    share = f"{right / len(known):.2f}" if known else "–"
    return f"| {region} | {len(inside)} | {len(known)} | {share} |"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--misses", action="store_true", help="list every pair that was called wrongly")
    arguments = parser.parse_args()
    if not arguments.data.is_dir():
        parser.exit(1, f"No DBH replies in {arguments.data}\n")
    profiles = real_profiles(arguments.data)
    by_key = {profile.key: profile for profile in profiles}
    labels = [label for label in read_labels() if label.a in by_key and label.b in by_key]
    listed = overlaps(profiles, related=True)
    strength = {(pair.a, pair.b): pair.strength for pair in listed}
    print(f"{len(profiles):,} programmes, {len(labels)} labelled pairs\n")
    print("| part | pairs | strong | precision | recall | F1 |\n|---|---|---|---|---|---|")
    drawn = [label for label in labels if label.note != FROM_THE_TOP]
    third = [label for label in drawn if label.note.startswith(THIRD)]
    fourth = [label for label in drawn if label.note.startswith(FOURTH)]
    first = [label for label in drawn if label.note not in (FRESH, SECOND) and label not in third + fourth]
    parts = {
        "tuning": [label for label in first if not label.held_out],
        "held out, since looked at": [label for label in first if label.held_out],
        "drawn anew, since looked at": [label for label in drawn if label.note == FRESH],
        "drawn a second time, since looked at": [label for label in drawn if label.note == SECOND],
        "drawn a third time, since looked at": third,
        "drawn a fourth time": fourth,
        "all": drawn,
    }
    for name, part in parts.items():
        found = measure(part, strength)
        strong = sum(label.label == "strong" for label in part)
        print(f"| {name} | {len(part)} | {strong} | {found.precision:.3f} | {found.recall:.3f} | {found.f1:.3f} |")
    print()
    for name, part, draw in (("third", third, THIRD), ("fourth", fourth, FOURTH)):
        country, (low, high) = in_country(part, strength, draw), interval(part, strength)
        print(
            f"Weighed up to the country by the {name} draw: precision {country.precision:.3f}, recall {country.recall:.3f}, "
            f"F1 {country.f1:.3f}; {country.right + country.missed:,} pairs of names strong. F1 of the draw itself {low:.3f}–{high:.3f}"
        )
    told = {(label.a, label.b): label.label for label in labels}
    print("\n| region | listed | labelled among them | precision@20 |\n|---|---|---|---|")
    best = [pair for pair in listed if pair.strength is not Strength.RELATED]
    for region in REGIONS:
        print(precision_at_20(region, best, by_key, told))
    if arguments.misses:
        print()
        for label in labels:
            said = strength.get((label.a, label.b), "not listed")
            if (said is Strength.STRONG) != (label.label == "strong"):
                part = "held out" if label.held_out else "tuning"
                print(
                    f"{part}: {said} for {label.label}: {by_key[label.a].title} | {by_key[label.b].title}  ({label.a} {label.b})"
                )


if __name__ == "__main__":
    main()
