"""Make ``search/dictionary/compound_parts.txt``: the words that Norwegian compounds are made of.

    pip download --no-deps --dest FOLDER spacy-lookups-data==1.0.5
    python bench/tools/make_compound_parts.py FOLDER/spacy_lookups_data-1.0.5-py2.py3-none-any.whl

The wheel (MIT) holds the word forms of Norsk Ordbank, bokmål 2005 (National Library of Norway, CC BY 4.0). Most of its 107,000 nouns are
compounds of others. Each is parted once into two words of the dictionary; what many are made of is a part. A first part may be a noun, a verb
(*lese*glede) or an adjective (*små*barn), a last part is a noun. What only ever stands first ends with a hyphen in the list.
"""

import argparse
import gzip
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

OUTPUT = Path(__file__).resolve().parents[2] / "search" / "dictionary" / "compound_parts.txt"
_TABLE = "spacy_lookups_data/data/nb_lemma_exc.json.gz"
_LINKS = ("", "s", "e")
_SHORTEST = 3
_COMPOUNDS = 3  #: that a word must be part of
_COMPOUNDS_IF_SHORT = 20  #: the same for words of three letters, which are found in everything
_RARER_THAN_PARTS = (
    6  #: so many times rarer than its own parts, a compound is no unit: *havforskning* is *hav* and *forskning*
)
#: Particles that verbs are made with, and endings that words are made with: *samarbeid* and *vennskap* are one piece each.
_NEVER = frozenset(
    re.findall(
        r"\w+",
        "all alt an av be bi bort den det du eks en er et etter for fore fra fram frem gi gjen han hen her hit hun ikke inn jo kan ko kon lik med "
        "mel mer min mis mot nå ny og om opp over per pre pro på re sam sammen selv si sin som sub så til ting tele to under unn unna ut utenom "
        "ute ved vel vi vår ad mid ant asje dom else ende ent ere eri het inne isme ismer ist ister ling ning ring sjon skap tere tør vas",
    )
)


def lemmas(table: dict[str, dict[str, list[str]]], kind: str) -> set[str]:
    return {
        lemma
        for found in table[kind].values()
        for lemma in found
        if lemma.isalpha() and lemma.islower() and len(lemma) >= _SHORTEST and lemma not in _NEVER
    }


def ways(word: str, first: set[str], last: set[str]) -> Iterator[tuple[str, str]]:
    """Every way to part a word in two."""
    for start in range(_SHORTEST, len(word) - _SHORTEST + 1):
        if word[start:] not in last:
            continue
        for link in _LINKS:
            head = word[:start].removesuffix(link)
            if len(head) + len(link) == start and head in first:
                yield head, word[start:]


def evenly(way: tuple[str, str]) -> tuple[int, int]:
    """The more alike in length, the likelier; then the longer last part."""
    return min(map(len, way)), len(way[1])


def parts(table: dict[str, dict[str, list[str]]]) -> list[str]:
    nouns = lemmas(table, "noun")
    firsts = nouns | lemmas(table, "adj") | {verb for verb in lemmas(table, "verb") if verb.endswith("e")}
    first, last = Counter[str](), Counter[str]()
    for noun in nouns:
        if way := max(ways(noun, firsts, nouns), key=evenly, default=None):
            first[way[0]] += 1
            last[way[1]] += 1
    often = first + last
    known = {
        word for word, times in often.items() if times >= (_COMPOUNDS if len(word) > _SHORTEST else _COMPOUNDS_IF_SHORT)
    }
    units = {
        word
        for word in known
        if all(min(often[one] for one in way) < _RARER_THAN_PARTS * often[word] for way in ways(word, known, known))
    }
    return sorted(word if last[word] else f"{word}-" for word in units)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path)
    with zipfile.ZipFile(parser.parse_args().wheel) as wheel:
        table = json.loads(gzip.decompress(wheel.read(_TABLE)))
    found = parts(table)
    OUTPUT.write_text("\n".join(found) + "\n", encoding="utf-8")
    print(f"{len(found):,} parts, {OUTPUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
