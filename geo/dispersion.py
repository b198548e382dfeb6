"""How much more than Poisson the yearly reports of a department vary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincinv

from geo.errors import GeoError, ParameterError
from geo.rates import require_pair

TOLERANCE = 1e-12
MOST_ITERATIONS = 10_000


@dataclass(frozen=True, slots=True)
class Dispersion:
    """Variance over mean of yearly counts, department and year effects taken out."""

    phi: float
    """Pearson chi-square over its degrees of freedom; 1 is Poisson."""
    low: float
    """lower end of the 95 % interval of phi."""
    high: float
    """upper end of the 95 % interval of phi."""
    degrees_of_freedom: int
    """(regions - 1) x (years - 1)."""
    chi_square: float
    """Pearson chi-square of the fit."""


def fit_dispersion(reported_count: ArrayLike, population: ArrayLike) -> Dispersion:
    r"""Dispersion of a region-by-year table around a Poisson model with both effects.

    The model is :math:`\log\mu_{it}=\log p_{it}+a_i+b_t`, fitted by iterative proportional
    fitting (its fixed point is the Poisson maximum likelihood: margins observed = margins
    fitted). :math:`\hat\phi = X^2/\nu` with :math:`X^2=\sum (c-\mu)^2/\mu` and
    :math:`\nu=(n-1)(t-1)` (McCullagh and Nelder 1989, section 6.2.3). As
    :math:`X^2/\phi` is close to chi-square with :math:`\nu` degrees of freedom, the interval is
    :math:`X^2/\chi^2_{0.975}` to :math:`X^2/\chi^2_{0.025}`.

    Parameters
    ----------
    reported_count, population : array_like, shape (n regions, t years)
        A region or a year without any report is fitted exactly and says nothing of the
        dispersion: it is left out of the fit and of the degrees of freedom.

    Returns
    -------
    Dispersion

    Raises
    ------
    ParameterError
        Counts or populations that are not valid, or fewer than two regions or two years with
        reports.
    GeoError
        The fit did not settle.

    Examples
    --------
    >>> fit = fit_dispersion([[10, 30], [40, 20], [25, 25]], [[1e5, 1e5]] * 3)
    >>> round(fit.phi, 3), round(fit.low, 3), round(fit.high, 3), fit.degrees_of_freedom
    (8.333, 2.259, 329.149, 2)
    """
    counts, people = require_pair(reported_count, population)
    if counts.ndim != 2:
        raise ParameterError(
            f"reported_count has shape {counts.shape}: give a table of regions by years."
        )
    rows, columns = counts.sum(axis=1) > 0, counts.sum(axis=0) > 0
    counts, people = counts[rows][:, columns], people[rows][:, columns]
    if min(counts.shape) < 2:
        raise ParameterError(
            f"{counts.shape[0]} regions and {counts.shape[1]} years have reports: the dispersion "
            "needs at least two of each."
        )
    fitted = _fit_margins(counts, people)
    chi_square = float(((counts - fitted) ** 2 / fitted).sum())
    freedom = (counts.shape[0] - 1) * (counts.shape[1] - 1)
    return Dispersion(
        phi=chi_square / freedom,
        low=chi_square / float(2 * gammaincinv(freedom / 2, 0.975)),
        high=chi_square / float(2 * gammaincinv(freedom / 2, 0.025)),
        degrees_of_freedom=freedom,
        chi_square=chi_square,
    )


def _fit_margins(counts: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Scale rows and columns of the populations in turn until both margins match the counts."""
    row_totals, column_totals = counts.sum(axis=1), counts.sum(axis=0)
    year_effect = np.ones(counts.shape[1])
    for _ in range(MOST_ITERATIONS):
        region_effect = row_totals / (people @ year_effect)
        fresh = column_totals / (region_effect @ people)
        change = np.abs(fresh / year_effect - 1).max()
        year_effect = fresh
        if change < TOLERANCE:
            return people * region_effect[:, None] * year_effect
    raise GeoError(
        f"the region-by-year fit did not settle in {MOST_ITERATIONS} rounds "
        f"(last change {change:.1e}); check the table for mistyped counts."
    )
