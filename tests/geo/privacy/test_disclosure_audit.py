"""Attacks on what is published: linear programming, differences of filters, releases and ranges.

The attacker knows the rule, every shown cell, which cells are hidden, every shown total of a
province, and exactly how many records there are. Each unknown count is a variable; the smallest and
the largest value that all constraints allow bound it. Either of them is a whole table, and the rule
itself has to print of that table what it printed of the true one.
"""

from __future__ import annotations

import csv
from pathlib import Path

import highspy
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geo.privacy import ranges
from geo.privacy.disclosure import gate
from geo.privacy.minimum_count import SMALLEST_SHOWN
from geo.privacy.provenance import Tier, Tiered
from geo.privacy.ranges import is_shown
from geo.privacy.suppression import MIN_WIDTH, PROVINCE_COUNT, Protected
from tests import range_attack

TABLES = Path(__file__).resolve().parents[3] / "data" / "tables"
YEARS = (2019, 2020, 2021, 2022, 2023)
CARD = {"name": "own records", "sources": [{"title": "an organisation"}], "licence": "own"}
with (TABLES / "population_provinces.csv").open(encoding="utf-8", newline="") as file:
    PEOPLE = {row["province_ubigeo"]: int(row["population_2022"]) for row in csv.DictReader(file)}


def cut_points(counts: np.ndarray, within: np.ndarray | None = None) -> np.ndarray:
    """The cuts of areas and of the country that they add up to."""
    country = counts.sum(axis=0, keepdims=True)
    return ranges.cut_points(np.concatenate([counts, country]), within=within)


def make_cube(counts: np.ndarray, years: tuple[int, ...] = YEARS) -> Tiered[pd.DataFrame]:
    """Counts of shape (196, years) as a T2 cube."""
    axes = pd.MultiIndex.from_product([sorted(PEOPLE), years], names=["province_ubigeo", "year"])
    frame = axes.to_frame(index=False).assign(reported_count=np.asarray(counts).ravel())
    return Tiered(frame, Tier.T2, dict(CARD))


def realistic(seed: int, *, cases: int = 3000, years: tuple[int, ...] = YEARS) -> np.ndarray:
    """Cases by population with the dispersion of raids: negative binomial, some places sixfold."""
    rng = np.random.default_rng(seed)
    people = np.array([PEOPLE[code] for code in sorted(PEOPLE)], dtype=float)
    risk = people * np.where(rng.random(len(people)) < 0.05, 6.0, 1.0)
    mean = np.outer(cases * risk / risk.sum(), np.full(len(years), 1 / len(years)))
    return rng.poisson(mean * rng.gamma(0.8, 1 / 0.8, mean.shape))


def programme(
    shown: np.ndarray,
    hidden: np.ndarray,
    totals: list[tuple[np.ndarray, float, float]],
    *,
    slack: int = 2,
) -> highspy.Highs:
    """Return a linear programme: a variable per cell with its bounds, a row per total.

    A total is (cells, low, high). Each question starts from the last solution.
    """
    system = highspy.Highs()
    system.setOptionValue("output_flag", False)
    system.setOptionValue("threads", 1)  # as the planner's: HiGHS has one number for a process
    nothing = np.array([], dtype=np.int32), np.array([], dtype=float)
    low = np.where(hidden, 0.0, shown - slack)
    high = np.where(hidden, 12.0, shown + slack)
    system.addCols(len(shown), np.zeros(len(shown)), low, high, 0, nothing[0], *nothing)
    for cells, least, most in totals:
        inside = np.flatnonzero(cells).astype(np.int32)
        system.addRow(least, most, len(inside), inside, np.ones(len(inside)))
    return system


def interval(system: highspy.Highs, cell: int, out: Protected | None = None) -> tuple[float, float]:
    """Return the least and largest value of a cell that the published numbers allow."""
    ends = []
    for sign in (1.0, -1.0):
        system.changeColCost(cell, sign)
        system.run()
        assert system.getModelStatus() == highspy.HighsModelStatus.kOptimal
        ends.append(sign * system.getInfo().objective_function_value)
        if out is not None:
            table = np.array(system.getSolution().col_value)
            assert np.allclose(table, np.round(table))  # groups within groups: the ends are whole
            counts = np.round(table).astype(int)
            years = tuple(sorted(set(out.frame["year"])))
            again = gate(make_cube(counts, years), "T2")
            pd.testing.assert_frame_equal(again.frame, out.frame, check_exact=True)
            assert again.period_totals == out.period_totals
            assert again.grand_total == out.grand_total
    system.changeColCost(cell, 0.0)
    return ends[0], ends[1]


def as_published(published: Protected, count: int) -> tuple[np.ndarray, np.ndarray, list]:
    """Return what an attacker reads: counts (0 where hidden), hidden cells, known totals."""
    out = published.frame
    hidden = out["is_suppressed"].to_numpy()
    shown = out["reported_count"].fillna(0).to_numpy(dtype=float)
    totals = [(np.ones(len(out), dtype=bool), count, count)]
    place = out["province_ubigeo"].to_numpy()
    for code in np.unique(place):
        total, cells = published.period_totals.get(code, 0), place == code
        if (cells & ~hidden).sum() == 1 and (cells & hidden).any():
            rest = total - shown[cells].sum()
            last = 10 * ((12 * (cells & hidden).sum() - 1) // 10)  # more than that is told so
            high = rest + 5 if rest < last else 12 * (cells & hidden).sum()
            totals.append((cells & hidden, max(0, rest - 4), high))
        else:
            totals.append((cells, total - 2, total + 2) if total else (cells, 0, 12))
    return shown, hidden, totals


def assert_hidden(counts: np.ndarray, cells: np.ndarray) -> None:
    """Check that hidden cells range over more than 4, with the same print at both ends."""
    years = tuple(range(2014, 2014 + counts.shape[1]))
    out = gate(make_cube(counts, years), "T2")
    system = programme(*as_published(out, int(counts.sum())))
    hidden = out.frame["is_suppressed"].to_numpy()
    assert hidden[cells].any()
    for cell in np.unique(cells[hidden[cells]]):
        low, high = interval(system, int(cell), out)
        assert high - low > MIN_WIDTH


@pytest.mark.parametrize("step", [4, pytest.param(1, marks=pytest.mark.slow)])
def test_no_hidden_cell_of_a_whole_cube_is_known(step):
    """Hidden cells of 980, each fourth or all, two programmes each: wider than 4."""
    counts = realistic(1)
    out = gate(make_cube(counts), "T2")
    shown, hidden, totals = as_published(out, int(counts.sum()))
    assert 600 < hidden.sum() < 960
    assert len(out.period_totals) > 20
    system = programme(shown, hidden, totals)
    truth = counts.ravel()
    for cell in np.flatnonzero(hidden)[::step]:
        low, high = interval(system, int(cell))
        assert low - 1e-6 <= truth[cell] <= high + 1e-6
        assert high - low > MIN_WIDTH


@pytest.mark.parametrize(("seed", "cases"), [(2, 40), (3, 600), (2, 3000), (3, 60_000)])
def test_no_hidden_cell_of_other_cubes_is_known(seed, cases):
    """Sparse and dense cubes: eight hidden cells each, with the tables that prove it."""
    rng = np.random.default_rng(seed)
    assert_hidden(realistic(seed, cases=cases), rng.integers(0, PROVINCE_COUNT * len(YEARS), 12))


@pytest.mark.parametrize(
    "rows",
    [
        [[178]],
        [[15]],
        [[0, 20, 0]],
        [[17, 4, 0]],
        [[13, 13, 13, 1]],
        [[60, 60, 50, 7]],
        [[12] * 10],
        [[12] * 10, [178, 0, 12]],
        [[30, 12], [12, 30], [13, 0], [0, 13]],
        [[13, 0], [13, 0], [13, 0]],
    ],
)
def test_tables_that_give_themselves_away(rows):
    """Records in a few cells give neither empty cells nor a remaining year away."""
    counts = np.zeros((PROVINCE_COUNT, 10), dtype=int)
    for at, row in enumerate(rows):
        counts[at * 7, -len(row) :] = row
    of_rows = np.arange(len(rows)) * 70
    assert_hidden(counts, np.r_[of_rows, of_rows + 5, of_rows + 9, 1955])


SPARSE = st.lists(
    st.tuples(
        st.integers(0, PROVINCE_COUNT - 1),
        st.integers(0, 9),
        st.sampled_from([1, 2, 4, 5, 11, 12, 13, 14, 15, 17, 18, 22, 23, 60, 178]),
    ),
    min_size=1,
    max_size=12,
)


@given(rows=SPARSE, seed=st.integers(0, 1000))
@settings(max_examples=15)
def test_no_hidden_year_follows_from_a_total(rows, seed):
    """Totals beside years leave hidden years and empty provinces open by more than 4."""
    counts = np.zeros((PROVINCE_COUNT, 10), dtype=int)
    for place, year, count in rows:
        counts[place, year] += count
    if counts.sum() > MIN_WIDTH:
        own = np.flatnonzero(counts.sum(axis=1).repeat(10) > 0)
        assert_hidden(counts, np.r_[np.random.default_rng(seed).choice(own, 3), 0, 1959])


def test_the_audit_has_teeth():
    """The audit finds what exact totals of years give away; the policy as built hides it."""
    dense = realistic(5, cases=60_000)
    few = make_cube(np.where(dense < 13, 40, dense))
    cells = few.frame
    cells.loc[cells.index[:5], "reported_count"] = 7  # one hidden cell a year
    truth, year = cells["reported_count"].to_numpy(), cells["year"].to_numpy()
    out = gate(few, "T2")
    hidden = out.frame["is_suppressed"].to_numpy()
    sums = [
        (year == of_year, truth[year == of_year].sum(), truth[year == of_year].sum())
        for of_year in YEARS
    ]
    exact = programme(np.where(hidden, 0, truth), hidden, sums, slack=0)
    as_built = programme(*as_published(out, int(truth.sum())))
    for system, is_known in ((exact, True), (as_built, False)):
        widths = [np.ptp(interval(system, int(cell))) for cell in np.flatnonzero(hidden)]
        assert [width <= MIN_WIDTH for width in widths] == [is_known] * 5


def test_one_year_alone_gives_the_same_cells():
    """A cube of one year has the cells of the longer one; only a second total is new."""
    counts = realistic(3)
    whole = gate(make_cube(counts), "T2").frame
    alone = gate(make_cube(counts[:, -1:], (2023,)), "T2").frame
    of_year = whole[whole["year"] == 2023].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, of_year, check_exact=True)


@given(
    seed=st.integers(0, 50),
    province=st.integers(0, PROVINCE_COUNT - 1),
    year=st.integers(0, len(YEARS) - 1),
)
@settings(max_examples=40)
def test_releases_subtracted(seed, province, year):
    """One record more: its cell moves by 0 or 5 or appears at 15; no other cell moves at all."""
    before = realistic(seed)
    after = before.copy()
    after[province, year] += 1
    former, latter = gate(make_cube(before), "T2"), gate(make_cube(after), "T2")
    old, new = former.frame, latter.frame
    cell = province * len(YEARS) + year
    others = np.arange(len(old)) != cell
    pd.testing.assert_frame_equal(old[others], new[others])
    earlier, later = old["reported_count"].iloc[cell], new["reported_count"].iloc[cell]
    if pd.isna(earlier):
        assert pd.isna(later) or (later == 15 and before[province, year] == 12)
    else:
        assert later - earlier in (0, 5)
    assert latter.grand_total - former.grand_total in (0, 5)


FEW_YEARS = arrays(np.int64, (4, 5, 3), elements=st.integers(0, 25), fill=st.integers(0, 6))


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


def test_of_a_base_zero_is_shown_and_a_few_are_not():
    """A base of zero is cut off; a base of three is joined to another year."""
    base = np.array([[[9], [0], [9], [3], [9], [9]], [[9], [9], [9], [4], [2], [9]]])
    base = np.concatenate([base, np.full((1, 6, 1), 40)])
    cuts = ranges.cut_points(base, zero_shown=[0])
    assert cuts[0, 0].astype(int).tolist() == [1, 1, 1, 1, 0, 1, 1]
    assert cuts[1, 0].astype(int).tolist() == [1, 1, 1, 1, 0, 1, 1]


def test_parts_are_cut_no_finer_than_their_whole():
    """The parts of an age below 18 would add up to what is hidden."""
    parts = np.full((2, 6, 3), 9)
    within = np.zeros((3, 7), dtype=bool)
    within[:, [0, 6]] = True
    assert (cut_points(parts, within=within) == within[:, None, :]).all()


@given(FEW_YEARS)
@settings(max_examples=60)
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
        for mine, sums_here in [*zip(shown, sums, strict=True)]:
            assert mine.all() or not mine.any() or (~mine).sum() >= 2
            assert mine.all() or sums_here[~mine].sum() >= SMALLEST_SHOWN or not mine.any()


def test_no_hidden_count_of_random_tables_can_be_computed():
    """Areas of very unlike sizes: linear programmes over everything shown leave two values."""
    random = np.random.default_rng(5)
    for _ in range(6):
        sizes = random.gamma(0.7, 18, (6, 1, 1)) * random.dirichlet([1, 1, 2, 4])
        counts = random.poisson(np.repeat(sizes, 7, axis=1))
        cuts = cut_points(counts)
        published = [([kind], cuts[:, kind]) for kind in range(4)]
        assert not range_attack.narrow_counts(counts, published, width=1)


def test_no_cell_of_random_tables_can_be_computed_from_its_margins():
    """No cell of random age by sex tables follows from its published margins."""
    random = np.random.default_rng(7)
    shown = 0
    for _ in range(6):
        sizes = random.gamma(0.9, 90, (5, 1, 1, 1)) * random.dirichlet([1, 2, 4])[:, None]
        cells = random.poisson(np.repeat(sizes * [0.8, 0.2], 6, axis=1))
        whole = np.concatenate([cells, cells.sum(axis=0, keepdims=True)])
        by_age, by_sex = cut_points(cells.sum(axis=3)), cut_points(cells.sum(axis=2))
        cuts = ranges.cut_table(whole, by_age, by_sex.all(axis=1))
        assert not (cuts & ~(by_age & by_sex.all(axis=1)[:, None])).any()
        for first, last in _ranges(6):
            counts = whole[:, first:last].sum(axis=1)[is_shown(cuts, first, last)]
            assert (counts >= SMALLEST_SHOWN).all()
            shown += len(counts)
        kinds = range(6)
        published = [([kind], cuts[:, kind // 2]) for kind in kinds]
        published += [([2 * age, 2 * age + 1], by_age[:, age]) for age in range(3)]
        published += [([sex, 2 + sex, 4 + sex], by_sex[:, sex]) for sex in range(2)]
        narrowed = range_attack.narrow_counts(cells.reshape(5, 6, 6), published, width=1)
        assert not narrowed
    assert shown


def test_the_attack_finds_what_a_query_by_query_rule_gives_away():
    """Hiding each answer below 5 and nothing else: 2017 to 2018 less 2017 is 2018."""
    counts = np.array([[[9, 9], [2, 9]], [[9, 9], [9, 9]]])
    country = np.concatenate([counts, counts.sum(axis=0, keepdims=True)])
    asked = [([kind], np.ones((3, 3), dtype=bool)) for kind in range(2)]
    asked[0][1][0] = [True, True, False]
    narrowed = range_attack.narrow_counts(counts, asked)
    assert (0, 1, 2, 0, 2.0, 2.0) in narrowed
    assert country[0, 1, 0] == 2
