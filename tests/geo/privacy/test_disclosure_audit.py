"""Attacks on the published cube: linear programming, differencing of filters and of releases.

The attacker knows the rule, every shown cell, which cells are hidden and the total. Each unknown
count is a variable; the smallest and the largest value that all constraints allow bound it.
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

from geo.errors import DisclosureError
from geo.privacy.disclosure import gate
from geo.privacy.suppression import MIN_WIDTH, PROVINCE_COUNT, hidden_interval

TABLES = Path(__file__).resolve().parents[3] / "data" / "tables"
YEARS = (2019, 2020, 2021, 2022, 2023)
CARD = {"name": "own records", "sources": [{"title": "an organisation"}], "licence": "own"}
with (TABLES / "population_provinces.csv").open(encoding="utf-8", newline="") as file:
    PEOPLE = {row["province_ubigeo"]: int(row["population_2022"]) for row in csv.DictReader(file)}


def make_cube(counts: np.ndarray, years: tuple[int, ...] = YEARS) -> pd.DataFrame:
    """Counts of shape (196, years) as a T2 cube."""
    axes = pd.MultiIndex.from_product([sorted(PEOPLE), years], names=["province_ubigeo", "year"])
    frame = axes.to_frame(index=False).assign(reported_count=np.asarray(counts).ravel())
    frame.attrs.update(tier="T2", card=dict(CARD))
    return frame


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
    """A variable a cell, between the bounds that its publication tells; a row a total
    (cells, low, high). Each question begins where the last one ended."""
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


def interval(system: highspy.Highs, cell: int) -> tuple[float, float]:
    """Smallest and largest value of a cell that the published numbers allow."""
    found = []
    for sign in (1.0, -1.0):
        system.changeColCost(cell, sign)
        system.run()
        assert system.getModelStatus() == highspy.HighsModelStatus.kOptimal
        found.append(sign * system.getInfo().objective_function_value)
    system.changeColCost(cell, 0.0)
    return found[0], found[1]


def as_published(out: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, list]:
    """What the attacker reads: counts (0 where hidden), hidden cells, the total within 2."""
    hidden = out["is_suppressed"].to_numpy()
    shown = out["reported_count"].fillna(0).to_numpy(dtype=float)
    total = out.attrs["grand_total"]
    everything = np.ones(len(out), dtype=bool)
    return shown, hidden, [] if total is None else [(everything, total - 2.0, total + 2.0)]


def test_no_hidden_cell_of_a_whole_cube_is_known():
    """Every hidden cell of 980, two programmes each: the interval is wider than 4."""
    cube = make_cube(realistic(1))
    out = gate(cube, "T2")
    shown, hidden, totals = as_published(out)
    assert len(totals) == 1
    assert 600 < hidden.sum() < 960
    system = programme(shown, hidden, totals)
    truth = cube["reported_count"].to_numpy()
    for cell in np.flatnonzero(hidden):
        low, high = interval(system, int(cell))
        assert low - 1e-6 <= truth[cell] <= high + 1e-6
        assert high - low > MIN_WIDTH


@pytest.mark.parametrize("seed", range(2, 10))
@pytest.mark.parametrize("cases", [40, 600, 3000, 60_000])
def test_no_hidden_cell_of_other_cubes_is_known(seed, cases):
    """Sparse and dense cubes: programme and closed form agree, and both are wider than 4."""
    out = gate(make_cube(realistic(seed, cases=cases)), "T2")
    shown, hidden, totals = as_published(out)
    if not totals:
        return
    system = programme(shown, hidden, totals)
    low, high = hidden_interval(
        shown[~hidden].astype(int),
        int(hidden.sum()),
        grand_total=out.attrs["grand_total"],
        k=11,
    )
    assert high - low > MIN_WIDTH
    for cell in np.flatnonzero(hidden)[:2]:
        assert interval(system, int(cell)) == pytest.approx((low, high))


def known_cells(shown, hidden, totals, *, slack: int, cells: int = 60) -> int:
    """How many of the first hidden cells an attacker pins to within 2."""
    system = programme(shown, hidden, totals, slack=slack)
    picked = np.flatnonzero(hidden)[:cells]
    widths = [np.subtract(*interval(system, int(cell))[::-1]) for cell in picked]
    return int((np.array(widths) <= MIN_WIDTH).sum())


def by_groups(groups: np.ndarray, truth: np.ndarray, slack: int) -> list:
    """Totals of each group, true to slack."""
    return [
        (
            groups == group,
            truth[groups == group].sum() - slack,
            truth[groups == group].sum() + slack,
        )
        for group in np.unique(groups)
    ]


def test_the_audit_has_teeth():
    """Policies that were not chosen fail the same audit: the attack finds what there is.

    Exact year totals beside exact shown cells give away a lone hidden cell of a year, all five of
    them; under the policy as built the same five stay hidden. Exact totals by province give away
    cells of a sparse cube even beside rounded ones.
    """
    dense = realistic(5, cases=60_000)
    few = make_cube(np.where(dense < 13, 40, dense))
    few.loc[few.index[:5], "reported_count"] = 7  # one hidden cell a year
    truth = few["reported_count"].to_numpy()
    hidden = gate(few, "T2")["is_suppressed"].to_numpy()
    assert hidden.sum() == 5
    years = by_groups(few["year"].to_numpy(), truth, 0)
    assert known_cells(np.where(hidden, 0, truth), hidden, years, slack=0) == 5
    assert known_cells(*as_published(gate(few, "T2")), slack=2) == 0

    sparse = make_cube(realistic(1))
    truth = sparse["reported_count"].to_numpy()
    shown, hidden, _ = as_published(gate(sparse, "T2"))
    province = sparse["province_ubigeo"].to_numpy()
    assert known_cells(shown, hidden, by_groups(province, truth, 0), slack=2) >= 20


def test_totals_by_department_are_not_safe_even_rounded():
    """Why there is no hierarchy: Tumbes with 15, 0 and 0 would be 15 in all, so the two are 0 to 4.

    The total is rounded and passes the rule by itself, and it still tells what the cells hide.
    """
    counts = realistic(4, cases=6000, years=(2023,))
    tumbes = np.array([code[:2] == "24" for code in sorted(PEOPLE)])
    counts[tumbes, 0] = [15, 0, 0]
    shown, hidden, totals = as_published(gate(make_cube(counts, (2023,)), "T2"))
    inside = hidden & tumbes
    assert inside.sum() == 2
    for total, known in ((totals, False), ([*totals, (tumbes, 13.0, 17.0)], True)):
        system = programme(shown, hidden, total)
        for cell in np.flatnonzero(inside):
            low, high = interval(system, int(cell))
            assert (high - low <= MIN_WIDTH) is known


def test_the_total_is_withheld_when_it_tells():
    """One shown cell and nothing else, or hidden cells all at 12: no total is printed."""
    lone = np.zeros((PROVINCE_COUNT, 1), dtype=int)
    lone[0] = 100
    assert gate(make_cube(lone, (2023,)), "T2").attrs["grand_total"] is None
    full = np.full((PROVINCE_COUNT, 1), 12)
    assert gate(make_cube(full, (2023,)), "T2").attrs["grand_total"] is None
    assert gate(make_cube(full - 6, (2023,)), "T2").attrs["grand_total"] == 196 * 6 - 1
    assert gate(make_cube(lone * 0, (2023,)), "T2").attrs["grand_total"] is None


def test_no_pair_of_filters_can_be_subtracted():
    """Every filter by department, province and year answers with the cube's own cells.

    So the difference of two answers is a set of published cells and nothing more; and what is
    filtered before the gate is refused, so no other answer exists.
    """
    cube = make_cube(realistic(3))
    out = gate(cube, "T2").set_index(["province_ubigeo", "year"])
    shown = out["reported_count"]
    department = out.index.get_level_values("province_ubigeo").str[:2]
    year = out.index.get_level_values("year")
    filters = [department == code for code in sorted(set(department))]
    filters += [year == one for one in YEARS]
    filters += [(year >= low) & (year <= high) for low in YEARS for high in YEARS if low <= high]
    filters += [a & b for a in filters[:25] for b in filters[25:30]]
    answers = [shown[np.asarray(chosen)] for chosen in filters]
    for larger, whole in zip(filters, answers, strict=True):
        for smaller, part in zip(filters, answers, strict=True):
            if (np.asarray(smaller) & ~np.asarray(larger)).any():
                continue
            rest = whole.drop(part.index)
            assert rest.equals(shown[rest.index])
    for chosen in (cube["year"] == 2023, cube["province_ubigeo"].str[:2] == "17"):
        if chosen.sum() != PROVINCE_COUNT:
            with pytest.raises(DisclosureError, match="Choose rows after the gate"):
                gate(cube[chosen], "T2")


def test_one_year_alone_gives_the_same_cells():
    """A cube of one year is a cube: its cells are those of the longer one, so nothing is gained
    but a second total, and that is why years are chosen once."""
    counts = realistic(3)
    whole = gate(make_cube(counts), "T2")
    alone = gate(make_cube(counts[:, -1:], (2023,)), "T2")
    of_year = whole[whole["year"] == 2023].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, of_year, check_exact=True)


@given(
    seed=st.integers(0, 50),
    province=st.integers(0, PROVINCE_COUNT - 1),
    year=st.integers(0, len(YEARS) - 1),
)
@settings(max_examples=40, deadline=None)
def test_releases_subtracted(seed, province, year):
    """One record more: its cell moves by 0 or 5 or appears at 15; no other cell moves at all."""
    before = realistic(seed)
    after = before.copy()
    after[province, year] += 1
    old, new = gate(make_cube(before), "T2"), gate(make_cube(after), "T2")
    cell = province * len(YEARS) + year
    others = np.arange(len(old)) != cell
    pd.testing.assert_frame_equal(old[others], new[others])
    one, two = old["reported_count"].iloc[cell], new["reported_count"].iloc[cell]
    if pd.isna(one):
        assert pd.isna(two) or (two == 15 and before[province, year] == 12)
    else:
        assert two - one in (0, 5)
    assert new.attrs["grand_total"] - old.attrs["grand_total"] in (0, 5)
