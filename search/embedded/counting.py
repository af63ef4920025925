"""Filters, facet counts and paging over rows, all by group."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import cos, radians

import numpy as np
from numpy.typing import NDArray

from search.embedded.columns import Columns, Mask, Places, at, those
from search.protocol import Near, SearchQuery

_EARTH_KM = 6371.0088  #: mean radius (IUGG)
_CELLS_A_PAIR = 64  #: up to here ticking cells of a table is quicker than sorting the pairs
_KM_PER_DEGREE = 110.0  #: of latitude, rounded down so that no document within reach is left out beforehand


@dataclass(frozen=True, slots=True)
class Filtered:
    """Which of the candidate rows pass every filter, and which pass all but a facet's own."""

    rows: Places
    passes: Mask
    all_but: Mapping[str, Mask]


def apply_filters(columns: Columns, candidates: Places, query: SearchQuery) -> Filtered:
    rows = _in_ranges(columns, candidates, query)
    if query.near is not None:
        rows = those(rows, _within(columns, rows, query.near))
    fails = np.zeros(len(rows), np.uint8)
    own: dict[str, Mask] = {}
    for facet, values in query.filters.items():
        if values:
            own[facet] = ~at(columns.mask(facet, tuple(values)), rows)
            fails += own[facet]
    passes = fails == 0
    all_but = {facet: passes | (own[facet] & (fails == 1)) for facet in query.facets if facet in own}
    return Filtered(rows, passes, all_but)


def _in_ranges(columns: Columns, rows: Places, query: SearchQuery) -> Places:
    for name, (low, high) in query.ranges.items():
        if low is None and high is None:
            continue
        values = at(columns.numbers[name].values, rows)
        within = ~np.isnan(values)
        if low is not None:
            within &= values >= low
        if high is not None:
            within &= values <= high
        rows = those(rows, within)
    return rows


def _within(columns: Columns, rows: Places, near: Near) -> Mask:
    """By great-circle distance (haversine formula); rows that reach everywhere are always within."""
    within: Mask = columns.mask("reach_everywhere", ("1",))[rows]  # not ``at``: it is written to
    latitude = at(columns.latitude.values, rows)
    close = np.flatnonzero(np.abs(latitude - near.latitude) <= near.km / _KM_PER_DEGREE)
    within[close] |= _kilometres(columns, rows[close], near) <= near.km
    return within


def _kilometres(columns: Columns, rows: Places, near: Near) -> NDArray[np.float64]:
    """Not a number for rows without a position."""
    phi = np.radians(at(columns.latitude.values, rows))
    half_phi = (phi - radians(near.latitude)) / 2
    half_lambda = np.radians(at(columns.longitude.values, rows) - near.longitude) / 2
    chord = np.sin(half_phi) ** 2 + cos(radians(near.latitude)) * np.cos(phi) * np.sin(half_lambda) ** 2
    kilometres: NDArray[np.float64] = 2 * _EARTH_KM * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
    return kilometres


class Subset:
    """The groups of some rows (alive, rising), told apart once for all facets."""

    def __init__(self, columns: Columns, rows: Places) -> None:
        self._columns = columns
        self._rows = rows

    @cached_property
    def _row_groups(self) -> Places:
        return at(self._columns.group.values, self._rows).astype(np.intp)

    @cached_property
    def _one_row_each(self) -> Places:
        last = np.empty(len(self._columns.groups), np.intp)
        last[self._row_groups] = self._rows
        return those(self._rows, last.take(self._row_groups) == self._rows)

    @property
    def total(self) -> int:
        return len(self._one_row_each)

    def count(self, facet: str) -> dict[str, int]:
        """Number of groups by value, commonest first, then by value. Of everything it is remembered until something changes."""
        if len(self._rows) < self._columns.living:
            return self._counted(facet)
        if facet not in self._columns.whole:
            self._columns.whole[facet] = self._counted(facet)
        return dict(self._columns.whole[facet])

    def _counted(self, facet: str) -> dict[str, int]:
        """Most groups carry the same values in every row: one row speaks for each of them. Only for the
        others are the pairs of group and value compared.
        """
        column = self._columns.facets[facet]
        varies = column.varies.values
        if not varies.any():
            counts = column.by_value(column.by_set(self._one_row_each))
        else:
            mixed_groups = varies.take(self._columns.group.values.take(self._one_row_each))
            counts = column.by_value(column.by_set(those(self._one_row_each, ~mixed_groups)))
            mixed = np.flatnonzero(varies.take(self._row_groups))
            rows, groups = self._rows.take(mixed), self._row_groups.take(mixed)
            if column.single:
                sets = column.sets.values.take(rows)
                counts += column.by_value(_distinct(groups, sets, len(self._columns.groups), column.most_sets))
            else:
                codes, lengths = column.entries(rows)
                groups = np.repeat(groups, lengths)
                counts += _distinct(groups, codes, len(self._columns.groups), len(column.names))
        used = np.flatnonzero(counts)
        found = zip((-counts[used]).tolist(), (column.names[code] for code in used.tolist()), strict=True)
        return {name: -count for count, name in sorted(found)}


def _distinct(groups: Places, codes: NDArray[np.int32], most_groups: int, most_codes: int) -> NDArray[np.int64]:
    """For each code the number of different groups that it stands with."""
    if most_groups * most_codes <= _CELLS_A_PAIR * len(codes):
        cells = np.zeros(most_groups * most_codes, np.bool_)
        cells[codes.astype(np.int64) * most_groups + groups] = True
        return np.array([np.count_nonzero(row) for row in cells.reshape(most_codes, most_groups)], np.int64)
    pairs = np.sort(groups.astype(np.int64) * most_codes + codes)
    first = np.ones(len(pairs), np.bool_)
    first[1:] = pairs[1:] != pairs[:-1]
    return np.bincount(pairs[first] % most_codes, minlength=most_codes)


def page_of_groups(
    columns: Columns, rows: Places, rank: NDArray[np.float64] | None, query: SearchQuery
) -> list[Places]:
    """The groups of the page asked for, best first: for each its matching rows, best first.

    ``rank`` goes with ``rows``, higher is better; equals keep the order in which they were written.
    """
    wanted = query.page * query.per_page
    keys = _sort_keys(columns, rows, rank, query.sort)
    if query.nearest and query.near is not None:
        keys = _by_distance(_kilometres(columns, rows, query.near), keys)
    leaders = _leaders(columns, rows, keys, wanted)[wanted - query.per_page :]
    on_page = np.zeros(len(columns.groups), np.bool_)
    on_page[columns.group.values[leaders]] = True
    mine = np.flatnonzero(on_page.take(at(columns.group.values, rows)))
    if keys is not None:
        mine = mine[np.lexsort((rows[mine], -keys[mine]))]
    members: dict[int, list[int]] = {int(group): [] for group in columns.group.values[leaders]}
    for row in rows[mine].tolist():
        members[int(columns.group.values[row])].append(row)
    return [np.array(found, np.intp) for found in members.values()]


def _sort_keys(
    columns: Columns, rows: Places, rank: NDArray[np.float64] | None, sort: tuple[str, bool] | None
) -> NDArray[np.float64] | None:
    """Higher comes first; None when the order of writing is all there is."""
    if sort is None:
        return rank
    name, descending = sort
    values = at(columns.numbers[name].values, rows)
    keys: NDArray[np.float64] = np.nan_to_num(values if descending else -values, nan=-np.inf)
    return keys


def _by_distance(kilometres: NDArray[np.float64], keys: NDArray[np.float64] | None) -> NDArray[np.float64]:
    """Higher is nearer, and as near in the order of ``keys``; what lies nowhere comes last."""
    steps = np.unique(np.nan_to_num(kilometres, nan=np.inf), return_inverse=True)[1].astype(np.float64)
    if keys is None:
        return -steps
    return np.unique(keys, return_inverse=True)[1] - steps * (len(keys) + 1)


def _leaders(columns: Columns, rows: Places, keys: NDArray[np.float64] | None, groups: int) -> Places:
    """The best row of each of so many groups, or of all if they are fewer; best first."""
    taken = 4 * groups + 64
    while True:
        if taken >= len(rows):
            some = np.arange(len(rows))
        elif keys is None:
            some = np.arange(taken)
        else:
            # Everything as good as the last one taken comes along, or rows that are equal would be cut by chance.
            limit = np.partition(keys, len(keys) - taken)[len(keys) - taken]
            some = np.flatnonzero(keys >= limit)
        ordered = rows[some] if keys is None else rows[some[np.lexsort((rows[some], -keys[some]))]]
        leaders = ordered[_firsts(columns.group.values.take(ordered), len(columns.groups))]
        if taken >= len(rows) or len(leaders) >= groups:
            return leaders[:groups]
        taken *= 4


def _firsts(groups: NDArray[np.int32], most_groups: int) -> Places:
    """Where each group stands for the first time."""
    places = np.arange(len(groups))
    first = np.empty(most_groups, np.intp)
    first[groups[::-1]] = places[::-1]  # the last to be written is the first to stand there
    return np.flatnonzero(first[groups] == places)
