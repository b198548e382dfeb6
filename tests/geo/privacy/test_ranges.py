"""Which counts may be shown for any range of years: by hand, by properties, by attack."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geo.privacy.ranges import SMALLEST_SHOWN, cut_points, is_shown
from tests import range_attack

TABLES = arrays(np.int64, (4, 5, 3), elements=st.integers(0, 25), fill=st.integers(0, 6))


def _ranges(years: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(years) for j in range(i + 1, years + 1)]


def test_depths_by_hand():
    """Single years where all of a block have 5, whole blocks where all have, else all years."""
    for counts, cuts in (
        ([9] * 7, [1] * 8),
        ([5, 3, 4, 5, 3, 4, 5], [1, 0, 0, 1, 0, 0, 1, 1]),
        ([9, 9, 9, 9, 4, 9, 5], [1, 1, 1, 1, 0, 0, 1, 1]),
        ([5, 2, 2, 2, 0, 2, 2], [1, 0, 0, 0, 0, 0, 0, 1]),
        ([1, 0, 0, 0, 0, 0, 3], [0] * 8),
    ):
        column = np.array(counts)
        table = np.stack([column, column], axis=1)
        assert cut_points(np.stack([table, table]))[0].astype(int).tolist() == [cuts, cuts]


def test_a_lone_hidden_count_takes_others_with_it():
    """Three of 30 are hidden with the next smallest, there and in a second area."""
    cuts = cut_points(np.array([[[20, 7, 3]], [[20, 9, 8]], [[20, 9, 9]]]))
    hidden = ~is_shown(cuts, 0, 1)
    assert hidden[0].tolist() == [False, True, True]
    assert (hidden.sum(axis=1) != 1).all()
    assert (hidden[:-1].sum(axis=0) != 1).all()


def test_a_range_around_a_small_count_does_not_tell_it():
    """Five in two years, of which the second has two victims: three to five in the first."""
    counts = np.array([[[3, 30], [2, 0]], [[40, 40], [40, 40]], [[9, 9], [9, 9]]])
    cuts = cut_points(counts)
    assert not cuts[0].any()
    assert not range_attack.narrow_counts(counts, [([kind], cuts[:, kind]) for kind in range(2)])


def test_a_year_that_was_not_recorded_hides_nothing():
    """Everybody knows that it is zero: the years around it can be told apart from it."""
    table = np.array([[[0, 0], [9, 9], [9, 9]], [[0, 0], [9, 9], [9, 9]]])
    assert cut_points(table).all()


def test_parts_are_cut_no_finer_than_their_whole():
    """The parts of an age below 18 would add up to what is hidden."""
    parts = np.full((2, 6, 3), 9)
    within = np.zeros((3, 7), dtype=bool)
    within[:, [0, 6]] = True
    assert (cut_points(parts, within=within) == within[:, None, :]).all()


@given(TABLES)
@settings(max_examples=60, deadline=None)
def test_nothing_shown_is_small_nor_is_a_difference(counts):
    """Shown ranges and what lies between two of them; hidden counts are never alone."""
    cuts = cut_points(counts)
    counts = np.concatenate([counts, counts.sum(axis=0, keepdims=True)])
    recorded = counts[-1].sum(axis=1) > 0
    for i, j in _ranges(counts.shape[1]):
        if not recorded[i:j].any():
            continue
        shown, sums = is_shown(cuts, i, j), counts[:, i:j].sum(axis=1)
        # a year that nobody recorded may stand between two cuts
        assert (sums[shown] >= SMALLEST_SHOWN).all()
        for mine, here in [*zip(shown, sums, strict=True)]:
            assert mine.all() or not mine.any() or (~mine).sum() >= 2
            assert mine.all() or here[~mine].sum() >= SMALLEST_SHOWN or not mine.any()


def test_no_hidden_count_of_random_tables_can_be_computed():
    """Areas of very unlike sizes: linear programmes over everything shown leave two values."""
    random = np.random.default_rng(5)
    for _ in range(12):
        sizes = random.gamma(0.7, 18, (6, 1, 1)) * random.dirichlet([1, 1, 2, 4])
        counts = random.poisson(np.repeat(sizes, 7, axis=1))
        cuts = cut_points(counts)
        published = [([kind], cuts[:, kind]) for kind in range(4)]
        assert not range_attack.narrow_counts(counts, published, width=1)


def test_the_attack_finds_what_a_query_by_query_rule_gives_away():
    """Hiding each answer below 5 and nothing else: 2017 to 2018 less 2017 is 2018."""
    counts = np.array([[[9, 9], [2, 9]], [[9, 9], [9, 9]]])
    country = np.concatenate([counts, counts.sum(axis=0, keepdims=True)])
    asked = [([kind], np.ones((3, 3), dtype=bool)) for kind in range(2)]
    asked[0][1][0] = [True, True, False]
    found = range_attack.narrow_counts(counts, asked)
    assert (0, 1, 2, 0, 2.0, 2.0) in found
    assert country[0, 1, 0] == 2
