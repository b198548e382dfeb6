"""The power study: how often the verdict is wrong, and what it finds, on simulated maps of Peru.

The truths are laws that the test does not assume as well as the one that it does, so the study can
fail (``make study``; the page and its chart: studies/power_page.py).

A simulated world has a history (24 departments by the fitted years, at the measured means), on
which the shipped code fits its kappas, and a map of one period's total that is judged with them.
The tails of every possible count are tabulated once for each total, department and value of
kappa; after that a map is a lookup.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.interpolate import CubicSpline
from scipy.optimize import curve_fit, minimize_scalar
from scipy.special import gammaln

from data.periods import parse_period
from data.reports import load_region_counts, load_window_counts
from geo.excess import LEVEL
from geo.overdispersion import Overdispersion, area_nodes, fit_margins, fit_overdispersion

PERIODS = ("2020", "2023", "2019", "2019+2021+2023")
PAIRED_YEARS = range(2019, 2024)
LIMA = "15"
"""Left out of every fit of kappa: its 2022 is incomplete."""
RATIOS = (1 / 3, 1.0, 2.0, 3.0, 4.0, 10.0)
INTERVAL = 0.95
FITTED, SHIPPED, OWN_YEAR = "fitted", "shipped", "own year"
"""Whose kappas: of a history of the same law; of the atlas; of a fit that has the judged year."""
SEED = 20_261_125
_GRID = 20  # values of kappa in the tables; a cubic spline lies between
_FOOT = 0.03  # they are even in log(kappa + foot): tails bend most near 0


@dataclass(frozen=True, slots=True)
class Measured:
    """What the simulated worlds take from the shipped tables."""

    mean: np.ndarray
    """shape (24, years): fitted means of the departments' yearly counts."""
    exposure: np.ndarray
    """shape (24, years): people."""
    years: tuple[int, ...]
    fit: Overdispersion
    phi: float
    """X2 over its degrees of freedom, the old constant."""
    gain: float
    """log-likelihood of the variance mu + kappa mu^2 less that of phi mu, each at its best."""
    pair_kappa: dict[int, float]
    """years apart -> mean kappa of all such pairs of years."""
    lasting: tuple[float, float]
    """variance of a wave, and the share kept from year to year, that give those pairs."""


@dataclass(frozen=True, slots=True)
class Law:
    """How counts vary around equal risk: each rate is multiplied by a wave of mean 1."""

    name: str
    variance: float
    """of a wave; with ``is_per_report`` that of a wave where one report is expected."""
    is_gamma: bool = False
    """gamma waves (counts are negative binomial); otherwise lognormal."""
    is_per_report: bool = False
    """the variance is divided by the expected count: variance over mean is the same everywhere."""
    correlation: float = 0.0
    """correlation of a department's log wave from one year to the next."""

    def draw(
        self, mean: np.ndarray, years: tuple[int, ...], size: int, rng: np.random.Generator
    ) -> np.ndarray:
        """Waves of shape (size, *mean.shape); mean has a column a year."""
        shape = (size, *mean.shape)
        if self.is_gamma:
            a = mean / self.variance if self.is_per_report else 1 / self.variance
            return rng.gamma(a, 1 / a, shape)
        spread = np.log1p(self.variance)
        root = np.linalg.cholesky(self.correlation ** np.abs(np.subtract.outer(years, years)))
        return np.exp(np.sqrt(spread) * (rng.standard_normal(shape) @ root.T) - spread / 2)


@dataclass(frozen=True, slots=True)
class Country:
    """One period before its reports are shared out."""

    period: str
    codes: tuple[str, ...]
    share: np.ndarray
    """shape (n,): shares of the person-years."""
    year_totals: dict[int, int]

    @property
    def total(self) -> int:
        """Reports of the period."""
        return sum(self.year_totals.values())


@dataclass(frozen=True, slots=True)
class Size:
    """Shares of the maps of equal risk with a false call."""

    law: Law
    way: str
    """FITTED, SHIPPED or OWN_YEAR."""
    total: int
    false_calls: float


@dataclass(frozen=True, slots=True)
class Power:
    """Each department in turn at a ratio to the rest; arrays of shape (n,)."""

    law: Law
    country: Country
    ratio: float
    detected: np.ndarray
    """share of the maps where it is called, in the right direction (in any at a ratio of 1)."""
    covered: np.ndarray
    """share of the maps where the interval holds the ratio."""


def measure() -> Measured:
    """Fit on the shipped tables what the worlds need."""
    yearly = load_window_counts()
    years = tuple(sorted({int(year) for year in yearly["period"]}))
    counts, people = _table([yearly[yearly["period"] == str(year)] for year in years])
    fit, mean = fit_overdispersion(counts, people), fit_margins(counts, people)
    phi = float(((counts - mean) ** 2 / mean).sum() / fit.degrees_of_freedom)
    best = [
        minimize_scalar(loss, bounds=bounds, method="bounded").fun
        for loss, bounds in (
            (lambda kappa: -_log_likelihood(counts, mean, 1 / kappa), (1e-3, 2)),
            (lambda phi: -_log_likelihood(counts, mean, mean / (phi - 1)), (1.01, 50)),
        )
    ]
    frames = [load_region_counts(str(year)) for year in PAIRED_YEARS]
    pairs: dict[int, list[float]] = {}
    for apart in range(1, len(frames)):
        for both in zip(frames, frames[apart:], strict=False):
            pairs.setdefault(apart, []).append(fit_overdispersion(*_table(both)).kappa)
    pair_kappa = {apart: float(np.mean(kappas)) for apart, kappas in pairs.items()}
    (variance, correlation), _ = curve_fit(
        lambda apart, variance, correlation: variance * (1 - correlation**apart),
        list(pair_kappa),
        list(pair_kappa.values()),
        p0=(fit.kappa, 0.5),
    )
    lasting = (float(variance), float(correlation))
    return Measured(mean, people, years, fit, phi, best[1] - best[0], pair_kappa, lasting)


def laws(measured: Measured) -> tuple[Law, ...]:
    """The truths; the first is the one that the test assumes."""
    kappa, low, high = (
        float(value) for value in (measured.fit.kappa, *measured.fit.kappas[[0, -1]])
    )
    variance, correlation = measured.lasting
    return (
        Law(f"negative binomial, κ {kappa:.3f}", kappa, is_gamma=True),
        Law(f"lognormal, variance {kappa:.3f}", kappa),
        Law(f"negative binomial, κ {low:.3f}", low, is_gamma=True),
        Law(f"negative binomial, κ {high:.3f}", high, is_gamma=True),
        Law(f"constant φ {measured.phi:.2f}", measured.phi - 1, is_gamma=True, is_per_report=True),
        Law(f"lasting, variance {kappa:.3f}", kappa, correlation=correlation),
        Law(f"lasting, variance {variance:.3f}", variance, correlation=correlation),
        Law("chance alone", 0.0),
    )


def load_country(period: str) -> Country:
    """People and totals of a period."""
    counts, span = load_region_counts(period), parse_period(period)
    people = counts["person_years"].to_numpy(dtype=float)
    totals = [int(load_region_counts(part)["reported_count"].sum()) for part in span.parts]
    return Country(
        period,
        tuple(counts["department_ubigeo"]),
        people / people.sum(),
        dict(zip(span.years, totals, strict=True)),
    )


def simulate_histories(
    law: Law, measured: Measured, *, size: int, rng: np.random.Generator
) -> np.ndarray:
    """Kappas of tables like the measured one, shape (size, 20)."""
    tables = rng.poisson(measured.mean * law.draw(measured.mean, measured.years, size, rng))
    return np.array([fit_overdispersion(table, measured.exposure).kappas for table in tables])


def simulate_maps(
    law: Law, country: Country, risk: np.ndarray, *, size: int, rng: np.random.Generator
) -> np.ndarray:
    """Maps of the period's total, shape (size, n); risk multiplies each department's rate.

    Waves that last are drawn by year and the years' reports are added; of the other laws one wave
    covers the whole period.
    """
    by_year = country.year_totals if law.correlation else {0: country.total}
    return _share_out(law, country.share, by_year, risk, size, rng).sum(axis=2)


def simulate_own_year(
    law: Law, measured: Measured, country: Country, *, size: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Maps of equal risk whose year is one of the fitted ones, and the kappas of those fits."""
    is_fitted = np.array(country.codes) != LIMA
    means = np.rint(measured.mean.sum(axis=0) / country.share[is_fitted].sum())
    totals = dict(zip(measured.years, means.astype(int), strict=True)) | country.year_totals
    tables = _share_out(law, country.share, totals, np.ones(country.share.size), size, rng)
    fits = [fit_overdispersion(table[is_fitted], measured.exposure) for table in tables]
    place = measured.years.index(int(country.period))
    return tables[..., place], np.array([fit.kappas for fit in fits])


def kappa_grid(largest: float) -> np.ndarray:
    """Values of kappa that the tails are tabulated at, from 0 to the largest in use."""
    ladder = np.linspace(np.log(_FOOT), np.log(largest + _FOOT), _GRID)
    return np.maximum(np.exp(ladder) - _FOOT, 0)


def mixture(kappas: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Weights of the grid, shape (rows, grid), that average a tail over each row of kappas."""
    weights = CubicSpline(np.log(grid + _FOOT), np.eye(grid.size))(np.log(kappas + _FOOT))
    return weights.mean(axis=1)


def tabulate_tails(country: Country, grid: np.ndarray, *, ratio: float = 1.0) -> np.ndarray:
    """P(X >= c) and P(X <= c) of every count c that can be, shape (2, n, grid, total + 1).

    The law of :func:`geo.overdispersion.tails`, one kappa at a time, by summing probabilities
    instead of incomplete beta functions: all counts take seconds, not minutes. ``ratio``
    multiplies the rate of the department that is looked at.
    """
    nodes, weights = (
        part.reshape(country.share.size, grid.size, -1) for part in area_nodes(country.share, grid)
    )
    nodes, total = nodes + np.log(ratio), country.total
    weights = weights * grid.size  # those of all kappas together add up to 1
    count = np.arange(total + 1.0)
    ways = gammaln(total + 1) - gammaln(count + 1) - gammaln(total - count + 1)
    table = np.empty((2, *nodes.shape[:2], total + 1))
    for cell in np.ndindex(nodes.shape[:2]):
        chance = np.multiply.outer(nodes[cell], count)
        chance -= total * np.logaddexp(0, nodes[cell])[:, None]
        chance += ways
        probability = weights[cell] @ np.exp(chance, out=chance)
        table[0][cell] = np.cumsum(probability[::-1])[::-1]
        table[1][cell] = np.cumsum(probability)
    return table


def look_up(table: np.ndarray, counts: np.ndarray, mixed: np.ndarray) -> np.ndarray:
    """Both tails of one department's counts, shape (2, size), from its part of the table."""
    return np.einsum("tkc,ck->tc", table[:, :, counts], mixed)


def two_sided(table: np.ndarray, maps: np.ndarray, mixed: np.ndarray) -> np.ndarray:
    """Return p of every department of every map, as geo.excess.judge."""
    smaller = [
        look_up(table[:, area], counts, mixed).min(axis=0) for area, counts in enumerate(maps.T)
    ]
    return np.clip(2 * np.array(smaller).T, 0, 1)


def called(p_value: np.ndarray) -> np.ndarray:
    """Whether each department of each map passes Benjamini-Hochberg at the level of geo.excess."""
    order = np.sort(p_value, axis=1)
    passes = order * (order.shape[1] / np.arange(1, order.shape[1] + 1)) < LEVEL
    return p_value <= np.where(passes, order, -1.0).max(axis=1, keepdims=True)


def run(
    measured: Measured,
    *,
    maps: int,
    histories: int,
    power_maps: int,
    periods: tuple[str, ...] = PERIODS,
) -> tuple[list[Size], list[Power]]:
    """Every law at every period's total, then raised and lowered departments under the first two.

    Parameters
    ----------
    measured : Measured
    maps : int
        Maps of equal risk for each law and total.
    histories : int
        Fitted tables of each law; the maps take them in turn. As many worlds again are drawn
        whose judged year is in the fit, under the first two laws.
    power_maps : int
        Maps for each department, ratio and total.
    periods : tuple of str
        Periods whose totals and people are used.
    """
    truths = laws(measured)
    kappas = [
        simulate_histories(law, measured, size=histories, rng=np.random.default_rng([SEED, i]))
        for i, law in enumerate(truths)
    ]
    # a little room for the kappas of the worlds whose judged year is fitted
    grid = kappa_grid(1.5 * max(float(drawn_kappas.max()) for drawn_kappas in kappas))
    mixed = [mixture(drawn_kappas, grid) for drawn_kappas in kappas]
    sizes, powers = [], []
    for number, country in enumerate(map(load_country, periods)):
        areas, share, total = range(country.share.size), country.share, country.total
        table = tabulate_tails(country, grid)
        shipped = np.repeat(mixture(measured.fit.kappas[None], grid), maps, axis=0)
        for i, law in enumerate(truths):
            rng = np.random.default_rng([SEED, 1, number, i])
            drawn = simulate_maps(law, country, np.ones(len(areas)), size=maps, rng=rng)
            fitted = mixed[i][np.arange(maps) % histories]
            judged = {FITTED: (drawn, fitted), SHIPPED: (drawn, shipped)}
            if i < 2 and country.period in map(str, measured.years):
                drawn, own = simulate_own_year(law, measured, country, size=histories, rng=rng)
                judged[OWN_YEAR] = (drawn, mixture(own, grid))
            sizes += [
                Size(law, way, total, _share_called(table, *drawn_and_fitted))
                for way, drawn_and_fitted in judged.items()
            ]
        for step, ratio in enumerate(RATIOS):
            true = tabulate_tails(country, grid, ratio=ratio)
            for i, law in enumerate(truths[:2]):
                rng = np.random.default_rng([SEED, 2, number, i, step])
                fitted = mixed[i][np.arange(power_maps) % histories]
                detected, covered = np.empty((2, len(areas)))
                for area in areas:
                    risk = np.where(np.arange(len(areas)) == area, ratio, 1.0)
                    drawn = simulate_maps(law, country, risk, size=power_maps, rng=rng)
                    is_called = called(two_sided(table, drawn, fitted))[:, area]
                    is_more = drawn[:, area] > total * share[area]
                    detected[area] = (is_called & ((ratio == 1) | (is_more == (ratio > 1)))).mean()
                    ends = look_up(true[:, area], drawn[:, area], fitted)
                    covered[area] = (ends > (1 - INTERVAL) / 2).all(axis=0).mean()
                powers.append(Power(law, country, ratio, detected, covered))
    return sizes, powers


def _share_called(table: np.ndarray, maps: np.ndarray, mixed: np.ndarray) -> float:
    return float(called(two_sided(table, maps, mixed)).any(axis=1).mean())


def _share_out(
    law: Law,
    share: np.ndarray,
    totals: dict[int, int],
    risk: np.ndarray,
    size: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Reports by department and year, shape (size, n, years), each year's total kept."""
    waves = law.draw(np.outer(share, list(totals.values())), tuple(totals), size, rng)
    rates = (share * risk)[:, None] * waves
    chance = rates / rates.sum(axis=1, keepdims=True)
    drawn = [rng.multinomial(total, chance[..., t]) for t, total in enumerate(totals.values())]
    return np.stack(drawn, axis=2)


def _table(frames: Iterable[pd.DataFrame]) -> tuple[np.ndarray, np.ndarray]:
    """Counts and people without Lima, each of shape (24, periods)."""
    without_lima = [frame[frame["department_ubigeo"] != LIMA] for frame in frames]
    counts, people = (
        np.column_stack([frame[column].to_numpy(dtype=float) for frame in without_lima])
        for column in ("reported_count", "population")
    )
    return counts, people


def _log_likelihood(counts: np.ndarray, mean: np.ndarray, size: float | np.ndarray) -> float:
    """Negative binomial whose variance is mean + mean^2 / size."""
    terms = gammaln(counts + size) - gammaln(size) - gammaln(counts + 1)
    return float(
        (terms + size * np.log(size / (size + mean)) + counts * np.log(mean / (size + mean))).sum()
    )
