"""Counts of people for any range of years: which may be shown, decided once for all ranges.

A count below 5 is hidden, zero included. Hidden one range at a time it would come back by
subtraction (2017 to 2024 from 2017 to 2025). So it is decided at which ends of years a category of
an area may be cut, and a range is shown where both its ends are cuts: whoever subtracts shown
ranges gets the counts between two cuts and nothing finer.

The victims of an area (the base of its shares) and those of whom a group says nothing ("not
recorded") are categories too. Nobody is known by these, so that they are none is shown; 1 to 4 are
hidden. A category is never cut finer than its base.

Cuts lie at three depths: the whole span; blocks of three years, where every block of the category
reaches 5; single years of a block, where every year of it does. Then counts are taken back until
nothing is left alone: in every range and area at least two categories are hidden, with 5 victims
between them (or all categories are); of every category that the country shows at least two areas
hide theirs, with 5 between them (or none does); and no hidden count is told by a shown range around
it whose other years, or by the country whose other areas, have too few victims.

What that leaves open is measured with linear programmes over all ranges, areas and the country
(tests/atlas/results/test_profile.py): every hidden count below 5 stays possible over at least five
values, as many as "below 5" itself allows, or over all values up to the area's total.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import combinations, pairwise

import numpy as np

from geo.privacy.minimum_count import SMALLEST_SHOWN

BLOCK_YEARS = 3


@dataclass(frozen=True, slots=True)
class Earlier:
    """Counts of earlier editions, on an axis of the year ends of all editions.

    An edition that ended within a year has an end there that the newest one does not offer: the
    counts of such an axis are of the pieces of time between two ends.
    """

    cuts: np.ndarray
    """bool (areas + 1, categories, ends): a printed range of the category begins or ends there."""
    offered: np.ndarray
    """bool (ends,): an end of a year of this edition, the first and the last among them."""
    given_until: np.ndarray
    """int (areas + 1,): the position after which the publisher has changed a printed count of the
    area. Later cuts are known and no longer given: they stand where the new counts have enough."""

    def of(self, kinds: Sequence[int] | slice) -> Earlier:
        """The same of some categories."""
        return replace(self, cuts=self.cuts[:, kinds])

    @property
    def given(self) -> np.ndarray:
        """Cuts that stay whatever else is hidden."""
        ends = np.arange(self.cuts.shape[2])
        return self.cuts & (ends <= self.given_until[:, None, None])


def cut_points(
    counts: np.ndarray,
    *,
    within: np.ndarray | None = None,
    zero_shown: Sequence[int] = (),
    earlier: Earlier | None = None,
) -> np.ndarray:
    """Return between which years the counts of each area and category may be separated.

    Parameters
    ----------
    counts : int array, shape (areas + 1, years, categories)
        Exact counts of one group, e.g. purposes; the areas are disjoint, and the last one is the
        country. A year in which the country has none was not recorded: everybody knows it is zero.
    within : bool array, shape (areas + 1, years + 1), optional
        Cuts of a coarser category that these are the parts of: they are never cut finer, nor
        beyond its first and its last one.
    zero_shown : ints
        Categories of which zero may be shown: the base, and what was not recorded. They make no
        year a recorded one, where there are others.
    earlier : Earlier, optional
        What is known already; "years" are then the pieces of its axis.

    Returns
    -------
    bool array, shape (areas + 1, categories, years + 1)
        The count of years i to j - 1 may be shown where both i and j are True, and known where
        either is an end that only earlier editions offered.

    Examples
    --------
    >>> counts = np.array([[[9, 1], [9, 1], [9, 3]], [[9, 9], [9, 0], [9, 9]]])
    >>> cut_points(np.concatenate([counts, counts.sum(axis=0)[None]]))[0].astype(int).tolist()
    [[1, 0, 0, 1], [1, 0, 0, 1]]
    """
    is_zero_shown = np.isin(np.arange(counts.shape[2]), zero_shown)
    if earlier is None:
        earlier = _nothing_earlier(counts)
    of_years = is_zero_shown if is_zero_shown.all() else ~is_zero_shown
    recorded = counts[-1][:, of_years].sum(axis=1) > 0
    if not recorded.any():
        return np.zeros((len(counts), counts.shape[2], len(recorded) + 1), dtype=bool)
    # positions of the ends of years when only the recorded ones are counted
    place = np.concatenate([[0], np.cumsum(recorded)])
    if within is not None:
        counts = counts.copy()
        for year in np.flatnonzero(~recorded[:-1]):  # one that no range separates from the next
            joined = np.ix_(~within[:, year + 1], is_zero_shown)
            counts[:, year + 1][joined] += counts[:, year][joined]
    counts = counts[:, recorded]
    areas, years, kinds = counts.shape
    first_years = np.flatnonzero(earlier.offered[:-1])[::BLOCK_YEARS]
    edges = sorted({int(place[year]) for year in first_years} | {years})
    sums = np.concatenate([np.zeros((areas, 1, kinds), int), counts.cumsum(axis=1)], axis=1)

    def at_places(ends: np.ndarray) -> np.ndarray:
        return np.stack([ends[..., place == to].any(axis=-1) for to in range(years + 1)], axis=-1)

    coarser = np.ones((areas, years + 1), dtype=bool) if within is None else at_places(within)
    known, given = at_places(earlier.cuts), at_places(earlier.given) & coarser[:, None]
    offered = at_places(earlier.offered)
    cuts = given.copy()
    for area in np.flatnonzero((coarser & offered).sum(axis=1) > 1):
        begin, end = np.flatnonzero(coarser[area] & offered)[[0, -1]]
        own = sorted({int(np.clip(edge, begin, end) - begin) for edge in edges})
        span = slice(begin, end + 1)
        for kind in range(kinds):
            cuts[area, kind, span] = _deepest(
                sums[area, span, kind],
                own,
                is_zero_shown[kind],
                (known[area, kind, span], given[area, kind, span], offered[span]),
            )
    cuts &= coarser[:, None, :]
    # what hides alone gets company first: only then is there something to measure
    of = _Choice(cuts, given, sums, edges, np.flatnonzero(offered), is_zero_shown)
    while of.take_back() or (kinds > 1 and of.open_boxes()):
        pass
    cuts = cuts[:, :, place]
    return cuts if within is None else cuts & within[:, None, :]


def _nothing_earlier(counts: np.ndarray) -> Earlier:
    areas, years, *kinds = counts.shape
    none = np.zeros((areas, *kinds, years + 1), dtype=bool)
    return Earlier(none, np.ones(years + 1, dtype=bool), np.full(areas, years))


def cut_table(
    counts: np.ndarray, rows: np.ndarray, columns: np.ndarray, *, earlier: Earlier | None = None
) -> np.ndarray:
    """Return between which years a table of two margins may be cut, for both columns alike.

    Whoever knows a hidden cell's row t, the sum of each column over the hidden rows and so the rest
    of these rows T - t, knows the cell within min(t, column sums, T - t) (Fréchet bounds of a table
    of two columns). Where that is less than five values, or less than t, rows are hidden until it
    is not.

    Parameters
    ----------
    counts : int array, shape (areas + 1, years, rows, 2)
        Exact counts, e.g. age bands by sex; the last area is the country.
    rows : bool array, shape (areas + 1, rows, years + 1)
        Cuts of the sums of each row (:func:`cut_points`); the table is never cut finer.
    columns : bool array, shape (areas + 1, years + 1)
        Where both columns' sums are cut; the same.
    earlier : Earlier, optional
        What is known already of the rows: printed in both columns alike.

    Returns
    -------
    bool array, shape (areas + 1, rows, years + 1)
    """
    if earlier is None:
        earlier = _nothing_earlier(counts[..., 0])
    cuts = rows & columns[:, None, :]
    given, ends = earlier.given & cuts, np.flatnonzero(earlier.offered).tolist()
    sums = np.concatenate([np.zeros_like(counts[:, :1]), counts.cumsum(axis=1)], axis=1)
    while True:
        before = cuts.copy()
        for row in range(counts.shape[2]):
            of_row = earlier.of([row, row])
            both = cut_points(counts[:, :, row], within=cuts[:, row], earlier=of_row)
            cuts[:, row] = both.all(axis=1)
        for first, last in combinations(ends, 2):
            shown = is_shown(cuts, first, last)
            for area in np.flatnonzero(shown.any(axis=1)):
                cells = sums[area, last] - sums[area, first]
                hidden = cells[~shown[area]]
                by_row, by_column = hidden.sum(axis=1), hidden.sum(axis=0)
                width = np.minimum(by_row.sum() - by_row, by_column.min())
                free = shown[area] & ~is_shown(given[area], first, last)
                if free.any() and (width < np.minimum(by_row, SMALLEST_SHOWN - 1)).any():
                    least = np.where(free, cells.min(axis=1), np.iinfo(int).max).argmin()
                    is_whole = not (cuts & ~given)[area, least, 1:-1].any()
                    taken = slice(None) if is_whole else slice(1, -1)
                    cuts[area, least, taken] = given[area, least, taken]
        if (cuts == before).all():
            return cuts


def is_shown(cuts: np.ndarray, first: int, last: int) -> np.ndarray:
    """Return which categories of which areas may be shown for years first to last - 1."""
    return cuts[..., first] & cuts[..., last]


def _is_known(
    cuts: np.ndarray, first: int, last: int, counts: np.ndarray, is_zero_shown: np.ndarray
) -> np.ndarray:
    """Which counts a reader knows: they are shown, or they are zero and zeros are shown."""
    return is_shown(cuts, first, last) | ((counts == 0) & is_zero_shown)


def _deepest(
    sums: np.ndarray,
    edges: list[int],
    is_zero_shown: bool,
    earlier: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> np.ndarray:
    """The finest cuts at which every piece has enough, for one area and category."""
    known, given, offered = earlier
    cuts = given.copy()

    def enough(*ends: int) -> bool:
        together = sorted({*ends, *np.flatnonzero(known).tolist()})
        pieces = {(i, j) for i, j in pairwise(together) if not (known[i] and known[j])}
        counts = np.array([sums[j] - sums[i] for i, j in pieces.union(pairwise(ends))])
        return bool(((counts >= SMALLEST_SHOWN) | ((counts == 0) & is_zero_shown)).all())

    if enough(edges[0], edges[-1]):
        cuts[[edges[0], edges[-1]]] = True
        if enough(*edges):
            cuts[edges] = True
            for begin, end in pairwise(edges):
                block = [year for year in range(begin, end + 1) if offered[year]]
                cuts[block] |= enough(*block)
    if is_zero_shown:  # single years too, where the others beside them have enough
        for begin, end in pairwise(np.flatnonzero(cuts).tolist()):
            last = begin
            for year in range(begin + 1, end):
                if offered[year] and enough(last, year, end):
                    cuts[year], last = True, year
    return cuts


@dataclass(slots=True)
class _Choice:
    """Removes cuts until no hidden count follows from the shown ones."""

    cuts: np.ndarray
    given: np.ndarray
    """cuts that are known whatever is hidden"""
    sums: np.ndarray
    edges: list[int]
    offered: np.ndarray
    """positions that a range of this edition begins or ends at"""
    is_zero_shown: np.ndarray

    def coarsen(self, area: int, kind: int, first: int, last: int) -> bool:
        """Take cuts back, as few as hide years first to last - 1; False where nothing could be."""
        cuts, given = self.cuts[area, kind], self.given[area, kind]
        before = cuts.copy()
        if (first, last) != (0, len(cuts) - 1):
            inside = slice(1, -1)
            for begin, end in pairwise(self.edges):
                # a range that ends inside a block is hidden by not cutting that block
                if begin < first < end or begin < last < end:
                    inside = slice(begin + 1, end)
                    break
            cuts[inside] = given[inside]
        if cuts[first] and cuts[last]:
            cuts[:] = given
        return bool((cuts != before).any())

    def take_back(self) -> bool:
        """Hide what would give away a hidden count; True where anything was hidden."""
        changed, country = False, len(self.cuts) - 1
        for first, last in combinations(self.offered.tolist(), 2):
            count = self.sums[:, last] - self.sums[:, first]
            known = partial(_is_known, first=first, last=last, is_zero_shown=self.is_zero_shown)
            is_fixed = is_shown(self.given, first, last)
            for area in np.flatnonzero(_are_alone(known(self.cuts, counts=count), count)).tolist():
                of = count[area], is_fixed[area]
                while (kind := _worst(known(self.cuts[area], counts=count[area]), *of)) is not None:
                    changed |= self.coarsen(area, kind, first, last)
            visible = known(self.cuts, counts=count)
            are_alone = _are_alone(visible[:-1].T, count[:-1].T) & visible[-1]
            for kind in np.flatnonzero(are_alone).tolist():
                of = count[:-1, kind], is_fixed[:-1, kind]
                zero = self.is_zero_shown[kind]
                own = self.cuts[:country, kind]
                while (area := _worst(_is_known(own, first, last, of[0], zero), *of)) is not None:
                    changed |= self.coarsen(area, kind, first, last)
        return changed

    def open_boxes(self) -> bool:
        """Hide the first shown range of each area that reveals a small count; True if any."""
        changed = False
        firsts, lasts = np.array(list(combinations(self.offered.tolist(), 2))).T
        for area, (own, total) in enumerate(zip(self.cuts[:-1], self.sums[:-1], strict=True)):
            count = total[lasts] - total[firsts]
            ends = np.where(own, np.arange(own.shape[1]), -1).max(axis=1)
            small = (count < SMALLEST_SHOWN) & ~(own[:, firsts] & own[:, lasts]).T & own[:, 0]
            small &= ((count > 0) | ~self.is_zero_shown) & (lasts[:, None] <= ends)
            for span, kind in np.argwhere(small):
                first, last = int(firsts[span]), int(lasts[span])
                if _is_boxed_in(own, total, kind, first, last) and self.coarsen(
                    area, int(kind), *_around(own[kind], first, last)
                ):
                    changed = True
                    break
        return changed or self._open_country()

    def _open_country(self) -> bool:
        """Hide the country's counts that reveal a small count of an area."""
        changed = False
        for first, last in combinations(self.offered.tolist(), 2):
            counts = self.sums[:, last] - self.sums[:, first]
            visible = _is_known(self.cuts, first, last, counts, self.is_zero_shown)
            count = counts[:-1]
            room = np.where(visible[:-1], 0, count).sum(axis=1)
            for kind in np.flatnonzero(visible[-1]):
                hidden = ~visible[:-1, kind]
                rest, places = count[hidden, kind].sum(), room[hidden]
                width = np.minimum(places, rest) - np.maximum(0, rest - (places.sum() - places))
                needed = np.minimum(SMALLEST_SHOWN - 1, count[hidden].sum(axis=1))
                if ((width < needed) & (count[hidden, kind] < SMALLEST_SHOWN)).any():
                    changed |= self.coarsen(-1, int(kind), first, last)
        return changed


def _are_alone(visible: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return rows with too few hidden counts beside shown ones to hide each other."""
    hidden = ~visible
    enough = (hidden.sum(axis=1) >= 2) & (np.where(hidden, counts, 0).sum(axis=1) >= SMALLEST_SHOWN)
    return hidden.any(axis=1) & (visible & (counts > 0)).any(axis=1) & ~enough


def _worst(visible: np.ndarray, counts: np.ndarray, is_fixed: np.ndarray) -> int | None:
    """Return the position of the smallest shown count to change in a row that gives counts away.

    In such a row the hidden counts follow from the shown ones (see `_are_alone`). Return None for
    any other row, and if each shown count is fixed.
    """
    positions = np.flatnonzero(visible & (counts > 0) & ~is_fixed)
    if not len(positions) or not _are_alone(visible[None], counts[None])[0]:
        return None
    return int(positions[np.argmin(counts[positions])])


def _is_boxed_in(cuts: np.ndarray, sums: np.ndarray, kind: int, first: int, last: int) -> bool:
    """Return whether an area's sums reveal a hidden small count of a range.

    The count of the shown range around it is known, and the years of that range outside the hidden
    one have room for no more than the victims whose category is hidden there.
    """
    begin, end = _around(cuts[kind], first, last)
    whole = sums[end, kind] - sums[begin, kind]
    outside = _room(cuts, sums, begin, first) + _room(cuts, sums, last, end)
    width = min(whole, _room(cuts, sums, first, last)) - max(0, whole - outside)
    return bool(width < min(SMALLEST_SHOWN - 1, (sums[last] - sums[first]).sum()))


def _room(cuts: np.ndarray, sums: np.ndarray, first: int, last: int) -> int:
    """Victims of these years whose category is hidden."""
    return int((sums[last] - sums[first])[~is_shown(cuts, first, last)].sum())


def _around(cuts: np.ndarray, first: int, last: int) -> tuple[int, int]:
    """The smallest shown range that holds these years, of a category that is shown at all."""
    ends = np.flatnonzero(cuts)
    return int(ends[ends <= first].max()), int(ends[ends >= last].min())
