"""Duplicates: the same offer twice at one provider, from two sources or keyed twice in one.

    found = duplicates(profiles)        # a profile per source record
    sets = merge_sets(found, profiles)  # best pair first, at most one record per source in a set

Three verdicts. *Sure*: from two sources and alike in everything that is known: may be merged, with undo. *Suspected*: ask a
person; two codes in one source never get further than this. *Variant*: one offer in two forms (online and on campus, two towns,
full and part time), which are kept apart.

==============  ==================================================================
records         profiles as columns, texts cleaned for comparison
blocking        which pairs are worth weighing
circles         which records a change of one may touch
features        levels per pair, unknown being one of its own
card            points per level: learnt from answers, shipped, versioned
checking        how right a card is on answers that it has not seen
unlabelled      the same without answers (Fellegi–Sunter, EM)
pairs           verdicts with evidence; an index that costs one provider a change
sets            records that are one offer
==============  ==================================================================
"""

from registry.matching.duplicates.card import REAL, Judged, Scorecard, learn, shipped_card, shipped_pairs
from registry.matching.duplicates.checking import Measured, measured, unseen_chances
from registry.matching.duplicates.features import FEATURES, completed, is_of_one_source
from registry.matching.duplicates.pairs import DuplicateIndex, DuplicatePair, Verdict, duplicates, merge_sets
from registry.matching.duplicates.unlabelled import learn_unlabelled

__all__ = [
    "FEATURES",
    "REAL",
    "DuplicateIndex",
    "DuplicatePair",
    "Judged",
    "Measured",
    "Scorecard",
    "Verdict",
    "completed",
    "duplicates",
    "is_of_one_source",
    "learn",
    "learn_unlabelled",
    "measured",
    "merge_sets",
    "shipped_card",
    "shipped_pairs",
    "unseen_chances",
]
