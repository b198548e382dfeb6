"""The power study in small: its shortcuts are the shipped test, and the level is kept."""

import numpy as np
import pytest
from scipy.stats import nbinom

from data.reports import load_region_counts
from geo.excess import Verdict, judge
from geo.overdispersion import ratio_interval
from studies import power
from tests.second_ways import kappa_at, poisson_means

MEASURED = power.measure()
COUNTRY = power.load_country("2020")
GAMMA, LOGNORMAL, _, _, CONSTANT, *_ = LAWS = power.laws(MEASURED)
HISTORIES, MAPS = 40, 400


@pytest.fixture(scope="module")
def grid() -> np.ndarray:
    """Wide enough for what the small runs fit."""
    return power.kappa_grid(1.0)


@pytest.fixture(scope="module")
def table(grid: np.ndarray) -> np.ndarray:
    """Tails of every count at the smallest total."""
    return power.tabulate_tails(COUNTRY, grid)


def shipped(grid: np.ndarray, rows: int = 1) -> np.ndarray:
    """Weights of the atlas's kappas."""
    return np.repeat(power.mixture(MEASURED.fit.kappas[None], grid), rows, axis=0)


def test_measured_on_the_tables():
    """Second way: a general minimiser for the means, SciPy's negative binomial for the gain."""
    frames = {
        year: load_region_counts(str(year)).query("department_ubigeo != '15'")
        for year in power.PAIRED_YEARS
    }

    def fitted(years):
        counts, people = (
            np.column_stack([frames[year][name] for year in years]).astype(float)
            for name in ("reported_count", "population")
        )
        mean = poisson_means(counts, people)
        return counts, mean, kappa_at(counts, mean, (len(counts) - 1) * (len(years) - 1))

    counts, mean, kappa = fitted((2019, 2021, 2022, 2023))
    assert MEASURED.fit.kappa == pytest.approx(kappa, rel=1e-4)
    assert MEASURED.phi == pytest.approx(((counts - mean) ** 2 / mean).sum() / 69, rel=1e-4)
    waves, constant = (
        max(
            nbinom.logpmf(counts, size(value), size(value) / (size(value) + mean)).sum()
            for value in np.geomspace(low, high, 400)
        )
        for size, low, high in (
            (lambda kappa: 1 / kappa, 0.02, 0.5),
            (lambda phi: mean / (phi - 1), 1.5, 20),
        )
    )
    assert MEASURED.gain == pytest.approx(waves - constant, abs=0.02)
    for apart, measured in MEASURED.pair_kappa.items():
        years = zip(power.PAIRED_YEARS, power.PAIRED_YEARS[apart:], strict=False)
        assert measured == pytest.approx(np.mean([fitted(pair)[2] for pair in years]), rel=1e-3)


def test_lookups_are_the_shipped_test(table, grid):
    """Second way: verdicts and p of geo.excess.judge on maps with something to find."""
    risk = np.where(np.arange(25) % 8 == 0, 4.0, 1.0)
    rng = np.random.default_rng(1)
    maps = power.simulate_maps(GAMMA, COUNTRY, risk, size=4, rng=rng)
    p_value = power.two_sided(table, maps, shipped(grid, len(maps)))
    is_called = power.called(p_value)
    assert is_called.any()
    for row, counts in enumerate(maps):
        asked = judge(counts, COUNTRY.share, MEASURED.fit.kappas)
        clear = asked.p_value > 1e-4
        np.testing.assert_allclose(p_value[row][clear], asked.p_value[clear], rtol=2e-3)
        is_said = np.isin(asked.verdict, [Verdict.ABOVE, Verdict.BELOW])
        assert (is_called[row] == is_said).all()


def test_ends_of_the_interval_are_where_the_tails_end(grid):
    """Second way: a ratio lies in the shipped interval just when both its tails are large."""
    ratio, area, counts = 3.0, 0, np.array([2, 24, 90])
    share = COUNTRY.share
    raised = power.tabulate_tails(COUNTRY, grid, ratio=ratio)
    ends = power.look_up(raised[:, area], counts, shipped(grid, counts.size))
    is_inside = (ends > (1 - power.INTERVAL) / 2).all(axis=0)
    of_shares = ratio / (1 - share[area] + ratio * share[area])
    for count, is_held in zip(counts, is_inside, strict=True):
        low, high = ratio_interval(
            np.full(share.size, count), share, COUNTRY.total, MEASURED.fit.kappas
        )
        assert (low[area] < of_shares < high[area]) == is_held
    assert is_inside.tolist() == [False, True, False]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_waves_have_the_variance_asked_for(law):
    mean = np.full((2, 3), 20.0)
    waves = law.draw(mean, (2019, 2021, 2022), 40_000, np.random.default_rng(2))
    variance = law.variance / 20 if law.is_per_report else law.variance
    assert waves.mean() == pytest.approx(1, abs=0.02)
    assert waves.var() == pytest.approx(variance, rel=0.05, abs=1e-12)
    if law.variance:
        log = np.log(waves[:, 0])
        assert np.corrcoef(log.T)[0, 1:] == pytest.approx(
            [law.correlation**2, law.correlation**3], abs=0.03
        )


def test_level_is_kept_and_can_be_broken(table, grid):
    """At most 5 % of maps with a false call where waves are as measured; not if phi is constant.

    The bound has three standard deviations of a share of 400 maps.
    """
    bound = 0.05 + 3 * np.sqrt(0.05 * 0.95 / MAPS)

    def false(law: power.Law, mixed: np.ndarray) -> float:
        rng = np.random.default_rng(3)
        maps = power.simulate_maps(law, COUNTRY, np.ones(25), size=MAPS, rng=rng)
        return float(power.called(power.two_sided(table, maps, mixed)).any(axis=1).mean())

    for law in (GAMMA, LOGNORMAL):
        rng = np.random.default_rng(4)
        kappas = power.simulate_histories(law, MEASURED, size=HISTORIES, rng=rng)
        turn = np.arange(MAPS) % HISTORIES
        assert false(law, power.mixture(kappas, grid)[turn]) < bound
        assert false(law, shipped(grid, MAPS)) < bound
    assert false(CONSTANT, shipped(grid, MAPS)) > bound
