"""Editions side by side: what an earlier one printed is known when the next one is cut."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.privacy.minimum_count import SMALLEST_SHOWN
from geo.privacy.ranges import Earlier, _Choice, _is_boxed_in, cut_points
from tests.range_attack import narrow_counts

AREAS, KINDS = 5, 4
REST = KINDS - 1


def _earlier(*editions: np.ndarray, years: int) -> Earlier:
    """Cuts of editions that ended with a whole year, on the axis of so many years."""
    cuts = np.zeros((*editions[0].shape[:2], years + 1), dtype=bool)
    for edition in editions:
        cuts[..., : edition.shape[2]] |= edition
    return Earlier(cuts, np.ones(years + 1, dtype=bool), np.full(len(cuts), years))


def _three_editions(counts: np.ndarray, *, is_known: bool) -> list[np.ndarray]:
    """Cuts of editions that end with year 7, 8 and 9; the last category is what is not recorded."""
    made: list[np.ndarray] = []
    for years in (7, 8, 9):
        earlier = _earlier(*made, years=years) if made and is_known else None
        made.append(cut_points(counts[:, :years], zero_shown=[REST], earlier=earlier))
    return made


def _pieces(counts: np.ndarray, editions: list[np.ndarray]) -> list[tuple[int, int]]:
    """Category and count of every piece between two ends that any of the editions printed."""
    together = _earlier(*editions, years=counts.shape[1]).cuts
    pieces = []
    for area, kind in np.ndindex(*together.shape[:2]):
        parts = np.split(counts[area, :, kind], np.flatnonzero(together[area, kind]))
        pieces += [(kind, int(part.sum())) for part in parts[1:-1]]
    return pieces


def _invented(seed: int) -> np.ndarray:
    """Areas of very unlike sizes and the country, nine years, four categories."""
    random = np.random.default_rng(seed)
    sizes = random.gamma(0.7, 18, (AREAS, 1, 1)) * random.dirichlet([2, 3, 4, 1])
    counts = random.poisson(np.repeat(sizes, 9, axis=1))
    return np.concatenate([counts, counts.sum(axis=0, keepdims=True)])


def test_editions_that_know_nothing_of_each_other_give_counts_away():
    """By hand: two editions cut without each other differ by a count of 3."""
    counts = np.zeros((3, 8, 2), dtype=int)
    counts[:2] = np.array([9, 9, 9, 9, 9, 9, 9, 3])[:, None]
    counts[2] = counts[:2].sum(axis=0)
    before, fresh = cut_points(counts[:, :7]), cut_points(counts)
    assert before[0, 0].tolist() == [True] * 8
    assert fresh[0, 0].tolist() == [*[True] * 7, False, True]
    knowing = cut_points(counts, earlier=_earlier(before, years=8))
    assert knowing[0, 0].tolist() == [*[True] * 8, False]


@given(st.integers(0, 10_000))
@settings(max_examples=60)
def test_side_by_side_three_editions_give_no_small_count(seed):
    """Every piece of all cuts together has enough, and what was printed once is printed again."""
    counts = _invented(seed)
    editions = _three_editions(counts, is_known=True)
    for kind, count in _pieces(counts, editions):
        assert count >= SMALLEST_SHOWN or (kind == REST and count == 0)
    for before, after in pairwise(editions):
        assert not (before & ~after[..., : before.shape[2]]).any()


def test_the_attack_on_three_editions():
    """Linear programmes over three editions find no small count, unless each is cut alone."""
    narrowed = {True: 0, False: 0}
    for seed in range(6):
        counts = _invented(seed)
        for is_known in narrowed:
            together = _earlier(*_three_editions(counts, is_known=is_known), years=9).cuts
            published = [([kind], together[:, kind]) for kind in range(KINDS)]
            narrowed[is_known] += len(narrow_counts(counts[:-1], published, rest=[REST], width=1))
    assert narrowed[True] == 0
    assert narrowed[False] > 0


def test_an_edition_that_ended_within_a_year():
    """A whole year after nine months is shown only if the difference is large enough."""
    for rest, is_shown in ((3, False), (6, True)):
        counts = np.full((3, 4, 2), 5)
        counts[:, 3] = rest
        offered = np.array([True, True, True, False, True])
        known = np.zeros((3, 2, 5), dtype=bool)
        known[..., [0, 3]] = True
        cuts = cut_points(counts, earlier=Earlier(known, offered, np.full(3, 4)))
        assert (cuts[..., 0] & cuts[..., 4] == is_shown).all()
        assert cuts[..., 3].all(), "it is known, whatever is shown"
        assert (cuts[..., 0] & cuts[..., 1]).all() == is_shown


@pytest.mark.parametrize("is_revised", [False, True])
def test_a_printed_count_that_the_publisher_changed(is_revised):
    """It was 9 and is 2: its cuts are known, and are not given any more."""
    counts = np.full((3, 3, 2), 9)
    counts[0, 1] = 2
    known = np.ones((3, 2, 4), dtype=bool)
    until = np.where(is_revised, [1, 3, 1], 3)
    cuts = cut_points(counts, earlier=Earlier(known, np.ones(4, dtype=bool), until))
    shown = (cuts[0, :, 1] & cuts[0, :, 2]).any()
    assert shown != is_revised
    assert cuts[1].all()


@pytest.mark.parametrize(("beside", "is_told"), [(1, True), (2, False)])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_hidden_count_has_room_for_five_values(beside, is_told, is_first):
    """A hidden count has room for five values, or it is taken for given away.

    By hand: in one year two categories are 2 and 1 of three victims, so the first is 0 to 3, four
    values; with 2 and 2 it is 0 to 4. The last year is looked at as the first is.
    """
    years = np.array([[2, beside, 10], [6, 10, 10]])
    sums = np.vstack([np.zeros(3, int), (years if is_first else years[::-1]).cumsum(axis=0)])
    cuts = np.array([[True, False, True], [True, False, True], [True, True, True]])
    first = 0 if is_first else 1
    assert _is_boxed_in(cuts, sums, 0, first, first + 1) == is_told
    of = _Choice(
        np.stack([cuts, cuts]),
        np.zeros((2, 3, 3), dtype=bool),
        np.stack([sums, sums]),
        [0, 2],
        np.arange(3),
        np.ones(3, dtype=bool),
    )
    of.open_boxes()
    assert of.cuts[0, 0].any() != is_told
