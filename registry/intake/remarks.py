"""Words that the registry does not know, gathered over the batches of a delivery and told once each. Pure."""

from collections.abc import Mapping
from typing import Any

from registry.intake.shaping import Remark

_SHOWN_POSITIONS = 5
_KEPT = 200  # words beyond these are counted and not named: a broken feed has one in every row

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


def sentences(kept: Kept) -> list[str]:
    """One sentence for each word."""
    told = []
    for field, value, positions, count in kept.get("words", ()):
        shown, rest = ", ".join(map(str, positions)), count - len(positions)
        where = f"rad {shown}" + (f" og {rest} til" if rest > 0 else "")
        told.append(f"{field}: «{value}» er ukjent og er latt stå tomt ({where}).")
    if more := kept.get("more", 0):
        told.append(f"{more} ukjente ord til er latt stå tomme.")
    return told
