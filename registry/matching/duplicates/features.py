"""What a pair of records is judged by: every feature in a few levels, unknown being a level of its own.

Levels run from unlike to like; a scorecard gives each its points. A feature is ``ordered`` where more likeness can never
speak more against the pair: its points are then held rising, and what is not known weighs nothing, between the ends. So
agreement never counts against a pair, nor disagreement for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler
from rapidfuzz.process import cpdist

from registry.matching.columns import Rows
from registry.matching.duplicates.records import Index, Records, letters
from registry.matching.scorecard import common_subjects, years_share
from registry.matching.vectors import Floats, TextWeights, cosines

Levels = npt.NDArray[np.int8]
MISSING: Final = 0  #: level 0 of every feature: not known on at least one side
ONE_SIDE: Final = (
    "one_side"  #: level of features that may well be told of nothing: told of one record, not of the other
)


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: names of its levels, "missing" first, then from unlike to like."""

    name: str
    levels: tuple[str, ...]
    ordered: bool = True
    is_turned: bool = False  #: ordered from like to unlike


def _feature(name: str, levels: str, *, ordered: bool = True, is_turned: bool = False) -> Feature:
    return Feature(name, ("missing", *levels.split()), ordered, is_turned)


FEATURES: Final = (
    _feature("title", "0-50 50-65 65-75 75-85 85-93 93-99 same"),
    _feature("words", "0-70 70-85 85-95 95-100 same"),
    _feature("spelling", "0-80 80-90 90-96 96-100 same"),
    _feature("digits", "other one_side same"),
    _feature("code", "other alike within same"),
    _feature("subject", "other area some same"),
    _feature("focus", "0-40 40-80 80-99 same"),
    _feature("focus_one_side", "no yes", is_turned=True),
    _feature("school_years", "other partly same"),
    _feature("step", "other one_side same"),
    _feature("part", "other one_side same"),
    _feature("kind", "other same"),
    _feature("credits", "other half same"),
    _feature("level", "other same"),
    _feature("mode", "other same"),
    _feature("place", "other some same"),
    _feature("start", "other some same"),
    _feature("setting", "other some same"),
    _feature("role", "other some same"),
    _feature("outcomes", "0-50 50-80 80-97 same"),
    _feature("marks", "other one_side same"),
    _feature("source", "same other", ordered=False),
    _feature("rival", "behind even ahead far_ahead"),
    _feature("twin", "behind even ahead far_ahead"),
    _feature("pace", "other one_side same"),
)  #: a new one goes last: what people have answered is kept as numbers of levels, see :func:`completed`
NAMES: Final = tuple(feature.name for feature in FEATURES)
#: Filled in last, by :func:`rivals`: they compare pairs by all the others. A source tells of an offer once, so the best of the
#: pairs that two sources have is the more believable; that one record is the likest of its own source's says far less.
RIVAL: Final = NAMES.index("rival")
TWIN: Final = NAMES.index("twin")
SOURCE: Final = NAMES.index("source")
_ONE_SOURCE = 1  #: level of SOURCE
_MARGINS = (-0.5, 0.5, 2.5)  # log-odds


@dataclass(frozen=True, eq=False)
class Texts:
    """Vectors of the records' texts, by frozen word weights."""

    found_by: sp.csr_matrix
    titles: sp.csr_matrix
    focus: sp.csr_matrix
    outcomes: sp.csr_matrix

    @classmethod
    def of(cls, records: Records, weights: TextWeights) -> "Texts":
        """Vectors of every record."""
        return cls(
            *(weights.vectors(texts) for texts in (records.found_by, records.titles, records.focus, records.outcomes))
        )


def levels(records: Records, texts: Texts, a: Index, b: Index) -> Levels:
    """One row per pair ``a[i]``-``b[i]``, one column per feature of :data:`FEATURES`; nothing yet of rivals."""
    rows, extra = records.rows, records.extra
    left, right, one, other = rows[a], rows[b], extra[a], extra[b]
    names = [[records.names[i] for i in side] for side in (a, b)]
    columns = {
        "title": _graded(cosines(texts.titles, a, b), (0.5, 0.65, 0.75, 0.85, 0.93, 0.99), _has(records.titles, a, b)),
        "words": _graded(
            _percent(names[0], names[1], fuzz.token_set_ratio), (0.7, 0.85, 0.95, 1.0), _has(records.names, a, b)
        ),
        "spelling": _graded(
            _percent(names[0], names[1], JaroWinkler.normalized_similarity),
            (0.8, 0.9, 0.96, 1.0),
            _has(records.names, a, b),
        ),
        "digits": _one_sided(one["digits"], other["digits"]),
        "code": _codes(records, a, b),
        "subject": _subjects(left, right),
        "focus": _graded(cosines(texts.focus, a, b), (0.4, 0.8, 0.99), left["has_focus"] & right["has_focus"]),
        "focus_one_side": np.where(left["has_focus"] != right["has_focus"], 2, 1),
        "school_years": _graded(years_share(left, right), (1e-9, 1.0), (left["first"] > 0) & (right["first"] > 0)),
        "step": _one_sided(left["step"], right["step"]),
        "part": _one_sided(left["part"], right["part"]),
        "kind": np.where(left["kind"] == right["kind"], 2, 1) * ((left["kind"] > 0) | (right["kind"] > 0)),
        "credits": _credits(left["credits"], right["credits"]),
        "level": _equal(left["level"], right["level"]),
        "mode": _equal(one["online"], other["online"]),
        "place": _sets(one["place"], other["place"]),
        "start": _sets(one["terms"], other["terms"]),
        "setting": _sets(left["settings"], right["settings"]),
        "role": _sets(left["roles"], right["roles"]),
        "outcomes": _graded(
            cosines(texts.outcomes, a, b), (0.5, 0.8, 0.97), left["has_outcomes"] & right["has_outcomes"]
        ),
        "marks": _one_sided(one["marks"], other["marks"]),
        "source": np.where((one["source"] > 0) & (one["source"] == other["source"]), 1, 2),
        "rival": np.zeros(len(a), np.int64),
        "twin": np.zeros(len(a), np.int64),
        "pace": _one_sided(one["pace"], other["pace"]),
    }
    return np.column_stack([columns[name] for name in NAMES]).astype(np.int8).reshape(len(a), len(NAMES))


def with_rivals(found: Levels, margins: npt.NDArray[np.int8]) -> Levels:
    """The same levels with the margins of :func:`rivals` where they belong: between sources, or in one."""
    full, one = found.copy(), found[:, SOURCE] == _ONE_SOURCE
    full[:, RIVAL] = np.where(one, MISSING, margins)
    full[:, TWIN] = np.where(one, margins, MISSING)
    return full


def is_of_one_source(kept: Sequence[int]) -> bool:
    """Whether the levels are those of two records that one source has told of."""
    return kept[SOURCE] == _ONE_SOURCE


def completed(kept: Sequence[int]) -> list[int]:
    """Levels as they were kept, which may be from before the newest features; those are not known of the pair."""
    full = [*kept, *[MISSING] * (len(FEATURES) - len(kept))]
    if len(kept) <= TWIN and full[SOURCE] == _ONE_SOURCE:  # both kinds were told by one feature then
        full[RIVAL], full[TWIN] = MISSING, full[RIVAL]
    return full


def rivals(records: Records, a: Index, b: Index, log_odds: Floats) -> npt.NDArray[np.int8]:
    """How far each pair stands above the next best that either record has in the other's source; 0 where it has none.

    A source tells of an offer once: of two pairs that cannot both hold, the better one is the more believable for it.
    """
    source = records.extra["source"].astype(np.int64)
    width = int(source.max(initial=0)) + 1
    margin = np.full(len(a), np.inf)
    for mine, other in ((a, b), (b, a)):
        # Every pair is a contest for ``mine`` in the source of ``other``; a record may stand on either side of its pairs.
        margin = np.minimum(
            margin,
            _margin(
                np.concatenate([mine, other]) * width + source[np.concatenate([other, mine])],
                np.concatenate([log_odds, log_odds]),
            )[: len(a)],
        )
    found: npt.NDArray[np.int8] = np.where(
        np.isinf(margin), MISSING, np.searchsorted(_MARGINS, margin, side="right") + 1
    ).astype(np.int8)
    return found


def _margin(contests: npt.NDArray[np.int64], scores: Floats) -> Floats:
    """Each score less the best of the others in its contest; infinite where it stands alone."""
    order = np.lexsort((-scores, contests))
    named, ranked = contests[order], scores[order]
    first = np.concatenate([[True], named[1:] != named[:-1]]) if len(named) else np.empty(0, bool)
    start = np.flatnonzero(first)
    group = np.cumsum(first) - 1
    size = np.diff(np.concatenate([start, [len(named)]]))
    second = np.where(size > 1, ranked[np.minimum(start + 1, len(ranked) - 1)], -np.inf) if len(named) else np.empty(0)
    best_other = np.where(first, second[group], ranked[start[group]]) if len(named) else np.empty(0)
    result = np.empty(len(scores))
    result[order] = ranked - best_other
    return result


def _percent(left: list[str], right: list[str], scorer: object) -> Floats:
    found: Floats = np.asarray(cpdist(left, right, scorer=scorer, dtype=np.float64))  # type: ignore[arg-type]  # its stub wants one protocol of scorers; both kinds are taken
    return found / 100 if scorer is fuzz.token_set_ratio else found


def _has(texts: list[str], a: Index, b: Index) -> npt.NDArray[np.bool_]:
    told = np.fromiter((bool(text) for text in texts), dtype=bool, count=len(texts))
    both: npt.NDArray[np.bool_] = told[a] & told[b]
    return both


def _graded(values: Floats, edges: tuple[float, ...], known: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """1 below the first edge, 2 from there, and so on; 0 where unknown."""
    found: npt.NDArray[np.int64] = np.where(
        known, np.searchsorted(np.asarray(edges) - 1e-9, values, side="right") + 1, MISSING
    )
    return found


def _equal(left: npt.NDArray[np.integer], right: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = np.select([(left == 0) | (right == 0), left == right], [MISSING, 2], 1)
    return found


def _one_sided(left: npt.NDArray[np.integer], right: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Numbers of which zero is "none": none on one side tells more than nothing, none on both tells nothing."""
    found: npt.NDArray[np.int64] = np.select(
        [(left == 0) & (right == 0), (left == 0) | (right == 0), left == right], [MISSING, 2, 3], 1
    )
    return found


def _sets(left: npt.NDArray[np.integer], right: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Bit sets: nothing, something or everything in common."""
    found: npt.NDArray[np.int64] = np.select(
        [(left == 0) | (right == 0), left == right, (left & right) > 0], [MISSING, 3, 2], 1
    )
    return found


def _credits(left: Floats, right: Floats) -> npt.NDArray[np.int64]:
    ratio = np.minimum(left, right) / np.maximum(np.maximum(left, right), 1e-9)
    found: npt.NDArray[np.int64] = np.select([np.isnan(ratio), ratio == 1, ratio >= 0.5], [MISSING, 3, 2], 1)
    return found


def _subjects(left: Rows, right: Rows) -> npt.NDArray[np.int64]:
    known = (left["subjects"][:, 0] >= 0) & (right["subjects"][:, 0] >= 0)
    common = common_subjects(left, right)
    union = (left["subjects"] >= 0).sum(axis=1) + (right["subjects"] >= 0).sum(axis=1) - common
    areas = (left["areas"][:, :, None] == right["areas"][:, None, :]) & (left["areas"] >= 0)[:, :, None]
    found: npt.NDArray[np.int64] = np.select(
        [~known, common == union, common > 0, areas.any(axis=(1, 2))], [MISSING, 4, 3, 2], 1
    )
    return found


def _codes(records: Records, a: Index, b: Index) -> npt.NDArray[np.int64]:
    """Same; one inside the other or named in the other's title; alike but for a few characters; other."""
    left, right = records.extra["code"][a], records.extra["code"][b]
    found = np.where((left > 0) & (right > 0), np.where(left == right, 4, 1), MISSING)
    for place in np.flatnonzero(found != 4):
        x, y = int(a[place]), int(b[place])
        one, other = records.codes[x], records.codes[y]
        if _named(one, records.written[y]) or _named(other, records.written[x]):
            found[place] = 3
        elif one and other:
            shorter, longer = sorted((one, other), key=len)
            if len(shorter) > 3 and longer.startswith(shorter):
                found[place] = 3
            elif JaroWinkler.normalized_similarity(one, other) >= 0.93 and one[-3:] == other[-3:]:
                found[place] = 2
    return found


def _named(code: str, title: str) -> bool:
    return len(code) > 3 and code in letters(title)
