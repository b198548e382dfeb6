r"""How far counts move from time to time, and how surprising one count is given that.

Reports come in waves (raids, campaigns, a new office), and the waves grow with the count: around
its mean mu a count has the variance mu + kappa mu^2 (negative binomial: Poisson counts whose rate
is multiplied by a gamma variable of mean 1 and variance kappa). This module fits kappa with its
uncertainty, and gives the tails and the interval of one area's count given the total of all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, chdtri, digamma, expit, logit, polygamma

from geo.errors import GeoError, ParameterError
from geo.rates import require_pair

KAPPA_QUANTILES = (np.arange(1, 21) - 0.5) / 20
"""Levels at which the uncertainty of kappa is carried into every test."""
TOLERANCE = 1e-12
MOST_ITERATIONS = 10_000
BEYOND = (1 - 0.95) / 2
"""Probability on either side of a 95 % interval."""
STEADY = 1e-9
"""Kappa of counts that vary by chance alone: zero to nine digits, where 1 / kappa is needed."""
_NODES = np.linspace(-9, 9, 161)  # standard deviations of log F on either side of its mean
_LOG_THETA = (-30.0, 30.0)  # the interval's limits are looked for between these


@dataclass(frozen=True, slots=True)
class Overdispersion:
    """Kappa of the variance mu + kappa mu^2 of a registry's counts."""

    kappa: float
    """solves X2(kappa) = degrees of freedom; 0 where counts vary by chance alone."""
    kappas: np.ndarray
    """shape (20,), ascending: equally likely values of kappa given the table."""
    degrees_of_freedom: int
    """(areas - 1) x (periods - 1), less missing cells; of several starts the fewest of any."""
    months: int | None = None
    """length of the time that it belongs to; None where nobody has said."""


def fit_overdispersion(
    reported_count: ArrayLike, exposure: ArrayLike, *others: tuple[ArrayLike, ArrayLike]
) -> Overdispersion:
    r"""Fit kappa to a table of areas by periods, with both effects taken out.

    The means are :math:`\mu_{it} = e_{it} a_i b_t`, fitted by iterative scaling (margins observed
    = margins fitted). With :math:`X^2(\kappa)=\sum (c-\mu)^2/(\mu(1+\kappa\mu))`, kappa solves
    :math:`X^2=\nu` (method of moments: Breslow 1984, Applied Statistics 33, 38-44), and the
    twenty kappas solve :math:`X^2=\chi^2_\nu` at the quantiles 1 - u for u = 1/40, 3/40, ...

    With ``others``, the same counts cut into periods from other starts, X2 and its degrees of
    freedom are summed over the tables. The starts overlap and are not independent: the twenty
    kappas are as uncertain as those of the table with the fewest degrees of freedom,
    :math:`X^2/\sum\nu=\chi^2_m/m` with m the fewest.

    Parameters
    ----------
    reported_count, exposure : array_like, shape (n areas, t periods)
        A count that is NaN is missing: its cell is in no sum, and takes a degree of freedom. An
        area or a period without any report is fitted exactly and says nothing of kappa: it is left
        out of the fit and of the degrees of freedom.
    others : pairs of array_like
        Further tables, as the first two.

    Raises
    ------
    ParameterError
        Counts or exposures that are not valid, or fewer than two areas or two periods with
        reports.
    GeoError
        The fit did not settle.

    Examples
    --------
    >>> fit = fit_overdispersion([[10, 30], [40, 20], [25, 25]], [[1e5, 1e5]] * 3)
    >>> round(fit.kappa, 4), fit.degrees_of_freedom, fit.kappas[[0, -1]].round(4)
    (0.3164, 2, array([ 0.0537, 14.2183]))
    """
    fits = [_fitted(*table) for table in ((reported_count, exposure), *others)]
    squares, mean = (np.concatenate(part) for part in zip(*(fit[:2] for fit in fits), strict=True))
    fewest, total = min(fit[2] for fit in fits), sum(fit[2] for fit in fits)
    targets = np.array([total, *(chdtri(fewest, KAPPA_QUANTILES) * (total / fewest))])
    kappa, *kappas = solve_kappa(squares, mean, targets)
    return Overdispersion(float(kappa), np.array(kappas), fewest)


def _fitted(reported_count: ArrayLike, exposure: ArrayLike) -> tuple[np.ndarray, np.ndarray, int]:
    """Squared residuals and means of the cells of a table that are known, degrees of freedom."""
    counts = np.asarray(reported_count, dtype=float)
    counts, base = require_pair(np.where(np.isnan(counts), 0.0, counts), exposure)
    if counts.ndim != 2:
        raise ParameterError(
            f"reported_count has shape {counts.shape}: give a table of areas by periods."
        )
    known = ~np.isnan(np.asarray(reported_count, dtype=float))
    rows, columns = counts.sum(axis=1) > 0, counts.sum(axis=0) > 0
    counts, base, known = (part[rows][:, columns] for part in (counts, base, known))
    if min(counts.shape) < 2:
        raise ParameterError(
            f"{counts.shape[0]} areas and {counts.shape[1]} periods have reports: kappa needs at "
            "least two of each."
        )
    mean = fit_margins(counts, np.where(known, base, 0.0))
    freedom = int(known.sum()) - sum(counts.shape) + 1
    return ((counts - mean) ** 2)[known], mean[known], freedom


def widest(*fits: Overdispersion) -> Overdispersion:
    """The largest of each of the twenty values, and of kappa with the length that it belongs to.

    Examples
    --------
    >>> fits = [Overdispersion(0.2, np.array([0.1, 0.4]), 46, 24),
    ...         Overdispersion(0.3, np.array([0.0, 0.7]), 23, 36)]
    >>> widest(*fits)
    Overdispersion(kappa=0.3, kappas=array([0.1, 0.7]), degrees_of_freedom=23, months=36)
    """
    largest = max(fits, key=lambda fit: fit.kappa)
    return replace(
        largest,
        kappas=np.max([fit.kappas for fit in fits], axis=0),
        degrees_of_freedom=min(fit.degrees_of_freedom for fit in fits),
    )


def overdispersion_at(
    months: int, lengths: Sequence[int], longest: int, fit: Callable[[int], Overdispersion]
) -> Overdispersion:
    """Kappa of a length of time, from fits to some lengths.

    Raids come at random and last for weeks, so the shorter the time the wider its waves. Between
    two of the lengths every value is interpolated over the logarithm of the length. From the last
    one on it is the :func:`widest` of the fit of the last one, of that length itself and of the
    longest length that can be fitted: so long a time is seen in two or three windows, in which a
    small kappa may be luck. Below the first one it is the first one's.

    Parameters
    ----------
    months
        The length that is asked for.
    lengths
        Ascending; lengths in months that are fitted.
    longest
        The longest length in months that can be fitted at all.
    fit
        Gives the fit to windows of so many months; asked for what is needed only.

    Examples
    --------
    >>> def fit(months):
    ...     return Overdispersion(2 / months, np.full(20, 3 / months), 23, months)
    >>> waves = [overdispersion_at(months, (1, 3, 12), 24, fit) for months in (2, 3, 60)]
    >>> [(round(wave.kappa, 3), wave.months) for wave in waves]
    [(1.159, 2), (0.667, 3), (0.167, 12)]
    """
    if months >= lengths[-1]:
        longer = {lengths[-1], min(months, longest), longest}
        return widest(*map(fit, sorted(longer)))
    if months in lengths or months < lengths[0]:
        return fit(max(months, lengths[0]))
    after = next(place for place, length in enumerate(lengths) if length > months)
    short = fit(lengths[after - 1])
    long = overdispersion_at(lengths[after], lengths, longest, fit)
    weight = np.log(months / lengths[after - 1]) / np.log(lengths[after] / lengths[after - 1])
    return replace(between(short, long, float(weight)), months=months)


def between(first: Overdispersion, second: Overdispersion, weight: float) -> Overdispersion:
    """Every value of the first and the second, the second with a weight from 0 to 1."""
    return Overdispersion(
        kappa=first.kappa + weight * (second.kappa - first.kappa),
        kappas=first.kappas + weight * (second.kappas - first.kappas),
        degrees_of_freedom=min(first.degrees_of_freedom, second.degrees_of_freedom),
    )


def fit_margins(counts: np.ndarray, exposure: np.ndarray) -> np.ndarray:
    """Scale rows and columns of the exposure in turn until both margins match the counts."""
    row_totals, column_totals = counts.sum(axis=1), counts.sum(axis=0)
    column_effect, change = np.ones(counts.shape[1]), np.inf
    for _ in range(MOST_ITERATIONS):
        row_effect = row_totals / (exposure @ column_effect)
        fresh = column_totals / (row_effect @ exposure)
        change = np.abs(fresh / column_effect - 1).max()
        column_effect = fresh
        if change < TOLERANCE:
            return exposure * row_effect[:, None] * column_effect
    raise GeoError(
        f"the area-by-period fit did not settle in {MOST_ITERATIONS} rounds "
        f"(last change {change:.1e}); check the table for mistyped counts."
    )


def solve_kappa(squares: np.ndarray, mean: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return kappas at which squares / (mean (1 + kappa mean)) add up to targets, or 0."""
    kappa = np.zeros(targets.shape)
    while True:
        growth = 1 + kappa[:, None] * mean
        parts = squares / (mean * growth)
        gap, slope = parts.sum(axis=1) - targets, (parts * mean / growth).sum(axis=1)
        # Newton's: the sum is convex and falls, so no step from below goes beyond the solution
        step = np.maximum(gap, 0) / np.maximum(slope, 1e-300)
        kappa += step
        if (step <= 1e-13 * kappa).all():
            return kappa


def tails(
    reported_count: ArrayLike, share: ArrayLike, total: float, kappas: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    r"""P(X >= count) and P(X <= count) of each area, given the total of all.

    Every area's rate is multiplied by its own gamma wave. Given the total N, the count of area i
    with share s is binomial (N, pi), and the odds of pi are those of s times the wave of i over
    the wave of the rest: :math:`\pi/(1-\pi) = s/(1-s)\,F`, F of Fisher's law with 2a and 2b
    degrees of freedom, :math:`a = 1/\kappa`, :math:`b=(1-s_i)^2/(\kappa\sum_{j\ne i}s_j^2)` (the
    rest's waves averaged by their shares, matched by mean and variance). The tails are means over
    F (trapezoid in its logarithm) and over the kappas of incomplete beta functions: no random
    draws, exact far below 1e-100.

    Parameters
    ----------
    reported_count : array_like, shape (n,)
    share : array_like, shape (n,)
        Shares of the exposure; they add up to 1.
    total : float
        N, the sum of the counts.
    kappas : array_like, shape (k,)
        Equally likely values; all 0 gives the exact binomial tails.

    Examples
    --------
    >>> upper, lower = tails([9, 1, 2], [1 / 3] * 3, 12, [0.1])
    >>> upper.round(4), lower.round(4)
    (array([0.0124, 0.9821, 0.913 ]), array([0.9971, 0.087 , 0.2265]))
    """
    nodes, weights = area_nodes(share, kappas)
    return mixed_tails(np.asarray(reported_count, dtype=float), total, nodes, weights)


def ratio_interval(
    reported_count: ArrayLike,
    share: ArrayLike,
    total: float,
    kappas: ArrayLike,
) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the 95 % interval of each area's ratio to its expected count, from :func:`tails`.

    A true relative risk theta multiplies the odds of pi; the limits are the thetas at which one
    tail has the probability 0.025, written as ratios of shares
    :math:`\theta / (1 - s + \theta s)`. It excludes 1 just when the two-sided p is below 0.05;
    low is 0 for a count of 0.
    """
    shares = np.asarray(share, dtype=float)
    nodes, weights = condensed(*area_nodes(share, kappas))
    limits = factor_interval(np.asarray(reported_count, dtype=float), total, nodes, weights)
    low, high = (np.minimum(theta, 1e300) for theta in limits)
    return low / (1 - shares + low * shares), high / (1 - shares + high * shares)


def confidence_over(
    reported_count: ArrayLike,
    share: ArrayLike,
    total: float,
    kappas: ArrayLike,
    ratios: ArrayLike,
) -> np.ndarray:
    r"""Confidence that each area's true ratio is over some ratios, waves included.

    1 - P(X >= count) at a true ratio r, the law being that of :func:`tails` and its odds those of
    the share r s: from 0.975 on just where the lower end of :func:`ratio_interval` is over r. A
    ratio at which the area would have everything is over none.

    Parameters
    ----------
    reported_count, share, total, kappas
        As :func:`tails`.
    ratios : array_like, shape (r,)

    Returns
    -------
    ndarray, shape (r, n)

    Examples
    --------
    >>> confidence_over([9, 1, 2], [1 / 3] * 3, 12, [0.1], [1.5, 2]).round(3)
    array([[0.893, 0.002, 0.012],
           [0.606, 0.   , 0.001]])
    """
    counts, shares = np.asarray(reported_count, dtype=float), np.asarray(share, dtype=float)
    nodes, weights = condensed(*area_nodes(share, kappas))
    confidences = []
    for ratio in np.asarray(ratios, dtype=float):
        moved = ratio * shares
        odds = logit(np.minimum(moved, 1 - 1e-12)) - logit(shares)
        upper = (_upper(counts[:, None], total, nodes + odds[:, None]) * weights).sum(axis=1)
        confidences.append(np.where(moved < 1, np.clip(1 - upper, 0.0, 1.0), 0.0))
    return np.array(confidences)


def power(
    share: ArrayLike, total: float, kappas: ArrayLike, *, ratio: float, level: float
) -> np.ndarray:
    r"""Chance that each area is called above when its true rate is ``ratio`` times the others'.

    Called: the two-sided p of :func:`tails` is at most ``level``. The law is that of the test, its
    odds multiplied by the ratio; the other areas have no excess. With ``level`` over the number of
    areas this is the first step of Benjamini and Hochberg's procedure, and of Holm's. At a ratio
    of 1 it is the chance of a false call.

    Parameters
    ----------
    share, total, kappas
        As :func:`tails`.
    ratio
        1 or more.

    Returns
    -------
    ndarray, shape (k, n)
        The counts having waves of each of the kappas; the test knows all of them.

    Examples
    --------
    >>> power([1 / 3] * 3, 300, [0.1], ratio=2, level=0.05).round(2)
    array([[0.41, 0.41, 0.41]])
    """
    nodes, weights = area_nodes(share, kappas)
    least = least_called(total, *condensed(nodes, weights), level)
    chances = _upper(least[:, None], total, nodes + np.log(ratio)) * weights
    by_kappa = chances.reshape(len(nodes), -1, _NODES.size).sum(axis=2)
    return by_kappa.T * by_kappa.shape[1]  # the weights of all kappas together add up to 1


def least_called(
    total: ArrayLike, nodes: np.ndarray, weights: np.ndarray, level: float
) -> np.ndarray:
    """Smallest count of each area whose upper tail is at most half of a level, shape (n,).

    One total or n; nodes and weights of :func:`fisher_nodes`. The total where no count is called.
    """
    high = np.array(np.broadcast_to(np.asarray(total, dtype=float), len(nodes)))
    totals, low = high[:, None], np.zeros(len(nodes))
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        is_called = (_upper(middle[:, None], totals, nodes) * weights).sum(axis=1) <= level / 2
        low, high = np.where(is_called, low, middle), np.where(is_called, middle, high)
    return high


def fisher_nodes(
    log_odds: np.ndarray, a: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of log odds plus log F, F of Fisher's law with 2a and 2b degrees.

    a and b of shape (n, k), one pair for each of k equally likely laws, give nodes and weights of
    shape (n, k x 161); the weights of a row add up to 1.
    """
    # log F + log(a / b) is the logit of a beta(a, b) variable: its mean, spread and density
    mean, spread = digamma(a) - digamma(b), np.sqrt(polygamma(1, a) + polygamma(1, b))
    steps = mean[..., None] + spread[..., None] * _NODES
    log_density = -a[..., None] * np.logaddexp(0, -steps) - b[..., None] * np.logaddexp(0, steps)
    weights = np.exp(log_density - log_density.max(axis=2, keepdims=True))
    weights /= weights.sum(axis=2, keepdims=True) * a.shape[1]
    nodes = log_odds[:, None, None] + steps + np.log(b / a)[..., None]
    return nodes.reshape(len(nodes), -1), weights.reshape(len(nodes), -1)


def mixed_tails(
    counts: np.ndarray, total: ArrayLike, nodes: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """P(X >= count) and P(X <= count) of binomials whose log odds vary as the nodes say.

    Counts of shape (n,), one total or n, nodes and weights of :func:`fisher_nodes`.
    """
    totals = np.broadcast_to(np.asarray(total, dtype=float), counts.shape)[:, None]
    return (
        (_upper(counts[:, None], totals, nodes) * weights).sum(axis=1),
        (_lower(counts[:, None], totals, nodes) * weights).sum(axis=1),
    )


def factor_interval(
    counts: np.ndarray,
    total: ArrayLike,
    nodes: np.ndarray,
    weights: np.ndarray,
    beyond: float = BEYOND,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the low and high factors of the odds where a :func:`mixed_tails` is ``beyond``.

    low is 0 for a count of 0, high infinite for a count of all.
    """
    totals = np.broadcast_to(np.asarray(total, dtype=float), counts.shape)

    def solve(tail: Callable, solvable: np.ndarray) -> np.ndarray:
        areas = np.flatnonzero(solvable)

        def gap(log_factor: np.ndarray) -> np.ndarray:
            odds = nodes[areas] + log_factor[:, None]
            chances = tail(counts[areas, None], totals[areas, None], odds)
            return (chances * weights[areas]).sum(axis=1) - beyond

        factor = np.where(counts > 0, np.inf, 0.0)
        factor[areas] = np.exp(_root(gap, *np.tile(_LOG_THETA, (areas.size, 1)).T))
        return factor

    return solve(_upper, counts > 0), solve(_lower, counts < totals)


def _root(
    function: Callable[[np.ndarray], np.ndarray], low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Return the root of each element of a function between low and high, by Chandrupatla's method.

    Chandrupatla 1997, Advances in Engineering Software 28, 145-149. Own code because scipy.optimize
    takes half a second to import.
    """
    a, b, f_a, f_b = low, high, function(low), function(high)
    share = np.full(a.shape, 0.5)
    while True:
        x = a + share * (b - a)
        f_x = function(x)
        is_same = np.sign(f_x) == np.sign(f_a)
        c, f_c = np.where(is_same, a, b), np.where(is_same, f_a, f_b)
        b, f_b = np.where(is_same, b, a), np.where(is_same, f_b, f_a)
        a, f_a = x, f_x
        best = np.where(np.abs(f_a) < np.abs(f_b), a, b)
        least = 1e-13 / np.abs(b - c)
        if ((least > 0.5) | (f_a == 0) | (f_b == 0)).all():
            return best
        # the inverse parabola through the three, where it can be trusted
        place, level = (a - b) / (c - b), (f_a - f_b) / (f_c - f_b)
        is_good = (level**2 < place) & ((1 - level) ** 2 < 1 - place)
        with np.errstate(all="ignore"):
            bend = f_a / (f_b - f_a) * f_c / (f_b - f_c)
            bend += (c - a) / (b - a) * f_a / (f_c - f_a) * f_b / (f_c - f_b)
        least = np.minimum(least, 0.5)
        share = np.clip(np.where(is_good, bend, 0.5), least, 1 - least)


def area_nodes(share: ArrayLike, kappas: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Nodes of logit(pi) of each area and their weights, both of shape (n, kappas x 161)."""
    share, kappas = np.asarray(share, dtype=float), np.asarray(kappas, dtype=float)
    if share.ndim != 1 or not ((share > 0) & (share < 1)).all() or abs(share.sum() - 1) > 1e-9:
        raise ParameterError(
            f"share holds {share.size} values that add up to {share.sum():.6g}: give each area's "
            "share of the exposure, above 0 and below 1, adding up to 1."
        )
    if kappas.size == 0 or not (np.isfinite(kappas) & (kappas >= 0)).all():
        raise ParameterError("kappas holds a value that is missing or below 0: they are 0 or more.")
    kappa = np.maximum(kappas, STEADY)
    a = np.broadcast_to(1 / kappa, (share.size, kappa.size))
    rest = (share**2).sum() - share**2
    b = (1 - share[:, None]) ** 2 / (kappa * rest[:, None])
    return fisher_nodes(logit(share), a, b)


def condensed(nodes: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes of all kappas in order, neighbours joined to one at their mean: 161 an area."""
    order = np.argsort(nodes, axis=1)
    shape = (len(nodes), _NODES.size, -1)
    ordered, weight = (np.take_along_axis(v, order, 1).reshape(shape) for v in (nodes, weights))
    joined = weight.sum(axis=2)
    return (ordered * weight).sum(axis=2) / np.maximum(joined, 1e-300), joined


def _upper(counts: np.ndarray, total: np.ndarray | float, log_odds: np.ndarray) -> np.ndarray:
    """P(X >= count) of a binomial; 1 for a count of 0, where the beta function has no value."""
    tail = betainc(np.maximum(counts, 1), total - counts + 1, expit(log_odds))
    return np.where(counts > 0, tail, 1.0)


def _lower(counts: np.ndarray, total: np.ndarray | float, log_odds: np.ndarray) -> np.ndarray:
    """P(X <= count) of a binomial; 1 for a count of all, where the beta function has no value."""
    tail = betainc(np.maximum(total - counts, 1), counts + 1, expit(-log_odds))
    return np.where(counts < total, tail, 1.0)
