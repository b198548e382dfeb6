r"""The level of each area over the years: what stays when the waves of single years pass.

A count is Poisson around :math:`e_{it}\exp(b_t + a_i + w_{it})`: the exposure, an effect of the
period, the area's lasting effect, and its wave. Waves outlast a year: w is a stationary AR(1)
series, with the correlation :math:`\rho^{d}` between periods d years apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincc, ndtr

from geo.errors import GeoError, ParameterError
from geo.rates import require_pair

LASTING = (np.arange(8) + 0.5) / 8
"""Equally likely shares of the variance between areas that last: tau^2 / (tau^2 + sigma^2)."""
LONGEST_HALF_LIFE = 8
"""Years. What has not halved after so long is a level: a few years cannot tell the two apart."""
CORRELATIONS = (np.arange(8) + 0.5) / 8 * 0.5 ** (1 / LONGEST_HALF_LIFE)
"""Equally likely values of rho, a year apart."""
VARIANCES = np.geomspace(0.03, 8, 16)
"""Equally likely values of tau^2 + sigma^2, the variance of the logarithm of a ratio."""
POINTS = (np.arange(200) + 0.5) / 200
_EDGES = np.array([0.05, 0.95])  # of the 90 % intervals
_MOST_ROUNDS = 100
_LARGEST_STEP = 2.0  # of a logarithm in one round of Newton's method


@dataclass(frozen=True, slots=True)
class Level:
    """Level of each area; arrays of shape (n,), NaN for an area without any known count."""

    level: np.ndarray
    """rate over the country's rate, waves taken out: median."""
    low: np.ndarray
    high: np.ndarray
    """90 % interval of the level."""
    probability_above: np.ndarray
    """P(level > 1)."""
    next_low: np.ndarray
    next_high: np.ndarray
    """90 % interval of the next year's ratio of reports to expected, wave and chance included."""
    next_ratios: np.ndarray
    """shape (n, 200), ascending: equally likely values of the next year's ratio without chance."""
    lasting_variance: float
    """tau^2, posterior mean."""
    wave_variance: float
    """sigma^2, posterior mean."""
    wave_correlation: float
    """rho between two years in a row, posterior mean."""


def fit_level(reported_count: ArrayLike, exposure: ArrayLike, years: ArrayLike) -> Level:
    r"""Fit the level of each area to all its periods at once.

    :math:`a_i \sim N(0, \tau^2)`, :math:`w_i \sim N(0, \sigma^2 \rho^{|t - s|})`, and b_t, the
    effect of period t common to all areas, has a flat prior. For each
    of 1,024 equally likely (tau^2, sigma^2, rho) the posterior of all effects is the normal one at
    its mode (Laplace), and its marginal likelihood is the weight of that triple (Rue, Martino and
    Chopin 2009, JRSS B 71, 319-392). A single best triple would not do: five years hardly tell a
    slow wave from a lasting effect, and intervals that ignore this doubt contain the true value far
    too seldom. A
    wave that has not halved after ``LONGEST_HALF_LIFE`` years is part of the level.

    The level is :math:`\exp(a_i) / \sum_j s_j \exp(a_j)` with s the shares of the last period's
    exposure: 1 = as many as its exposure would give. The interval of the next year is the interval
    of reports divided by expected reports: it allows for the next wave, and for chance in counts as
    large as the last period's.

    Parameters
    ----------
    reported_count : array_like, shape (n areas, t periods)
        NaN = not known. A period without any report is left out.
    exposure : array_like, shape (n areas, t periods)
    years : array_like, shape (t,)
        Middle of each period in years, ascending; gaps and parts of years are allowed.

    Raises
    ------
    ParameterError
        Counts, exposures or years that are not valid; fewer than two areas or two periods.
    GeoError
        The fit did not settle.

    Examples
    --------
    >>> found = fit_level([[30, 34, 28], [10, 6, 12], [9, np.nan, 14]], np.ones((3, 3)), range(3))
    >>> found.level.round(2), found.probability_above.round(2)
    (array([1.49, 0.69, 0.78]), array([0.93, 0.11, 0.17]))
    """
    counts, has_count, base, times = _checked(reported_count, exposure, years)
    areas = has_count.any(axis=1)
    filled, seen = np.where(has_count, counts, 0.0)[areas], np.where(has_count, base, 0.0)[areas]
    last = base[areas, -1]
    share = last / last.sum()
    triples = np.array(
        [(v * f, v * (1 - f), r) for v in VARIANCES for f in LASTING for r in CORRELATIONS]
    )
    parts = [
        _laplace(filled, seen, times, share, some)
        for some in triples.reshape(VARIANCES.size, -1, 3)
    ]
    likelihood, *normals = (np.concatenate(part) for part in zip(*parts, strict=True))
    weight = np.exp(likelihood - likelihood.max())
    weight /= weight.sum()
    mean, spread, next_mean, next_spread = normals
    level = np.exp(_quantiles(weight, mean, spread, np.array([_EDGES[0], 0.5, _EDGES[1]])))
    ratios = np.exp(_quantiles(weight, next_mean, next_spread, POINTS))
    there = has_count[areas, -1]
    expected = filled[:, -1].sum() * share / share[there].sum()
    coming = _count_quantiles(ratios * expected[:, None]) / expected[:, None]

    def everywhere(values: np.ndarray) -> np.ndarray:
        whole = np.full((areas.size, *values.shape[1:]), np.nan)
        whole[areas] = values
        return whole

    tau, sigma, rho = weight @ triples
    return Level(
        level=everywhere(level[:, 1]),
        low=everywhere(level[:, 0]),
        high=everywhere(level[:, 2]),
        probability_above=everywhere(weight @ ndtr(mean / spread)),
        next_low=everywhere(coming[:, 0]),
        next_high=everywhere(coming[:, 1]),
        next_ratios=everywhere(ratios),
        lasting_variance=float(tau),
        wave_variance=float(sigma),
        wave_correlation=float(rho),
    )


def _laplace(
    counts: np.ndarray,
    exposure: np.ndarray,
    times: np.ndarray,
    share: np.ndarray,
    triples: np.ndarray,
) -> tuple[np.ndarray, ...]:
    """Log marginal likelihood (h,), then mean and spread (h, n) of log level and next log ratio.

    z = a + w is found for all h triples at once by Newton's method. Its second derivatives are one
    block of t x t an area, tied by the periods' effects b alone: those are eliminated (Schur).
    """
    tau, sigma, rho = triples.T[..., None, None]
    covariance = tau + sigma * rho ** np.abs(times[:, None] - times)
    precision = np.linalg.inv(covariance)
    start = counts.sum(axis=0) / exposure.sum(axis=0)
    z = np.broadcast_to(
        np.log((counts + 1) / (exposure * start + 1)), (len(triples), *counts.shape)
    ).copy()
    b = np.broadcast_to(np.log(start), (len(triples), times.size)).copy()
    unit = np.eye(times.size)
    for _ in range(_MOST_ROUNDS):
        mean = exposure * np.exp(z + b[:, None])
        block = np.linalg.inv(precision[:, None] + mean[..., None] * unit)
        tied = block * mean[..., None, :]  # cov(z) times the derivative by b
        schur = mean.sum(axis=1)[..., None] * unit - np.einsum("hit,hits->hts", mean, tied)
        slope = counts - mean - z @ precision
        own = np.einsum("hits,his->hit", block, slope)
        slope_b = (counts - mean).sum(axis=1) - (mean * own).sum(axis=1)
        step_b = np.linalg.solve(schur, slope_b[..., None])[..., 0]
        step_z = own - np.einsum("hits,hs->hit", tied, step_b)
        b += np.clip(step_b, -_LARGEST_STEP, _LARGEST_STEP)
        z += np.clip(step_z, -_LARGEST_STEP, _LARGEST_STEP)
        if max(np.abs(step_b).max(), np.abs(step_z).max()) < 1e-6:
            break
    else:
        raise GeoError(
            f"the levels did not settle in {_MOST_ROUNDS} rounds; check the table for mistyped "
            "counts."
        )
    likelihood = (
        (counts * (z + b[:, None]) - mean).sum(axis=(1, 2))
        - 0.5 * np.einsum("hit,hts,his->h", z, precision, z)
        + 0.5 * np.linalg.slogdet(block)[1].sum(axis=1)
        - 0.5 * len(counts) * np.linalg.slogdet(covariance)[1]
        - 0.5 * np.linalg.slogdet(schur)[1]
    )
    now = np.broadcast_to(tau[..., 0], b.shape)
    ahead = tau[..., 0] + sigma[..., 0] * rho[..., 0] ** (times[-1] + 1 - times)

    def normal(link: np.ndarray, prior: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of a target whose covariance with each z of its area is link, less the country's."""
        pull = np.einsum("ht,hts->hs", link, precision)
        centre = np.einsum("hit,ht->hi", z, pull)
        shared = np.einsum("ht,hits->his", pull, tied)
        variance = shared @ np.linalg.solve(schur, shared.transpose(0, 2, 1))
        alone = np.einsum("ht,hits,hs->hi", pull, block, pull) + prior
        alone -= (pull * link).sum(axis=1)[:, None]
        variance += alone[..., None] * np.eye(len(counts))
        # the country: log of the sum of s exp(a), by its first and second derivatives
        weight = share * np.exp(centre)
        total = weight.sum(axis=1, keepdims=True)
        weight /= total
        with_all = np.einsum("hij,hj->hi", variance, weight)
        of_all = (with_all * weight).sum(axis=1, keepdims=True)
        own = np.einsum("hii->hi", variance)
        country = np.log(total) + 0.5 * ((weight * own).sum(axis=1, keepdims=True) - of_all)
        return centre - country, np.sqrt(own - 2 * with_all + of_all)

    return (
        likelihood,
        *normal(now, tau[..., 0]),
        *normal(ahead, tau[..., 0] + sigma[..., 0]),
    )


def _quantiles(
    weight: np.ndarray, mean: np.ndarray, spread: np.ndarray, levels: np.ndarray
) -> np.ndarray:
    """Quantiles of a weighted mixture of normals, one mixture an area: shape (n, levels)."""
    used = weight > 1e-7 * weight.max()
    weight, mean, spread = weight[used] / weight[used].sum(), mean[used], spread[used]
    quantiles = np.empty((mean.shape[1], levels.size))
    for area, (m, s) in enumerate(zip(mean.T, spread.T, strict=True)):
        steps = np.linspace((m - 6 * s).min(), (m + 6 * s).max(), 1001)
        quantiles[area] = np.interp(levels, weight @ ndtr((steps - m[:, None]) / s[:, None]), steps)
    return quantiles


def _count_quantiles(means: np.ndarray) -> np.ndarray:
    """The counts at the edges of a mixture of Poisson laws, one mixture a row: shape (n, 2)."""
    top = means.max(axis=1)[:, None]
    low, high = np.full((len(means), 2), -1.0), np.ceil(top + 10 * np.sqrt(top) + 10) * [1.0, 1.0]
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        reached = gammaincc(middle[..., None] + 1, means[:, None]).mean(axis=2) >= _EDGES
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return high


def _checked(
    reported_count: ArrayLike, exposure: ArrayLike, years: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    counts = np.asarray(reported_count, dtype=float)
    has_count = ~np.isnan(counts)
    counts, base = require_pair(np.where(has_count, counts, 0), exposure)
    times = np.asarray(years, dtype=float)
    if counts.ndim != 2 or times.shape != counts.shape[1:] or not (np.diff(times) > 0).all():
        raise ParameterError(
            f"reported_count has shape {counts.shape} and years {times.shape}: give a table of "
            "areas by periods, and the middle of each period in ascending order."
        )
    used = counts.sum(axis=0) > 0
    if used.sum() < 2 or has_count.any(axis=1).sum() < 2:
        raise ParameterError(
            f"{has_count.any(axis=1).sum()} areas and {used.sum()} periods have reports: "
            "a level needs at least two of each."
        )
    return counts[:, used], has_count[:, used], base[:, used], times[used]
