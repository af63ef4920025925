"""The overlap scorecard: which levels a pair reaches, and the points each level gives (log-odds, from the rule register).

Everything is an array over pairs; the evidence shown for a pair is made from the same arrays as its score, so the
points shown always add up to the score shown.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from registry.matching.columns import FULL_YEAR_KIND, OWN_STUDIES, SCHOOL, Rows
from registry.matching.defaults import MatchingRules

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[Any]

SCORE_DECIMALS = 4
FULL_YEAR = 60
FEATURES = (
    "subject",
    "focus",
    "name",
    "school_years",
    "step",
    "part",
    "kind",
    "credits",
    "level",
    "setting",
    "role",
    "outcomes",
)
#: What cannot both hold for the same study, in the order in which it is told.
CONTRADICTIONS = ("school_years", "step", "part", "kind", "setting")


@dataclass(frozen=True, slots=True)
class Likeness:
    """Cosines of the texts of many pairs."""

    name: Floats  #: all words of the names that carry content
    focus: Floats  #: the words beyond the subject
    outcomes: Floats  #: learning outcomes; 0 where one has none

    @classmethod
    def best(cls, count: int) -> "Likeness":
        """Texts as alike as can be: what a pair could reach at most."""
        ones = np.ones(count)
        return cls(ones, ones, ones)


@dataclass(frozen=True, slots=True)
class Scored:
    """The weighing of many pairs."""

    score: Floats  #: 0..1
    points: dict[str, Floats]  #: feature -> log-odds per pair
    contradictions: dict[str, Bools]  #: feature -> does it contradict

    @property
    def contradicted(self) -> Bools:
        """Pairs with at least one contradiction: related, never an overlap."""
        against: Bools = np.logical_or.reduce(list(self.contradictions.values()))
        return against


def contradicts(a: Rows, b: Rows, rules: MatchingRules) -> dict[str, Bools]:
    """Facts known on both sides that cannot both hold for the same study. Unknown contradicts nothing."""
    share = years_share(a, b)
    sure = np.minimum(a["years_sure"], b["years_sure"]) >= rules["OVL_SURE"]
    years = (share >= 0) & np.where(sure, share < rules["OVL_YEARS_SHARED"], share == 0)
    steps = (a["step"] > 0) & (b["step"] > 0) & (a["step"] != b["step"])
    step = steps & (np.minimum(a["step_sure"], b["step_sure"]) >= rules["OVL_SURE"])
    part = (a["part"] > 0) & (b["part"] > 0) & (a["part"] != b["part"])
    kinds = a["kind"] != b["kind"]
    sixty = kinds & _full_year(a) & _full_year(b)
    setting = (a["settings"] > 0) & (b["settings"] > 0) & ((a["settings"] & b["settings"]) == 0)
    return {"school_years": years, "step": step, "part": part, "kind": kinds & ~sixty, "setting": setting}


def _full_year(rows: Rows) -> Bools:
    """A full year by its kind, or an ordinary study of 60 credits."""
    full: Bools = (rows["kind"] == FULL_YEAR_KIND) | ((rows["kind"] == 0) & (rows["credits"] == FULL_YEAR))
    return full


def years_share(a: Rows, b: Rows) -> Floats:
    """Jaccard of two spans of school years; -1 where one is unknown."""
    common = np.minimum(a["last"], b["last"]).astype(float) - np.maximum(a["first"], b["first"]) + 1
    union = np.maximum(a["last"], b["last"]).astype(float) - np.minimum(a["first"], b["first"]) + 1
    share: Floats = np.where((a["first"] > 0) & (b["first"] > 0), np.maximum(common, 0) / union, -1.0)
    return share


def weigh(a: Rows, b: Rows, texts: Likeness, rules: MatchingRules) -> Scored:
    """Weigh pairs ``a[i]``–``b[i]``, given how alike their texts are."""

    def rule(name: str) -> float:
        return float(rules[f"OVL_W_{name}"])

    even = rules["OVL_EVEN"]
    unknown_a, unknown_b = a["first"] == 0, b["first"] == 0
    by_year = a["by_year"] & b["by_year"]
    share = years_share(a, b)
    years = np.select(
        [share == 1, share >= 0, unknown_a & unknown_b & by_year, unknown_a != unknown_b],
        [rule("YEARS_SAME"), rule("YEARS_PARTLY"), rule("YEARS_UNKNOWN_BOTH"), rule("YEARS_UNKNOWN")],
        0.0,
    )
    no_step_a, no_step_b = a["step"] == 0, b["step"] == 0
    step = np.select(
        [~no_step_a & (a["step"] == b["step"]), no_step_a != no_step_b], [rule("STEP_SAME"), rule("STEP_UNKNOWN")], 0.0
    )
    one_focus = a["has_focus"] != b["has_focus"]
    alone = unknown_a & unknown_b & no_step_a & no_step_b & ~one_focus
    part = np.where((a["part"] > 0) != (b["part"] > 0), rule("PART_UNKNOWN"), 0.0)
    ratio = np.minimum(a["credits"], b["credits"]) / np.maximum(a["credits"], b["credits"])
    size = np.select(
        [ratio == 1, ratio < rules["OVL_CREDITS_RATIO"]], [rule("CREDITS_SAME"), rule("CREDITS_OTHER")], 0.0
    )
    level = np.where((a["level"] > 0) & (b["level"] > 0) & (a["level"] != b["level"]), rule("LEVEL_OTHER"), 0.0)
    focus_both, focus_none = a["has_focus"] & b["has_focus"], ~a["has_focus"] & ~b["has_focus"]
    words = np.select(
        [focus_both, focus_none],
        [texts.focus * rule("FOCUS") + (1 - texts.focus) * rule("FOCUS_OTHER"), np.full(len(a), rule("FOCUS_NONE"))],
        rule("FOCUS_ONE"),
    )
    # Alike topics are no proof where the names say that one is narrower, or each its own part of the subject.
    apart = one_focus | (focus_both & (texts.focus < even))
    told = texts.outcomes - np.where(apart, rules["OVL_EVEN_OUTCOMES_APART"], even)
    shared = _jaccard(a["settings"], b["settings"])
    one_setting = (
        ((a["settings"] > 0) != (b["settings"] > 0)) & unknown_a & unknown_b
    )  # else the school years have told
    school = (a["settings"] | b["settings"]) == SCHOOL
    setting = np.select(
        [shared > 0, shared == 0, one_setting & school, one_setting],
        [
            shared * rule("SETTING_SAME"),
            np.full(len(a), rule("SETTING_OTHER")),
            np.full(len(a), rule("SETTING_SCHOOL")),
            np.full(len(a), rule("SETTING_UNKNOWN")),
        ],
        0.0,
    )
    people = _jaccard(a["roles"], b["roles"])
    one_people = ((a["roles"] == 0) | (b["roles"] == 0)) & (((a["roles"] | b["roles"]) & OWN_STUDIES) > 0)
    role = np.select([people == 0, one_people], [rule("ROLE_OTHER"), rule("ROLE_UNKNOWN")], 0.0)
    points = {
        "subject": _subject_points(a, b, rules),
        "focus": words,
        "name": (texts.name - even) * rule("NAME")
        # never for: names alone would outrank known years and steps
        + np.minimum(texts.name - rules["OVL_EVEN_ALONE"], 0) * rule("NAME_ALONE") * alone,
        "school_years": years,
        "step": step,
        "part": part,
        "kind": np.where((a["kind"] > 0) & (a["kind"] == b["kind"]), rule("KIND_SAME"), 0.0),
        "credits": size,
        "level": level,
        "setting": setting,
        "role": role,
        "outcomes": np.where(a["has_outcomes"] & b["has_outcomes"], told * rule("OUTCOMES"), 0.0),
    }
    total = rule("BASE") + np.sum(list(points.values()), axis=0)
    score = np.round(1 / (1 + np.exp(-total)), SCORE_DECIMALS)
    return Scored(score, points, contradicts(a, b, rules))


def _subject_points(a: Rows, b: Rows, rules: MatchingRules) -> Floats:
    left, right = a["subjects"], b["subjects"]
    known = (left[:, 0] >= 0) & (right[:, 0] >= 0)
    common = common_subjects(a, b)
    union = (left >= 0).sum(axis=1) + (right >= 0).sum(axis=1) - common
    same, some = rules["OVL_W_SUBJECT_SAME"], rules["OVL_W_SUBJECT_SOME"]
    partly = some + (same - some) * common / np.maximum(union, 1)
    areas = _common(a["areas"], b["areas"]) > 0
    given = a["subjects_given"] & b["subjects_given"]
    near = np.where(given, rules["OVL_W_SUBJECT_AREA_GIVEN"], rules["OVL_W_SUBJECT_AREA"])
    chosen = np.select(
        [~known, common == union, common > 0, areas],
        [0.0, same, partly, near],
        rules["OVL_W_SUBJECT_OTHER"],
    )
    result: Floats = chosen.astype(float)
    return result


def common_subjects(a: Rows, b: Rows) -> Ints:
    """How many subjects two rows share."""
    return _common(a["subjects"], b["subjects"])


def _common(left: Ints, right: Ints) -> Ints:
    """How many of the left slots are found among the right ones, row by row."""
    found = (left[:, :, None] == right[:, None, :]) & (left >= 0)[:, :, None]
    count: Ints = found.any(axis=2).sum(axis=1)
    return count


def _jaccard(left: Ints, right: Ints) -> Floats:
    """Jaccard of two bit sets; -1 where one is empty (unknown)."""
    common, union = np.bitwise_count(left & right).astype(float), np.bitwise_count(left | right)
    share: Floats = np.where((left > 0) & (right > 0), common / np.maximum(union, 1), -1.0)
    return share
