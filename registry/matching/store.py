"""Profiles kept ready for comparison: rows of numbers, vectors of text, and the way from a subject to its offers.

Adding or removing a profile touches its own slot only.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import numpy as np

from registry.matching.columns import GATES, ROW, Interned, Rows, grouped, may_meet, to_gates, to_rows
from registry.matching.defaults import MatchingRules
from registry.matching.profiles import Profile
from registry.matching.scorecard import Likeness
from registry.matching.text import told_outcomes
from registry.matching.texts import Growing, Index, TextTable
from registry.matching.vectors import Floats, TextWeights


class Store:
    """Profiles in slots. A removed profile's slot stays empty."""

    def __init__(self, profiles: Iterable[Profile], rules: MatchingRules, weights: TextWeights | None = None) -> None:
        self.profiles: list[Profile] = []
        self._slot: dict[str, int] = {}
        for profile in profiles:
            if profile.key in self._slot:
                raise ValueError(f"Two profiles have the key {profile.key!r}")
            self._slot[profile.key] = len(self.profiles)
            self.profiles.append(profile)
        self.providers = Interned()
        texts = [content_text(profile) for profile in self.profiles]
        self.weights = weights or TextWeights.fit(texts, rules["OVL_COMMON_SHARE"])
        self._rows = to_rows(self.profiles, self.providers)
        self._gates = to_gates(self._rows)
        self._alive = np.ones(len(self.profiles), dtype=bool)
        self._by_subject: defaultdict[int, Growing] = defaultdict(Growing)
        self._by_subject.update(_by_subject(self._rows))
        self.content = TextTable(self.weights, texts)
        self.rare = TextTable(self.weights, texts, rare=True)
        self.focus = TextTable(self.weights, [focus_text(profile) for profile in self.profiles])
        self.outcomes = TextTable(self.weights, [outcomes_text(profile) for profile in self.profiles])

    def __len__(self) -> int:
        return len(self._slot)

    def __contains__(self, key: str) -> bool:
        return key in self._slot

    @property
    def rows(self) -> Rows:
        """One row per slot, the empty ones too."""
        return self._rows[: len(self.profiles)]

    def slots(self) -> Index:
        """The slots in use, in order."""
        return np.flatnonzero(self._alive[: len(self.profiles)]).astype(np.intp)

    def add(self, profile: Profile) -> None:
        """Put a profile in; one with the same key is replaced."""
        self.remove(profile.key)
        slot = len(self.profiles)
        if slot == len(self._rows):
            grown = np.zeros(max(16, slot * 2), dtype=ROW)
            grown[:slot] = self._rows
            self._rows = grown
            gates = np.zeros(len(grown), dtype=GATES)
            gates[:slot] = self._gates
            self._gates = gates
            self._alive = np.concatenate([self._alive, np.zeros(len(grown) - slot, dtype=bool)])
        self._rows[slot] = to_rows([profile], self.providers)[0]
        self._gates[slot] = to_gates(self._rows[slot : slot + 1])[0]
        self._alive[slot] = True
        self._slot[profile.key] = slot
        self.profiles.append(profile)
        self._post(slot, self._rows[slot])
        self.content.append(content_text(profile))
        self.rare.append(content_text(profile))
        self.focus.append(focus_text(profile))
        self.outcomes.append(outcomes_text(profile))

    def remove(self, key: str) -> None:
        """Take a profile out. A key that is not there is no error."""
        slot = self._slot.pop(key, None)
        if slot is None:
            return
        self._alive[slot] = False

    def near(self, profile: Profile, row: Rows, least: float, rules: MatchingRules) -> Index:
        """The slots in use that pass the gates and share a subject or a likeness of name with a profile, in order.

        The profile itself is left out, whether it is in the store or not.
        """
        # Who has left is still there: everybody is asked whether they are alive.
        sharing = [self._by_subject[int(one)].all for one in row["subjects"][0] if int(one) in self._by_subject]
        found = self._meeting(profile, row, np.concatenate([np.empty(0, np.intp), *sharing]), rules)
        text = content_text(profile)
        if text:
            alike = self._meeting(profile, row, self.rare.alike(text, least), rules)
            alike = alike[~np.isin(alike, found)]
            alike = alike[self.rare.cosines_to(text, alike) >= least]
            found = np.concatenate([found, alike])
        return np.unique(found)

    def _meeting(self, profile: Profile, row: Rows, slots: Index, rules: MatchingRules) -> Index:
        slots = slots[self._alive[slots]]
        slots = slots[may_meet(row, self._gates[slots], rules)]
        others: Index = slots[slots != self._slot.get(profile.key, -1)]
        return others

    def likeness(self, a: Index, b: Index) -> Likeness:
        """How alike the texts of many pairs of slots are."""
        rows = self.rows

        def where(table: TextTable, has: str) -> Floats:
            both = rows[has][a] & rows[has][b]
            result = np.zeros(len(a))
            result[both] = table.cosines(a[both], b[both])
            return result

        return Likeness(
            self.content.cosines(a, b), where(self.focus, "has_focus"), where(self.outcomes, "has_outcomes")
        )

    def likeness_to(self, profile: Profile, slots: Index) -> Likeness:
        """How alike one profile's texts and those of many slots are."""
        return Likeness(
            self.content.cosines_to(content_text(profile), slots),
            self.focus.cosines_to(focus_text(profile), slots),
            self.outcomes.cosines_to(outcomes_text(profile), slots),
        )

    def _post(self, slot: int, row: Rows) -> None:
        for subject in row["subjects"]:
            if subject >= 0:
                self._by_subject[int(subject)].add(slot)


def _by_subject(rows: Rows) -> Iterator[tuple[int, Growing]]:
    place, slot = np.nonzero(rows["subjects"] >= 0)
    subjects, members = grouped(place, rows["subjects"][place, slot])
    yield from zip(subjects.tolist(), map(Growing, members), strict=True)


def content_text(profile: Profile) -> str:
    """The name without schemes, numbers and form, in the subject's own words: what candidates are found by."""
    return " ".join(profile.standard)


def focus_text(profile: Profile) -> str:
    """What the name says beyond its subject."""
    return " ".join(profile.focus)


def outcomes_text(profile: Profile) -> str:
    """What the learning outcomes say beyond the usual words of such lists."""
    return told_outcomes(profile.outcomes)
