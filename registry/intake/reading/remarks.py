"""Words that the registry does not know, gathered over the batches of a delivery and told once each. Pure."""

from collections.abc import Mapping
from typing import Any

from importers.sentences import Sentence, counted
from registry.intake.reading.shaping import Remark

_SHOWN_POSITIONS = 5
_KEPT = 200  # words beyond these are counted and not named: a broken feed has one in every row

#: Our own words for what was not understood, as they are kept, in the reader's language.
FIELDS = {
    "Fag": Sentence("Fag"),
    "Kommune": Sentence("Kommune"),
    "Målgruppe": Sentence("Målgruppe"),
    "Undervisningsform": Sentence("Undervisningsform"),
}

Kept = dict[str, Any]  #: {"words": [[field, value, [positions], count], …], "more": count}


def gather(kept: Kept, found: Mapping[Remark, list[int]]) -> Kept:
    """``kept`` with what one more batch found; a value that JSON can hold."""
    words = {(field, value): (positions, count) for field, value, positions, count in kept.get("words", ())}
    more = kept.get("more", 0)
    for remark, where in found.items():
        key = (remark.field, remark.value)
        if key not in words and len(words) >= _KEPT:
            more += 1
            continue
        positions, count = words.get(key, ([], 0))
        words[key] = ([*positions, *where][:_SHOWN_POSITIONS], count + len(where))
    return {"words": [[*key, *said] for key, said in words.items()], "more": more}


def sentences(kept: Kept) -> list[Sentence]:
    """One sentence for each word."""
    told = []
    for field, value, positions, count in kept.get("words", ()):
        shown, rest = ", ".join(map(str, positions)), count - len(positions)
        where = Sentence("rad %(rows)s", rows=shown)
        if rest > 0:
            where = Sentence("rad %(rows)s og %(rest)s til", rows=shown, rest=rest)
        told.append(
            Sentence(
                "%(field)s: «%(value)s» er ukjent og er latt stå tomt (%(where)s).",
                field=FIELDS.get(field, field),
                value=value,
                where=where,
            )
        )
    if more := kept.get("more", 0):
        told.append(
            counted("%(count)s ukjent ord til er latt stå tomt.", "%(count)s ukjente ord til er latt stå tomme.", more)
        )
    return told
